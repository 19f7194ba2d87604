/**
 * Which events of a batch one statement can fold together. Neighbours in a log rarely are of one type, so an event may also go before others,
 * to earlier ones of its type: as long as it has nothing to do with any that it overtakes. The rows are the same as one after the other.
 *
 * What an event has to do with is said by names (any text), see `Ties`. An event whose statement says nothing stands alone, and nothing
 * overtakes it.
 */
import type { EventData, EventType, RecordedEvent } from '../events/catalogue.ts'

/**
 * Names of what an event brings into being, changes or ends (`makes`), of what it relies on (`needs`), and of what it only adds to or takes
 * from, in a way that it does not matter who does it first (`adds`). Two events that share a name keep their order, unless both need it or
 * both add to it.
 */
export type Ties = { readonly makes?: readonly string[]; readonly adds?: readonly string[]; readonly needs?: readonly string[] }

/** Of a statement, what decides runs: the columns it wants of an event, and whether and how events go together. */
export type Groupable<T extends EventType> = {
  readonly row?: (data: EventData[T]) => object
  readonly together?: (data: EventData[T]) => Ties
}
export type Groupables = { readonly [T in EventType]?: Groupable<T> }

/** Events of one type for one statement, as its rows in JSON. */
export type Run = { readonly type: EventType; readonly rows: string[] }

/** Of an event, what its payload alone decides: the columns of its row in JSON, and its ties; null when it says nothing of them. */
export type Prepared = { readonly columns: string; readonly ties: Ties | null }

/** Ties that the payload does not tell, because they lie in the rows. */
export type HiddenTies = (event: RecordedEvent) => Ties

/** A number for each event, see `Moments`. */
export type MomentOf = (event: RecordedEvent) => bigint

/** A payload that does not have the shape of its type. */
export class UnreadableEvent extends Error {
  constructor(type: EventType, cause: unknown) {
    super(`the payload of ${type} cannot be read`, { cause })
    this.name = 'UnreadableEvent'
  }
}

/** Some joins scan the rows of a run: beyond this many, making it longer gains nothing. */
const LONGEST_RUN = 256

/**
 * The runs of a batch, in the order in which they must be folded.
 *
 * @param hidden  null: no event overtakes one that a statement is interested in, so only neighbours go together
 * @throws {UnreadableEvent} when a payload is not what its type promises
 */
export function runsOf(preparer: Preparer, events: readonly RecordedEvent[], momentOf: MomentOf, hidden: HiddenTies | null): readonly Run[] {
  const schedule = new Schedule()
  for (const event of events) {
    const prepared = preparer.of(event)
    if (prepared === null) continue
    const { type, position, index, time } = event
    const { columns, ties } = prepared
    const place = `"position":${position},"ordinal":${position * 1000 + index},"moment":${momentOf(event)},"time":"${new Date(time).toISOString()}"`
    const row = columns === '{}' ? `{${place}}` : `${columns.slice(0, -1)},${place}}`
    if (ties === null) schedule.alone(type, row)
    else schedule.place(type, row, ties, hidden === null ? null : hidden(event))
  }
  return schedule.runs
}

/** Prepares events, each once: while the database works on those before them. */
export class Preparer {
  readonly #statements: Groupables
  readonly #prepared = new WeakMap<RecordedEvent, Prepared>()

  constructor(statements: Groupables) {
    this.#statements = statements
  }

  /** Null when no statement is interested in the event, or its payload was erased. @throws {UnreadableEvent} */
  of(event: RecordedEvent): Prepared | null {
    const statement = this.#statements[event.type] as Groupable<EventType> | undefined
    if (statement === undefined || event.data === null) return null
    const known = this.#prepared.get(event)
    if (known !== undefined) return known
    const prepared = readable(statement, event.type, event.data)
    this.#prepared.set(event, prepared)
    return prepared
  }

  /** Ahead of time. What cannot be read is reported when it is its turn. */
  prepare(events: readonly RecordedEvent[]): void {
    for (const event of events) {
      try {
        this.of(event)
      } catch (error) {
        if (!(error instanceof UnreadableEvent)) throw error
      }
    }
  }
}

function readable({ row, together }: Groupable<EventType>, type: EventType, data: EventData[EventType]): Prepared {
  try {
    return { columns: storable(row === undefined ? data : row(data)), ties: together === undefined ? null : together(data) }
  } catch (error) {
    throw new UnreadableEvent(type, error)
  }
}

/** JSON that PostgreSQL can hold: it refuses U+0000 and lone surrogates, which become U+FFFD. JSON.stringify escapes exactly those. */
export function storable(value: object): string {
  const json = JSON.stringify(value)
  if (!/\\u(?:0000|d[89a-f])/.test(json)) return json
  return JSON.stringify(value, (_key, item: unknown) => (typeof item === 'string' ? item.replaceAll('\0', '\ufffd').toWellFormed() : item))
}

/** The last runs in which a name was made, added to, needed; -1 = in none. */
type Uses = { made: number; added: number; needed: number }

class Schedule {
  readonly runs: Run[] = []
  readonly #uses = new Map<string, Uses>()
  /** Indexes of runs that have room, by type. */
  readonly #open = new Map<EventType, number[]>()
  /** No event goes before this run any more. */
  #from = 0

  alone(type: EventType, row: string): void {
    this.runs.push({ type, rows: [row] })
    this.#from = this.runs.length
  }

  place(type: EventType, row: string, ties: Ties, hidden: Ties | null): void {
    const all = hidden === null ? [ties] : [ties, hidden]
    const overtakes = hidden === null ? this.runs.length - 1 : this.#from
    const at = this.#room(type, Math.max(this.#from, overtakes, ...all.map((some) => this.#after(some))))
    this.runs[at]?.rows.push(row)
    for (const some of all) this.#record(some, at)
  }

  /** The first run that an event of these ties may be in. */
  #after({ makes = [], adds = [], needs = [] }: Ties): number {
    let after = 0
    const later = (name: string, blockers: (uses: Uses) => number) => {
      const uses = this.#uses.get(name)
      if (uses !== undefined) after = Math.max(after, blockers(uses) + 1)
    }
    for (const name of makes) later(name, ({ made, added, needed }) => Math.max(made, added, needed))
    for (const name of adds) later(name, ({ made, needed }) => Math.max(made, needed))
    for (const name of needs) later(name, ({ made, added }) => Math.max(made, added))
    return after
  }

  #record({ makes = [], adds = [], needs = [] }: Ties, run: number): void {
    for (const name of makes) this.#use(name, 'made', run)
    for (const name of adds) this.#use(name, 'added', run)
    for (const name of needs) this.#use(name, 'needed', run)
  }

  #use(name: string, how: keyof Uses, run: number): void {
    const uses = this.#uses.get(name) ?? { made: -1, added: -1, needed: -1 }
    uses[how] = Math.max(uses[how], run)
    this.#uses.set(name, uses)
  }

  /** The first run of this type with room at `from` or later, or a new one. */
  #room(type: EventType, from: number): number {
    const open = (this.#open.get(type) ?? []).filter((run) => (this.runs[run]?.rows.length ?? LONGEST_RUN) < LONGEST_RUN)
    const found = open.find((run) => run >= from)
    if (found !== undefined) return found
    this.runs.push({ type, rows: [] })
    this.#open.set(type, [...open, this.runs.length - 1])
    return this.runs.length - 1
  }
}
