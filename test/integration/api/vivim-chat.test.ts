/** Models and chat over HTTP: who may, what is answered, and that no key ever comes out again. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { messagesOf } from '../../../src/projections/read/messages.ts'
import { type TestAccount, type TestInstance, testInstance } from '../../support/instance.ts'
import { type ModelServer, modelServer } from '../../support/model-server.ts'

const ROOT = '/api/vivim/v1'
const KEY = 'sk-nobody-may-see-this-0007'

let instance: TestInstance
let server: ModelServer
let ada: TestAccount
let modelId: string
/** Every answer that was given in this file. */
const answers: string[] = []

beforeAll(async () => {
  server = await modelServer()
  instance = await testInstance({ outboundAllow: ['127.0.0.1/32'] })
  ada = await instance.createAccount('ada')
  const answer = await call('POST', '/models', newModel())
  modelId = (answer.json() as { id: string }).id
})
afterAll(async () => {
  await instance.close()
  await server.close()
})

async function call(method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, body?: object, as: { token: string } = ada) {
  const answer = await instance.ask(method, `${ROOT}${path}`, { as, ...(body !== undefined && { body }) })
  answers.push(answer.body, JSON.stringify(answer.headers))
  return answer
}

const newModel = (more: object = {}) => ({ provider: 'openai-compatible', model: 'test-model', apiKey: KEY, baseUrl: `${server.url}/v1/`, ...more })

type Told = { readonly event: string; readonly data: Readonly<Record<string, unknown>> }

/** The events of an answer. */
const eventsIn = (body: string): Told[] =>
  [...body.matchAll(/^event: (.*)\ndata: (.*)$/gm)].map(([, event = '', data = '']) => ({ event, data: JSON.parse(data) as Told['data'] }))

const chat = async (more: object, as: { token: string } = ada) => eventsIn((await call('POST', '/chat', { model: modelId, ...more }, as)).body)

describe('models', () => {
  it('are added, shown without their key, and removed with it', async () => {
    const added = await call('POST', '/models', newModel({ name: 'Second' }))
    expect(added.statusCode).toBe(201)
    const { id } = added.json() as { id: string }
    expect(added.json()).toMatchObject({ provider: 'openai-compatible', name: 'Second', model: 'test-model', hasKey: true })
    expect(added.headers.location).toBe(`${ROOT}/models/${id}`)
    expect((await call('GET', '/models')).json()).toContainEqual(added.json())
    expect((await call('PUT', `/models/${id}/key`, { apiKey: `${KEY}2` })).statusCode).toBe(204)
    await call('POST', `/models/${id}/test`)
    expect(server.asked.at(-1)?.headers['authorization']).toBe(`Bearer ${KEY}2`)
    expect((await call('DELETE', `/models/${id}`)).statusCode).toBe(204)
    expect((await call('GET', `/models/${id}`)).statusCode).toBe(404)
    expect(await instance.deps.ledger.keyring.names(`byok/${ada.id}/${id}`)).toEqual([])
  })

  it('that cannot be asked are refused, naming the field', async () => {
    const wrong = [
      [{ provider: 'nobody' }, 'provider'],
      [{ baseUrl: null }, 'baseUrl'],
      [{ baseUrl: 'ftp://models.example' }, 'baseUrl'],
      [{ baseUrl: 'https://user:pass@models.example/v1' }, 'baseUrl'],
      [{ baseUrl: 'https://models.example/v1?key=1' }, 'baseUrl'],
      [{ provider: 'openai', apiKey: null }, 'apiKey'],
      [{ apiKey: 'two words' }, 'apiKey'],
      [{ apiKey: 'bad\r\nx-injected: yes' }, 'apiKey'],
      [{ provider: 'anthropic', embeddingModel: 'x' }, 'embeddingModel'],
    ] as const
    for (const [more, field] of wrong) {
      const answer = await call('POST', '/models', newModel(more))
      expect([answer.statusCode, (answer.json() as { errors: { pointer: string }[] }).errors[0]?.pointer]).toEqual([422, `#/${field}`])
    }
    expect((await call('POST', '/models', newModel({ surprise: 1 }))).statusCode).toBe(422)
  })

  it('are tried with one word, and what is wrong is said', async () => {
    server.say({ text: ['ready'] })
    expect((await call('POST', `/models/${modelId}/test`)).json()).toMatchObject({ ok: true, text: 'ready' })
    server.say({ status: 401, body: JSON.stringify({ error: { message: `wrong key ${KEY}` } }) })
    expect((await call('POST', `/models/${modelId}/test`)).json()).toMatchObject({ ok: false, failure: { kind: 'key', status: 401 } })
    const away = await call('POST', '/models', newModel({ baseUrl: 'http://10.1.2.3:9/v1' }))
    const refused = (await call('POST', `/models/${(away.json() as { id: string }).id}/test`)).json()
    expect(refused).toMatchObject({ ok: false, failure: { kind: 'reach', message: expect.stringContaining('not a public address') as string } })
  })

  it("are nobody else's", async () => {
    const eve = await instance.createAccount('eve')
    expect((await call('GET', '/models', undefined, eve)).json()).toEqual([])
    for (const [method, path, body] of [
      ['GET', `/models/${modelId}`],
      ['DELETE', `/models/${modelId}`],
      ['PUT', `/models/${modelId}/key`, { apiKey: 'mine' }],
      ['POST', `/models/${modelId}/test`],
      ['POST', '/chat', { model: modelId, text: 'hi' }],
    ] as const)
      expect([path, (await call(method, path, body, eve)).statusCode]).toEqual([path, 404])
    expect((await call('GET', '/models', undefined, { token: 'none' })).statusCode).toBe(401)
  })
})

