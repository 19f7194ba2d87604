/** Signing in and out at the browser. Wrong names and wrong passwords look and last the same; both are slowed down per account and per network. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { verifyPassword } from '../../host/password.ts'
import { credentialByLogin } from '../../projections/read/access.ts'
import type { ApiDeps } from '../deps.ts'
import { paramsOf, text } from '../forms.ts'
import { networkOf, RateLimiter, tooMany } from '../limits.ts'
import { LONGEST_PASSWORD } from '../sign-up.ts'
import { type Field, field, hidden, problemBox } from './forms.ts'
import { checkCsrf, csrfFor, type PageDeps, siteOf } from './frame.ts'
import { html } from './html.ts'
import { type Page, sendPage } from './layout.ts'

const PER_NETWORK = { limit: 25, seconds: 600 }
const PER_ACCOUNT = { limit: 15, seconds: 600 }
const LONGEST_LOGIN = 320

export function registerSignIn(app: FastifyInstance, deps: PageDeps): void {
  const networks = new RateLimiter(PER_NETWORK, deps.now)
  const accounts = new RateLimiter(PER_ACCOUNT, deps.now)

  app.get('/auth/sign_in', async (request, reply) => {
    const params = paramsOf(request)
    const form = { csrf: csrfFor(deps, request, reply), next: localPath(text(params, 'continue')), login: '' }
    return sendPage(reply, { ...(await siteOf(deps)), ...signInPage(form, null) })
  })

  app.post('/auth/sign_in', async (request, reply) => {
    checkCsrf(deps, request)
    const params = paramsOf(request)
    const login = (text(params, 'username') ?? '').trim().replace(/^@/, '').slice(0, LONGEST_LOGIN)
    const next = localPath(text(params, 'continue'))
    slowDown(networkOf(request.ip), login)
    const accountId = await signIn(deps, login, text(params, 'password') ?? '')
    if (accountId !== null) {
      accounts.forget(login.toLowerCase())
      return enter(request, reply, accountId, next)
    }
    const form = { csrf: csrfFor(deps, request, reply), next, login }
    return sendPage(reply, { ...(await siteOf(deps)), ...signInPage(form, 'The user name or the password is not right.'), status: 401 })
  })

  app.post('/auth/sign_out', async (request, reply) => {
    checkCsrf(deps, request)
    await deps.sessions.close(request, reply)
    return reply.redirect('/', 303)
  })

  /**
   * By what was typed, not by whose it is: one count for a name and an e-mail address would tell strangers that they belong together.
   *
   * @throws {ApiError} 429 before any password is looked at
   */
  function slowDown(network: string, login: string): void {
    if (!deps.config.rateLimits) return
    for (const allowance of [networks.take(network), accounts.take(login.toLowerCase())]) {
      if (!allowance.allowed) throw tooMany(allowance, deps.now())
    }
  }

  async function enter(request: FastifyRequest, reply: FastifyReply, accountId: string, next: string): Promise<FastifyReply> {
    await deps.sessions.open(request, reply, accountId)
    return reply.redirect(next, 303)
  }
}

/** The account these credentials open, or null. Takes the same time whether the account exists or not. */
async function signIn(deps: Pick<ApiDeps, 'pool' | 'passwordCost'>, login: string, password: string): Promise<string | null> {
  if (password.length > 2 * LONGEST_PASSWORD) return null // nobody has such a password: the bound is in characters of at most two units
  const credential = login === '' ? null : await credentialByLogin(deps.pool, login)
  const fits = await verifyPassword(password, credential?.password_hash ?? null, deps.passwordCost)
  return fits && credential !== null ? credential.account_id : null
}

/** A path of this origin to go on to; anything else leads to the front page. */
export function localPath(path: string | undefined): string {
  return path !== undefined && /^\/(?![/\\])[\x21-\x7e]*$/.test(path) && !path.includes('\\') ? path : '/'
}

type Form = { readonly csrf: string; readonly next: string; readonly login: string }

function signInPage({ csrf, next, login }: Form, problem: string | null): Page {
  return {
    title: 'Sign in',
    width: 'form',
    main: html`<div class="card stack">
<h1>Sign in</h1>
${next.startsWith('/oauth/authorize') && html`<p>An application wants to use your account. Sign in first; then you decide.</p>`}
${problemBox(problem)}
<form method="post" action="/auth/sign_in" class="stack">
${hidden({ csrf, continue: next })}
${signInFields(login).map(field)}
<button class="button">Sign in</button>
</form>
</div>`,
  }
}

const signInFields = (login: string): Field[] => [
  {
    name: 'username',
    label: 'User name or e-mail address',
    value: login,
    autocomplete: 'username',
    verbatim: true,
    autofocus: login === '',
    maxlength: LONGEST_LOGIN,
  },
  {
    name: 'password',
    label: 'Password',
    type: 'password',
    autocomplete: 'current-password',
    autofocus: login !== '',
    maxlength: LONGEST_PASSWORD,
  },
]
