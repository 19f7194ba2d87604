/** /audit: anybody checks an entry, an account or a range in their own browser. The only page with scripts, and they come from this origin alone. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { FastifyInstance } from 'fastify'
import { createActorOf } from '../../vivim/identities.ts'
import { answerReceipt } from '../../vivim/receipts.ts'
import { frameFor, type PageDeps } from '../frame.ts'
import { preview } from '../head.ts'
import { html } from '../html.ts'
import { sendPage } from '../layout.ts'
import { auditMain } from './page.ts'
import { MAIN_SCRIPT, SCRIPTS } from './scripts.ts'

const CSS = readFileSync(new URL('audit.css', import.meta.url))
const CSS_PATH = `/assets/audit-${createHash('sha256').update(CSS).digest('base64url').slice(0, 12)}.css`
const FREE = { config: { limit: 'none' } } as const
const FOREVER = 'public, max-age=31536000, immutable'
const DESCRIPTION = 'Check entries of this log in your own browser: hashes, proofs, signatures.'

export function registerAudit(app: FastifyInstance, deps: PageDeps): void {
  const receiptDeps = { ...deps, actorOf: createActorOf(deps.ledger) }
  app.get(CSS_PATH, FREE, async (_request, reply) => reply.type('text/css; charset=utf-8').header('cache-control', FOREVER).send(CSS))
  for (const { path, text } of SCRIPTS)
    app.get(path, FREE, async (_request, reply) => reply.type('text/javascript; charset=utf-8').header('cache-control', FOREVER).send(text))

  /** As `/log/receipt/…`, for whoever is signed in here: authors see their own entries opened. Other origins cannot read what cookies open. */
  app.get('/audit/receipt/:name', async (request, reply) => {
    const visitor = await deps.sessions.visitor(request)
    return answerReceipt(reply, receiptDeps, request, visitor === null ? null : { account: visitor.account, scopes: ['read', 'memory:read'] })
  })

  app.get('/audit', async (request, reply) => {
    const { ledger, config } = deps
    const { entry } = request.query as Readonly<Record<string, unknown>>
    const frame = await frameFor(deps, request, reply)
    const facts = { logOrigin: ledger.logOrigin, verifierKey: ledger.verifierKey, size: ledger.checkpoint().size, origin: config.origin }
    return sendPage(reply, {
      ...frame,
      isPublic: frame.viewer === null,
      scripts: true,
      title: 'Check this log',
      head: html`${preview({ type: 'website', title: 'Check this log', description: DESCRIPTION, url: `${config.origin}/audit` })}
<link rel="stylesheet" href="${CSS_PATH}"><script type="module" src="${MAIN_SCRIPT}"></script>`,
      main: auditMain({ ...facts, entry: typeof entry === 'string' ? entry.slice(0, 200) : '' }),
    })
  })
}
