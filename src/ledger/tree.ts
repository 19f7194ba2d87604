/** The published tree: tiles, entry bundles, roots and proofs of everything that was acknowledged, and of nothing beyond. */
import { LRUCache } from 'lru-cache'
import { leafOf } from './entry.ts'
import { commitRange, type Db, tileRange } from './store.ts'
import { leafHash, rootOf, splitHashes } from './tlog/merkle.ts'
import {
  consistencyFromTiles,
  encodeEntryBundle,
  inclusionFromTiles,
  rootFromTiles,
  TILE_WIDTH,
  type Tile,
  type TileData,
  tileWidth,
} from './tlog/tile.ts'
import { TileEdge } from './tlog/tile-edge.ts'
import { type Hash, LedgerFault, type TreeHead } from './types.ts'

const HASH_BYTES = 32
/** Full tiles kept in memory, 8 KiB each. */
const CACHED_TILES = 512
const CACHED_BUNDLE_BYTES = 16 * 1024 * 1024

export class PublishedTree {
  readonly #db: Db
  #head: TreeHead
  /** The partial tile of each level, as of the head. */
  readonly #edge = new Map<number, TileData>()
  readonly #tiles = new LRUCache<string, Uint8Array>({ max: CACHED_TILES })
  readonly #bundles = new LRUCache<number, Uint8Array>({ maxSize: CACHED_BUNDLE_BYTES, sizeCalculation: (bundle) => bundle.length + 1 })

  /** @param tiles  the partial tiles of the head */
  constructor(db: Db, head: TreeHead, tiles: readonly TileData[]) {
    this.#db = db
    this.#head = head
    this.publish(head, tiles)
  }

  get head(): TreeHead {
    return this.#head
  }

  /** Moves the head forward. @param tiles  all that changed since the last head, full and partial */
  publish(head: TreeHead, tiles: readonly TileData[]): void {
    for (const tile of tiles) {
      if (tile.width < TILE_WIDTH) this.#edge.set(tile.level, tile)
      else this.#tiles.set(name(tile.level, tile.index), tile.bytes)
    }
    this.#head = head
  }

  /** `width` × 32 bytes, or null when the published tree does not reach that far. */
  async tile({ level, index, width }: Tile): Promise<Uint8Array | null> {
    const size = this.#head.size
    const available = tileWidth(level, index, size)
    if (width < 1 || width > available) return null
    const bytes = available === TILE_WIDTH ? await this.#full(level, index) : this.#open(level, index)
    return bytes.subarray(0, width * HASH_BYTES)
  }

  /** Entries `[256·index, 256·index + width)` as a bundle, or null when the published tree does not reach that far. */
  async entryBundle(index: number, width: number): Promise<Uint8Array | null> {
    if (width < 1 || width > tileWidth(0, index, this.#head.size)) return null
    const cached = width === TILE_WIDTH ? this.#bundles.get(index) : undefined
    if (cached !== undefined) return cached
    const from = index * TILE_WIDTH
    const commits = await commitRange(this.#db, from, from + width)
    if (commits.length !== width) throw new LedgerFault('GIVE_UP', `Entries [${from}, ${from + width}) are not all there: the database was altered.`)
    const bundle = encodeEntryBundle(commits.map(leafOf))
    if (width === TILE_WIDTH) this.#bundles.set(index, bundle)
    return bundle
  }

  /** Root of the tree of `size`. @throws {RangeError} beyond the published size */
  async rootAt(size: number): Promise<Hash> {
    const head = this.#head
    if (size === head.size) return head.root
    this.#assertPublished(size)
    return rootFromTiles(size, this.#read)
  }

  /** SHA-256(0x00 ‖ leaf) of the entry at `position`. @throws {RangeError} beyond the published size */
  async leafHashAt(position: number): Promise<Hash> {
    const width = (position % TILE_WIDTH) + 1
    const tile = await this.#read({ level: 0, index: Math.floor(position / TILE_WIDTH), width })
    return tile.subarray((width - 1) * HASH_BYTES, width * HASH_BYTES)
  }

  /** Audit path of `position` in the tree of `size`. @throws {RangeError} unless position < size ≤ published size */
  async inclusionProof(position: number, size: number): Promise<Hash[]> {
    this.#assertPublished(size)
    return inclusionFromTiles(position, size, this.#read)
  }

  /** @throws {RangeError} unless 0 < from ≤ to ≤ published size */
  async consistencyProof(from: number, to: number): Promise<Hash[]> {
    this.#assertPublished(to)
    return consistencyFromTiles(from, to, this.#read)
  }

  readonly #read = async (tile: Tile): Promise<Uint8Array> => {
    const bytes = await this.tile(tile)
    if (bytes === null) throw new RangeError(`no tile ${tile.level}/${tile.index} of width ${tile.width}`)
    return bytes
  }

  #open(level: number, index: number): Uint8Array {
    const tile = this.#edge.get(level)
    if (tile?.index !== index) throw new TypeError(`the right edge has no tile ${level}/${index}`)
    return tile.bytes
  }

  async #full(level: number, index: number): Promise<Uint8Array> {
    const cached = this.#tiles.get(name(level, index))
    if (cached !== undefined) return cached
    const [stored] = await tileRange(this.#db, level, index, index + 1)
    if (stored === undefined) throw new LedgerFault('GIVE_UP', `Tile ${level}/${index} is missing: the database was altered or damaged.`)
    this.#tiles.set(name(level, index), stored)
    return stored
  }

  #assertPublished(size: number): void {
    if (!Number.isSafeInteger(size) || size < 0 || size > this.#head.size)
      throw new RangeError(`no tree of ${size}: the log has ${this.#head.size} entries`)
  }
}

/**
 * The right edge of a stored tree, computed from what lies below it: leaf hashes of the newest commits, roots of full tiles.
 *
 * `tiles` are its partial tiles. That the root comes out as it was stored is for the caller to check.
 *
 * @throws {LedgerFault} GIVE_UP when rows are missing
 */
export async function loadEdge(db: Db, size: number): Promise<{ readonly edge: TileEdge; readonly tiles: readonly TileData[] }> {
  const tiles: TileData[] = []
  const edge = await TileEdge.load(size, async (tile) => {
    const bytes = await partialTile(db, tile)
    tiles.push({ ...tile, bytes })
    return bytes
  })
  return { edge, tiles }
}

async function partialTile(db: Db, { level, index, width }: Tile): Promise<Uint8Array> {
  const from = index * TILE_WIDTH
  const hashes =
    level === 0
      ? (await commitRange(db, from, from + width)).map((commit) => leafHash(leafOf(commit)))
      : (await tileRange(db, level - 1, from, from + width)).map((tile) => rootOf(splitHashes(tile)))
  if (hashes.length !== width) throw new LedgerFault('GIVE_UP', `Tile ${level}/${index} cannot be computed: the database was altered or damaged.`)
  return Buffer.concat(hashes)
}

const name = (level: number, index: number): string => `${level}/${index}`
