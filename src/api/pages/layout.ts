/** The frame of every page: head, banner, main, footer, and the headers that keep it safe. */
import type { FastifyReply } from 'fastify'
import type { AccountRow } from '../../projections/rows.ts'
import { VERSION } from '../version.ts'
import { ICON, STYLESHEET } from './assets.ts'
import { type Html, html, trusted } from './html.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** The origin is http (on loopback only), whatever socket a request came by: pictures of neighbours are, too. */
    plainHttp: boolean
  }
}

export type Page = {
  readonly status?: number
  /** Of the document; the instance's name is added. */
  readonly title: string
  readonly main: Html
  /** Name of the instance; `VIVIM` where it is not known. */
  readonly site?: string
  /** Who is signed in, for the banner. Undefined: the banner offers nothing (set-up, consent, errors). */
  readonly viewer?: AccountRow | null
  readonly csrf?: string
  /** More of the head: OpenGraph, alternate links. */
  readonly head?: Html
  /** CSP sources that forms of this page may lead to, beside this origin. */
  readonly formAction?: readonly string[]
  /** The page brings scripts of this origin, which may ask this origin. No other page has any. */
  readonly scripts?: true
  /** A narrow column for forms, or a wide one for reading. */
  readonly width?: 'form' | 'text'
  /** Public pages may be kept by caches and search engines; everything else is private. */
  readonly isPublic?: boolean
}

export function sendPage(reply: FastifyReply, page: Page): FastifyReply {
  return reply
    .code(page.status ?? reply.statusCode)
    .type('text/html; charset=utf-8')
    .header('cache-control', page.isPublic === true ? 'public, max-age=0, must-revalidate' : 'no-store')
    .header('vary', 'Accept, Cookie')
    .header('content-security-policy', policy(reply.server.plainHttp, page))
    .send(`<!doctype html>\n${document(page).text}\n`)
}

/** No scripts unless the page is made of them, no frames, no foreign styles. Pictures may come from other servers, as posts do. */
function policy(plainHttp: boolean, { formAction = [], scripts }: Pick<Page, 'formAction' | 'scripts'>): string {
  const pictures = `'self' https:${plainHttp ? ' http:' : ''} data:`
  return [
    "default-src 'none'",
    ...(scripts === true ? ["script-src 'self'", "connect-src 'self'"] : []),
    "style-src 'self'",
    `img-src ${pictures}`,
    `media-src ${pictures}`,
    ["form-action 'self'", ...formAction].join(' '),
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
}

function document(page: Page): Html {
  const site = page.site ?? 'VIVIM'
  return html`<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${page.title === site ? site : `${page.title} · ${site}`}</title>
<meta name="color-scheme" content="light dark">
<meta name="theme-color" content="#faf7f2" media="(prefers-color-scheme: light)">
<meta name="theme-color" content="#14171a" media="(prefers-color-scheme: dark)">
<link rel="icon" href="${ICON.path}" type="image/svg+xml">
<link rel="stylesheet" href="${STYLESHEET.path}">
${page.isPublic === true ? page.head : html`<meta name="robots" content="noindex">${page.head}`}
</head>
<body>
<a class="skip" href="#main">Skip to content</a>
<header class="banner">
<a class="brand" href="/">${MARK}<span>${site}</span></a>
${page.viewer !== undefined && navigation(page.viewer, page.csrf)}
</header>
<main id="main" class="${page.width ?? 'text'}" tabindex="-1">
${page.main}
</main>
<footer class="colophon">
<p>Every action here is kept in a <a href="/audit">signed log that anyone can check</a>.</p>
<p><a href="/api/docs">API</a> · <a href="/about">VIVIM ${VERSION}</a></p>
</footer>
</body>
</html>`
}

function navigation(viewer: AccountRow | null, csrf: string | undefined): Html {
  if (viewer === null) return html`<nav aria-label="Account"><a class="quiet" href="/auth/sign_in">Sign in</a></nav>`
  return html`<nav aria-label="Account">
<a class="quiet" href="/@${viewer.username}">@${viewer.username}</a>
<a class="quiet" href="/settings/memory">Memory</a>
<a class="quiet" href="/settings/applications">Apps</a>
<a class="quiet" href="/settings/account">Your data</a>
${csrf !== undefined && signOut(csrf)}
</nav>`
}

const signOut = (csrf: string): Html =>
  html`<form method="post" action="/auth/sign_out"><input type="hidden" name="csrf" value="${csrf}"><button class="quiet">Sign out</button></form>`

/** The mark: two leaves hashed into a root, which is also a V. */
const MARK = trusted(`<svg class="mark" viewBox="0 0 32 32" width="28" height="28" aria-hidden="true">
<path d="M7 8.5 16 24 25 8.5" fill="none" stroke="currentColor" stroke-width="3" stroke-linecap="round" stroke-linejoin="round"/>
<circle cx="7" cy="8" r="4.2" class="leaf"/><circle cx="25" cy="8" r="4.2" class="leaf"/><circle cx="16" cy="24.5" r="5" class="root"/>
</svg>`)
