/** Commits signed on a device: what the ledger takes, what it refuses and why, and that nothing refused leaves a trace. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type CommitHeader, commitId, decodeCommit, encodeCommit, signingInput } from '../../../src/ledger/commit.ts'
import { Device } from '../../../src/ledger/device.ts'
import { type Ed25519KeyPair, generateKeyPair, sign } from '../../../src/ledger/ed25519.ts'
import { keyEvent } from '../../../src/ledger/key-operation.ts'
import type { Equivocation } from '../../../src/ledger/ledger.ts'
import type { EventDraft, SignedCommit, SubmitResult } from '../../../src/ledger/types.ts'
import { event, openWorld, plain, type World } from './world.ts'

let world: World
let now = Date.now()
beforeAll(async () => {
  world = await openWorld({ now: () => now })
})
afterAll(() => world.close())

type Owned = { readonly device: Device; readonly keys: Ed25519KeyPair }

/** A device whose genesis is in the log. */
async function born(): Promise<Owned> {
  const owned = stranger()
  expect(await one(await owned.device.commit({ lane: 'public', events: [owned.device.genesis] }))).toMatchObject({ ok: true })
  return owned
}

function stranger(): Owned {
  const keys = generateKeyPair()
  return { keys, device: new Device({ keys, log: world.ledger.logOrigin, now: () => now }) }
}

async function one(commit: SignedCommit): Promise<SubmitResult> {
  const [result] = await world.ledger.submit([commit])
  if (result === undefined) throw new Error('no answer')
  return result
}

/** Signed again after `change`. */
function altered(signed: SignedCommit, { privateKey }: Ed25519KeyPair, change: Partial<CommitHeader>): SignedCommit {
  const commit = encodeCommit({ ...decodeCommit(signed.commit), ...change })
  return { ...signed, commit, signature: sign(signingInput(commit), privateKey) }
}

const post = (stream: string): EventDraft => event(stream)
const flipped = (bytes: Uint8Array, at: number): Uint8Array => bytes.map((byte, i) => (i === at ? byte ^ 1 : byte))

/** Refused with this code, and the log is as it was. */
async function refused(commit: SignedCommit, code: string): Promise<void> {
  const { size } = world.ledger.head()
  expect(await one(commit)).toMatchObject({ ok: false, code })
  expect(world.ledger.head().size).toBe(size)
}

