/**
 * The shape of a fold: one SQL statement per event type, prepared once per connection.
 *
 * A statement sees its events as the rows of `e`: the payload's fields it names, and `position`, `ordinal` (position × 1000 + index: a key
 * for paging, and for the event), `ms` and `time` (of the commit). It writes rows by data-modifying CTEs, all against the same snapshot, and
 * ends with a query of `change` documents. Neighbouring events of one type go together when their statement says that they may.
 */
import type pg from 'pg'
import type { EventData, EventType, RecordedEvent } from '../events/catalogue.ts'
import type { Change } from './changes.ts'

export type Statement<T extends EventType> = {
  /** Columns of `e` taken from the payload, as in a column definition list: `id int8, "accountId" int8`. */
  readonly columns: string
  /** What follows `with e as (…)`: `, more as (…) select …`. */
  readonly text: string
  /** The payload as flat columns, where it is not already. */
  readonly row?: (data: EventData[T]) => object
  /** Present when `text` is right for several rows of `e`, as long as none of them needs or makes what another one makes. */
  readonly together?: (data: EventData[T]) => Ties
}

/** Names of things (any text) that an event brings into being, and that it looks for. */
export type Ties = { readonly makes: readonly string[]; readonly needs: readonly string[] }

export type Statements = { readonly [T in EventType]?: Statement<T> }

/** Ends a statement that has nothing to tell. */
export const silent = 'select null::jsonb as change where false'

/** A payload that does not have the shape of its type. */
export class UnreadableEvent extends Error {
  constructor(type: EventType, cause: unknown) {
    super(`the payload of ${type} cannot be read`, { cause })
    this.name = 'UnreadableEvent'
  }
}

/** A fold of the statements; types without one change nothing, nor do events whose payload was erased. */
export function foldOf(statements: Statements): (events: readonly RecordedEvent[], db: pg.ClientBase) => Promise<Change[]> {
  const texts = new Map(Object.entries(statements).map(([type, { columns, text }]) => [type, whole(columns, text)]))
  return async (events, db) => {
    const queries = runsOf(statements, events).map(({ type, rows }) =>
      db.query<{ change: Change }>({ name: type, text: texts.get(type) ?? '', values: [storable(rows)] }),
    )
    return (await Promise.all(queries)).flatMap((result) => result.rows.map((row) => row.change))
  }
}

/** The statements as text, for the code hash. */
export const sourceOf = (statements: Statements): string =>
  Object.entries(statements)
    .map(([type, { columns, text, row, together }]) => [type, columns, text, row?.toString(), together?.toString()].join('\n'))
    .join('\n')

/** The planner expects a hundred events and would join whole tables to them. The condition is always true, and makes it expect one. */
const whole = (columns: string, text: string): string =>
  `with e as (select * from jsonb_to_recordset($1::jsonb) as e(${columns}, position int8, ordinal int8, ms int8, time timestamptz) where ordinal % 1 = 0)${text}`

type Run = { readonly type: EventType; readonly rows: object[]; readonly makes: Set<string>; readonly needs: Set<string> }

/** Joins scan the rows of a run: beyond this many, making it longer gains nothing. */
const LONGEST_RUN = 64

/** Cuts a batch into runs, in order. Events that no statement is interested in do not separate their neighbours. */
export function runsOf(statements: Statements, events: readonly RecordedEvent[]): Pick<Run, 'type' | 'rows'>[] {
  const runs: Run[] = []
  for (const event of events) {
    const statement = statements[event.type] as Statement<EventType> | undefined
    if (statement === undefined || event.data === null) continue
    const { row, ties } = readable(statement, event.type, event.data)
    const { position, index, time: ms } = event
    const columns = { ...row, position, ordinal: position * 1000 + index, ms, time: new Date(ms).toISOString() }
    const last = runs.at(-1)
    if (last !== undefined && ties !== null && last.type === event.type && last.rows.length < LONGEST_RUN && !tied(last, ties))
      extend(last, columns, ties)
    else runs.push(extend({ type: event.type, rows: [], makes: new Set(), needs: new Set() }, columns, ties))
  }
  return runs
}

const tied = (run: Run, { makes, needs }: Ties): boolean =>
  makes.some((name) => run.makes.has(name) || run.needs.has(name)) || needs.some((name) => run.makes.has(name))

function extend(run: Run, row: object, ties: Ties | null): Run {
  run.rows.push(row)
  for (const name of ties?.makes ?? []) run.makes.add(name)
  for (const name of ties?.needs ?? []) run.needs.add(name)
  return run
}

/** @throws {UnreadableEvent} when the payload is not what its type promises */
function readable(
  { row, together }: Statement<EventType>,
  type: EventType,
  data: EventData[EventType],
): { readonly row: object; readonly ties: Ties | null } {
  try {
    return { row: row === undefined ? data : row(data), ties: together === undefined ? null : together(data) }
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
