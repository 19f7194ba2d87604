/** /settings/account: a person takes everything along, or away. */
import { Readable } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import { verifyPassword } from '../../host/password.ts'
import { exportAccount } from '../../ledger/account-export.ts'
import { credentialByLogin } from '../../projections/read/access.ts'
import type { AccountRow } from '../../projections/rows.ts'
import { perform } from '../deps.ts'
import { notFound } from '../errors.ts'
import { paramsOf, text } from '../forms.ts'
import { RateLimiter, tooMany } from '../limits.ts'
import { LONGEST_PASSWORD } from '../sign-up.ts'
import { field, hidden, problemBox } from './forms.ts'
import { checkCsrf, frameFor, type PageDeps, siteOf, visitorOrSignIn } from './frame.ts'
import { type Html, html } from './html.ts'
import { type Page, sendPage } from './layout.ts'

/** Passwords tried by somebody who is signed in. */
const TRIES = { limit: 5, seconds: 600 }

export function registerYourData(app: FastifyInstance, deps: PageDeps): void {
  const tries = new RateLimiter(TRIES, deps.now)

  app.get('/settings/account', async (request, reply) => {
    const visitor = await visitorOrSignIn(deps, request, reply)
    if (visitor === null) return reply
    const frame = await frameFor(deps, request, reply)
    return sendPage(reply, { ...frame, ...dataPage(visitor.account, frame.csrf ?? '', null) })
  })

  app.get('/settings/account/archive', async (request, reply) => {
    const visitor = await visitorOrSignIn(deps, request, reply)
    if (visitor === null) return reply
    const actor = await deps.ledger.actorOf(`account/${visitor.account.id}`)
    if (actor === null) throw notFound()
    return reply
      .type('application/x-ndjson; charset=utf-8')
      .header('content-disposition', `attachment; filename="${visitor.account.username}.vivim-account"`)
      .header('cache-control', 'private, no-store')
      .send(Readable.from(exportAccount(deps, actor)))
  })

  app.post('/settings/account/delete', async (request, reply) => {
    checkCsrf(deps, request)
    const visitor = await visitorOrSignIn(deps, request, reply)
    if (visitor === null) return reply
    const { account } = visitor
    if (!(await knowsPassword(account, text(paramsOf(request), 'password') ?? ''))) {
      const frame = await frameFor(deps, request, reply)
      return sendPage(reply, { ...frame, ...dataPage(account, frame.csrf ?? '', 'The password is not right.'), status: 401 })
    }
    const at = new Date(deps.now()).toISOString()
    await perform(deps, { by: 'instance', lane: 'public', commands: [{ do: 'DeleteAccount', id: account.id, username: account.username, at }] })
    await deps.sessions.close(request, reply)
    return sendPage(reply, { ...(await siteOf(deps)), ...goodbye(account) })
  })

  async function knowsPassword({ id, username }: AccountRow, password: string): Promise<boolean> {
    const allowance = tries.take(id)
    if (deps.config.rateLimits && !allowance.allowed) throw tooMany(allowance, deps.now())
    if (password.length > 2 * LONGEST_PASSWORD) return false
    const credential = await credentialByLogin(deps.pool, username)
    return verifyPassword(password, credential?.account_id === id ? credential.password_hash : null, deps.passwordCost)
  }
}

function dataPage(account: AccountRow, csrf: string, problem: string | null): Page {
  return {
    title: 'Your data',
    width: 'form',
    main: html`<h1>Your data</h1>
<section class="card stack" aria-labelledby="take">
<h2 id="take">Take it with you</h2>
<p>Everything you signed here, private posts too, in one file: what you wrote, and the proof of each entry. <code>vivim verify</code> checks it anywhere, without this instance.</p>
<p><a class="button secondary" href="/settings/account/archive" download>Download the archive</a></p>
</section>
${account.role === 'owner' ? ownerStays() : deletion(account, csrf, problem)}`,
  }
}

const ownerStays = (): Html => html`<section class="card stack" aria-labelledby="delete">
<h2 id="delete">Delete the account</h2>
<p>This account owns the instance, so it cannot be deleted while the instance is there.</p>
</section>`

const deletion = ({ username }: AccountRow, csrf: string, problem: string | null): Html => html`<section class="card stack" aria-labelledby="delete">
<h2 id="delete">Delete the account</h2>
<p>Posts, pictures, followers, messages and keys of @${username} are erased, here and in the log, and other servers are told. This cannot be undone, and the name is never given again.</p>
${problemBox(problem)}
<form method="post" action="/settings/account/delete" class="stack">
${hidden({ csrf })}
${field({ name: 'password', label: 'Your password', type: 'password', autocomplete: 'current-password', maxlength: LONGEST_PASSWORD })}
<button class="button">Delete @${username} for good</button>
</form>
</section>`

const goodbye = ({ username }: AccountRow): Page => ({
  title: 'Deleted',
  width: 'form',
  main: html`<div class="card stack">
<h1>Deleted</h1>
<p>The account @${username} is gone. What it recorded is being erased, and other servers are told.</p>
</div>`,
})
