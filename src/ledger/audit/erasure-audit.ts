/**
 * Payloads that are gone, and the warrants for them. A warrant stands behind what it erases, so a missing payload is an alarm only when the
 * whole log was read and none came. Costs about 60 bytes of memory for each missing payload.
 */
import { type CommitHeader, MAX_EVENTS, MAX_PARTS } from '../commit.ts'
import { type ErasingCommit, type Place, type Warrant, WarrantError, warrantsIn, whyNotTheirs } from '../warrant.ts'
import { type AlarmBook, type Counter, type Erasure, MAX_ERASURES } from './report.ts'

/** Whose payload is missing: the number of an actor, doubled, and 1 when the commit is private. */
type Owner = number

export class ErasureAudit {
  readonly #book: AlarmBook
  readonly #counts: Counter
  /** By {@link placeNumber}. */
  readonly #missing = new Map<number, Owner>()
  readonly #erased = new Set<number>()
  /** What the newest warrants took, oldest first. */
  readonly #erasures: Erasure[] = []
  readonly #actors: Uint8Array[] = []
  readonly #actorNumbers = new Map<string, number>()
  /** Payloads before this position are not all known to this audit: withheld from it, or seen by an earlier one. */
  #unseenBefore = 0

  constructor(book: AlarmBook, counts: Counter) {
    this.#book = book
    this.#counts = counts
  }

  /** Warrants for payloads before `position` are taken at their word: this audit did not see whether those are there. */
  trustBefore(position: number): void {
    this.#unseenBefore = position
  }

  /** A sealed part that is not there. @param header  of the commit it belongs to */
  missing(place: Place, { actor, lane }: Pick<CommitHeader, 'actor' | 'lane'>): void {
    this.#missing.set(placeNumber(place), this.#actorNumber(actor) * 2 + (lane === 'public' ? 0 : 1))
  }

  /** To be called for every commit in its place. @param instance  the actor of the instance; null when it is not known */
  take(header: CommitHeader, position: number, instance: Uint8Array | null): void {
    const by = { position, lane: header.lane, actor: header.actor, instance: instance ?? header.actor }
    for (const { reason, places } of this.#warrantsIn(header, position)) {
      const parts = places.filter((place) => this.#erase(place, by)).length
      if (parts === 0) continue
      this.#erasures.push({ by: position, reason, parts })
      if (this.#erasures.length > MAX_ERASURES) this.#erasures.shift()
    }
  }

  /** What the newest warrants took, oldest first. */
  get erasures(): readonly Erasure[] {
    return this.#erasures
  }

  /** No more commits will come: what is missing now was never warranted. */
  end(): void {
    for (const number of this.#missing.keys()) {
      const { position, event, index } = placeOf(number)
      this.#book.raise(position, 'part-missing', `payload ${event}/${index} is missing without a warrant`)
    }
  }

  /** All of it, to go on from another time. Owners are numbers into `actors`. */
  save() {
    return { missing: [...this.#missing], erased: [...this.#erased], actors: this.#actors, erasures: [...this.#erasures] }
  }

  /** As {@link ErasureAudit.save} gave it. */
  load({ missing, erased, actors, erasures }: ReturnType<ErasureAudit['save']>): void {
    this.#erasures.push(...erasures)
    for (const actor of actors) this.#actorNumber(actor)
    for (const [place, owner] of missing) this.#missing.set(place, owner)
    for (const place of erased) this.#erased.add(place)
  }

  #warrantsIn({ events }: CommitHeader, position: number): readonly Warrant[] {
    try {
      return warrantsIn(events)
    } catch (error) {
      if (!(error instanceof WarrantError)) throw error
      this.#book.raise(position, 'warrant', error.message)
      return []
    }
  }

  /** True when this warrant is why the part is missing. */
  #erase(place: Place, by: ErasingCommit): boolean {
    const number = isPlace(place) ? placeNumber(place) : -1
    const owner = this.#missing.get(number)
    const name = `payload ${place.event}/${place.index} of entry ${place.position}`
    if (owner === undefined) {
      if (place.position >= this.#unseenBefore && !this.#erased.has(number))
        this.#book.raise(by.position, 'warrant', `erases the ${name}, which is still there or never was`)
      return false
    }
    const problem = whyNotTheirs(by, place, { actor: this.#actors[owner >> 1] ?? by.instance, lane: owner % 2 === 0 ? 'public' : 'private' })
    if (problem !== null) {
      this.#book.raise(by.position, 'warrant', `erases the ${name}: ${problem}`)
      return false
    }
    this.#missing.delete(number)
    this.#erased.add(number)
    this.#counts.partsErased++
    return true
  }

  #actorNumber(actor: Uint8Array): number {
    const name = Buffer.from(actor).toString('latin1')
    const known = this.#actorNumbers.get(name)
    if (known !== undefined) return known
    this.#actors.push(new Uint8Array(actor))
    this.#actorNumbers.set(name, this.#actors.length - 1)
    return this.#actors.length - 1
  }
}

/** Beyond these limits no commit has parts. */
const isPlace = ({ event, index }: Place): boolean => event < MAX_EVENTS && index < MAX_PARTS

/** One number for a place, in order of places. A safe integer as long as the log has fewer than 5 × 10^11 entries. */
const placeNumber = ({ position, event, index }: Place): number => (position * MAX_EVENTS + event) * MAX_PARTS + index

function placeOf(number: number): Place {
  const event = Math.floor(number / MAX_PARTS)
  return { position: Math.floor(event / MAX_EVENTS), event: event % MAX_EVENTS, index: number % MAX_PARTS }
}
