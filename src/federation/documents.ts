/**
 * Fetching ActivityStreams documents: signed as the instance, of the right content type, and only what the answering origin may speak for.
 *
 * @see FEP-fe34: a document is believed when its id is of the origin that served it
 */
import { type Fetch, FetchFault } from '../host/fetch.ts'
import type { Log } from './deps.ts'
import { signedHeaders } from './signature/sign.ts'
import type { Signers } from './signature/signers.ts'
import type { Uris } from './uris.ts'
import { iri, type JsonObject, sameOrigin } from './wire/json.ts'
import { MAX_DOCUMENT } from './wire/limits.ts'
import { readDocument } from './wire/read-document.ts'

export type Fetched =
  | { readonly is: 'found'; readonly id: string; readonly document: JsonObject; readonly bytes: Uint8Array }
  /** The origin says there is nothing (404, 410), or what it serves is nothing we can use. */
  | { readonly is: 'absent'; readonly reason: string }
  /** Network or server trouble: may be there later. */
  | { readonly is: 'unavailable'; readonly reason: string }

export type Documents = {
  get(uri: string): Promise<Fetched>
  /** From that very origin: no redirect and no id leads to another one. For keys, which anybody can name. */
  own(uri: string): Promise<Fetched>
}

export const ACCEPT = 'application/activity+json, application/ld+json; profile="https://www.w3.org/ns/activitystreams"'

type Deps = { readonly fetch: Fetch; readonly signers: Signers; readonly uris: Uris; readonly now: () => number; readonly log: Log }

export function createDocuments({ fetch, signers, uris, now, log }: Deps): Documents {
  const headers = async (url: URL) => ({ accept: ACCEPT, ...(await signedHeaders('GET', url, null, await signers.instance(), now())) })

  async function ask(uri: string, within: 'origin' | 'world', mayFollowId: boolean): Promise<Fetched> {
    if (uris.isLocal(uri)) return absent('is ours')
    const answer = await fetch.request(uri, { headers, maxBytes: MAX_DOCUMENT, within })
    if (answer.status === 404 || answer.status === 410) return absent(`answered ${answer.status}`)
    if (answer.status !== 200) return { is: 'unavailable', reason: `answered ${answer.status}` }
    if (!isActivityStreams(answer.headers['content-type'] ?? '')) return absent('is not an ActivityStreams document')
    const understood = await readDocument(answer.body)
    if (!understood.ok) return absent(understood.reason)
    const id = iri(understood.document['id'])
    if (id === null) return absent('has no id')
    if (uris.isLocal(answer.url)) return absent('is ours')
    if (sameOrigin(id, answer.url)) return { is: 'found', id, document: understood.document, bytes: answer.body }
    return mayFollowId ? await ask(id, within, false) : absent('is served by another origin than its id')
  }

  async function found(uri: string, within: 'origin' | 'world'): Promise<Fetched> {
    if (iri(uri) === null) return absent('is not a web address')
    const fetched = await ask(uri, within, within === 'world').catch(trouble)
    if (fetched.is !== 'found') log('debug', 'could not fetch a document', { uri, reason: fetched.reason })
    return fetched
  }

  return { get: (uri) => found(uri, 'world'), own: (uri) => found(uri, 'origin') }
}

const absent = (reason: string): Fetched => ({ is: 'absent', reason })

function trouble(error: unknown): Fetched {
  if (!(error instanceof FetchFault)) throw error
  return error.code === 'GIVE_UP' ? absent(error.message) : { is: 'unavailable', reason: error.message }
}

/** `application/ld+json` counts with or without its profile: several servers leave it out. */
const isActivityStreams = (contentType: string): boolean => /^\s*application\/(activity|ld)\+json\s*(;|$)/i.test(contentType)
