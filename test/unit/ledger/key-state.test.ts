/** Who may sign at each position: what operations on keys do, who may make them, and what nothing can undo. */
import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { actorId, type CommitEvent, type CommitHeader, encodeCommit, type Suite } from '../../../src/ledger/commit.ts'
import { keyId, keyPairFromSeed } from '../../../src/ledger/ed25519.ts'
import { encodeKeyOperation, type KeyOperation, keyEvent, type SignedBytes } from '../../../src/ledger/key-operation.ts'
import {
  activeDevices,
  judgeKeys,
  KEY_LAG_MS,
  type KeyState,
  KeyStates,
  keyName,
  MAX_OPERATIONS,
  MAX_RECENT,
  RECOVERY_MS,
  recoveryKeys,
  replayKeys,
  standing,
} from '../../../src/ledger/key-state.ts'
import { mlDsaKeyPair } from '../../../src/ledger/ml-dsa.ts'
import { commitSigner } from '../../../src/ledger/signature.ts'
import type { Lane } from '../../../src/ledger/types.ts'

type Key = { readonly id: Uint8Array; readonly publicKey: Uint8Array; readonly sign: (bytes: Uint8Array) => Uint8Array | Promise<Uint8Array> }

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const fill = (byte: number, length = 32): Uint8Array => new Uint8Array(length).fill(byte)

function key(n: number): Key {
  const { publicKey } = keyPairFromSeed(fill(n))
  return { id: keyId(publicKey), publicKey, sign: commitSigner(fill(n), null) }
}

function hybridKey(n: number): Key {
  const { privateKey, publicKey: second } = mlDsaKeyPair(fill(n))
  const publicKey = Buffer.concat([keyPairFromSeed(fill(n)).publicKey, second])
  return { id: keyId(publicKey), publicKey, sign: commitSigner(fill(n), privateKey) }
}

type Options = { readonly suite?: Suite; readonly time?: number; readonly lane?: Lane }

const NOON = 1_790_000_000_000
const post: CommitEvent = { type: 'status:create', schema: 1, stream: 'status/a', parts: [] }

/** A log of nothing but headers: who signs what, when. */
class Log {
  readonly states = new KeyStates()
  readonly headers: { readonly header: CommitHeader; readonly position: number }[] = []
  position = 0
  clock = 0
  time = NOON

  /** The refusal, or null when the commit stands in the log. */
  append(actor: Uint8Array, by: Key, events: readonly CommitEvent[], { suite = 1, time = this.time++, lane = 'public' }: Options = {}) {
    const header: CommitHeader = { ...headerOf(actor, by, events, suite, time), lane }
    const verdict = this.states.take(header, { position: this.position, clock: this.clock })
    if (!verdict.ok) return verdict.reason
    expect(hex(verdict.key.publicKey)).toBe(hex(by.publicKey))
    this.headers.push({ header, position: this.position })
    this.clock = Math.max(this.clock, time)
    this.position++
    return null
  }
}

function headerOf(actor: Uint8Array, by: Key, events: readonly CommitEvent[], suite: Suite, time: number): CommitHeader {
  const log = createHash('sha256').update('social.example/log/1').digest()
  return { v: 1, suite, log, actor, key: by.id, lane: 'public', seq: 0, prev: null, time, counter: 0, deps: [], seen: null, pre: [], events }
}

const operationEvent = (actor: Uint8Array, operation: KeyOperation): CommitEvent => {
  const { parts, ...event } = keyEvent(actor, operation)
  return { ...event, parts: parts.map(({ codec, bytes }) => ({ codec, inline: bytes })) }
}

/** An actor with its own log: recovery keys `strong` and `weak`, one device. */
class Person {
  readonly log: Log
  readonly actor: Uint8Array
  readonly genesis: KeyOperation
  constructor(recovery: readonly Key[], devices: readonly Key[], log = new Log()) {
    this.log = log
    this.genesis = { kind: 'genesis', recovery: recovery.map(publicKey), devices: devices.map(publicKey) }
    this.actor = actorId(encodeKeyOperation(this.genesis))
  }
  begin(by: Key, suite: Suite = 1) {
    return this.does(by, this.genesis, { suite })
  }
  does(by: Key, operation: KeyOperation, options: Options = {}) {
    return this.log.append(this.actor, by, [operationEvent(this.actor, operation)], options)
  }
  posts(by: Key, options: Options = {}) {
    return this.log.append(this.actor, by, [post], options)
  }
  get state(): KeyState {
    return this.log.states.find(hex(this.actor)) as KeyState
  }
}

