/** The published tree: tiles, entry bundles, roots and proofs of everything that was acknowledged, and of nothing beyond. */
import { LRUCache } from 'lru-cache'
import { leafOf } from './entry.ts'
import { commitRange, type Db, tileRange } from './store.ts'
import type { TileFiles } from './tile-files.ts'
import { expandTile, extendTile, nodeAt, nodeFromExpanded, rootOfExpanded } from './tlog/expanded-tile.ts'
import { consistencyPlan, emptyRoot, foldPlan, inclusionPlan, leafHash, type ProofPlan, rangeNodes, rootOf, splitHashes } from './tlog/merkle.ts'
import { bundlePrefix, encodeEntryBundle, TILE_WIDTH, type Tile, type TileData, tileOf, tileWidth } from './tlog/tile.ts'
import { TileEdge } from './tlog/tile-edge.ts'
import { type Hash, LedgerFault, type TreeHead } from './types.ts'

const HASH_BYTES = 32
/** Full tiles kept in memory, 8 KiB each. */
const CACHED_TILES = 512
/** Expanded tiles kept in memory, 16 KiB each. */
const CACHED_EXPANDED = 512
const CACHED_BUNDLE_BYTES = 16 * 1024 * 1024

export class PublishedTree {
  readonly #db: Db
  #head: TreeHead
  readonly #files: TileFiles | null
  /** The partial tile of each level, as of the head. */
  readonly #edge = new Map<number, TileData>()
  /** Those of them that somebody asked for, expanded. */
  readonly #grown = new Map<number, { readonly index: number; readonly width: number; readonly expanded: Uint8Array }>()
  readonly #expanded = new LRUCache<string, Uint8Array>({ max: CACHED_EXPANDED })
  /** Full tiles that are yet to be expanded, newest last. */
  readonly #unexpanded = new Map<string, TileData>()
  readonly #tiles = new LRUCache<string, Uint8Array>({ max: CACHED_TILES })
  readonly #bundles = new LRUCache<number, Uint8Array>({ maxSize: CACHED_BUNDLE_BYTES, sizeCalculation: (bundle) => bundle.length + 1 })

  /**
   * @param tiles  the partial tiles of the head
   * @param files  where expanded tiles are kept; null for nowhere
   */
  constructor(db: Db, head: TreeHead, tiles: readonly TileData[], files: TileFiles | null = null) {
    this.#db = db
    this.#files = files
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
      else this.#fill(tile)
    }
    this.#head = head
  }

  /** From now on the tile never changes. What was kept of it is of another history. */
  #fill(tile: TileData): void {
    const key = name(tile.level, tile.index)
    this.#tiles.set(key, tile.bytes)
    this.#expanded.delete(key)
    if (this.#files === null) return
    this.#unexpanded.set(key, tile)
    setImmediate(() => this.#expand(key, tile))
  }

  #expand(key: string, { level, index, bytes }: TileData): Uint8Array {
    const expanded = expandTile(bytes)
    this.#unexpanded.delete(key)
    this.#expanded.set(key, expanded)
    this.#files?.keep(level, index, expanded)
    return expanded
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
    const available = tileWidth(0, index, this.#head.size)
    if (width < 1 || width > available) return null
    if (width < available && available === TILE_WIDTH) return bundlePrefix((await this.entryBundle(index, TILE_WIDTH)) ?? new Uint8Array(), width)
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
    const [root] = size === 0 ? [] : await this.#prove([rangeNodes(0, size)])
    return root ?? emptyRoot()
  }

  /** SHA-256(0x00 ‖ leaf) of the entry at `position`. @throws {RangeError} beyond the published size */
  async leafHashAt(position: number): Promise<Hash> {
    this.#assertPublished(position + 1)
    const index = Math.floor(position / TILE_WIDTH)
    return nodeAt(this.#kept(0, index) ?? (await this.#load(0, index)), 0, position)
  }

  /** Audit path of `position` in the tree of `size`. @throws {RangeError} unless position < size ≤ published size */
  async inclusionProof(position: number, size: number): Promise<Hash[]> {
    this.#assertPublished(size)
    return this.#prove(inclusionPlan(position, size))
  }

  /** @throws {RangeError} unless 0 ≤ from ≤ to ≤ published size */
  async consistencyProof(from: number, to: number): Promise<Hash[]> {
    this.#assertPublished(to)
    return this.#prove(consistencyPlan(from, to))
  }

  /** The hashes of a plan. What is kept in memory or in files is at hand at once; only what is not is waited for. */
  async #prove(plan: ProofPlan): Promise<Hash[]> {
    const tiles = new Map<string, Uint8Array>()
    for (const node of plan.flat()) {
      const { level, index } = tileOf(node, this.#head.size)
      const key = name(level, index)
      if (!tiles.has(key)) tiles.set(key, this.#kept(level, index) ?? (await this.#load(level, index)))
    }
    return foldPlan(plan, (node) => {
      const { level, index } = tileOf(node, this.#head.size)
      return nodeFromExpanded(node, tiles.get(name(level, index)) ?? new Uint8Array())
    })
  }

  /** The expanded tile, when it is at hand. */
  #kept(level: number, index: number): Uint8Array | null {
    const width = tileWidth(level, index, this.#head.size)
    if (width < TILE_WIDTH) return this.#growing(level, index, width)
    const key = name(level, index)
    const known = this.#expanded.get(key)
    if (known !== undefined) return known
    const fresh = this.#unexpanded.get(key)
    if (fresh !== undefined) return this.#expand(key, fresh)
    const parent = this.#kept(level + 1, Math.floor(index / TILE_WIDTH))
    const stored = parent === null ? null : (this.#files?.read(level, index) ?? null)
    if (parent === null || stored === null || !same(rootOfExpanded(stored), nodeAt(parent, 0, index))) return null
    this.#expanded.set(key, stored)
    return stored
  }

  /** A full tile, made again from the database and held against the hash that the level above has of it. */
  async #load(level: number, index: number): Promise<Uint8Array> {
    const above = Math.floor(index / TILE_WIDTH)
    const parent = this.#kept(level + 1, above) ?? (await this.#load(level + 1, above))
    const expanded = expandTile(await this.#full(level, index))
    if (!same(rootOfExpanded(expanded), nodeAt(parent, 0, index)))
      throw new LedgerFault('GIVE_UP', `Tile ${level}/${index} does not make the hash above it: the database was altered or damaged.`)
    this.#expanded.set(name(level, index), expanded)
    this.#files?.keep(level, index, expanded)
    return expanded
  }

  /** The partial tile of a level. Only what is new since somebody asked is computed. */
  #growing(level: number, index: number, width: number): Uint8Array {
    const hashes = this.#open(level, index)
    const known = this.#grown.get(level)
    const grows = known !== undefined && known.index === index && known.width <= width && begins(hashes, known.expanded, known.width * HASH_BYTES)
    if (grows && known.width === width) return known.expanded
    const expanded = grows ? extendTile(known.expanded, hashes, known.width) : expandTile(hashes)
    this.#grown.set(level, { index, width, expanded })
    return expanded
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

const begins = (a: Uint8Array, b: Uint8Array, bytes: number): boolean => same(a.subarray(0, bytes), b.subarray(0, bytes))
const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0
const name = (level: number, index: number): string => `${level}/${index}`
