/** Where words still stand: every row of every table, what the planner sampled, and the files of tables and indexes on disk. */
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import type pg from 'pg'
import { startErasing } from '../../../src/erasing.ts'
import type { Eraser } from '../../../src/handlers/erasure/eraser.ts'
import type { TestInstance } from '../../support/instance.ts'

/** Every place where one of the words stands, in any table of this database, as text or as bytes. */
export async function tracesOf(pool: pg.Pool, words: readonly string[]): Promise<string[]> {
  const { rows: tables } = await pool.query<{ name: string }>(`
    select format('%I.%I', n.nspname, c.relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p', 'm') and (n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast') or c.relname = 'pg_statistic')
    order by 1`)
  const found: string[] = []
  for (const { name } of tables) {
    const { rows } = await pool.query<{ row: string }>(`select t::text as row from ${name} t`)
    for (const { row } of rows) for (const word of words) if (holds(row, word)) found.push(`${name}: ${word}`)
  }
  return [...new Set(found)]
}

/** Columns, of tables and indexes, of which the planner keeps samples that a deletion would not reach. */
export async function sampled(pool: pg.Pool): Promise<string[]> {
  const { rows } = await pool.query<{ name: string }>(`
    select format('%s.%s', c.oid::regclass, a.attname) as name from pg_statistic s
    join pg_class c on c.oid = s.starelid join pg_attribute a on a.attrelid = c.oid and a.attnum = s.staattnum
    where c.relnamespace in ('social'::regnamespace, 'access'::regnamespace, 'delivery'::regnamespace, 'conversations'::regnamespace, 'memories'::regnamespace)
      and a.atttypid in ('text'::regtype, 'text[]'::regtype, 'jsonb'::regtype, 'tsvector'::regtype)
    union all
    select format('%s.%s', c.oid::regclass, a.attname) from pg_statistic s
    join pg_class c on c.oid = s.starelid join pg_attribute a on a.attrelid = c.oid and a.attnum = s.staattnum
    where (c.relnamespace in ('conversations'::regnamespace, 'memories'::regnamespace) or c.oid in ('ledger.part'::regclass, 'ledger.part_key'::regclass, 'ledger.sealed_key'::regclass)) and a.atttypid = 'bytea'::regtype and c.relname <> 'cursor' -- hashes of the log
    order by 1`)
  return rows.map(({ name }) => name)
}

/** Text as it is, and as the bytes of a bytea. */
const holds = (row: string, word: string): boolean => row.includes(word) || row.includes(Buffer.from(word).toString('hex'))

/** Files of this database's tables and indexes in which one of the words stands. What was deleted has been cleared away before. */
export async function tracesOnDisk(pool: pg.Pool, words: readonly string[]): Promise<string[]> {
  const client = await pool.connect()
  try {
    const { rows: tables } = await client.query<{ name: string }>(`select format('%I.%I', schemaname, tablename) as name from pg_tables
      where schemaname not in ('pg_catalog', 'information_schema') union all select 'pg_catalog.pg_statistic'`)
    for (const { name } of tables) await client.query(`vacuum full ${name}`)
    await client.query('checkpoint')
    const { rows } = await client.query<{ dir: string; oid: number }>(
      `select current_setting('data_directory') as dir, oid from pg_database where datname = current_database()`,
    )
    const [{ dir, oid } = { dir: '', oid: 0 }] = rows
    const base = path.join(dir, 'base', String(oid))
    const found: string[] = []
    for (const file of await readdir(base)) {
      const bytes = await readFile(path.join(base, file))
      for (const word of words) if (bytes.includes(word)) found.push(`${file}: ${word}`)
    }
    return found
  } finally {
    client.release()
  }
}

/** An eraser for a test instance, which tells no other server. */
export const eraserOf = ({ deps }: TestInstance, owes: () => boolean = () => false): Promise<Eraser> =>
  startErasing({
    ...deps,
    delivery: { passed: () => true, owes: async () => owes(), forget: async () => {} },
  })