describe('a signed commit', () => {
  test('is in the log as it was signed, and opens to what was sent', async () => {
    const { device } = await born()
    for (const lane of ['public', 'private'] as const) {
      const signed = await device.commit({ lane, events: [post(`submit/${lane}`), { ...post(`submit/more-${lane}`), type: 'status:update' }] })
      const result = await one(signed)
      if (!result.ok) throw new Error(result.reason)
      const [entry] = await world.ledger.entries(result.receipt.position, 1)
      expect(entry?.bytes).toEqual(Buffer.from(signed.commit))
      expect(entry?.signature).toEqual(Buffer.from(signed.signature))
      expect(entry?.blinding === null).toBe(lane === 'public')
      const [commit] = await world.ledger.read(result.receipt.position, 1)
      expect(commit?.events.map(({ parts }) => parts[0])).toEqual(
        signed.parts.map(({ bytes }) => ({ codec: 'json', bytes: Buffer.from(bytes), erased: false })),
      )
      expect((await world.ledger.readStream(`submit/${lane}`)).length).toBe(1)
    }
  })

  test('is told to followers as it is read back', async () => {
    const { device } = await born()
    const told: unknown[] = []
    const stop = world.ledger.follow(({ commits }) => told.push(...commits.map(plain)))
    const parts = [
      { codec: 'cbor', bytes: Uint8Array.of(0x80), inline: true },
      { codec: 'raw', bytes: Buffer.from('sealed') },
    ] as const
    const result = await one(await device.commit({ lane: 'private', events: [{ ...post('submit/told'), parts }] }))
    stop()
    if (!result.ok) throw new Error(result.reason)
    expect(told).toEqual((await world.ledger.read(result.receipt.position, 1)).map(plain))
  })

  test('sent again gets its first receipt, at once, beside itself, and after a restart', async () => {
    const { device } = await born()
    const signed = await device.commit({ lane: 'public', events: [post('submit/again')] })
    const results = await world.ledger.submit([signed, signed])
    const first = results[0]
    if (first?.ok !== true) throw new Error('refused')
    expect(results[1]).toEqual({ ok: true, receipt: { ...first.receipt, repeated: true } })
    await one(await device.commit({ lane: 'public', events: [post('submit/later')] }))
    expect(await one(signed)).toEqual({ ok: true, receipt: { ...first.receipt, repeated: true } })
    await world.reopen()
    expect(await one(signed)).toEqual({ ok: true, receipt: { ...first.receipt, repeated: true } })
    expect((await world.ledger.readStream('submit/again')).length).toBe(1)
  })

  test('many of one chain in one call keep their order; after one that is refused, those that build on it are', async () => {
    const { device, keys } = await born()
    const chain: SignedCommit[] = []
    for (let i = 0; i < 300; i++) chain.push(await device.commit({ lane: i % 2 === 0 ? 'public' : 'private', events: [post(`submit/many-${i}`)] }))
    const results = await world.ledger.submit(chain)
    const positions = results.map((result) => (result.ok ? result.receipt.position : -1))
    expect(positions).toEqual(Array.from({ length: 300 }, (_, i) => (positions[0] ?? 0) + i))

    const broken = await device.commit({ lane: 'public', events: [post('submit/broken')] })
    const after = await device.commit({ lane: 'public', events: [post('submit/after')] })
    const other = await device.commit({ lane: 'private', events: [post('submit/other')] })
    const forged = { ...broken, signature: flipped(broken.signature, 3) }
    const codes = (await world.ledger.submit([forged, after, other])).map((result) => (result.ok ? 'ok' : result.code))
    expect(codes).toEqual(['SIGNATURE', 'CHAIN', 'ok'])
    void keys
  })

  test('passes the conditions it signed, and those of the instance', async () => {
    const { device } = await born()
    expect(await one(await device.commit({ lane: 'public', events: [post('submit/c')], expected: [['submit/c', 'none']] }))).toMatchObject({
      ok: true,
    })
    const stale = await device.commit({ lane: 'public', events: [post('submit/c')], expected: [['submit/c', 'none']] })
    await refused(stale, 'CONDITION')
    device.resume(
      'public',
      { seq: decodeCommit(stale.commit).seq - 1, id: decodeCommit(stale.commit).prev ?? new Uint8Array() },
      { time: now, counter: 50 },
    )
    const fine = await device.commit({ lane: 'public', events: [post('submit/c')], expected: [['submit/c', 0]] })
    await refused({ ...fine, expected: [['submit/elsewhere', 'exists']] }, 'CONDITION')
    expect(await one({ ...fine, expected: [['submit/elsewhere', 'none']] })).toMatchObject({ ok: true })
  })

  test('vouches for trees that this log was, and no others', async () => {
    const { device, keys } = await born()
    const head = world.ledger.head()
    device.saw(head)
    const signed = await device.commit({ lane: 'public', events: [post('submit/seen')] })
    await refused(altered(signed, keys, { seen: { size: head.size, root: flipped(head.root, 0) } }), 'SEEN')
    await refused(altered(signed, keys, { seen: { size: head.size + 1000, root: head.root } }), 'SEEN')
    expect(await one(signed)).toMatchObject({ ok: true })
  })
})

