/**
 * From a key id to the key and its owner: in memory for those seen before, from the owner's document for the rest. Fetching is signed as the
 * instance actor, whose own key is served to anyone, so two servers that verify each other never wait for each other.
 */
import { createPublicKey, type KeyObject } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { ActorKey } from '../../events/catalogue.ts'
import { FetchFault } from '../../host/fetch.ts'
import { importPublicKey } from '../../ledger/tlog/strict-ed25519.ts'
import type { Actors, FetchedActor } from '../actors.ts'
import type { Documents } from '../documents.ts'
import { parseMultikey } from '../proof/multikey.ts'
import { idOf, iri, objects, sameOrigin } from '../wire/json.ts'

export type FoundKey = {
  readonly id: string
  /** Actor id of the owner. */
  readonly owner: string
  readonly key: KeyObject
  /** The key as the owner publishes it. */
  readonly material: string
  /** The owner's document when it had to be fetched for this: not recorded yet. */
  readonly fetched: FetchedActor | null
}

export type Keys = {
  /** Null when nobody owns such a key. @throws {FetchFault} RETRY_LATER when too many are looked for just now */
  find(keyId: string): Promise<FoundKey | null>
  /** From the owner's document as it is now; null as well when its host was asked for too many keys lately. */
  refetch(keyId: string): Promise<FoundKey | null>
  forget(owner: string): void
}

/** Fetches per host and minute: for keys never seen (anybody can name any), and for known ones whose signature did not fit. */
const FETCHES_PER_MINUTE = { unseen: 300, known: 10 } as const
/** Keys looked for at once; what comes beyond is told to come back. */
const MAX_ASKING = 100
/** How long a key that could not be found is not looked for again. */
const ABSENT_MS = 30_000

export function createKeys({ actors, documents, now }: { actors: Actors; documents: Documents; now: () => number }): Keys {
  const found = new LRUCache<string, FoundKey>({ max: 10_000 })
  const absent = new LRUCache<string, true>({ max: 2_000, ttl: ABSENT_MS, perf: { now } })
  const asked = new LRUCache<string, number>({ max: 20_000, ttl: 60_000, noUpdateTTL: true, perf: { now } })
  const asking = new Map<string, Promise<FoundKey | null>>()

  function keep(key: FoundKey | null): FoundKey | null {
    if (key !== null) found.set(key.id, { ...key, fetched: null })
    return key
  }

  async function fromKnown(keyId: string): Promise<FoundKey | null> {
    for (const owner of ownersOf(keyId)) {
      const actor = await actors.known(owner)
      const key = actor?.keys.find(({ id }) => id === keyId)
      if (actor !== null && key !== undefined) return imported(key, actor.uri, null)
    }
    return null
  }

  async function fromOrigin(keyId: string): Promise<FoundKey | null> {
    if (iri(keyId) === null) return null
    const owner = ownerFromFragment(keyId) ?? (await ownerNamedBy(keyId))
    if (owner === null || !sameOrigin(owner, keyId)) return null
    const fetched = await actors.fetch(owner, 'origin')
    const key = fetched?.actor.keys.find(({ id }) => id === keyId)
    return fetched === null || key === undefined ? null : imported(key, fetched.actor.uri, fetched)
  }

  /** A key with a document of its own (`/users/x/main-key`): the owner it names must name it back, which `fromOrigin` checks. */
  async function ownerNamedBy(keyId: string): Promise<string | null> {
    const answer = await documents.own(keyId)
    if (answer.is !== 'found') return null
    const key = [answer.document, ...objects(answer.document['publicKey'])].find((one) => one['id'] === keyId)
    return idOf(key?.['owner'] ?? key?.['controller']) ?? answer.id
  }

  /** Counts a question to the key's host; false when there were too many within the minute. */
  function mayAsk(keyId: string, why: keyof typeof FETCHES_PER_MINUTE): boolean {
    if (iri(keyId) === null) return false
    const counter = `${why} ${new URL(keyId).host}`
    const times = (asked.get(counter) ?? 0) + 1
    asked.set(counter, times)
    return times <= FETCHES_PER_MINUTE[why] && (asking.size < MAX_ASKING || asking.has(keyId))
  }

  /** One question at a time per key, whoever asks. */
  function ask(keyId: string): Promise<FoundKey | null> {
    const running =
      asking.get(keyId) ??
      fromOrigin(keyId)
        .then(keep)
        .finally(() => asking.delete(keyId))
    asking.set(keyId, running)
    return running
  }

  return {
    async find(keyId) {
      const hit = found.get(keyId)
      if (hit !== undefined) return hit
      const known = await fromKnown(keyId)
      if (known !== null) return keep(known)
      if (absent.has(keyId) || iri(keyId) === null) return null
      if (!mayAsk(keyId, 'unseen')) throw new FetchFault('RETRY_LATER', 'too many keys to look for')
      const key = await ask(keyId)
      if (key === null) absent.set(keyId, true)
      return key
    },
    refetch: async (keyId) => (mayAsk(keyId, 'known') ? await ask(keyId) : null),
    forget(owner) {
      for (const [id, key] of found.entries()) if (key.owner === owner) found.delete(id)
    },
  }
}

/** Actors that may own a key, from its id alone: `…/users/x#main-key` and `…/users/x/main-key`. */
function ownersOf(keyId: string): string[] {
  const fragment = ownerFromFragment(keyId)
  return fragment === null ? [keyId.replace(/\/[^/]+$/, '')] : [fragment]
}

const ownerFromFragment = (keyId: string): string | null => (keyId.includes('#') ? keyId.slice(0, keyId.indexOf('#')) : null)

function imported({ id, kind, material }: ActorKey, owner: string, fetched: FetchedActor | null): FoundKey | null {
  const raw = kind === 'ed25519' ? parseMultikey(material) : null
  if (kind === 'ed25519' && raw === null) return null
  return { id, owner, material, fetched, key: raw === null ? createPublicKey(material) : importPublicKey(raw) }
}
