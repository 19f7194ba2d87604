import { afterAll, beforeAll, expect, test } from 'vitest'
import { type TestAccount, type TestInstance, testInstance } from '../../../support/instance.ts'

const COUNT = 7
let here: TestInstance
let alice: TestAccount
/** Nobody's friend or foe. */
let visitor: TestAccount
const others: TestAccount[] = []
const posts: string[] = []

beforeAll(async () => {
  here = await testInstance()
  alice = await here.createAccount('alice')
  visitor = await here.createAccount('visitor')
  for (let n = 0; n < COUNT; n += 1) others.push(await here.createAccount(`person${n}`))
  for (let n = 0; n < COUNT; n += 1)
    posts.push((await here.ask('POST', '/api/v1/statuses', { as: alice, body: { status: `post ${n} #tag` } })).json<{ id: string }>().id)
  for (const id of posts) {
    await here.ask('POST', `/api/v1/statuses/${id}/favourite`, { as: alice })
    await here.ask('POST', `/api/v1/statuses/${id}/bookmark`, { as: alice })
  }
  for (const other of others) {
    await here.ask('POST', `/api/v1/statuses/${posts[0]}/favourite`, { as: other })
    await here.ask('POST', `/api/v1/statuses/${posts[0]}/reblog`, { as: other })
    await here.ask('POST', `/api/v1/accounts/${alice.id}/follow`, { as: other })
    await here.ask('POST', `/api/v1/accounts/${other.id}/follow`, { as: alice })
    await here.ask('POST', `/api/v1/accounts/${other.id}/mute`, { as: alice })
  }
  const blocker = others[0]
  for (const other of others.slice(1)) await here.ask('POST', `/api/v1/accounts/${other.id}/block`, { as: blocker! })
  await here.ask('PATCH', '/api/v1/accounts/update_credentials', { as: others[1]!, body: { locked: true } })
  for (const other of others.slice(2)) await here.ask('POST', `/api/v1/accounts/${others[1]!.id}/follow`, { as: other })
}, 120_000)
afterAll(() => here.close())

type Walk = { readonly pages: readonly (readonly string[])[]; readonly last: string | undefined }

const relation = (link: unknown, rel: 'next' | 'prev'): string | undefined =>
  new RegExp(`<([^>]+)>; rel="${rel}"`).exec(typeof link === 'string' ? link : '')?.[1]

/** Follows one relation from an address until there is none. */
async function walk(url: string, as: TestAccount, rel: 'next' | 'prev'): Promise<Walk> {
  const pages: string[][] = []
  let address: string | undefined = url
  let last: string | undefined
  while (address !== undefined) {
    const answer = await here.ask('GET', address.replace('https://here.example', ''), { as })
    expect(answer.statusCode, address).toBe(200)
    const ids = answer.json<{ id: string }[]>().map(({ id }) => id)
    if (ids.length === 0) break
    const link = answer.headers['link']
    if (relation(link, 'next') !== undefined) expect(link).toMatch(/^<[^>]+>; rel="next", <[^>]+>; rel="prev"$/)
    pages.push(ids)
    last = answer.headers['link'] as string
    address = relation(link, rel)
    expect(pages.length).toBeLessThan(50)
  }
  return { pages, last }
}

test.each([
  ['/api/v1/timelines/home', () => alice, COUNT],
  ['/api/v1/timelines/public', () => alice, COUNT],
  ['/api/v1/timelines/tag/tag', () => alice, COUNT],
  ['/api/v1/favourites', () => alice, COUNT],
  ['/api/v1/bookmarks', () => alice, COUNT],
  ['/api/v1/mutes', () => alice, COUNT],
  ['/api/v1/blocks', () => others[0]!, COUNT - 1],
  ['/api/v1/follow_requests', () => others[1]!, COUNT - 2],
  ['/api/v1/notifications', () => others[1]!, 1],
  ['/api/v1/accounts/:alice/statuses', () => alice, COUNT],
  ['/api/v1/accounts/:alice/followers', () => alice, COUNT],
  ['/api/v1/accounts/:alice/following', () => alice, COUNT],
  ['/api/v1/statuses/:first/favourited_by', () => visitor, COUNT + 1],
  ['/api/v1/statuses/:first/reblogged_by', () => visitor, COUNT],
] as const)('the pages of %s together are the whole, forwards and backwards', async (path, who, least) => {
  const url = path.replace(':alice', alice.id).replace(':first', posts[0] ?? '')
  const [whole = []] = (await walk(`${url}?limit=40`, who(), 'next')).pages
  expect(whole.length).toBeGreaterThanOrEqual(least)
  expect(new Set(whole).size).toBe(whole.length)
  for (const limit of [1, 2, 3, whole.length]) {
    const forwards = await walk(`${url}?limit=${limit}`, who(), 'next')
    expect(forwards.pages.flat()).toEqual(whole)
    expect(forwards.pages.every((page) => page.length <= limit)).toBe(true)
    const oldest = whole.slice(-((whole.length - 1) % limit) - 1)
    const start = relation(forwards.last, 'prev')
    if (start === undefined) throw new Error('the last page has no way back')
    const backwards = await walk(start.replace(/^https:\/\/here\.example/, ''), who(), 'prev')
    expect([...backwards.pages.toReversed().flat(), ...oldest]).toEqual(whole)
  }
})

test('since_id takes the newest page above it, min_id the page next to it', async () => {
  const ids = [...posts].reverse()
  const [, second, third, , fifth] = ids
  const get = async (query: string) =>
    (await here.ask('GET', `/api/v1/timelines/home?${query}`, { as: alice })).json<{ id: string }[]>().map(({ id }) => id)
  expect(await get(`since_id=${fifth}&limit=2`)).toEqual(ids.slice(0, 2))
  expect(await get(`min_id=${fifth}&limit=2`)).toEqual(ids.slice(2, 4))
  expect(await get(`max_id=${second}&min_id=${fifth}`)).toEqual(ids.slice(2, 4))
  expect(await get(`max_id=${third}&since_id=${third}`)).toEqual([])
})
