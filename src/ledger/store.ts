/** The ledger's tables: every query that reads them, and the rows that a batch adds. Bytes in, bytes out; meaning is given elsewhere. */
import type pg from 'pg'
import sql, { type Sql } from 'sql-template-tag'
import { decodeCommit } from './commit.ts'
import { CopyRows, transact } from './copy.ts'
import { copyOut } from './copy-out.ts'
import type { Hlc } from './hlc.ts'
import { keyName } from './key-state.ts'
import type { TileData } from './tlog/tile.ts'
import type { Hash, TreeHead } from './types.ts'
import type { Place } from './warrant.ts'

export type Db = Pick<pg.Pool, 'query'>

/** Revision of a stream without events. */
export const NO_STREAM = -1

/** A commit as stored: exactly the signed bytes. `blinding` is null when the leaf is public. */
export type StoredCommit = {
  readonly position: number
  readonly id: Hash
  readonly signature: Uint8Array
  readonly blinding: Uint8Array | null
  readonly bytes: Uint8Array
  /** Revision that each event made, by event index. */
  readonly revisions: readonly number[]
}

/** A sealed part. `wrapped` is what is stored of its key, see part.ts; null once that was destroyed. */
export type StoredPart = {
  readonly position: number
  readonly event: number
  readonly index: number
  readonly ciphertext: Uint8Array
  readonly wrapped: Uint8Array | null
}

/** Where an event is, as the table of streams has it. */
export type StreamRecord = { readonly stream: string; readonly position: number; readonly index: number }
/** The newest commit of a key in a lane. */
export type Chain = Hlc & { readonly seq: number; readonly id: Hash }
export type Checkpoint = { readonly size: number; readonly note: string }

/** The tree as the database has it. `latest`: the largest HLC time of its entries, ms. */
export type Head = TreeHead & { readonly latest: number }

/** What one transaction adds. */
export type Batch = {
  readonly from: TreeHead
  readonly to: Head
  readonly epoch: number
  readonly entries: readonly BatchEntry[]
  readonly tiles: readonly TileData[]
  /** Further statements of the same transaction. */
  readonly also?: readonly string[]
}

export type BatchEntry = StoredCommit & {
  readonly key: Uint8Array
  readonly lane: number
  readonly seq: number
  readonly events: readonly { readonly stream: string }[]
  readonly parts: readonly (Omit<StoredPart, 'position' | 'wrapped'> & { readonly wrapped: Uint8Array })[]
  /** SHA-256 of signer and client key; null when the caller gave none. */
  readonly digest: Uint8Array | null
  /** Parts that go, in the same transaction. */
  readonly erases: readonly Place[]
}

/** Stores the batch and moves the head: durable when this resolves, of unknown fate when it rejects. */
export function storeBatch(client: pg.ClientBase, batch: Batch): Promise<void> {
  const { entries, tiles, also = [] } = batch
  const [entry, ...more] = entries
  const alone = entry !== undefined && more.length === 0 && tiles.length === 0 && also.length === 0
  return alone && isSimple(entry) ? storeOne(client, batch, entry) : storeMany(client, batch)
}

/** One event with one sealed part: what most actions are. */
const isSimple = ({ events, parts, digest, erases }: BatchEntry): boolean =>
  events.length === 1 && parts.length === 1 && digest === null && erases.length === 0

/** A single entry by a prepared statement: to begin four COPYs takes longer than to insert four rows. */
async function storeOne(client: pg.ClientBase, { from, to, epoch }: Batch, entry: BatchEntry): Promise<void> {
  const { position, id, key, lane, seq, signature, blinding, bytes, revisions, events, parts } = entry
  const [[event], [part]] = [events, parts]
  const text = `
    with c as (insert into ledger.commit (position, id, key, lane, seq, signature, blinding, bytes, revisions)
      values ($6, $7, $8, $9, $10, $11, $12, $13, int4send($14))),
    e as (insert into ledger.event (position, index, revision, stream) values ($6, 0, $14, $15)),
    p as (insert into ledger.part (position, event, index, ciphertext) values ($6, $16, $17, $18)),
    k as (insert into ledger.part_key (position, event, index, wrapped) values ($6, $16, $17, $19))
    select ledger.advance($1, $2, $3, $4, $5)`
  const head = [from.size, epoch, to.size, to.root, to.latest]
  const commit = [position, id, key, lane, seq, signature, blinding, bytes, revisions[0] ?? NO_STREAM]
  const rest = [event?.stream, part?.event, part?.index, part?.ciphertext, part?.wrapped]
  await client.query({ name: 'store_one', text, values: [...head, ...commit, ...rest] })
}

