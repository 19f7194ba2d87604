/** Asks the vault's API, and holds every answer against what the OpenAPI document says of it: no status, type or member that is not described. */
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import type { LightMyRequestResponse } from 'fastify'
import { expect } from 'vitest'
import type { AskOptions, TestInstance } from '../../../support/instance.ts'

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
export type Operation = {
  readonly operationId: string
  readonly description?: string
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, { readonly schema?: object }>> }>>
}
export type Document = {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, object>> }
}

export const ROOT = '/api/vivim/v1'

export async function documentOf(here: TestInstance): Promise<Document> {
  return (await here.app.inject('/api/docs/openapi.json')).json<Document>()
}

/** `METHOD /path` of every operation of the vault, as the document names them. */
export const vaultOperations = ({ paths }: Document): string[] =>
  Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).flatMap(([method, { operationId }]) =>
      operationId.startsWith('vault_') ? [`${method.toUpperCase()} ${path.slice(ROOT.length)}`] : [],
    ),
  )

/** Everything that makes an answer other than described; empty when nothing does. */
export function createFits(document: Document): (method: Method, url: string, answer: LightMyRequestResponse) => string[] {
  const ajv = new Ajv2020({ strict: false, allErrors: true, schemas: [{ $id: 'here', components: document.components }] })
  formats.default(ajv)
  const compiled = new Map<string, ValidateFunction>()
  const routes = Object.keys(document.paths).map((path) => ({ path, pattern: new RegExp(`^${path.replace(/\{\w+\}/g, '([^/]+)')}$`) }))

  /** The route with the fewest parameters wins, as in the router. */
  const routeOf = (url: string): string | undefined =>
    routes
      .filter(({ pattern }) => pattern.test(url.split('?', 1)[0] ?? ''))
      .toSorted((a, b) => a.path.split('{').length - b.path.split('{').length)[0]?.path

  return (method, url, answer) => {
    const route = routeOf(url)
    const operation = route === undefined ? undefined : document.paths[route]?.[method.toLowerCase()]
    if (operation === undefined) return [`${method} ${url} is not described`]
    const [type = ''] = (answer.headers['content-type'] ?? '').split(';')
    const described = operation.responses[answer.statusCode]
    if (described === undefined) return [`${method} ${String(route)} never answers ${answer.statusCode}: ${answer.body.slice(0, 300)}`]
    if (described.content === undefined) return answer.body === '' ? [] : [`${method} ${String(route)} has no body`]
    const content = described.content[type]
    if (content === undefined) return [`${method} ${String(route)} never answers ${answer.statusCode} as ${type}`]
    if (!type.endsWith('json') || type.endsWith('ndjson') || content.schema === undefined) return []
    const key = `${method} ${String(route)} ${answer.statusCode}`
    const schema = JSON.parse(JSON.stringify(content.schema).replaceAll('"#/', '"here#/')) as object
    const validate = compiled.get(key) ?? ajv.compile({ ...schema, unevaluatedProperties: false }) // no member that is not described
    compiled.set(key, validate)
    return validate(answer.json()) ? [] : (validate.errors ?? []).map(({ instancePath, message }) => `${key} ${instancePath} ${message ?? ''}`)
  }
}

export type Ask = (method: Method, path: string, options?: AskOptions) => Promise<LightMyRequestResponse>

/** As `here.ask`, below the root of our API, with every answer checked. */
export async function askDescribed(here: TestInstance): Promise<Ask> {
  const fits = createFits(await documentOf(here))
  return async (method, path, options) => {
    const answer = await here.ask(method, `${ROOT}${path}`, options)
    expect(fits(method, `${ROOT}${path}`, answer)).toEqual([])
    return answer
  }
}
