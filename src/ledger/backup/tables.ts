/** The tables that a backup holds, as the database's own catalogue describes them: nothing here knows what a commit is. */
import type pg from 'pg'
import sql from 'sql-template-tag'

/** `name` with its schema. Columns in order, without those that the database computes. */
export type Table = { readonly name: string; readonly columns: readonly string[] }

/** Schemas whose tables are facts, or remember what was done for them. What is missing here is made again from the log. */
export const SCHEMAS = ['ledger', 'delivery', 'erasure'] as const
/** Schemas that migrations make and no backup holds: how far the log has been read for something that can be read again. */
export const MADE_AGAIN = ['pipeline', 'retrieval'] as const

/** Without its row there is no log: written last, so that whatever breaks off before leaves nothing that could go on. */
export const HEAD = 'ledger.head'
/** Says that a database came out of a backup: of this one, not of the one that was backed up. */
const RESTORATION = 'ledger.restoration'

/** All tables of {@link SCHEMAS}, by name, the head last. */
export async function tablesOf(client: pg.ClientBase): Promise<Table[]> {
  const { rows } = await client.query<Table>(sql`
    select n.nspname || '.' || c.relname as name, array_agg(a.attname::text order by a.attnum) as columns
    from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid
    where c.relkind = 'r' and n.nspname = any(${[...SCHEMAS]}) and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
    group by n.nspname, c.relname order by n.nspname, c.relname`)
  const tables = rows.filter(({ name }) => name !== RESTORATION)
  return [...tables.filter(({ name }) => name !== HEAD), ...tables.filter(({ name }) => name === HEAD)]
}

/** Bytes of a table on disk, without indexes: about what its COPY will be. */
export async function tableBytes(client: pg.ClientBase, { name }: Table): Promise<number> {
  const { rows } = await client.query<{ bytes: string }>(sql`select pg_table_size(${quoted(name)}::regclass) as bytes`)
  return Number(rows[0]?.bytes)
}

/** `direction`: `to stdout` or `from stdin`. */
export const copyStatement = ({ name, columns }: Table, direction: 'to stdout' | 'from stdin'): string =>
  `copy ${quoted(name)} (${columns.map(identifier).join(', ')}) ${direction} (format binary)`

/** Empties a table that a migration filled; leaves an empty one alone, for append-only tables refuse even to be emptied. */
export async function clear(client: pg.ClientBase, { name }: Table): Promise<void> {
  const { rowCount } = await client.query(`select from ${quoted(name)} limit 1`)
  if (rowCount !== 0) await client.query(`delete from ${quoted(name)}`)
}

/** Numbers that the tables give themselves go on behind the highest there is. */
export async function advanceSequences(client: pg.ClientBase, tables: readonly Table[]): Promise<void> {
  for (const { name, columns } of tables) {
    const { rows } = await client.query<{ column: string; sequence: string }>(sql`
      select c as column, s as sequence from unnest(${[...columns]}::text[]) c, pg_get_serial_sequence(${quoted(name)}, c) s where s is not null`)
    for (const { column, sequence } of rows)
      await client.query(`select setval($1, coalesce(max(${identifier(column)}), 0) + 1, false) from ${quoted(name)}`, [sequence])
  }
}

/** Quoted for SQL. A name out of a backup is data, not text to run. */
export const quoted = (name: string): string => name.split('.').map(identifier).join('.')

const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`
