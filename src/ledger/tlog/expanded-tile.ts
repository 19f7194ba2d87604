/**
 * A tile with everything between its hashes and its root: 511 nodes, so that a proof reads its hashes where it would compute up to 247 of them.
 *
 *   height 0 (256 hashes) ‖ height 1 (128) ‖ … ‖ height 7 (2) ‖ height 8, the root
 *
 * Of a partial tile, the nodes that are not there yet are zero.
 */
import { type Hash, type NodeRef, nodeHash } from './merkle.ts'
import { TILE_HEIGHT, TILE_WIDTH } from './tile.ts'

const HASH_BYTES = 32
/** Offset of the first node of each height. */
const OFFSETS = Array.from({ length: TILE_HEIGHT + 1 }, (_, height) => HASH_BYTES * (2 * TILE_WIDTH - 2 * (TILE_WIDTH >> height)))
export const EXPANDED_BYTES = HASH_BYTES * (2 * TILE_WIDTH - 1)

/** @param hashes  of the tile, at most 256. Costs one node hash less than there are hashes. */
export const expandTile = (hashes: Uint8Array): Uint8Array => extendTile(Buffer.alloc(EXPANDED_BYTES), hashes, 0)

/**
 * The same expanded tile, with the nodes that new hashes make. What is there stays as it is, so views of it do.
 *
 * @param hashes  of the tile: those that `expanded` was made of, then new ones
 * @param known   of how many hashes it was made
 */
export function extendTile(expanded: Uint8Array, hashes: Uint8Array, known: number): Uint8Array {
  expanded.set(hashes.subarray(known * HASH_BYTES), known * HASH_BYTES)
  for (let height = 1, from = known, to = hashes.length / HASH_BYTES; height <= TILE_HEIGHT; height++) {
    from = Math.floor(from / 2)
    to = Math.floor(to / 2)
    const below = OFFSETS[height - 1] ?? 0
    for (let i = from; i < to; i++) {
      const left = below + 2 * i * HASH_BYTES
      const node = nodeHash(expanded.subarray(left, left + HASH_BYTES), expanded.subarray(left + HASH_BYTES, left + 2 * HASH_BYTES))
      expanded.set(node, (OFFSETS[height] ?? 0) + i * HASH_BYTES)
    }
  }
  return expanded
}

/** The node at a height of the tile, 0 to 8. A view. */
export function nodeAt(expanded: Uint8Array, height: number, index: number): Hash {
  const at = (OFFSETS[height] ?? 0) + (index % (TILE_WIDTH >> height)) * HASH_BYTES
  return expanded.subarray(at, at + HASH_BYTES)
}

/** A node of the tree, from the tile that `tileOf` names for it. A view. */
export const nodeFromExpanded = ({ level, index }: NodeRef, expanded: Uint8Array): Hash => nodeAt(expanded, level % TILE_HEIGHT, index)

/** Root of a full tile. A view. */
export const rootOfExpanded = (expanded: Uint8Array): Hash => nodeAt(expanded, TILE_HEIGHT, 0)
