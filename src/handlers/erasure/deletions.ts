/**
 * What a deletion takes with it: which parts of which events are let go when a post, an upload, a conversation, a memory or an account is deleted. Pure.
 *
 * The deletion itself stays, with nothing in it but ids: it is the ground of the erasure, and what a replay of the log still has to see.
 */
import type { EventType, RecordedEvent } from '../../events/catalogue.ts'
import type { LedgerCommit, LedgerEvent } from '../../ledger/types.ts'
import type { Place } from '../../ledger/warrant.ts'

/** Grounds as they stand in warrants, for anybody to read. */
export type Ground = ThingGround | 'media-deleted' | 'account-deleted'

/** Deletions of things that have streams of their own, and the ground that each is. */
const THINGS = {
  'status:delete': 'post-deleted',
  'conversation:delete': 'conversation-deleted',
  'asset:delete': 'asset-deleted',
  'memory:forget': 'memory-forgotten',
  'acu:delete': 'note-deleted',
  'shelf:delete': 'shelf-deleted',
} as const satisfies { readonly [T in EventType]?: string }
export type ThingGround = (typeof THINGS)[keyof typeof THINGS]

/** A deletion, found in the log: of one thing, or of everything that is somebody's. `also`: other streams that say what the thing's own says. */
export type Deletion = {
  readonly position: number
  readonly index: number
  readonly stream: string
} & (
  | { readonly of: 'thing'; readonly ground: ThingGround; readonly also: readonly string[] }
  | { readonly of: 'media'; readonly id: string }
  | { readonly of: 'account'; readonly id: string; readonly local: boolean }
)

const isThing = (type: string): type is keyof typeof THINGS => Object.hasOwn(THINGS, type)
const isDeletion = (type: string): boolean => isThing(type) || type === 'media:delete' || type === 'identity:delete'
const EVIDENCE = 'activity:receive' satisfies EventType
/** What says who somebody is: erased last, because without it the rest could not be found. */
const IDENTITY: ReadonlySet<EventType> = new Set<EventType>([
  'identity:create',
  'identity:credential',
  'identity:update',
  'identity:discover',
  'identity:refresh',
])
/** What stays of an account: that it is no more. */
const LASTING: ReadonlySet<EventType> = new Set<EventType>(['identity:delete', 'identity:erase'])

/** True when the commit deletes something: cheap, nothing is decoded. */
export const deletes = ({ events }: LedgerCommit): boolean => events.some(({ type }) => isDeletion(type))

/**
 * The deletions among the events of a commit.
 *
 * @param streamName  the ledger's: the account of a person here is deleted in a stream of its own, others in that of their actor
 */
export function deletionsIn(events: readonly RecordedEvent[], streamName: (kind: string, key: string) => string): Deletion[] {
  return events.flatMap(({ type, data, position, index, stream }): Deletion[] => {
    const place = { position, index, stream }
    if (type === 'media:delete' && data !== null) return [{ ...place, of: 'media', id: data.id }]
    if (type === 'identity:delete' && data !== null)
      return [{ ...place, of: 'account', id: data.id, local: stream === streamName('account', data.id) }]
    if (!isThing(type)) return []
    const also = type === 'conversation:delete' && data !== null ? [streamName('acus', data.id)] : []
    return [{ ...place, of: 'thing', ground: THINGS[type], also }]
  })
}

/** What a deletion lets go in its own stream, and in those that say the same: everything before it. */
export function before({ position }: Deletion, stream: readonly LedgerEvent[]): readonly LedgerEvent[] {
  return stream.filter((event) => event.position < position)
}

/** Every part of the event that is still there. */
export function partsOf({ position, index: event, parts }: LedgerEvent): Place[] {
  return parts.flatMap((part, index) => (part.erased ? [] : [{ position, event, index }]))
}

/** The requests that brought the events of a commit, byte for byte: they say all that the events say. Who sent which kind of activity stays. */
export function evidenceIn({ events }: LedgerCommit): Place[] {
  return events.filter(({ type }) => type === EVIDENCE).flatMap((event) => partsOf(event).filter(({ index }) => index > 0))
}

/** Whose an event is: an account's, or, of a request that came in, that of the actor who sent it. */
export type Owner = { readonly account: string } | { readonly actor: string }

/** What of a commit belongs to people who are gone. */
export type Shares<P> = {
  /** To let go at once. */
  readonly parts: readonly Place[]
  /** What says who somebody is, and who that was. */
  readonly identity: readonly { readonly person: P; readonly places: readonly Place[] }[]
  /** Uploads that these name; of other instances', too. */
  readonly files: readonly string[]
  /** Files of conversations. */
  readonly assets: readonly string[]
}

/**
 * What of this commit belongs to people who are gone.
 *
 * @param events  the commit's own, as recorded
 * @param whose   somebody who is gone; undefined for everybody else
 */
export function sharesOf<P>(commit: LedgerCommit, events: readonly RecordedEvent[], whose: (owner: Owner) => P | undefined): Shares<P> {
  const theirs = events.flatMap((event) => {
    const owner = LASTING.has(event.type) ? null : ownerOf(event)
    const person = owner === null ? undefined : whose(owner)
    return person === undefined ? [] : [{ event, person, places: placesAt(commit, event.index), isIdentity: IDENTITY.has(event.type) }]
  })
  const evidence = theirs.some(({ event }) => event.type !== EVIDENCE) ? evidenceIn(commit) : []
  return {
    parts: [...theirs.flatMap(({ isIdentity, places }) => (isIdentity ? [] : places)), ...evidence],
    identity: theirs.filter(({ isIdentity }) => isIdentity).map(({ person, places }) => ({ person, places })),
    files: theirs.flatMap(({ event }) => filesOf(event)),
    assets: theirs.flatMap(({ event }) => assetsIn(event)),
  }
}

function placesAt({ events }: LedgerCommit, index: number): Place[] {
  const event = events[index]
  return event === undefined ? [] : partsOf(event)
}

function filesOf({ type, data }: RecordedEvent): string[] {
  if (data === null) return []
  const named = (...names: readonly (string | null)[]) => names.filter((name) => name !== null)
  if (type === 'media:create' || type === 'media:update') return named(data.attachment.url, data.attachment.previewUrl)
  return 'profile' in data ? named(data.profile.avatar, data.profile.header) : []
}

/** The file that this event put on disk, of those that belong to conversations. */
export const assetsIn = ({ type, data }: RecordedEvent): string[] => (type === 'asset:store' && data !== null ? [data.file] : [])

/** An answer to a follow is its giver's; everything else belongs to the account it names. Nobody's: the instance's own, and what is erased. */
function ownerOf({ type, data }: RecordedEvent): Owner | null {
  if (data === null) return null
  switch (type) {
    case 'activity:receive':
      return { actor: data.actorUri }
    case 'social:follow_accept':
    case 'social:follow_reject':
      return { account: data.targetId }
    case 'identity:create':
    case 'identity:update':
    case 'identity:credential':
    case 'identity:discover':
    case 'identity:refresh':
      return { account: data.id }
    default:
      return 'accountId' in data && data.accountId !== null ? { account: data.accountId } : null
  }
}
