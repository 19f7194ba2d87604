/**
 * Finding people and posts of other servers: what is known is read, what is not is fetched, recorded, and read back.
 * Nothing a stranger wrote here decides how much is fetched: depth, time and parallel work are bounded.
 */
import { LRUCache } from 'lru-cache'
import { accountByAcct, accountByUri, localAccount } from '../projections/read/accounts.ts'
import { statusByUri } from '../projections/read/statuses.ts'
import type { AccountRow, StatusRow } from '../projections/rows.ts'
import { type Actors, createActors, fetchedEvidence } from './actors.ts'
import type { ResolverDeps } from './deps.ts'
import { createDocuments, type Fetched } from './documents.ts'
import { createNotes, type Notes } from './notes.ts'
import { createKeys, type Keys } from './signature/keys.ts'
import { createSigners, type Signers } from './signature/signers.ts'
import { createThreads } from './threads.ts'
import { type Uris, urisOf } from './uris.ts'
import { finger, type Handle, parseHandle } from './webfinger-client.ts'
import { idOf, iri, sameOrigin, typesOf } from './wire/json.ts'
import type { RemoteActor } from './wire/read-actor.ts'
import { readNote, visibilityOf } from './wire/read-note.ts'

export type Resolver = {
  /** A handle (`user@host`, with or without `@` or `acct:`) or an actor's URL. Null: nobody there, or not reachable. */
  account(handleOrUri: string): Promise<AccountRow | null>
  /** A post by its id or its page. */
  status(uri: string): Promise<StatusRow | null>
  /** Nobody remembers any more how an actor was; when this returns, the read tables know how it is. */
  changed(actorUri: string): Promise<void>
  /** Fetches the thread above a post in the background. */
  fetchParents(uri: string): void
  readonly actors: Actors
  readonly keys: Keys
  readonly notes: Notes
  readonly signers: Signers
  readonly uris: Uris
}

/** How long a post that was not there is not asked for again. */
const MISSED_MS = 60_000

