/** Tiles: their paths, what they hold while a log grows, and the proofs computed from them. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { leafHash, rootOf, verifyConsistency, verifyInclusion } from '../../../../src/ledger/tlog/merkle.ts'
import {
  bundlePrefix,
  consistencyFromTiles,
  decodeEntryBundle,
  encodeEntryBundle,
  entriesPath,
  inclusionFromTiles,
  nodeFromTile,
  parseTilePath,
  rootFromTiles,
  type Tile,
  tilePath,
  tileWidth,
} from '../../../../src/ledger/tlog/tile.ts'
import { TileEdge } from '../../../../src/ledger/tlog/tile-edge.ts'

const SIZE = 66_000
const leaves = Array.from({ length: SIZE }, (_, i) => leafHash(Buffer.from(`event ${i}`)))
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

/** A store that holds every tile ever handed out and answers for exactly those. */
class TileStore {
  readonly tiles = new Map<string, Uint8Array>()
  reads = 0
  save(edge: TileEdge): void {
    for (const { bytes, ...tile } of edge.takeChanged()) {
      expect(bytes.length).toBe(tile.width * 32)
      this.tiles.set(tilePath(tile), bytes)
    }
  }
  readonly read = (tile: Tile): Promise<Uint8Array> => {
    this.reads += 1
    const bytes = this.tiles.get(tilePath(tile))
    return bytes === undefined ? Promise.reject(new Error(`no tile ${tilePath(tile)}`)) : Promise.resolve(bytes)
  }
}

function grow(edge: TileEdge, to: number): void {
  for (const leaf of leaves.slice(edge.size, to)) edge.append(leaf)
}

describe('a log that grows batch by batch', () => {
  const sizes = [1, 2, 255, 256, 257, 511, 512, 700, 65_535, 65_536, 65_537, SIZE]

  test('has at each size the root of its leaves, restarts from its tiles, and proves every earlier size', async () => {
    const store = new TileStore()
    const roots = new Map<number, Uint8Array>()
    let edge = TileEdge.empty()
    for (const size of sizes) {
      grow(edge, size)
      store.save(edge)
      const root = rootOf(leaves.slice(0, size))
      roots.set(size, root)
      expect(hex(edge.root())).toBe(hex(root))
      expect(hex(await rootFromTiles(size, store.read))).toBe(hex(root))
      edge = await TileEdge.load(size, store.read)
      expect([edge.size, hex(edge.root())]).toEqual([size, hex(root)])
      for (const [size1, root1] of roots) {
        const proof = await consistencyFromTiles(size1, size, store.read)
        expect(verifyConsistency({ size1, root1, size2: size, root2: root, proof })).toBe(true)
        const index = size1 - 1
        const path = await inclusionFromTiles(index, size, store.read)
        expect(verifyInclusion({ index, size, leaf: leaves[index]!, proof: path, root })).toBe(true)
      }
    }
  })

  test('has the tiles of the specification for its size, whatever the batches were', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 8 }), (batches) => {
        const store = new TileStore()
        const edge = TileEdge.empty()
        for (const batch of batches) {
          grow(edge, edge.size + batch)
          store.save(edge)
        }
        for (let level = 0; tileWidth(level, 0, edge.size) > 0; level++)
          for (let index = 0; tileWidth(level, index, edge.size) > 0; index++) {
            const width = tileWidth(level, index, edge.size)
            const nodes = Array.from({ length: width }, (_, i) => (index * 256 + i) * 256 ** level)
            const expected = nodes.map((from) => hex(rootOf(leaves.slice(from, from + 256 ** level))))
            expect(hex(store.tiles.get(tilePath({ level, index, width })) ?? new Uint8Array())).toBe(expected.join(''))
          }
      }),
      { numRuns: 20 },
    )
  })

  test('hands out each changed tile once, full ones last for ever', () => {
    const edge = TileEdge.empty()
    grow(edge, 300)
    const names = edge.takeChanged().map(tilePath)
    expect(names).toEqual(['tile/0/000', 'tile/0/001.p/44', 'tile/1/000.p/1'])
    expect(edge.takeChanged()).toEqual([])
    grow(edge, 512)
    expect(edge.takeChanged().map(tilePath)).toEqual(['tile/0/001', 'tile/1/000.p/2'])
  })

  test('the example of the specification: 70,000 entries', () => {
    expect([tileWidth(0, 272, 70_000), tileWidth(0, 273, 70_000), tileWidth(0, 274, 70_000)]).toEqual([256, 112, 0])
    expect([tileWidth(1, 0, 70_000), tileWidth(1, 1, 70_000), tileWidth(1, 2, 70_000)]).toEqual([256, 17, 0])
    expect([tileWidth(2, 0, 70_000), tileWidth(2, 1, 70_000), tileWidth(3, 0, 70_000)]).toEqual([1, 0, 0])
  })

  test('appending to an edge that was loaded leaves its own peaks alone', async () => {
    const store = new TileStore()
    const edge = TileEdge.empty()
    grow(edge, 255)
    store.save(edge)
    const loaded = await TileEdge.load(255, store.read)
    grow(loaded, 600)
    expect(hex(loaded.root())).toBe(hex(rootOf(leaves.slice(0, 600))))
  })
})

