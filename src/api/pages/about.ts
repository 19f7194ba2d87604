/** /about: who runs this place, and what it runs: version, licence, source. Clients are sent here by `source_url`. */
import { readFileSync } from 'node:fs'
import type { FastifyInstance } from 'fastify'
import { instance } from '../../projections/read/access.ts'
import { accountById } from '../../projections/read/accounts.ts'
import type { AccountRow, InstanceRow } from '../../projections/rows.ts'
import { VERSION } from '../version.ts'
import { hostCard } from './account-parts.ts'
import { frameFor, type PageDeps } from './frame.ts'
import { preview } from './head.ts'
import { html } from './html.ts'
import { DEFAULT_DESCRIPTION } from './landing.ts'
import { type Page, sendPage } from './layout.ts'
import { day } from './time.ts'

const LICENSE = readFileSync(new URL('../../../LICENSE', import.meta.url))

export function registerAbout(app: FastifyInstance, deps: PageDeps): void {
  app.get('/about', async (request, reply) => {
    const [frame, row] = await Promise.all([frameFor(deps, request, reply), instance(deps.pool)])
    const contact = row?.contact_account_id == null ? null : await accountById(deps.pool, row.contact_account_id)
    return sendPage(reply, { ...frame, isPublic: frame.viewer === null, ...aboutPage(row, contact, deps.config.origin) })
  })

  app.get('/about/license', async (_request, reply) =>
    reply.type('text/plain; charset=utf-8').header('cache-control', 'public, max-age=86400').send(LICENSE),
  )
}

function aboutPage(row: InstanceRow | null, contact: AccountRow | null, origin: string): Page {
  const site = row?.title ?? 'VIVIM'
  const description = row?.description || DEFAULT_DESCRIPTION
  return {
    title: `About ${site}`,
    head: preview({ type: 'website', title: `About ${site}`, description, url: `${origin}/about` }),
    main: html`<h1>About ${site}</h1>
<p class="lead">${description}</p>
${contact !== null && hostCard(contact, origin)}
<section class="card" aria-labelledby="software">
<h2 id="software">The software</h2>
<dl class="facts">
<dt>Name</dt><dd>VIVIM</dd>
<dt>Version</dt><dd>${VERSION}</dd>
<dt>Licence</dt><dd><a href="/about/license">Apache License 2.0</a></dd>
<dt>Source</dt><dd>It runs from its source as it stands: nothing is compiled. The licence lets everybody use, change and pass it on;
for a copy of what runs here, ask ${contact === null ? 'whoever runs this instance' : html`<a href="/@${contact.username}">@${contact.username}</a>`}.</dd>
${contact !== null && html`<dt>Here since</dt><dd>${day(contact.created_at)}</dd>`}
</dl>
<p class="actions"><a class="button secondary" href="/api/docs">API</a><a class="quiet" href="/log/checkpoint">Signed checkpoint</a></p>
</section>`,
  }
}
