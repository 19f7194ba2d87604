/** What a projection is: tables and a fold of events into their rows. The runner (projections.ts) gives it a schema, a transaction and a proof. */
import type { RecordedEvent } from '../events/catalogue.ts'
import type { Fold } from './fold.ts'

export type Projection = {
  /** Also the name of the database schema that holds the tables. */
  readonly name: string
  /** Raising it drops the tables and replays the log. */
  readonly version: number
  readonly tables: readonly string[]
  /** Creates the tables under unqualified names: the connection's search path is the schema. */
  readonly ddl: string
  /** Creates the indexes that the fold itself seldom uses, `if not exists`: after a replay, before anybody reads. */
  readonly indexes?: string
  /** Everything that decides rows, as text: part of the code hash. */
  readonly source: string
  /** Folds events, in log order, into rows; returns what changed. A function of its arguments and the rows alone: no clock, no randomness. */
  readonly project: Fold
  /** Does ahead of time what can be done without the rows. */
  readonly prepare?: (events: readonly RecordedEvent[]) => void
}
