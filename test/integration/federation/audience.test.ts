/** What is not for everybody: strangers neither read it, nor touch it, nor hang anything on it; blocked and deleted people have no effect. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { signedHeaders } from '../../../src/federation/signature/sign.ts'
import type { JsonObject } from '../../../src/federation/wire/json.ts'
import { accountByUri, followState } from '../../../src/projections/read/accounts.ts'
import { context, likeOf, statusByUri } from '../../../src/projections/read/statuses.ts'
import { type Elsewhere, elsewhere, post, type Stranger, stranger } from './elsewhere.ts'
import { type FederatingInstance, federatingInstance, type Person } from './instance.ts'

const ORIGIN = 'https://here.example'
const PUBLIC = 'https://www.w3.org/ns/activitystreams#Public'

let world: Elsewhere
let here: FederatingInstance
let alice: Person
let friend: Stranger
let mallory: Stranger

beforeAll(async () => {
  world = elsewhere()
  here = await federatingInstance({ origin: ORIGIN, fetch: world, deliver: false })
  alice = await here.person('alice')
  friend = stranger(world, 'https://far.example/users/friend')
  mallory = stranger(world, 'https://evil.example/users/mallory')
  expect((await post(here, friend, friend.activity('Follow', { object: alice.uri }))).status).toBe(202)
  await known(mallory)
})
afterAll(async () => here?.close())

const pool = () => here.database.pool
const row = async (uri: string) => {
  await here.settled()
  return await statusByUri(pool(), uri)
}
const idOf = async ({ uri }: Pick<Stranger, 'uri'>) => {
  await here.settled()
  return (await accountByUri(pool(), uri))?.id ?? ''
}
/** Makes somebody an account that is known here. */
async function known(who: Stranger) {
  const note = who.note({ to: [PUBLIC], cc: [alice.uri] })
  expect((await post(here, who, who.activity('Create', { object: note }))).status).toBe(202)
  await here.settled()
}
async function withoutEffect(from: Stranger, document: JsonObject, options = {}) {
  const before = here.ledger.head().size
  expect((await post(here, from, document, options)).status).toBe(202)
  expect(here.ledger.head().size).toBe(before)
}
const block = (by: Person, targetId: string) =>
  here.perform({
    by: { account: by.id },
    lane: 'private',
    commands: [{ do: 'Block', data: { accountId: by.id, targetId, uri: `${by.uri}#blocks/${here.newId()}`, at: new Date().toISOString() } }],
  })
const get = (path: string) => here.app.inject({ method: 'GET', url: path.replace(ORIGIN, ''), headers: { accept: 'application/activity+json' } })

describe('a post for few', () => {
  it('is not liked, boosted or answered by who may not see it, known or not, though they know its name', async () => {
    const nobody = stranger(world, 'https://evil.example/users/nobody')
    for (const visibility of ['private', 'direct'] as const) {
      const secret = await here.post(alice, { content: '<p>secret</p>', visibility })
      for (const who of [mallory, nobody]) {
        await withoutEffect(who, who.activity('Like', { object: secret.uri }))
        await withoutEffect(who, who.activity('Announce', { object: secret.uri, to: [PUBLIC] }))
        await withoutEffect(who, who.activity('Create', { object: who.note({ to: [PUBLIC], inReplyTo: secret.uri }) }))
      }
      const reply = mallory.note({ to: [PUBLIC], cc: [alice.uri], inReplyTo: secret.uri })
      expect((await post(here, mallory, mallory.activity('Create', { object: reply }))).status).toBe(202)
      expect(await row(reply.id)).toMatchObject({ in_reply_to_id: null, in_reply_to_uri: null, in_reply_to_account_id: null })
      expect(await row(secret.uri)).toMatchObject({ replies_count: 0, reblogs_count: 0, favourites_count: 0 })
      expect((await context(pool(), secret.id, alice.id)).descendants).toEqual([])
    }
  })

  it('is liked and answered by those it is for', async () => {
    const secret = await here.post(alice, { content: '<p>for friends</p>', visibility: 'private' })
    expect((await post(here, friend, friend.activity('Like', { object: secret.uri }))).status).toBe(202)
    const reply = friend.note({ to: [alice.uri], inReplyTo: secret.uri })
    expect((await post(here, friend, friend.activity('Create', { object: reply }))).status).toBe(202)
    expect(await row(reply.id)).toMatchObject({ in_reply_to_id: secret.id })
    expect(await likeOf(pool(), await idOf(friend), secret.id)).not.toBeNull()
    await withoutEffect(friend, friend.activity('Announce', { object: secret.uri, to: [PUBLIC] }))
  })

  it('shows in no collection, no thread and no activity that a stranger can read', async () => {
    const open = await here.post(alice, { content: '<p>open</p>' })
    const secrets = []
    for (const visibility of ['private', 'direct'] as const)
      secrets.push(await here.post(alice, { content: `<p>hidden ${visibility}</p>`, visibility, inReplyToId: open.id, inReplyToAccountId: alice.id }))
    for (const { id } of secrets)
      await here.perform({
        by: { account: alice.id },
        lane: 'private',
        commands: [{ do: 'Pin', data: { accountId: alice.id, statusId: id, at: new Date().toISOString() } }],
      })
    const paths = ['outbox', 'outbox?page=true', 'collections/featured', 'followers?page=true', `statuses/${open.id}/replies`, `statuses/${open.id}`]
    for (const path of paths) {
      const answer = await get(`/users/alice/${path}`)
      expect([path, answer.statusCode]).toEqual([path, 200])
      for (const secret of secrets) expect(answer.body).not.toContain(secret.id)
    }
    for (const { id } of secrets)
      for (const path of ['', '/activity', '/replies']) {
        expect((await get(`/users/alice/statuses/${id}${path}`)).statusCode).toBe(404)
        const url = new URL(`${ORIGIN}/users/alice/statuses/${id}${path}`)
        const headers = await signedHeaders('GET', url, null, { id: mallory.keyId, key: mallory.key }, Date.now())
        expect((await here.app.inject({ method: 'GET', url: url.pathname, headers })).statusCode).toBe(404)
      }
  })
})

