/** /@name: a person and their public posts. Programs that ask for ActivityPub are sent to the actor. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { ProfileField } from '../../events/catalogue.ts'
import { accountByAcct } from '../../projections/read/accounts.ts'
import { accountStatuses, statusViews } from '../../projections/read/statuses.ts'
import type { AccountRow, StatusView } from '../../projections/rows.ts'
import { notFound } from '../errors.ts'
import { paramsOf, text } from '../forms.ts'
import { mediaUrl } from '../media/urls.ts'
import { avatar, displayName, handle, hueOf } from './account-parts.ts'
import { plainContent, richContent, summary } from './content.ts'
import { frameFor, type PageDeps } from './frame.ts'
import { preview } from './head.ts'
import { type Html, href, html } from './html.ts'
import { type Page, sendPage } from './layout.ts'
import { amount } from './numbers.ts'
import { feed } from './status-card.ts'
import { day } from './time.ts'

const PAGE = 20

export function registerProfile(app: FastifyInstance, deps: PageDeps): void {
  app.get('/@:handle', async (request, reply) => {
    const { handle: asked } = request.params as { handle: string }
    const [username = '', domain] = asked.split('@')
    const account = await accountByAcct(deps.pool, username, domain ?? null)
    if (account === null) throw notFound()
    if (account.domain !== null) return sendPage(reply, { ...(await frameFor(deps, request, reply)), ...elsewherePage(account, deps.config.origin) })
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

/** Somebody of another server. Where their server says their profile is may be anywhere: nobody is sent there without knowing. */
function elsewherePage(account: AccountRow, origin: string): Page {
  const address = href(account.url)
  return {
    title: `${account.display_name || account.username} (${handle(account)})`,
    width: 'form',
    main: html`<div class="card stack">
<div class="chip">${avatar(account, origin, 'large')}<h1>${displayName(account)}<br><span class="muted small">${handle(account)}</span></h1></div>
<p>This profile lives on another server.</p>
<p><a class="button secondary" href="${address}" rel="noopener noreferrer nofollow">Open <b>${URL.canParse(address) ? new URL(address).host : account.domain}</b></a></p>
</div>`,
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
    main: html`${card(account, origin)}
${pinned.length > 0 && html`<section aria-labelledby="pinned"><h2 id="pinned" class="label">Pinned</h2>${feed(pinned, origin)}</section>`}
<section aria-labelledby="posts"><h2 id="posts" class="label">${isFirst ? 'Posts' : 'Older posts'}</h2>
${posts.length === 0 && pinned.length === 0 ? nothing(isFirst) : feed(posts, origin)}
${pager(account, older, isFirst)}
</section>`,
  }
}

function card(account: AccountRow, origin: string): Html {
  const cover = html`<div class="cover ${hueOf(account)}"></div>`
  const count = (number: number, one: string, many = one): Html => html`<span><b>${amount(number)}</b> ${number === 1 ? one : many}</span>`
  return html`<section class="card profile" aria-labelledby="name">
${account.header === null ? cover : html`<img class="cover" src="${mediaUrl(origin, account.header)}" alt="">`}
<div class="who">
${avatar(account, origin, 'huge')}
<h1 id="name">${displayName(account)}</h1>
<p class="muted">@${account.username}@${new URL(origin).host} ${account.bot && tag('Bot')} ${account.role === 'owner' && tag('Owner')}</p>
</div>
${account.note !== '' && html`<div class="prose">${richContent(account.note, account.emojis)}</div>`}
${account.fields.length > 0 && html`<dl class="facts">${account.fields.map((field) => profileField(field, account))}</dl>`}
<p class="muted small tallies">
${count(account.statuses_count, 'post', 'posts')}
${count(account.following_count, 'following')}
${count(account.followers_count, 'follower', 'followers')}
<span>Here since ${day(account.created_at)}</span>
</p>
</section>`
}

const tag = (text: string): Html => html`<span class="tag">${text}</span>`

const profileField = ({ name, value, verifiedAt }: ProfileField, { emojis }: AccountRow): Html =>
  html`<dt>${plainContent(name, emojis)}</dt><dd class="prose${verifiedAt !== null && ' verified'}">${richContent(value, emojis)}</dd>`

const nothing = (isFirst: boolean): Html =>
  html`<div class="card notice"><p class="muted">No public posts${isFirst ? ' yet' : ' further back'}.</p></div>`

function pager({ username }: AccountRow, older: string | null, isFirst: boolean): Html | false {
  const newest = !isFirst && html`<a class="button secondary" href="/@${username}">Newest</a>`
  const next = older !== null && html`<a class="button secondary" rel="next" href="/@${username}?max_id=${older}">Older posts</a>`
  return (newest || next) && html`<nav class="actions" aria-label="Pages of posts">${newest}${next}</nav>`
}

function headOf(account: AccountRow, title: string, origin: string): Html {
  return preview({
    type: 'profile',
    title,
    description: summary(account.note, 200) || `${title} on ${new URL(origin).host}`,
    url: account.url,
    activity: account.uri,
    image: account.avatar === null ? null : mediaUrl(origin, account.avatar),
    indexable: account.indexable,
    properties: { 'profile:username': account.username },
  })
}
