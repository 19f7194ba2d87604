/** A stage for tests: a database, a log, the projections over it, and `happens` to say what went on and wait until it can be read. */
import type pg from 'pg'
import type { DomainEvent } from '../../../src/events/catalogue.ts'
import type { Change } from '../../../src/projections/changes.ts'
import { Projections } from '../../../src/projections/projections.ts'
import { freshDatabase } from '../../support/postgres.ts'
import { RecordedLog } from './recorded-log.ts'

export type Stage = {
  readonly pool: pg.Pool
  readonly log: RecordedLog
  readonly projections: Projections
  /** Appends the events as one commit and returns what they changed. */
  happens(...events: readonly DomainEvent[]): Promise<Change[]>
  close(): Promise<void>
}

export async function openStage(): Promise<Stage> {
  const database = await freshDatabase()
  const { pool } = database
  const log = new RecordedLog()
  const projections = await Projections.open({ pool, ledger: log })
  const heard: Change[] = []
  projections.onChanges((changes) => heard.push(...changes))
  return {
    pool,
    log,
    projections,
    async happens(...events) {
      heard.length = 0
      const position = log.append(events)
      if (!(await projections.waitFor(position))) throw new Error(JSON.stringify(await projections.status()))
      return [...heard]
    },
    async close() {
      await projections.close()
      await database.drop()
    },
  }
}
