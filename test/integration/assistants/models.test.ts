/** Models with their owner's key: what they cost to keep, what they see, and that a key never gets out. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { openModels } from '../../../src/assistants/models/models.ts'
import { createFetch } from '../../../src/host/fetch.ts'
import { KEY, over, type World, world } from './world.ts'

let w: World
beforeAll(async () => {
  w = await world()
})
afterEach(() => w.server.forget())
afterAll(() => w.close())

const way = (more: object = {}) => ({
  provider: 'openai-compatible',
  name: 'Mine',
  model: 'test-model',
  baseUrl: `${w.server.url}/v1`,
  embeddingModel: null,
  apiKey: KEY,
  ...more,
})

const closeness = (a: Float32Array | undefined, b: Float32Array | undefined): number =>
  [...(a ?? [])].reduce((sum, x, i) => sum + x * (b?.[i] ?? 0), 0)

describe('vectors', () => {
  it.each(['openai-compatible', 'google', 'ollama'])('of %s: one for each text, near when words are shared', async (provider) => {
    const person = await w.instance.createAccount(`v${w.instance.deps.newId()}`)
    expect(await w.models.embed(person.id, ['x'])).toBeNull()
    const base = provider === 'google' ? '/v1beta' : '/v1'
    await w.models.add(person.id, { ...way({ provider, baseUrl: w.server.url + base }), embeddingModel: 'small' })
    const found = await w.models.embed(person.id, ['the red boat', 'a red boat sails', 'tax returns'])
    expect(found?.model).toBe(`${provider}/small`)
    const [boat, sails, taxes] = found?.vectors ?? []
    expect(closeness(boat, sails)).toBeGreaterThan(closeness(boat, taxes))
    await w.models.embed(person.id, ['the token is ghp_0123456789abcdefghijklmnopqrstuvwxyz'])
    expect(JSON.stringify(w.server.asked.at(-1)?.body)).not.toContain('ghp_0123')
    expect(await w.models.embed(person.id, [])).toEqual({ model: `${provider}/small`, vectors: [] })
  })

  it('that cannot be had say why, without the key', async () => {
    const person = await w.instance.createAccount(`v${w.instance.deps.newId()}`)
    await w.models.add(person.id, { ...way({ baseUrl: `${w.server.url}/nowhere/${'x'.repeat(3)}` }), embeddingModel: 'small' })
    await expect(w.models.embed(person.id, ['x'], AbortSignal.abort())).rejects.toThrow(/model/)
  })
})

describe('a key', () => {
  it('whose model was never recorded, or is removed, does not stay', async () => {
    const { keyring } = w.instance.deps.ledger
    await keyring.replace(`byok/${w.person.id}/4711`, Buffer.from(KEY))
    await keyring.replace('byok/4711/4711', Buffer.from(KEY))
    const [kept, gone] = [await w.addModel(), await w.addModel()]
    const removal = { do: 'RemoveModel', data: { id: gone, accountId: w.person.id, at: new Date().toISOString() } } as const
    await w.instance.deps.execute({ by: { account: w.person.id }, lane: 'private', commands: [removal] })
    const fetch = createFetch({ allow: [], userAgent: 'test' })
    const { vault } = w.instance.deps
    await openModels({ ...w.instance.deps, cipher: vault.cipher, fetch })
    expect(await keyring.names(`byok/${w.person.id}/4711`)).toEqual([])
    expect(await keyring.names('byok/4711/')).toEqual([])
    expect(await keyring.names(`byok/${w.person.id}/${gone}`)).toEqual([])
    expect(await keyring.names(`byok/${w.person.id}/${kept}`)).toHaveLength(1)
    await fetch.close()
  })

  it('is of no use at an address that nobody may reach: the guard holds for models, too', async () => {
    const fetch = createFetch({ allow: [], userAgent: 'test' })
    const strict = await openModels({ ...w.instance.deps, cipher: w.instance.deps.vault.cipher, fetch })
    const asked = w.server.asked.length
    for (const baseUrl of [
      `${w.server.url}/v1`,
      'http://169.254.169.254/latest',
      'https://localhost/v1',
      'http://[::1]:80/v1',
      'https://10.0.0.7/v1',
    ]) {
      const added = await strict.add(w.person.id, way({ baseUrl }))
      const tested = added.ok ? await strict.test(w.person.id, added.id) : null
      expect([baseUrl, tested]).toMatchObject([
        baseUrl,
        { ok: false, failure: { kind: 'reach', message: expect.stringContaining('not a public address') as string } },
      ])
    }
    expect(w.server.asked.length).toBe(asked)
    await fetch.close()
  })

  it('is in no log, whatever goes wrong', async () => {
    const failures = [
      { status: 401, body: JSON.stringify({ error: { message: `bad ${KEY}` } }) },
      { status: 500, body: `<html>${KEY}</html>`, headers: { 'retry-after-ms': '1' } },
      { status: 200, body: `not json ${KEY}` },
      { text: ['a'], ending: 'cut' },
      { calls: [{ id: 'c', name: 'search', args: { query: KEY } }] },
    ] as const
    for (const failure of failures) {
      w.server.say(failure, failure)
      await over(await w.ask('Hello', { tools: ['search'] }))
      w.server.forget()
    }
    expect(w.logged.join('\n')).not.toContain(KEY)
  })
})
