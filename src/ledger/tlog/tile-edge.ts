/** The growing right edge of a tiled log: what the writer keeps in memory between two batches. */
import { CompactRange, type Hash, rangeNodes } from './merkle.ts'
import { nodeFromTile, TILE_HEIGHT, TILE_WIDTH, type TileData, type TileReader, tileWidth } from './tile.ts'

const HASH_BYTES = 32

/** The last tile of one level: room for 256 hashes, of which `count` mod 256 are set. */
type OpenTile = { readonly bytes: Buffer; count: number; changed: boolean }

/**
 * Appends leaves, knows the root, hands out the tiles that changed. One node hash per leaf on average, as the compact range alone.
 *
 * It is ahead of what is stored while its leaves are being written: write from a {@link TileEdge.clone}, and keep it when that succeeded.
 */
export class TileEdge {
  readonly #range: CompactRange
  readonly #open: OpenTile[]
  #filled: TileData[] = []

  private constructor(range: CompactRange, open: OpenTile[]) {
    this.#range = range
    this.#open = open
  }

  static empty(): TileEdge {
    return new TileEdge(CompactRange.empty(), [])
  }

  /** The edge of a stored log of `size`, from the last tile of each of its levels. */
  static async load(size: number, read: TileReader): Promise<TileEdge> {
    const open: OpenTile[] = []
    for (let level = 0, count = size; count > 0; level++, count = Math.floor(count / TILE_WIDTH)) {
      const index = Math.floor(count / TILE_WIDTH)
      const width = tileWidth(level, index, size)
      const bytes = Buffer.alloc(TILE_WIDTH * HASH_BYTES)
      if (width > 0) bytes.set((await read({ level, index, width })).subarray(0, width * HASH_BYTES))
      open.push({ bytes, count, changed: false })
    }
    const tileAt = (level: number): Uint8Array => open[Math.floor(level / TILE_HEIGHT)]?.bytes ?? new Uint8Array()
    const peaks = rangeNodes(0, size).map((node) => new Uint8Array(nodeFromTile(node, tileAt(node.level))))
    return new TileEdge(CompactRange.from(size, peaks), open)
  }

  /** The same edge, which goes on by itself: for leaves that may come to nothing. Copies one tile per level. */
  clone(): TileEdge {
    const open = this.#open.map(({ bytes, count, changed }) => ({ bytes: Buffer.from(bytes), count, changed }))
    const copy = new TileEdge(this.#range.clone(), open)
    copy.#filled = [...this.#filled]
    return copy
  }

  get size(): number {
    return this.#range.size
  }

  root(): Hash {
    return this.#range.root()
  }

  /** @param leaf  32 bytes, kept by reference */
  append(leaf: Hash): void {
    this.#set(0, leaf)
    this.#range.append(leaf, ({ level }, hash) => {
      if (level % TILE_HEIGHT === 0) this.#set(level / TILE_HEIGHT, hash)
    })
  }

  /** The tiles that appends since the last call filled or changed, each once, as they stand now. Store them together with the leaves. */
  takeChanged(): TileData[] {
    const tiles = this.#filled
    this.#filled = []
    for (const [level, tile] of this.#open.entries()) {
      if (!tile.changed) continue
      tile.changed = false
      tiles.push(snapshot(level, tile.count, tile.bytes))
    }
    return tiles
  }

  #set(level: number, hash: Hash): void {
    const tile = (this.#open[level] ??= { bytes: Buffer.alloc(TILE_WIDTH * HASH_BYTES), count: 0, changed: false })
    tile.bytes.set(hash, (tile.count % TILE_WIDTH) * HASH_BYTES)
    tile.count += 1
    tile.changed = tile.count % TILE_WIDTH !== 0
    if (!tile.changed) this.#filled.push(snapshot(level, tile.count, tile.bytes))
  }
}

/** The tile that hash number `count - 1` of its level is in. */
function snapshot(level: number, count: number, bytes: Uint8Array): TileData {
  const index = Math.floor((count - 1) / TILE_WIDTH)
  const width = count - index * TILE_WIDTH
  return { level, index, width, bytes: new Uint8Array(bytes.subarray(0, width * HASH_BYTES)) }
}
