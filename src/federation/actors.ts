/**
 * Actors of other servers: looked up in memory, in the read tables, then at their origin; recorded as events when something depends on them.
 * The hot path of the inbox only ever touches the first of these three.
 */
import { LRUCache } from 'lru-cache'
import type { Evidence } from '../handlers/commands.ts'
import { accountByUri } from '../projections/read/accounts.ts'
import type { AccountRow } from '../projections/rows.ts'
import type { ResolverDeps } from './deps.ts'
import type { Documents } from './documents.ts'
import type { Uris } from './uris.ts'
import type { JsonObject } from './wire/json.ts'
import { type RemoteActor, readActor } from './wire/read-actor.ts'

/** What the wire needs to know of an account; the same for accounts here (`domain` null) and elsewhere. */
export type KnownActor = Pick<
  AccountRow,
  'id' | 'uri' | 'url' | 'username' | 'domain' | 'inbox' | 'shared_inbox' | 'followers_uri' | 'keys' | 'deleted_at'
>

/** An actor document as just fetched, not recorded yet. */
export type FetchedActor = { readonly actor: RemoteActor; readonly bytes: Uint8Array }

export type Actors = {
  /** Also when deleted since: its name is not free again. */
  known(uri: string): Promise<KnownActor | null>
  /** The living account here that has this actor id. */
  local(uri: string): Promise<KnownActor | null>
  /** From its origin, never from memory; null when there is no such actor now. @param within `origin`: no redirect and no id leads to another */
  fetch(uri: string, within?: 'origin'): Promise<FetchedActor | null>
  /** Recorded as new, or refreshed when already known. Null when the domain refuses, e.g. because the actor was deleted. @param domain when WebFinger named another than the id's host */
  record(fetched: FetchedActor, domain?: string): Promise<KnownActor | null>
  /** Known, or fetched and recorded. */
  find(uri: string): Promise<KnownActor | null>
  forget(uri: string): void
}

export function createActors(deps: Omit<ResolverDeps, 'fetch'> & { readonly documents: Documents; readonly uris: Uris }): Actors {
  const { pool, ledger, projections, execute, newId, now, documents, uris } = deps
  const remembered = new LRUCache<string, KnownActor>({ max: 20_000, maxSize: 32_000_000, sizeCalculation: sizeOf })
  const recording = new Map<string, Promise<KnownActor | null>>()

  async function known(uri: string): Promise<KnownActor | null> {
    const hit = remembered.get(uri)
    if (hit !== undefined) return hit
    const row = await accountByUri(pool, uri)
    if (row?.uri !== uri) return null
    return remember(row)
  }

  function remember(actor: KnownActor): KnownActor {
    const { id, uri, url, username, domain, inbox, shared_inbox, followers_uri, keys, deleted_at } = actor
    const kept = { id, uri, url, username, domain, inbox, shared_inbox, followers_uri, keys, deleted_at }
    remembered.set(uri, kept)
    return kept
  }

  async function fetch(uri: string, within?: 'origin'): Promise<FetchedActor | null> {
    if (uris.isLocal(uri)) return null
    const fetched = within === undefined ? await documents.get(uri) : await documents.own(uri)
    if (fetched.is !== 'found') return null
    const reading = readActor(fetched.document)
    return reading.ok && !uris.isLocal(reading.actor.uri) ? { actor: reading.actor, bytes: fetched.bytes } : null
  }

  async function write({ actor, bytes }: FetchedActor, domain: string): Promise<KnownActor | null> {
    const standing = await known(actor.uri)
    const { profile, links, keys, uri, username, type } = actor
    const id = standing?.id ?? newId()
    const createdAt = new Date(Math.min(actor.publishedAt ?? now(), now())).toISOString()
    const outcome = await execute({
      by: 'instance',
      lane: 'private',
      commands: [
        standing === null
          ? { do: 'DiscoverActor', data: { id, username, domain, createdAt, type, profile, links, keys } }
          : { do: 'RefreshActor', id, uri, profile, links, keys },
      ],
      evidence: fetchedEvidence(`${uri}#fetched-${now()}`, type, uri, bytes, now()),
    })
    if (!outcome.ok) return outcome.refusal.code === 'ALREADY_EXISTS' ? await catchUp(uri) : null
    const { inbox, url, sharedInbox, followers } = links
    const home = standing?.domain ?? domain
    return remember({ id, uri, url, username, domain: home, inbox, shared_inbox: sharedInbox, followers_uri: followers, keys, deleted_at: null })
  }

  /** Somebody else recorded it a moment ago: it is in the log, and soon in the read tables. */
  async function catchUp(uri: string): Promise<KnownActor | null> {
    await projections.waitFor(ledger.head().size - 1)
    return await known(uri)
  }

  function record(fetched: FetchedActor, domain = fetched.actor.domain): Promise<KnownActor | null> {
    const { uri } = fetched.actor
    const running = recording.get(uri) ?? write(fetched, domain).finally(() => recording.delete(uri))
    recording.set(uri, running)
    return running
  }

  async function find(uri: string): Promise<KnownActor | null> {
    const standing = await known(uri)
    if (standing !== null) return standing
    const fetched = await fetch(uri)
    return fetched === null ? null : await record(fetched)
  }

  async function local(uri: string): Promise<KnownActor | null> {
    const actor = uris.isLocal(uri) ? await known(uri) : null
    return actor?.domain === null && actor.deleted_at === null ? actor : null
  }

  return { known, local, fetch, record, find, forget: (uri) => void remembered.delete(uri) }
}

/** Characters, about: what strangers publish of themselves decides how much is remembered of them. */
const sizeOf = ({ uri, url, inbox, keys }: KnownActor): number =>
  500 + uri.length + url.length + inbox.length + keys.reduce((sum, { id, material }) => sum + id.length + material.length, 0)

/** Evidence of something we asked for ourselves: the bytes as they were served. */
export const fetchedEvidence = (activityId: string, activityType: string, actorUri: string, bytes: Uint8Array, at: number): Evidence => ({
  data: { activityId, activityType, actorUri, keyId: null, scheme: 'fetched', receivedAt: new Date(at).toISOString() },
  bytes,
})

/** An actor embedded in an activity by the actor itself (Update). */
export function embeddedActor(document: JsonObject, bytes: Uint8Array): FetchedActor | null {
  const reading = readActor(document)
  return reading.ok ? { actor: reading.actor, bytes } : null
}
