/** Asking other servers who a handle is. @see RFC 7033; the Social Web CG's report on ActivityPub and WebFinger */
import { type Fetch, FetchFault } from '../host/fetch.ts'
import { iri, isObject, type Json, objects } from './wire/json.ts'

export type Handle = { readonly username: string /** Host and port, lower case. */; readonly domain: string }

export type Finger = {
  /** Actor id the handle's host names, or null. */
  readonly self: string
  /** The handle as that host writes it: it may move people to another domain. */
  readonly subject: Handle | null
}

const MAX_JRD = 64 * 1024

/** `user@host`, `@user@host` or `acct:user@host`; null for anything else. */
export function parseHandle(text: string): Handle | null {
  const match = /^(?:acct:)?@?([^@\s\p{Cc}\p{Cs}/?#]{1,128})@([^@\s\p{Cc}\p{Cs}/?#]{1,255})$/iu.exec(text.trim())
  const [, username, host] = match ?? []
  if (username === undefined || host === undefined || !URL.canParse(`https://${host}`)) return null
  return { username, domain: new URL(`https://${host}`).host }
}

/** What WebFinger at the handle's own host answers; null when nothing usable. Plain http only for hosts the operator allowed. */
export async function finger(fetch: Fetch, handle: Handle): Promise<Finger | null> {
  const resource = encodeURIComponent(`acct:${handle.username}@${handle.domain}`)
  const url = `${fetch.schemeFor(handle.domain)}://${handle.domain}/.well-known/webfinger?resource=${resource}`
  try {
    const answer = await fetch.request(url, { headers: () => ({ accept: 'application/jrd+json, application/json' }), maxBytes: MAX_JRD })
    return answer.status === 200 ? read(answer.body) : null
  } catch (error) {
    if (error instanceof FetchFault) return null
    throw error
  }
}

function read(body: Uint8Array): Finger | null {
  const jrd = parse(body)
  if (!isObject(jrd)) return null
  const link = objects(jrd['links']).find(
    ({ rel, type }) => rel === 'self' && typeof type === 'string' && /^application\/(activity|ld)\+json/.test(type),
  )
  const self = iri(link?.['href'])
  return self === null ? null : { self, subject: typeof jrd['subject'] === 'string' ? parseHandle(jrd['subject']) : null }
}

function parse(body: Uint8Array): Json {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body)) as Json
  } catch {
    return null
  }
}
