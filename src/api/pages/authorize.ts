/** /oauth/authorize: a person decides what an application may do. Nothing is given without a press of the button on this page. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { appByClientId } from '../../projections/read/access.ts'
import type { AccountRow, AppRow } from '../../projections/rows.ts'
import { type Params, paramsOf, text } from '../forms.ts'
import { formActionFor, OUT_OF_BAND, redirectTo } from '../oauth/redirect-uris.ts'
import { type AuthorizeRequest, type Judged, judgeAuthorize } from '../oauth/request.ts'
import { issuerOf } from '../oauth/server.ts'
import { avatar, displayName } from './account-parts.ts'
import { errorPage } from './error.ts'
import { hidden } from './forms.ts'
import { checkCsrf, csrfFor, type PageDeps, siteOf, visitorOrSignIn } from './frame.ts'
import { type Html, href, html } from './html.ts'
import { type Page, sendPage } from './layout.ts'
import { scopeList } from './scope-list.ts'

export function registerAuthorize(app: FastifyInstance, deps: PageDeps): void {
  const issuer = issuerOf(deps.config.origin)

  app.get('/oauth/authorize', async (request, reply) => {
    const params = paramsOf(request)
    const asked = await judged(params, reply)
    if (asked === null) return reply
    const again = withoutForce(params, request.url)
    if (again !== null) return reply.redirect(`/auth/sign_in?${new URLSearchParams({ continue: again }).toString()}`, 303)
    const visitor = await visitorOrSignIn(deps, request, reply)
    if (visitor === null) return reply
    const switching = `/auth/sign_in?${new URLSearchParams({ continue: request.url }).toString()}`
    return sendPage(reply, {
      ...(await siteOf(deps)),
      ...consentPage(asked, visitor.account, { csrf: csrfFor(deps, request, reply), switching, origin: deps.config.origin }),
    })
  })

  app.post('/oauth/authorize', async (request, reply) => {
    checkCsrf(deps, request)
    const params = paramsOf(request)
    const asked = await judged(params, reply)
    if (asked === null) return reply
    const visitor = await deps.sessions.visitor(request)
    if (visitor === null || visitor.account.id !== text(params, 'account'))
      return sendPage(reply, errorPage(403, 'You are signed in as somebody else now. Go back to the application and start again.'))
    return text(params, 'decision') === 'allow' ? allow(request, reply, asked, visitor.account) : deny(reply, asked)
  })

  /** The request as it may be shown, or null after it was answered with its problem. */
  async function judged(params: Params, reply: FastifyReply): Promise<AuthorizeRequest | null> {
    const verdict = await judgeAuthorize(params, (clientId) => appByClientId(deps.pool, clientId), issuer)
    if (verdict.ok) return verdict.request
    await sendPage(reply, verdict.tell === 'person' ? errorPage(400, verdict.message) : wrongPage(verdict))
    return null
  }

  async function allow(request: FastifyRequest, reply: FastifyReply, asked: AuthorizeRequest, account: AccountRow): Promise<FastifyReply> {
    const code = await deps.authorizationServer.authorize(asked, account)
    request.log.info({ app: asked.app.id, account: account.id, scopes: asked.scopes }, 'application allowed')
    if (asked.redirectUri === OUT_OF_BAND) return sendPage(reply, { ...(await siteOf(deps)), ...codePage(asked.app.name, code) })
    return reply.redirect(redirectTo(asked.redirectUri, { code, state: asked.state, iss: issuer }), 303)
  }

  async function deny(reply: FastifyReply, { app, redirectUri, state }: AuthorizeRequest): Promise<FastifyReply> {
    if (redirectUri === OUT_OF_BAND) return sendPage(reply, { ...(await siteOf(deps)), ...deniedPage(app.name) })
    const answer = { error: 'access_denied', error_description: 'The resource owner denied the request', state, iss: issuer }
    return reply.redirect(redirectTo(redirectUri, answer), 303)
  }
}

