/** Conversations over the API: made, read, changed, forked and deleted, as the document describes it and for nobody but their owner. */
import type { LightMyRequestResponse } from 'fastify'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type TestAccount, type TestInstance, testInstance } from '../../../support/instance.ts'
import { type Ask, askDescribed } from './described.ts'

type Detail = {
  readonly id: string
  readonly title: string
  readonly activeLeafId: string | null
  readonly messages: readonly { readonly id: string; readonly parentId: string | null; readonly blocks: readonly { readonly text?: string }[] }[]
  readonly siblings: Readonly<Record<string, readonly string[]>>
}

let here: TestInstance
let ask: Ask
let ada: TestAccount
let ben: TestAccount
beforeAll(async () => {
  here = await testInstance()
  ask = await askDescribed(here)
  ada = await here.createAccount('ada')
  ben = await here.createAccount('ben')
})
afterAll(() => here.close())

const made = async (body: object, as = ada): Promise<Detail> => {
  const answer = await ask('POST', '/conversations', { as, body })
  expect(answer.statusCode).toBe(201)
  return answer.json<Detail>()
}
const talk = (title = 'Bread') => ({
  title,
  tags: ['Baking'],
  messages: [
    { text: 'How long does sourdough rise?' },
    { role: 'assistant', text: 'Eight hours at 21 °C.', model: 'gpt-4o', createdAt: '2025-03-01T10:00:00+01:00' },
    { text: 'And in the fridge?' },
  ],
})
const words = ({ messages }: Detail) => messages.map(({ blocks }) => blocks.map(({ text }) => text).join(''))
const read = async (id: string, query = '') => (await ask('GET', `/conversations/${id}${query}`, { as: ada })).json<Detail>()
const titles = async (query = '', as = ada) => (await ask('GET', `/conversations${query}`, { as })).json<Detail[]>().map(({ title }) => title)

describe('a conversation', () => {
  test('is made with what was said in it, each message answering the one before', async () => {
    const { id, messages, ...rest } = await made(talk())
    expect(words({ messages } as Detail)).toEqual(['How long does sourdough rise?', 'Eight hours at 21 °C.', 'And in the fridge?'])
    expect(messages.map(({ parentId }) => parentId)).toEqual([null, messages[0]?.id, messages[1]?.id])
    expect(rest).toMatchObject({ title: 'Bread', tags: ['baking'], origin: 'api', provider: 'vivim', counts: { messages: 3, userMessages: 2 } })
    expect(await read(id)).toMatchObject({ id, messages: [{}, { createdAt: { value: '2025-03-01T09:00:00.000Z' }, model: 'gpt-4o' }, {}] })
  })

  test('is made once for one Idempotency-Key, and another one for another body', async () => {
    const headers = { 'idempotency-key': 'a-key' }
    const [first, second] = [
      await ask('POST', '/conversations', { as: ada, body: talk('Once'), headers }),
      await ask('POST', '/conversations', { as: ada, body: talk('Once'), headers }),
    ]
    expect(second.json<Detail>().id).toBe(first.json<Detail>().id)
    expect(second.json<Detail>().messages).toHaveLength(3)
    const other = await ask('POST', '/conversations', { as: ada, body: talk('Twice'), headers })
    expect(other.json<Detail>().id).not.toBe(first.json<Detail>().id)
  })

  test.each([
    ['#/title', { title: 'x'.repeat(2_000) }],
    ['#/messages/0/role', { messages: [{ role: 'robot', text: 'hi' }] }],
    ['#/messages/0', { messages: [{ role: 'user' }] }],
    ['#/messages/0/createdAt', { messages: [{ text: 'hi', createdAt: 'yesterday' }] }],
    ['#/colour', { colour: 'red' }],
  ])('that is not as described is refused, naming %s', async (pointer, body) => {
    const answer = await ask('POST', '/conversations', { as: ada, body })
    expect([answer.statusCode, answer.headers['content-type']]).toEqual([422, expect.stringContaining('application/problem+json')])
    expect(answer.json<{ errors: { pointer: string }[] }>().errors[0]?.pointer).toBe(pointer)
  })

  test('is renamed, tagged, starred and archived, and everything else of it stays', async () => {
    const before = await made(talk('Old name'))
    const answer = await ask('PATCH', `/conversations/${before.id}`, { as: ada, body: { title: 'New name', tags: ['a', 'a', 'b'], starred: true } })
    expect(answer.json()).toMatchObject({ title: 'New name', titleSource: 'person', tags: ['a', 'b'], starred: true, archived: false })
    await ask('PATCH', `/conversations/${before.id}`, { as: ada, body: { archived: true } })
    expect(await read(before.id)).toMatchObject({ title: 'New name', tags: ['a', 'b'], starred: true, archived: true, messages: before.messages })
  })
})

