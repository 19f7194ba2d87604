import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type TestAccount, type TestInstance, testInstance } from '../../../support/instance.ts'
import { uploadPng } from './form.ts'

type Post = {
  id: string
  content: string
  text?: string
  spoiler_text: string
  sensitive: boolean
  visibility: string
  language: string | null
  edited_at: string | null
  in_reply_to_id: string | null
  media_attachments: { id: string; description: string | null; meta: { focus?: object } }[]
  reblog: Post | null
  mentions: { acct: string }[]
  favourites_count: number
  favourited: boolean
  pinned: boolean
  reblogged: boolean
  bookmarked: boolean
  account: { id: string }
}

const clock = { offset: 0 }
let here: TestInstance
let alice: TestAccount
let bob: TestAccount
beforeAll(async () => {
  here = await testInstance({ now: () => Date.now() + clock.offset })
  alice = await here.createAccount('alice')
  bob = await here.createAccount('bob')
})
afterAll(() => here.close())

const post = async (as: TestAccount, body: object, headers: Record<string, string> = {}) => {
  const answer = await here.ask('POST', '/api/v1/statuses', { as, body, headers })
  return { code: answer.statusCode, post: answer.json<Post>(), error: answer.json<{ error?: string }>().error }
}
const get = async (url: string, as?: TestAccount) => (await here.ask('GET', url, { ...(as && { as }) })).statusCode
const act = async (verb: string, id: string, as: TestAccount, body?: object) =>
  here.ask('POST', `/api/v1/statuses/${id}/${verb}`, { as, ...(body && { body }) })

describe('posting', () => {
  test('takes the author’s defaults for what is not said', async () => {
    await here.ask('PATCH', '/api/v1/accounts/update_credentials', {
      as: bob,
      body: { source: { privacy: 'unlisted', sensitive: true, language: 'fr' } },
    })
    expect((await post(bob, { status: 'salut' })).post).toMatchObject({ visibility: 'unlisted', sensitive: true, language: 'fr' })
    expect((await post(bob, { status: 'hi', visibility: 'public', sensitive: false, language: 'en' })).post).toMatchObject({
      visibility: 'public',
      sensitive: false,
      language: 'en',
    })
    await here.ask('PATCH', '/api/v1/accounts/update_credentials', {
      as: bob,
      body: { source: { privacy: 'public', sensitive: false, language: '' } },
    })
  })

  test('a warning makes it sensitive; a warning alone is the text', async () => {
    expect((await post(alice, { status: 'x', spoiler_text: 'cw' })).post).toMatchObject({ sensitive: true, spoiler_text: 'cw' })
    expect((await post(alice, { status: '', spoiler_text: 'only' })).post).toMatchObject({ spoiler_text: '', content: '<p>only</p>' })
  })

  test.each([
    ['nothing', {}],
    ['blanks', { status: ' \n ' }],
    ['too much', { status: 'x'.repeat(501) }],
    ['too much together with the warning', { status: 'x'.repeat(300), spoiler_text: 'y'.repeat(201) }],
    ['a book of links', { status: `https://x.example/${'y'.repeat(4_000)} `.repeat(7) }],
    ['a wrong type', { status: { text: 'x' } }],
    ['a visibility there is not', { status: 'x', visibility: 'secret' }],
    ['a language there is not', { status: 'x', language: 'klingon!' }],
    ['media there are not', { status: 'x', media_ids: ['1'] }],
    ['media that are no ids', { status: 'x', media_ids: ["1' or 1=1"] }],
    ['too many media', { status: 'x', media_ids: ['1', '2', '3', '4', '5'] }],
    ['a poll', { status: 'x', poll: { options: ['a', 'b'], expires_in: 300 } }],
    ['a later time', { status: 'x', scheduled_at: '2099-01-01T00:00:00Z' }],
    ['a quote', { status: 'x', quoted_status_id: '1' }],
  ])('refuses %s with 422 and posts nothing', async (_what, body) => {
    const before = here.deps.ledger.head().size
    const { code, error } = await post(alice, body)
    expect({ code, error }).toEqual({ code: 422, error: expect.any(String) })
    expect(here.deps.ledger.head().size).toBe(before)
  })

  test('500 characters are not too many, however long its links and names', async () => {
    const long = `${'x'.repeat(470)} https://example.com/${'y'.repeat(300)} @bob`
    expect((await post(alice, { status: long })).code).toBe(200)
  })

  test('accepts forms and multipart as it accepts JSON', async () => {
    const headers = { authorization: `Bearer ${alice.token}`, 'content-type': 'application/x-www-form-urlencoded' }
    const answer = await here.app.inject({
      method: 'POST',
      url: '/api/v1/statuses',
      headers,
      payload: 'status=hi&sensitive=True&spoiler_text=&language=en&media_ids[]=' + (await uploadPng(here, alice)),
    })
    expect(answer.json()).toMatchObject({ content: '<p>hi</p>', sensitive: true, media_attachments: [{ type: 'image' }] })
  })

  test('media belong to their uploader and to one post', async () => {
    const picture = await uploadPng(here, alice)
    expect((await post(bob, { status: 'mine?', media_ids: [picture] })).code).toBe(422)
    expect((await post(alice, { media_ids: [picture] })).code).toBe(200)
    expect((await post(alice, { status: 'again', media_ids: [picture] })).code).toBe(422)
  })
})

