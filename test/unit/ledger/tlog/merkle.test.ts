/** RFC 6962 trees: published vectors, every tree up to 64 leaves against two oracles, and what must not verify. */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { MerkleTree } from 'merkletreejs'
import { describe, expect, test } from 'vitest'
import {
  CompactRange,
  consistencyPlan,
  emptyRoot,
  foldPlan,
  type Hash,
  inclusionPlan,
  leafHash,
  type NodeRef,
  nodeHash,
  rangeNodes,
  rootOf,
  verifyConsistency,
  verifyInclusion,
} from '../../../../src/ledger/tlog/merkle.ts'

const MAX = 64
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const hexes = (hashes: readonly Uint8Array[]): string[] => hashes.map(hex)
const leaves = Array.from({ length: MAX }, (_, i) => leafHash(Buffer.from(`leaf ${i}`)))

/** The definitions of RFC 6962 section 2.1, word for word, with their own hashing. */
const sha = (...bytes: Uint8Array[]): Hash => createHash('sha256').update(Buffer.concat(bytes)).digest()
const split = (n: number): number => 2 ** (Math.ceil(Math.log2(n)) - 1)
const mth = (d: readonly Hash[]): Hash =>
  d.length === 0 ? sha() : d.length === 1 ? d[0]! : sha(Uint8Array.of(1), mth(d.slice(0, split(d.length))), mth(d.slice(split(d.length))))
const path = (m: number, d: readonly Hash[]): Hash[] => {
  if (d.length === 1) return []
  const k = split(d.length)
  return m < k ? [...path(m, d.slice(0, k)), mth(d.slice(k))] : [...path(m - k, d.slice(k)), mth(d.slice(0, k))]
}
const subproof = (m: number, d: readonly Hash[], whole: boolean): Hash[] => {
  if (m === d.length) return whole ? [] : [mth(d)]
  const k = split(d.length)
  return m <= k ? [...subproof(m, d.slice(0, k), whole), mth(d.slice(k))] : [...subproof(m - k, d.slice(k), false), mth(d.slice(0, k))]
}
const roots = Array.from({ length: MAX + 1 }, (_, size) => mth(leaves.slice(0, size)))

/** merkletreejs builds the same trees once it is told to mark its nodes: an odd node moves up unchanged. */
const oracle = (size: number): MerkleTree =>
  new MerkleTree(
    leaves.slice(0, size).map((leaf) => Buffer.from(leaf)),
    (pair: Buffer) => sha(Uint8Array.of(1), pair),
  )

const perfect = ({ level, index }: NodeRef): Hash => mth(leaves.slice(index * 2 ** level, (index + 1) * 2 ** level))
const inclusion = (index: number, size: number): Hash[] => foldPlan(inclusionPlan(index, size), perfect)
const consistency = (size1: number, size2: number): Hash[] => foldPlan(consistencyPlan(size1, size2), perfect)

/** Every pair with a < b ≤ MAX, and a itself when `equal`. */
const pairs = (from: number): [number, number][] =>
  Array.from({ length: MAX }, (_, b) => Array.from({ length: b + 2 - from }, (_, a): [number, number] => [a + from, b + 1])).flat()
const inclusions = pairs(0).filter(([index, size]) => index < size)
const consistencies = pairs(1)

const flip = (bytes: Uint8Array, bit: number): Uint8Array => bytes.map((byte, i) => (i === Math.floor(bit / 8) ? byte ^ (1 << (bit % 8)) : byte))

