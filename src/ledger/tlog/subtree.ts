/**
 * Subtrees: ranges of leaves that are a tree of their own inside the tree of the log, so that a witness or a certificate can speak of a part.
 *
 * [start, end) is one when `start` is a multiple of the smallest power of two that is not below its length; an empty one is in every tree.
 *
 * @see draft-ietf-plants-merkle-tree-certs, section "Subtrees"
 */
import { emptyRoot, type Hash, nodeHash, verifyInclusion } from './merkle.ts'

export type Range = { readonly start: number; readonly end: number }

/** True when the leaves [start, end) are a subtree of every log that is long enough. */
export function isSubtree({ start, end }: Range): boolean {
  if (!Number.isSafeInteger(start) || !Number.isSafeInteger(end) || start < 0 || start > end) return false
  let width = 1
  while (width < end - start) width *= 2
  return start % width === 0
}

/** True when `leaf` is leaf `index` of the log and in the subtree with this root. @param claim attacker-controlled */
export function verifySubtreeInclusion(claim: Range & { index: number; leaf: Hash; proof: readonly Hash[]; root: Hash }): boolean {
  const { start, end, index, leaf, proof, root } = claim
  return isSubtree(claim) && index >= start && verifyInclusion({ index: index - start, size: end - start, leaf, proof, root })
}

/**
 * True when the leaves [start, end) of the tree (size, root) have the root `subroot`.
 *
 * The same loop as for two sizes, on three edges at once: `first` and `last` bound the subtree, `end` the tree, level by level.
 *
 * @param claim  attacker-controlled
 */
export function verifySubtreeConsistency(claim: Range & { subroot: Hash; size: number; root: Hash; proof: readonly Hash[] }): boolean {
  const { subroot, size, root, proof } = claim
  if (!isSubtree(claim) || !Number.isSafeInteger(size) || claim.end > size) return false
  if (claim.start === claim.end) return proof.length === 0 && equal(subroot, emptyRoot())
  if (claim.end - claim.start === size) return proof.length === 0 && equal(subroot, root)
  if ([subroot, ...proof].some((hash) => hash.length !== 32)) return false
  const edge = new Edge(claim.start, claim.end - 1, size - 1)
  edge.climbWhile(() => edge.first !== edge.last && (edge.last === edge.end || edge.last % 2 === 1))
  const rest = [...proof]
  const from = edge.first === edge.last ? subroot : rest.shift()
  if (from === undefined) return false
  let [inside, whole] = [from, from]
  for (const sibling of rest) {
    if (edge.end === 0) return false
    if (edge.last % 2 === 1 || edge.last === edge.end) {
      if (edge.first < edge.last) inside = nodeHash(sibling, inside)
      whole = nodeHash(sibling, whole)
      edge.climbWhile(() => edge.last % 2 === 0 && edge.last !== 0)
    } else whole = nodeHash(whole, sibling)
    edge.climb()
  }
  return edge.end === 0 && equal(inside, subroot) && equal(whole, root)
}

/** Where the subtree begins and ends, and where the tree ends, at one level. */
class Edge {
  first: number
  last: number
  end: number
  constructor(first: number, last: number, end: number) {
    this.first = first
    this.last = last
    this.end = end
  }
  climb(): void {
    this.first = Math.floor(this.first / 2)
    this.last = Math.floor(this.last / 2)
    this.end = Math.floor(this.end / 2)
  }
  climbWhile(condition: () => boolean): void {
    while (condition()) this.climb()
  }
}

const equal = (a: Hash, b: Hash): boolean => Buffer.compare(a, b) === 0
