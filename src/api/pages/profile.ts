/** /@name: a person and their public posts. Programs that ask for ActivityPub are sent to the actor. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { accountByAcct } from '../../projections/read/accounts.ts'
import { accountStatuses, statusViews } from '../../projections/read/statuses.ts'
import type { AccountRow, StatusView } from '../../projections/rows.ts'
import { notFound } from '../errors.ts'
import { paramsOf, text } from '../forms.ts'
import { mediaUrl } from '../media/urls.ts'
import { avatar, displayName } from './account-parts.ts'
import { richContent, summary } from './content.ts'
import { frameFor, type PageDeps } from './frame.ts'
import { type Html, html } from './html.ts'
import { type Page, sendPage } from './layout.ts'
import { statusCard } from './status-card.ts'
import { day } from './time.ts'

const PAGE = 20

export function registerProfile(app: FastifyInstance, deps: PageDeps): void {
  app.get('/@:handle', async (request, reply) => {
    const { handle } = request.params as { handle: string }
    const [username = '', domain] = handle.split('@')
    const account = await accountByAcct(deps.pool, username, domain ?? null)
    if (account === null) throw notFound()
    if (account.domain !== null) return reply.redirect(account.url, 302)
    if (wantsActivity(request)) return reply.redirect(account.uri, 303)
    return profile(request, reply, account)
  })

  async function profile(request: FastifyRequest, reply: FastifyReply, account: AccountRow): Promise<FastifyReply> {
    const maxId = text(paramsOf(request), 'max_id')
    const [frame, ids, pinnedIds] = await Promise.all([
      frameFor(deps, request, reply),
      accountStatuses(deps.pool, account.id, { limit: PAGE, excludeReplies: true, ...(maxId !== undefined && { maxId }) }, null),
      maxId === undefined ? accountStatuses(deps.pool, account.id, { limit: 5, pinned: true }, null) : [],
    ])
    const unpinned = ids.filter((id) => !new Set<string>(pinnedIds).has(id))
    const [posts, pinned] = await Promise.all([statusViews(deps.pool, unpinned, null), statusViews(deps.pool, pinnedIds, null)])
    const older = ids.length === PAGE ? (ids.at(-1) ?? null) : null
    return sendPage(reply, {
      ...frame,
      isPublic: frame.viewer === null,
      ...profilePage({ account, posts, pinned, older, isFirst: maxId === undefined, origin: deps.config.origin }),
    })
  }
}

/** True for other servers: they ask for the thing itself, not for its page. */
export const wantsActivity = (request: FastifyRequest): boolean => /application\/(?:activity\+json|ld\+json)/i.test(request.headers.accept ?? '')

type Facts = {
  readonly account: AccountRow
  readonly posts: readonly StatusView[]
  readonly pinned: readonly StatusView[]
  readonly older: string | null
  readonly isFirst: boolean
  readonly origin: string
}

function profilePage({ account, posts, pinned, older, isFirst, origin }: Facts): Page {
  const name = account.display_name || account.username
  return {
    title: `${name} (@${account.username}@${new URL(origin).host})`,
    head: headOf(account, name, origin),
    main: html`<section class="card profile" aria-labelledby="name">
${account.header === null ? html`<div class="cover hue-${Number(BigInt(account.id) % 6n)}"></div>` : html`<img class="cover" src="${mediaUrl(origin, account.header)}" alt="">`}
<div class="who">${avatar(account, origin, 'huge')}<h1 id="name">${displayName(account)}</h1><p class="muted">@${account.username}@${new URL(origin).host}${account.bot && html` <span class="tag">Bot</span>`}${account.role === 'owner' && html` <span class="tag">Owner</span>`}</p></div>
${account.note !== '' && html`<div class="prose">${richContent(account.note, account.emojis)}</div>`}
${account.fields.length > 0 && html`<dl class="facts">${account.fields.map((field) => html`<dt>${field.name}</dt><dd class="prose${field.verifiedAt !== null && ' verified'}">${richContent(field.value, account.emojis)}</dd>`)}</dl>`}
<p class="muted small tallies"><span><b>${account.statuses_count}</b> ${account.statuses_count === 1 ? 'post' : 'posts'}</span><span><b>${account.following_count}</b> following</span><span><b>${account.followers_count}</b> ${account.followers_count === 1 ? 'follower' : 'followers'}</span><span>Here since ${day(account.created_at)}</span></p>
</section>
${pinned.length > 0 && html`<section aria-labelledby="pinned"><h2 id="pinned" class="label">Pinned</h2><div class="feed">${pinned.map((view) => statusCard(view, { origin }))}</div></section>`}
<section aria-labelledby="posts"><h2 id="posts" class="label">${isFirst ? 'Posts' : 'Older posts'}</h2>
${posts.length === 0 && pinned.length === 0 ? html`<div class="card notice"><p class="muted">No public posts${isFirst ? ' yet' : ' further back'}.</p></div>` : html`<div class="feed">${posts.map((view) => statusCard(view, { origin }))}</div>`}
${pager(account, older, isFirst)}
</section>`,
  }
}

const pager = (account: AccountRow, older: string | null, isFirst: boolean): Html =>
  html`<nav class="actions" aria-label="Pages of posts">${!isFirst && html`<a class="button secondary" href="/@${account.username}">Newest</a>`}${older !== null && html`<a class="button secondary" rel="next" href="/@${account.username}?max_id=${older}">Older posts</a>`}</nav>`

function headOf(account: AccountRow, name: string, origin: string): Html {
  const description = summary(account.note, 200) || `${name} on ${new URL(origin).host}`
  return html`<link rel="canonical" href="${account.url}"><link rel="alternate" type="application/activity+json" href="${account.uri}">
<meta name="description" content="${description}">${!account.indexable && html`<meta name="robots" content="noindex">`}
<meta property="og:type" content="profile"><meta property="og:title" content="${name}"><meta property="og:description" content="${description}"><meta property="og:url" content="${account.url}"><meta property="profile:username" content="${account.username}">${account.avatar !== null && html`<meta property="og:image" content="${mediaUrl(origin, account.avatar)}">`}`
}