describe('published vectors of transparency-dev/merkle', () => {
  type Vector = { desc: string; wantErr: boolean; proof: string[] | null; root: string; root1: string; root2: string; leafHash: string } & Record<
    'leafIdx' | 'treeSize' | 'size1' | 'size2',
    number
  >
  const load = (kind: string): [string, Vector][] =>
    readdirSync(`fixtures/merkle/${kind}`, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.json'))
      .map((file) => [file, JSON.parse(readFileSync(`fixtures/merkle/${kind}/${file}`, 'utf8')) as Vector])
  const bytes = (base64: string | null): Uint8Array => Buffer.from(base64 ?? '', 'base64')
  const proof = (vector: Vector): Uint8Array[] => (vector.proof ?? []).map(bytes)

  test('there are 98 of each', () => {
    expect([load('inclusion').length, load('consistency').length]).toEqual([98, 98])
  })
  test.each(load('inclusion'))('inclusion %s', (_, vector) => {
    const { leafIdx: index, treeSize: size, wantErr } = vector
    expect(verifyInclusion({ index, size, leaf: bytes(vector.leafHash), root: bytes(vector.root), proof: proof(vector) })).toBe(!wantErr)
  })
  test.each(load('consistency'))('consistency %s', (_, vector) => {
    const { size1, size2, wantErr } = vector
    expect(verifyConsistency({ size1, size2, root1: bytes(vector.root1), root2: bytes(vector.root2), proof: proof(vector) })).toBe(!wantErr)
  })
})

describe('hashing', () => {
  test('RFC 6962 values of transparency-dev/merkle', () => {
    expect(hex(emptyRoot())).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
    expect(hex(leafHash(new Uint8Array()))).toBe('6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d')
    expect(hex(leafHash(Buffer.from('L123456')))).toBe('395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56')
  })
  test('an entry longer than a bundle holds hashes like any other', () => {
    const entry = Buffer.alloc(70_000, 7)
    expect(hex(leafHash(entry))).toBe(hex(sha(Uint8Array.of(0), entry)))
  })
  test('what a longer entry left behind does not leak into the next hash', () => {
    leafHash(Buffer.alloc(500, 0xff))
    expect(hex(leafHash(Buffer.from('x')))).toBe(hex(sha(Uint8Array.of(0), Buffer.from('x'))))
  })
  test('a node takes nothing but two hashes', () => {
    expect(() => nodeHash(new Uint8Array(31), new Uint8Array(32))).toThrow(RangeError)
    expect(() => nodeHash(new Uint8Array(32), new Uint8Array(33))).toThrow(RangeError)
  })
})

test('the reference tree of Certificate Transparency, of every size up to 8', () => {
  const entries = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f']
  const expected = [
    '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
    'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
    'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
    'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
    '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
    'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
    '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
  ]
  const hashes = entries.map((entry) => leafHash(Buffer.from(entry, 'hex')))
  expect(expected.map((_, i) => hex(rootOf(hashes.slice(0, i + 1))))).toEqual(expected)
})

describe('every tree of up to 64 leaves', () => {
  test('roots are those of RFC 6962 and of merkletreejs', () => {
    const range = CompactRange.empty()
    for (let size = 0; size <= MAX; size++) {
      expect(hex(range.root())).toBe(hex(roots[size]!))
      expect(hex(rootOf(leaves.slice(0, size)))).toBe(hex(roots[size]!))
      if (size > 0) expect(oracle(size).getHexRoot()).toBe(`0x${hex(roots[size]!)}`)
      if (size < MAX) range.append(leaves[size]!)
    }
  })
  test('audit paths are those of RFC 6962 and of merkletreejs, and verify', () => {
    for (let size = 1; size <= MAX; size++) {
      const tree = oracle(size)
      for (let index = 0; index < size; index++) {
        const proof = inclusion(index, size)
        expect(hexes(proof)).toEqual(hexes(path(index, leaves.slice(0, size))))
        expect(hexes(proof)).toEqual(tree.getProof(Buffer.from(leaves[index]!), index).map(({ data }) => data.toString('hex')))
        expect(verifyInclusion({ index, size, leaf: leaves[index]!, proof, root: roots[size]! })).toBe(true)
      }
    }
  })
  test('consistency proofs are those of RFC 6962, and verify', () => {
    for (const [size1, size2] of consistencies) {
      const proof = consistency(size1, size2)
      expect(hexes(proof)).toEqual(hexes(subproof(size1, leaves.slice(0, size2), true)))
      expect(verifyConsistency({ size1, root1: roots[size1]!, size2, root2: roots[size2]!, proof })).toBe(true)
    }
  })
})

describe('what must not verify', () => {
  test('an audit path with any byte of any hash flipped, a hash more, or a hash less', () => {
    for (const [index, size] of inclusions) {
      const claim = { index, size, leaf: leaves[index]!, root: roots[size]! }
      const proof = inclusion(index, size)
      const altered = proof.map((hash, i) => proof.with(i, flip(hash, (index * 37 + i * 11) % 256)))
      for (const wrong of [...altered, proof.slice(1), proof.slice(0, -1), [...proof, leaves[0]!], [leaves[0]!, ...proof]])
        if (hexes(wrong).join() !== hexes(proof).join()) expect(verifyInclusion({ ...claim, proof: wrong })).toBe(false)
    }
  })
  test('a consistency proof with any byte of any hash flipped, a hash more, or a hash less', () => {
    for (const [size1, size2] of consistencies) {
      const claim = { size1, root1: roots[size1]!, size2, root2: roots[size2]! }
      const proof = consistency(size1, size2)
      const altered = proof.map((hash, i) => proof.with(i, flip(hash, (size1 * 37 + i * 11) % 256)))
      for (const wrong of [...altered, proof.slice(1), proof.slice(0, -1), [...proof, leaves[0]!], [leaves[0]!, ...proof]])
        if (hexes(wrong).join() !== hexes(proof).join()) expect(verifyConsistency({ ...claim, proof: wrong })).toBe(false)
    }
  })
  test('every byte of every proof of every tree of up to 24 leaves counts', () => {
    const bytes = Array.from({ length: 32 }, (_, i) => i * 8 + (i % 8))
    for (const [index, size] of inclusions.filter(([, size]) => size <= 24)) {
      const claim = { index, size, leaf: leaves[index]!, root: roots[size]!, proof: inclusion(index, size) }
      for (const i of claim.proof.keys())
        for (const bit of bytes)
          if (verifyInclusion({ ...claim, proof: claim.proof.with(i, flip(claim.proof[i]!, bit)) })) expect.fail(`${index} of ${size}`)
    }
    for (const [size1, size2] of consistencies.filter(([, size2]) => size2 <= 24)) {
      const claim = { size1, root1: roots[size1]!, size2, root2: roots[size2]!, proof: consistency(size1, size2) }
      for (const i of claim.proof.keys())
        for (const bit of bytes)
          if (verifyConsistency({ ...claim, proof: claim.proof.with(i, flip(claim.proof[i]!, bit)) })) expect.fail(`${size1} to ${size2}`)
    }
  }, 30_000)
  test('every single bit of a proof counts', () => {
    const inclusionProof = inclusion(5, 11)
    const consistencyProof = consistency(6, 11)
    for (let bit = 0; bit < 256; bit++) {
      for (const i of inclusionProof.keys()) {
        const proof = inclusionProof.with(i, flip(inclusionProof[i]!, bit))
        expect(verifyInclusion({ index: 5, size: 11, leaf: leaves[5]!, proof, root: roots[11]! })).toBe(false)
      }
      for (const i of consistencyProof.keys()) {
        const proof = consistencyProof.with(i, flip(consistencyProof[i]!, bit))
        expect(verifyConsistency({ size1: 6, root1: roots[6]!, size2: 11, root2: roots[11]!, proof })).toBe(false)
      }
    }
  })
  test('a path for another leaf or another root', () => {
    for (const [index, size] of inclusions) {
      const proof = inclusion(index, size)
      const claim = { index, size, leaf: leaves[index]!, root: roots[size]!, proof }
      expect(verifyInclusion({ ...claim, leaf: leaves[(index + 1) % MAX]! })).toBe(false)
      expect(verifyInclusion({ ...claim, root: roots[size - 1]! })).toBe(false)
      if (size > 1) expect(verifyInclusion({ ...claim, index: (index + 1) % size })).toBe(false)
    }
  })
  test('a consistency proof between other roots, or the roots swapped', () => {
    for (const [size1, size2] of consistencies.filter(([a, b]) => a < b)) {
      const claim = { size1, root1: roots[size1]!, size2, root2: roots[size2]!, proof: consistency(size1, size2) }
      expect(verifyConsistency({ ...claim, root1: roots[size1 - 1]! })).toBe(false)
      expect(verifyConsistency({ ...claim, root2: roots[size2 - 1]! })).toBe(false)
      expect(verifyConsistency({ ...claim, root1: claim.root2, root2: claim.root1 })).toBe(false)
    }
  })
  test('numbers and lengths from an attacker give false, never an exception', () => {
    const number = fc.oneof(fc.integer(), fc.double(), fc.nat({ max: 80 }), fc.constantFrom(Number.MAX_SAFE_INTEGER, 2 ** 53, Number.NaN))
    const bytes = fc.oneof(fc.uint8Array({ maxLength: 40 }), fc.uint8Array({ minLength: 32, maxLength: 32 }))
    fc.assert(
      fc.property(number, number, bytes, bytes, fc.array(bytes, { maxLength: 8 }), (a, b, x, y, proof) => {
        expect(verifyInclusion({ index: a, size: b, leaf: x, root: y, proof })).toBe(
          b === 1 && a === 0 && proof.length === 0 && hex(x) === hex(y) && x.length === 32,
        )
        expect(verifyConsistency({ size1: a, size2: b, root1: x, root2: y, proof })).toBe(
          a === b && a > 0 && Number.isSafeInteger(a) && proof.length === 0 && hex(x) === hex(y),
        )
      }),
    )
  })
})

describe('compact range', () => {
  test('goes on from its bytes as if it had never stopped', () => {
    for (let size = 0; size < MAX; size++) {
      const range = CompactRange.empty()
      for (const leaf of leaves.slice(0, size)) range.append(leaf)
      const resumed = CompactRange.fromBytes(size, range.toBytes())
      resumed.append(leaves[size]!)
      expect(hex(resumed.root())).toBe(hex(roots[size + 1]!))
    }
  })
  test('refuses peaks that do not fit the size', () => {
    expect(() => CompactRange.from(3, [leaves[0]!])).toThrow(RangeError)
    expect(() => CompactRange.from(1, [new Uint8Array(31)])).toThrow(RangeError)
    expect(() => CompactRange.fromBytes(1, new Uint8Array(33))).toThrow(RangeError)
    expect(() => CompactRange.from(-1, [])).toThrow(RangeError)
    expect(() => CompactRange.from(2 ** 53, [leaves[0]!])).toThrow(RangeError)
  })
  test('a copy goes its own way', () => {
    const range = CompactRange.empty()
    range.append(leaves[0]!)
    const copy = range.clone()
    copy.append(leaves[1]!)
    expect([range.size, hex(range.root())]).toEqual([1, hex(roots[1]!)])
    expect([copy.size, hex(copy.root())]).toEqual([2, hex(roots[2]!)])
  })
  test('shows every interior node once, when it is complete', () => {
    const seen = new Map<string, string>()
    const range = CompactRange.empty()
    for (const leaf of leaves)
      range.append(leaf, (node, hash) => {
        expect(seen.has(`${node.level}/${node.index}`)).toBe(false)
        seen.set(`${node.level}/${node.index}`, hex(hash))
      })
    expect(seen.size).toBe(MAX - 1)
    for (const [name, hash] of seen) {
      const [level, index] = name.split('/').map(Number) as [number, number]
      expect(hash).toBe(hex(perfect({ level, index })))
    }
  })
})

describe('plans', () => {
  test('the largest tree is planned without losing a leaf', () => {
    const size = Number.MAX_SAFE_INTEGER
    expect(rangeNodes(0, size).reduce((sum, { level }) => sum + 2 ** level, 0)).toBe(size)
    expect(
      inclusionPlan(size - 1, size)
        .flat()
        .every(({ index }) => Number.isSafeInteger(index)),
    ).toBe(true)
  })
  test('from the empty tree to any other the proof is empty, and no root is found consistent by it', () => {
    for (let size2 = 0; size2 <= MAX; size2++) {
      expect(consistencyPlan(0, size2)).toEqual([])
      expect(verifyConsistency({ size1: 0, root1: roots[0]!, size2, root2: roots[size2]!, proof: [] })).toBe(false)
    }
  })
  test('no proof of what is not there', () => {
    for (const [index, size] of [
      [0, 0],
      [3, 3],
      [-1, 3],
      [0.5, 3],
    ] as const)
      expect(() => inclusionPlan(index, size)).toThrow(RangeError)
    for (const [size1, size2] of [
      [4, 3],
      [-1, 3],
      [1.5, 3],
    ] as const)
      expect(() => consistencyPlan(size1, size2)).toThrow(RangeError)
  })
})
