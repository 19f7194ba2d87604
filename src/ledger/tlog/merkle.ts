/**
 * The Merkle tree of a transparency log: hashing, appending, proofs. One algebra, no I/O.
 *
 * A node is named by its level and its index at that level: node (l, i) is the root over leaves [i·2^l, (i+1)·2^l), perfect by definition.
 * Every other subtree of a log is a fold of perfect ones. Sizes go up to 2^53 - 1, so indexes are halved by division, not by shifts.
 *
 * @see RFC 6962 section 2.1 (hashing), RFC 9162 sections 2.1.3 and 2.1.4 (proofs)
 */
import { hash } from 'node:crypto'

/** 32 bytes, SHA-256. */
export type Hash = Uint8Array

/** A perfect subtree: `level` 0 is a leaf. */
export type NodeRef = { readonly level: number; readonly index: number }

/** For each hash of a proof, in order, the perfect subtrees it is folded from, left to right. */
export type ProofPlan = readonly (readonly NodeRef[])[]

/** Called with every interior node that an append completes, from the lowest up. */
export type NodeVisitor = (node: NodeRef, hash: Hash) => void

const HASH_BYTES = 32
const leafInput = Buffer.alloc(1 + 65_535)
const nodeInput = Buffer.alloc(1 + 2 * HASH_BYTES, 1)

/** By way of a string: asked for a buffer, node:crypto allocates one outside the heap, which costs more than the hash. */
const sha256 = (bytes: Uint8Array): Hash => Buffer.from(hash('sha256', bytes, 'binary'), 'binary')

/** SHA-256(0x00 ‖ entry). */
export function leafHash(entry: Uint8Array): Hash {
  const length = 1 + entry.length
  if (length > leafInput.length) return sha256(Buffer.concat([Uint8Array.of(0), entry]))
  leafInput.set(entry, 1)
  return sha256(leafInput.subarray(0, length))
}

/** SHA-256(0x01 ‖ left ‖ right). @throws {RangeError} unless both are 32 bytes */
export function nodeHash(left: Hash, right: Hash): Hash {
  if (left.length !== HASH_BYTES || right.length !== HASH_BYTES) throw new RangeError('a node is made of two hashes of 32 bytes')
  nodeInput.set(left, 1)
  nodeInput.set(right, 1 + HASH_BYTES)
  return sha256(nodeInput)
}

/** Root of the tree without leaves: SHA-256 of the empty string. */
export function emptyRoot(): Hash {
  return sha256(new Uint8Array())
}

/**
 * The right edge of a growing tree: at most 53 hashes that stand for everything appended so far.
 *
 * Append costs one node hash on average, whatever the size.
 */
export class CompactRange {
  #size: number
  /** Roots of the perfect subtrees that [0, size) splits into, largest first. */
  readonly #peaks: Hash[]

  private constructor(size: number, peaks: Hash[]) {
    this.#size = size
    this.#peaks = peaks
  }

  static empty(): CompactRange {
    return new CompactRange(0, [])
  }

  /**
   * A range that goes on where another stopped.
   *
   * @param peaks  as {@link CompactRange.peaks} gave them for this size
   * @throws {RangeError} when their number does not fit the size
   */
  static from(size: number, peaks: readonly Hash[]): CompactRange {
    if (!isSize(size) || peaks.length !== rangeNodes(0, size).length || !areHashes(peaks)) {
      throw new RangeError(`${peaks.length} peaks do not make a tree of ${size}`)
    }
    return new CompactRange(size, [...peaks])
  }

  /** Inverse of {@link CompactRange.toBytes}. @throws {RangeError} when the length does not fit the size */
  static fromBytes(size: number, bytes: Uint8Array): CompactRange {
    if (bytes.length % HASH_BYTES !== 0) throw new RangeError('peaks are hashes of 32 bytes')
    return CompactRange.from(size, splitHashes(bytes))
  }

  get size(): number {
    return this.#size
  }

