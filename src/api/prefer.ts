/**
 * `Prefer: receipt` on anything that writes: the answer then says where the proof of what was written is.
 *
 * @see RFC 7240
 */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { ApiDeps } from './deps.ts'
import { noting, type Written } from './written.ts'

/** Where the receipt of a commit is. */
export const receiptUrl = (origin: string, position: number): string => `${origin}/log/receipt/${position}.tlog-proof`

/** Answers `Prefer: receipt` on every route of this scope with one `Link` of relation `receipt` for each commit that was written. */
export function registerPrefer(app: FastifyInstance, { config }: Pick<ApiDeps, 'config'>): void {
  app.addHook('preHandler', (request, _reply, done) => {
    if (!prefers(request, 'receipt')) return done()
    const written: Written = new Set()
    wanted.set(request, written)
    noting(written, done)
  })
  app.addHook('onSend', async (request, reply) => {
    const written = wanted.get(request)
    if (written === undefined || written.size === 0 || reply.statusCode >= 300) return
    const links = [...written].slice(0, MOST_LINKS).map((position) => `<${receiptUrl(config.origin, position)}>; rel="receipt"`)
    const before = reply.getHeader('link')
    reply.header('link', [...(typeof before === 'string' ? [before] : []), ...links].join(', '))
    reply.header('preference-applied', 'receipt')
  })
}

/** A batch names its receipts in its own body; a header has its limits. */
const MOST_LINKS = 20
const wanted = new WeakMap<FastifyRequest, Written>()

/** Whether the client states a preference of this name. */
export const prefers = (request: FastifyRequest, name: string): boolean => preference(request, name) !== null

/** Value of a preference, empty when it has none; null when it is not stated. */
export function preference({ headers }: Pick<FastifyRequest, 'headers'>, name: string): string | null {
  const header = headers['prefer']
  if (header === undefined) return null
  for (const stated of String(header).split(',', 20)) {
    const [word = '', value = ''] = stated.split(';', 1)[0]?.split('=', 2) ?? []
    if (word.trim().toLowerCase() === name) return value.trim().replace(/^"(.*)"$/, '$1')
  }
  return null
}