const publicKey = ({ publicKey }: Key): Uint8Array => publicKey
const [strong, weak, phone, laptop, stolen, other] = [1, 2, 3, 4, 5, 6].map(key) as [Key, Key, Key, Key, Key, Key]
const revoke = (keys: readonly Key[], after: number | null = null): KeyOperation => ({ kind: 'revoke', keys: keys.map(({ id }) => id), after })
const add = (...keys: readonly Key[]): KeyOperation => ({ kind: 'add', devices: keys.map(publicKey) })
const rotate = (recovery: readonly Key[], devices: readonly Key[]): KeyOperation => ({
  kind: 'rotate',
  recovery: recovery.map(publicKey),
  devices: devices.map(publicKey),
})
const recover = (after: number, recovery: readonly Key[], devices: readonly Key[]): KeyOperation => ({
  kind: 'recover',
  after,
  recovery: recovery.map(publicKey),
  devices: devices.map(publicKey),
})

function person(): Person {
  const somebody = new Person([strong, weak], [phone])
  expect(somebody.begin(phone)).toBeNull()
  return somebody
}

describe('an identity begins', () => {
  test('with a genesis, signed by one of its devices', () => {
    const { state } = person()
    expect(activeDevices(state).map(({ id }) => hex(id))).toEqual([hex(phone.id)])
    expect(recoveryKeys(state).map(({ id }) => hex(id))).toEqual([hex(strong.id), hex(weak.id)])
  })
  test('in a commit that may do more', () => {
    const somebody = new Person([strong], [phone])
    expect(somebody.log.append(somebody.actor, phone, [operationEvent(somebody.actor, somebody.genesis), post])).toBeNull()
  })
  test('and nobody signs before it', () => {
    expect(new Person([strong], [phone]).posts(phone)).toContain('genesis is not in the log')
    expect(new Person([strong], [phone]).does(strong, add(laptop))).toContain('genesis is not in the log')
  })
  test('never by a key that is no device of it', () => {
    expect(new Person([strong], [phone]).begin(strong)).toContain('one of its devices')
    expect(new Person([strong], [phone]).begin(other)).toContain('one of its devices')
  })
  test('once', () => {
    const somebody = person()
    expect(somebody.does(strong, somebody.genesis)).toContain('one genesis')
    const twice = new Person([strong], [phone])
    const event = operationEvent(twice.actor, twice.genesis)
    expect(twice.log.append(twice.actor, phone, [event, event])).toContain('the only operation')
  })
  test('for the actor that it is the hash of', () => {
    const somebody = new Person([strong], [phone])
    const wrong = fill(9)
    expect(somebody.log.append(wrong, phone, [operationEvent(wrong, somebody.genesis)])).toContain('hash is not the actor')
  })
})

