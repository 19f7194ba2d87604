/** Captures end to end: a server in the providers' place, the guarded client, a real ledger and real read tables. */
import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { Capture, type CaptureProgress } from '../../../src/conversations/capture/capture.ts'
import { CaptureFault } from '../../../src/conversations/capture/capture-fault.ts'
import { createFetch, type Fetch } from '../../../src/host/fetch.ts'
import { conversationById } from '../../../src/projections/read/conversations.ts'
import { messagesOf } from '../../../src/projections/read/messages.ts'
import { type TestAccount, type TestInstance, testInstance } from '../../support/instance.ts'

const SHARES = path.join(import.meta.dirname, '../../../fixtures/conversations/shares')
const share = (name: string): string => readFileSync(path.join(SHARES, name), 'utf8')

/** Every provider, by what its share links are asked. */
const LINKS = [
  ['chatgpt', 'https://chatgpt.com/share/6923aaaa-0000-8000-8000-000000000001', 'GET /share/6923aaaa-0000-8000-8000-000000000001', 'chatgpt.html', 3],
  [
    'claude',
    'https://claude.ai/share/f2f50000-0000-4000-8000-000000000001',
    'GET /api/chat_snapshots/f2f50000-0000-4000-8000-000000000001?rendering_mode=messages&render_all_tools=true',
    'claude.json',
    2,
  ],
  ['gemini', 'https://gemini.google.com/share/gem123share', 'POST /_/BardChatUi/data/batchexecute?rpcids=ujx1Bf', 'gemini.txt', 4],
  ['grok', 'https://grok.com/share/bGVnYWN5_0001', 'GET /rest/app-chat/share_links/bGVnYWN5_0001', 'grok.json', 2],
  ['deepseek', 'https://chat.deepseek.com/share/abcdefgh', 'GET /api/v0/share/content?share_id=abcdefgh', 'deepseek.json', 2],
  ['kimi', 'https://www.kimi.com/share/0f000000-d002', 'POST /apiv2/kimi.gateway.chat.v1.ChatService/GetChatShare', 'kimi.json', 2],
  ['qwen', 'https://chat.qwen.ai/s/0c0ffee0?fev=1', 'GET /api/v2/chats/share/0c0ffee0', 'qwen.json', 2],
  ['zai', 'https://chat.z.ai/s/zzzzzzzz', 'GET /api/v1/chats/share/zzzzzzzz', 'zai.json', 2],
  [
    'mistral',
    'https://chat.mistral.ai/chat/5e000000-0000-4000-8000-00000000000a',
    'GET /chat/5e000000-0000-4000-8000-00000000000a',
    'mistral.html',
    2,
  ],
] as const

type Answer = { readonly status?: number; readonly body?: string; readonly location?: string }

let instance: TestInstance
let owner: TestAccount
let server: Server
let fetch: Fetch
let capture: Capture
let now = Date.now()
let answers = new Map<string, Answer>()
const asked: string[] = []

const bodyOf = async (request: IncomingMessage): Promise<string> => Buffer.concat(await request.toArray()).toString()

