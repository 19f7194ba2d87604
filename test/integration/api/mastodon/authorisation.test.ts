import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type TestInstance, testInstance } from '../../../support/instance.ts'
import { scopesOf } from '../../../support/openapi.ts'
import { sendForm } from './form.ts'
import { OPERATIONS, type Operation, type Scene, STREAMS, setScene } from './operations.ts'

let here: TestInstance
let scene: Scene
const tokens = new Map<string, { token: string }>()

beforeAll(async () => {
  here = await testInstance()
  scene = await setScene(here)
})
afterAll(() => here.close())

/** A token of Alice's with one scope only. */
async function tokenFor(scope: string): Promise<{ token: string }> {
  const token = tokens.get(scope) ?? (await here.createToken(scene.alice.id, [scope]))
  tokens.set(scope, token)
  return token
}

async function statusWith(operation: Operation, as: { token: string } | null): Promise<number> {
  const { url, body, file } = await operation.example(scene)
  const method = operation.name.split(' ')[0] as 'GET'
  if (file !== undefined && as !== null)
    return (await sendForm(here, 'POST', url, as, { [file.field]: { bytes: file.bytes, name: 'a.png' } })).statusCode
  return (await here.ask(method, url, { ...(as && { as }), ...(body && { body }) })).statusCode
}

/** The schema's own word where it has one; the rest are the parts of `read` and `write` they belong to. */
function scopesFor(operation: Operation): readonly string[] {
  const [method = '', path = ''] = operation.name.split(' ')
  const named = scopesOf(method, path).filter((scope) => scope !== '')
  if (named.length > 0) return named
  return path.startsWith('/api/v1/accounts') ? ['read:accounts'] : []
}

const closed = OPERATIONS.filter(({ open }) => open !== true).map((operation) => [operation.name, operation] as const)
const scoped = OPERATIONS.filter((operation) => scopesFor(operation).length > 0).map((operation) => [operation.name, operation] as const)

describe('without a token', () => {
  test.each(closed)('%s is refused', async (_name, operation) => expect(await statusWith(operation, null)).toBe(401))
  test.each(STREAMS.slice(1).map((name) => [name]))('%s is refused', async (name) => {
    expect((await here.ask('GET', `${name.split(' ')[1] ?? ''}?tag=x`)).statusCode).toBe(401)
  })
})

describe('with a token for something else', () => {
  test.each(scoped)('%s is refused', async (_name, operation) => expect(await statusWith(operation, await tokenFor('push'))).toBe(403))
  test.each(STREAMS.slice(1).map((name) => [name]))('%s is refused', async (name) => {
    const answer = await here.ask('GET', `${name.split(' ')[1] ?? ''}?tag=x`, { as: await tokenFor('push') })
    expect(answer.statusCode).toBe(403)
    expect(answer.json()).toEqual({ error: 'This action is outside the authorized scopes' })
  })
})

describe('with a token for just this', () => {
  test.each(scoped)('%s is allowed, by each scope that the schema names', async (_name, operation) => {
    for (const scope of scopesFor(operation)) expect(await statusWith(operation, await tokenFor(scope)), scope).toBe(200)
  })
})

describe('with a token that is no good', () => {
  test('unknown, expired or revoked, everything is refused, even what is open to strangers', async () => {
    const past = await here.createToken(scene.alice.id, ['read'], new Date(Date.now() - 1_000))
    const gone = await here.createToken(scene.alice.id, ['read'])
    expect((await here.ask('GET', '/api/v1/timelines/public', { as: gone })).statusCode).toBe(200)
    await here.deps.execute({ by: 'instance', lane: 'private', commands: [{ do: 'RevokeGrant', id: gone.grantId, at: new Date().toISOString() }] })
    await expect.poll(async () => (await here.ask('GET', '/api/v1/timelines/public', { as: gone })).statusCode).toBe(401)
    for (const token of ['unknown', past.token]) {
      expect((await here.ask('GET', '/api/v1/timelines/public', { as: { token } })).statusCode).toBe(401)
    }
  })

  test('of an application itself, what needs a person is refused and what is open is not', async () => {
    const application = await here.createToken(null, ['read', 'write'])
    expect((await here.ask('GET', '/api/v1/timelines/home', { as: application })).statusCode).toBe(422)
    expect((await here.ask('POST', '/api/v1/statuses', { as: application, body: { status: 'x' } })).statusCode).toBe(422)
    expect((await here.ask('GET', '/api/v1/timelines/public', { as: application })).statusCode).toBe(200)
  })
})