describe('devices sign, recovery keys decide', () => {
  test('a recovery key signs operations on keys and nothing else', () => {
    const somebody = person()
    expect(somebody.posts(strong)).toContain('nothing else')
    expect(somebody.log.append(somebody.actor, strong, [operationEvent(somebody.actor, add(laptop)), post])).toContain('nothing else')
    expect(somebody.does(strong, add(laptop))).toBeNull()
    expect(somebody.posts(laptop)).toBeNull()
  })
  test('a device changes no keys', () => {
    const somebody = person()
    for (const operation of [
      add(laptop),
      rotate([phone], [phone]),
      revoke([strong]),
      revoke([phone, strong]),
      { kind: 'require', suite: 2 } as const,
    ])
      expect(somebody.does(phone, operation)).toContain('takes a recovery key')
  })
  test('but gives itself up', () => {
    const somebody = person()
    expect(somebody.does(phone, revoke([phone]))).toBeNull()
    expect(somebody.posts(phone)).toContain('was revoked at 1')
  })
  test('strangers sign nothing', () => {
    const somebody = person()
    expect(somebody.posts(other)).toContain('not of this actor')
    expect(somebody.does(other, add(other))).toContain('not of this actor')
  })
  test('nobody changes the keys of another', () => {
    const log = new Log()
    const [one, two] = [new Person([strong], [phone], log), new Person([weak], [laptop], log)]
    expect([one.begin(phone), two.begin(laptop)]).toEqual([null, null])
    expect(log.append(two.actor, weak, [operationEvent(one.actor, add(other))])).toContain('another actor')
  })
  test('operations stand in the lane of the genesis, so that whoever reads one can read all', () => {
    for (const lane of ['public', 'private'] as const) {
      const somebody = new Person([strong], [phone])
      const other = lane === 'public' ? 'private' : 'public'
      expect(somebody.does(phone, somebody.genesis, { lane })).toBeNull()
      expect(somebody.posts(phone, { lane: other })).toBeNull()
      expect(somebody.does(strong, add(laptop), { lane: other })).toContain(`in the ${other} lane`)
      expect(somebody.does(strong, add(laptop), { lane })).toBeNull()
    }
  })
  test('one public key may serve two actors: it signs for whom the commit names', () => {
    const log = new Log()
    const [one, two] = [new Person([strong], [phone], log), new Person([weak], [phone], log)]
    expect([one.begin(phone), two.begin(phone), one.posts(phone), two.posts(phone)]).toEqual([null, null, null, null])
    expect(one.does(strong, revoke([phone]))).toBeNull()
    expect([one.posts(phone), two.posts(phone)]).toEqual(['a key that was revoked at 4', null])
  })
  test('17 devices are too many', () => {
    const somebody = person()
    const more = Array.from({ length: 16 }, (_, i) => key(100 + i))
    expect(somebody.does(strong, add(...more))).toContain('more than 16')
    expect(somebody.does(strong, add(...more.slice(1)))).toBeNull()
  })
  test('a recovery key can become a device, once', () => {
    const somebody = person()
    expect(somebody.does(strong, add(strong))).toBeNull()
    expect(somebody.posts(strong)).toBeNull()
    expect(somebody.does(strong, add(strong))).toContain('already')
  })
})

describe('an ended key', () => {
  test('signs nothing from that position on, and what it signed before stands', () => {
    const somebody = person()
    expect([somebody.posts(phone), somebody.does(strong, revoke([phone]))]).toEqual([null, null])
    expect(somebody.posts(phone)).toContain('revoked at 2')
    expect([0, 1, 2, 3].map((position) => standing(somebody.state, phone.id, position))).toEqual(['valid', 'valid', 'valid', 'none'])
  })
  test('does not come back by rotation, addition or genesis', () => {
    const somebody = person()
    somebody.does(strong, revoke([phone]))
    expect(somebody.does(strong, add(phone))).toContain('already')
    expect(somebody.does(strong, rotate([strong], [phone]))).toContain('does not return')
    expect(somebody.does(strong, revoke([phone]))).toContain('was revoked')
  })
  test('leaves at least one recovery key', () => {
    const somebody = person()
    expect(somebody.does(strong, revoke([strong, weak]))).toContain('no recovery key')
    expect(somebody.does(weak, revoke([strong]))).toBeNull()
    expect(somebody.does(weak, revoke([weak]))).toContain('no recovery key')
  })
  test('that was stolen: what it signed after a position is marked, not refused afterwards', () => {
    const somebody = person()
    for (let i = 0; i < 4; i++) somebody.posts(phone)
    expect(somebody.does(strong, revoke([phone], 2))).toBeNull()
    const marks = [0, 1, 2, 3, 4, 5, 6].map((position) => standing(somebody.state, phone.id, position))
    expect(marks).toEqual(['valid', 'valid', 'valid', 'disowned', 'disowned', 'valid', 'none'])
  })
  test('may turn out to have been stolen earlier, never later', () => {
    const somebody = person()
    for (let i = 0; i < 4; i++) somebody.posts(phone)
    expect(somebody.does(strong, rotate([strong], [laptop]))).toBeNull()
    expect(somebody.does(strong, revoke([phone], 3))).toBeNull()
    expect(standing(somebody.state, phone.id, 4)).toBe('disowned')
    expect(somebody.does(strong, revoke([phone], 4))).toContain('was rotated')
    expect(somebody.does(strong, revoke([phone], 1))).toBeNull()
    expect(standing(somebody.state, phone.id, 2)).toBe('disowned')
  })
  test('cannot have been stolen before it was there, or in the future', () => {
    const somebody = person()
    somebody.does(strong, add(laptop))
    expect(somebody.does(strong, revoke([laptop], 0))).toContain('not there before 1')
    expect(somebody.does(strong, revoke([laptop], 2))).toContain('yet to come')
  })
})

