/** Commits that a person's own device signed: admitted exactly when this instance would have recorded the same. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { EMPTY_PROFILE } from '../../../../src/events/profile.ts'
import { snowflakeTime } from '../../../../src/events/snowflake.ts'
import { SIGNABLE } from '../../../../src/handlers/signed-events.ts'
import { type Cbor, encode } from '../../../../src/ledger/cbor.ts'
import { policyFor, verifyReceipt } from '../../../../src/ledger/receipt-verdict.ts'
import { mediaByIds } from '../../../../src/projections/read/media.ts'
import { asBinary, asJson, Device } from '../../../support/device.ts'
import { type TestAccount, type TestInstance, testInstance } from '../../../support/instance.ts'
import { uploadPng } from '../mastodon/form.ts'
import { vaultSteps } from './vault-steps.ts'

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

  test('every event that a device may sign can be signed, and is what the Mastodon API would have made of it', async () => {
    const { pool, ledger, newId, now } = here.deps
    const [target, id] = [bob.id, alice.id]
    const uri = (kind: string): string => `https://here.example/users/alice#${kind}/${newId()}`
    const at = new Date(now()).toISOString()
    const pair = { accountId: id, targetId: target }
    const statusId = (await here.ask('POST', '/api/v1/statuses', { as: bob, body: { status: 'Like me' } })).json<{ id: string }>().id
    const mine = await post('First words')
    const edited = Object.entries((await post('Other words')).data).filter(([name]) => !IDENTITY.includes(name))
    const reaction = { accountId: id, statusId }
    const boostId = newId()
    const boosted = { accountId: id, statusId, id: boostId, uri: `https://here.example/users/alice/statuses/${boostId}/activity` }
    const boost = { ...boosted, createdAt: new Date(snowflakeTime(boostId)).toISOString(), visibility: 'public', local: true }
    const [like, follow, block] = [uri('likes'), uri('follows'), uri('blocks')]
    const mediaId = await uploadPng(here, alice)
    const [media] = await mediaByIds(pool, id, [mediaId])
    const profile = { ...EMPTY_PROFILE, discoverable: true, defaultLanguage: 'en', locked: true, noteSource: 'My words', note: '<p>My words</p>' }
    const steps: ['public' | 'private', string, object][] = [
      ['public', 'status:create', mine.data],
      ['public', 'status:update', { ...Object.fromEntries(edited), id: mine.data['id'], editedAt: at }],
      ['public', 'status:pin', { accountId: id, statusId: mine.data['id'], at }],
      ['public', 'status:unpin', { accountId: id, statusId: mine.data['id'] }],
      ['public', 'status:boost', boost],
      ['public', 'status:unboost', boosted],
      ['public', 'status:like', { ...reaction, uri: like, at }],
      ['public', 'status:unlike', { ...reaction, uri: like }],
      ['private', 'status:bookmark', { ...reaction, at }],
      ['private', 'status:unbookmark', reaction],
      ['private', 'social:follow', { ...pair, uri: follow, at, state: 'accepted', reblogs: true, notify: false, languages: null }],
      ['private', 'social:unfollow', { ...pair, uri: follow }],
      ['private', 'social:mute', { ...pair, at, notifications: true, expiresAt: null }],
      ['private', 'social:unmute', pair],
      ['private', 'social:block', { ...pair, uri: block, at }],
      ['private', 'social:unblock', { ...pair, uri: block }],
      ['public', 'identity:update', { id, profile }],
      ['private', 'media:update', { accountId: id, attachment: { ...media?.attachment, description: 'A square' } }],
      ['private', 'media:delete', { accountId: id, id: mediaId, at }],
      ['private', 'marker:set', { accountId: id, timeline: 'home', lastReadId: statusId, at }],
      ['private', 'notification:dismiss', { accountId: id, notificationId: '1' }],
      ['private', 'notification:clear', { accountId: id, at }],
      ...(await vaultSteps(here, id)),
      ['public', 'status:delete', { id: mine.data['id'], accountId: id, at }],
    ]
    const say = async (lane: 'public' | 'private', type: string, data: object) => {
      const answer = await send(await device.sign(lane, [await device.said(type, data)]))
      expect([type, answer.statusCode], answer.body).toEqual([type, 201])
    }
    for (const step of steps) await say(...step)
    for (const answer of ['accept', 'reject'] as const) {
      await here.ask('POST', `/api/v1/accounts/${id}/follow`, { as: bob }) // alice approves followers by now
      const [asked] = await ledger.readStream(ledger.streamName('follow', `${target} ${id}`), 1)
      const part = asked?.parts[0]
      const { uri } = JSON.parse(Buffer.from(part === undefined || part.erased ? [] : part.bytes).toString()) as { uri: string }
      await say('private', `social:follow_${answer}`, { accountId: target, targetId: id, uri, at })
      await here.ask('POST', `/api/v1/accounts/${id}/unfollow`, { as: bob })
    }
    const said = [...steps.map(([, type]) => type), 'social:follow_accept', 'social:follow_reject']
    expect(said.toSorted()).toEqual(SIGNABLE.toSorted())
    expect((await here.ask('GET', `/api/v1/accounts/${id}`)).json()).toMatchObject({ note: '<p>My words</p>', locked: true })
  })
})

/** What an edit leaves as it is. */
const IDENTITY = ['uri', 'url', 'createdAt', 'visibility', 'inReplyToId', 'inReplyToAccountId', 'inReplyToUri', 'local', 'application']

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
