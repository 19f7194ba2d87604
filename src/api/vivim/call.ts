/**
 * One call of the vault's API as a value: what it takes, what it answers, who may. Its route (serve.ts) and its description (openapi.ts) are both
 * made of it, so neither can say what the other does not do.
 */
import { z } from 'zod'
import type { EventData } from '../../events/catalogue.ts'
import type { LimitName } from '../limits.ts'

export type Tag = 'Conversations' | 'Shelves' | 'ACUs' | 'Memories' | 'Search' | 'Imports' | 'Capture' | 'Context' | 'Models' | 'Access'
export type Scope = 'memory:read' | 'memory:write' | 'memory:chat'
export type Failure = 400 | 401 | 403 | 404 | 409 | 412 | 413 | 415 | 422 | 502 | 503

/** What an answer let its reader see. */
export type Reading = Partial<Pick<EventData['memory:access'], 'query' | 'conversationIds' | 'messageIds' | 'memoryIds' | 'tokens'>>

/** Names of the parameters in a path: `'id' | 'itemId'` for `/shelves/:id/items/:itemId`. */
export type NamesIn<P extends string> = P extends `${string}:${infer N}/${infer Rest}`
  ? N | NamesIn<Rest>
  : P extends `${string}:${infer N}`
    ? N
    : never

export type Call<P extends string = string, Q extends z.ZodObject = z.ZodObject, B extends z.ZodType = z.ZodType, A extends z.ZodType = z.ZodType> = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Below the root. A parameter called `id`, or ending in `Id`, is a decimal id; every other one is text. */
  readonly path: P
  readonly tag: Tag
  readonly summary: string
  readonly description?: string
  /** All of these are needed; none: anybody may call it, and nobody's token is looked at. */
  readonly scopes: readonly Scope[]
  readonly query?: Q
  readonly body?: B
  /** Bytes of the body, 1 MiB when absent. */
  readonly bodyLimit?: number
  /** The body comes as this, and is not read before the call runs. */
  readonly stream?: readonly string[]
  /** Absent: no content (204), or what `media` says. */
  readonly answer?: A
  /** Content types of an answer that is not JSON of `answer`. */
  readonly media?: readonly string[]
  /** 200 when absent, 204 without an answer. */
  readonly status?: 200 | 201 | 202
  /** One thing: the answer has an `ETag`, `If-None-Match` and `If-Match` are heeded. */
  readonly tagged?: true
  /** Answers in pages; `Link` leads to the next. */
  readonly paged?: true
  /**
   * What of the vault the answer shows, which is an event of its own before the answer goes out. `nothing`: nothing that is anybody's.
   * `noted`: the call notes it itself, by `asked.note`.
   */
  readonly reads: 'nothing' | 'noted' | ((answer: z.infer<A>, asked: { readonly query: z.infer<Q>; readonly body: z.infer<B> }) => Reading)
  /** What else it may answer, beside the failures that follow from all this. */
  readonly also?: readonly Failure[]
  readonly limit?: LimitName
  /** Requests that one account may have under way: for large bodies, counted before they are read. */
  readonly atOnce?: number
  /** Takes long: other changes of the same thing do not wait for it. */
  readonly slow?: true
}

const NO_QUERY = z.strictObject({})

/** Infers what a call is made of. */
export const call = <
  const P extends string,
  Q extends z.ZodObject = typeof NO_QUERY,
  B extends z.ZodType = z.ZodUndefined,
  A extends z.ZodType = z.ZodUndefined,
>(
  it: Call<P, Q, B, A>,
): Call<P, Q, B, A> => it

/** Every failure that a call may answer with, in order. */
export function failuresOf({ path, scopes, query, body, stream, tagged, method, also = [] }: AnyCall): Failure[] {
  const found: (Failure | false)[] = [
    query !== undefined && 400,
    (body !== undefined || stream !== undefined) && 400,
    (body !== undefined || stream !== undefined) && 413,
    (body !== undefined || stream !== undefined) && 422,
    scopes.length > 0 && 401,
    scopes.length > 0 && 403,
    scopes.length > 0 && 503,
    path.includes(':') && 404,
    tagged === true && method !== 'GET' && 412,
    ...also,
  ]
  return [...new Set(found.filter((failure) => failure !== false))].sort((a, b) => a - b)
}

/** A call whose parts are not told apart: what lists of calls hold. */
export type AnyCall = Omit<Call, 'reads'> & { readonly reads: unknown }
