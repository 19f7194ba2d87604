/**
 * Audit of a running instance from outside, with nothing but what it shows to anyone: every leaf, the root, the checkpoint's signature, the
 * tiles; of public commits also signature, chain, clock and key. Private commits are 33 opaque bytes each, held to their place in the tree.
 */
import { type Checkpoint, openCheckpoint } from '../tlog/checkpoint.ts'
import { NoteError, parseVerifierKey } from '../tlog/note.ts'
import { decodeEntryBundle, entriesPath, TILE_WIDTH, type Tile, tilePath, tileWidth } from '../tlog/tile.ts'
import type { AuditState } from './audit-state.ts'
import { Auditor, type AuditorOptions, type EarlierHead } from './auditor.ts'
import { LogClient } from './log-client.ts'
import type { AuditReport } from './report.ts'
import { Saving } from './saving.ts'
import type { TileHashes } from './tree.ts'

export type UrlAuditOptions = AuditorOptions & {
  /** Entries checked so far, and how many there are. */
  readonly onProgress?: (entries: number, total: number) => void
  /** Now and then: what a later audit could go on from. */
  readonly onState?: (state: AuditState) => Promise<void>
  readonly signal?: AbortSignal
}

type Bundle = {
  readonly index: number
  readonly width: number
  readonly entries: Uint8Array
  readonly tiles: readonly (Tile & { readonly hashes: Uint8Array })[]
}

/** Bundles asked for while earlier ones are checked. */
const AHEAD = 4

/**
 * What is true of the log that `url` serves. With `since` or `resume`, the entries before are not fetched.
 *
 * @param url  any URL of the instance; its origin counts
 * @throws {LogUnreachable} when it cannot be read to its end: then there is no verdict
 */
export async function auditUrl(url: string, options: UrlAuditOptions): Promise<AuditReport> {
  const client = new LogClient(new URL(url).origin, options.signal)
  const auditor = new Auditor(options)
  try {
    return await readThrough(client, auditor, options)
  } finally {
    await auditor.close()
  }
}

async function readThrough(client: LogClient, auditor: Auditor, options: UrlAuditOptions): Promise<AuditReport> {
  const note = await client.read('/log/checkpoint')
  const verifierKeys = await verifierKeysOf(client, options.verifierKey)
  const checkpoint = opened(note, options.verifierKey ?? verifierKeys[0] ?? '')
  if (checkpoint instanceof NoteError) {
    auditor.alarms.raise(null, 'checkpoint', `${client.base}/log/checkpoint is not a checkpoint by the log’s key: ${checkpoint.message}`)
    return auditor.finish(null)
  }
  const { origin, size } = checkpoint
  const { since, resume } = options
  const from = resume?.size ?? since?.size ?? 0
  auditor.begin(origin, verifierKeys, 'public')
  if (from > size) return auditor.finishSetBack(size, Buffer.from(note).toString())
  if (since !== undefined && !auditor.startBehind(since, await edgeTiles(client, since, size))) return auditor.finish(null)
  const saving = new Saving(auditor, options.onState)
  for await (const bundle of bundles(client, from, size)) {
    takeEntries(auditor, bundle, from)
    for (const tile of bundle.tiles) auditor.tile(tile)
    await auditor.room()
    await saving.due()
    options.onProgress?.(auditor.size, size)
  }
  auditor.checkpoint(size, note)
  await saving.last()
  return auditor.finish(size)
}

/** The signed size says how far to read. What nobody signed is not worth reading on for. */
function opened(note: Uint8Array, verifierKey: string): Checkpoint | NoteError {
  try {
    return openCheckpoint(Buffer.from(note).toString(), parseVerifierKey(verifierKey))
  } catch (error) {
    if (error instanceof NoteError) return error
    throw error
  }
}

/** The keys the instance says its log is signed with, Ed25519 first: trust on first use. A pinned key can do without. */
async function verifierKeysOf(client: LogClient, pinned: string | undefined): Promise<string[]> {
  try {
    const keys = Buffer.from(await client.read('/log/key')).toString()
    return keys.split('\n').flatMap((line) => (line.trim() === '' ? [] : [line.trim()]))
  } catch (error) {
    if (pinned === undefined) throw error
    return [pinned]
  }
}

/** The tiles that end each level of the tree of an earlier head, as far as that tree reached, out of the log as it is now. */
function edgeTiles(client: LogClient, { size }: EarlierHead, now: number): Promise<TileHashes[]> {
  const edge = rightEdge(size).map(async ({ level, index, width }) => {
    const tile = { level, index, width: tileWidth(level, index, now) }
    return { level, index, hashes: (await client.read(`/log/${tilePath(tile)}`)).subarray(0, width * 32) }
  })
  return Promise.all(edge)
}

/** Entries in order, read ahead. */
async function* bundles(client: LogClient, from: number, size: number): AsyncGenerator<Bundle> {
  const first = Math.floor(from / TILE_WIDTH)
  const count = from === size ? first : Math.ceil(size / TILE_WIDTH)
  const coming: Promise<Bundle>[] = []
  for (let index = first; index < count + AHEAD; index++) {
    if (index < count) coming.push(settled(readBundle(client, index, size)))
    if (index < first + AHEAD) continue
    const bundle = coming.shift()
    if (bundle !== undefined) yield await bundle
  }
}

/** A rejection that is awaited later is not an unhandled one. */
function settled<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {})
  return promise
}

async function readBundle(client: LogClient, index: number, size: number): Promise<Bundle> {
  const width = tileWidth(0, index, size)
  const last = (index + 1) * TILE_WIDTH >= size
  const [entries, ...tiles] = await Promise.all([
    client.read(`/log/${entriesPath(index, width)}`),
    ...tilesUpTo(index, size, last).map(async (tile) => ({ ...tile, hashes: await client.read(`/log/${tilePath(tile)}`) })),
  ])
  return { index, width, entries, tiles }
}

/** Every tile of the log once, beside the last bundle that it covers. */
function tilesUpTo(index: number, size: number, last: boolean): Tile[] {
  const full: Tile[] = []
  for (let level = 0, n = index + 1; (index + 1) * TILE_WIDTH <= size && Number.isInteger(n); level++, n /= TILE_WIDTH) {
    full.push({ level, index: n - 1, width: TILE_WIDTH })
  }
  return last ? [...full, ...rightEdge(size)] : full
}

/** The partial tile that ends each level of a tree of `size`, where it does not end with a full one. */
function rightEdge(size: number): Tile[] {
  const tiles: Tile[] = []
  for (let level = 0, nodes = size; nodes > 0; level++, nodes = Math.floor(nodes / TILE_WIDTH)) {
    const index = Math.floor(nodes / TILE_WIDTH)
    const width = tileWidth(level, index, size)
    if (width > 0) tiles.push({ level, index, width })
  }
  return tiles
}

function takeEntries(auditor: Auditor, { index, width, entries }: Bundle, from: number): void {
  const begin = index * TILE_WIDTH
  try {
    const leaves = decodeEntryBundle(entries)
    for (const [i, leaf] of leaves.entries()) if (begin + i >= from) auditor.leaf(begin + i, leaf)
    if (leaves.length !== width)
      auditor.alarms.raise(begin + leaves.length, 'position', `bundle ${index} has ${leaves.length} entries and should have ${width}`)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    auditor.alarms.raise(begin, 'encoding', `bundle ${index} cannot be read: ${error.message}`)
  }
}
