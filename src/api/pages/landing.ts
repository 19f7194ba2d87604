/** The front page: what this place is, who lives here, how to join in with an app, and how to check it. */
import type { FastifyInstance } from 'fastify'
import { instance } from '../../projections/read/access.ts'
import { accountById } from '../../projections/read/accounts.ts'
import { type InstanceStats, instanceStats } from '../../projections/read/stats.ts'
import { statusViews } from '../../projections/read/statuses.ts'
import { publicTimeline } from '../../projections/read/timelines.ts'
import type { AccountRow, InstanceRow, StatusView } from '../../projections/rows.ts'
import { remembered } from '../remembered.ts'
import { setUpState } from '../set-up-gate.ts'
import { hostCard } from './account-parts.ts'
import { frameFor, type PageDeps } from './frame.ts'
import { preview } from './head.ts'
import { type Html, html } from './html.ts'
import { type Page, sendPage } from './layout.ts'
import { amount } from './numbers.ts'
import { feed } from './status-card.ts'

const POSTS = 5
/** Counts may be this old. */
const STATS_MS = 10_000

export function registerLanding(app: FastifyInstance, deps: PageDeps): void {
  const isDone = setUpState(deps)
  const statsNow = remembered(STATS_MS, deps.now, () => instanceStats(deps.pool))

  app.get('/', async (request, reply) => {
    if (!(await isDone())) return reply.redirect('/setup', 303)
    const [frame, row, stats, ids] = await Promise.all([
      frameFor(deps, request, reply),
      instance(deps.pool),
      statsNow(),
      publicTimeline(deps.pool, { limit: POSTS, local: true }, null),
    ])
    const [contact, posts] = await Promise.all([
      row?.contact_account_id == null ? null : accountById(deps.pool, row.contact_account_id),
      statusViews(deps.pool, ids, null),
    ])
    const { size, root } = deps.ledger.head()
    const log = { size, root: Buffer.from(root).toString('hex'), origin: deps.ledger.logOrigin }
    return sendPage(reply, {
      ...frame,
      isPublic: frame.viewer === null,
      ...landingPage({ row, stats, contact, posts, log, viewer: frame.viewer, origin: deps.config.origin }),
    })
  })
}

type Facts = {
  readonly row: InstanceRow | null
  readonly stats: InstanceStats
  readonly contact: AccountRow | null
  readonly posts: readonly StatusView[]
  readonly log: { readonly size: number; readonly root: string; readonly origin: string }
  readonly viewer: AccountRow | null
  readonly origin: string
}

export const DEFAULT_DESCRIPTION = 'A home on the Fediverse where everything that happens is kept in a signed log that anyone can check.'

function landingPage({ row, stats, contact, posts, log, viewer, origin }: Facts): Page {
  const site = row?.title ?? 'VIVIM'
  const { host } = new URL(origin)
  const description = row?.description || DEFAULT_DESCRIPTION
  return {
    title: site,
    site,
    head: preview({ type: 'website', title: site, description, url: `${origin}/` }),
    main: html`<section class="hero" aria-labelledby="title">
<p class="eyebrow">${host}</p>
<h1 id="title">${site}</h1>
<p class="lead">${description}</p>
<p class="actions">${wayIn(viewer)}<a class="button secondary" href="#apps">Use an app</a></p>
<dl class="figures">
<div><dt>${stats.users === 1 ? 'person' : 'people'}</dt><dd>${amount(stats.users)}</dd></div>
<div><dt>${stats.statuses === 1 ? 'post' : 'posts'}</dt><dd>${amount(stats.statuses)}</dd></div>
<div><dt>${stats.domains === 1 ? 'server known' : 'servers known'}</dt><dd>${amount(stats.domains)}</dd></div>
<div><dt>log entries</dt><dd>${amount(log.size)}</dd></div>
</dl>
</section>
${contact !== null && hostCard(contact, origin)}
<section class="card" id="apps" aria-labelledby="apps-title">
<h2 id="apps-title">Use it from any Mastodon app</h2>
<ol class="numbered">
<li>Take the app you like: <a href="https://joinmastodon.org/apps" rel="noopener noreferrer">Ice Cubes, Tusky, Phanpy, Elk</a> or another.</li>
<li>Enter <b class="copy">${host}</b> as your server.</li>
<li>Sign in here and allow the app. That is all.</li>
</ol>
</section>
<section class="card" aria-labelledby="log-title">
<h2 id="log-title">Check it yourself</h2>
<p>Posts, follows, settings: each is a signed entry of one append-only Merkle log. Nothing can be slipped in, changed or
dropped later without the proofs failing.</p>
<dl class="facts">
<dt>Log</dt><dd class="mono">${log.origin}</dd>
<dt>Entries</dt><dd>${amount(log.size)}</dd>
<dt>Root</dt><dd class="mono breakable">${log.root}</dd>
</dl>
<p class="actions"><a class="button secondary" href="/audit">Check it in your browser</a><a class="quiet" href="/log/checkpoint">Signed checkpoint</a><a class="quiet" href="/api/docs">How to verify</a></p>
</section>
${posts.length > 0 && html`<section aria-labelledby="posts"><h2 id="posts" class="label">Lately here</h2>${feed(posts, origin)}</section>`}`,
  }
}

const wayIn = (viewer: AccountRow | null): Html =>
  viewer === null ? html`<a class="button" href="/auth/sign_in">Sign in</a>` : html`<a class="button" href="/@${viewer.username}">Your profile</a>`
