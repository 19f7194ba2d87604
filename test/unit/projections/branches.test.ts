/** Branches of a conversation, over random trees and over what is no tree. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { branchOf, branchUpTo, type Node, siblings } from '../../../src/projections/read/branches.ts'

const node = (id: string, parentId: string | null, ordinal: number, value: string | null = null): Node => ({
  id,
  parentId,
  ordinal,
  createdAt: { value },
})
const ids = (nodes: readonly Node[]): string => nodes.map(({ id }) => id).join('')

const tree = [node('a', null, 0), node('b', 'a', 1), node('c', 'a', 2), node('d', 'c', 3), node('e', 'b', 4)]

test('without a leaf, the newest branch of all', () => {
  expect(ids(branchOf(tree, null))).toBe('abe')
  expect(ids(branchOf(tree, 'unheard of'))).toBe('abe')
  expect(branchOf([], null)).toEqual([])
})

test('a leaf that was answered since is no leaf any more: what was said below it belongs to its branch', () => {
  expect(ids(branchOf(tree, 'd'))).toBe('acd')
  expect(ids(branchOf(tree, 'c'))).toBe('acd')
  expect(ids(branchOf(tree, 'a'))).toBe('abe')
})

test('newest is what was said last, then what was recorded last', () => {
  const told = [node('a', null, 0), node('b', 'a', 2, '2026-01-01T00:00:00.000Z'), node('c', 'a', 1, '2026-01-02T00:00:00.000Z')]
  expect(ids(branchOf(told, null))).toBe('ac')
})

test('up to a message there is nothing after it', () => {
  expect(ids(branchUpTo(tree, 'c'))).toBe('ac')
  expect(branchUpTo(tree, 'unheard of')).toEqual([])
})

test('siblings answer the same; first messages do, too, and those whose parent is missing', () => {
  expect(ids(siblings(tree, 'c'))).toBe('bc')
  expect(ids(siblings([...tree, node('x', 'gone', 5)], 'x'))).toBe('ax')
  expect(siblings(tree, 'unheard of')).toEqual([])
})

/** Parents at random: missing ones, cycles, everything. */
const anything = fc
  .array(fc.option(fc.nat(12), { nil: null }), { maxLength: 10 })
  .map((parents) => parents.map((parent, index) => node(String(index), parent === null ? null : String(parent), index)))

test('whatever refers to what, a branch ends, has each message once, and each but its first answers the one before', () => {
  fc.assert(
    fc.property(anything, fc.option(fc.nat(12), { nil: null }), (nodes, leaf) => {
      const branch = branchOf(nodes, leaf === null ? null : String(leaf))
      expect(new Set(branch).size).toBe(branch.length)
      for (const [index, { parentId }] of branch.entries()) if (index > 0) expect(parentId).toBe(branch[index - 1]?.id)
    }),
  )
})
