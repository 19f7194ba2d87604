/** Every provider in the words of its own API: streamed, with tools, with its key where it belongs, and asked for nothing but what was meant. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { PROVIDERS } from '../../../src/assistants/models/providers.ts'
import { KEY, over, textOf, type World, world } from './world.ts'

let w: World
beforeAll(async () => {
  w = await world()
})
afterEach(() => w.server.forget())
afterAll(() => w.close())

const PATHS: Readonly<Record<string, RegExp>> = {
  openai: /^\/v1\/responses$/,
  anthropic: /^\/v1\/messages$/,
  google: /^\/v1beta\/models\/test-model:streamGenerateContent\?alt=sse$/,
}
const HEADERS: Readonly<Record<string, string>> = { anthropic: 'x-api-key', google: 'x-goog-api-key' }

describe.each(PROVIDERS.map(({ id }) => id))('%s', (provider) => {
  it('answers word by word, says what it used, and gets its key in the header that is its own', async () => {
    w.server.say({ text: ['Good ', 'morning.'], usage: { input: 31, output: 4, cached: 10 } })
    const modelId = await w.addModel(provider)
    const turn = await w.ask('Good morning', { modelId, maxOutputTokens: 500, temperature: 0.3 })
    const events = await over(turn)
    expect(textOf(events)).toBe('Good morning.')
    const total = provider === 'anthropic' ? 41 : 31 // it counts what was cached apart
    expect(events.at(-1)).toMatchObject({ type: 'done', status: 'complete', usage: { input: total, output: 4, cacheRead: 10 } })
    const asked = w.server.asked.at(-1)
    expect(asked?.path).toMatch(PATHS[provider] ?? /^\/v1\/chat\/completions$/)
    const header = HEADERS[provider] ?? 'authorization'
    expect(asked?.headers[header]).toBe(header === 'authorization' ? `Bearer ${KEY}` : KEY)
    expect(asked?.headers['user-agent']).toBe('test')
    expect(JSON.stringify(asked?.body)).not.toContain(KEY)
    if (provider === 'openai') expect(asked?.body['store']).toBe(false)
  })

  it('calls a tool, hears what came of it, and goes on', async () => {
    w.server.say({ calls: [{ id: 'call_1', name: 'recall', args: { about: 'cats', limit: 3 } }] }, { text: ['Nothing yet.'] })
    const modelId = await w.addModel(provider)
    const turn = await w.ask('Do you know my cat?', { modelId, tools: ['recall'] })
    const events = await over(turn)
    expect(textOf(events)).toBe('Nothing yet.')
    expect(events.find(({ type }) => type === 'tool-result')).toMatchObject({ name: 'recall', ok: true, result: { about: 'cats', found: [] } })
    const [first, second] = w.server.asked.slice(-2)
    expect(JSON.stringify(first?.body.tools)).toContain('recall')
    expect(JSON.stringify(second?.body)).toContain('Nothing is remembered of that.')
  })

  it('refuses, and what it says is told without the key', async () => {
    const body = JSON.stringify({ error: { message: `no such key: ${KEY}`, type: 'authentication_error', code: 401, status: 'UNAUTHENTICATED' } })
    w.server.say({ status: 401, body })
    const turn = await w.ask('Hello', { modelId: await w.addModel(provider) })
    const last = (await over(turn)).at(-1)
    expect(last).toMatchObject({ type: 'error', failure: { kind: 'key', status: 401 } })
    expect(JSON.stringify(last)).not.toContain(KEY)
  })

  it('is left where it leads elsewhere: a key does not follow a redirect', async () => {
    const asked = w.server.asked.length
    w.server.say({ status: 307, headers: { location: `${w.server.url}/elsewhere` } })
    const turn = await w.ask('Hello', { modelId: await w.addModel(provider) })
    expect((await over(turn)).at(-1)).toMatchObject({ type: 'error', failure: { kind: 'request', status: 307 } })
    expect(w.server.asked.length).toBe(asked + 1)
  })
})

describe('what is said on the way', () => {
  it('is logged nowhere with a key, nor kept from anybody else', () => {
    expect(w.logged.join('\n')).not.toContain(KEY)
  })
})