describe('continued', () => {
  test('a conversation goes on at the end of the shown branch', async () => {
    const { id, messages } = await made(talk())
    const answer = await ask('POST', `/conversations/${id}/messages`, { as: ada, body: { role: 'assistant', text: 'Twelve.' } })
    expect([answer.statusCode, answer.json()]).toMatchObject([201, { parentId: messages[2]?.id, role: 'assistant' }])
    expect(words(await read(id))).toEqual(['How long does sourdough rise?', 'Eight hours at 21 °C.', 'And in the fridge?', 'Twelve.'])
  })

  test('from a message that has an answer it branches, and the new branch is shown', async () => {
    const { id, messages } = await made(talk())
    const [, second, third] = messages
    await ask('PATCH', `/conversations/${id}`, { as: ada, body: { activeLeafId: third?.id } })
    const branched = await ask('POST', `/conversations/${id}/messages`, { as: ada, body: { text: 'And at 30 °C?', parentId: second?.id } })
    const shown = await read(id)
    expect(words(shown).at(-1)).toBe('And at 30 °C?')
    expect(shown.siblings).toEqual({ [branched.json<{ id: string }>().id]: [third?.id, branched.json<{ id: string }>().id] })
    expect(words(await read(id, '?branch=all'))).toHaveLength(4)
    await ask('PATCH', `/conversations/${id}`, { as: ada, body: { activeLeafId: third?.id } })
    expect(words(await read(id)).at(-1)).toBe('And in the fridge?')
  })

  test('elsewhere, a fork has what was said up to there, and the original stays as it was', async () => {
    const { id, messages } = await made(talk('Original'))
    const answer = await ask('POST', `/conversations/${id}/fork`, { as: ada, body: { messageId: messages[1]?.id } })
    const fork = await read(answer.json<Detail>().id)
    expect(answer.json()).toMatchObject({ title: 'Original', origin: 'fork', forkedFrom: { conversationId: id, messageId: messages[1]?.id } })
    expect(words(fork)).toEqual(['How long does sourdough rise?', 'Eight hours at 21 °C.'])
    expect(fork.messages.map((message) => message.id)).not.toContain(messages[0]?.id)
    expect(await read(id)).toMatchObject({ messages })
  })

  test('a request that comes twice with its Idempotency-Key does it once, whatever happened between', async () => {
    const { id } = await made(talk())
    const headers = { 'idempotency-key': 'once' }
    const say = async () => (await ask('POST', `/conversations/${id}/messages`, { as: ada, body: { text: 'Once.' }, headers })).json<{ id: string }>()
    const fork = async () => (await ask('POST', `/conversations/${id}/fork`, { as: ada, body: {}, headers })).json<Detail>()
    const [first, forked] = [await say(), await fork()]
    await ask('POST', `/conversations/${id}/messages`, { as: ada, body: { text: 'And more.' } })
    expect((await say()).id).toBe(first.id)
    expect((await fork()).id).toBe(forked.id)
    expect(words(await read(id)).slice(-2)).toEqual(['Once.', 'And more.'])
    expect(words(await read(forked.id)).at(-1)).toBe('Once.')
  })

  test('a message of another conversation is no parent, leaf or end of a fork', async () => {
    const [{ id }, other] = [await made(talk()), await made(talk())]
    const foreign = other.messages[0]?.id
    for (const [method, path, body] of [
      ['POST', `/conversations/${id}/messages`, { text: 'x', parentId: foreign }],
      ['PATCH', `/conversations/${id}`, { activeLeafId: foreign }],
      ['POST', `/conversations/${id}/fork`, { messageId: foreign }],
    ] as const)
      expect((await ask(method, path, { as: ada, body })).statusCode).toBe(422)
  })
})

