/**
 * Tiles: the log as files of 256 hashes, which any web server or cache can hold, and everything that is computed from them.
 *
 * Tile (level, index) holds the nodes of tree level 8·level from 256·index on. A full tile is 8,192 bytes and never changes; the last one of
 * a level may be partial and is replaced as the log grows.
 *
 * @see https://c2sp.org/tlog-tiles
 */
import {
  consistencyPlan,
  emptyRoot,
  foldPlan,
  type Hash,
  inclusionPlan,
  type NodeRef,
  type ProofPlan,
  rangeNodes,
  rootOf,
  splitHashes,
} from './merkle.ts'

export const TILE_HEIGHT = 8
export const TILE_WIDTH = 256
const MAX_TILE_LEVEL = 63
const HASH_BYTES = 32

/** `width` is the number of hashes in it, 1 to 256. */
export type Tile = { readonly level: number; readonly index: number; readonly width: number }
export type TileData = Tile & { readonly bytes: Uint8Array }

/** Gives `width` × 32 bytes, the beginning of the tile; it may give more. Throws when there is no such tile. */
export type TileReader = (tile: Tile) => Promise<Uint8Array>

/** How many hashes the tile has in a tree of `size`: 256 full, less partial, 0 when it does not exist. */
export function tileWidth(level: number, index: number, size: number): number {
  const nodes = Math.floor(size / 2 ** (TILE_HEIGHT * level))
  return Math.max(0, Math.min(TILE_WIDTH, nodes - index * TILE_WIDTH))
}

/** The tile of a tree of `size` that a node can be computed from. */
export function tileOf({ level, index }: NodeRef, size: number): Tile {
  const tileLevel = Math.floor(level / TILE_HEIGHT)
  const tileIndex = Math.floor((index * 2 ** (level % TILE_HEIGHT)) / TILE_WIDTH)
  return { level: tileLevel, index: tileIndex, width: tileWidth(tileLevel, tileIndex, size) }
}

/** A node computed from the bytes of its tile: at most 127 node hashes. @throws {RangeError} when the tile is too short to hold it */
export function nodeFromTile({ level, index }: NodeRef, tile: Uint8Array): Hash {
  const span = 2 ** (level % TILE_HEIGHT)
  const start = (index * span) % TILE_WIDTH
  const hashes = splitHashes(tile.subarray(start * HASH_BYTES, (start + span) * HASH_BYTES))
  if (hashes.length !== span) throw new RangeError(`node ${level}/${index} is not in a tile of ${tile.length} bytes`)
  return rootOf(hashes)
}

/** Root of the tree of `size`. */
export async function rootFromTiles(size: number, read: TileReader): Promise<Hash> {
  if (size === 0) return emptyRoot()
  const [root] = await proofFromTiles([rangeNodes(0, size)], size, read)
  return root ?? emptyRoot()
}

/** Audit path of leaf `index` in the tree of `size`. @throws {RangeError} unless index < size */
export function inclusionFromTiles(index: number, size: number, read: TileReader): Promise<Hash[]> {
  return proofFromTiles(inclusionPlan(index, size), size, read)
}

/** Proof that the tree of `size1` is a prefix of the tree of `size2`. @throws {RangeError} unless size1 ≤ size2 */
export function consistencyFromTiles(size1: number, size2: number, read: TileReader): Promise<Hash[]> {
  return proofFromTiles(consistencyPlan(size1, size2), size2, read)
}

/** Reads each tile once, all of them at the same time. */
async function proofFromTiles(plan: ProofPlan, size: number, read: TileReader): Promise<Hash[]> {
  const wanted = new Map(
    plan
      .flat()
      .map((node) => tileOf(node, size))
      .map((tile) => [`${tile.level}/${tile.index}`, tile]),
  )
  const entries = [...wanted].map(async ([name, tile]) => [name, await read(tile)] as const)
  const tiles = new Map(await Promise.all(entries))
  return foldPlan(plan, (node) => {
    const { level, index } = tileOf(node, size)
    return nodeFromTile(node, tiles.get(`${level}/${index}`) ?? new Uint8Array())
  })
}