describe('a blocked account', () => {
  it('does not follow, like, boost or enter threads; its words reach nobody who blocked it as an answer', async () => {
    const troll = stranger(world, 'https://evil.example/users/troll')
    await known(troll)
    const id = await idOf(troll)
    const mine = await here.post(alice, { content: '<p>hello</p>' })
    expect((await post(here, troll, troll.activity('Follow', { object: alice.uri }))).status).toBe(202)
    await block(alice, id)
    expect(await followState(pool(), id, alice.id)).toBeNull()
    for (const [type, object] of [
      ['Follow', alice.uri],
      ['Like', mine.uri],
      ['Announce', mine.uri],
    ] as const)
      await withoutEffect(troll, troll.activity(type, { object, to: [PUBLIC] }))
    const reply = troll.note({ to: [PUBLIC], cc: [alice.uri], inReplyTo: mine.uri })
    expect((await post(here, troll, troll.activity('Create', { object: reply }))).status).toBe(202)
    expect((await row(reply.id))?.in_reply_to_id ?? null).toBeNull()
    expect((await context(pool(), mine.id, null)).descendants).toEqual([])
    expect(await row(mine.uri)).toMatchObject({ replies_count: 0, reblogs_count: 0, favourites_count: 0 })
  })

  it('who blocks somebody here is left alone, until it takes that back', async () => {
    const shy = stranger(world, 'https://far.example/users/shy')
    const blocking = shy.activity('Block', { object: alice.uri })
    expect((await post(here, shy, blocking)).status).toBe(202)
    const id = await idOf(shy)
    await expect(here.follow(alice, id)).rejects.toThrow('NOT_ALLOWED')
    await withoutEffect(mallory, mallory.activity('Undo', { object: blocking['id'] as string }))
    expect((await post(here, shy, shy.activity('Undo', { object: blocking }))).status).toBe(202)
    await here.settled()
    expect(await here.follow(alice, id)).toContain('#follows/')
  })
})

describe('a deleted account', () => {
  it('is over: nothing it says afterwards has an effect, whoever may still have its key', async () => {
    const gone = stranger(world, 'https://far.example/users/gone')
    await known(gone)
    const mine = await here.post(alice, { content: '<p>bye</p>' })
    expect((await post(here, gone, gone.activity('Delete', { object: gone.uri }))).status).toBe(202)
    await here.settled()
    for (const [type, object] of [
      ['Follow', alice.uri],
      ['Like', mine.uri],
      ['Announce', mine.uri],
      ['Block', alice.uri],
      ['Create', gone.note({ to: [PUBLIC], cc: [alice.uri] })],
      ['Update', { ...gone.document, name: 'back' }],
      ['Flag', alice.uri],
    ] as const)
      await withoutEffect(gone, gone.activity(type, { object, to: [PUBLIC] }))
  })
})

describe('order', () => {
  it('a deletion that overtakes its post keeps it away', async () => {
    const note = friend.note({ to: [PUBLIC], cc: [alice.uri] })
    await withoutEffect(friend, friend.activity('Delete', { object: { id: note.id, type: 'Tombstone' } }))
    await withoutEffect(friend, friend.activity('Create', { object: note }))
    expect(await row(note.id)).toBeNull()
    const other = friend.note({ to: [PUBLIC], cc: [alice.uri] })
    await withoutEffect(mallory, mallory.activity('Delete', { object: other.id }))
    expect((await post(here, friend, friend.activity('Create', { object: other }))).status).toBe(202)
    expect(await row(other.id)).not.toBeNull()
  })

  it('an actor that changes is known as it is now by what comes next, its old key no more', async () => {
    const moving = stranger(world, 'https://far.example/users/moving')
    await known(moving)
    const old = { keyId: moving.keyId, key: moving.key }
    const announcing = moving.activity('Update', { object: null })
    moving.rotate(true)
    expect((await post(here, old, { ...announcing, object: moving.document })).status).toBe(202)
    const before = here.ledger.head().size
    expect((await post(here, old, moving.activity('Follow', { object: alice.uri }))).status).toBe(401)
    expect(here.ledger.head().size).toBe(before)
    expect((await post(here, moving, moving.activity('Follow', { object: alice.uri }))).status).toBe(202)
  })
})

describe('mentions', () => {
  it('people here are found by any of their names; strangers stay links and are not asked for', async () => {
    const asked = world.asked.length
    const content =
      '<p><a href="https://here.example/@alice" class="u-url mention">@alice</a> <a href="https://third.example/@bob" class="u-url mention">@bob</a></p>'
    const note = friend.note({
      to: [PUBLIC],
      content,
      tag: [
        { type: 'Mention', href: 'https://here.example/@Alice', name: '@alice@here.example' },
        { type: 'Mention', href: 'https://third.example/users/bob', name: '@bob@third.example' },
      ],
    })
    expect((await post(here, friend, friend.activity('Create', { object: note }))).status).toBe(202)
    const stored = await row(note.id)
    expect(stored?.mentions).toMatchObject([{ accountId: alice.id, uri: alice.uri, acct: 'alice' }])
    expect(stored?.content).toContain('<a href="https://third.example/@bob" class="u-url mention"')
    expect(world.asked.slice(asked)).toEqual([])
  })
})
