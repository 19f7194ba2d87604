/** A person with a browser and a Mastodon app: fills in the set-up, sign-in and consent forms as served, and lets masto.js (a real client) do the rest. */
import { createHash, randomBytes } from 'node:crypto'
import { createOAuthAPIClient, createRestAPIClient, createStreamingAPIClient, type mastodon } from 'masto'

export type Person = {
  readonly username: string
  readonly origin: string
  readonly accessToken: string
  readonly client: mastodon.rest.Client
  readonly streaming: () => mastodon.streaming.Client
}

export type Credentials = { readonly username: string; readonly password: string }

const REDIRECT_URI = 'http://127.0.0.1/callback'

/** Goes through set-up with the one-time link. @throws {Error} when a page says no */
export async function setUp(setupUrl: string, title: string, who: Credentials): Promise<void> {
  const browser = createBrowser()
  let page = await browser.get(setupUrl)
  for (
    let step = 0;
    step < 5 && page.forms.some((form) => form.fields.has('password') || form.fields.has('token') || form.fields.has('title'));
    step += 1
  ) {
    page = await browser.submit(page, { title, username: who.username, password: who.password, password_confirmation: who.password })
    if (page.url.pathname !== '/setup') return
  }
  throw new Error(`set-up did not finish: ${page.text}`)
}

/** OAuth as an app does it: register, authorise in the browser (PKCE), exchange the code. */
export async function signIn(origin: string, who: Credentials, scopes = 'read write follow push'): Promise<Person> {
  const app = await createRestAPIClient({ url: origin }).v1.apps.create({
    clientName: 'VIVIM demo',
    redirectUris: REDIRECT_URI,
    scopes,
    website: 'https://vivim.example',
  })
  const { clientId, clientSecret } = app
  if (clientId == null || clientSecret == null) throw new Error('the instance gave the app no credentials')
  const verifier = randomBytes(32).toString('base64url')
  const code = await authorise(origin, who, { clientId, scopes, challenge: createHash('sha256').update(verifier).digest('base64url') })
  const token = await createOAuthAPIClient({ url: origin }).token.create({
    grantType: 'authorization_code',
    clientId,
    clientSecret,
    redirectUri: REDIRECT_URI,
    code,
    codeVerifier: verifier,
  } as never)
  return personWith(origin, who.username, token.accessToken)
}

/** A person whose app has a token already. */
export function personWith(origin: string, username: string, accessToken: string): Person {
  return {
    username,
    origin,
    accessToken,
    client: createRestAPIClient({ url: origin, accessToken }),
    streaming: () => createStreamingAPIClient({ streamingApiUrl: origin.replace(/^http/, 'ws'), accessToken }),
  }
}

async function authorise(origin: string, who: Credentials, app: { clientId: string; scopes: string; challenge: string }): Promise<string> {
  const url = new URL('/oauth/authorize', origin)
  url.search = new URLSearchParams({
    response_type: 'code',
    client_id: app.clientId,
    redirect_uri: REDIRECT_URI,
    scope: app.scopes,
    state: 'demo',
    code_challenge: app.challenge,
    code_challenge_method: 'S256',
  }).toString()
  const answer = await consent(url, REDIRECT_URI, who)
  return answer.get('code') ?? ''
}

/** What an application is answered: the person signs in and presses Allow, in their browser. @throws {Error} when a page says no */
export async function consent(url: URL, redirectUri: string, who: Credentials): Promise<URLSearchParams> {
  const browser = createBrowser()
  let page = await browser.get(url.href)
  for (let step = 0; step < 4; step += 1) {
    if (page.url.href.startsWith(redirectUri) && page.url.searchParams.has('code')) return page.url.searchParams
    page = await browser.submit(page, { username: who.username, login: who.username, email: who.username, password: who.password })
  }
  throw new Error(`the app was not authorised: ${page.text}`)
}

type Form = { readonly action: string; readonly fields: Map<string, string> }
type Page = { readonly url: URL; readonly text: string; readonly forms: readonly Form[] }

/** Cookies, redirects within the instance, and forms: what a browser without scripts does. */
function createBrowser() {
  const cookies = new Map<string, string>()
  return { get: (url: string) => request(url), submit }

  /** Submits the first form that takes any of the answers; hidden fields go along, and so does its first button. */
  async function submit(page: Page, answers: Readonly<Record<string, string>>): Promise<Page> {
    const form = page.forms.find((candidate) => [...candidate.fields.keys()].some((name) => name in answers)) ?? page.forms[0]
    if (form === undefined) throw new Error(`no form to fill in at ${page.url.href}: ${page.text}`)
    const body = new URLSearchParams()
    for (const [name, value] of form.fields) body.set(name, answers[name] ?? value)
    return request(new URL(form.action, page.url).href, body)
  }

  async function request(url: string, body?: URLSearchParams): Promise<Page> {
    const origin = new URL(url).origin
    const answer = await fetch(url, {
      redirect: 'manual',
      method: body === undefined ? 'GET' : 'POST',
      headers: { accept: 'text/html', origin, cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
      ...(body === undefined ? {} : { body }),
    })
    for (const cookie of answer.headers.getSetCookie()) {
      const [pair = ''] = cookie.split(';')
      cookies.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1))
    }
    const location = answer.headers.get('location')
    const html = await answer.text()
    if (location === null) return { url: new URL(url), text: textOf(html), forms: formsOf(html) }
    const next = new URL(location, url)
    return next.origin === origin ? request(next.href) : { url: next, text: '', forms: [] }
  }
}

function formsOf(html: string): Form[] {
  return [...html.matchAll(/<form\b([^>]*)>([\s\S]*?)<\/form>/gi)]
    .filter(([, attributes = '']) => /method="?post/i.test(attributes))
    .map(([, attributes = '', inner = '']) => {
      const fields = new Map<string, string>()
      for (const [tag] of inner.matchAll(/<(?:input|button|textarea|select)\b[^>]*>/gi)) {
        const name = attribute(tag, 'name')
        if (name !== null && !fields.has(name) && !(attribute(tag, 'type') === 'checkbox' && !/\bchecked\b/.test(tag)))
          fields.set(name, attribute(tag, 'value') ?? '')
      }
      return { action: attribute(attributes, 'action') ?? '', fields }
    })
}

function attribute(tag: string, name: string): string | null {
  const value = new RegExp(`\\b${name}="([^"]*)"`, 'i').exec(tag)?.[1]
  return value === undefined ? null : unescape(value)
}

const ENTITIES: Readonly<Record<string, string>> = { '&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"', '&#39;': "'", '&#x27;': "'" }
const unescape = (text: string): string => text.replace(/&(?:amp|lt|gt|quot|#39|#x27);/g, (entity) => ENTITIES[entity] ?? entity)

const textOf = (html: string): string =>
  html
    .replace(/<(?:style|script|head)[\s\S]*?<\/(?:style|script|head)>/gi, '')
    .replace(/<[^>]+>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
