/** Collections, notebooks and links: what is kept together, and what is shown to others. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { browse } from '../../../support/browser.ts'
import { type TestAccount, type TestInstance, testInstance } from '../../../support/instance.ts'
import { type Ask, askDescribed } from './described.ts'

type Thing = { readonly id: string; readonly messages: readonly { readonly id: string }[] }

let here: TestInstance
let ask: Ask
let ada: TestAccount
let ben: TestAccount
let now = Date.parse('2026-05-01T12:00:00Z')
beforeAll(async () => {
  here = await testInstance({ now: () => now })
  ask = await askDescribed(here)
  ada = await here.createAccount('ada')
  ben = await here.createAccount('ben')
})
afterAll(() => here.close())

const post = async (path: string, body: object, as = ada) => {
  const answer = await ask('POST', path, { as, body })
  expect(answer.statusCode).toBe(201)
  return answer.json<Thing & { readonly url: string }>()
}
const talk = (title = 'Bread', as = ada) =>
  post('/conversations', { title, messages: [{ text: `About ${title}` }, { role: 'assistant', text: 'Yes.' }] }, as)
const items = async (shelf: string) =>
  (await ask('GET', `${shelf}/items`, { as: ada })).json<{ kind: string; id: string; label: string; note: string }[]>()

describe('a shelf', () => {
  test('keeps conversations and messages in the order it is told', async () => {
    const shelf = `/notebooks/${(await post('/notebooks', { name: 'Kitchen' })).id}`
    const [bread, soup] = [await talk('Bread'), await talk('Soup')]
    await ask('PUT', `${shelf}/items/conversation/${bread.id}`, { as: ada, body: { note: 'try this' } })
    await ask('PUT', `${shelf}/items/message/${soup.messages[0]?.id ?? ''}`, { as: ada, body: {} })
    expect(await items(shelf)).toMatchObject([
      { kind: 'conversation', id: bread.id, label: 'Bread', note: 'try this' },
      { kind: 'message', label: 'About Soup' },
    ])
    await ask('PUT', `${shelf}/items/conversation/${bread.id}`, { as: ada, body: { place: 99 } })
    expect((await items(shelf)).map(({ label, note }) => [label, note])).toEqual([
      ['About Soup', ''],
      ['Bread', 'try this'],
    ])
    await ask('DELETE', `${shelf}/items/conversation/${bread.id}`, { as: ada })
    expect((await ask('GET', shelf, { as: ada })).json()).toMatchObject({ name: 'Kitchen', kind: 'notebook', items: 1 })
  })

  test('lets what lies on it be, when it is deleted', async () => {
    const [{ id }, bread] = [await post('/collections', { name: 'Short-lived' }), await talk()]
    await ask('PUT', `/collections/${id}/items/conversation/${bread.id}`, { as: ada, body: {} })
    expect((await ask('DELETE', `/collections/${id}`, { as: ada })).statusCode).toBe(204)
    expect((await ask('GET', `/collections/${id}`, { as: ada })).statusCode).toBe(404)
    expect((await ask('GET', `/conversations/${bread.id}`, { as: ada })).statusCode).toBe(200)
  })

  test('lies in another one, and never in itself, however deep', async () => {
    const a = await post('/collections', { name: 'a' })
    const b = await post('/collections', { name: 'b', parentId: a.id })
    const c = await post('/collections', { name: 'c', parentId: b.id })
    for (const parentId of [a.id, b.id, c.id, '12345'])
      expect((await ask('PATCH', `/collections/${a.id}`, { as: ada, body: { parentId } })).json()).toMatchObject({
        status: 422,
        errors: [{ pointer: '#/parentId' }],
      })
    expect((await ask('PATCH', `/collections/${c.id}`, { as: ada, body: { parentId: null, name: 'free' } })).json()).toMatchObject({
      name: 'free',
      parentId: null,
    })
    expect((await ask('POST', '/notebooks', { as: ada, body: { name: 'n', parentId: a.id } })).statusCode).toBe(422)
  })

  test('takes nothing that is not there, or not its owner’s', async () => {
    const { id } = await post('/collections', { name: 'Mine' })
    const theirs = await talk('Theirs', ben)
    for (const item of [`conversation/${theirs.id}`, 'conversation/1', 'memory/1', 'acu/1', 'planet/1', `message/${theirs.messages[0]?.id ?? ''}`])
      expect([item, (await ask('PUT', `/collections/${id}/items/${item}`, { as: ada, body: {} })).statusCode]).toEqual([item, 404])
    expect(await items(`/collections/${id}`)).toEqual([])
  })

  test('is for nobody but its owner, and of its own kind', async () => {
    const { id } = await post('/collections', { name: 'Mine alone' })
    for (const [method, path, body] of [
      ['GET', `/collections/${id}`],
      ['GET', `/collections/${id}/items`],
      ['PATCH', `/collections/${id}`, { name: 'x' }],
      ['DELETE', `/collections/${id}`],
    ] as const)
      expect((await ask(method, path, { as: ben, ...(body && { body }) })).statusCode).toBe(404)
    expect((await ask('GET', `/notebooks/${id}`, { as: ada })).statusCode).toBe(404)
    expect((await ask('GET', '/collections', { as: ben })).json()).toEqual([])
    expect((await ask('GET', '/collections', { as: ada })).json<Thing[]>().map((shelf) => shelf.id)).toContain(id)
  })

  test('comes in pages', async () => {
    const shelf = `/collections/${(await post('/collections', { name: 'Long' })).id}`
    for (const name of ['p', 'q', 'r']) await ask('PUT', `${shelf}/items/conversation/${(await talk(name)).id}`, { as: ada, body: {} })
    const first = await ask('GET', `${shelf}/items?limit=2`, { as: ada })
    const [, rest = ''] = /\/api\/vivim\/v1([^>]+)>; rel="next"/.exec(String(first.headers.link)) ?? []
    const labels = [...first.json<{ label: string }[]>(), ...(await ask('GET', rest, { as: ada })).json<{ label: string }[]>()].map(
      ({ label }) => label,
    )
    expect(labels).toEqual(['p', 'q', 'r'])
  })
})

describe('a link', () => {
  const shown = async (url: string) => ask('GET', `/shared/${url.split('/').at(-1) ?? ''}`)

  test('shows the branch as it was, to whoever has it, and on a page', async () => {
    const { id } = await talk('<b>Shown</b>')
    const link = await post(`/conversations/${id}/shares`, {})
    await ask('POST', `/conversations/${id}/messages`, { as: ada, body: { text: 'said later' } })
    const answer = await shown(link.url)
    expect(answer.json()).toMatchObject({
      title: '<b>Shown</b>',
      messages: [{ role: 'user' }, { role: 'assistant', blocks: [{ t: 'text', text: 'Yes.' }] }],
    })
    const page = await browse(here.app).get(new URL(link.url).pathname)
    expect([page.status, page.html]).toEqual([200, expect.stringContaining('&lt;b&gt;Shown&lt;/b&gt;')])
    expect(page.html).not.toContain('said later')
    expect(page.response.headers['x-robots-tag']).toBe('noindex')
  })

  test('never shows instructions, thoughts or tools', async () => {
    const { id } = await post('/conversations', {
      messages: [
        { role: 'system', text: 'the secret instructions' },
        { role: 'user', text: 'hello' },
        {
          role: 'assistant',
          blocks: [
            { t: 'reasoning', text: 'a private thought' },
            { t: 'tool_call', callId: null, name: 'calc', args: { x: 'arguments' } },
            { t: 'text', format: 'markdown', text: 'hi', extra: { note: 'noted' } },
          ],
        },
      ],
    })
    const { body } = await shown((await post(`/conversations/${id}/shares`, {})).url)
    for (const word of ['secret instructions', 'private thought', 'arguments', 'noted']) expect(body).not.toContain(word)
    expect(body).toContain('hello')
  })

  test('ends when it is taken back, when its time is over, and with the conversation', async () => {
    const { id } = await talk()
    const [first, second, third] = [
      await post(`/conversations/${id}/shares`, {}),
      await post(`/conversations/${id}/shares`, { expiresAt: '2026-05-01T13:00:00Z' }),
      await post(`/conversations/${id}/shares`, {}),
    ]
    expect((await ask('GET', `/conversations/${id}`, { as: ada })).json<{ shares: Thing[] }>().shares).toHaveLength(3)
    expect((await ask('DELETE', `/conversations/${id}/shares/${first.id}`, { as: ben })).statusCode).toBe(404)
    expect((await ask('DELETE', `/conversations/${id}/shares/${first.id}`, { as: ada })).statusCode).toBe(204)
    now += 7_200_000
    expect([(await shown(first.url)).statusCode, (await shown(second.url)).statusCode, (await shown(third.url)).statusCode]).toEqual([404, 404, 200])
    await ask('DELETE', `/conversations/${id}`, { as: ada })
    expect((await shown(third.url)).statusCode).toBe(404)
    expect((await browse(here.app).get(new URL(third.url).pathname)).status).toBe(404)
  })

  test('that would show nothing, or is over, is not made', async () => {
    const { id } = await post('/conversations', { title: 'empty' })
    const bread = await talk()
    expect((await ask('POST', `/conversations/${id}/shares`, { as: ada, body: {} })).statusCode).toBe(422)
    expect((await ask('POST', `/conversations/${bread.id}/shares`, { as: ada, body: { expiresAt: '2020-01-01' } })).statusCode).toBe(422)
    expect((await ask('GET', '/shared/whatever')).statusCode).toBe(404)
  })
})
