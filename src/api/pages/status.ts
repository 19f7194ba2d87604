/** /@name/ID: one public post in its conversation, with its place in the log. Nothing else is shown to strangers; their existence is not betrayed. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { localAccount } from '../../projections/read/accounts.ts'
import { context, statusById, statusViews } from '../../projections/read/statuses.ts'
import type { StatusView } from '../../projections/rows.ts'
import { notFound } from '../errors.ts'
import { mediaUrl } from '../media/urls.ts'
import { summary } from './content.ts'
import { frameFor, type PageDeps } from './frame.ts'
import { preview } from './head.ts'
import { type Html, html } from './html.ts'
import { type Page, sendPage } from './layout.ts'
import { wantsActivity } from './profile.ts'
import { feed, statusCard } from './status-card.ts'

export function registerStatus(app: FastifyInstance, deps: PageDeps): void {
  app.get('/@:username/:id', async (request, reply) => {
    const { username, id } = request.params as { username: string; id: string }
    if (wantsActivity(request)) return toObject(reply, username, id)
    const status = await statusById(deps.pool, id)
    if (status === null || !status.local || status.reblog_of_id !== null) throw notFound()
    return conversation(request, reply, { id: status.id, username })
  })

  /** Programs are sent on without a look: the object's own address knows who may have it, and an answer here would tell that it exists. */
  async function toObject(reply: FastifyReply, username: string, id: string): Promise<FastifyReply> {
    const account = await localAccount(deps.pool, username)
    if (account === null || !/^\d{1,20}$/.test(id)) throw notFound()
    return reply.redirect(`${account.uri}/statuses/${id}`, 303)
  }

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
${ancestors.length > 0 && html`<section aria-label="Earlier in this conversation">${feed(ancestors, origin)}</section>`}
${statusCard(focus, { origin, focus: true })}
${descendants.length > 0 && html`<section aria-labelledby="re"><h2 id="re" class="label">Replies</h2>${feed(descendants, origin)}</section>`}
<p class="muted small">To reply, favourite or boost, open this post in your own app: search there for its address.</p>`,
  }
}

function headOf({ account, status }: StatusView, name: string, origin: string): Html {
  const picture = status.sensitive ? undefined : status.media.find(({ type }) => type === 'image')
  const image = picture?.url ?? account.avatar
  return preview({
    type: 'article',
    title: `${name} (@${account.username}@${new URL(origin).host})`,
    description: status.spoiler_text || summary(status.content, 300),
    url: status.url,
    activity: status.uri,
    image: image === null ? null : mediaUrl(origin, image),
    imageDescription: picture?.description ?? null,
    indexable: account.indexable,
    properties: {
      'article:author': name,
      'article:published_time': status.created_at.toISOString(),
      'article:modified_time': status.edited_at?.toISOString() ?? null,
      'twitter:card': picture === undefined ? 'summary' : 'summary_large_image',
    },
  })
}
