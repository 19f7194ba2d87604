/**
 * The export: the whole log as one stream of bytes, straight from the tables. It judges nothing; what is stored is what is written, so that
 * the audit of an export is an audit of the database.
 *
 * @see docs/formats.md, "Export file"
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import sql from 'sql-template-tag'
import { type Disclosure, type EventRow, EXPORT_MAGIC, type ExportRecord, encodeRecord, type PartRecord } from './audit/export-format.ts'
import { blindedLeaf, CommitError, decodeCommit, publicLeaf } from './commit.ts'
import { leafHash } from './tlog/merkle.ts'
import { TILE_WIDTH } from './tlog/tile.ts'

export type ExportOptions = {
  /** `host[:port]/log/1`. */
  readonly origin: string
  /** C2SP verifier keys of the log, one per line, Ed25519 first. */
  readonly verifierKey: string
  /** Opens the key of a part. @throws when it was altered */
  readonly unwrap: (wrapped: Uint8Array) => Uint8Array
  readonly disclosure: Disclosure
  /** Leaves out what comes before the page of this position. */
  readonly from?: number
}

type Head = { readonly size: number; readonly root: Uint8Array; readonly covered: boolean; readonly first: string | null }
type CommitRow = {
  position: string
  id: Buffer
  key: Buffer
  lane: number
  seq: string
  signature: Buffer
  blinding: Buffer | null
  bytes: Buffer
  revisions: Buffer
}
type Page = {
  readonly commits: readonly CommitRow[]
  readonly events: ReadonlyMap<number, readonly EventRow[]>
  readonly parts: ReadonlyMap<number, readonly PartRecord[]>
  readonly tiles: ReadonlyMap<string, Uint8Array>
  readonly notes: ReadonlyMap<number, readonly string[]>
}

/** Entries read at a time: a tile's worth, so that tiles end where pages end. */
const PAGE = TILE_WIDTH

/** How often, and how long apart in ms, to wait for the checkpoint of a batch that was stored this moment. */
const PATIENCE = { attempts: 50, pause: 20 }

/**
 * The export in chunks of up to 256 entries, as of one moment: entries appended meanwhile are left out.
 *
 * `full` holds every payload and the keys that open them: whoever has it has everything. `public` may be given to anyone.
 */
export async function* exportLedger(pool: pg.Pool, options: ExportOptions): AsyncGenerator<Uint8Array> {
  const client = await pool.connect()
  try {
    await beginSnapshot(client)
    yield* exportSnapshot(client, options)
  } finally {
    await client.query('rollback').then(
      () => client.release(),
      (error: Error) => client.release(error),
    )
  }
}

/** The same, as the transaction that is open on `client` sees the tables. */
export async function* exportSnapshot(client: pg.ClientBase, options: ExportOptions): AsyncGenerator<Uint8Array> {
  const { size, root, first } = await readHead(client)
  const { origin, verifierKey, disclosure } = options
  const start = Math.floor((options.from ?? 0) / PAGE) * PAGE
  const opening: ExportRecord[] = [{ is: 'header', origin, verifierKey, disclosure }, ...(first === null ? [] : [checkpoint(0, first)])]
  yield Buffer.concat([EXPORT_MAGIC, ...opening.map(encodeRecord)])
  for (let from = start; from < size; from += PAGE) {
    const page = await readPage(client, from, Math.min(from + PAGE, size), options)
    yield Buffer.concat(pageRecords(page, disclosure).map(encodeRecord))
  }
  yield encodeRecord({ is: 'end', size, root })
}

/**
 * A view of the tables that stands still, of a moment at which the newest checkpoint covers the head. When no such moment comes, everything
 * is exported all the same: what the checkpoints do not cover is for the auditor to find.
 */
export async function beginSnapshot(client: pg.ClientBase): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    await client.query('begin isolation level repeatable read read only')
    const { covered } = await readHead(client)
    if (covered || attempt === PATIENCE.attempts) return
    await client.query('rollback')
    await sleep(PATIENCE.pause)
  }
}

async function readHead(client: pg.ClientBase): Promise<Head> {
  const { rows } = await client.query<{ size: string; root: Buffer; covered: boolean; first: string | null }>(`
    select size, root, exists (select from ledger.checkpoint c where c.size = head.size) as covered,
      (select note from ledger.checkpoint where size = 0) as first
    from ledger.head`)
  const [head] = rows
  if (head === undefined) throw new TypeError('ledger.head has no row')
  return { ...head, size: Number(head.size) }
}

/** Everything about entries [from, to). */
async function readPage(client: pg.ClientBase, from: number, to: number, { unwrap, disclosure }: ExportOptions): Promise<Page> {
  const range = sql`position >= ${from} and position < ${to}`
  const commits = await client.query<CommitRow>(
    sql`select position, id, key, lane, seq, signature, blinding, bytes, revisions from ledger.commit where ${range} order by position`,
  )
  const events = await readEvents(client, commits.rows)
  const parts = disclosure === 'full' ? await readParts(client, from, to, unwrap) : []
  const tiles = await readTiles(client, from, to)
  const notes = await client.query<{ size: string; note: string }>(
    sql`select size, note from ledger.checkpoint where size > ${from} and size <= ${to}
      union all select size, note from ledger.cosigned where size > ${from} and size <= ${to}`,
  )
  return {
    commits: commits.rows,
    events,
    parts: Map.groupBy(parts, ({ position }) => position),
    tiles,
    notes: new Map([...Map.groupBy(notes.rows, ({ size }) => Number(size))].map(([size, rows]) => [size, rows.map(({ note }) => note)])),
  }
}

