/** The calls of the vault in the words of OpenAPI: parameters, bodies, answers and failures, all from the value that their routes are made of. Pure. */
import { z } from 'zod'
import { FAILURES, refTo } from './openapi-operations.ts'
import { type AnyCall, failuresOf } from './vivim/call.ts'
import { Problem } from './vivim/schema.ts'

type JsonSchema = Readonly<Record<string, unknown>>

/** What the document says of some calls: operations by path and method, and the schemas they refer to. */
export type Described = {
  readonly paths: Readonly<Record<string, Readonly<Record<string, object>>>>
  readonly schemas: Readonly<Record<string, object>>
}

export function describeCalls(root: string, calls: readonly AnyCall[]): Described {
  const schemas = new Map<string, object>()
  const paths = new Map<string, Record<string, object>>()
  for (const call of calls) {
    const route = `${root}${call.path.replace(/:(\w+)/g, '{$1}')}`
    paths.set(route, { ...paths.get(route), [call.method.toLowerCase()]: operationOf(call, schemas) })
  }
  return { paths: Object.fromEntries(paths), schemas: Object.fromEntries(schemas) }
}

function operationOf(call: AnyCall, schemas: Map<string, object>): object {
  const { method, path, tag, summary, description, scopes, body, stream } = call
  const scope = scopes.length === 0 ? [] : [`Takes the scope ${scopes.map((name) => `\`${name}\``).join(' and ')}.`]
  const content = stream === undefined ? json(body, 'input', schemas) : contentOf(stream)
  const failures = [...failuresOf(call), 429 as const].map((status) => [status, failure(FAILURES[status])])
  return {
    operationId: `vault_${method.toLowerCase()}_${path.replace(/[^A-Za-z]+/g, '_').replace(/^_|_$/g, '')}`,
    tags: [tag],
    summary,
    description: [description, ...scope].filter((line) => line !== undefined).join('\n\n'),
    parameters: [...pathParameters(path), ...queryParameters(call.query, schemas), ...conditions(call)],
    ...((body !== undefined || stream !== undefined) && { requestBody: { required: true, content } }),
    ...(scopes.length > 0 && { security: [{ token: [] }] }),
    responses: { ...successes(call, schemas), ...Object.fromEntries(failures) },
  }
}

const failure = (description: string): object => ({ description, content: { 'application/problem+json': { schema: refTo(Problem) } } })

function successes(call: AnyCall, schemas: Map<string, object>): Readonly<Record<string, object>> {
  const { method, answer, media, status = 200, tagged, paged, reads } = call
  const headers = {
    ...(tagged === true && { ETag: { description: 'Version of what is shown', schema: { type: 'string' } } }),
    ...(paged === true && { Link: { description: 'Leads to the next page, `rel="next"`, when there is one', schema: { type: 'string' } } }),
  }
  const shown = { ...(Object.keys(headers).length > 0 && { headers }) }
  if (media !== undefined) return { [status]: { description: 'OK', ...shown, content: contentOf(media) } }
  if (answer === undefined) return { 204: { description: 'Done' } }
  return {
    [status]: { description: 'OK', ...shown, content: json(answer, 'output', schemas) },
    ...(tagged === true && method === 'GET' && { 304: { description: 'It is still what `If-None-Match` names' } }),
    ...(method !== 'GET' && status !== 201 && reads !== 'nothing' && { 204: { description: 'Done; the token may not read what it changed' } }),
  }
}

/** What JSON there may be is said in the description. */
const contentOf = (types: readonly string[]): object =>
  Object.fromEntries(types.map((type) => [type, type === 'application/json' ? {} : { schema: { type: 'string' } }]))

const pathParameters = (path: string): object[] =>
  [...path.matchAll(/:(\w+)/g)].map(([, name = '']) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string', ...(/^id$|Id$/.test(name) && { pattern: '^\\d{1,19}$' }) },
  }))

function queryParameters(query: z.ZodType | undefined, schemas: Map<string, object>): object[] {
  if (!(query instanceof z.ZodObject)) return []
  return Object.entries(query.shape).map(([name, field]) => {
    const { description, ...schema } = schemaOf(field as z.ZodType, 'input', schemas)
    return {
      name,
      in: 'query',
      required: !(field as z.ZodType).safeParse(undefined).success,
      ...(description !== undefined && { description }),
      schema,
    }
  })
}

function conditions({ tagged, method }: AnyCall): object[] {
  if (tagged !== true) return []
  const header = method === 'GET' ? 'If-None-Match' : 'If-Match'
  return [{ name: header, in: 'header', required: false, schema: { type: 'string' }, description: 'An `ETag` that was read before' }]
}

const json = (schema: z.ZodType | undefined, io: 'input' | 'output', schemas: Map<string, object>): object =>
  schema === undefined ? {} : { 'application/json': { schema: schemaOf(schema, io, schemas) } }

/** JSON Schema of a schema; named ones go into `schemas` and are referred to. */
function schemaOf(schema: z.ZodType, io: 'input' | 'output', schemas: Map<string, object>): JsonSchema {
  const { $schema: _, $defs = {}, ...found } = z.toJSONSchema(schema, { io, unrepresentable: 'any' })
  for (const [id, definition] of Object.entries($defs)) schemas.set(id, referring(definition as JsonSchema))
  return referring(found)
}

const referring = (schema: JsonSchema): JsonSchema =>
  JSON.parse(JSON.stringify(schema).replaceAll('"#/$defs/', '"#/components/schemas/')) as JsonSchema
