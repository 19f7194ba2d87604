/**
 * What is not for somebody's eyes is in no answer they get, whichever way they ask: every route that tells of posts, asked by everybody, searched for
 * words that only some may read.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Visibility } from '../../../../src/events/catalogue.ts'
import { type TestAccount, type TestInstance, testInstance } from '../../../support/instance.ts'
import { uploadPng } from './form.ts'

type Viewer = 'author' | 'follower' | 'mentioned' | 'nobody in particular' | 'once a follower' | 'blocked' | 'a stranger'
const VISIBILITIES: readonly Visibility[] = ['public', 'unlisted', 'private', 'direct']

/** Who may read what. */
const MAY: Readonly<Record<Viewer, readonly Visibility[]>> = {
  author: VISIBILITIES,
  follower: ['public', 'unlisted', 'private'],
  mentioned: VISIBILITIES,
  'nobody in particular': ['public', 'unlisted'],
  'once a follower': ['public', 'unlisted'],
  blocked: [],
  'a stranger': ['public', 'unlisted'],
}
const VIEWERS = Object.keys(MAY) as Viewer[]

let here: TestInstance
const people = new Map<Viewer, TestAccount>()
const ids = new Map<string, string>()
const word = (visibility: Visibility): string => `word${visibility}`

const as = (viewer: Viewer) => {
  const account = people.get(viewer)
  return account === undefined ? {} : { as: account }
}
const author = (): TestAccount => people.get('author') as TestAccount
const idOf = (name: string): string => ids.get(name) ?? ''
const post = async (name: string, body: object): Promise<void> => {
  const answer = await here.ask('POST', '/api/v1/statuses', { ...as('author'), body })
  expect(answer.statusCode, answer.body).toBe(200)
  ids.set(name, answer.json<{ id: string }>().id)
}
const relate = async (viewer: Viewer, verb: string) => here.ask('POST', `/api/v1/accounts/${author().id}/${verb}`, as(viewer))

beforeAll(async () => {
  here = await testInstance()
  for (const viewer of VIEWERS.filter((name) => name !== 'a stranger'))
    people.set(viewer, await here.createAccount(viewer.replaceAll(' ', '_').slice(0, 20)))
  for (const viewer of ['follower', 'once a follower', 'blocked'] as const) {
    await relate(viewer, 'follow')
    await here.ask('POST', `/api/v1/accounts/${author().id}/follow`, { ...as(viewer), body: { notify: true } })
  }
  const root = await here.ask('POST', '/api/v1/statuses', { ...as('nobody in particular'), body: { status: 'a root for replies' } })
  for (const visibility of VISIBILITIES) {
    const names = visibility === 'direct' ? ['mentioned', 'blocked'] : ['mentioned']
    const status = `${word(visibility)} #tag ${names.map((name) => `@${name}`).join(' ')}`
    const media = await uploadPng(here, author(), { description: word(visibility) })
    await post(visibility, { status, visibility, spoiler_text: word(visibility), media_ids: [media], in_reply_to_id: root.json<{ id: string }>().id })
    await here.ask('PUT', `/api/v1/statuses/${idOf(visibility)}`, { ...as('author'), body: { status: `${status} edited`, media_ids: [media] } })
    if (visibility === 'direct') continue
    await here.ask('POST', `/api/v1/statuses/${idOf(visibility)}/pin`, as('author'))
    const boost = await here.ask('POST', `/api/v1/statuses/${idOf(visibility)}/reblog`, as('author'))
    ids.set(`boost of ${visibility}`, boost.json<{ id: string }>().id)
    for (const viewer of ['follower', 'once a follower', 'blocked'] as const)
      for (const verb of ['favourite', 'bookmark']) await here.ask('POST', `/api/v1/statuses/${idOf(visibility)}/${verb}`, as(viewer))
  }
  await relate('once a follower', 'unfollow')
  await here.ask('POST', `/api/v1/accounts/${people.get('blocked')?.id}/block`, as('author'))
  ids.set('root', root.json<{ id: string }>().id)
}, 60_000)
afterAll(() => here.close())

