import type { LightMyRequestResponse } from 'fastify'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type TestInstance, testInstance } from '../../../support/instance.ts'
import { answerProblems, operations } from '../../../support/openapi.ts'
import { sendForm } from './form.ts'
import { OPERATIONS, type Operation, type Scene, STREAMS, setScene } from './operations.ts'

let here: TestInstance
let scene: Scene
beforeAll(async () => {
  here = await testInstance()
  scene = await setScene(here)
})
afterAll(() => here.close())

const methodOf = (operation: Operation) => operation.name.split(' ')[0] as 'GET'
const pathOf = (operation: Operation) => operation.name.split(' ')[1] ?? ''

async function run(operation: Operation, as: { token: string }): Promise<LightMyRequestResponse> {
  const { url, body, file } = await operation.example(scene)
  if (file !== undefined) return sendForm(here, 'POST', url, as, { [file.field]: { bytes: file.bytes, name: 'a.png' } })
  return here.ask(methodOf(operation), url, { as, ...(body && { body }) })
}

/** Keys of the schema that mean nothing here: nothing is missing, the thing itself is. */
const ALLOWED_TO_MISS = new Set(['text'])

describe('every operation', () => {
  test.each(OPERATIONS.map((operation) => [operation.name, operation] as const))('%s answers as the schema says', async (_name, operation) => {
    const answer = await run(operation, scene.alice)
    expect(answer.statusCode, answer.body).toBe(200)
    expect(answer.headers['content-type']).toMatch(/^application\/json/)
    expect(answerProblems(methodOf(operation), pathOf(operation), 200, answer.json())).toEqual([])
    expect(answer.headers['access-control-allow-origin']).toBe('*')
  })

  test('the yardstick measures: an answer with a key less, or of another type, is found', async () => {
    const status = (await here.ask('GET', `/api/v1/statuses/${scene.bobsPost}`)).json<Record<string, unknown>>()
    const { uri: _, ...less } = status
    expect(answerProblems('GET', '/api/v1/statuses/{id}', 200, less)).not.toEqual([])
    expect(answerProblems('GET', '/api/v1/statuses/{id}', 200, { ...status, id: 1 })).not.toEqual([])
    expect(answerProblems('GET', '/api/v1/statuses/{id}', 200, { ...status, account: { ...(status['account'] as object), header: '' } })).not.toEqual(
      [],
    )
  })

  test('lists that should have entries had some', async () => {
    for (const url of [
      '/api/v1/timelines/home',
      '/api/v1/timelines/public',
      '/api/v1/timelines/tag/art',
      `/api/v1/accounts/${scene.bob.id}/statuses`,
    ]) {
      expect((await here.ask('GET', url, { as: scene.alice })).json<unknown[]>().length, url).toBeGreaterThan(0)
    }
  })

  test('of a stranger too', async () => {
    for (const operation of OPERATIONS.filter(({ open }) => open === true)) {
      const { url } = await operation.example(scene)
      const answer = await here.ask('GET', url)
      expect(answer.statusCode, url).toBe(200)
      expect(answerProblems(methodOf(operation), pathOf(operation), 200, answer.json()), url).toEqual([])
    }
  })
})

describe('entities', () => {
  test('have every key of the schema, null where there is nothing', async () => {
    const { readFileSync } = await import('node:fs')
    const file = new URL('../../../../fixtures/mastodon/openapi-4.7.json', import.meta.url)
    const { schemas } = (JSON.parse(readFileSync(file, 'utf8')) as { components: { schemas: Record<string, { properties: object }> } }).components
    const missing = (entity: string, value: object) =>
      Object.keys(schemas[entity]?.properties ?? {}).filter((key) => !(key in value) && !ALLOWED_TO_MISS.has(key))
    const get = async (url: string) => (await here.ask('GET', url, { as: scene.alice })).json()
    const status = await get(`/api/v1/statuses/${scene.bobsPost}`)
    expect(missing('Status', status)).toEqual([])
    expect(missing('Account', status.account)).toEqual([])
    expect(missing('MediaAttachment', status.media_attachments[0])).toEqual([])
    expect(missing('CredentialAccount', await get('/api/v1/accounts/verify_credentials'))).toEqual([])
    expect(missing('Relationship', (await get(`/api/v1/accounts/relationships?id=${scene.bob.id}`))[0])).toEqual([])
    expect(missing('Search', await get('/api/v2/search?q=x'))).toEqual([])
    expect(missing('Tag', (await get('/api/v2/search?q=art&type=hashtags')).hashtags[0])).toEqual([])
    expect(missing('Preferences', await get('/api/v1/preferences'))).toEqual([])
    await here.ask('POST', `/api/v1/statuses/${scene.alicesPost}/favourite`, { as: await here.createAccount('dora') })
    expect(missing('Notification', (await get('/api/v1/notifications'))[0])).toEqual([])
  })
})

describe('what is not offered', () => {
  const offered = new Set([...OPERATIONS.map(({ name }) => name), ...STREAMS])
  /** Offered by other parts of the API, with tests of their own. */
  const elsewhere = /^\w+ \/(?:oauth|\.well-known)|\/api\/v[12]\/(?:apps|instance)|POST \/api\/v1\/accounts$|\/api\/oembed/
  const lacking = operations().filter((name) => !offered.has(name) && !elsewhere.test(name))

  test.each(lacking.map((name) => [name]))('%s is a 404', async (name) => {
    const [method = '', path = ''] = name.split(' ')
    const answer = await here.ask(method as 'GET', path.replaceAll(/\{\w+\}/g, '1'), { as: scene.alice })
    expect(answer.statusCode, answer.body).toBe(404)
    expect(answer.json()).toHaveProperty('error')
  })
})
