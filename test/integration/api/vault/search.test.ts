/** Search over the API: words found again, with where and why, for nobody but their owner, and noted. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type TestAccount, type TestInstance, testInstance } from '../../../support/instance.ts'
import { type Ask, askDescribed } from './described.ts'

type Hit = {
  readonly kind: string
  readonly id: string
  readonly conversationId: string
  readonly title: string
  readonly text: string
  readonly spans: readonly [number, number][]
  readonly why: readonly { readonly signal: string }[]
}

let here: TestInstance
let ask: Ask
let ada: TestAccount
let ben: TestAccount
const made: Record<string, { readonly id: string; readonly messages: readonly { readonly id: string }[] }> = {}

beforeAll(async () => {
  here = await testInstance()
  ask = await askDescribed(here)
  ada = await here.createAccount('ada')
  ben = await here.createAccount('ben')
  for (const [title, ...texts] of [
    ['Bees', 'When do bees swarm in spring?', 'Mostly in May, when the hive is crowded.'],
    ['Bread', 'How long does a sourdough rise?', 'Eight hours, and longer in the fridge.'],
    ['Long', `${'Filler about nothing in particular. '.repeat(80)}The zebra crossed the 🦓 street. ${'More filler, again. '.repeat(80)}`, 'Noted.'],
  ] as const) {
    const messages = texts.map((text, index) => ({ role: index % 2 === 0 ? 'user' : 'assistant', text, createdAt: `2025-0${index + 1}-01` }))
    made[title] = (await ask('POST', '/conversations', { as: ada, body: { title, messages } })).json()
  }
})
afterAll(() => here.close())

const headers = { prefer: 'wait=5' }
const search = async (query: string, as = ada) => (await ask('GET', `/search?${query}`, { as, headers })).json<{ hits: Hit[]; terms: string[] }>()
const marked = ({ text, spans }: Pick<Hit, 'text' | 'spans'>) => spans.map(([start, end]) => text.slice(start, end))

describe('a search', () => {
  test('finds what was said, says where it stands, and why it came up', async () => {
    const { hits } = await search('q=swarming+bee')
    expect(hits[0]).toMatchObject({
      kind: 'message',
      title: 'Bees',
      conversationId: made['Bees']?.id,
      text: 'When do bees swarm in spring?',
      role: 'user',
    })
    expect(marked(hits[0] as Hit)).toEqual(['bees swarm'])
    expect(hits[0]?.why.map(({ signal }) => signal)).toContain('words')
  })

  test('cuts long words around what was found', async () => {
    const { hits } = await search('q=zebra')
    expect(hits[0]?.text.length).toBeLessThanOrEqual(600)
    expect(hits[0]?.text.isWellFormed()).toBe(true)
    expect(marked(hits[0] as Hit)).toEqual(['zebra'])
  })

  test('narrows by conversation, role, time and kind', async () => {
    const ids = async (query: string) => (await search(query)).hits.map(({ title }) => title)
    expect(await ids(`q=hours+bees&conversationId=${made['Bread']?.id ?? ''}`)).not.toContain('Bees')
    expect(new Set((await search('q=bees+hive+spring&role=assistant')).hits.map(({ text }) => text.slice(0, 6)))).toEqual(new Set(['Mostly']))
    expect(await ids('q=bees&until=2024-01-01')).toEqual([])
    expect(await ids('q=bees&kind=memory')).toEqual([])
  })

  test('may be asked with everything in a body', async () => {
    const answer = await ask('POST', '/search', { as: ada, headers, body: { text: 'sourdough', limit: 1, kinds: ['message'], budgetTokens: 200 } })
    expect(answer.json<{ hits: Hit[] }>().hits.map(({ title }) => title)).toEqual(['Bread'])
  })

  test('knows what was written before it, when it is told to wait', async () => {
    await ask('POST', `/conversations/${made['Bees']?.id ?? ''}/messages`, { as: ada, body: { text: 'What about xylophones?' } })
    expect((await search('q=xylophones')).hits).toHaveLength(1)
  })

  test('forgets at once what was deleted', async () => {
    const { id } = (
      await ask('POST', '/conversations', { as: ada, body: { title: 'Gone', messages: [{ text: 'a word like quetzalcoatlus' }] } })
    ).json<{ id: string }>()
    expect((await search('q=quetzalcoatlus')).hits).toHaveLength(1)
    await ask('DELETE', `/conversations/${id}`, { as: ada })
    expect((await search('q=quetzalcoatlus')).hits).toEqual([])
  })

  test.each(['', 'q=', `q=${'x'.repeat(3_000)}`, 'q=a&limit=1000', 'q=a&since=later', 'q=a&colour=red'])('refuses “%.30s”', async (query) => {
    expect((await ask('GET', `/search?${query}`, { as: ada })).statusCode).toBe(400)
  })

  test('finds nothing of anybody else', async () => {
    expect((await search('q=bees', ben)).hits).toEqual([])
    expect((await ask('GET', `/conversations/${made['Bees']?.id ?? ''}/related`, { as: ben })).statusCode).toBe(404)
  })
})

test('conversations are found by what was said in them, and narrowed like any list', async () => {
  await here.deps.vault.retrieval.upTo(here.deps.ledger.head().size - 1)
  const titles = async (query: string, as = ada) => (await ask('GET', `/conversations?${query}`, { as })).json<Hit[]>().map(({ title }) => title)
  expect((await titles('q=sourdough+fridge'))[0]).toBe('Bread')
  expect(await titles('q=sourdough+fridge&limit=1')).toEqual(['Bread'])
  expect(await titles('q=sourdough+fridge&starred=true')).toEqual([])
  expect(await titles('q=sourdough+fridge&provider=chatgpt')).toEqual([])
  expect(await titles('q=sourdough', ben)).toEqual([])
})

test('as somebody types, the last word may be unfinished', async () => {
  const answer = await ask('GET', '/suggest?q=sourd', { as: ada })
  expect(answer.json<Hit[]>()[0]).toMatchObject({ title: 'Bread', text: 'How long does a sourdough rise?' })
})

test('what is like something else is found from a conversation, a message, and nothing that is not there', async () => {
  for (const path of [`/conversations/${made['Bees']?.id ?? ''}/related`, `/messages/${made['Bees']?.messages[0]?.id ?? ''}/related?limit=3`])
    expect((await ask('GET', path, { as: ada })).json<Hit[]>().map(({ conversationId }) => conversationId)).not.toContain(made['Bees']?.id)
  expect((await ask('GET', '/memories/1/related', { as: ada })).statusCode).toBe(404)
})

test('every search is noted with its words and what it found, by suggestion, too', async () => {
  for (const [path, query] of [
    ['/search?q=crowded+hive', 'crowded hive'],
    ['/suggest?q=crowd', 'crowd'],
  ] as const) {
    await ask('GET', path, { as: ada })
    await here.deps.projections.waitFor(here.deps.ledger.head().size - 1)
    const [newest] = (await ask('GET', '/accesses?limit=1', { as: ada })).json<{ query: string; conversationIds: string[]; messageIds: string[] }[]>()
    expect(newest).toMatchObject({ query, conversationIds: expect.arrayContaining([made['Bees']?.id]) })
    expect(newest?.messageIds.length).toBeGreaterThan(0)
  }
})