describe('Idempotency-Key', () => {
  test('the same key makes one post, at once and again', async () => {
    const before = here.deps.ledger.head().size
    const answers = await Promise.all(Array.from({ length: 8 }, () => post(alice, { status: 'once' }, { 'idempotency-key': 'k1' })))
    const again = await post(alice, { status: 'once' }, { 'idempotency-key': 'k1' })
    expect(new Set([...answers, again].map(({ code, post }) => `${code} ${post.id}`)).size).toBe(1)
    expect(here.deps.ledger.head().size).toBe(before + 1)
  })

  test('also when the process that made it is gone, and its picture is used up', async () => {
    const body = { status: 'durable', media_ids: [await uploadPng(here, alice)] }
    const first = await post(alice, body, { 'idempotency-key': 'k2' })
    const { buildServer } = await import('../../../../src/api/server.ts')
    const restarted = await buildServer(here.deps)
    const headers = { authorization: `Bearer ${alice.token}`, 'idempotency-key': 'k2' }
    const again = await restarted.inject({ method: 'POST', url: '/api/v1/statuses', headers, payload: body })
    expect(again.json<Post>().id).toBe(first.post.id)
    await restarted.close()
  })

  test('is the account’s own, and different keys make different posts', async () => {
    const ids = [
      await post(alice, { status: 'x' }, { 'idempotency-key': 'k3' }),
      await post(bob, { status: 'x' }, { 'idempotency-key': 'k3' }),
      await post(alice, { status: 'x' }, { 'idempotency-key': 'k4' }),
    ]
    expect(new Set(ids.map(({ post }) => post.id)).size).toBe(3)
  })

  test('counts again once its post is deleted, or an hour old', async () => {
    const key = { 'idempotency-key': 'k5' }
    const first = await post(alice, { status: 'first' }, key)
    await here.ask('DELETE', `/api/v1/statuses/${first.post.id}`, { as: alice })
    const second = await post(alice, { status: 'second' }, key)
    expect(second.post.id).not.toBe(first.post.id)
    expect((await post(alice, { status: 'second' }, key)).post.id).toBe(second.post.id)
    clock.offset += 3_700_000
    const third = await post(alice, { status: 'third' }, key)
    expect(third.post.id).not.toBe(second.post.id)
    expect((await post(alice, { status: 'third' }, key)).post.id).toBe(third.post.id)
  })

  test('a request that was refused uses up nothing', async () => {
    expect((await post(alice, { status: '' }, { 'idempotency-key': 'k6' })).code).toBe(422)
    expect((await post(alice, { status: 'now' }, { 'idempotency-key': 'k6' })).code).toBe(200)
  })
})