describe('a rotation', () => {
  test('leaves exactly the keys that it names', () => {
    const somebody = person()
    expect(somebody.does(weak, rotate([laptop, strong], [laptop, phone]))).toBeNull()
    expect(recoveryKeys(somebody.state).map(({ id }) => hex(id))).toEqual([hex(laptop.id), hex(strong.id)])
    expect([somebody.posts(laptop), somebody.posts(phone)]).toEqual([null, null])
    expect(somebody.does(weak, add(other))).toContain('was rotated at 1')
  })
  test('with a revocation in the same commit tells when the old key was lost', () => {
    const somebody = new Person([phone], [phone])
    somebody.begin(phone)
    for (let i = 0; i < 3; i++) somebody.posts(phone)
    const events = [rotate([laptop], [laptop]), revoke([phone], 1)].map((operation) => operationEvent(somebody.actor, operation))
    expect(somebody.log.append(somebody.actor, phone, events)).toBeNull()
    expect([1, 2, 3].map((position) => standing(somebody.state, phone.id, position))).toEqual(['valid', 'disowned', 'disowned'])
    expect([somebody.posts(phone), somebody.posts(laptop)]).toEqual(['a key that was rotated at 4', null])
  })
})

describe('recovery', () => {
  /** The thief has `weak`, and takes the account over at position 2. */
  function robbed(): Person {
    const somebody = person()
    expect([
      somebody.posts(phone),
      somebody.does(weak, rotate([stolen], [stolen])),
      somebody.posts(stolen),
      somebody.does(stolen, add(other)),
    ]).toEqual([null, null, null, null])
    expect(somebody.posts(phone)).toContain('was rotated at 2')
    return somebody
  }
  test('by a stronger key undoes what a weaker one did, and marks what followed', () => {
    const somebody = robbed()
    expect(somebody.does(strong, recover(1, [strong], [phone, laptop]))).toBeNull()
    expect([somebody.posts(phone), somebody.posts(laptop)]).toEqual([null, null])
    for (const gone of [stolen, other, weak]) expect(somebody.posts(gone)).toMatch(/was (disowned|rotated)/)
    expect(standing(somebody.state, stolen.id, 3)).toBe('disowned')
    expect(standing(somebody.state, weak.id, 2)).toBe('disowned')
    expect(standing(somebody.state, phone.id, 1)).toBe('valid')
  })
  test('is for 72 hours, by the clock of the commits', () => {
    const late = robbed()
    const first = late.log.headers[2]?.header.time ?? 0
    expect(late.does(strong, recover(1, [strong], [phone]), { time: first + RECOVERY_MS + 1 })).toContain('72 hours')
    const inTime = robbed()
    expect(inTime.does(strong, recover(1, [strong], [phone]), { time: first + RECOVERY_MS })).toBeNull()
  })
  test('cannot be outrun by operations that are dated back', () => {
    const somebody = person()
    somebody.log.clock = NOON + 10 * KEY_LAG_MS
    expect(somebody.does(weak, rotate([stolen], [stolen]), { time: NOON + 9 * KEY_LAG_MS - 1 })).toContain('dated back')
    expect(somebody.does(weak, rotate([stolen], [stolen]), { time: NOON + 9 * KEY_LAG_MS })).toBeNull()
  })
  test('an identity may begin on a clock that was set back: there is nothing to undo', () => {
    const somebody = new Person([strong], [phone])
    somebody.log.clock = NOON + 100 * KEY_LAG_MS
    expect(somebody.begin(phone)).toBeNull()
  })
  test('is not for weaker keys, nor for equals', () => {
    const somebody = person()
    somebody.does(strong, rotate([laptop], [phone]))
    expect(somebody.does(weak, recover(0, [weak], [phone]))).toContain('only what weaker keys did')
    expect(somebody.does(strong, recover(0, [strong], [phone]))).toContain('only what weaker keys did')
    expect(somebody.does(other, recover(0, [other], [other]))).toContain('not of this actor')
    expect(somebody.does(phone, recover(0, [phone], [phone]))).toContain('takes a recovery key')
  })
  test('does not undo a stronger key along with a weaker one', () => {
    const somebody = new Person([strong, weak, other], [phone])
    somebody.begin(phone)
    expect(somebody.does(other, add(laptop))).toBeNull()
    expect(somebody.does(strong, add(stolen))).toBeNull()
    expect(somebody.does(weak, recover(0, [weak], [phone]))).toContain('only what weaker keys did')
    expect(somebody.does(weak, recover(1, [weak], [phone]))).toContain('only what weaker keys did')
  })
  test('can itself be undone by a key that is stronger still', () => {
    const somebody = new Person([strong, weak, other], [phone])
    somebody.begin(phone)
    somebody.does(other, add(laptop))
    expect(somebody.does(weak, recover(0, [stolen], [stolen]))).toBeNull()
    expect(somebody.does(strong, recover(0, [strong], [phone]))).toBeNull()
    expect([somebody.posts(phone), somebody.posts(stolen), somebody.posts(laptop)]).toEqual([
      null,
      expect.stringContaining('disowned'),
      expect.stringContaining('disowned'),
    ])
  })
  test('names a position after which something was done', () => {
    const somebody = robbed()
    expect(somebody.does(strong, recover(4, [strong], [phone]))).toContain('nothing to undo')
  })
  test('stands alone in its commit', () => {
    const somebody = robbed()
    const event = operationEvent(somebody.actor, recover(1, [strong], [phone]))
    expect(somebody.log.append(somebody.actor, strong, [event, operationEvent(somebody.actor, add(laptop))])).toContain('the only event')
    expect(somebody.log.append(somebody.actor, strong, [event, post])).toContain('the only event')
  })
  test('cannot reach behind what has been settled', () => {
    const somebody = person()
    somebody.does(weak, add(stolen))
    const later = NOON + 2 * RECOVERY_MS
    expect(somebody.does(weak, add(laptop), { time: later })).toBeNull()
    expect(somebody.does(strong, recover(0, [strong], [phone]), { time: later + 1 })).toContain('settled')
    expect(somebody.does(strong, recover(1, [strong], [phone, stolen]), { time: later + 1 })).toBeNull()
    expect([somebody.posts(stolen, { time: later + 2 }), somebody.posts(laptop, { time: later + 2 })]).toEqual([
      null,
      expect.stringContaining('disowned'),
    ])
  })
  test('may keep a key that was added meanwhile, with its history', () => {
    const somebody = robbed()
    expect(somebody.does(strong, recover(1, [strong], [other]))).toBeNull()
    expect(somebody.state.keys.get(keyName(other.id))?.since).toBe(4)
    expect(somebody.posts(other)).toBeNull()
  })
  test('is possible however much the thief did', () => {
    const somebody = person()
    for (let i = 0; i < MAX_RECENT; i++) expect(somebody.does(weak, turn(i))).toBeNull()
    expect(somebody.does(weak, turn(MAX_RECENT))).toContain(`more than ${MAX_RECENT}`)
    expect(somebody.does(strong, recover(0, [strong], [phone]))).toBeNull()
    expect(somebody.state.operations).toBe(2)
    expect(somebody.does(strong, add(laptop))).toBeNull()
  })
  test('and forgets nothing that it may need when clocks are not quite in order', () => {
    const somebody = person()
    const [early, late] = [NOON, NOON + KEY_LAG_MS]
    expect(somebody.does(weak, add(stolen), { time: late })).toBeNull() // position 1
    expect(somebody.does(weak, add(other), { time: early + 1 })).toBeNull() // position 2, by a clock that is behind
    expect(somebody.does(weak, add(laptop), { time: early + RECOVERY_MS + KEY_LAG_MS + 1 })).toBeNull()
    expect(somebody.does(strong, recover(1, [strong], [phone]), { time: early + RECOVERY_MS + 1 })).toBeNull()
    expect(somebody.state.keys.get(keyName(other.id))?.ended?.why).toBe('disowned')
  })
  test('an actor changes its keys a thousand times in its life, and can recover even then', () => {
    const somebody = person()
    for (let i = 1; i < MAX_OPERATIONS; i++) expect(somebody.does(weak, turn(i - 1), { time: NOON + i * 3 * 3_600_000 })).toBeNull()
    const end = NOON + MAX_OPERATIONS * 3 * 3_600_000
    expect(somebody.does(weak, turn(MAX_OPERATIONS - 1), { time: end })).toContain(`more than ${MAX_OPERATIONS}`)
    expect(somebody.state.steps.length).toBeLessThanOrEqual(25)
    expect(somebody.does(strong, recover(MAX_OPERATIONS - 2, [strong], [phone]), { time: end })).toBeNull()
  })
  /** Devices come and go. */
  const pairs = Array.from({ length: MAX_OPERATIONS / 2 + 1 }, (_, i) => {
    const seed = Buffer.alloc(32)
    seed.writeUInt32BE(i + 1)
    const { publicKey } = keyPairFromSeed(seed)
    return { id: keyId(publicKey), publicKey, sign: () => fill(0) }
  })
  const turn = (i: number): KeyOperation => (i % 2 === 0 ? add(pairs[i / 2] as Key) : revoke([pairs[(i - 1) / 2] as Key]))
})

