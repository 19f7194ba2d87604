/** Commits that a person's own device signed: admitted exactly when this instance would have recorded the same. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Cbor, encode } from '../../../../src/ledger/cbor.ts'
import { policyFor, verifyReceipt } from '../../../../src/ledger/receipt-verdict.ts'
import { asBinary, asJson, Device } from '../../../support/device.ts'
import { type TestAccount, type TestInstance, testInstance } from '../../../support/instance.ts'

const PATH = '/api/vivim/v1/events'
type Result = { readonly ok: boolean; readonly code?: string; readonly reason?: string; readonly position: number; readonly repeated: boolean }

let here: TestInstance
let alice: TestAccount
let bob: TestAccount
let device: Device

const send = async (commit: Awaited<ReturnType<Device['sign']>>, headers: Record<string, string> = {}) =>
  here.ask('POST', PATH, { as: alice, body: asJson(commit), headers })
const refusal = async (commit: Awaited<ReturnType<Device['sign']>>) => {
  const { size } = here.deps.ledger.head()
  const answer = await send(commit)
  expect(answer.headers['content-type']).toContain('application/problem+json')
  expect(here.deps.ledger.head().size).toBe(size)
  await device.catchUp()
  return [answer.statusCode, answer.json<{ code: string }>().code] as const
}
const post = (text: string, more: object = {}) => device.draft({ status: text, ...more })

beforeAll(async () => {
  here = await testInstance()
  alice = await here.createAccount('alice')
  bob = await here.createAccount('bob')
  device = await Device.add(here, alice)
})
afterAll(() => here.close())

describe('one commit', () => {
  test('a post that a device signed is a post like any other, and its receipt verifies with nobody to ask', async () => {
    const said = await post('Signed on my own device, #vivim @bob')
    const answer = await send(await device.sign('public', [said]), { prefer: 'receipt' })
    expect(answer.statusCode, answer.body).toBe(201)
    const { position, receipt } = answer.json<{ position: number; receipt: string }>()
    expect(answer.headers['preference-applied']).toBe('receipt')
    expect(answer.headers.link).toBe(`<https://here.example/log/receipt/${position}.tlog-proof>; rel="receipt"`)
    const verdict = verifyReceipt(receipt, policyFor(here.deps.ledger.verifierKey))
    expect(verdict).toMatchObject({ ok: true, index: position, entry: { is: 'open', author: 'proven' } })
    const shown = await here.ask('GET', `/api/v1/statuses/${String(said.data['id'])}`)
    expect(shown.json()).toMatchObject({ account: { username: 'alice' }, tags: [{ name: 'vivim' }], mentions: [{ username: 'bob' }] })
    expect((await here.ask('GET', '/api/v1/notifications', { as: bob })).json()).toMatchObject([{ type: 'mention' }])
  })

  test('sent again, it keeps its place and is recorded once', async () => {
    const commit = await device.sign('public', [await post('Once')])
    const [first, again] = [await send(commit), await send(commit)]
    expect([first.statusCode, again.statusCode], again.body).toEqual([201, 200])
    expect(again.json()).toMatchObject({ position: first.json<Result>().position, repeated: true })
  })

  test('everything a person may do to a post and to people can be signed', async () => {
    const [target, id] = [bob.id, alice.id]
    const uri = (kind: string): string => `https://here.example/users/alice#${kind}/${here.deps.newId()}`
    const at = new Date(here.deps.now()).toISOString()
    const other = await here.ask('POST', '/api/v1/statuses', { as: bob, body: { status: 'Like me' } })
    const statusId = other.json<{ id: string }>().id
    const mine = await post('First words')
    const like = { accountId: id, statusId, uri: uri('likes'), at }
    const follow = { accountId: id, targetId: target, uri: uri('follows'), at, state: 'accepted', reblogs: true, notify: false, languages: null }
    const edited = { ...(await post('Other words')).data, id: mine.data['id'] }
    const identity = ['uri', 'url', 'createdAt', 'visibility', 'inReplyToId', 'inReplyToAccountId', 'inReplyToUri', 'local', 'application']
    const body = Object.fromEntries(Object.entries(edited).filter(([name]) => !identity.includes(name)))
    const steps: ['public' | 'private', string, object][] = [
      ['public', 'status:create', mine.data],
      ['public', 'status:update', { ...body, editedAt: at }],
      ['public', 'status:like', like],
      ['public', 'status:unlike', { accountId: id, statusId, uri: like.uri }],
      ['private', 'status:bookmark', { accountId: id, statusId, at }],
      ['private', 'social:follow', follow],
      ['private', 'social:mute', { accountId: id, targetId: target, at, notifications: true, expiresAt: null }],
      ['private', 'social:unfollow', { accountId: id, targetId: target, uri: follow.uri }],
      ['private', 'marker:set', { accountId: id, timeline: 'home', lastReadId: statusId, at }],
      ['public', 'status:delete', { id: mine.data['id'], accountId: id, at }],
    ]
    for (const [lane, type, data] of steps) {
      const answer = await send(await device.sign(lane, [await device.said(type, data)]))
      expect([type, answer.statusCode, answer.body].slice(0, 2), answer.body).toEqual([type, 201])
    }
  })
})

describe('what is refused leaves no trace', () => {
  test('a signature that is not the key’s', async () => {
    const commit = await device.sign('public', [await post('Forged')])
    const signature = Buffer.from(commit.signature)
    signature[0] = (signature[0] ?? 0) ^ 1
    expect(await refusal({ ...commit, signature })).toEqual([422, 'SIGNATURE'])
  })

  test('a payload that is not the one committed to', async () => {
    const commit = await device.sign('public', [await post('One thing')])
    expect(await refusal({ ...commit, parts: commit.parts.map((part) => ({ ...part, r: Buffer.alloc(32) })) })).toEqual([422, 'COMMITMENT'])
  })

  test('a gap in the chain', async () => {
    await device.sign('public', [await post('never sent')])
    expect(await refusal(await device.sign('public', [await post('after a gap')]))).toEqual([409, 'CHAIN'])
  })

  test('HTML that this instance would not have made of the words', async () => {
    const said = await post('plain words')
    const data = { ...said.data, content: '<p>plain words<script>alert(1)</script></p>' }
    expect(await refusal(await device.sign('public', [{ ...said, data }]))).toEqual([422, 'INVALID'])
  })

  test('a text longer than anybody would read', async () => {
    const said = await post('short')
    const text = 'word '.repeat(6_000).trim()
    expect(await refusal(await device.sign('public', [{ ...said, data: { ...said.data, text, content: `<p>${text}</p>` } }]))).toEqual([
      422,
      'INVALID',
    ])
  })

  test('somebody else’s name on it', async () => {
    const said = await post('as bob')
    expect(await refusal(await device.sign('public', [{ ...said, data: { ...said.data, accountId: bob.id } }]))).toEqual([403, 'NOT_ALLOWED'])
  })

  test('another stream than its own', async () => {
    const said = await post('elsewhere')
    expect(await refusal(await device.sign('public', [{ ...said, stream: 'status/elsewhere' }]))).toEqual([422, 'INVALID'])
  })

  test('what is for followers, in the public lane', async () => {
    expect(await refusal(await device.sign('public', [await post('a secret', { visibility: 'private' })]))).toEqual([422, 'INVALID'])
  })

  test('what only the instance records', async () => {
    const grant = {
      id: here.deps.newId(),
      tokenHash: 'x',
      appId: null,
      accountId: alice.id,
      scopes: ['write'],
      at: new Date().toISOString(),
      expiresAt: null,
    }
    expect(await refusal(await device.sign('private', [{ type: 'grant:create', stream: 'grant/x', data: grant }]))).toEqual([422, 'MALFORMED'])
  })

  test('a like of a post that its author does not show to everyone', async () => {
    const hidden = await here.ask('POST', '/api/v1/statuses', { as: bob, body: { status: 'for few', visibility: 'direct' } })
    const at = new Date(here.deps.now()).toISOString()
    const data = { accountId: alice.id, statusId: hidden.json<{ id: string }>().id, uri: 'https://here.example/users/alice#likes/1', at }
    expect(await refusal(await device.sign('private', [await device.said('status:like', data)]))).toEqual([404, 'NOT_FOUND'])
  })

  test('a token without the scope, and no token at all', async () => {
    const { token } = await here.createToken(alice.id, ['read', 'write:favourites'])
    const body = asJson(await device.sign('public', [await post('not allowed')]))
    expect((await here.ask('POST', PATH, { as: { token }, body })).statusCode).toBe(403)
    expect((await here.ask('POST', PATH, { body })).statusCode).toBe(401)
    await device.catchUp()
  })

  test.each([
    ['nothing', {}],
    ['a list', []],
    ['bytes that are none', { commit: '!', signature: '', parts: [] }],
    ['numbers', { commits: [1] }],
  ])('a body of %s', async (_name, body) => {
    expect((await here.ask('POST', PATH, { as: alice, body })).statusCode).toBe(400)
  })
})

describe('a batch', () => {
  test('answers for each commit, and one that is refused takes along only its own chain', async () => {
    await device.catchUp()
    const good = await device.sign('public', [await post('batch 1')])
    const secret = await device.sign('private', [await post('batch, private', { visibility: 'private' })])
    const said = await post('batch 2')
    const bad = await device.sign('public', [{ ...said, data: { ...said.data, content: '<p>else</p>' } }])
    const after = await device.sign('public', [await post('batch 3')])
    const answer = await here.ask('POST', PATH, { as: alice, body: { commits: [good, secret, bad, after].map(asJson) } })
    expect(answer.statusCode, answer.body).toBe(200)
    const { results } = answer.json<{ results: Result[] }>()
    expect(results.map(({ ok, code }) => (ok ? 'ok' : code))).toEqual(['ok', 'ok', 'INVALID', 'CHAIN'])
    await device.catchUp()
  })

  test('later commits may build on earlier ones of the same batch', async () => {
    const said = await post('now you see it')
    const at = new Date(here.deps.now()).toISOString()
    const gone = await device.said('status:delete', { id: said.data['id'], accountId: alice.id, at })
    const commits = [await device.sign('public', [said]), await device.sign('public', [gone])]
    const answer = await here.ask('POST', PATH, { as: alice, body: { commits: commits.map(asJson) }, headers: { prefer: 'wait=5' } })
    expect(
      answer.json<{ results: Result[] }>().results.map(({ ok }) => ok),
      answer.body,
    ).toEqual([true, true])
    expect((await here.ask('GET', `/api/v1/statuses/${String(said.data['id'])}`)).statusCode).toBe(404)
  })

  test('the binary form says the same as JSON', async () => {
    const commits = await Promise.all([1, 2, 3].map((n) => post(`binary ${n}`)))
    const signed = []
    for (const said of commits) signed.push(await device.sign('public', [said]))
    const payload = Buffer.from(encode(signed.map(asBinary) as Cbor))
    const headers = { authorization: `Bearer ${alice.token}`, 'content-type': 'application/cbor', prefer: 'receipt' }
    const answer = await here.app.inject({ method: 'POST', url: PATH, headers, payload })
    expect(answer.statusCode, answer.body).toBe(200)
    const { results } = answer.json<{ results: (Result & { receipt: string })[] }>()
    expect(results.map(({ ok }) => ok)).toEqual([true, true, true])
    for (const { receipt, position } of results)
      expect(verifyReceipt(receipt, policyFor(here.deps.ledger.verifierKey))).toMatchObject({ ok: true, index: position })
  })

  test('more than a thousand commits, and more than 8 MiB, are too many', async () => {
    const commit = { commit: '', signature: '', parts: [] }
    expect((await here.ask('POST', PATH, { as: alice, body: { commits: Array.from({ length: 1_001 }, () => commit) } })).statusCode).toBe(413)
    expect((await here.ask('POST', PATH, { as: alice, body: { commits: ['x'.repeat(9 << 20)] } })).statusCode).toBe(413)
  })
})

test('the names of streams are told only to those who may write to them', async () => {
  const data = { accountId: bob.id, targetId: alice.id, uri: 'https://here.example/users/bob#blocks/1', at: new Date().toISOString() }
  const answer = await here.ask('POST', '/api/vivim/v1/streams', { as: alice, body: { events: [{ type: 'social:block', data }] } })
  expect(answer.statusCode).toBe(403)
})

test('nobody learns of the private chain of somebody else’s key', async () => {
  const answer = await here.ask('GET', `/api/vivim/v1/keys/${device.keyName}/head`, { as: bob })
  expect(answer.statusCode).toBe(404)
})
