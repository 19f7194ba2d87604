/**
 * The shape of a fold: one SQL statement per event type, prepared once per connection.
 *
 * A statement sees its event as the one row of `e`: the payload's fields it names, and `position`, `ordinal` (position × 1000 + index, a key
 * for paging), `ms` and `time` (of the commit). It writes rows by data-modifying CTEs, all against the same snapshot, and ends with a query
 * of `change` documents. An event costs one round trip, and none of its own on a pipelined connection.
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
}

/** A payload that does not have the shape of its type. */
export class UnreadableEvent extends Error {
  constructor(type: EventType, cause: unknown) {
    super(`the payload of ${type} cannot be read`, { cause })
    this.name = 'UnreadableEvent'
  }
}

export type Statements = { readonly [T in EventType]?: Statement<T> }

/** Ends a statement that has nothing to tell. */
export const silent = 'select null::jsonb as change where false'

/** A fold of the statements; types without one change nothing, nor do events whose payload was erased. */
export function foldOf(statements: Statements): (events: readonly RecordedEvent[], db: pg.ClientBase) => Promise<Change[]> {
  const texts = new Map(Object.entries(statements).map(([type, { columns, text }]) => [type, whole(columns, text)]))
  return async (events, db) => {
    const results = events.flatMap((event) => {
      const text = texts.get(event.type)
      const payload = text === undefined ? null : payloadOf(statements, event)
      return text === undefined || payload === null ? [] : [db.query<{ change: Change }>({ name: event.type, text, values: [payload] })]
    })
    return (await Promise.all(results)).flatMap((result) => result.rows.map((row) => row.change))
  }
}

/** The statements as text, for the code hash. */
export const sourceOf = (statements: Statements): string =>
  Object.entries(statements)
    .map(([type, { columns, text, row }]) => [type, columns, text, row?.toString()].join('\n'))
    .join('\n')

const whole = (columns: string, text: string): string =>
  `with e as (select * from jsonb_to_record($1::jsonb) as e(${columns}, position int8, ordinal int8, ms int8, time timestamptz))${text}`

function payloadOf(statements: Statements, event: RecordedEvent): string | null {
  if (event.data === null) return null
  const flat = flatten(statements[event.type] as Statement<EventType>, event.type, event.data)
  const { position, index, time: ms } = event
  return storable({ ...flat, position, ordinal: position * 1000 + index, ms, time: new Date(ms).toISOString() })
}

function flatten({ row }: Statement<EventType>, type: EventType, data: EventData[EventType]): object {
  try {
    return row === undefined ? data : row(data)
  } catch (error) {
    throw new UnreadableEvent(type, error)
  }
}

/** JSON that PostgreSQL can hold: it refuses U+0000 and lone surrogates, which become U+FFFD. JSON.stringify escapes exactly those. */
function storable(value: object): string {
  const json = JSON.stringify(value)
  if (!/\\u(?:0000|d[89a-f])/.test(json)) return json
  return JSON.stringify(value, (_key, item: unknown) => (typeof item === 'string' ? item.replaceAll('\0', '\ufffd').toWellFormed() : item))
}