/**
 * What the index of streams says of the events of these commits, by position. It is asked as readers ask it, by stream and revision: an event
 * that would not be found there is left out, and missed by the audit.
 */
async function readEvents(client: pg.ClientBase, commits: readonly CommitRow[]): Promise<Map<number, EventRow[]>> {
  const wanted = commits.flatMap(({ position, bytes, revisions }) =>
    streamsOf(bytes).map((stream, index) => ({ position: Number(position), index, stream, revision: revisionAt(revisions, index) })),
  )
  const { rows } = await client.query<{ position: string; index: number; stream: string; revision: number }>(sql`
    select e.position, e.index, e.stream, e.revision from unnest(${wanted.map(({ stream }) => stream)}::text[],
      ${wanted.map(({ revision }) => revision)}::int4[]) as w(stream, revision) join ledger.event e using (stream, revision)
    order by e.position, e.index`)
  return Map.groupBy(rows, ({ position }) => Number(position))
}

/** Bytes that are no commit have no streams: the audit will say so. */
function streamsOf(bytes: Uint8Array): string[] {
  try {
    return decodeCommit(bytes).events.map(({ stream }) => stream)
  } catch (error) {
    if (error instanceof CommitError) return []
    throw error
  }
}

const revisionAt = (revisions: Buffer, index: number): number => (revisions.length >= 4 * index + 4 ? revisions.readInt32BE(4 * index) : -1)

async function readParts(client: pg.ClientBase, from: number, to: number, unwrap: ExportOptions['unwrap']): Promise<PartRecord[]> {
  const { rows } = await client.query<{ position: string; event: number; index: number; ciphertext: Buffer; wrapped: Buffer | null }>(sql`
    select p.position, p.event, p.index, p.ciphertext, k.wrapped
    from ledger.part p left join ledger.part_key k using (position, event, index)
    where p.position >= ${from} and p.position < ${to} order by p.position, p.event, p.index`)
  return rows.map(({ position, event, index, ciphertext, wrapped }) => ({
    is: 'part',
    position: Number(position),
    event,
    part: index,
    ciphertext,
    key: wrapped === null ? null : opened(wrapped, unwrap),
  }))
}

/** A key that does not open is exported as one that opens nothing, for the audit to name. */
function opened(wrapped: Uint8Array, unwrap: ExportOptions['unwrap']): Uint8Array {
  try {
    return unwrap(wrapped)
  } catch {
    return new Uint8Array(0)
  }
}

/** The full tiles that entries [from, to) complete, by `level/index`. One that is not stored has no bytes. */
async function readTiles(client: pg.ClientBase, from: number, to: number): Promise<Map<string, Uint8Array>> {
  const wanted = Array.from({ length: to - from }, (_, i) => completedTiles(from + i + 1)).flat()
  if (wanted.length === 0) return new Map()
  const { rows } = await client.query<{ level: number; index: string; hashes: Buffer }>(sql`
    select level, index, hashes from ledger.tile
    where (level, index) in (select * from unnest(${wanted.map(([level]) => level)}::smallint[], ${wanted.map(([, index]) => index)}::bigint[]))`)
  return new Map(rows.map(({ level, index, hashes }) => [`${level}/${index}`, hashes]))
}

/** The tiles that are full in a tree of `size` and were not in one of `size - 1`. */
function completedTiles(size: number): (readonly [level: number, index: number])[] {
  const tiles: [number, number][] = []
  for (let level = 0, span = TILE_WIDTH; size % span === 0; level++, span *= TILE_WIDTH) tiles.push([level, size / span - 1])
  return tiles
}

function pageRecords({ commits, events, parts, tiles, notes }: Page, disclosure: Disclosure): ExportRecord[] {
  return commits.flatMap((row) => {
    const position = Number(row.position)
    return [
      entry(row, events.get(position) ?? [], disclosure),
      ...(parts.get(position) ?? []),
      ...completedTiles(position + 1).map(
        ([level, index]) => ({ is: 'tile', level, index, hashes: tiles.get(`${level}/${index}`) ?? new Uint8Array() }) as const,
      ),
      ...(notes.get(position + 1) ?? []).map((note) => checkpoint(position + 1, note)),
    ]
  })
}

function entry(
  { position, id, key, lane, seq, signature, blinding, bytes }: CommitRow,
  events: readonly EventRow[],
  disclosure: Disclosure,
): ExportRecord {
  const leaf = blinding === null ? publicLeaf(bytes, signature) : blindedLeaf(bytes, signature, blinding)
  if (disclosure === 'public' && blinding !== null) return { is: 'blinded', position: Number(position), leaf }
  const index = { id, key, lane, seq: Number(seq), events }
  return { is: 'commit', position: Number(position), commit: bytes, signature, blinding, leafHash: leafHash(leaf), index }
}

const checkpoint = (size: number, note: string): ExportRecord => ({ is: 'checkpoint', size, note: Buffer.from(note) })