describe('a list', () => {
  test('filters by what it is told, and by everything at once', async () => {
    const carl = await here.createAccount('carl')
    await made({ title: 'one', tags: ['x'], messages: [{ text: 'a', createdAt: '2024-01-01' }] }, carl)
    const two = await made({ title: 'two', tags: ['x', 'y'], messages: [{ text: 'b', createdAt: '2025-01-01' }] }, carl)
    await made({ title: 'three', messages: [{ text: 'c', createdAt: '2026-01-01' }] }, carl)
    await ask('PATCH', `/conversations/${two.id}`, { as: carl, body: { starred: true, archived: true } })
    const of = (query: string) => titles(query, carl)
    expect(await of('')).toEqual(['three', 'two', 'one'])
    expect(await of('?tag=x')).toEqual(['two', 'one'])
    expect(await of('?tag=x&starred=true')).toEqual(['two'])
    expect(await of('?archived=false')).toEqual(['three', 'one'])
    expect(await of('?since=2025-01-01&until=2026-01-01')).toEqual(['two'])
    expect(await of('?provider=chatgpt')).toEqual([])
    expect(await of('?origin=api&order=created')).toEqual(['three', 'two', 'one'])
  })

  test('comes in pages that miss nothing and repeat nothing', async () => {
    const dora = await here.createAccount('dora')
    for (let n = 0; n < 7; n++) await made({ title: `t${n}`, messages: [{ text: 'same time', createdAt: '2025-05-05T05:05:05Z' }] }, dora)
    for (const order of ['updated', 'created']) {
      const found: string[] = []
      for (let path: string | undefined = `/conversations?limit=3&order=${order}`; path !== undefined; ) {
        const answer: LightMyRequestResponse = await ask('GET', path, { as: dora })
        found.push(...answer.json<Detail[]>().map(({ title }) => title))
        path = /<https:\/\/here\.example\/api\/vivim\/v1([^>]+)>; rel="next"/.exec(String(answer.headers.link))?.[1]
      }
      expect(found.toSorted()).toEqual(['t0', 't1', 't2', 't3', 't4', 't5', 't6'])
    }
    expect((await ask('GET', '/conversations?cursor=nonsense', { as: dora })).json()).toMatchObject({
      status: 400,
      errors: [{ parameter: 'cursor' }],
    })
  })

  test.each([['?limit=0'], ['?limit=x'], ['?starred=perhaps'], ['?since=whenever'], ['?colour=red']])(
    'refuses %s, naming the parameter',
    async (query) => {
      const answer = await ask('GET', `/conversations${query}`, { as: ada })
      expect([answer.statusCode, answer.json<{ errors: { parameter: string }[] }>().errors[0]?.parameter]).toEqual([400, /\?(\w+)/.exec(query)?.[1]])
    },
  )

  test('of messages comes in pages, too', async () => {
    const { id, messages } = await made(talk())
    const first = await ask('GET', `/conversations/${id}/messages?limit=2`, { as: ada })
    const [, rest = ''] = /<https:\/\/here\.example\/api\/vivim\/v1([^>]+)>; rel="next"/.exec(String(first.headers.link)) ?? []
    const second = await ask('GET', rest, { as: ada })
    expect([...first.json<Detail[]>(), ...second.json<Detail[]>()].map((message) => message.id)).toEqual(messages.map((message) => message.id))
  })
})