describe('proofs from tiles', () => {
  test('a byte changed in a tile gives a proof that does not verify', async () => {
    const store = new TileStore()
    const edge = TileEdge.empty()
    grow(edge, 1000)
    store.save(edge)
    const [size, index, root] = [1000, 300, edge.root()]
    const proof = await inclusionFromTiles(index, size, store.read)
    expect(verifyInclusion({ index, size, leaf: leaves[index]!, proof, root })).toBe(true)
    store.tiles.get('tile/0/001')![40 * 32] = 0
    const altered = await inclusionFromTiles(index, size, store.read)
    expect(verifyInclusion({ index, size, leaf: leaves[index]!, proof: altered, root })).toBe(false)
  })
  test('reads each tile once', async () => {
    const store = new TileStore()
    const edge = TileEdge.empty()
    grow(edge, SIZE)
    store.save(edge)
    await inclusionFromTiles(12_345, SIZE, store.read)
    expect(store.reads).toBeLessThanOrEqual(6)
  })
  test('a tile that is too short for the node is refused', () => {
    expect(() => nodeFromTile({ level: 3, index: 1 }, new Uint8Array(15 * 32))).toThrow(RangeError)
  })
})

describe('paths', () => {
  test.each([
    ['tile/0/000', { level: 0, index: 0, width: 256 }],
    ['tile/0/x001/x234/067', { level: 0, index: 1_234_067, width: 256 }],
    ['tile/0/x001/x234/067.p/8', { level: 0, index: 1_234_067, width: 8 }],
    ['tile/63/x001/000.p/255', { level: 63, index: 1000, width: 255 }],
    ['tile/entries/x003/x057/500', { level: 'entries', index: 3_057_500, width: 256 }],
    ['tile/entries/001.p/1', { level: 'entries', index: 1, width: 1 }],
  ])('%s names a tile and back', (path, tile) => {
    expect(parseTilePath(path)).toEqual(tile)
    expect(tile.level === 'entries' ? entriesPath(tile.index, tile.width) : tilePath(tile as Tile)).toBe(path)
  })
  test.each([
    'tile/64/000',
    'tile/00/000',
    'tile/-1/000',
    'tile/0/0',
    'tile/0/1000',
    'tile/0/x000/000',
    'tile/0/123/456/078',
    'tile/0/x123',
    'tile/0/000.p/0',
    'tile/0/000.p/256',
    'tile/0/000.p/01',
    'tile/0/000.p',
    'tile/0/000/',
    '/tile/0/000',
    'tile/data/000',
    'tile/0/../000',
    'tile/0/000\n',
    'tile/0/x999/x999/x999/x999/x999/999',
  ])('%j names nothing', (path) => {
    expect(parseTilePath(path)).toBeNull()
  })
  test('every tile has one path and every path one tile', () => {
    const tile = fc.record({ level: fc.nat({ max: 63 }), index: fc.nat({ max: 2 ** 40 }), width: fc.integer({ min: 1, max: 256 }) })
    fc.assert(
      fc.property(tile, (tile) => {
        expect(parseTilePath(tilePath(tile))).toEqual(tile)
      }),
    )
  })
})

describe('entry bundles', () => {
  const bundle = fc.array(fc.uint8Array({ maxLength: 600 }), { maxLength: 256 })
  test('decoding gives back what was encoded', () => {
    fc.assert(
      fc.property(bundle, (entries) => {
        expect(decodeEntryBundle(encodeEntryBundle(entries)).map(hex)).toEqual(entries.map(hex))
      }),
    )
  })
  test('the length is 16 bits, big-endian', () => {
    expect(hex(encodeEntryBundle([Buffer.alloc(0), Buffer.from('ab')]))).toBe('000000026162')
    const longest = new Uint8Array(65_535)
    expect(encodeEntryBundle([longest]).length).toBe(65_537)
    expect(decodeEntryBundle(encodeEntryBundle([longest]))[0]?.length).toBe(65_535)
    expect(() => encodeEntryBundle([new Uint8Array(65_536)])).toThrow(RangeError)
  })
  test('its beginning is the bundle of its first entries', () => {
    fc.assert(
      fc.property(bundle, fc.nat({ max: 256 }), (entries, width) => {
        const whole = encodeEntryBundle(entries)
        if (width > entries.length) expect(() => bundlePrefix(whole, width)).toThrow(RangeError)
        else expect(hex(bundlePrefix(whole, width))).toBe(hex(encodeEntryBundle(entries.slice(0, width))))
      }),
    )
  })
  test('a bundle cut anywhere but between entries is refused', () => {
    const whole = encodeEntryBundle([Buffer.from('one'), Buffer.from('two')])
    for (let length = 0; length < whole.length; length++)
      if (length === 0 || length === 5) expect(decodeEntryBundle(whole.subarray(0, length))).toHaveLength(length / 5)
      else expect(() => decodeEntryBundle(whole.subarray(0, length))).toThrow(RangeError)
  })
})