async function storeMany(client: pg.ClientBase, { from, to, epoch, entries, tiles, also = [] }: Batch): Promise<void> {
  const { commit, event, part, partKey, idempotency, tile } = rowsFor(client)
  for (const { position, id, key, lane, seq, signature, blinding, bytes, revisions, events, parts, digest } of entries) {
    commit.row().int8(position).bytes(id).bytes(key).int2(lane).int8(seq).bytes(signature).bytes(blinding).bytes(bytes).int4s(revisions)
    for (let index = 0; index < events.length; index++) {
      event
        .row()
        .int8(position)
        .int2(index)
        .int4(revisions[index] ?? NO_STREAM)
        .text(events[index]?.stream ?? '')
    }
    for (const { event, index, ciphertext, wrapped } of parts) {
      part.row().int8(position).int2(event).int2(index).bytes(ciphertext)
      partKey.row().int8(position).int2(event).int2(index).bytes(wrapped)
    }
    if (digest !== null) idempotency.row().bytes(digest).int8(position)
  }
  for (const { level, index, bytes } of tiles) tile.row().int2(level).int8(index).bytes(bytes)
  const advance = `select ledger.advance(${from.size}, ${epoch}, ${to.size}, '\\x${hex(to.root)}', ${to.latest})`
  await transactOrForget(
    client,
    [advance, ...also, ...erasures(entries.flatMap(({ erases }) => erases))],
    [commit, event, part, partKey, idempotency, tile],
  )
}

/** True when a batch was refused, and nothing of it stored, because a stream that it was to begin has begun before. */
export function isWrongGuess(error: unknown): boolean {
  const { code, constraint } = error instanceof Error ? (error as pg.DatabaseError) : {}
  return code === '23505' && constraint === 'event_stream_revision_key'
}

/** Buffers that were not sent to their end may still be on their way: they are not used again. */
async function transactOrForget(client: pg.ClientBase, statements: readonly string[], rows: readonly CopyRows[]): Promise<void> {
  try {
    await transact(client, statements, rows)
  } catch (error) {
    rowsOf.delete(client)
    throw error
  }
}

/** Buffers of a session, filled anew for every batch: a session stores one batch at a time. */
type Rows = Readonly<Record<'commit' | 'event' | 'part' | 'partKey' | 'idempotency' | 'tile', CopyRows>>
const rowsOf = new WeakMap<pg.ClientBase, Rows>()

function rowsFor(client: pg.ClientBase): Rows {
  const known = rowsOf.get(client)
  if (known !== undefined) {
    for (const rows of Object.values(known)) rows.reset()
    return known
  }
  const rows = {
    commit: new CopyRows('ledger.commit', ['position', 'id', 'key', 'lane', 'seq', 'signature', 'blinding', 'bytes', 'revisions']),
    event: new CopyRows('ledger.event', ['position', 'index', 'revision', 'stream']),
    part: new CopyRows('ledger.part', ['position', 'event', 'index', 'ciphertext']),
    partKey: new CopyRows('ledger.part_key', ['position', 'event', 'index', 'wrapped']),
    idempotency: new CopyRows('ledger.idempotency', ['digest', 'position']),
    tile: new CopyRows('ledger.tile', ['level', 'index', 'hashes']),
  }
  rowsOf.set(client, rows)
  return rows
}

/** Key first, then ciphertext. Only numbers of ours get into the text. */
function erasures(places: readonly Place[]): string[] {
  if (places.length === 0) return []
  const list = places.map(({ position, event, index }) => `(${position},${event},${index})`).join()
  return ['part_key', 'part'].map((table) => `delete from ledger.${table} where (position, event, index) in (values ${list})`)
}

/**
 * Keeps a signed checkpoint, without waiting for the disk: a crash of the database may lose it. That is safe, because what it vouches for is on
 * the disk already and signing is deterministic: the next start finds a head without a note and signs the very same note again.
 */
export async function storeCheckpoint(client: pg.ClientBase, { size, note }: Checkpoint): Promise<void> {
  const text = `insert into ledger.checkpoint (size, note) select $1, $2 from set_config('synchronous_commit', 'off', true)`
  await client.query({ name: 'store_checkpoint', text, values: [size, note] })
}

export async function readHead(db: Db): Promise<Head> {
  const { rows } = await db.query<{ size: string; root: Buffer; latest: string }>('select size, root, latest from ledger.head')
  const head = rows[0]
  if (head === undefined) throw new TypeError('ledger.head has no row')
  return { size: Number(head.size), root: head.root, latest: Number(head.latest) }
}