describe('hybrid keys', () => {
  const [strongH, phoneH] = [hybridKey(11), hybridKey(12)]
  test('sign either suite, but operations on keys in suite 2', () => {
    const somebody = new Person([strongH], [phoneH])
    expect(somebody.begin(phoneH, 1)).toContain('takes suite 2')
    expect(somebody.begin(phoneH, 2)).toBeNull()
    expect([somebody.posts(phoneH), somebody.posts(phoneH, { suite: 2 })]).toEqual([null, null])
    expect(somebody.does(strongH, add(laptop))).toContain('takes suite 2')
    expect(somebody.does(strongH, add(laptop), { suite: 2 })).toBeNull()
    expect(somebody.posts(laptop, { suite: 2 })).toContain('Ed25519 alone')
    expect(somebody.posts(laptop)).toBeNull()
  })
  test('required of an actor, refuse suite 1 from the next position on', () => {
    const somebody = new Person([strongH], [phoneH, laptop])
    expect(somebody.begin(phoneH, 2)).toBeNull()
    expect(somebody.posts(laptop)).toBeNull()
    expect(somebody.does(strongH, { kind: 'require', suite: 2 }, { suite: 2 })).toBeNull()
    expect(somebody.posts(laptop)).toContain('requires 2')
    expect(somebody.posts(phoneH)).toContain('requires 2')
    expect(somebody.posts(phoneH, { suite: 2 })).toBeNull()
    expect(somebody.does(strongH, { kind: 'require', suite: 2 }, { suite: 2 })).toContain('already')
    expect(somebody.does(strongH, rotate([strong], [phoneH]), { suite: 2 })).toContain('hybrid recovery key')
    expect(somebody.does(strongH, { kind: 'require', suite: 1 }, { suite: 2 })).toBeNull()
    expect(somebody.posts(laptop)).toBeNull()
  })
  test('cannot be required by an actor who could never change a key again', () => {
    expect(person().does(strong, { kind: 'require', suite: 2 })).toContain('hybrid recovery key')
  })
})

