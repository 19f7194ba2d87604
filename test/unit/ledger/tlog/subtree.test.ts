/** Subtrees of a log: the published vectors, and every subtree of every tree up to 40 leaves. */
import { hash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { consistencyPlan, foldPlan, type Hash, inclusionPlan, leafHash, type NodeRef, rootOf } from '../../../../src/ledger/tlog/merkle.ts'
import { isSubtree, verifySubtreeConsistency, verifySubtreeInclusion } from '../../../../src/ledger/tlog/subtree.ts'

type Vector = { wantErr: boolean; proof: string[] | null; root: string; root1: string; root2: string; leafHash: string } & Record<
  'leafIdx' | 'start' | 'end' | 'size',
  number
>
const load = (kind: string): [string, Vector][] =>
  readdirSync(`fixtures/merkle/${kind}`, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.json'))
    .map((file) => [file, JSON.parse(readFileSync(`fixtures/merkle/${kind}/${file}`, 'utf8')) as Vector])
const bytes = (base64: string | null): Uint8Array => Buffer.from(base64 ?? '', 'base64')
const proofOf = (vector: Vector): Uint8Array[] => (vector.proof ?? []).map(bytes)

describe('published vectors of transparency-dev/merkle', () => {
  test('there are 204 and 118', () => {
    expect([load('subtreeinclusion').length, load('subtreeconsistency').length]).toEqual([204, 118])
  })
  test.each(load('subtreeinclusion'))('inclusion %s', (_, vector) => {
    const { leafIdx: index, start, end, wantErr } = vector
    const claim = { index, start, end, leaf: bytes(vector.leafHash), root: bytes(vector.root), proof: proofOf(vector) }
    expect(verifySubtreeInclusion(claim)).toBe(!wantErr)
  })
  test.each(load('subtreeconsistency'))('consistency %s', (_, vector) => {
    const { start, end, size, wantErr } = vector
    const claim = { start, end, size, subroot: bytes(vector.root1), root: bytes(vector.root2), proof: proofOf(vector) }
    expect(verifySubtreeConsistency(claim)).toBe(!wantErr)
  })
})

const MAX = 40
const leaves = Array.from({ length: MAX }, (_, i) => leafHash(Buffer.from(`leaf ${i}`)))
const root = (from: number, to: number): Hash => rootOf(leaves.slice(from, to))
const node = ({ level, index }: NodeRef): Hash => root(index * 2 ** level, (index + 1) * 2 ** level)
const prefix = (size1: number, size2: number): Hash[] => foldPlan(consistencyPlan(size1, size2), node)

describe('what the rest of the package proves, seen as subtrees', () => {
  test('a prefix is a subtree from 0, by the same proof', () => {
    for (let size = 1; size <= MAX; size++)
      for (let end = 1; end <= size; end++) {
        const claim = { start: 0, end, size, subroot: root(0, end), root: root(0, size), proof: prefix(end, size) }
        expect(verifySubtreeConsistency(claim)).toBe(true)
        expect(verifySubtreeConsistency({ ...claim, subroot: leaves[0]! })).toBe(end === 1)
      }
  })
  test('one leaf is a subtree, by its audit path', () => {
    for (let size = 1; size <= MAX; size++)
      for (let index = 0; index < size; index++) {
        const claim = {
          start: index,
          end: index + 1,
          size,
          subroot: leaves[index]!,
          root: root(0, size),
          proof: foldPlan(inclusionPlan(index, size), node),
        }
        expect(verifySubtreeConsistency(claim)).toBe(true)
        expect(verifySubtreeConsistency({ ...claim, subroot: leaves[(index + 1) % MAX]! })).toBe(false)
      }
  })
})

test('all subtrees of the first 130 leaves have the roots that torchwood accumulates', () => {
  const small = Array.from({ length: 130 }, (_, i) => leafHash(Uint8Array.of(i)))
  let lines = ''
  for (let end = 0; end <= 130; end++)
    for (let start = 0; start <= end; start++)
      if (isSubtree({ start, end })) lines += `[${start}, ${end}) ${Buffer.from(rootOf(small.slice(start, end))).toString('hex')}\n`
  expect(hash('sha256', lines)).toBe('b82806ad4265bb151c1119c0f4db437bb4d1a1f887b3a7fba1cd4ebf552e3e81')
})

test.each([
  [0, 1, true],
  [4, 8, true],
  [8, 13, true],
  [0, 13, true],
  [2, 4, true],
  [6, 8, true],
  [2, 6, false],
  [5, 13, false],
  [1, 7, false],
  [7, 9, false],
  [5, 5, true],
  [5, 3, false],
  [-1, 3, false],
])('[%d, %d) is a subtree: %s', (start, end, expected) => {
  expect(isSubtree({ start, end })).toBe(expected)
})
