import { hash } from 'node:crypto'
import { expect, test } from 'vitest'
import { AuditTree } from '../../../src/ledger/audit/tree.ts'
import { rootOf } from '../../../src/ledger/tlog/merkle.ts'

const leaves = Array.from({ length: 700 }, (_, i) => hash('sha256', `leaf ${i}`, 'buffer'))

test('knows the root at every size it ever had, whether it was asked then or only now', () => {
  const asked = new AuditTree()
  const silent = new AuditTree()
  for (const leaf of leaves) {
    asked.append(leaf)
    silent.append(leaf)
    asked.root()
  }
  for (let size = 0; size <= leaves.length; size++) {
    const root = rootOf(leaves.slice(0, size))
    expect(Buffer.compare(asked.rootAt(size) ?? new Uint8Array(), root), `size ${size}`).toBe(0)
    expect(Buffer.compare(silent.rootAt(size) ?? new Uint8Array(), root), `size ${size}`).toBe(0)
  }
})

test('has the tiles that the leaves make, and no others', () => {
  const tree = new AuditTree()
  for (const leaf of leaves) tree.append(leaf)
  expect(tree.tile(0, 1)).toEqual(Buffer.concat(leaves.slice(256, 512)))
  expect(tree.tile(0, 2)).toEqual(Buffer.concat(leaves.slice(512)))
  expect(tree.tile(1, 0)).toEqual(Buffer.concat([rootOf(leaves.slice(0, 256)), rootOf(leaves.slice(256, 512))]))
  expect([tree.tile(0, 3), tree.tile(1, 1), tree.tile(2, 0)]).toEqual([null, null, null])
})