describe('a key caught with two commits at one place', () => {
  async function signed(somebody: Person, by: Key, change: Partial<CommitHeader> = {}): Promise<SignedBytes> {
    const commit = encodeCommit({ ...headerOf(somebody.actor, by, [post], 1, NOON), ...change })
    return { commit, signature: await by.sign(commit) }
  }
  const freezing = (by: Key, evidence: readonly [SignedBytes, SignedBytes]): KeyOperation => ({ kind: 'freeze', key: by.id, evidence })
  /** The instance, or anybody: the evidence speaks for itself. */
  function witness(log: Log): Person {
    const instance = new Person([other], [other], log)
    expect(instance.begin(other)).toBeNull()
    return instance
  }

  test('is frozen by whoever shows them, and signs nothing until it is exchanged', async () => {
    const somebody = new Person([phone], [phone])
    somebody.begin(phone)
    const instance = witness(somebody.log)
    const evidence = [await signed(somebody, phone), await signed(somebody, phone, { counter: 1 })] as const
    expect(somebody.log.append(instance.actor, other, [operationEvent(somebody.actor, freezing(phone, evidence))])).toBeNull()
    expect(somebody.posts(phone)).toContain('frozen since 2')
    expect(somebody.does(phone, rotate([phone], [laptop]))).toContain('does not return')
    expect(somebody.does(phone, rotate([laptop], [laptop]))).toBeNull()
    expect(somebody.posts(laptop)).toBeNull()
    expect(somebody.log.append(instance.actor, other, [operationEvent(somebody.actor, freezing(phone, evidence))])).toContain('any more')
  })
  test('stays frozen through a recovery', async () => {
    const somebody = person()
    const instance = witness(somebody.log)
    somebody.does(weak, add(laptop))
    const evidence = [await signed(somebody, laptop), await signed(somebody, laptop, { counter: 1 })] as const
    expect(somebody.log.append(instance.actor, other, [operationEvent(somebody.actor, freezing(laptop, evidence))])).toBeNull()
    expect(somebody.does(strong, recover(0, [strong], [laptop]))).toContain('does not return')
    expect(somebody.does(strong, recover(0, [strong], [phone]))).toBeNull()
  })
  test('only by evidence that is evidence', async () => {
    const somebody = person()
    const instance = witness(somebody.log)
    const first = await signed(somebody, phone)
    const forged = { ...(await signed(somebody, phone, { counter: 1 })), signature: first.signature }
    const pairs: (readonly [string, readonly [SignedBytes, SignedBytes]])[] = [
      ['the same commit twice', [first, first]],
      ['another place', [first, await signed(somebody, phone, { seq: 1, prev: fill(1) })]],
      ['another lane', [first, await signed(somebody, phone, { lane: 'private' })]],
      ['another log', [first, await signed(somebody, phone, { log: fill(1) })]],
      ['another actor', [first, await signed(somebody, phone, { actor: fill(1) })]],
      ['another key', [first, await signed(somebody, laptop)]],
      ['a signature that is not its', [first, forged]],
      ['bytes that are no commit', [first, { commit: fill(1), signature: first.signature }]],
    ]
    for (const [what, evidence] of pairs)
      expect([what, somebody.log.append(instance.actor, other, [operationEvent(somebody.actor, freezing(phone, evidence))])]).toEqual([
        what,
        expect.stringContaining('no evidence'),
      ])
  })
})

