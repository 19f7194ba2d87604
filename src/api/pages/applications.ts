/** /settings/applications: what a person has allowed, and the button to take it back. */
import type { FastifyInstance } from 'fastify'
import { appById, grantsOf } from '../../projections/read/access.ts'
import type { AppRow, GrantRow } from '../../projections/rows.ts'
import { notFound } from '../errors.ts'
import { revoke } from '../oauth/server.ts'
import { hidden } from './forms.ts'
import { checkCsrf, frameFor, type PageDeps, visitorOrSignIn } from './frame.ts'
import { type Html, href, html } from './html.ts'
import { type Page, sendPage } from './layout.ts'
import { scopeList } from './scope-list.ts'
import { day } from './time.ts'

export function registerApplications(app: FastifyInstance, deps: PageDeps): void {
  app.get('/settings/applications', async (request, reply) => {
    const visitor = await visitorOrSignIn(deps, request, reply)
    if (visitor === null) return reply
    const [frame, grants] = await Promise.all([frameFor(deps, request, reply), grantsOf(deps.pool, visitor.account.id)])
    const apps = new Map(
      await Promise.all(
        [...new Set(grants.map((grant) => grant.app_id))].map(async (id) => [id, id === null ? null : await appById(deps.pool, id)] as const),
      ),
    )
    return sendPage(reply, {
      ...frame,
      ...applicationsPage(
        grants.map((grant) => ({ grant, app: apps.get(grant.app_id) ?? null })),
        frame.csrf ?? '',
      ),
    })
  })

  app.post('/settings/applications/:id/revoke', async (request, reply) => {
    checkCsrf(deps, request)
    const visitor = await visitorOrSignIn(deps, request, reply)
    if (visitor === null) return reply
    const { id } = request.params as { id: string }
    const grants = await grantsOf(deps.pool, visitor.account.id)
    if (!grants.some((grant) => grant.id === id)) throw notFound()
    await revoke(deps, id)
    return reply.redirect('/settings/applications', 303)
  })
}

type Allowed = { readonly grant: GrantRow; readonly app: AppRow | null }

function applicationsPage(allowed: readonly Allowed[], csrf: string): Page {
  const none = html`<div class="card notice"><p>None yet. Sign in from any Mastodon app, with this instance's address as the server.</p></div>`
  return {
    title: 'Apps',
    main: html`<h1>Apps</h1>
<p class="muted">These applications may use your account. Taking a permission back signs the application out at once.</p>
${allowed.length === 0 ? none : html`<ul class="plain stack">${allowed.map((each) => application(each, csrf))}</ul>`}`,
  }
}

function application({ grant, app }: Allowed, csrf: string): Html {
  const name = app?.name ?? 'A token made on the command line'
  const heading = `grant-${grant.id}`
  return html`<li class="card split" aria-labelledby="${heading}">
<div>
<h2 id="${heading}">${app?.website == null ? name : html`<a href="${href(app.website)}" rel="noopener noreferrer nofollow">${name}</a>`}</h2>
${scopeList(grant.scopes, 'small')}
<p class="muted small">Allowed on ${day(grant.created_at)}</p>
</div>
<form method="post" action="/settings/applications/${grant.id}/revoke">
${hidden({ csrf })}
<button class="button secondary" aria-label="Take back: ${name}">Take back</button>
</form>
</li>`
}
