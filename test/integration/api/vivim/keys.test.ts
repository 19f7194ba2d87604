/** Keys over HTTP: seen and changed by their owner alone, kept here or taken into one's own hands. */
import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { didKeys } from '../../../../src/host/did-key.ts'
import { type CommitHeader, encodeCommit, signingInput } from '../../../../src/ledger/commit.ts'
import { type Ed25519KeyPair, generateKeyPair, keyId, sign } from '../../../../src/ledger/ed25519.ts'
import { type KeyOperation, keyEvent } from '../../../../src/ledger/key-operation.ts'
import { type TestAccount, type TestInstance, testInstance } from '../../../support/instance.ts'

type Shown = {
  readonly actor: string
  readonly custody: string | null
  readonly requires: string
  readonly keys: readonly {
    readonly id: string
    readonly kind: string
    readonly device: boolean
    readonly recovery: number | null
    readonly ended: object | null
  }[]
}

let here: TestInstance
beforeAll(async () => {
  here = await testInstance()
})
afterAll(() => here.close())

const KEYS = '/api/vivim/v1/keys'
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const did = ({ publicKey }: Ed25519KeyPair): string => didKeys(publicKey).join(',')
const idOf = ({ publicKey }: Ed25519KeyPair): string => hex(keyId(publicKey))

/** A person with a token that allows changing keys. */
async function person(name: string): Promise<TestAccount> {
  const account = await here.createAccount(name)
  const { token } = await here.createToken(account.id, ['read', 'write', 'keys'])
  return { ...account, token }
}

async function keysOf(as: TestAccount): Promise<Shown> {
  const answer = await here.ask('GET', KEYS, { as })
  expect(answer.statusCode).toBe(200)
  return answer.json<Shown>()
}

const post = (as: TestAccount, path: string, body: object) => here.ask('POST', `${KEYS}${path}`, { as, body })

/** Operations on keys as their owner signs them, next in the chain of `by`. */
async function operations(as: TestAccount, by: Ed25519KeyPair, seq: number, prev: Uint8Array | null, ...said: readonly KeyOperation[]) {
  const actor = Buffer.from((await keysOf(as)).actor, 'hex')
  const events = said.map((operation) => {
    const { parts, ...event } = keyEvent(actor, operation)
    return { ...event, parts: parts.map(({ codec, bytes }) => ({ codec, inline: bytes })) }
  })
  return signed(by, { actor, seq, prev, events })
}

function signed(by: Ed25519KeyPair, place: Pick<CommitHeader, 'actor' | 'seq' | 'prev' | 'events'>) {
  const log = createHash('sha256').update(here.deps.ledger.logOrigin).digest()
  const rest = { lane: 'public', time: Date.now(), counter: 0, deps: [], seen: null, pre: [] } as const
  const commit = encodeCommit({ v: 1, suite: 1, log, key: keyId(by.publicKey), ...rest, ...place })
  const signature = sign(signingInput(commit), by.privateKey)
  return { commit: Buffer.from(commit).toString('base64'), signature: Buffer.from(signature).toString('base64') }
}

describe('keys that the instance keeps', () => {
  test('are seen by their owner', async () => {
    const shown = await keysOf(await person('seen'))
    expect(shown).toMatchObject({ requires: 'ed25519', keys: [{ kind: 'ed25519', device: true, recovery: 0, ended: null }] })
    expect(shown.custody).toBe(shown.keys[0]?.id)
    expect((await here.ask('GET', KEYS)).statusCode).toBe(401)
  })

  test('are joined by devices, which can be revoked', async () => {
    const as = await person('devices')
    const phone = generateKeyPair()
    const added = await post(as, '', { devices: [did(phone)] })
    expect([added.statusCode, added.json()]).toEqual([200, expect.objectContaining({ position: expect.any(Number) })])
    expect((await keysOf(as)).keys.map(({ id }) => id)).toContain(idOf(phone))
    const revoked = await post(as, '/revoke', { keys: [idOf(phone)] })
    expect(revoked.json<{ keys: Shown }>().keys.keys.find(({ id }) => id === idOf(phone))).toMatchObject({ ended: { why: 'revoked' } })
    expect((await post(as, '', { devices: [Buffer.from(phone.publicKey).toString('base64')] })).statusCode).toBe(403) // ended keys do not return
  })

  test('are exchanged and become hybrid, and everything goes on', async () => {
    const as = await person('hybrid')
    const before = await keysOf(as)
    expect((await post(as, '/require', { suite: 'hybrid' })).statusCode).toBe(403)
    expect((await post(as, '/rotate', { suite: 'hybrid' })).statusCode).toBe(200)
    expect((await post(as, '/require', { suite: 'hybrid' })).statusCode).toBe(200)
    const shown = await keysOf(as)
    expect(shown).toMatchObject({ actor: before.actor, requires: 'hybrid' })
    expect(shown.custody).not.toBe(before.custody)
    const posted = await here.ask('POST', '/api/v1/statuses', { as, body: { status: 'Signed twice' } })
    expect(posted.statusCode).toBe(200)
  })

  test('are not for applications that may only write', async () => {
    const account = await here.createAccount('careful')
    for (const path of ['', '/revoke', '/rotate', '/require', '/hand-over']) expect((await post(account, path, {})).statusCode).toBe(403)
    expect((await here.ask('POST', `${KEYS}/rotate`, { body: {} })).statusCode).toBe(401)
  })

  test('stay as they are when asked for nonsense', async () => {
    const as = await person('nonsense')
    const [before, phone] = [await keysOf(as), generateKeyPair()]
    const wrong: readonly (readonly [string, object])[] = [
      ['', {}],
      ['', { devices: [] }],
      ['', { devices: ['did:key:z6Mk'] }],
      ['', { devices: [Buffer.alloc(32).toString('base64')] }],
      ['', { devices: [did(phone), did(phone)] }],
      ['', { devices: [did(phone)], more: true }],
      ['/revoke', { keys: ['xyz'] }],
      ['/revoke', { keys: [idOf(phone)] }],
      ['/revoke', { keys: before.keys.map(({ id }) => id) }],
      ['/require', { suite: 'rsa' }],
      ['/hand-over', { recovery: [], devices: [did(phone)] }],
    ]
    for (const [path, body] of wrong)
      expect([path, body, (await post(as, path, body)).statusCode]).toEqual([path, body, expect.toBeOneOf([403, 422])])
    expect(await keysOf(as)).toEqual(before)
  })
})

