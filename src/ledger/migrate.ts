/** Brings the database to the newest schema: every file in migrations/, in order, once. */
import { readdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type pg from 'pg'

const DIRECTORY = fileURLToPath(new URL('../../migrations', import.meta.url))
const TABLE = 'migration'

/** True when the migrations that were run are exactly those of this version: then {@link migrate} has nothing to do, and need not be loaded. */
export async function isUpToDate(client: pg.ClientBase): Promise<boolean> {
  const { rows: tables } = await client.query<{ exists: boolean }>(`select to_regclass('public.${TABLE}') is not null as exists`)
  if (tables[0]?.exists !== true) return false
  const { rows } = await client.query<{ name: string }>(`select name from public.${TABLE} order by name`)
  const files = (await readdir(DIRECTORY)).filter((file) => file.endsWith('.sql')).sort()
  return files.join() === rows.map(({ name }) => `${name}.sql`).join()
}

/**
 * Names of the migrations that were run now; empty when the database was up to date. All of them commit together, or none.
 *
 * @throws {Error} when a landed migration is missing or out of order, or a statement fails
 */
export async function migrate(client: pg.ClientBase): Promise<string[]> {
  const { runner } = await import('node-pg-migrate')
  const ran = await runner({
    dbClient: client,
    dir: DIRECTORY,
    direction: 'up',
    migrationsTable: TABLE,
    checkOrder: true,
    singleTransaction: true,
    advisoryLockMode: 'wait',
    log: () => {},
  })
  return ran.map((migration) => migration.name)
}
