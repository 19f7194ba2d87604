/** Makes routes of calls: who asks and whether they may, what they send, what they get, and the note of what they saw. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { z } from 'zod'
import type { AccountRow } from '../../projections/rows.ts'
import { type SignedIn, signedIn } from '../auth.ts'
import type { ApiDeps } from '../deps.ts'
import { ApiError, notFound } from '../errors.ts'
import { isId } from '../mastodon/input.ts'
import { Turns } from '../mastodon/turns.ts'
import { allows } from '../oauth/scopes.ts'
import { type NoteDeps, noteAccess, readerOf } from './access.ts'
import type { Call, NamesIn, Reading, Scope } from './call.ts'
import { assertMatch, etagOf, isKnown } from './etag.ts'
import { checked } from './parameters.ts'

/** What a call is run with. */
export type Asked<P extends string, Q, B> = {
  readonly ids: Readonly<Record<NamesIn<P>, string>>
  readonly query: Q
  readonly body: B
  readonly request: FastifyRequest
  readonly reply: FastifyReply
  /** `Link` to the page that begins there; null: this is the last. */
  readonly next: (cursor: string | null) => void
  /** Notes what is shown, now: for calls that answer in their own way. */
  readonly note: (reading: Reading) => Promise<void>
  /** Says which version the answer shows, where something cheaper than all of it tells. True when the client has it already: then see `unchanged`. */
  readonly isKnown: (version: string) => boolean
  /** Answers that nothing has changed. */
  readonly unchanged: () => FastifyReply
  /** @throws {ApiError} 412 when the client means to change another version than this one */
  readonly expect: (version: string) => void
}

/** The same by somebody: their account, and their token. */
export type AskedBy<P extends string, Q, B> = Asked<P, Q, B> & { readonly account: AccountRow; readonly viewer: SignedIn }

type Answered<A extends z.ZodType> = A extends z.ZodUndefined ? void : z.input<A>

/** Makes the route of a call. A call with `media` answers by itself and gives its reply. */
export type Serve = <P extends string, Q extends z.ZodObject, B extends z.ZodType, A extends z.ZodType>(
  call: Call<P, Q, B, A>,
  run: (asked: AskedBy<P, z.infer<Q>, z.infer<B>>) => Promise<Answered<A> | FastifyReply>,
) => void

/** Makes the route of a call that anybody may make: whoever knows the address. */
export type ServeOpen = <P extends string, Q extends z.ZodObject, A extends z.ZodType>(
  call: Call<P, Q, z.ZodUndefined, A>,
  run: (asked: Pick<Asked<P, unknown, unknown>, 'ids' | 'reply'>) => Promise<Answered<A> | FastifyReply>,
) => void

export type ServeDeps = NoteDeps & Pick<ApiDeps, 'config'>

export function createServe(app: FastifyInstance, root: string, deps: ServeDeps): Serve {
  const turns = new Turns()
  return (call, run) => {
    const { method, path, scopes, bodyLimit, limit = 'vault', stream, atOnce, slow } = call
    const enter = atOnce === undefined ? null : createRoom(atOnce)
    app.route({
      method,
      url: `${root}${path}`,
      exposeHeadRoute: false,
      ...(bodyLimit !== undefined && { bodyLimit }),
      config: { limit, ...(stream !== undefined && { streams: true }) },
      onRequest: async (request, reply) => {
        const { account } = person(request, scopes) // before a body is read: strangers send none
        enter?.(account.id, reply)
      },
      handler: async (request, reply) => {
        const viewer = person(request, scopes)
        const asked = askedOf(deps, call, request, reply, viewer)
        const work = () => run(asked)
        const answer = await (method === 'GET' || slow === true || !/:id(?:\/|$)/.test(path)
          ? work()
          : turns.take(turnOf(path, viewer, request), work))
        if (call.media !== undefined || reply.sent) return reply
        return send(call, asked, answer)
      },
    })
  }
}

export const createServeOpen =
  (app: FastifyInstance, root: string): ServeOpen =>
  ({ method, path, media, limit = 'default' }, run) => {
    app.route({
      method,
      url: `${root}${path}`,
      exposeHeadRoute: false,
      config: { limit },
      handler: async (request, reply) => {
        const answer = await run({ ids: idsOf(path, request), reply })
        if (media !== undefined || reply.sent) return reply
        return reply.type('application/json; charset=utf-8').send(JSON.stringify(answer))
      },
    })
  }

