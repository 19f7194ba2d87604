/** Everything federation answers over HTTP, in one encapsulated scope with its own body parser: an inbox needs the bytes that were signed. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { networkOf } from '../host/network.ts'
import { localAccount } from '../projections/read/accounts.ts'
import type { ResolverDeps } from './deps.ts'
import { type InstanceIdentity, registerIdentity } from './identity.ts'
import { createInbox, type Inbox, type InboxAnswer } from './inbox.ts'
import { Gate, Limiter, type Limits, REFUSED } from './limiter.ts'
import type { Resolver } from './resolver.ts'
import { registerDocuments } from './routes.ts'
import { signedRequest } from './serve.ts'
import { mayBeUsername } from './uris.ts'
import { registerWellKnown } from './well-known.ts'
import { MAX_BODY } from './wire/limits.ts'

export type RegisterDeps = Pick<ResolverDeps, 'pool' | 'newId' | 'now' | 'execute' | 'log'> & {
  readonly resolver: Resolver
  readonly delivery: { heardFrom(origin: string): void }
  /** Tells who this instance is; without it nobody can ask. */
  readonly identity?: () => Promise<InstanceIdentity>
  /** Null: nobody is limited, for measurements on loopback. */
  readonly limits: Limits | null
}

/** What somebody is told to wait when there is no place for another request. */
const CROWDED_MS = 5_000
const BODIES = ['application/activity+json', 'application/ld+json', 'application/json']

export async function registerFederation(app: FastifyInstance, deps: RegisterDeps): Promise<void> {
  const { pool, resolver, delivery, log, limits, now } = deps
  const { uris } = resolver
  const addresses = limits === null ? null : new Limiter(limits.address, now)
  const limiter = limits === null ? null : new Limiter(limits.origin, now)
  const gate = limits === null ? null : new Gate(limits.atOnce)
  const inbox = createInbox({ ...deps, limiter, heardFrom: (origin) => delivery.heardFrom(origin) })
  await app.register(async (scope) => {
    scope.addHook('onRequest', (request, reply, next) => {
      const waitMs = addresses?.take(networkOf(request.ip)) ?? 0
      if (waitMs > 0) later(reply, { status: 429, reason: 'too many requests', waitMs })
      else next()
    })
    registerWellKnown(scope, { pool, uris })
    if (deps.identity !== undefined) registerIdentity(scope, deps.identity)
    registerDocuments(scope, deps)
    await scope.register(async (inner) => registerInboxes(inner, inbox))
  })

  function registerInboxes(scope: FastifyInstance, take: Inbox): void {
    scope.removeAllContentTypeParsers()
    scope.addHook('onRequest', (request, reply, next) => {
      const network = networkOf(request.ip)
      if (gate === null) next()
      else if (gate.enter(network)) {
        reply.raw.once('close', () => gate.leave(network))
        next()
      } else later(reply, { status: 503, reason: 'too many requests at once', waitMs: CROWDED_MS })
    })
    scope.addContentTypeParser(BODIES, { parseAs: 'buffer', bodyLimit: MAX_BODY }, (_request, body, done) => done(null, body))
    scope.setErrorHandler(async (error: Error & { statusCode?: number }, request, reply) => {
      const status = statusOf(error)
      if (status !== 500) addresses?.charge(networkOf(request.ip), REFUSED)
      if (status === 500) log('error', 'an inbox request failed', { error: String(error), url: request.url })
      return await reply.code(status).send({ error: status === 500 ? 'This went wrong on our side' : error.message })
    })

    scope.post('/inbox', async (request, reply) => post(request, reply, null))
    scope.post<{ Params: { username: string } }>('/users/:username/inbox', async (request, reply) => {
      const { username } = request.params
      const account = mayBeUsername(username) ? ((await resolver.actors.known(uris.actor(username))) ?? (await localAccount(pool, username))) : null
      if (account === null) return await reply.code(404).send({ error: 'Nobody here has that name' })
      return await post(request, reply, account.username)
    })

    async function post(request: FastifyRequest, reply: FastifyReply, recipient: string | null) {
      const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
      const answer = await take({ ...signedRequest(request, uris.origin), body, received: received(request, body), recipient })
      const { status, reason } = answer
      if (status === 202) return await reply.code(202).send()
      log('debug', 'an inbox request was refused', { status, reason, url: request.url })
      if (status < 429) addresses?.charge(networkOf(request.ip), REFUSED)
      return await later(reply, answer)
    }
  }
}

/** A refusal, and when to come again if that may help. */
const later = (reply: FastifyReply, { status, reason, waitMs }: InboxAnswer): FastifyReply =>
  reply
    .code(status)
    .headers(waitMs === undefined ? {} : { 'retry-after': String(Math.ceil(waitMs / 1_000)) })
    .send({ error: reason })

/** 413 for a body beyond the limit; what Fastify could not read is the sender's mistake. */
function statusOf({ statusCode = 500 }: { readonly statusCode?: number }): number {
  if (statusCode === 413) return 413
  return statusCode >= 400 && statusCode < 500 ? 400 : 500
}

/** The request as it came, byte for byte but for the line ends between headers. */
function received({ raw }: FastifyRequest, body: Buffer): Uint8Array {
  const lines = [`${raw.method} ${raw.url} HTTP/${raw.httpVersion}`]
  for (let i = 0; i + 1 < raw.rawHeaders.length; i += 2) lines.push(`${raw.rawHeaders[i]}: ${raw.rawHeaders[i + 1]}`)
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), body])
}
