/**
 * The HTTP edge: one Fastify with everything registered. Scopes are encapsulated:
 *
 *   root        headers, CORS, set-up gate, errors, health
 *   ├ api       bodies as JSON, form or multipart; tokens; limits: /api, /oauth/token …
 *   ├ pages     cookies, forms, HTML: /, /@name, /auth, /oauth/authorize, /settings, /setup
 *   ├ log       the public log for auditors
 *   └ register  what the composition root adds (federation), with its own parsers
 */
import { randomUUID } from 'node:crypto'
import helmet from '@fastify/helmet'
import Fastify, { type FastifyInstance, type FastifyServerOptions, LogController } from 'fastify'
import type { LogFn, Logger } from 'pino'
import { answerError, registerAnswers } from './answers.ts'
import { createIdentify } from './auth.ts'
import { BODY_LIMIT, registerBodies } from './bodies.ts'
import { LONGEST_REQUEST_MS, registerBodyTime } from './body-time.ts'
import { registerCors } from './cors.ts'
import type { ApiDeps } from './deps.ts'
import { registerDocs } from './docs.ts'
import { notFound, unavailable } from './errors.ts'
import { parseForm } from './forms.ts'
import { createLimit, type LimitName } from './limits.ts'
import { registerLog } from './log/register.ts'
import { registerApps } from './mastodon/apps.ts'
import { registerInstance } from './mastodon/instance.ts'
import { registerMastodon } from './mastodon/register.ts'
import { registerMcp } from './mcp/register.ts'
import { registerMetrics } from './metrics.ts'
import { registerRegistration } from './oauth/registration.ts'
import { createAuthorizationServer } from './oauth/server.ts'
import { registerTokens } from './oauth/tokens.ts'
import { registerPages } from './pages/register.ts'
import { registerPrefer } from './prefer.ts'
import { remembered } from './remembered.ts'
import { registerSetUpGate } from './set-up-gate.ts'
import { registerVivim } from './vivim/register.ts'

/** Whether the database answers may be known from so long ago: strangers ask, too. */
const READY_MS = 1_000

export type ServerOptions = {
  /** Adds routes in a scope of its own, without our content-type parsers. */
  readonly register?: (app: FastifyInstance) => Promise<void> | void
}

/** The server, ready to `listen` or `inject`. `close` ends open streams and waits for answers under way. */
export async function buildServer(deps: ApiDeps, { register }: ServerOptions = {}): Promise<FastifyInstance> {
  const app = Fastify({ ...fastifyOptions(deps), http: { headersTimeout: 20_000 } })
  app.decorateRequest('viewer', null)
  app.decorate('plainHttp', deps.config.origin.startsWith('http:'))
  registerAnswers(app)
  registerBodyTime(app)
  await registerHeaders(app, deps)
  await registerCors(app)
  registerSetUpGate(app, deps)
  registerHealth(app, deps)
  registerMetrics(app, deps)

  const authorizationServer = createAuthorizationServer(deps)
  await app.register(async (api) => {
    await registerBodies(api)
    registerAccess(api, deps)
    registerPrefer(api, deps)
    registerApps(api, deps)
    registerTokens(api, { ...deps, authorizationServer })
    registerRegistration(api, deps)
    registerInstance(api, deps)
    registerVivim(api, deps)
    await registerMcp(api, deps)
    registerDocs(api, deps)
    await registerMastodon(api, deps)
  })
  await app.register(async (pages) => {
    registerLimit(pages, deps, 'page')
    await registerPages(pages, { ...deps, authorizationServer })
  })
  await app.register(async (log) => {
    registerLimit(log, deps, 'log')
    registerLog(log, deps.ledger)
  })
  if (register !== undefined) await app.register(async (scope) => register(scope))
  await app.ready()
  return app
}

/** What no answer goes without, even where the router fails before any hook could run. */
const BARE = { 'access-control-allow-origin': '*', 'x-content-type-options': 'nosniff' } as const

