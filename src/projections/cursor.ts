/**
 * Where a projection stands, kept with its rows: how many commits it has folded, and the Merkle root over exactly those leaves. Whoever
 * compares that root with the log's at the same size knows that nothing was skipped, reordered or invented.
 */
import { hash } from 'node:crypto'
import type pg from 'pg'
import { CompactRange } from '../ledger/tlog/merkle.ts'
import type { Moments } from './moments.ts'
import type { Projection } from './projection.ts'

/** One row, and the events that could not be folded (see `Folder`), in every projection's schema. */
export const cursorDdl = `
create table cursor (
  single bool primary key default true check (single),
  version int4 not null,
  code_hash bytea not null,
  -- Commits folded: the position of the next one.
  position int8 not null,
  -- Peaks of the compact range over their leaves, and its root.
  range bytea not null,
  root bytea not null,
  -- The least that the next event may get, see moments.ts.
  moment int8 not null
);
create table parked (
  position int8 not null,
  index int4 not null,
  type text not null,
  reason text not null,
  primary key (position, index)
);
`

export type Cursor = {
  readonly codeHash: Buffer
  readonly range: CompactRange
  /** As stored: equal to the range's, unless somebody wrote here. */
  readonly root: Buffer
  readonly moment: bigint
}

/** SHA-256 over name, version, tables and everything that decides rows. */
export const codeHash = ({ name, version, ddl, indexes = '', source }: Projection): Buffer =>
  hash('sha256', JSON.stringify([name, version, cursorDdl, ddl, indexes, source]), 'buffer')

/** The cursor of a schema; null when there is none, or one of another version, whose columns need not be ours. */
export async function loadCursor(db: pg.ClientBase, schema: string, version: number): Promise<Cursor | null> {
  const exists = await db.query<{ found: boolean }>('select to_regclass($1) is not null as found', [`${schema}.cursor`])
  if (exists.rows[0]?.found !== true) return null
  const versions = await db.query<{ version: number }>(`select version from ${schema}.cursor`)
  if (versions.rows[0]?.version !== version) return null
  const { rows } = await db.query<{ code_hash: Buffer; position: string; range: Buffer; root: Buffer; moment: string }>(
    `select code_hash, position, range, root, moment from ${schema}.cursor`,
  )
  const row = rows[0]
  if (row === undefined) return null
  return { codeHash: row.code_hash, range: rangeOf(Number(row.position), row.range), root: row.root, moment: BigInt(row.moment) }
}

/** A range whose bytes do not fit its size proves nothing: it is answered as empty, and its root will differ from the stored one. */
function rangeOf(size: number, bytes: Buffer): CompactRange {
  try {
    return CompactRange.fromBytes(size, bytes)
  } catch {
    return CompactRange.empty()
  }
}

/** Creates the projection's schema anew, with empty tables and a cursor at the beginning of the log. */
export async function createSchema(db: pg.ClientBase, schema: string, projection: Projection): Promise<void> {
  await db.query(
    `drop schema if exists ${schema} cascade; create schema ${schema}; set local search_path = ${schema}; ${cursorDdl} ${projection.ddl}`,
  )
  const { range, root } = { range: CompactRange.empty().toBytes(), root: CompactRange.empty().root() }
  await db.query(`insert into ${schema}.cursor (version, code_hash, position, range, root, moment) values ($1, $2, 0, $3, $4, 0)`, [
    projection.version,
    codeHash(projection),
    Buffer.from(range),
    Buffer.from(root),
  ])
}

/** Where a projection comes to by a batch. */
export type Place = { readonly range: CompactRange; readonly moments: Moments }

/** Moves the cursor, in the caller's transaction. @returns false when it did not stand at `from`: somebody else folds into the same rows */
export async function moveCursor(db: pg.ClientBase, from: number, { range, moments }: Place): Promise<boolean> {
  const result = await db.query({
    name: 'cursor',
    text: 'update cursor set position = $2, range = $3, root = $4, moment = $5 where position = $1',
    values: [from, range.size, Buffer.from(range.toBytes()), Buffer.from(range.root()), moments.next.toString()],
  })
  return result.rowCount === 1
}
