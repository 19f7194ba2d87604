/** Every operation of the vault, as the document lists them: who may not is told so before anything else, in the words of the document. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CALLS } from '../../../../src/api/vivim/calls.ts'
import { type TestAccount, type TestInstance, testInstance } from '../../../support/instance.ts'
import { createFits, type Document, documentOf, type Method, ROOT, vaultOperations } from './described.ts'

let here: TestInstance
let document: Document
let fits: ReturnType<typeof createFits>
let ada: TestAccount
beforeAll(async () => {
  here = await testInstance()
  document = await documentOf(here)
  fits = createFits(document)
  ada = await here.createAccount('ada')
})
afterAll(() => here.close())

/** Whoever has the address may ask these: they have no owner's token. */
const OPEN = ['GET /shared/{token}', 'GET /capture/events/{ticket}']
/** Reads that show nothing that was said or learnt: what kinds there are, how things are set, what is under way. */
const UNNOTED =
  /^\/(?:memories\/types|capture\/(?:detect-provider|providers)|context\/(?:settings|presets|recipes)(?:\/:id)?|models(?:\/providers|\/:id)?|chat)$/

const operations = (): [Method, string][] => vaultOperations(document).map((name) => name.split(' ') as [Method, string])
const pathOf = (route: string): string => `${ROOT}${route.replace(/\{\w+\}/g, '1')}`

test('the document lists every call, and each has a name of its own', () => {
  expect(vaultOperations(document).toSorted()).toEqual(CALLS.map(({ method, path }) => `${method} ${path.replace(/:(\w+)/g, '{$1}')}`).toSorted())
  const ids = Object.values(document.paths).flatMap((methods) => Object.values(methods).map(({ operationId }) => operationId))
  expect(new Set(ids).size).toBe(ids.length)
})

describe('without the right token', () => {
  test('strangers get nothing, and are told that a token is needed', async () => {
    for (const [method, route] of operations()) {
      if (OPEN.includes(`${method} ${route}`)) continue
      const answer = await here.ask(method, pathOf(route))
      expect([method, route, answer.statusCode, fits(method, pathOf(route), answer)]).toEqual([method, route, 401, []])
    }
  })

  test('applications of the Mastodon API get nothing, and are told which scope is needed', async () => {
    const as = await here.createToken(ada.id, ['read', 'write', 'follow', 'push', 'profile', 'keys'])
    for (const [method, route] of operations()) {
      if (OPEN.includes(`${method} ${route}`)) continue
      const answer = await here.ask(method, pathOf(route), { as })
      expect([method, route, answer.statusCode, fits(method, pathOf(route), answer)]).toEqual([method, route, 403, []])
      expect(answer.json<{ scope: string }>().scope).toMatch(/^memory:(read|write|chat)$/)
    }
  })

  test('applications that act for nobody get nothing', async () => {
    const as = await here.createToken(null, ['memory'])
    for (const [method, route] of operations()) {
      if (!OPEN.includes(`${method} ${route}`)) expect((await here.ask(method, pathOf(route), { as })).statusCode, route).toBe(422)
    }
  })
})

test('what is not there is not found, whatever is asked of it', async () => {
  const bodies: Readonly<Record<string, object>> = { POST: {}, PUT: {}, PATCH: {}, DELETE: {} }
  for (const [method, route] of operations().filter(([, path]) => path.includes('{'))) {
    const body = bodies[method]
    const answer = await here.ask(method, pathOf(route), { as: ada, ...(body !== undefined && { body }) })
    expect([method, route, fits(method, pathOf(route), answer)]).toEqual([method, route, []])
    expect([404, 422], `${method} ${route}: ${answer.statusCode} ${answer.body}`).toContain(answer.statusCode) // an empty body may be wrong before that
  }
})

test('whatever shows anything of a vault is noted, or says why it is not', () => {
  const unnoted = CALLS.filter(({ method, scopes, reads }) => method === 'GET' && scopes.length > 0 && reads === 'nothing')
  for (const { path } of unnoted) expect(path).toMatch(UNNOTED)
})