/** Who asks, with all the scopes that it takes. @throws {ApiError} 401, 403 */
function person(request: FastifyRequest, scopes: readonly Scope[]): SignedIn {
  const viewer = signedIn(request)
  const missing = scopes.find((scope) => !allows(viewer.grant.scopes, scope))
  if (missing !== undefined) throw new ApiError(403, `This takes the scope ${missing}`, { code: 'SCOPE', scope: missing })
  return viewer
}

/** Admits so many requests of one account at a time; each leaves when it ends. */
function createRoom(most: number): (accountId: string, reply: FastifyReply) => void {
  const underWay = new Map<string, number>()
  return (accountId, reply) => {
    const others = underWay.get(accountId) ?? 0
    if (others >= most) throw new ApiError(429, 'Too many of these at once', {}, { 'retry-after': '30' })
    underWay.set(accountId, others + 1)
    reply.raw.once('close', () => {
      const left = (underWay.get(accountId) ?? 1) - 1
      if (left === 0) underWay.delete(accountId)
      else underWay.set(accountId, left)
    })
  }
}

/** Two changes of one thing wait for each other, so that `If-Match` means what it says. */
const turnOf = (path: string, { account }: SignedIn, request: FastifyRequest): string =>
  `${path.split('/', 2).join('/')} ${account.id} ${(request.params as Readonly<Record<string, string>>)['id'] ?? ''}`

function askedOf<P extends string, Q extends z.ZodObject, B extends z.ZodType, A extends z.ZodType>(
  deps: ServeDeps,
  { method, path, query, body }: Call<P, Q, B, A>,
  request: FastifyRequest,
  reply: FastifyReply,
  viewer: SignedIn,
): AskedBy<P, z.infer<Q>, z.infer<B>> {
  return {
    viewer,
    account: viewer.account,
    request,
    reply,
    ids: idsOf(path, request),
    query: (query === undefined ? {} : checked(query, { ...(request.query as object) }, 'query')) as z.infer<Q>,
    body: (body === undefined ? undefined : checked(body, request.body ?? {}, 'body')) as z.infer<B>,
    next(cursor) {
      if (cursor !== null) reply.header('link', `<${addressOf(request, deps.config.origin, cursor)}>; rel="next"`)
    },
    note: (reading) => noteAccess(deps, viewer.account.id, readerOf(viewer), { ...reading, what: `${method}:${path}` }),
    isKnown(version) {
      const etag = etagOf(version)
      reply.header('etag', etag)
      return method === 'GET' && isKnown(request.headers['if-none-match'], etag)
    },
    unchanged: () => reply.header('cache-control', REVALIDATED).code(304).send(),
    expect: (version) => assertMatch(request.headers['if-match'], etagOf(version)),
  }
}

/** @throws {ApiError} 404 for what cannot be an id */
function idsOf<P extends string>(path: P, request: FastifyRequest): Readonly<Record<NamesIn<P>, string>> {
  const params = request.params as Readonly<Record<NamesIn<P>, string>>
  for (const [name, value] of Object.entries<string>(params)) if (/^id$|Id$/.test(name) ? !isId(value) : value.includes('\0')) throw notFound()
  return params
}

/** This request's own address with another cursor. */
function addressOf(request: FastifyRequest, origin: string, cursor: string): string {
  const url = new URL(request.url, origin)
  url.searchParams.set('cursor', cursor)
  return `${origin}${url.pathname}${url.search}`
}

/** Kept by its reader alone, who asks each time whether it still is so. */
const REVALIDATED = 'private, no-cache'

/** The answer with its version, noted before it goes. What somebody has already is not shown, so it is not noted. */
async function send<P extends string, Q extends z.ZodObject, B extends z.ZodType, A extends z.ZodType>(
  call: Call<P, Q, B, A>,
  asked: AskedBy<P, z.infer<Q>, z.infer<B>>,
  answer: unknown,
): Promise<FastifyReply> {
  const { reply, viewer } = asked
  if (call.answer === undefined) return reply.code(204).send()
  const changes = call.method !== 'GET' && call.status !== 201
  if (changes && call.reads !== 'nothing' && !allows(viewer.grant.scopes, 'memory:read')) return reply.code(204).send() // may change, not read
  const body = JSON.stringify(answer)
  if (call.tagged === true) {
    if (!reply.hasHeader('etag') && asked.isKnown(body)) return asked.unchanged()
    reply.header('cache-control', REVALIDATED)
  }
  if (typeof call.reads === 'function') await asked.note(call.reads(answer as z.infer<A>, asked))
  return reply
    .code(call.status ?? 200)
    .type('application/json; charset=utf-8')
    .send(body)
}
