/** Files that the pages use: small, read once, named by their content so that browsers may keep them for ever. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { FastifyInstance } from 'fastify'

type Asset = { readonly path: string; readonly type: string; readonly bytes: Buffer }

function asset(file: string, type: string): Asset {
  const bytes = readFileSync(new URL(`assets/${file}`, import.meta.url))
  const digest = createHash('sha256').update(bytes).digest('base64url').slice(0, 12)
  return { path: `/assets/${file.replace(/(\.\w+)$/, `-${digest}$1`)}`, type, bytes }
}

export const STYLESHEET = asset('vivim.css', 'text/css; charset=utf-8')
export const ICON = asset('vivim.svg', 'image/svg+xml')

/** Not counted against anybody: browsers ask for these along with a page. */
const FREE = { config: { limit: 'none' } } as const

export function registerAssets(app: FastifyInstance): void {
  for (const { path, type, bytes } of [STYLESHEET, ICON]) {
    app.get(path, FREE, async (_request, reply) => reply.type(type).header('cache-control', 'public, max-age=31536000, immutable').send(bytes))
  }
  app.get('/favicon.ico', FREE, async (_request, reply) => reply.redirect(ICON.path, 302))
  app.get('/robots.txt', FREE, async (_request, reply) =>
    reply.type('text/plain').send('User-agent: *\nDisallow: /api/\nDisallow: /auth/\nDisallow: /oauth/\nDisallow: /settings/\n'),
  )
}