describe('editing', () => {
  test('says everything again but the language, as with Mastodon; the history has every version, oldest first', async () => {
    const [a, b] = [await uploadPng(here, alice, { description: 'a' }), await uploadPng(here, alice, { description: 'b' })]
    const { post: first } = await post(alice, { status: 'one', spoiler_text: 'cw', media_ids: [a, b], language: 'de' })
    const edit = async (body: object) => (await here.ask('PUT', `/api/v1/statuses/${first.id}`, { as: alice, body })).json<Post>()
    expect(await edit({ status: 'two @bob', spoiler_text: 'cw', media_ids: [b, a] })).toMatchObject({
      spoiler_text: 'cw',
      sensitive: true,
      language: 'de',
      mentions: [{ acct: 'bob' }],
      media_attachments: [{ id: b }, { id: a }],
      edited_at: expect.any(String),
    })
    const described = { status: 'two @bob', media_ids: [b], media_attributes: [{ id: b, description: 'better', focus: '1,0' }] }
    expect(await edit(described)).toMatchObject({
      spoiler_text: '',
      sensitive: false,
      media_attachments: [{ id: b, description: 'better', meta: { focus: { x: 1, y: 0 } } }],
    })
    const before = here.deps.ledger.head().size
    await edit(described)
    expect(here.deps.ledger.head().size, 'nothing differs').toBe(before)
    expect(await edit({ status: 'three', media_ids: [] })).toMatchObject({ content: '<p>three</p>', media_attachments: [], mentions: [] })
    const history = (await here.ask('GET', `/api/v1/statuses/${first.id}/history`)).json<
      { content: string; media_attachments: { description: string }[] }[]
    >()
    expect(
      history.map(({ content, media_attachments }) => [content.replaceAll(/<[^>]+>/g, ''), media_attachments.map(({ description }) => description)]),
    ).toEqual([
      ['one', ['a', 'b']],
      ['two @bob', ['b', 'a']],
      ['two @bob', ['better']],
      ['three', []],
    ])
    expect((await here.ask('GET', `/api/v1/statuses/${first.id}/source`, { as: alice })).json()).toEqual({
      id: first.id,
      text: 'three',
      spoiler_text: '',
    })
    expect(await edit({ status: 'four', media_ids: [a] }), 'an earlier picture may come back').toMatchObject({ media_attachments: [{ id: a }] })
    expect((await post(alice, { media_ids: [b] })).code, 'its earlier versions still show it').toBe(422)
  })

  test('is the author’s alone, as is the source', async () => {
    const { post: mine } = await post(alice, { status: 'mine' })
    expect((await here.ask('PUT', `/api/v1/statuses/${mine.id}`, { as: bob, body: { status: 'yours' } })).statusCode).toBe(404)
    expect((await here.ask('DELETE', `/api/v1/statuses/${mine.id}`, { as: bob })).statusCode).toBe(404)
    expect(await get(`/api/v1/statuses/${mine.id}/source`, bob)).toBe(404)
  })
})

describe('deleting', () => {
  test('answers with the text, frees the media for another try, and leaves nothing', async () => {
    const picture = await uploadPng(here, alice)
    const { post: gone } = await post(alice, { status: 'draft <1>', media_ids: [picture] })
    await act('reblog', gone.id, bob)
    const answer = (await here.ask('DELETE', `/api/v1/statuses/${gone.id}`, { as: alice })).json<Post>()
    expect(answer).toMatchObject({ id: gone.id, text: 'draft <1>', media_attachments: [{ id: picture }] })
    expect(await get(`/api/v1/statuses/${gone.id}`, alice)).toBe(404)
    expect((await here.ask('DELETE', `/api/v1/statuses/${gone.id}`, { as: alice })).statusCode).toBe(404)
    const home = (await here.ask('GET', '/api/v1/timelines/home', { as: bob })).json<Post[]>()
    expect(home.some(({ reblog }) => reblog?.id === gone.id)).toBe(false)
    expect((await post(alice, { status: 'draft 2', media_ids: [picture] })).code).toBe(200)
  })
})

