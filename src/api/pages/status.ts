/** /@name/ID: one public post in its conversation, with its place in the log. Nothing else is shown to strangers; their existence is not betrayed. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { context, statusById, statusViews } from '../../projections/read/statuses.ts'
import type { StatusView } from '../../projections/rows.ts'
import { notFound } from '../errors.ts'
import { mediaUrl } from '../media/urls.ts'
import { summary } from './content.ts'
import { frameFor, type PageDeps } from './frame.ts'
import { type Html, html } from './html.ts'
import { type Page, sendPage } from './layout.ts'
import { wantsActivity } from './profile.ts'
import { statusCard } from './status-card.ts'

export function registerStatus(app: FastifyInstance, deps: PageDeps): void {
  app.get('/@:username/:id', async (request, reply) => {
    const { username, id } = request.params as { username: string; id: string }
    const status = await statusById(deps.pool, id)
    if (status === null || !status.local || status.reblog_of_id !== null) throw notFound()
    if (wantsActivity(request)) return reply.redirect(status.uri, 303)
    return conversation(request, reply, { id: status.id, username })
  })

  async function conversation(
    request: FastifyRequest,
    reply: FastifyReply,
    { id, username }: { id: string; username: string },
  ): Promise<FastifyReply> {
    const frame = await frameFor(deps, request, reply)
    const viewerId = frame.viewer?.id ?? null
    const { ancestors, descendants } = await context(deps.pool, id, viewerId)
    const views = new Map((await statusViews(deps.pool, [...ancestors, id, ...descendants], viewerId)).map((view) => [view.status.id, view]))
    const focus = views.get(id)
    if (focus === undefined || focus.account.username.toLowerCase() !== username.toLowerCase()) throw notFound()
    const found = (ids: readonly string[]): StatusView[] => ids.flatMap((each) => views.get(each) ?? [])
    return sendPage(reply, {
      ...frame,
      isPublic: frame.viewer === null,
      ...statusPage({ focus, ancestors: found(ancestors), descendants: found(descendants), origin: deps.config.origin }),
    })
  }
}

type Facts = {
  readonly focus: StatusView
  readonly ancestors: readonly StatusView[]
  readonly descendants: readonly StatusView[]
  readonly origin: string
}

function statusPage({ focus, ancestors, descendants, origin }: Facts): Page {
  const { account, status } = focus
  const name = account.display_name || account.username
  const said = status.spoiler_text || summary(status.content, 60) || 'A post'
  return {
    title: `${name}: ${said}`,
    head: headOf(focus, name, origin),
    main: html`<h1 class="visually-hidden">Post by ${name}</h1>
${ancestors.length > 0 && html`<section class="feed thread" aria-label="Earlier in this conversation">${ancestors.map((view) => statusCard(view, { origin }))}</section>`}
${statusCard(focus, { origin, focus: true })}
${descendants.length > 0 && html`<section aria-labelledby="replies"><h2 id="replies" class="label">Replies</h2><div class="feed">${descendants.map((view) => statusCard(view, { origin }))}</div></section>`}
<p class="muted small">To reply, favourite or boost, open this post in your own app: search there for its address.</p>`,
  }
}

function headOf({ account, status }: StatusView, name: string, origin: string): Html {
  const description = status.spoiler_text || summary(status.content, 300)
  const picture = status.sensitive ? undefined : status.media.find(({ type }) => type === 'image')
  const image = picture !== undefined ? mediaUrl(origin, picture.url) : account.avatar === null ? null : mediaUrl(origin, account.avatar)
  return html`<link rel="canonical" href="${status.url}"><link rel="alternate" type="application/activity+json" href="${status.uri}">
<meta name="description" content="${description}">${!account.indexable && html`<meta name="robots" content="noindex">`}<meta name="author" content="${name}">
<meta property="og:type" content="article"><meta property="og:title" content="${name} (@${account.username}@${new URL(origin).host})"><meta property="og:description" content="${description}"><meta property="og:url" content="${status.url}"><meta property="article:published_time" content="${status.created_at.toISOString()}">${status.edited_at !== null && html`<meta property="article:modified_time" content="${status.edited_at.toISOString()}">`}
${image !== null && html`<meta property="og:image" content="${image}">`}${picture?.description != null && html`<meta property="og:image:alt" content="${picture.description}">`}<meta name="twitter:card" content="${picture === undefined ? 'summary' : 'summary_large_image'}">`
}
