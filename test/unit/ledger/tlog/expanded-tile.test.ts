/** Expanded tiles: every node is the one that the tree has, whatever the width. */
import { hash } from 'node:crypto'
import { expect, test } from 'vitest'
import { EXPANDED_BYTES, expandTile, extendTile, nodeFromExpanded, rootOfExpanded } from '../../../../src/ledger/tlog/expanded-tile.ts'
import { rootOf } from '../../../../src/ledger/tlog/merkle.ts'

const leaves = Array.from({ length: 256 }, (_, i) => hash('sha256', `leaf ${i}`, 'buffer'))
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

test.each([1, 2, 3, 127, 128, 129, 255, 256])('of %i hashes, each node is the root of the hashes below it', (width) => {
  const expanded = expandTile(Buffer.concat(leaves.slice(0, width)))
  expect(expanded.length).toBe(EXPANDED_BYTES)
  for (let height = 0; height < 8; height++) {
    const span = 2 ** height
    for (let index = 0; (index + 1) * span <= width; index++) {
      const expected = rootOf(leaves.slice(index * span, (index + 1) * span))
      // the same place in any tile of any level
      for (const tile of [0, 7])
        for (const level of [0, 8, 16]) {
          const node = { level: level + height, index: tile * (256 / span) + index }
          expect(hex(nodeFromExpanded(node, expanded))).toBe(hex(expected))
        }
    }
  }
})

test('its root is that of all its hashes', () => {
  expect(hex(rootOfExpanded(expandTile(Buffer.concat(leaves))))).toBe(hex(rootOf(leaves)))
})

test('grown hash by hash, it is the same, and what is there never changes', () => {
  const grown = expandTile(Buffer.concat(leaves.slice(0, 1)))
  for (let width = 2, known = 1; width <= 256; known = width, width += width % 7 === 0 ? 5 : 1) {
    const hashes = Buffer.concat(leaves.slice(0, width))
    const before = Buffer.from(grown)
    extendTile(grown, hashes, known)
    expect(Buffer.compare(grown, expandTile(hashes))).toBe(0)
    expect(before.every((byte, i) => byte === 0 || byte === grown[i])).toBe(true)
  }
})
