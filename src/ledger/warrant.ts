/**
 * Erasure warrants: which sealed parts a commit takes out of the database, on what ground, and who may say so.
 *
 * A warrant stands in the signed bytes for ever, so it holds nothing personal: places and a short code, never a sentence that somebody wrote.
 * The ledger destroys what it names in the transaction that stores it; an auditor who misses a part looks for its warrant. Pure.
 */
import { type Cbor, CborError, decode, encode } from './cbor.ts'
import type { CommitEvent, CommitHeader } from './commit.ts'
import type { EventDraft, Hash, Lane } from './types.ts'

/** Event that carries a warrant as its one inline `cbor` part, in a stream below {@link ERASURE_STREAMS}. */
export const ERASE_EVENT = 'ledger:erase'
export const ERASURE_STREAMS = 'erasure/'
/** One warrant names at most so many parts: it fits into a public commit wherever in the log they are. */
export const MAX_PLACES = 4_000

/** A sealed part, by where it stands. */
export type Place = {
  readonly position: number
  readonly event: number
  readonly index: number
}

export type Warrant = {
  /** Why, as a code that anybody may read: `deleted-by-author`. */
  readonly reason: string
  /** 1 to {@link MAX_PLACES}, ascending by position, event and index, none twice. */
  readonly places: readonly Place[]
}

/** Bytes that are no warrant, an event that carries none, or a warrant that has no bytes. */
export class WarrantError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'WarrantError'
  }
}

const SCHEMA = 1
const REASON = /^[a-z][a-z0-9-]{0,39}$/

/** Canonical bytes: [1, reason, [[position, event, index], …]]. Places may come in any order and repeated. @throws {WarrantError} */
export function encodeWarrant({ reason, places }: Warrant): Uint8Array {
  const sorted = places.toSorted(inOrder).filter((place, i, all) => i === 0 || inOrder(all[i - 1] ?? place, place) !== 0)
  assertWarrant({ reason, places: sorted })
  return encode([1, reason, sorted.map(({ position, event, index }) => [position, event, index])])
}

/** @param bytes  attacker-controlled. @throws {WarrantError} for bytes that {@link encodeWarrant} would not have given */
export function parseWarrant(bytes: Uint8Array): Warrant {
  const [v, reason, places, ...rest] = list(decoded(bytes))
  if (v !== 1 || typeof reason !== 'string' || rest.length > 0) throw new WarrantError('not an erasure warrant')
  const warrant = { reason, places: list(places).map(parsePlace) }
  assertWarrant(warrant)
  return warrant
}

/** The event that erases. @param name  of its stream, after `erasure/`: says nothing about anybody */
export function eraseEvent(name: string, warrant: Warrant): EventDraft {
  const part = { codec: 'cbor', bytes: encodeWarrant(warrant), inline: true } as const
  return { type: ERASE_EVENT, schema: SCHEMA, stream: `${ERASURE_STREAMS}${name}`, parts: [part] }
}

/** Warrants among the events of a commit, in order. @throws {WarrantError} when one of them only looks like a warrant */
export function warrantsIn(events: readonly CommitEvent[]): Warrant[] {
  return events.filter(isErasure).map(warrantOf)
}

/**
 * Why this place may not be erased by that commit; null when it may: a sealed part of an earlier commit by the same actor, or anybody's when
 * the instance says so. A public warrant names only public commits: what the log shows as 33 opaque bytes stays without a date of erasure.
 *
 * @param erased  the commit at `place.position`
 */
export function whyNotErasable(by: ErasingCommit, place: Place, erased: Pick<CommitHeader, 'actor' | 'lane' | 'events'>): string | null {
  const refusal = whyNotTheirs(by, place, erased)
  if (refusal !== null) return refusal
  const part = erased.events[place.event]?.parts[place.index]
  if (part === undefined) return 'there is no such part'
  return 'inline' in part ? 'an inline part is for ever' : null
}

/** The same, of a place that is known to be that of a sealed part. */
export function whyNotTheirs(by: ErasingCommit, place: Place, erased: Pick<CommitHeader, 'actor' | 'lane'>): string | null {
  if (place.position >= by.position) return 'it does not stand before its warrant'
  if (by.lane === 'public' && erased.lane !== 'public') return 'a public warrant names only what is public'
  return same(by.actor, erased.actor) || same(by.actor, by.instance) ? null : 'only its actor or the instance may erase it'
}

/** What {@link whyNotErasable} has to know of the commit that holds the warrant, and of the log: the actor of the instance itself. */
export type ErasingCommit = { readonly position: number; readonly lane: Lane; readonly actor: Hash; readonly instance: Hash }

function isErasure({ type, stream }: CommitEvent): boolean {
  return type === ERASE_EVENT || stream.startsWith(ERASURE_STREAMS)
}

function warrantOf({ type, schema, stream, parts }: CommitEvent): Warrant {
  const [part, ...more] = parts
  const shaped = type === ERASE_EVENT && schema === SCHEMA && stream.startsWith(ERASURE_STREAMS) && more.length === 0
  if (!shaped || part === undefined || !('inline' in part) || part.codec !== 'cbor') throw new WarrantError(`no warrant in the event ${type}`)
  return parseWarrant(part.inline)
}

function parsePlace(item: Cbor): Place {
  const [position, event, index, ...rest] = list(item)
  if (typeof position !== 'number' || typeof event !== 'number' || typeof index !== 'number' || rest.length > 0) throw new WarrantError('not a place')
  return { position, event, index }
}

function assertWarrant({ reason, places }: Warrant): void {
  if (!REASON.test(reason)) throw new WarrantError('a reason is a code: a to z, digits and -, at most 40')
  if (places.length === 0 || places.length > MAX_PLACES) throw new WarrantError(`a warrant for ${places.length} parts`)
  for (const [i, place] of places.entries()) {
    const before = places[i - 1]
    if (before !== undefined && inOrder(before, place) >= 0) throw new WarrantError('places are named in order, each once')
  }
}

const inOrder = (a: Place, b: Place): number => a.position - b.position || a.event - b.event || a.index - b.index

const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0

function list(value: Cbor | undefined): readonly Cbor[] {
  if (!Array.isArray(value)) throw new WarrantError('not an erasure warrant')
  return value as readonly Cbor[]
}

function decoded(bytes: Uint8Array): Cbor {
  try {
    return decode(bytes)
  } catch (cause) {
    throw cause instanceof CborError ? new WarrantError('not an erasure warrant', cause) : cause
  }
}
