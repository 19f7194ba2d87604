/** What the calls of the vault take: queries and bodies checked by their schemas, and what is wrong with them told field by field. */
import { z } from 'zod'
import { ApiError } from '../errors.ts'

/** Problems told at once. */
const MOST_PROBLEMS = 20

/** A whole number of the query. */
export const whole = (min: number, max: number) => z.coerce.number<string>().int().min(min).max(max)

/** How many to a page. */
export const limit = (usual: number, most: number) => whole(1, most).default(usual).describe(`At most so many; ${usual} when absent`)

export const flag = z.enum(['true', 'false']).transform((value) => value === 'true')

/** From the `Link` of the page before; opaque. */
export const cursor = z.string().max(500).optional().describe('Where the page begins: take it from the `Link` of the page before')

export const idParameter = z.string().regex(/^(?:0|[1-9]\d{0,18})$/, 'must be an id')

/** A day or a moment; what comes out is a moment in UTC. */
export const moment = z.union([z.iso.date(), z.iso.datetime({ offset: true })]).transform((value, context) => {
  const ms = Date.parse(value)
  if (!Number.isNaN(ms) && ms > FIRST && ms < LAST) return new Date(ms).toISOString()
  context.addIssue('must be a day or a moment of the years 1 to 9999')
  return z.NEVER
})

const FIRST = Date.parse('0001-01-02T00:00:00Z')
const LAST = Date.parse('9999-12-30T00:00:00Z')

/** What a schema makes of what was sent, attacker-controlled. @throws {ApiError} 400 for a query, 422 for a body, with every field that is wrong */
export function checked<T>(schema: z.ZodType<T>, value: unknown, from: 'query' | 'body'): T {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const errors = parsed.error.issues.slice(0, MOST_PROBLEMS).flatMap((issue) => problemsOf(issue, from))
  const [first] = errors
  const title = first === undefined ? 'This is not as described' : `${first.parameter ?? first.pointer ?? 'The body'}: ${first.detail}`
  throw new ApiError(from === 'query' ? 400 : 422, title, { errors })
}

type FieldProblem = { readonly detail: string; readonly parameter?: string; readonly pointer?: string }

function problemsOf(issue: z.core.$ZodIssue, from: 'query' | 'body'): FieldProblem[] {
  const names = issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [...issue.path, key]) : [issue.path]
  const detail = issue.code === 'unrecognized_keys' ? 'is not known here' : issue.message
  return names.map((path) => (from === 'query' ? { parameter: path.map(String).join('.'), detail } : { pointer: pointerTo(path), detail }))
}

/** @see RFC 6901 section 6 */
const pointerTo = (path: readonly PropertyKey[]): string =>
  `#${path.map((name) => `/${encodeURIComponent(String(name).replaceAll('~', '~0').replaceAll('/', '~1'))}`).join('')}`

/** One field that is wrong for a reason that no schema knows. */
export const wrongField = (name: string, detail: string): ApiError =>
  new ApiError(422, `#/${name}: ${detail}`, { errors: [{ pointer: `#/${name}`, detail }] })

/** A place in a list, as opaque text. */
export const cursorOf = (...parts: readonly (string | number | null)[]): string => Buffer.from(JSON.stringify(parts)).toString('base64url')

/** What `cursorOf` made; attacker-controlled. @throws {ApiError} 400 */
export function readCursor<T>(schema: z.ZodType<T>, cursor: string): T {
  try {
    return schema.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()))
  } catch {
    throw new ApiError(400, 'cursor: is not one of ours', { errors: [{ parameter: 'cursor', detail: 'is not one of ours' }] })
  }
}

/** Members that are there: for types that tell absent from undefined. */
export const given = <T extends object>(all: T): { [K in keyof T]: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as { [K in keyof T]: Exclude<T[K], undefined> }
