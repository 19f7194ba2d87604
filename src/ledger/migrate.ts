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
  return (await knownMigrations()).join() === (await landedMigrations(client)).join()
}

/** Names of the migrations that were run on this database, in order. @throws when none ever was */
export async function landedMigrations(client: pg.ClientBase): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(`select name from public.${TABLE} order by name`)
  return rows.map(({ name }) => name)
}

/** Names of the migrations of this version, in order. */
export async function knownMigrations(): Promise<string[]> {
  const files = (await readdir(DIRECTORY)).filter((file) => file.endsWith('.sql')).sort()
  return files.map((file) => file.replace(/\.sql$/, ''))
}

/**
 * Names of the migrations that were run now; empty when the database was up to date. All of them commit together, or none.
 *
 * @param count  how many at most; all when absent
 * @throws {Error} when a landed migration is missing or out of order, or a statement fails
 */
export async function migrate(client: pg.ClientBase, count?: number): Promise<string[]> {
  const { runner } = await import('node-pg-migrate')
  const ran = await runner({
    dbClient: client,
    dir: DIRECTORY,
    direction: 'up',
    ...(count === undefined ? {} : { count }),
    migrationsTable: TABLE,
    checkOrder: true,
    singleTransaction: true,
    advisoryLockMode: 'wait',
    log: () => {},
  })
  return ran.map((migration) => migration.name)
}