export async function readCheckpoint(db: Db): Promise<Checkpoint | null> {
  const { rows } = await db.query<{ size: string; note: string }>('select size, note from ledger.checkpoint order by size desc limit 1')
  return rows[0] === undefined ? null : { size: Number(rows[0].size), note: rows[0].note }
}

/**
 * Commits at positions [from, to), in order. Their byte strings share memory.
 *
 * @param most  no more than so many bytes of commits, but at least one of them
 */
export async function commitRange(db: Db, from: number, to: number, most: number | null = null): Promise<StoredCommit[]> {
  const columns = 'position, id, signature, blinding, bytes, revisions'
  const range = `ledger.commit where position >= ${from} and position < ${to}`
  const counted = `select ${columns}, sum(octet_length(bytes)) over (order by position rows unbounded preceding) - octet_length(bytes) as before from ${range}`
  const source = most === null ? range : `(${counted}) counted where before < ${most}`
  const rows = await copyOut(db, `select ${columns} from ${source} order by position`)
  const commits: StoredCommit[] = []
  while (rows.next()) {
    const [position, id, signature] = [rows.int8(), rows.bytes(), rows.bytes()]
    commits.push({ position, id, signature, blinding: rows.bytesOrNull(), bytes: rows.bytes(), revisions: rows.int4s() })
  }
  return commits
}

/** Commits at the given positions, in order; those that do not exist are left out. */
export function commitsAt(db: Db, positions: readonly number[]): Promise<StoredCommit[]> {
  return commits(db, sql`where c.position = any(${positions}::bigint[])`)
}

async function commits(db: Db, where: Sql): Promise<StoredCommit[]> {
  const { rows } = await db.query<Omit<StoredCommit, 'position' | 'revisions'> & { position: string; revisions: Buffer }>(sql`
    select c.position, c.id, c.signature, c.blinding, c.bytes, c.revisions from ledger.commit c ${where} order by c.position`)
  return rows.map((row) => ({ ...row, position: Number(row.position), revisions: revisionsOf(row.revisions) }))
}

/** 4 bytes each, big-endian. */
function revisionsOf(bytes: Buffer): number[] {
  const revisions: number[] = []
  for (let at = 0; at < bytes.length; at += 4) revisions.push(bytes.readInt32BE(at))
  return revisions
}

/** Sealed parts of the commits at [from, to), in order. Their byte strings share memory. */
export async function partRange(db: Db, from: number, to: number): Promise<StoredPart[]> {
  const range = (table: string): string => `${table}.position >= ${from} and ${table}.position < ${to}`
  const rows = await copyOut(
    db,
    `select p.position, p.event, p.index, p.ciphertext, k.wrapped from ledger.part p
     left join ledger.part_key k on k.position = p.position and k.event = p.event and k.index = p.index and ${range('k')}
     where ${range('p')} order by p.position, p.event, p.index`,
  )
  const parts: StoredPart[] = []
  while (rows.next()) {
    const [position, event, index] = [rows.int8(), rows.int2(), rows.int2()]
    parts.push({ position, event, index, ciphertext: rows.bytes(), wrapped: rows.bytesOrNull() })
  }
  return parts
}

/** Sealed parts of the given events only, in order. */
export function partsOf(db: Db, events: readonly StreamRecord[]): Promise<StoredPart[]> {
  const positions = events.map((event) => event.position)
  const indexes = events.map((event) => event.index)
  return parts(db, sql`where (p.position, p.event) in (select * from unnest(${positions}::bigint[], ${indexes}::smallint[]))`)
}

async function parts(db: Db, where: Sql): Promise<StoredPart[]> {
  const { rows } = await db.query<Omit<StoredPart, 'position'> & { position: string }>(sql`
    select p.position, p.event, p.index, p.ciphertext, k.wrapped
    from ledger.part p left join ledger.part_key k using (position, event, index) ${where} order by p.position, p.event, p.index`)
  return rows.map((row) => ({ ...row, position: Number(row.position) }))
}

/** Where the events of a stream are, below `size`, oldest first. @param last  only so many of the newest; all of them when null */
export async function streamRecords(db: Db, stream: string, size: number, last: number | null): Promise<StreamRecord[]> {
  const { rows } = await db.query<Omit<StreamRecord, 'position'> & { position: string }>(sql`
    select stream, position, index from ledger.event where stream = ${stream} and position < ${size} order by revision desc limit ${last}`)
  return rows.reverse().map((row) => ({ ...row, position: Number(row.position) }))
}