test('deleting one’s own boost takes the boost back, and only that', async () => {
  const { post: original } = await post(alice, { status: 'boost me' })
  const boost = (await act('reblog', original.id, bob)).json<Post>()
  expect((await here.ask('DELETE', `/api/v1/statuses/${boost.id}`, { as: alice })).statusCode).toBe(404)
  expect((await here.ask('DELETE', `/api/v1/statuses/${boost.id}`, { as: bob })).json<Post>()).toMatchObject({ id: boost.id })
  expect(await get(`/api/v1/statuses/${boost.id}`, bob)).toBe(404)
  expect((await here.ask('GET', `/api/v1/statuses/${original.id}`, { as: bob })).json()).toMatchObject({ reblogged: false, reblogs_count: 0 })
})

describe('who may see and answer what', () => {
  test('private posts are for followers, direct ones for whom they name; to others they are not there', async () => {
    const carol = await here.createAccount('carol')
    await here.ask('POST', `/api/v1/accounts/${alice.id}/follow`, { as: bob })
    const { post: followers } = await post(alice, { status: 'for followers', visibility: 'private' })
    const { post: direct } = await post(alice, { status: '@carol hey', visibility: 'direct' })
    const seen = async (id: string) => [
      await get(`/api/v1/statuses/${id}`, alice),
      await get(`/api/v1/statuses/${id}`, bob),
      await get(`/api/v1/statuses/${id}`, carol),
      await get(`/api/v1/statuses/${id}`),
    ]
    expect(await seen(followers.id)).toEqual([200, 200, 404, 404])
    expect(await seen(direct.id)).toEqual([200, 404, 200, 404])
    for (const verb of ['favourite', 'reblog', 'bookmark']) expect((await act(verb, direct.id, bob)).statusCode, verb).toBe(404)
    expect((await post(bob, { status: 'what?', in_reply_to_id: direct.id })).code).toBe(404)
    expect((await post(carol, { status: '@alice hi', in_reply_to_id: direct.id, visibility: 'direct' })).post.in_reply_to_id).toBe(direct.id)
    for (const path of ['context', 'history', 'favourited_by', 'reblogged_by'])
      expect(await get(`/api/v1/statuses/${direct.id}/${path}`, bob), path).toBe(404)
    expect(
      (await here.ask('GET', `/api/v1/statuses?id[]=${direct.id}&id[]=${followers.id}`, { as: bob })).json<Post[]>().map(({ id }) => id),
    ).toEqual([followers.id])
  })

  test('boosts are of what is everyone’s, and of one’s own for followers', async () => {
    const { post: followers } = await post(alice, { status: 'inner circle', visibility: 'private' })
    expect((await act('reblog', followers.id, bob)).statusCode).toBe(403)
    expect((await act('reblog', followers.id, alice)).json<Post>()).toMatchObject({ visibility: 'private', reblog: { id: followers.id } })
    const { post: direct } = await post(alice, { status: 'note to self', visibility: 'direct' })
    expect((await act('reblog', direct.id, alice)).statusCode).toBe(403)
  })

  test('a block hides both ways and refuses to follow', async () => {
    const dora = await here.createAccount('dora')
    const { post: mine } = await post(alice, { status: 'before' })
    await here.ask('POST', `/api/v1/accounts/${dora.id}/block`, { as: alice })
    expect(await get(`/api/v1/statuses/${mine.id}`, dora)).toBe(404)
    expect((await here.ask('POST', `/api/v1/accounts/${alice.id}/follow`, { as: dora })).statusCode).toBe(403)
    expect((await here.ask('POST', `/api/v1/accounts/${dora.id}/follow`, { as: alice })).statusCode).toBe(403)
  })
})

