/** Trees up to 2^20 leaves, sampled: what tiles prove verifies, and no byte of it may change. */
import { beforeAll, describe, expect, test } from 'vitest'
import { CompactRange, type Hash, verifyConsistency, verifyInclusion } from '../../../../src/ledger/tlog/merkle.ts'
import { consistencyFromTiles, inclusionFromTiles, rootFromTiles, type TileReader } from '../../../../src/ledger/tlog/tile.ts'
import { TileEdge } from '../../../../src/ledger/tlog/tile-edge.ts'

const MAX = 2 ** 20
/** Around every power of two from 2^7, and odd ones between. */
const SIZES = Array.from({ length: 14 }, (_, i) => 2 ** (i + 7)).flatMap((power) => [power - 1, power, power + 1, Math.floor(power * 1.37)])
const sizes = SIZES.filter((size) => size <= MAX)

/** Leaf hashes need not be hashes of anything. */
function leafAt(index: number): Hash {
  const leaf = Buffer.alloc(32)
  leaf.writeUInt32BE(index, 28)
  return leaf
}

/** All hashes of each tile level, one after the other, as they stand at 2^20: every smaller tree is a prefix. */
const levels: Buffer[] = []
const roots = new Map<number, Hash>()
const read: TileReader = async ({ level, index, width }) => levels[level]!.subarray(index * 8_192, index * 8_192 + width * 32)

beforeAll(() => {
  const edge = TileEdge.empty()
  const range = CompactRange.empty()
  const wanted = new Set(sizes)
  for (let level = 0, count = MAX; count >= 1; level++, count = Math.floor(count / 256)) levels[level] = Buffer.alloc(count * 32)
  for (let i = 0; i < MAX; i++) {
    edge.append(leafAt(i))
    range.append(leafAt(i))
    if (wanted.has(i + 1)) roots.set(i + 1, range.root())
    if ((i + 1) % 256 === 0) for (const { level, index, bytes } of edge.takeChanged()) levels[level]!.set(bytes, index * 8_192)
  }
}, 60_000)

/** The hash with one bit of every fifth byte changed. (Every byte of smaller proofs is tried in merkle.test.ts.) */
const flips = function* (hash: Hash): Generator<Hash> {
  for (let byte = 0; byte < 32; byte += 5) yield Uint8Array.from(hash, (value, i) => (i === byte ? value ^ (1 << (byte % 8)) : value))
}

describe('trees up to 2^20', { timeout: 60_000 }, () => {
  test('roots from tiles are those of the compact range', async () => {
    for (const size of sizes) expect(Buffer.from(await rootFromTiles(size, read))).toEqual(roots.get(size))
  })
  test('audit paths from tiles verify, and not with any byte changed', async () => {
    for (const size of sizes) {
      const root = roots.get(size)!
      for (const index of new Set([0, 1, 255, 256, Math.floor(size / 3), size - 2, size - 1].filter((i) => i >= 0 && i < size))) {
        const proof = await inclusionFromTiles(index, size, read)
        const claim = { index, size, leaf: leafAt(index), root, proof }
        expect(verifyInclusion(claim)).toBe(true)
        expect(verifyInclusion({ ...claim, leaf: leafAt(index + 1) })).toBe(false)
        for (const [i, hash] of proof.entries())
          for (const wrong of flips(hash))
            if (verifyInclusion({ ...claim, proof: proof.with(i, wrong) })) expect.fail(`${index} of ${size}: hash ${i}`)
      }
    }
  })
  test('consistency proofs from tiles verify, and not with any byte changed', async () => {
    for (const [i, size2] of sizes.entries()) {
      for (const size1 of new Set([1, sizes[Math.floor(i / 2)]!, sizes[i - 1] ?? 1].filter((size) => size <= size2 && roots.has(size)))) {
        const claim = { size1, root1: roots.get(size1)!, size2, root2: roots.get(size2)!, proof: await consistencyFromTiles(size1, size2, read) }
        expect(verifyConsistency(claim)).toBe(true)
        for (const [j, hash] of claim.proof.entries())
          for (const wrong of flips(hash))
            if (verifyConsistency({ ...claim, proof: claim.proof.with(j, wrong) })) expect.fail(`${size1} to ${size2}: hash ${j}`)
      }
    }
  })
})
