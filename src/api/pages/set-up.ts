/**
 * The first visitor becomes the owner: the one-time token from the console, then a name for the instance, a user name and a password.
 * The token travels as a hidden field between the two steps; after set-up these routes are as if they had never been.
 */
import { timingSafeEqual } from 'node:crypto'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { ApiError, notFound } from '../errors.ts'
import { type Params, paramsOf, text } from '../forms.ts'
import { networkOf, RateLimiter, tooMany } from '../limits.ts'
import { secretHash } from '../oauth/secrets.ts'
import { setUpState } from '../set-up-gate.ts'
import { LONGEST_PASSWORD, LONGEST_TITLE, SHORTEST_PASSWORD, setUpInstance } from '../sign-up.ts'
import { type Field, field, hidden, problemBox } from './forms.ts'
import { checkCsrf, csrfFor, type PageDeps } from './frame.ts'
import { type Html, html } from './html.ts'
import { type Page, sendPage } from './layout.ts'

const TRIES = { limit: 20, seconds: 600 }

export function registerSetUp(app: FastifyInstance, deps: PageDeps): void {
  const isDone = setUpState(deps)
  const tries = new RateLimiter(TRIES, deps.now)

  app.get('/setup', async (request, reply) => {
    if (await isDone()) throw notFound()
    const params = paramsOf(request)
    const token = text(params, 'token')
    const form = { csrf: csrfFor(deps, request, reply), host: new URL(deps.config.origin).host }
    if (token === undefined) return sendPage(reply, tokenPage(form, null))
    return judgeToken(request, token) ? sendPage(reply, ownerPage(form, params, token, null)) : sendPage(reply, tokenPage(form, WRONG_TOKEN))
  })

  app.post('/setup', async (request, reply) => {
    if (await isDone()) throw notFound()
    checkCsrf(deps, request)
    const params = paramsOf(request)
    const token = text(params, 'token') ?? ''
    const form = { csrf: csrfFor(deps, request, reply), host: new URL(deps.config.origin).host }
    if (!judgeToken(request, token)) return sendPage(reply, { ...tokenPage(form, WRONG_TOKEN), status: 403 })
    if (text(params, 'username') === undefined) return sendPage(reply, ownerPage(form, params, token, null))
    return create(request, reply, params, (problem) => ownerPage(form, params, token, problem))
  })

  /** Compares in constant time; every wrong token counts against its network. @throws {ApiError} 429 */
  function judgeToken(request: FastifyRequest, given: string): boolean {
    const right = deps.setupToken()
    if (right !== null && timingSafeEqual(Buffer.from(secretHash(given.trim())), Buffer.from(secretHash(right)))) return true
    const allowance = tries.take(networkOf(request.ip))
    if (!allowance.allowed) throw tooMany(allowance, deps.now())
    return false
  }

  async function create(request: FastifyRequest, reply: FastifyReply, params: Params, again: (problem: string) => Page): Promise<FastifyReply> {
    const password = text(params, 'password') ?? ''
    if (password !== (text(params, 'password_confirmation') ?? ''))
      return sendPage(reply, { ...again('The two passwords are not the same.'), status: 422 })
    try {
      const username = (text(params, 'username') ?? '').trim()
      const { id } = await setUpInstance(deps, text(params, 'title') ?? '', { username, password, email: null })
      await deps.sessions.open(request, reply, id)
      return reply.redirect('/', 303)
    } catch (error) {
      if (!(error instanceof ApiError) || error.status >= 500) throw error
      return sendPage(reply, { ...again(error.message), status: error.status })
    }
  }
}

const WRONG_TOKEN = 'This is not the token. It stands on the console where the instance was started, and changes at every start.'

type Form = { readonly csrf: string; readonly host: string }

const steps = (current: 1 | 2): Html => html`<p class="steps">
<span class="${current === 1 ? 'now' : 'done'}">1 <span aria-hidden="true">·</span> Token</span>
<span class="${current === 2 ? 'now' : 'next'}">2 <span aria-hidden="true">·</span> Owner</span>
</p>`

function tokenPage({ csrf, host }: Form, problem: string | null): Page {
  return {
    title: 'Set up',
    width: 'form',
    main: html`<div class="card stack">
${steps(1)}
<h1>Welcome. This instance is new.</h1>
<p>Whoever started it saw a one-time token on the console. Paste it here to become the owner of <strong>${host}</strong>.</p>
${problemBox(problem)}
<form method="post" action="/setup" class="stack">
${hidden({ csrf })}
${field({ name: 'token', label: 'One-time token', autocomplete: 'off', verbatim: true, autofocus: true })}
<button class="button">Continue</button>
</form>
</div>`,
  }
}

function ownerPage({ csrf, host }: Form, params: Params, token: string, problem: string | null): Page {
  return {
    title: 'Set up',
    width: 'form',
    main: html`<div class="card stack">
${steps(2)}
<h1>Make it yours</h1>
<p>Name the instance and create your account. You own both.</p>
${problemBox(problem)}
<form method="post" action="/setup" class="stack">
${hidden({ csrf, token })}
${ownerFields(host, params, problem === null).map(field)}
<button class="button">Create the instance</button>
</form>
</div>`,
  }
}

/** What was typed is kept, but for the passwords. */
const ownerFields = (host: string, params: Params, isFirst: boolean): Field[] => [
  {
    name: 'title',
    label: 'Name of the instance',
    value: text(params, 'title') ?? '',
    maxlength: LONGEST_TITLE,
    autocomplete: 'off',
    autofocus: isFirst,
    hint: 'Shown to everybody.',
  },
  {
    name: 'username',
    label: 'Your user name',
    value: text(params, 'username') ?? '',
    maxlength: 30,
    pattern: '[A-Za-z0-9_]+',
    autocomplete: 'username',
    verbatim: true,
    prefix: '@',
    hint: html`Letters, digits and underscores. Others find you as <b>@name@${host}</b>. It can never change.`,
  },
  {
    name: 'password',
    label: 'Password',
    type: 'password',
    minlength: SHORTEST_PASSWORD,
    maxlength: LONGEST_PASSWORD,
    autocomplete: 'new-password',
    hint: `At least ${SHORTEST_PASSWORD} characters. Four unrelated words make a good one.`,
  },
  { name: 'password_confirmation', label: 'Password, once more', type: 'password', maxlength: LONGEST_PASSWORD, autocomplete: 'new-password' },
]
