/** The tables of a running instance as of one moment, as files of an archive. Holds a few megabytes, whatever the size of the log. */
import type pg from 'pg'
import { beginSnapshot } from '../export.ts'
import { landedMigrations } from '../migrate.ts'
import { type ArchiveFile, FORMAT, MANIFEST, type Manifest, pieceName } from './archive.ts'
import { copyOut } from './copy-stream.ts'
import { copyStatement, type Table, tableBytes, tablesOf } from './tables.ts'

export type Snapshot = {
  readonly manifest: Manifest
  /** Bytes of {@link files}, about. */
  readonly bytes: number
  /** The manifest and every table, once. To be read to its end, or left; the snapshot ends with it. */
  files(): AsyncGenerator<ArchiveFile>
}

/**
 * @param client    to be used for nothing else until the files are read
 * @param software  version of VIVIM
 * @param now       milliseconds since the epoch
 */
export async function takeSnapshot(client: pg.ClientBase, software: string, now: number): Promise<Snapshot> {
  await beginSnapshot(client)
  const { rows } = await client.query<{ origin: string; size: string; note: string | null }>(
    `select origin, size, (select note from ledger.checkpoint order by size desc limit 1) as note from ledger.head`,
  )
  const [head] = rows
  if (head === undefined) throw new TypeError('ledger.head has no row')
  const tables = await tablesOf(client)
  const manifest: Manifest = {
    format: FORMAT,
    software,
    made: new Date(now).toISOString(),
    origin: head.origin,
    size: Number(head.size),
    checkpoint: head.note,
    migrations: await landedMigrations(client),
    tables,
  }
  let bytes = 0
  for (const table of tables) bytes += await tableBytes(client, table)
  return { manifest, bytes, files: () => files(client, manifest) }
}

async function* files(client: pg.ClientBase, manifest: Manifest): AsyncGenerator<ArchiveFile> {
  try {
    yield { name: MANIFEST, bytes: Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`) }
    for (const table of manifest.tables) yield* tableFiles(client, table)
  } finally {
    await client.query('rollback')
  }
}

async function* tableFiles(client: pg.ClientBase, table: Table): AsyncGenerator<ArchiveFile> {
  let n = 0
  for await (const bytes of copyOut(client, copyStatement(table, 'to stdout'))) yield { name: pieceName(table, n++), bytes }
}