/** Current revision of every given stream; NO_STREAM where there is none. Prepared: the writer asks it with every batch. */
export async function streamHeads(db: Db, streams: readonly string[]): Promise<Map<string, number>> {
  const { text, values } = sql`
    select stream, coalesce((select revision from ledger.event e where e.stream = s.stream order by revision desc limit 1), ${NO_STREAM}::int) as revision
    from unnest(${streams}::text[]) as s(stream)`
  const { rows } = await db.query<{ stream: string; revision: number }>({ name: 'stream_heads', text, values })
  return new Map(rows.map(({ stream, revision }) => [stream, revision]))
}

/** The newest commits of each key that has signed, by `keyName`. */
export async function chainHeads(db: Db, keys: readonly Uint8Array[]): Promise<Map<string, KeyChains>> {
  const { text, values } = sql`
    select c.key, c.lane, c.seq, c.id, c.bytes from unnest(${keys}::bytea[]) as k(key), (values (0::smallint), (1::smallint)) as l(lane),
    lateral (select * from ledger.commit where key = k.key and lane = l.lane order by seq desc limit 1) c order by c.lane`
  const { rows } = await db.query<{ key: Buffer; lane: number; seq: string; id: Buffer; bytes: Buffer }>({ name: 'chain_heads', text, values })
  const found = new Map<string, KeyChains>()
  for (const { key, lane, seq, id, bytes } of rows) {
    const { time, counter } = decodeCommit(bytes)
    found.set(keyName(key), withChain(found.get(keyName(key)) ?? NO_CHAINS, lane, { seq: Number(seq), id, time, counter }))
  }
  return found
}

/** What stands at places of chains; those that are free are left out. */
export async function commitsInChains(
  db: Db,
  places: readonly { readonly key: Uint8Array; readonly lane: number; readonly seq: number }[],
): Promise<{ readonly key: Uint8Array; readonly lane: number; readonly seq: number; readonly position: number; readonly id: Hash }[]> {
  const { rows } = await db.query<{ key: Buffer; lane: number; seq: string; position: string; id: Buffer }>(sql`
    select c.key, c.lane, c.seq, c.position, c.id from ledger.commit c where (c.key, c.lane, c.seq) in (select * from unnest(
      ${places.map(({ key }) => key)}::bytea[], ${places.map(({ lane }) => lane)}::smallint[], ${places.map(({ seq }) => seq)}::bigint[]))`)
  return rows.map((row) => ({ ...row, seq: Number(row.seq), position: Number(row.position) }))
}

/** The commits that write to each of these streams, in log order. */
export async function commitsOfStreams(
  db: Db,
  streams: readonly string[],
): Promise<Map<string, { readonly position: number; readonly bytes: Uint8Array }[]>> {
  const { rows } = await db.query<{ stream: string; position: string; bytes: Buffer }>(sql`
    select distinct on (e.stream, e.position) e.stream, e.position, c.bytes from ledger.event e join ledger.commit c using (position)
    where e.stream = any(${streams}::text[]) order by e.stream, e.position`)
  const found = rows.map(({ stream, position, bytes }) => ({ stream, position: Number(position), bytes }))
  return Map.groupBy(found, ({ stream }) => stream)
}

/** The two chains of a key, by lane: where each ends, null where it has not begun. */
export type KeyChains = readonly [Chain | null, Chain | null]
export const NO_CHAINS: KeyChains = [null, null]

export const withChain = (chains: KeyChains, lane: number, newest: Chain): KeyChains => (lane === 0 ? [newest, chains[1]] : [chains[0], newest])

/** Positions of appends that were already done, by hex digest. */
export async function donePositions(db: Db, digests: readonly Uint8Array[]): Promise<Map<string, number>> {
  const { text, values } = sql`select digest, position from ledger.idempotency where digest = any(${digests}::bytea[])`
  const { rows } = await db.query<{ digest: Buffer; position: string }>({ name: 'done_positions', text, values })
  return new Map(rows.map(({ digest, position }) => [hex(digest), Number(position)]))
}

export async function positionOf(db: Db, id: Hash): Promise<number | null> {
  const { rows } = await db.query<{ position: string }>(sql`select position from ledger.commit where id = ${id}`)
  return rows[0] === undefined ? null : Number(rows[0].position)
}

/** Full tiles of a level with indexes [from, to), in order. */
export async function tileRange(db: Db, level: number, from: number, to: number): Promise<Uint8Array[]> {
  const { rows } = await db.query<{ hashes: Buffer }>(
    sql`select hashes from ledger.tile where level = ${level} and index >= ${from} and index < ${to} order by index`,
  )
  return rows.map((row) => row.hashes)
}

export const hex = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')