describe('what is not what it claims to be', () => {
  test('every byte of commit and signature counts', async () => {
    const { device } = await born()
    const signed = await device.commit({ lane: 'public', events: [post('submit/bytes')] })
    const { size } = world.ledger.head()
    const forgeries = [
      ...Array.from(signed.commit, (_, at) => ({ ...signed, commit: flipped(signed.commit, at) })),
      ...Array.from(signed.signature, (_, at) => ({ ...signed, signature: flipped(signed.signature, at) })),
      { ...signed, signature: signed.signature.subarray(1) },
      { ...signed, commit: signed.commit.subarray(1) },
      { ...signed, commit: new Uint8Array() },
    ]
    for (const result of await world.ledger.submit(forgeries)) expect(result.ok).toBe(false)
    expect(world.ledger.head().size).toBe(size)
    expect(await one(signed)).toMatchObject({ ok: true })
  })

  test('payloads are those that were signed, each once', async () => {
    const { device } = await born()
    const signed = await device.commit({ lane: 'public', events: [{ ...post('submit/parts'), parts: [...post('a').parts, ...post('b').parts] }] })
    const [a, b] = signed.parts
    if (a === undefined || b === undefined) throw new Error('two parts')
    await refused({ ...signed, parts: [a] }, 'MALFORMED')
    await refused({ ...signed, parts: [a, a] }, 'MALFORMED')
    await refused({ ...signed, parts: [a, b, { ...b, index: 2 }] }, 'MALFORMED')
    await refused({ ...signed, parts: [a, { ...b, bytes: flipped(b.bytes, 2) }] }, 'COMMITMENT')
    await refused({ ...signed, parts: [a, { ...b, r: flipped(b.r, 2) }] }, 'COMMITMENT')
    await refused(
      {
        ...signed,
        parts: [
          { ...a, r: b.r, bytes: b.bytes },
          { ...b, r: a.r, bytes: a.bytes },
        ],
      },
      'COMMITMENT',
    )
    await refused({ ...signed, parts: [a, { ...b, bytes: Buffer.alloc(5_000) }] }, 'COMMITMENT')
    expect(await one({ ...signed, parts: [b, a] }), 'in any order').toMatchObject({ ok: true })
  })

  test('a commit for another log, by an unknown key, or from the future', async () => {
    const { device, keys } = await born()
    const signed = await device.commit({ lane: 'public', events: [post('submit/where')] })
    await refused(altered(signed, keys, { log: new Uint8Array(32) }), 'LOG')
    await refused(altered(signed, keys, { actor: new Uint8Array(32) }), 'KEY')
    await refused(altered(signed, keys, { key: new Uint8Array(16) }), 'KEY')
    await refused(altered(signed, keys, { time: now + 301_000 }), 'CLOCK')
    await refused(altered(signed, keys, { time: 1 }), 'CLOCK')
    expect(await one(altered(signed, keys, { time: now + 299_000 })), 'clocks differ').toMatchObject({ ok: true })
    const { device: unborn } = stranger()
    await refused(await unborn.commit({ lane: 'public', events: [post('submit/unborn')] }), 'KEY')
  })

  test('another device speaks for nobody but its actor', async () => {
    const [mine, yours] = [await born(), await born()]
    const forged = new Device({ keys: mine.keys, log: world.ledger.logOrigin, actor: yours.device.actor, now: () => now })
    await refused(await forged.commit({ lane: 'public', events: [post('submit/forged')] }), 'KEY')
    const operation = keyEvent(yours.device.actor, { kind: 'add', devices: [generateKeyPair().publicKey] })
    await refused(await mine.device.commit({ lane: 'public', events: [operation] }), 'KEY')
  })
})