function fastifyOptions({ config }: ApiDeps): FastifyServerOptions {
  return {
    logger: {
      level: config.logLevel,
      redact: ['req.headers.authorization', 'req.headers.cookie'],
      serializers: { req: ({ method, url, ip }) => ({ method, url: hideSecrets(url), ip }) },
      hooks: { logMethod: skipGreeting },
    },
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => randomUUID(),
    trustProxy: config.trustedProxies.length === 0 ? false : [...config.trustedProxies],
    bodyLimit: BODY_LIMIT,
    requestTimeout: LONGEST_REQUEST_MS,
    forceCloseConnections: 'idle',
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 500, querystringParser: parseQuery },
    frameworkErrors: (error, request, reply) => void answerError(error, request, reply.headers(BARE)),
  }
}

/** Fastify announces the sockets it listens on. Whoever starts an instance greets in its own words, with the address that names it. */
function skipGreeting(this: Logger, words: Parameters<LogFn>, write: LogFn): void {
  if (typeof words[0] !== 'string' || !words[0].startsWith('Server listening at ')) write.apply(this, words)
}

/** Runs inside the router, where nothing may throw: a query we would refuse counts as none. */
function parseQuery(query: string): Record<string, unknown> {
  try {
    return parseForm(query) as Record<string, unknown>
  } catch {
    return {}
  }
}

/** Secrets that travel in a query (streams, OAuth, set-up) must not reach the log. */
const hideSecrets = (url: string): string => url.replace(/([?&](?:access_token|code|token|client_secret)=)[^&]*/g, '$1…')

async function registerHeaders(app: FastifyInstance, { config }: ApiDeps): Promise<void> {
  const https = config.origin.startsWith('https:')
  await app.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] } }, // pages set their own
    crossOriginOpenerPolicy: false, // web clients open /oauth/authorize in a window and wait for it
    crossOriginResourcePolicy: { policy: 'cross-origin' },
    originAgentCluster: false,
    referrerPolicy: { policy: 'same-origin' },
    strictTransportSecurity: https && { maxAge: 63_072_000, includeSubDomains: false },
    xFrameOptions: { action: 'deny' },
  })
  app.addHook('onRequest', async (request, reply) => {
    reply.header('X-Request-Id', request.id)
    if (/%00/.test(request.url)) throw notFound()
  })
  app.addHook('onResponse', async (request, reply) => {
    const fields = { req: request.raw.url === undefined ? undefined : request, status: reply.statusCode, ms: Math.round(reply.elapsedTime) }
    request.log[reply.statusCode >= 500 && reply.statusCode !== 503 ? 'warn' : 'debug'](fields, 'answered')
  })
}

/** Who is asking, then whether they ask too often. A bad token counts against its network before it is refused. */
function registerAccess(app: FastifyInstance, deps: ApiDeps): void {
  const identify = createIdentify(app, deps)
  const limit = createLimit(deps)
  app.addHook('onRequest', async (request, reply) => {
    reply.header('cache-control', 'private, no-store') // what a token shows is for its holder; files and documents say otherwise
    try {
      await identify(request)
    } finally {
      limit(request, reply)
    }
  })
}

/** For scopes without tokens: everybody is counted by network. */
function registerLimit(app: FastifyInstance, deps: ApiDeps, usual: LimitName): void {
  const limit = createLimit(deps, usual)
  app.addHook('onRequest', async (request, reply) => limit(request, reply))
}

function registerHealth(app: FastifyInstance, { pool, now }: Pick<ApiDeps, 'pool' | 'now'>): void {
  const ready = remembered(READY_MS, now, () => pool.query('select 1'))
  app.get('/healthz', async (_request, reply) => reply.type('text/plain').send('ok'))
  app.get('/readyz', async (_request, reply) => {
    await ready().catch(() => {
      throw unavailable('The database does not answer')
    })
    return reply.type('text/plain').send('ok')
  })
}
