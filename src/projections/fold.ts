/**
 * The shape of a fold: one SQL statement per event type, prepared once per connection.
 *
 * A statement sees its events as the rows of `e`: the payload's fields it names, and `position`, `ordinal` (position × 1000 + index: a key
 * for paging, and for the event), `moment` (see moments.ts) and `time` (of the commit). It writes rows by data-modifying CTEs, all against
 * the same snapshot, and ends with a query of `change` documents. Events of one type go together when their statement says how, see runs.ts.
 */
import type pg from 'pg'
import type { EventData, EventType, RecordedEvent } from '../events/catalogue.ts'
import type { Change } from './changes.ts'
import type { Moments } from './moments.ts'
import { type HiddenTies, Preparer, runsOf, type Ties } from './runs.ts'

export type Statement<T extends EventType> = {
  /** Columns of `e` taken from the payload, as in a column definition list: `id int8, "accountId" int8`. */
  readonly columns: string
  /** What follows `with e as (…)`: `, more as (…)`; and, when it has nothing else to tell, `select …`. */
  readonly text: string
  /** Ends the statement with a query of what it changed; left out when nobody listens. */
  readonly changes?: string
  /** The payload as flat columns, where it is not already. */
  readonly row?: (data: EventData[T]) => object
  /** Present when `text` is right for several rows of `e` that are not tied to each other; and all that the event is tied to. */
  readonly together?: (data: EventData[T]) => Ties
}

export type Statements = { readonly [T in EventType]?: Statement<T> }

/** Looks up, for a whole batch, what events are tied to beyond what their payloads say. */
export type LookUpTies = (events: readonly RecordedEvent[], db: pg.ClientBase) => Promise<HiddenTies>

export type Fold = (events: readonly RecordedEvent[], db: pg.ClientBase, moments: Pick<Moments, 'of'>, audience?: Audience) => Promise<Change[]>

/** `nobody`: what changes is not told, which is quicker. */
export type Audience = 'listeners' | 'nobody'

/** Fewer events are not worth a look-up, and stay in their order. */
const MANY = 32

/** Ends a statement that has nothing to tell. */
export const silent = 'select null::jsonb as change where false'

/** A fold of the statements; types without one change nothing, nor do events whose payload was erased. */
export function foldOf(
  statements: Statements,
  lookUp?: LookUpTies,
): { readonly fold: Fold; readonly prepare: (events: readonly RecordedEvent[]) => void } {
  const told = new Map(Object.entries(statements).map(([type, { columns, text, changes = '' }]) => [type, whole(columns, `${text} ${changes}`)]))
  const untold = new Map<string, string>(
    Object.entries(statements).flatMap(([type, { columns, text, changes }]) =>
      changes === undefined ? [] : [[type, whole(columns, `${text} ${silent}`)]],
    ),
  )
  const statement = (type: EventType, audience: Audience) => {
    const quiet = audience === 'nobody' ? untold.get(type) : undefined
    return quiet === undefined ? { name: type, text: told.get(type) ?? '' } : { name: `${type} untold`, text: quiet }
  }
  const preparer = new Preparer(statements)
  const fold: Fold = async (events, db, moments, audience = 'listeners') => {
    const folded = events.filter((event) => statements[event.type] !== undefined)
    const hidden = lookUp === undefined || folded.length < MANY ? null : await lookUp(folded, db)
    const queries = runsOf(preparer, folded, (event) => moments.of(event), hidden).map(({ type, rows }) =>
      db.query<{ change: Change }>({ ...statement(type, audience), values: [`[${rows.join(',')}]`] }),
    )
    return (await Promise.all(queries)).flatMap((result) => result.rows.map((row) => row.change))
  }
  return { fold, prepare: (seen) => preparer.prepare(seen) }
}

/** The statements as text, for the code hash. */
export const sourceOf = (statements: Statements): string =>
  Object.entries(statements)
    .map(([type, { columns, text, changes, row, together }]) => [type, columns, text, changes, row?.toString(), together?.toString()].join('\n'))
    .join('\n')

/** The planner expects a hundred events and would join whole tables to them. The condition is always true, and makes it expect one. */
const whole = (columns: string, text: string): string =>
  `with e as (select * from jsonb_to_recordset($1::jsonb) as e(${columns}, position int8, ordinal int8, moment int8, time timestamptz) where ordinal % 1 = 0)${text}`