describe('versions', () => {
  /** How many readings were noted so far. */
  async function noted(): Promise<number> {
    await here.deps.projections.waitFor(here.deps.ledger.head().size - 1)
    return (await ask('GET', '/statistics', { as: ada })).json<{ memories: { accesses: number } }>().memories.accesses
  }

  test('who has the newest is told so, and is not noted as having read it again', async () => {
    const { id } = await made(talk())
    const first = await ask('GET', `/conversations/${id}`, { as: ada })
    const before = await noted()
    const headers = { 'if-none-match': String(first.headers.etag) }
    expect((await ask('GET', `/conversations/${id}`, { as: ada, headers })).statusCode).toBe(304)
    expect(await noted()).toBe(before + 1) // the asking for this number
    await ask('POST', `/conversations/${id}/messages`, { as: ada, body: { text: 'more' } })
    expect((await ask('GET', `/conversations/${id}`, { as: ada, headers })).statusCode).toBe(200)
  })

  test('a change or deletion of another version than the newest is refused', async () => {
    const { id } = await made(talk())
    const { headers } = await ask('GET', `/conversations/${id}`, { as: ada })
    const old = { 'if-match': String(headers.etag) }
    const changed = await ask('PATCH', `/conversations/${id}`, { as: ada, body: { title: 'A' }, headers: old })
    expect(changed.statusCode).toBe(200)
    expect((await ask('PATCH', `/conversations/${id}`, { as: ada, body: { title: 'B' }, headers: old })).statusCode).toBe(412)
    expect((await ask('DELETE', `/conversations/${id}`, { as: ada, headers: old })).statusCode).toBe(412)
    expect((await ask('DELETE', `/conversations/${id}`, { as: ada, headers: { 'if-match': String(changed.headers.etag) } })).statusCode).toBe(204)
  })

  test('of two changes at once on one version, one is made', async () => {
    const { id } = await made(talk())
    const { headers } = await ask('GET', `/conversations/${id}`, { as: ada })
    const both = await Promise.all(
      ['A', 'B'].map((title) => ask('PATCH', `/conversations/${id}`, { as: ada, body: { title }, headers: { 'if-match': String(headers.etag) } })),
    )
    expect(both.map(({ statusCode }) => statusCode).toSorted()).toEqual([200, 412])
  })
})

test('deleted, it is gone from every way of reading', async () => {
  const { id, messages } = await made(talk('Gone'))
  expect((await ask('DELETE', `/conversations/${id}`, { as: ada })).statusCode).toBe(204)
  expect((await ask('GET', `/conversations/${id}`, { as: ada })).statusCode).toBe(404)
  expect((await ask('GET', `/messages/${messages[0]?.id ?? ''}`, { as: ada })).statusCode).toBe(404)
  expect((await ask('DELETE', `/conversations/${id}`, { as: ada })).statusCode).toBe(404)
  expect(await titles()).not.toContain('Gone')
})

describe('access', () => {
  test('is its owner’s: for anybody else there is no such conversation or message', async () => {
    const { id, messages } = await made(talk())
    for (const [method, path, body] of [
      ['GET', `/conversations/${id}`],
      ['GET', `/conversations/${id}/messages`],
      ['PATCH', `/conversations/${id}`, { title: 'x' }],
      ['POST', `/conversations/${id}/messages`, { text: 'x' }],
      ['POST', `/conversations/${id}/fork`, {}],
      ['DELETE', `/conversations/${id}`],
      ['GET', `/messages/${messages[0]?.id ?? ''}`],
    ] as const)
      expect([method, path, (await ask(method, path, { as: ben, ...(body && { body }) })).statusCode]).toEqual([method, path, 404])
    expect(await titles('', ben)).toEqual([])
  })

  test('takes the scopes of the vault, which read and write are not', async () => {
    const { id } = await made(talk())
    const [mastodon, reader, writer] = [
      await here.createToken(ada.id, ['read', 'write']),
      await here.createToken(ada.id, ['memory:read']),
      await here.createToken(ada.id, ['memory:write']),
    ]
    const status = async (...[method, path, options]: Parameters<Ask>) => (await ask(method, path, options)).statusCode
    expect(await status('GET', `/conversations/${id}`)).toBe(401)
    expect(await status('GET', `/conversations/${id}`, { as: mastodon })).toBe(403)
    expect(await status('GET', `/conversations/${id}`, { as: reader })).toBe(200)
    expect(await status('PATCH', `/conversations/${id}`, { as: reader, body: { title: 'x' } })).toBe(403)
    expect(await status('GET', `/conversations/${id}`, { as: writer })).toBe(403)
    expect(await status('POST', `/conversations/${id}/fork`, { as: writer, body: {} })).toBe(403)
  })

  test('to change is not access to read: the answer is empty', async () => {
    const { id } = await made(talk())
    const writer = await here.createToken(ada.id, ['memory:write'])
    const answer = await ask('PATCH', `/conversations/${id}`, { as: writer, body: { starred: true } })
    expect([answer.statusCode, answer.body]).toEqual([204, ''])
  })
})