/**
 * Path of a tile under the log's prefix: `tile/0/x001/x234/067` or, partial, `tile/0/x001/x234/067.p/8`.
 *
 * @see https://c2sp.org/tlog-tiles#merkle-tree
 */
export function tilePath({ level, index, width }: Tile): string {
  return `tile/${level}/${indexPath(index)}${widthSuffix(width)}`
}

/** Path of the entry bundle that belongs to the level 0 tile of this index and width. */
export function entriesPath(index: number, width: number): string {
  return `tile/entries/${indexPath(index)}${widthSuffix(width)}`
}

/**
 * The tile or entry bundle a path names, or null when it is not exactly the path that {@link tilePath} or {@link entriesPath} would give.
 *
 * @param path  attacker-controlled
 */
export function parseTilePath(path: string): Tile | { readonly level: 'entries'; readonly index: number; readonly width: number } | null {
  const match = /^tile\/(entries|\d{1,2})\/((?:x\d{3}\/){0,5}\d{3})(?:\.p\/(\d{1,3}))?$/.exec(path)
  if (match === null) return null
  const [, kind, elements = '', partial] = match
  const index = Number(elements.replaceAll(/[x/]/g, ''))
  const width = partial === undefined ? TILE_WIDTH : Number(partial)
  if (!Number.isSafeInteger(index) || width < 1) return null
  const level = kind === 'entries' ? kind : Number(kind)
  const canonical = level === 'entries' ? entriesPath(index, width) : tilePath({ level, index, width })
  return canonical === path && (level === 'entries' || level <= MAX_TILE_LEVEL) ? { level, index, width } : null
}

/** Entries, each after its length as 16 bits, big-endian. @throws {RangeError} for an entry over 65,535 bytes */
export function encodeEntryBundle(entries: readonly Uint8Array[]): Uint8Array {
  const bundle = new Uint8Array(entries.reduce((sum, entry) => sum + 2 + entry.length, 0))
  let at = 0
  for (const entry of entries) {
    if (entry.length > 0xffff) throw new RangeError(`an entry of ${entry.length} bytes does not fit a bundle`)
    bundle[at] = entry.length >> 8
    bundle[at + 1] = entry.length & 0xff
    bundle.set(entry, at + 2)
    at += 2 + entry.length
  }
  return bundle
}

/** Entries of a bundle, as views. @param bundle attacker-controlled. @throws {RangeError} when it ends inside an entry */
export function decodeEntryBundle(bundle: Uint8Array): Uint8Array[] {
  const view = new DataView(bundle.buffer, bundle.byteOffset, bundle.byteLength)
  const entries: Uint8Array[] = []
  for (let at = 0; at < bundle.length; ) {
    const end = at + 2 <= bundle.length ? at + 2 + view.getUint16(at) : Number.POSITIVE_INFINITY
    if (end > bundle.length) throw new RangeError(`entry bundle ends inside entry ${entries.length}`)
    entries.push(bundle.subarray(at + 2, end))
    at = end
  }
  return entries
}

/** The bundle of the first `width` entries of a bundle. A view. @throws {RangeError} when it has fewer */
export function bundlePrefix(bundle: Uint8Array, width: number): Uint8Array {
  const view = new DataView(bundle.buffer, bundle.byteOffset, bundle.byteLength)
  let end = 0
  for (let i = 0; i < width; i++) end += end + 2 <= bundle.length ? 2 + view.getUint16(end) : Number.POSITIVE_INFINITY
  if (end > bundle.length) throw new RangeError(`a bundle does not hold ${width} entries`)
  return bundle.subarray(0, end)
}

/** Decimal groups of three, all but the last marked with an x. */
function indexPath(index: number): string {
  const groups = [String(index % 1000).padStart(3, '0')]
  for (let rest = Math.floor(index / 1000); rest > 0; rest = Math.floor(rest / 1000)) groups.unshift(`x${String(rest % 1000).padStart(3, '0')}`)
  return groups.join('/')
}

const widthSuffix = (width: number): string => (width === TILE_WIDTH ? '' : `.p/${width}`)
