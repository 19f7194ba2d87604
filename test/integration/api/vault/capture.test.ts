/** Captures over the API: saved pages become conversations, addresses that are none are told what to do, and both can be followed. */
import { readFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type TestAccount, type TestInstance, testInstance } from '../../../support/instance.ts'
import { type Ask, askDescribed, ROOT } from './described.ts'

const PAGE = await readFile(new URL('../../../../fixtures/conversations/shares/chatgpt.html', import.meta.url), 'utf8')

let here: TestInstance
let ask: Ask
let ada: TestAccount
beforeAll(async () => {
  here = await testInstance()
  await here.app.listen({ host: '127.0.0.1', port: 0 })
  ask = await askDescribed(here)
  ada = await here.createAccount('ada')
})
afterAll(() => here.close())

const post = (path: string, body: object) => ask('POST', path, { as: ada, body })

/** Every event of a capture, until it ends. */
async function events(ticket: string): Promise<[event: string, data: { phase?: string; code?: string; conversationId?: string }][]> {
  const { port } = here.app.server.address() as AddressInfo
  const answer = await fetch(`http://127.0.0.1:${port}${ROOT}/capture/events/${ticket}`)
  const text = await answer.text()
  return [...text.matchAll(/^event: (\w+)\ndata: (.+)$/gm)].map(([, event = '', data = '{}']) => [event, JSON.parse(data)])
}

test('a saved page becomes a conversation, and the same page none again', async () => {
  const answer = await post('/capture', { html: PAGE })
  expect([answer.statusCode, answer.json()]).toMatchObject([
    200,
    { provider: 'chatgpt', cached: false, report: { state: expect.stringMatching(/complete|partial/) } },
  ])
  const { conversationId } = answer.json<{ conversationId: string }>()
  const shown = (await ask('GET', `/conversations/${conversationId}`, { as: ada })).json<{ origin: string; messages: object[] }>()
  expect([shown.origin, shown.messages.length > 0]).toEqual(['capture', true])
  const again = await post('/capture', { html: PAGE })
  expect(again.json()).toMatchObject({ conversationId, report: { imported: { conversations: 0, messages: 0 } } })
})

test('a page without a conversation is no success, and says why', async () => {
  const answer = await post('/capture', {
    html: '<html><body><script>alert(1)</script><p>Nothing was said here.</p></body></html>',
    provider: 'claude',
  })
  if (answer.statusCode === 200) expect(answer.json()).toMatchObject({ conversationId: null, report: { state: 'failed' } })
  else expect(answer.json()).toMatchObject({ status: 422, code: expect.stringMatching(/^[A-Z_]+$/) })
})

test.each(['https://example.org/', 'http://chatgpt.com/share/abcdefgh', 'https://127.0.0.1/share/abcdefgh', 'file:///etc/passwd', 'not an address'])(
  '%s is no share link',
  async (url) => {
    expect((await post('/capture', { url })).json()).toMatchObject({ status: 422, code: 'NOT_A_SHARE_LINK' })
    expect((await post('/capture/bulk', { urls: [url] })).json()).toMatchObject([{ url, captured: null, fault: { code: 'NOT_A_SHARE_LINK' } }])
    expect((await ask('GET', `/capture/detect-provider?url=${encodeURIComponent(url)}`, { as: ada })).json()).toMatchObject({ isShareLink: false })
  },
)

test('neither is nothing at all, or more than twenty at once', async () => {
  expect((await post('/capture', {})).statusCode).toBe(422)
  expect((await post('/capture', { html: '' })).statusCode).toBe(422)
  expect((await post('/capture/bulk', { urls: Array.from({ length: 21 }, () => 'https://chatgpt.com/share/abcdefgh') })).statusCode).toBe(422)
})

test('a capture is followed by its ticket, from its first phase to its result', async () => {
  const begun = (await post('/capture/tickets', { html: PAGE })).json<{ ticket: string; eventsUrl: string }>()
  expect(begun.eventsUrl).toBe(`https://here.example${ROOT}/capture/events/${begun.ticket}`)
  const told = await events(begun.ticket)
  expect(told.filter(([event]) => event === 'progress').map(([, { phase }]) => phase)).toEqual(
    expect.arrayContaining(['DETECTION', 'EXTRACTION', 'COMPLETED']),
  )
  expect(told.at(-1)).toMatchObject(['result', { conversationId: expect.stringMatching(/^\d+$/) }])
  expect(await events(begun.ticket)).toEqual(told)
})

test('one that fails says so in the end, and a ticket that is none is not found', async () => {
  const { ticket } = (await post('/capture/tickets', { url: 'https://example.org/' })).json<{ ticket: string }>()
  expect((await events(ticket)).at(-1)).toMatchObject(['fault', { code: 'NOT_A_SHARE_LINK' }])
  expect((await ask('GET', '/capture/events/nothing')).statusCode).toBe(404)
})

test('whose links can be captured is told, and whose an address is', async () => {
  expect((await ask('GET', '/capture/providers', { as: ada })).json<object[]>()).toHaveLength(9)
  const of = async (url: string) => (await ask('GET', `/capture/detect-provider?url=${encodeURIComponent(url)}`, { as: ada })).json()
  expect(await of('https://claude.ai/share/0a0a0a0a-0000-4000-8000-000000000000')).toEqual({ provider: 'claude', isShareLink: true })
  expect(await of('https://claude.ai/settings')).toEqual({ provider: 'claude', isShareLink: false })
})

test('only who may write captures', async () => {
  const reader = await here.createToken(ada.id, ['memory:read'])
  for (const path of ['/capture', '/capture/tickets']) expect((await ask('POST', path, { as: reader, body: { html: PAGE } })).statusCode).toBe(403)
  expect((await ask('POST', '/capture', { body: { html: PAGE } })).statusCode).toBe(401)
})
