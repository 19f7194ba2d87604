/** Brings the database to the newest schema: every file in migrations/, in order, once. */
import { fileURLToPath } from 'node:url'
import { runner } from 'node-pg-migrate'
import type pg from 'pg'

const DIRECTORY = fileURLToPath(new URL('../../migrations', import.meta.url))

/**
 * Names of the migrations that were run now; empty when the database was up to date. All of them commit together, or none.
 *
 * @throws {Error} when a landed migration is missing or out of order, or a statement fails
 */
export async function migrate(client: pg.ClientBase): Promise<string[]> {
  const ran = await runner({
    dbClient: client,
    dir: DIRECTORY,
    direction: 'up',
    migrationsTable: 'migration',
    checkOrder: true,
    singleTransaction: true,
    advisoryLockMode: 'wait',
    log: () => {},
  })
  return ran.map((migration) => migration.name)
}