export function createResolver(deps: ResolverDeps): Resolver {
  const { config, pool, ledger, projections, execute, fetch, now, log } = deps
  const uris = urisOf(config.origin)
  const signers = createSigners(ledger.keyring, uris)
  const documents = createDocuments({ fetch, signers, uris, now, log })
  const actors = createActors({ ...deps, documents, uris })
  const keys = createKeys({ actors, documents, now })
  const notes = createNotes({ ...deps, actors, uris })
  const missed = new LRUCache<string, true>({ max: 2_000, ttl: MISSED_MS, perf: { now } })
  const fetching = new Map<string, Promise<StatusRow | null>>()
  const fetchParents = createThreads({ known: (uri) => statusByUri(pool, uri), fetch: (uri) => remote(uri), log })

  const settled = async () => void (ledger.head().size > 0 && (await projections.waitFor(ledger.head().size - 1)))

  async function byUri(uri: string): Promise<AccountRow | null> {
    const row = await accountByUri(pool, uri)
    if (row !== null || uris.isLocal(uri)) return row
    const fetched = await actors.fetch(uri)
    if (fetched === null) return null
    const domain = await homeOf(fetched.actor)
    return await recorded(fetched.actor.uri, () => actors.record(fetched, domain))
  }

  /**
   * Domain of the actor's handle: the host of its id, unless the actor or that host names another and the other one says the same, name for
   * name. So no host can lend its name to people elsewhere who did not ask for it, and nobody can take the name of a host that does not know them.
   */
  async function homeOf({ uri, username, domain, claimedHandle }: RemoteActor): Promise<string> {
    const may = (handle: Handle | null) => handle?.username.toLowerCase() === username.toLowerCase() && handle.domain !== uris.host
    const claimed = claimedHandle === null ? null : parseHandle(claimedHandle)
    const start = claimed !== null && may(claimed) ? claimed : { username, domain }
    const answer = await finger(fetch, start)
    const subject = answer?.subject ?? start
    if (answer?.self !== uri || !may(subject)) return domain
    if (subject.domain === start.domain) return start.domain
    const second = await finger(fetch, subject)
    return second?.self === uri && (second.subject ?? subject).domain === subject.domain ? subject.domain : domain
  }

  async function byHandle(username: string, domain: string): Promise<AccountRow | null> {
    if (domain === uris.host) return await localAccount(pool, username)
    const row = await accountByAcct(pool, username, domain)
    if (row !== null) return row
    const answer = await finger(fetch, { username, domain })
    if (answer === null || uris.isLocal(answer.self)) return null
    const known = await accountByUri(pool, answer.self)
    if (known !== null) return known
    const fetched = await actors.fetch(answer.self)
    if (fetched === null) return null
    const settles = fetched.actor.domain === domain && (answer.subject ?? { domain }).domain === domain
    const home = settles ? domain : await homeOf(fetched.actor)
    return await recorded(fetched.actor.uri, () => actors.record(fetched, home))
  }

  async function recorded(uri: string, record: () => Promise<unknown>): Promise<AccountRow | null> {
    if ((await record()) === null) return null
    await settled()
    return await accountByUri(pool, uri)
  }

  /** Fetches and records; null when it is nothing to keep. */
  async function fetchStatus(uri: string): Promise<StatusRow | null> {
    const fetched = await documents.get(uri)
    const note = fetched.is === 'found' ? await unwrapped(fetched) : null
    if (note === null) return null
    const standing = await statusByUri(pool, note.uri)
    if (standing !== null) return standing
    const author = await actors.find(note.attributedTo)
    if (author === null || visibilityOf(note, author.followers_uri) === 'direct') return null
    const command = await notes.post(note, author)
    const outcome = await execute({
      by: 'instance',
      lane: 'private',
      commands: [command],
      evidence: fetchedEvidence(note.uri, 'Note', note.attributedTo, note.bytes, now()),
    })
    if (!outcome.ok && outcome.refusal.code !== 'ALREADY_EXISTS') return null
    await settled()
    return await statusByUri(pool, note.uri)
  }

  /** The post in a fetched document, be it the post or its Create. The author must be of the origin that served it. */
  async function unwrapped(fetched: Fetched & { is: 'found' }) {
    let found: Fetched = fetched
    if (typesOf(fetched.document).some((type) => type === 'Create' || type === 'Update')) {
      const inner = idOf(fetched.document['object'])
      found = inner === null ? { is: 'absent', reason: 'has no object' } : await documents.get(inner)
    }
    if (found.is !== 'found') return null
    const reading = readNote(found.document)
    if (!reading.ok || !sameOrigin(reading.note.uri, reading.note.attributedTo)) return null
    return { ...reading.note, bytes: found.bytes }
  }

  function remote(uri: string): Promise<StatusRow | null> {
    if (uris.isLocal(uri) || missed.has(uri)) return Promise.resolve(null)
    const one = fetching.get(uri) ?? fetchStatus(uri).finally(() => fetching.delete(uri))
    fetching.set(uri, one)
    return one.then((row) => {
      if (row === null) missed.set(uri, true)
      return row
    })
  }

  async function status(uri: string): Promise<StatusRow | null> {
    const row = (await statusByUri(pool, uri)) ?? (await localPage(uri))
    if (row !== null || iri(uri) === null) return row
    const found = await remote(uri)
    if (found?.in_reply_to_uri != null && found.in_reply_to_id === null) fetchParents(found.in_reply_to_uri)
    return found
  }

  /** Our own pages for people, `/@name/id`. */
  async function localPage(uri: string): Promise<StatusRow | null> {
    const [, username, id] = uris.isLocal(uri) ? (/\/@([A-Za-z0-9_]+)\/(\d+)$/.exec(uri) ?? []) : []
    return username === undefined || id === undefined ? null : await statusByUri(pool, uris.status(username, id))
  }

  return {
    async account(handleOrUri) {
      if (iri(handleOrUri) !== null) return await byUri(handleOrUri)
      const handle = parseHandle(handleOrUri)
      return handle === null ? null : await byHandle(handle.username, handle.domain)
    },
    status,
    async changed(actorUri) {
      await settled()
      actors.forget(actorUri)
      keys.forget(actorUri)
    },
    fetchParents,
    actors,
    keys,
    notes,
    signers,
    uris,
  }
}