describe('chat', () => {
  it('tells an answer word by word, and it is a conversation like any other', async () => {
    server.say({ text: ['Good ', 'morning', '!'] })
    const events = await chat({ text: 'Good morning' })
    expect(events.filter(({ event }) => event === 'text').map(({ data }) => data['text'])).toEqual(['Good ', 'morning', '!'])
    expect(events.at(-1)).toMatchObject({ event: 'done', data: { status: 'complete', usage: { input: 25, output: 7 } } })
    const conversationId = String(events[0]?.data['conversationId'])
    const shown = (await call('GET', `/conversations/${conversationId}`)).json() as { title: string; messages: { role: string }[] }
    expect([shown.title, shown.messages.map(({ role }) => role)]).toEqual(['Good morning', ['user', 'assistant']])
  })

  it('goes on, asks again, and stops', async () => {
    const [start] = await chat({ text: 'One' })
    const conversationId = String(start?.data['conversationId'])
    await chat({ text: 'Two', conversationId })
    const again = eventsIn((await call('POST', '/chat/retry', { model: modelId, conversationId, messageId: start?.data['messageId'] })).body)
    expect(again[0]?.data['questionId']).toBe(start?.data['questionId'])
    server.say({ text: ['on and on'], ending: 'hang' })
    const asked = server.asked.length
    const running = chat({ text: 'Three', conversationId })
    await expect.poll(() => server.asked.length).toBe(asked + 1)
    await expect.poll(async () => (await messagesOf(instance.deps.pool, instance.deps.vault.cipher, conversationId)).length).toBe(6)
    expect((await call('POST', '/chat', { model: modelId, conversationId, text: 'Four' })).statusCode).toBe(409)
    const [{ messageId }] = (await call('GET', '/chat')).json() as [{ messageId: string; conversationId: string }]
    const listening = call('GET', `/chat/${messageId}/events`)
    expect((await call('POST', `/chat/${messageId}/stop`)).statusCode).toBe(204)
    expect((await running).at(-1)).toMatchObject({ event: 'done', data: { status: 'aborted', messageId } })
    expect(eventsIn((await listening).body).at(-1)).toMatchObject({ event: 'done', data: { status: 'aborted' } })
  })

  it('goes on in a fork: what was said before is told to the model, and the original stays as it was', async () => {
    const [start] = await chat({ text: 'I have a boat called Ondine.' })
    const original = String(start?.data['conversationId'])
    const forked = (await call('POST', `/conversations/${original}/fork`, { messageId: start?.data['messageId'] })).json() as { id: string }
    server.say({ text: ['Ondine.'] })
    await chat({ text: 'What is it called?', conversationId: forked.id })
    const told = server.asked
      .at(-1)
      ?.body.messages?.map(({ content }) => content)
      .slice(1)
    expect(told).toEqual(['I have a boat called Ondine.', 'Hello!', 'What is it called?'])
    const { pool, vault } = instance.deps
    const sizes = await Promise.all([original, forked.id].map(async (id) => (await messagesOf(pool, vault.cipher, id)).length))
    expect(sizes).toEqual([2, 4])
  })

  it('takes the scopes of what it does', async () => {
    const only = await instance.createToken(ada.id, ['memory:chat'])
    const reader = await instance.createToken(ada.id, ['memory:chat', 'memory:read'])
    const code = async (body: object, as: { token: string }) => (await call('POST', '/chat', { model: modelId, text: 'x', ...body }, as)).statusCode
    expect(await code({}, only)).toBe(200)
    expect(await code({ context: {} }, only)).toBe(403)
    expect(await code({ tools: ['search'] }, only)).toBe(403)
    expect(await code({ conversationId: '1' }, only)).toBe(403)
    expect(await code({ tools: ['remember'] }, reader)).toBe(403)
    expect(await code({ conversationId: '1' }, reader)).toBe(404)
    const other = await instance.createToken(ada.id, ['read', 'write'])
    expect(await code({}, other)).toBe(403)
    expect((await call('POST', '/models', newModel(), only)).statusCode).toBe(403)
  })

  it('refuses questions that say nothing or wish for what there is not', async () => {
    for (const more of [
      { text: ' \n' },
      { text: 'x', tools: ['rm'] },
      { text: 'x', context: { preset: 'none' } },
      { text: 'x', context: { recipeId: '7' } },
      {},
    ])
      expect([more, (await call('POST', '/chat', { model: modelId, ...more })).statusCode]).toEqual([more, 422])
  })
})