describe('marks', () => {
  test('are on or off, however often one says so, and on a boost they mean the original', async () => {
    const { post: mine } = await post(alice, { status: 'mark me' })
    const boost = (await act('reblog', mine.id, bob)).json<Post>()
    expect(boost.id).not.toBe(mine.id)
    expect((await act('reblog', mine.id, bob)).json<Post>().id).toBe(boost.id)
    for (const target of [mine.id, boost.id, mine.id]) {
      const answer = (await act('favourite', target, bob)).json<Post>()
      expect(answer).toMatchObject({ id: target, favourited: true, favourites_count: 1 })
      expect(answer.reblog ?? answer).toMatchObject({ id: mine.id, favourited: true, favourites_count: 1 })
    }
    expect((await act('bookmark', boost.id, bob)).json<Post>()).toMatchObject({ id: boost.id, reblog: { id: mine.id, bookmarked: true } })
    for (let n = 0; n < 2; n += 1) {
      expect((await act('unfavourite', mine.id, bob)).json<Post>()).toMatchObject({ favourited: false, favourites_count: 0 })
      expect((await act('unbookmark', mine.id, bob)).json<Post>()).toMatchObject({ bookmarked: false })
      expect((await act('unreblog', mine.id, bob)).json<Post>()).toMatchObject({ id: mine.id, reblogged: false })
    }
    expect(await get(`/api/v1/statuses/${boost.id}`, bob)).toBe(404)
  })

  test('pins are of one’s own posts, five at most', async () => {
    const eve = await here.createAccount('eve')
    const { post: alices } = await post(alice, { status: 'not yours' })
    expect((await act('pin', alices.id, eve)).statusCode).toBe(422)
    const ids: string[] = []
    for (let n = 0; n < 6; n += 1) ids.push((await post(eve, { status: `pin ${n}` })).post.id)
    for (const id of ids.slice(0, 5)) expect((await act('pin', id, eve)).json<Post>().pinned).toBe(true)
    expect((await act('pin', ids[0]!, eve)).statusCode).toBe(200)
    expect((await act('pin', ids[5]!, eve)).statusCode).toBe(422)
    const pinned = (await here.ask('GET', `/api/v1/accounts/${eve.id}/statuses?pinned=true`)).json<Post[]>()
    expect(new Set(pinned.map(({ id }) => id))).toEqual(new Set(ids.slice(0, 5)))
    expect((await act('unpin', ids[0]!, eve)).json<Post>().pinned).toBe(false)
  })

  test('a thread has what came before and after, in order', async () => {
    const { post: root } = await post(alice, { status: 'root' })
    const { post: middle } = await post(bob, { status: '@alice middle', in_reply_to_id: root.id })
    const { post: leaf } = await post(alice, { status: '@bob leaf', in_reply_to_id: middle.id })
    const context = (await here.ask('GET', `/api/v1/statuses/${middle.id}/context`)).json<{ ancestors: Post[]; descendants: Post[] }>()
    expect({ ancestors: context.ancestors.map(({ id }) => id), descendants: context.descendants.map(({ id }) => id) }).toEqual({
      ancestors: [root.id],
      descendants: [leaf.id],
    })
  })

  test('of a thread the author’s own continuation comes first, and whom one mutes not at all', async () => {
    const [frank, gina] = [await here.createAccount('frank'), await here.createAccount('gina')]
    const { post: root } = await post(frank, { status: 'root' })
    const { post: comment } = await post(gina, { status: 'comment', in_reply_to_id: root.id })
    const { post: more } = await post(frank, { status: 'more', in_reply_to_id: root.id })
    const { post: answer } = await post(bob, { status: 'answer', in_reply_to_id: comment.id })
    const thread = async (id: string) => {
      const { ancestors, descendants } = (await here.ask('GET', `/api/v1/statuses/${id}/context`, { as: bob })).json<Record<string, Post[]>>()
      return [ancestors, descendants].map((posts) => (posts ?? []).map((status) => status.id))
    }
    expect(await thread(root.id)).toEqual([[], [more.id, comment.id, answer.id]])
    await here.ask('POST', `/api/v1/accounts/${gina.id}/mute`, { as: bob })
    expect(await thread(root.id)).toEqual([[], [more.id, answer.id]])
    expect(await thread(answer.id)).toEqual([[root.id], []])
  })
})