describe('keys', () => {
  test('a device that was added signs, and one that was revoked does not, whatever date it gives', async () => {
    const { device } = await born()
    const keys = generateKeyPair()
    const phone = new Device({ keys, log: world.ledger.logOrigin, actor: device.actor, now: () => now })
    await refused(await phone.commit({ lane: 'public', events: [post('submit/early')] }), 'KEY')
    expect(
      await one(await device.commit({ lane: 'public', events: [keyEvent(device.actor, { kind: 'add', devices: [keys.publicKey] })] })),
    ).toMatchObject({ ok: true })
    const again = new Device({ keys, log: world.ledger.logOrigin, actor: device.actor, now: () => now })
    expect(await one(await again.commit({ lane: 'public', events: [post('submit/phone')] }))).toMatchObject({ ok: true })
    const before = await again.commit({ lane: 'public', events: [post('submit/late')] })
    const revoke = keyEvent(device.actor, { kind: 'revoke', keys: [phone.key], after: null })
    expect(await one(await device.commit({ lane: 'public', events: [revoke] }))).toMatchObject({ ok: true })
    await refused(before, 'KEY')
    await world.reopen()
    await refused(before, 'KEY')
  })

  test('a key with two commits for one place is caught with both in hand', async () => {
    const { device, keys } = await born()
    const first = await device.commit({ lane: 'private', events: [post('submit/first')] })
    const second = altered(first, keys, { time: now + 5 })
    expect(await one(first)).toMatchObject({ ok: true })
    const caught: Equivocation[] = []
    const told = new Promise<void>((resolve) => {
      const stop = world.ledger.onEquivocation((pair) => {
        caught.push(pair)
        stop()
        resolve()
      })
    })
    expect(await one(second)).toMatchObject({ ok: false, code: 'EQUIVOCATION' })
    await told
    expect(Buffer.from(commitId(caught[0]?.first.commit ?? new Uint8Array()))).toEqual(Buffer.from(commitId(first.commit)))
    expect(caught[0]?.second.commit).toEqual(second.commit)
    expect(await world.ledger.readStream('submit/first')).toHaveLength(1)
  })
})

test('the instance exchanges keys although a device is ahead and its own clock went back', async () => {
  const { device, keys } = await born()
  const signed = await device.commit({ lane: 'public', events: [post('submit/ahead')] })
  expect(await one(altered(signed, keys, { time: now + 290_000 }))).toMatchObject({ ok: true })
  now -= 240_000
  const { genesis } = await world.ledger.createIdentity('account/late')
  await world.ledger.append({ signer: 'account/late', lane: 'public', events: [genesis] })
  await world.ledger.custody.rotate('account/late', null, null)
  now += 240_000
})

describe('a read-only ledger', () => {
  test('takes nothing, says why, and goes on proving', async () => {
    const { device } = await born()
    const signed = await device.commit({ lane: 'public', events: [post('submit/readonly')] })
    world.ledger.makeReadOnly('It is being moved.')
    expect(await one(signed)).toEqual({ ok: false, code: 'READ_ONLY', reason: 'It is being moved.' })
    await expect(world.ledger.append({ signer: 'instance', lane: 'public', events: [post('submit/x')] })).rejects.toMatchObject({ code: 'READ_ONLY' })
    expect((await world.ledger.inclusionProof(0)).index).toBe(0)
    world.ledger.makeReadOnly(null)
    expect(await one(signed)).toMatchObject({ ok: true })
  })
})

test('drafts and signed commits arrive together, and the time of a key goes on when its clock goes back', async () => {
  const { device } = await born()
  const draft = (i: number) => world.ledger.append({ signer: 'instance', lane: 'public', events: [post(`submit/drafted-${i}`)] })
  const both = async (from: number) => {
    const chain: SignedCommit[] = []
    for (let i = from; i < from + 100; i++) chain.push(await device.commit({ lane: 'public', events: [post(`submit/mixed-${i}`)] }))
    return Promise.all([world.ledger.submit(chain), Promise.all(chain.map((_, i) => draft(from + i)))])
  }
  const [results, receipts] = await both(0)
  expect(results.every(({ ok }) => ok)).toBe(true)
  now -= 240_000
  const [later, more] = await both(100)
  now += 240_000
  expect(later.every(({ ok }) => ok)).toBe(true)
  const all = [...receipts, ...more].toSorted((a, b) => a.position - b.position)
  expect(new Set(all.map(({ position }) => position)).size).toBe(200)
  for (const [i, { time }] of all.entries()) expect(time).toBeGreaterThanOrEqual(all[i - 1]?.time ?? 0)
})