describe('over a socket', () => {
  it('words arrive while the model still speaks; who leaves stops nothing, and who comes back hears it all', async () => {
    server.say({ text: ['Once ', 'upon ', 'a time.'], pauseMs: 150 })
    const origin = await instance.app.listen({ host: '127.0.0.1', port: 0 })
    const headers = { authorization: `Bearer ${ada.token}`, 'content-type': 'application/json' }
    const leave = new AbortController()
    const asked = { method: 'POST', headers, body: JSON.stringify({ model: modelId, text: 'A story' }), signal: leave.signal }
    const answer = await fetch(`${origin}${ROOT}/chat`, asked)
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/event-stream'])
    let heard = ''
    for await (const chunk of answer.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      heard += chunk
      if (heard.includes('Once')) break
    }
    expect(heard).not.toContain('a time.')
    leave.abort()
    const messageId = String(eventsIn(heard)[0]?.data['messageId'])
    const again = await fetch(`${origin}${ROOT}/chat/${messageId}/events`, { headers })
    const all = eventsIn(await again.text())
    const told = all.map(({ event, data }) => (event === 'text' ? String(data['text']) : `<${event}>`))
    expect(told.join('')).toBe('<start>Once upon a time.<done>')
    const { pool, vault } = instance.deps
    const [, recorded] = await messagesOf(pool, vault.cipher, String(all[0]?.data['conversationId']))
    expect(recorded).toMatchObject({ id: messageId, status: 'complete', blocks: [{ text: 'Once upon a time.' }] })
  })
})

describe('proposals', () => {
  it('are asked for of a conversation, and reported; a model that does not answer is 502', async () => {
    const [start] = await chat({ text: 'I am allergic to walnuts.' })
    const path = `/conversations/${String(start?.data['conversationId'])}/proposals`
    const claim = {
      type: 'preference',
      category: 'requirement',
      subject: 'user',
      predicate: 'is allergic to',
      object: 'walnuts',
      validFrom: null,
      validTo: null,
    }
    const one = { op: 'add', message: 'm1', quote: 'I am allergic to walnuts', target: null, text: 'The user is allergic to walnuts.', ...claim }
    server.say({ text: [JSON.stringify({ proposals: [one, { ...one, quote: 'I am allergic to cats' }] })] })
    const report = await call('POST', path, { model: modelId })
    expect(report.json()).toMatchObject({ proposed: 2, accepted: [{ op: 'add' }], rejected: [{ reason: 'not-a-quote', count: 1 }] })
    const { memoryId } = (report.json() as { accepted: [{ memoryId: string }] }).accepted[0]
    expect((await call('GET', `/memories/${memoryId}`)).json()).toMatchObject({ id: memoryId, status: 'candidate' })
    server.say({ status: 401, body: JSON.stringify({ error: { message: `no ${KEY}` } }) })
    const failed = await call('POST', path, { model: modelId })
    expect([failed.statusCode, (failed.json() as { code: string }).code]).toEqual([502, 'MODEL_KEY'])
    expect((await call('POST', '/conversations/1/proposals', { model: modelId })).statusCode).toBe(404)
  })
})

describe('a key', () => {
  it('is in no answer, no table and no event: only sealed', async () => {
    expect(answers.join('\n')).not.toContain(KEY)
    const { rows } = await instance.deps.pool.query<{ name: string }>(
      `select quote_ident(table_schema) || '.' || quote_ident(table_name) as name from information_schema.tables where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')`,
    )
    for (const { name } of rows) {
      const found = await instance.deps.pool.query(`select from ${name} t where position($1 in t::text) > 0 or position($2 in t::text) > 0`, [
        KEY,
        Buffer.from(KEY).toString('hex'),
      ])
      expect([name, found.rowCount]).toEqual([name, 0])
    }
    expect(rows.length).toBeGreaterThan(20)
  })
})
