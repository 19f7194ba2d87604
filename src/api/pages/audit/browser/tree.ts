/** The Merkle tree of RFC 6962, as far as somebody needs it who checks what a log says. */
import { type Bytes, sha256 } from './bytes.ts'

/** One step up: the sibling, on which side it stands, and what both make. */
export type Step = { readonly side: 'left' | 'right'; readonly sibling: Bytes; readonly result: Bytes }

export const leafHash = (entry: Bytes): Promise<Bytes> => sha256(Uint8Array.of(0), entry)
export const nodeHash = (left: Bytes, right: Bytes): Promise<Bytes> => sha256(Uint8Array.of(1), left, right)

/**
 * The way from a leaf to the root by its audit path, lowest sibling first; null when the path has not the length that belongs to this place.
 *
 * @see RFC 9162 section 2.1.3.2
 */
export async function climb(leaf: Bytes, index: number, size: number, path: readonly Bytes[]): Promise<readonly Step[] | null> {
  if (index >= size) return null
  const steps: Step[] = []
  let [place, last, hash] = [index, size - 1, leaf]
  for (const sibling of path) {
    if (last === 0) return null
    const side = place % 2 === 1 || place === last ? 'left' : 'right'
    hash = side === 'left' ? await nodeHash(sibling, hash) : await nodeHash(hash, sibling)
    steps.push({ side, sibling, result: hash })
    while (side === 'left' && place % 2 === 0 && place !== 0) [place, last] = [half(place), half(last)]
    ;[place, last] = [half(place), half(last)]
  }
  return last === 0 ? steps : null
}

/** Hash of the complete subtree of 2^level leaves that begins at leaf index · 2^level, as the log's tiles have it. */
export type ReadNode = (level: number, index: number) => Promise<Bytes>

/**
 * Root of the tree of `size`, with the leaves [from, from + leaves.length) given and everything else as the log says. When it is the root that the
 * log signed, these leaves are in the tree, at these places.
 */
export function rootAround(leaves: readonly Bytes[], from: number, size: number, read: ReadNode): Promise<Bytes> {
  const to = from + leaves.length
  const hashOf = async (low: number, high: number): Promise<Bytes> => {
    const width = high - low
    if (width === 1 && low >= from && low < to) return leaves[low - from] ?? new Uint8Array()
    const level = Math.log2(width)
    if ((high <= from || low >= to) && Number.isInteger(level)) return read(level, low / width)
    const middle = low + largestPowerBelow(width)
    const [left, right] = await Promise.all([hashOf(low, middle), hashOf(middle, high)])
    return nodeHash(left, right)
  }
  return hashOf(0, size)
}

const half = (n: number): number => Math.floor(n / 2)

function largestPowerBelow(n: number): number {
  let power = 1
  while (power * 2 < n) power *= 2
  return power
}