/** Lists that may hold the posts, with and without each filter. */
const lists = (): string[] => [
  '/api/v1/timelines/home?limit=40',
  '/api/v1/timelines/public?limit=40',
  '/api/v1/timelines/public?local=true&only_media=true',
  '/api/v1/timelines/tag/tag?limit=40',
  '/api/v1/timelines/tag/tag?any[]=tag&only_media=true',
  ...['', 'exclude_replies=true', 'exclude_reblogs=true', 'only_media=true', 'pinned=true', 'tagged=tag'].map(
    (filter) => `/api/v1/accounts/${author().id}/statuses?limit=40&${filter}`,
  ),
  `/api/v1/statuses/${idOf('root')}/context`,
  `/api/v1/statuses?${[...ids.values()].map((id) => `id[]=${id}`).join('&')}`,
  '/api/v1/notifications?limit=80',
  '/api/v1/favourites?limit=40',
  '/api/v1/bookmarks?limit=40',
  ...VISIBILITIES.map((visibility) => `/api/v2/search?q=${word(visibility)}&type=statuses`),
  ...VISIBILITIES.map((visibility) => `/api/v2/search?q=${encodeURIComponent(`https://here.example/@author/${idOf(visibility)}`)}`),
  ...[...ids]
    .filter(([name]) => name.startsWith('boost'))
    .map(([, id]) => `/api/v2/search?q=${encodeURIComponent(`https://here.example/@author/${id}`)}`),
  '/api/v2/search?q=author&type=accounts',
]

/** Words of posts; the query of a search stands in the Link header, never in the body. */
const wordsIn = (body: string): Visibility[] => VISIBILITIES.filter((visibility) => body.includes(word(visibility)))

describe.each(VIEWERS.map((viewer) => [viewer]))('%s', (viewer) => {
  const hidden = VISIBILITIES.filter((visibility) => !MAY[viewer].includes(visibility))

  test('finds in no list what is not theirs to read', async () => {
    for (const url of lists()) {
      const answer = await here.ask('GET', url, as(viewer))
      expect([200, 401], url).toContain(answer.statusCode)
      const found = wordsIn(answer.body)
      for (const visibility of hidden) expect(found, url).not.toContain(visibility)
      for (const visibility of hidden) expect(answer.body, url).not.toContain(`"${idOf(visibility)}"`)
    }
  })

  test('finds all that is', async () => {
    const mine = await here.ask('GET', `/api/v1/accounts/${author().id}/statuses?limit=40`, as(viewer))
    expect(wordsIn(mine.body)).toEqual(MAY[viewer])
  })

  test('gets 404 for each post that is not theirs to read, whatever they want with it, and changes nothing', async () => {
    const { size } = here.deps.ledger.head()
    for (const name of [...hidden, ...hidden.map((visibility) => `boost of ${visibility}`)].filter((name) => ids.has(name))) {
      for (const path of ['', '/context', '/history', '/favourited_by', '/reblogged_by']) {
        const answer = await here.ask('GET', `/api/v1/statuses/${idOf(name)}${path}`, as(viewer))
        expect(answer.statusCode, `${name} ${path}`).toBe(404)
        expect(answer.json()).toEqual({ error: 'Record not found' })
      }
      if (viewer === 'a stranger') continue
      for (const verb of ['favourite', 'unfavourite', 'reblog', 'unreblog', 'bookmark', 'unbookmark', 'pin', 'unpin'])
        expect((await here.ask('POST', `/api/v1/statuses/${idOf(name)}/${verb}`, as(viewer))).statusCode, `${name} ${verb}`).toBe(404)
      expect((await here.ask('GET', `/api/v1/statuses/${idOf(name)}/source`, as(viewer))).statusCode).toBe(404)
      expect((await here.ask('PUT', `/api/v1/statuses/${idOf(name)}`, { ...as(viewer), body: { status: 'x' } })).statusCode).toBe(404)
      expect((await here.ask('DELETE', `/api/v1/statuses/${idOf(name)}`, as(viewer))).statusCode).toBe(404)
      const reply = await here.ask('POST', '/api/v1/statuses', { ...as(viewer), body: { status: 'x', in_reply_to_id: idOf(name) } })
      expect(reply.statusCode).toBe(404)
    }
    expect(here.deps.ledger.head().size).toBe(size)
  })

  test('reads the source of nobody else’s post', async () => {
    if (viewer === 'author') return
    for (const visibility of VISIBILITIES) {
      const answer = await here.ask('GET', `/api/v1/statuses/${idOf(visibility)}/source`, as(viewer))
      expect(answer.statusCode).toBe(viewer === 'a stranger' ? 401 : 404)
    }
  })
})
