import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type TestInstance, testInstance } from '../../../support/instance.ts'
import { OPERATIONS, type Scene, setScene } from './operations.ts'

let here: TestInstance
let scene: Scene
beforeAll(async () => {
  here = await testInstance()
  scene = await setScene(here)
})
afterAll(() => here.close())

/** Hundreds of requests on a busy machine. */
const PATIENCE = 180_000

const NAMES = [
  'status',
  'media_ids',
  'in_reply_to_id',
  'sensitive',
  'spoiler_text',
  'visibility',
  'language',
  'display_name',
  'note',
  'source',
  'fields_attributes',
  'avatar',
  'file',
  'description',
  'focus',
  'duration',
  'notifications',
  'reblogs',
  'languages',
  'home',
  'q',
  'acct',
  'id',
  'limit',
  'max_id',
  'min_id',
  'since_id',
  'types',
  'tagged',
  'any',
  'media_attributes',
  '__proto__',
]
const value = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom('1', '-1', '9223372036854775808', '\0', '💥', "' or 1=1 --", '../../x', 'true', [], {}, null),
)
const bodies = fc.dictionary(fc.constantFrom(...NAMES), value, { maxKeys: 6 })

/** An answer in the API's own form, whatever was asked: never a crash, never a 500. */
function expectAnswer(what: string, { statusCode, body }: { statusCode: number; body: string }): void {
  expect(statusCode, `${what}: ${body}`).toBeLessThan(500)
  if (statusCode >= 400) expect(JSON.parse(body), what).toMatchObject({ error: expect.any(String) })
}

const writes = OPERATIONS.filter(({ name }) => !name.startsWith('GET') && !name.includes('clear'))
const reads = OPERATIONS.filter(({ name }) => name.startsWith('GET'))

test(
  'any JSON to any operation that writes is answered',
  async () => {
    const examples = await Promise.all(writes.map(async (operation) => [operation.name, (await operation.example(scene)).url] as const))
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...examples), bodies, async ([name, url], body) => {
        const method = (name.split(' ')[0] ?? '') as 'POST'
        if (name.startsWith('DELETE')) return
        expectAnswer(`${name} ${JSON.stringify(body)}`, await here.ask(method, url, { as: scene.alice, body }))
      }),
      { numRuns: 400 },
    )
  },
  PATIENCE,
)

test(
  'any query to any operation that reads is answered',
  async () => {
    const examples = await Promise.all(reads.map(async (operation) => [operation.name, (await operation.example(scene)).url] as const))
    const pair = fc.tuple(fc.constantFrom(...NAMES.flatMap((name) => [name, `${name}[]`, `${name}[a]`])), fc.string({ maxLength: 30 }))
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...examples), fc.array(pair, { maxLength: 5 }), async ([name, url], pairs) => {
        const query = pairs.map(([key, text]) => `${encodeURIComponent(key)}=${encodeURIComponent(text)}`).join('&')
        expectAnswer(`${name} ${query}`, await here.ask('GET', `${url}${url.includes('?') ? '&' : '?'}${query}`, { as: scene.alice }))
      }),
      { numRuns: 400 },
    )
  },
  PATIENCE,
)

test(
  'any id in any path is answered',
  async () => {
    const paths = OPERATIONS.map(({ name }) => name.split(' ') as ['GET', string]).filter(([, path]) => path.includes('{'))
    const ids = fc.oneof(
      fc.string({ minLength: 1, maxLength: 30 }),
      fc.constantFrom('0', '1', '9223372036854775807', '9223372036854775808', '%00', '%ff', '..', 'null', '-1'),
    )
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...paths), ids, async ([method, path], id) => {
        const encoded = /^%|^\.\.$/.test(id) ? id : encodeURIComponent(id)
        const url = path.replace(/\{\w+\}/, encoded)
        expectAnswer(`${method} ${url}`, await here.ask(method, url, { as: scene.alice, ...(method !== 'GET' && { body: {} }) }))
      }),
      { numRuns: 300 },
    )
  },
  PATIENCE,
)

test(
  'any bytes as a body are answered',
  async () => {
    const types = [
      'application/json',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'multipart/form-data',
      'text/plain',
      'image/png',
      'x',
    ]
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...types),
        fc.oneof(fc.uint8Array({ maxLength: 200 }), fc.constant(Buffer.from('--x\r\ncontent-disposition: form-data; name="a"\r\n\r\n'))),
        async (type, bytes) => {
          const headers = { authorization: `Bearer ${scene.alice.token}`, 'content-type': type }
          expectAnswer(type, await here.app.inject({ method: 'POST', url: '/api/v1/statuses', headers, payload: Buffer.from(bytes) }))
        },
      ),
      { numRuns: 200 },
    )
  },
  PATIENCE,
)
