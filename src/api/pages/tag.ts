/** /tags/NAME: the newest public posts with a hashtag, as known here. Links in posts lead here. */
import type { FastifyInstance } from 'fastify'
import { statusViews } from '../../projections/read/statuses.ts'
import { tagTimeline } from '../../projections/read/timelines.ts'
import type { StatusView } from '../../projections/rows.ts'
import { paramsOf, text } from '../forms.ts'
import { frameFor, type PageDeps } from './frame.ts'
import { html } from './html.ts'
import { type Page, sendPage } from './layout.ts'
import { feed } from './status-card.ts'

const PAGE = 20

export function registerTag(app: FastifyInstance, deps: PageDeps): void {
  app.get('/tags/:name', async (request, reply) => {
    const { name } = request.params as { name: string }
    const maxId = text(paramsOf(request), 'max_id')
    const frame = await frameFor(deps, request, reply)
    const ids = await tagTimeline(deps.pool, name, { limit: PAGE, ...(maxId !== undefined && { maxId }) }, null)
    const posts = await statusViews(deps.pool, ids, null)
    const older = ids.length === PAGE ? (ids.at(-1) ?? null) : null
    return sendPage(reply, { ...frame, ...tagPage(name, posts, older, deps.config.origin) })
  })
}

function tagPage(name: string, posts: readonly StatusView[], older: string | null, origin: string): Page {
  const next = `/tags/${encodeURIComponent(name)}?max_id=${older ?? ''}`
  return {
    title: `#${name}`,
    main: html`<h1>#${name}</h1>
${posts.length === 0 ? html`<div class="card notice"><p class="muted">No public posts with this tag are known here.</p></div>` : feed(posts, origin)}
${older !== null && html`<nav aria-label="Pages of posts"><a class="button secondary" rel="next" href="${next}">Older posts</a></nav>`}`,
  }
}