describe('keys in their owner’s hands', () => {
  test('are changed by what their owner signs, and by nothing else', async () => {
    const as = await person('free')
    const [cold, phone, laptop] = [generateKeyPair(), generateKeyPair(), generateKeyPair()]
    const taken = await post(as, '/hand-over', { recovery: [did(cold)], devices: [did(phone)] })
    expect(taken.json<{ keys: Shown }>().keys).toMatchObject({ custody: null })
    expect((await post(as, '/rotate', {})).statusCode).toBe(403)
    expect((await here.ask('POST', '/api/v1/statuses', { as, body: { status: 'Not by you' } })).statusCode).toBe(403)

    const add = await operations(as, cold, 0, null, { kind: 'add', devices: [laptop.publicKey] })
    const added = await post(as, '/operations', add)
    expect([added.statusCode, added.json()]).toEqual([
      200,
      expect.objectContaining({ results: [expect.objectContaining({ ok: true, repeated: false })] }),
    ])
    expect((await post(as, '/operations', { commits: [add] })).json()).toMatchObject({ results: [{ ok: true, repeated: true }] })
    expect((await keysOf(as)).keys.map(({ id }) => id)).toContain(idOf(laptop))
    const forged = await operations(as, phone, 0, null, { kind: 'add', devices: [generateKeyPair().publicKey] })
    expect((await post(as, '/operations', forged)).statusCode).toBe(403)
  })

  test('undo what the instance does: recovery keys of the owner are stronger', async () => {
    const as = await person('protected')
    const [cold, phone, strange] = [generateKeyPair(), generateKeyPair(), generateKeyPair()]
    expect((await post(as, '/recovery', { recovery: [did(cold)] })).statusCode).toBe(200)
    const before = await keysOf(as)
    expect(before.keys.map(({ id, recovery }) => [id, recovery])).toEqual([
      [before.custody, 1],
      [idOf(cold), 0],
    ])
    const good = (await here.ask('POST', '/api/v1/statuses', { as, body: { status: 'Still by you' } })).statusCode
    const { size } = here.deps.ledger.head()
    const taken = await here.deps.ledger.custody.handOver(`account/${as.id}`, { recovery: [strange.publicKey], devices: [strange.publicKey] })
    expect([good, taken.ok]).toEqual([200, true])
    const back = await operations(as, cold, 0, null, {
      kind: 'recover',
      after: size - 1,
      recovery: [cold.publicKey],
      devices: [phone.publicKey],
    })
    expect((await post(as, '/operations', back)).statusCode).toBe(200)
    const after = await keysOf(as)
    expect(after.keys.filter(({ ended }) => ended === null).map(({ id }) => id)).toEqual(expect.arrayContaining([idOf(cold), idOf(phone)]))
    expect(after.keys.find(({ id }) => id === idOf(strange))).toMatchObject({ ended: { why: 'disowned', after: size - 1 } })
    expect(after.keys.find(({ id }) => id === before.custody)).toMatchObject({ ended: { why: 'disowned' } })
    expect(
      (await post(as, '/operations', await operations(as, strange, 0, null, { kind: 'add', devices: [generateKeyPair().publicKey] }))).statusCode,
    ).toBe(403)
  })

  test('nobody sends operations for another, nor anything but operations', async () => {
    const [one, other] = [await person('one'), await person('other')]
    const phone = generateKeyPair()
    await post(one, '', { devices: [did(phone)] })
    const own = await operations(one, phone, 0, null, { kind: 'revoke', keys: [keyId(phone.publicKey)], after: null })
    expect((await post(other, '/operations', own)).statusCode).toBe(403)
    const actor = Buffer.from((await keysOf(one)).actor, 'hex')
    const post1 = signed(phone, { actor, seq: 0, prev: null, events: [{ type: 'status:create', schema: 1, stream: 'status/x', parts: [] }] })
    expect((await post(one, '/operations', post1)).statusCode).toBe(422)
    expect((await post(one, '/operations', { commit: 'AAAA', signature: 'AAAA' })).statusCode).toBe(422)
    expect((await post(one, '/operations', own)).statusCode).toBe(200)
  })
})