beforeAll(async () => {
  instance = await testInstance()
  owner = await instance.createAccount('ana')
  server = createServer((request, response) => {
    const key = `${request.method} ${request.url}`
    asked.push(key)
    void bodyOf(request).then(() => {
      const { status = 200, body = '', location } = answers.get(key) ?? { status: 404 }
      response.writeHead(status, location === undefined ? {} : { location }).end(body)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  fetch = createFetch({ allow: ['127.0.0.1/32'], userAgent: 'VIVIM test' })
  const here = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const hosts = [...LINKS.map(([, url]) => new URL(url).origin), 'https://share.gemini.google', 'https://chat.openai.com']
  const origins = Object.fromEntries(hosts.map((origin) => [origin, here]))
  capture = new Capture({ fetch, imports: instance.deps.vault.imports, now: () => now, origins })
})

afterEach(() => {
  answers = new Map()
  asked.length = 0
})

afterAll(async () => {
  await fetch.close()
  server.close()
  await instance.close()
})

const inTables = async (conversationId: string | null) => {
  const { pool, vault } = instance.deps
  const conversation = await conversationById(pool, vault.cipher, owner.id, conversationId ?? '0')
  const messages = await messagesOf(pool, vault.cipher, conversationId ?? '0', {})
  return { conversation, messages }
}

test.each(LINKS)('a share link of %s becomes a conversation, step by step', async (provider, url, question, file, count) => {
  answers.set(question, { body: share(file) })
  const progress: CaptureProgress[] = []
  const captured = await capture.one({ accountId: owner.id, url }, (step) => progress.push(step))
  expect(asked).toEqual([question])
  expect(captured).toMatchObject({ provider, cached: false, report: { imported: { conversations: 1, messages: count } } })
  const { conversation, messages } = await inTables(captured.conversationId)
  expect(conversation).toMatchObject({ origin: 'capture', provider, product: 'share' })
  expect(messages.length).toBe(count)
  const percents = progress.map(({ percent }) => percent)
  expect(percents).toEqual([10, 25, 40, 65, 75, 80, 90, 100])
  expect(progress.at(-1)?.phase).toBe('COMPLETED')
})

test('the same link is not asked for again within the hour, and adds nothing afterwards', async () => {
  const [, url, question, file] = LINKS[4]
  answers.set(question, { body: share(file) })
  now += 2 * 60 * 60 * 1000
  const first = await capture.one({ accountId: owner.id, url })
  const second = await capture.one({ accountId: owner.id, url })
  expect(second).toEqual({ ...first, cached: true })
  expect(asked).toEqual([question])
  now += 60 * 60 * 1000
  const third = await capture.one({ accountId: owner.id, url })
  expect(asked).toEqual([question, question])
  expect(third.conversationId).toBe(first.conversationId)
  expect(third.report).toMatchObject({ imported: { conversations: 0, messages: 0 }, unchanged: { conversations: 1, messages: 2 } })
})

test('a saved page is captured, and one without a conversation is reported as that', async () => {
  const page = await capture.one({ accountId: owner.id, html: share('pages/deepseek.html') })
  const { conversation, messages } = await inTables(page.conversationId)
  expect(conversation).toMatchObject({ provider: 'deepseek', title: 'Evening tea' })
  expect(messages.map(({ role }) => role)).toEqual(['user', 'assistant'])
  const progress: CaptureProgress[] = []
  const none = await capture.one({ accountId: owner.id, html: '<html><body>Log in</body></html>' }, (step) => progress.push(step))
  expect(none).toMatchObject({ conversationId: null, report: { state: 'failed', imported: { conversations: 0 } } })
  expect(none.report.skipped[0]?.reason).toBe('no-messages')
  expect(progress.at(-1)?.phase).toBe('ERROR')
})

test('a large page is read beside everything else', async () => {
  const filling = `<div>${'<p>elsewhere</p>'.repeat(40_000)}</div>`
  const page = share('pages/chatgpt.html').replace('<nav>', `${filling}<nav>`)
  expect((await capture.one({ accountId: owner.id, html: page })).conversationId).not.toBeNull()
})

test('a short link leads to its share', async () => {
  answers.set('GET /AbCdEfGh12', { status: 301, location: 'https://gemini.google.com/share/gem123share' })
  answers.set('POST /_/BardChatUi/data/batchexecute?rpcids=ujx1Bf', { body: share('gemini.txt') })
  const captured = await capture.one({ accountId: owner.id, url: 'https://share.gemini.google/AbCdEfGh12' })
  expect(captured.provider).toBe('gemini')
})

const FAULTS: readonly (readonly [why: string, url: string, answer: Answer | null, code: CaptureFault['code']])[] = [
  ['no address', 'tea', null, 'NOT_A_SHARE_LINK'],
  ['of nobody we know', 'https://example.org/share/abcdefgh', null, 'NOT_A_SHARE_LINK'],
  ['of a host that only looks like one', 'https://chatgpt.com.example.org/share/abcdefgh', null, 'NOT_A_SHARE_LINK'],
  ['with credentials', 'https://a:b@chatgpt.com/share/abcdefgh', null, 'NOT_A_SHARE_LINK'],
  ['with a port', 'https://chatgpt.com:8443/share/abcdefgh', null, 'NOT_A_SHARE_LINK'],
  ['without https', 'http://chatgpt.com/share/abcdefgh', null, 'NOT_A_SHARE_LINK'],
  ['of a conversation that is not shared', 'https://chatgpt.com/c/abcdefgh', null, 'NOT_A_SHARE_LINK'],
  ['that is gone', 'https://chatgpt.com/share/gonegone', { status: 404 }, 'NOT_SHARED'],
  ['that machines may not read', 'https://chatgpt.com/share/forbidden', { status: 403 }, 'SAVE_THE_PAGE'],
  ['that is asked too often', 'https://chatgpt.com/share/toomany1', { status: 429 }, 'RETRY_LATER'],
  [
    'that leads elsewhere',
    'https://chatgpt.com/share/elsewhere',
    { status: 302, location: 'http://169.254.169.254/latest/meta-data' },
    'SAVE_THE_PAGE',
  ],
  ['that leads in circles', 'https://chatgpt.com/share/circles1', { status: 302, location: '/share/circles1' }, 'NOT_SHARED'],
]

test.each(FAULTS)('a link %s is refused, by what can be done about it, and nothing is recorded', async (_why, url, answer, code) => {
  if (answer !== null) answers.set(`GET ${new URL(url).pathname}`, answer)
  const progress: CaptureProgress[] = []
  const fault = await capture.one({ accountId: owner.id, url }, (step) => progress.push(step)).catch((error: unknown) => error)
  expect(fault).toBeInstanceOf(CaptureFault)
  expect(fault).toMatchObject({ code })
  expect(progress.at(-1)?.phase).toBe('ERROR')
  if (answer === null) expect(asked).toEqual([])
})

test('many links are captured three at a time, in their order, each for itself', async () => {
  now += 2 * 60 * 60 * 1000
  for (const [, , question, file] of LINKS) answers.set(question, { body: share(file) })
  const urls = [...LINKS.map(([, url]) => url), 'https://example.org/nothing']
  const done: number[] = []
  const results = await capture.many(owner.id, urls, (count) => done.push(count))
  expect(results.map(({ url }) => url)).toEqual(urls)
  expect(results.map(({ captured, fault }) => captured?.provider ?? fault?.code)).toEqual([
    ...LINKS.map(([provider]) => provider),
    'NOT_A_SHARE_LINK',
  ])
  expect(done).toEqual(urls.map((_, index) => index + 1))
  await expect(
    capture.many(
      owner.id,
      Array.from({ length: 21 }, () => 'x'),
    ),
  ).rejects.toThrow(RangeError)
})
