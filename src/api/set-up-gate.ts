/** Before an owner exists there is nothing to serve: people are led to the set-up page, clients and other servers get 503. */
import type { FastifyInstance } from 'fastify'
import { isSetUp } from '../projections/read/access.ts'
import { wantsPage } from './answers.ts'
import type { ApiDeps } from './deps.ts'
import { notSetUp } from './errors.ts'

/** What answers on a new instance too: the set-up page, health, what this is, and its short log. */
const ALWAYS = [
  /^\/(?:setup|healthz|readyz)?$/,
  /^\/(?:assets|log|witness|nodeinfo|api\/docs)(?:\/|$)/,
  /^\/api\/(?:v1|v2|vivim\/v1)\/instance$/,
  /^\/\.well-known\/(?:oauth-authorization-server|oauth-protected-resource(?:\/mcp)?|nodeinfo|did\.json|vivim)$/,
]

export function registerSetUpGate(app: FastifyInstance, deps: Pick<ApiDeps, 'pool' | 'setupToken'>): void {
  const isDone = setUpState(deps)
  app.addHook('onRequest', async (request, reply) => {
    if ((await isDone()) || request.method === 'OPTIONS') return undefined
    const path = request.url.replace(/\/?(?:\?.*)?$/, '')
    if (ALWAYS.some((allowed) => allowed.test(path === '' ? '/' : path))) return undefined
    if (wantsPage(request)) return reply.redirect('/setup', 303)
    throw notSetUp()
  })
}

/** Whether the instance has an owner. Asks the database until it does, then never again. */
export function setUpState(deps: Pick<ApiDeps, 'pool' | 'setupToken'>): () => Promise<boolean> {
  let done = false
  return async () => (done ||= deps.setupToken() === null || (await isSetUp(deps.pool)))
}
