/**
 * `/mcp`: the MCP server over Streamable HTTP, for assistants that their person let in by OAuth. Without a token the answer says where to get one.
 *
 * @see https://modelcontextprotocol.io/specification/2025-11-25/basic/authorization, RFC 6750, RFC 9728
 */
import { Readable } from 'node:stream'
import type { AuthInfo } from '@modelcontextprotocol/server'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Caller } from '../../assistants/mcp/caller.ts'
import { createMcpHttp } from '../../assistants/mcp/http.ts'
import { createMcpServer } from '../../assistants/mcp/server.ts'
import { answerError } from '../answers.ts'
import { type SignedIn, signedIn } from '../auth.ts'
import type { ApiDeps } from '../deps.ts'
import { ApiError, forbidden, toApiError } from '../errors.ts'
import { MCP_METADATA_PATH, MCP_PATH, MCP_SCOPES } from '../oauth/resource.ts'
import { allows } from '../oauth/scopes.ts'
import { VERSION } from '../version.ts'
import { mcpDeps } from './deps.ts'

const LIMIT = { config: { limit: 'vault' } } as const

export async function registerMcp(api: FastifyInstance, deps: ApiDeps): Promise<void> {
  const { origin } = deps.config
  const mcp = createMcpHttp({ newServer: (caller) => createMcpServer(mcpDeps(deps), caller, VERSION), log: deps.log })
  const stop = deps.projections.onChanges((changes) => {
    for (const change of changes) if (change.kind === 'grant.revoked') mcp.end(change.grantId)
  })
  const metadata = `${origin}${MCP_METADATA_PATH}`

  await api.register(async (scope) => {
    scope.addHook('preClose', async () => {
      stop()
      await mcp.close()
    })
    scope.setErrorHandler((error, request, reply) => answerError(challenged(error, request, metadata), request, reply))
    scope.addHook('onRequest', async (request) => {
      const viewer = signedIn(request)
      if (!allows(viewer.grant.scopes, 'memory:read')) throw insufficient(metadata)
      assertOrigin(request, viewer, origin)
    })
    scope.route({
      method: ['GET', 'POST', 'DELETE'],
      url: MCP_PATH,
      exposeHeadRoute: false,
      ...LIMIT,
      async handler(request, reply) {
        const viewer = signedIn(request)
        const response = await mcp.handle({
          request: requestOf(request, reply, `${origin}${MCP_PATH}`),
          body: request.method === 'POST' ? request.body : undefined,
          caller: callerOf(viewer),
          auth: authOf(viewer, metadata),
        })
        return send(reply, response)
      },
    })
  })
}

const callerOf = ({ account, app, grant }: SignedIn): Caller => ({
  accountId: account.id,
  app: app === null ? null : { id: app.id, name: app.name },
  grantId: grant.id,
})

/** What the SDK knows of the caller: enough to ask for a scope that is missing. */
const authOf = ({ app, grant }: SignedIn, resourceMetadataUrl: string): AuthInfo => ({
  token: '',
  clientId: app?.client_id ?? '',
  scopes: MCP_SCOPES.filter((scope) => allows(grant.scopes, scope)),
  resourceMetadataUrl,
})

/** 401 and 403 that lead to a token that would do. */
function challenged(error: unknown, request: FastifyRequest, metadata: string): unknown {
  const answer = toApiError(error)
  if (answer.status !== 401) return error
  const invalid = request.headers.authorization === undefined ? '' : 'error="invalid_token", '
  const challenge = `Bearer ${invalid}resource_metadata="${metadata}", scope="${MCP_SCOPES.join(' ')}"`
  return new ApiError(401, answer.message, answer.details, { 'www-authenticate': challenge })
}

const insufficient = (metadata: string): ApiError =>
  new ApiError(
    403,
    'insufficient_scope',
    {},
    {
      'www-authenticate': `Bearer error="insufficient_scope", scope="${MCP_SCOPES.join(' ')}", resource_metadata="${metadata}"`,
    },
  )

/**
 * Browsers say which page asks. Pages of this instance and of the person's own machine may, and those that the application registered for itself:
 * a page that got hold of a token, or of a name that leads here, may not. @see MCP, Streamable HTTP, security warning
 */
function assertOrigin({ headers }: FastifyRequest, { app }: SignedIn, own: string): void {
  const { origin } = headers
  if (origin === undefined || origin === own || /^http:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?$/.test(origin)) return
  const registered = (app?.redirect_uris ?? []).some((uri) => /^https?:/i.test(uri) && new URL(uri).origin === origin)
  if (!registered) throw forbidden('This page may not use this endpoint')
}

/** The request as the SDK wants it; its body was parsed already. Ends when its client goes away. */
function requestOf({ method, headers }: FastifyRequest, reply: FastifyReply, url: string): Request {
  const gone = new AbortController()
  reply.raw.once('close', () => gone.abort())
  const given = Object.entries(headers).flatMap(([name, value]) =>
    value === undefined || name.startsWith(':') || name === 'authorization'
      ? []
      : [[name, Array.isArray(value) ? value.join(', ') : value] as [string, string]],
  )
  return new Request(url, { method, headers: given, signal: gone.signal })
}

function send(reply: FastifyReply, { status, headers, body }: Response): FastifyReply {
  reply.code(status).headers(Object.fromEntries(headers))
  if (body === null) return reply.send()
  if (headers.get('content-type')?.startsWith('text/event-stream') !== true) return reply.send(Readable.from(body))
  return reply.header('x-accel-buffering', 'no').send(Readable.from(opened(body))) // proxies pass it on as it is written
}

/** A stream of events that begins at once: its headers wait for its first bytes. */
async function* opened(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield Buffer.from(':\n\n')
  yield* body
}