/** `force_login=true` asks for the password even when somebody is signed in: the same address without it, to come back to. */
function withoutForce(params: Params, url: string): string | null {
  if (!/^(?:true|1|on)$/i.test(text(params, 'force_login') ?? '')) return null
  const at = url.indexOf('?')
  const rest = new URLSearchParams(url.slice(at + 1))
  rest.delete('force_login')
  return `${url.slice(0, at)}?${rest.toString()}`
}

type Around = { readonly csrf: string; readonly switching: string; readonly origin: string }

function consentPage(
  { app, redirectUri, scopes, state, challenge, resource }: AuthorizeRequest,
  account: AccountRow,
  { csrf, switching, origin }: Around,
): Page {
  const pkce = challenge === null ? {} : { code_challenge: challenge, code_challenge_method: 'S256' }
  const request = { response_type: 'code', client_id: app.client_id, redirect_uri: redirectUri, scope: scopes.join(' '), state, resource, ...pkce }
  return {
    title: `Allow ${app.name}?`,
    width: 'form',
    formAction: formActionFor(redirectUri),
    main: html`<div class="card stack">
<h1>Allow <em class="app-name"><bdi>${app.name}</bdi></em> to use your account?</h1>
<div class="chip">
${avatar(account, origin)}
<span><b>${displayName(account)}</b><br><span class="muted">@${account.username}</span></span>
<a class="quiet" href="${switching}">Not you?</a>
</div>
<div>
<h2 class="label">It will be able to</h2>
${scopeList(scopes)}
</div>
<p class="muted small">${destination(redirectUri)} You can take this back at any time: <a href="/settings/applications">Apps</a>. ${homeOf(app)}</p>
<form method="post" action="/oauth/authorize" class="actions">
${hidden({ csrf, account: account.id, ...request })}
<button class="button" name="decision" value="allow">Allow</button>
<button class="button secondary" name="decision" value="deny">Deny</button>
</form>
</div>`,
  }
}

/** Only the application's own word: anybody may register any website. */
function homeOf({ website }: AppRow): Html | null {
  if (website === null || !URL.canParse(website)) return null
  const { host } = new URL(website)
  return html`The application says its home is <a href="${href(website)}" rel="noopener noreferrer nofollow">${host}</a>.`
}

function destination(redirectUri: string): Html {
  if (redirectUri === OUT_OF_BAND) return html`You will be shown a code to copy into the application.`
  const { protocol, host } = new URL(redirectUri)
  return /^https?:$/.test(protocol)
    ? html`You will be sent back to <b>${host}</b>.`
    : html`You will be sent back to the application (<b>${protocol}</b>).`
}

function codePage(name: string, code: string): Page {
  return {
    title: 'Your code',
    width: 'form',
    main: html`<div class="card stack">
<h1>Copy this code</h1>
<p>Paste it into <b>${name}</b>. It works once, for five minutes. Give it to nobody else.</p>
<p><label class="label" for="code">Authorization code</label>
<input id="code" class="mono" value="${code}" readonly autofocus size="43"></p>
</div>`,
  }
}

/** Asked in a way that cannot be granted. The application hears of it when the person goes back. */
const wrongPage = ({ app, message, location }: Extract<Judged, { tell: 'application' }>): Page => ({
  status: 400,
  title: 'Not possible',
  width: 'form',
  main: html`<div class="card stack notice">
<h1>This cannot be done</h1>
<p><b><bdi>${app.name}</bdi></b> asked for access in a way that this instance does not understand: ${message}.</p>
<p><a class="button secondary" href="${location}" rel="noreferrer nofollow">Back to the application</a></p>
<p class="muted small">${destination(location)}</p>
</div>`,
})

const deniedPage = (name: string): Page => ({
  title: 'Denied',
  width: 'form',
  main: html`<div class="card stack notice"><h1>Denied</h1><p><b>${name}</b> got nothing. You can close this page.</p></div>`,
})