describe('laws', () => {
  const keys = Array.from({ length: 6 }, (_, i) => key(50 + i))
  const which = fc.nat({ max: 5 })
  const some = fc.uniqueArray(which, { minLength: 1, maxLength: 3 })
  const action = fc.oneof(
    fc.record({ is: fc.constant('post' as const) }),
    fc.record({ is: fc.constant('add' as const), devices: some }),
    fc.record({ is: fc.constant('revoke' as const), keys: some, after: fc.option(fc.nat({ max: 20 })) }),
    fc.record({ is: fc.constant('rotate' as const), recovery: some, devices: some }),
    fc.record({ is: fc.constant('recover' as const), after: fc.nat({ max: 20 }), recovery: some, devices: some }),
  )
  const history = fc.array(fc.record({ by: which, action, hours: fc.nat({ max: 40 }) }), { maxLength: 20 })
  const at = (indexes: readonly number[]): Key[] => indexes.map((i) => keys[i] as Key)

  function play(steps: readonly { by: number; action: typeof action extends fc.Arbitrary<infer A> ? A : never; hours: number }[]): Person {
    const somebody = new Person(at([0, 1]), at([2]))
    somebody.begin(keys[2] as Key)
    let time = NOON
    for (const { by, action, hours } of steps) {
      time += hours * 3_600_000 + 1
      const signer = keys[by] as Key
      const before = somebody.state
      const refused =
        action.is === 'post'
          ? somebody.posts(signer, { time })
          : action.is === 'add'
            ? somebody.does(signer, add(...at(action.devices)), { time })
            : action.is === 'revoke'
              ? somebody.does(signer, revoke(at(action.keys), action.after), { time })
              : somebody.does(
                  signer,
                  action.is === 'rotate'
                    ? rotate(at(action.recovery), at(action.devices))
                    : recover(action.after, at(action.recovery), at(action.devices)),
                  { time },
                )
      if (refused !== null) expect(somebody.state).toBe(before) // a refusal changes nothing
    }
    return somebody
  }

  test('whatever is tried, an actor keeps a recovery key and at most 16 devices, and both of them are keys that have not ended', () => {
    fc.assert(
      fc.property(history, (steps) => {
        const { state } = play(steps)
        expect(state.recovery.length).toBeGreaterThan(0)
        for (const { ended } of recoveryKeys(state)) expect(ended).toBeNull()
        expect(activeDevices(state).length).toBeLessThanOrEqual(16)
        for (const { ended } of state.keys.values()) if (ended !== null) expect(ended.after).toBeLessThanOrEqual(ended.at)
      }),
      { numRuns: 300 },
    )
  })
  test('what stands in the log gives the same keys when its key stream is replayed alone', () => {
    fc.assert(
      fc.property(history, (steps) => {
        const { log, actor, state } = play(steps)
        let replayed: KeyState | null = null
        for (const { header, position } of log.headers)
          if (header.events.some(({ stream }) => stream.startsWith('key/'))) replayed = replayKeys(hex(actor), replayed, header, position)
        expect(replayed).toEqual(state)
        expect(state.revision).toBe(log.headers.flatMap(({ header }) => header.events).filter(({ stream }) => stream.startsWith('key/')).length - 1)
      }),
      { numRuns: 200 },
    )
  })
  test('every commit that stands in the log is valid or disowned at its position, and none of an ended key follows', () => {
    fc.assert(
      fc.property(history, (steps) => {
        const { log, state } = play(steps)
        for (const { header, position } of log.headers) expect(standing(state, header.key, position)).not.toBe('none')
      }),
      { numRuns: 300 },
    )
  })
  test('key events that are no key operations are refused, never thrown on', () => {
    const somebody = person()
    const event = operationEvent(somebody.actor, add(laptop))
    const wrong: CommitEvent[] = [
      { ...event, stream: 'status/a' },
      { ...event, stream: 'key/abc' },
      { ...event, stream: event.stream.toUpperCase().replace('KEY', 'key') },
      { ...event, type: 'key:rotate' },
      { ...event, type: 'key:unknown' },
      { ...event, type: 'status:create' },
      { ...event, schema: 2 },
      { ...event, parts: [] },
      { ...event, parts: [...event.parts, ...event.parts] },
      { ...event, parts: [{ codec: 'cbor', inline: fill(1) }] },
      { ...event, parts: [{ codec: 'raw', inline: (event.parts[0] as { inline: Uint8Array }).inline }] },
      { ...event, parts: [{ codec: 'cbor', commitment: fill(1), sizeClass: 1, kref: fill(1, 16) }] },
    ]
    for (const bad of wrong) {
      const header = headerOf(somebody.actor, strong, [bad], 1, NOON + 100)
      expect(judgeKeys(header, { position: 1, clock: NOON }, somebody.log.states.find).ok).toBe(false)
    }
  })
})
