/** Asks a provider for what a share link shows: through the guarded client, from the provider's own hosts alone, wherever it redirects to. */
import type { Fetch, FetchAnswer } from '../../host/fetch.ts'
import { FetchFault } from '../../host/fetch.ts'
import { CaptureFault } from './capture-fault.ts'
import { linksOf, type ShareLink, shareLink } from './links.ts'

export type Asking = {
  readonly fetch: Pick<Fetch, 'request'>
  /** Origins that are asked in the place of others, e.g. a mirror of one's own: `{'https://chatgpt.com': 'http://127.0.0.1:8080'}`. */
  readonly origins?: Readonly<Record<string, string>>
}

const MAX_BYTES = 32 * 1024 * 1024
const TIMEOUT_MS = 30_000
const REDIRECTS = 3

/** The answer's text. @throws {CaptureFault} */
export async function ask(link: ShareLink, asking: Asking): Promise<string> {
  const { hostname } = new URL(link.url)
  const { url, method, headers, body } = linksOf(link.provider).ask(link.id, hostname)
  const answer = await followed(url, linksOf(link.provider).hosts, asking, {
    headers,
    ...(method === undefined ? {} : { method, body: Buffer.from(body ?? '') }),
  })
  return textOf(answer, link)
}

/** The link that a short one leads to. @throws {CaptureFault} */
export async function resolved(link: ShareLink, asking: Asking): Promise<ShareLink> {
  if (!link.isShort) return link
  const { hosts } = linksOf(link.provider)
  const answer = await hop(link.url, asking, { headers: {} })
  const location = answer.headers['location'] ?? ''
  const target = URL.canParse(location, link.url) ? shareLink(new URL(location, link.url).href) : null
  if (target === null || target.isShort || !hosts.includes(new URL(target.url).hostname))
    throw new CaptureFault('NOT_SHARED', 'the short link leads to no share')
  return target
}

type Request = { readonly headers: Readonly<Record<string, string>>; readonly method?: 'POST'; readonly body?: Uint8Array }

async function followed(first: string, hosts: readonly string[], asking: Asking, request: Request): Promise<FetchAnswer> {
  let url = first
  for (let left = REDIRECTS; ; left--) {
    const answer = await hop(url, asking, request)
    const location = answer.headers['location']
    if (answer.status < 300 || answer.status >= 400 || location === undefined) return answer
    if (left === 0 || request.method === 'POST' || !URL.canParse(location, url))
      throw new CaptureFault('NOT_SHARED', 'the provider sends from one address to the next')
    const target = new URL(location, url)
    if (target.protocol !== 'https:' || !hosts.includes(target.hostname) || target.port !== '')
      throw new CaptureFault('SAVE_THE_PAGE', `the provider sends us elsewhere, to ${target.hostname}`)
    url = target.href
  }
}

async function hop(url: string, { fetch, origins = {} }: Asking, { headers, method, body }: Request): Promise<FetchAnswer> {
  const { origin, pathname, search } = new URL(url)
  const instead = origins[origin]
  const request = { headers: () => ({ ...headers }), maxBytes: MAX_BYTES, timeoutMs: TIMEOUT_MS, redirects: 0 }
  try {
    return await fetch.request(
      instead === undefined ? url : `${instead}${pathname}${search}`,
      method === undefined ? request : { ...request, method, ...(body === undefined ? {} : { body }) },
    )
  } catch (error) {
    if (!(error instanceof FetchFault)) throw error
    throw new CaptureFault(error.code === 'RETRY_LATER' ? 'RETRY_LATER' : 'NOT_SHARED', `the provider could not be asked: ${error.message}`, error)
  }
}

const utf8 = new TextDecoder('utf-8')

function textOf({ status, body }: FetchAnswer, { provider }: ShareLink): string {
  const { name } = linksOf(provider)
  if (status >= 200 && status < 300) return utf8.decode(body)
  if (status === 404 || status === 410 || status === 400)
    throw new CaptureFault('NOT_SHARED', `${name} knows no such share: it was deleted, or never shared`)
  if (status === 429 || status >= 500) throw new CaptureFault('RETRY_LATER', `${name} answers ${status}`)
  throw new CaptureFault(
    'SAVE_THE_PAGE',
    `${name} does not answer machines (${status}): open the link in a browser, save the page, and give it to us`,
  )
}