  get peaks(): readonly Hash[] {
    return this.#peaks
  }

  /** Adds one leaf. @param leaf  32 bytes, kept by reference */
  append(leaf: Hash, visit?: NodeVisitor): void {
    let top = leaf
    let level = 0
    let index = this.#size
    for (; index % 2 === 1; index = (index - 1) / 2) {
      top = nodeHash(this.#peaks.pop() ?? leaf, top)
      level += 1
      visit?.({ level, index: (index - 1) / 2 }, top)
    }
    this.#peaks.push(top)
    this.#size += 1
  }

  /** Root over everything appended. At most 52 node hashes. */
  root(): Hash {
    return this.#size === 0 ? emptyRoot() : foldPeaks(this.#peaks)
  }

  /** An independent copy: appending to one leaves the other alone. */
  clone(): CompactRange {
    return new CompactRange(this.#size, [...this.#peaks])
  }

  /** The peaks one after the other; the size is kept elsewhere. */
  toBytes(): Uint8Array {
    return new Uint8Array(Buffer.concat(this.#peaks))
  }
}

/** Root over `leaves`, leaf hashes in log order. */
export function rootOf(leaves: Iterable<Hash>): Hash {
  const range = CompactRange.empty()
  for (const leaf of leaves) range.append(leaf)
  return range.root()
}

/**
 * The perfect subtrees that leaves [from, to) split into, left to right.
 *
 * `from` must be where a left subtree of the log can end, as in all ranges of RFC 9162; for [0, size) they are the peaks.
 */
export function rangeNodes(from: number, to: number): NodeRef[] {
  const nodes: NodeRef[] = []
  for (let start = from; start < to; ) {
    const level = largestPerfect(to - start)
    nodes.push({ level, index: start / 2 ** level })
    start += 2 ** level
  }
  return nodes
}

/**
 * What the audit path of one leaf is made of, the lowest sibling first.
 *
 * @throws {RangeError} unless 0 ≤ index < size
 * @see    RFC 9162 section 2.1.3.1
 */
export function inclusionPlan(index: number, size: number): ProofPlan {
  if (!isSize(index) || !isSize(size) || index >= size) throw new RangeError(`no leaf ${index} in a tree of ${size}`)
  const siblings: NodeRef[][] = []
  for (let from = 0, to = size; to - from > 1; ) {
    const middle = from + split(to - from)
    siblings.push(index < middle ? rangeNodes(middle, to) : rangeNodes(from, middle))
    if (index < middle) to = middle
    else from = middle
  }
  return siblings.reverse()
}

/**
 * What the proof that a tree of `size1` is a prefix of one of `size2` is made of. Empty when they are the same tree, and when `size1` is 0:
 * the empty tree is a prefix of every tree, which needs no proof and is nothing that {@link verifyConsistency} could find true of a root.
 *
 * @throws {RangeError} unless 0 ≤ size1 ≤ size2
 * @see    RFC 9162 section 2.1.4.1
 */
export function consistencyPlan(size1: number, size2: number): ProofPlan {
  if (!isSize(size1) || !isSize(size2) || size1 > size2) throw new RangeError(`no proof from a tree of ${size1} to one of ${size2}`)
  if (size1 === 0 || size1 === size2) return []
  const parts: NodeRef[][] = []
  let from = 0
  let to = size2
  while (size1 < to) {
    const middle = from + split(to - from)
    parts.push(size1 <= middle ? rangeNodes(middle, to) : rangeNodes(from, middle))
    if (size1 <= middle) to = middle
    else from = middle
  }
  if (from > 0) parts.push(rangeNodes(from, to))
  return parts.reverse()
}

/** The proof that a plan describes. @param hashOf  gives the hash of any node of the plan */
export function foldPlan(plan: ProofPlan, hashOf: (node: NodeRef) => Hash): Hash[] {
  return plan.map((nodes) => foldPeaks(nodes.map(hashOf)))
}

/**
 * True when `leaf` is leaf `index` of the tree of `size` with this root.
 *
 * @param proof  attacker-controlled, as are all numbers
 * @see   RFC 9162 section 2.1.3.2
 */
export function verifyInclusion(claim: { index: number; size: number; leaf: Hash; proof: readonly Hash[]; root: Hash }): boolean {
  const { index, size, leaf, proof, root } = claim
  if (!isSize(index) || !isSize(size) || index >= size || !areHashes([leaf, ...proof])) return false
  let hash = leaf
  const complete = climb(index, size - 1, proof, (sibling, isLeft) => {
    hash = isLeft ? nodeHash(sibling, hash) : nodeHash(hash, sibling)
  })
  return complete && equal(hash, root)
}

/**
 * True when the tree (size1, root1) is a prefix of the tree (size2, root2). False when `size1` is 0.
 *
 * @param proof  attacker-controlled, as are all numbers; empty when the sizes are equal
 * @see   RFC 9162 section 2.1.4.2
 */
export function verifyConsistency(claim: { size1: number; root1: Hash; size2: number; root2: Hash; proof: readonly Hash[] }): boolean {
  const { size1, root1, size2, root2, proof } = claim
  if (!isSize(size1) || !isSize(size2) || size1 < 1 || size1 > size2) return false
  if (size1 === size2) return proof.length === 0 && equal(root1, root2)
  if (proof.length === 0 || !areHashes([root1, ...proof])) return false
  const [first, ...rest] = isPowerOfTwo(size1) ? [root1, ...proof] : proof
  if (first === undefined) return false
  let [fn, sn] = [size1 - 1, size2 - 1]
  for (; fn % 2 === 1; fn = half(fn)) sn = half(sn)
  let hash1 = first
  let hash2 = first
  const complete = climb(fn, sn, rest, (sibling, isLeft) => {
    if (isLeft) hash1 = nodeHash(sibling, hash1)
    hash2 = isLeft ? nodeHash(sibling, hash2) : nodeHash(hash2, sibling)
  })
  return complete && equal(hash1, root1) && equal(hash2, root2)
}

/**
 * The loop that both verifications share: from node `fn` of a level whose last node is `sn`, up to the root, one sibling after the other.
 *
 * @returns false when there are more or fewer siblings than levels
 */
function climb(fn: number, sn: number, siblings: readonly Hash[], join: (sibling: Hash, isLeft: boolean) => void): boolean {
  for (const sibling of siblings) {
    if (sn === 0) return false
    const isLeft = fn % 2 === 1 || fn === sn
    join(sibling, isLeft)
    if (isLeft) for (; fn % 2 === 0 && fn !== 0; fn /= 2) sn = half(sn)
    fn = half(fn)
    sn = half(sn)
  }
  return sn === 0
}

/** Root over perfect subtrees of falling size, the smallest on the right. At least one. */
export function foldPeaks(peaks: readonly Hash[]): Hash {
  return peaks.reduceRight((right, left) => nodeHash(left, right))
}

/** Hashes written one after the other, as views. */
export function splitHashes(bytes: Uint8Array): Hash[] {
  return Array.from({ length: Math.floor(bytes.length / HASH_BYTES) }, (_, i) => bytes.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES))
}

/** Level of the largest perfect tree with at most `count` leaves. */
const largestPerfect = (count: number): number => {
  let level = 0
  while (2 ** (level + 1) <= count) level += 1
  return level
}

/** Leaves of the left subtree: the largest power of two smaller than `size`. */
const split = (size: number): number => 2 ** largestPerfect(size - 1)

const half = (n: number): number => Math.floor(n / 2)
const isSize = (n: number): boolean => Number.isSafeInteger(n) && n >= 0
const isPowerOfTwo = (n: number): boolean => 2 ** largestPerfect(n) === n
const areHashes = (hashes: readonly Hash[]): boolean => hashes.every((hash) => hash.length === HASH_BYTES)
const equal = (a: Hash, b: Hash): boolean => Buffer.compare(a, b) === 0
