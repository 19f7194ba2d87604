/** The log over HTTP, exactly as C2SP's tlog-tiles has it: names, widths, types, caching, compression, and what has no name. */
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openCosigned, parseLogVerifierKey } from '../../../src/ledger/tlog/cosignature.ts'
import { leafHash, rootOf, verifyConsistency } from '../../../src/ledger/tlog/merkle.ts'
import { parseNote } from '../../../src/ledger/tlog/note.ts'
import { decodeEntryBundle, entriesPath, rootFromTiles, tilePath, tileWidth } from '../../../src/ledger/tlog/tile.ts'
import { type TestInstance, testInstance } from '../../support/instance.ts'

let here: TestInstance
let size = 0
const ENTRIES = 300

const get = (path: string, headers: Readonly<Record<string, string>> = {}) => here.app.inject({ url: `/log/${path}`, headers })
const IMMUTABLE = 'public, max-age=31536000, immutable'

beforeAll(async () => {
  here = await testInstance()
  const { ledger } = here.deps
  while (ledger.head().size < ENTRIES) {
    const events = [
      { type: 'status:create', schema: 1, stream: `fill/${ledger.head().size}`, parts: [{ codec: 'json', bytes: Buffer.from('{}') }] },
    ] as const
    await Promise.all([ledger.append({ signer: 'instance', lane: 'public', events }), ledger.append({ signer: 'instance', lane: 'private', events })])
  }
  size = ledger.head().size
}, 60_000)
afterAll(() => here.close())

describe('the checkpoint', () => {
  test('is plain text that caches keep for a moment, signed by both keys of the log', async () => {
    const answer = await get('checkpoint')
    expect([answer.statusCode, answer.headers['content-type'], answer.headers['cache-control']]).toEqual([
      200,
      'text/plain; charset=utf-8',
      'public, max-age=1',
    ])
    const keys = (await get('key')).body.trimEnd().split('\n')
    expect(keys).toEqual([...here.deps.ledger.verifierKeys])
    expect(keys).toHaveLength(2)
    for (const key of keys) expect(openCosigned(answer.body, [parseLogVerifierKey(key)], []).checkpoint.size).toBe(size)
    expect(parseNote(answer.body).signatures).toHaveLength(2)
  })
  test('follows the log', async () => {
    const events = [{ type: 'status:create', schema: 1, stream: 'one/more', parts: [{ codec: 'json', bytes: Buffer.from('{}') }] }] as const
    await here.deps.ledger.append({ signer: 'instance', lane: 'private', events })
    size += 1
    expect(parseNote((await get('checkpoint')).body).text.split('\n')[1]).toBe(String(size))
  })
})

describe('tiles', () => {
  test('of every size that the log ever had make the root of that size', async () => {
    for (const past of [1, 2, 100, 255, 256, 257, 299, size]) {
      const root = await rootFromTiles(past, async (tile) => (await get(tilePath(tile))).rawPayload)
      expect(Buffer.from(root)).toEqual(Buffer.from(await here.deps.ledger.rootAt(past)))
    }
  })
  test('are bytes that never change, in every width up to theirs', async () => {
    const full = await get('tile/0/000')
    expect([full.statusCode, full.headers['content-type'], full.headers['cache-control'], full.rawPayload.length]).toEqual([
      200,
      'application/octet-stream',
      IMMUTABLE,
      8_192,
    ])
    for (const width of [1, 2, 128, 255]) expect((await get(`tile/0/000.p/${width}`)).rawPayload).toEqual(full.rawPayload.subarray(0, 32 * width))
    expect((await get('tile/1/000.p/1')).rawPayload).toEqual(
      Buffer.from(rootOf(Array.from({ length: 256 }, (_, i) => full.rawPayload.subarray(32 * i, 32 * i + 32)))),
    )
  })
  test('are not compressed: hashes do not get shorter', async () => {
    expect((await get('tile/0/000', { 'accept-encoding': 'gzip' })).headers['content-encoding']).toBeUndefined()
  })
  test.each([
    'tile/0/001',
    'tile/0/002.p/1',
    'tile/0/001.p/255',
    'tile/1/000',
    'tile/1/000.p/2',
    'tile/2/000.p/1',
    'tile/0/000.p/0',
    'tile/0/000.p/256',
    'tile/0/000.p/01',
    'tile/00/000',
    'tile/64/000',
    'tile/0/0',
    'tile/0/x000/000',
    'tile/0/000/',
    'tile/0/%30%30%30',
    'tile/8/0/000',
    'tile/entries/002',
    'tile/entries/001.p/255',
    'tile/',
    'tile',
  ])('%s is not there', async (path) => {
    const answer = await get(path)
    expect([answer.statusCode, answer.headers['cache-control']]).not.toContain(IMMUTABLE)
    expect(answer.statusCode).toBe(404)
  })
  test('are asked for by HEAD, too, and cross-origin', async () => {
    const answer = await here.app.inject({ method: 'HEAD', url: '/log/tile/0/000', headers: { origin: 'https://auditor.example' } })
    expect([answer.statusCode, answer.headers['content-length'], answer.headers['access-control-allow-origin'], answer.body]).toEqual([
      200,
      '8192',
      '*',
      '',
    ])
  })
})

describe('entry bundles', () => {
  test('hold the entries whose hashes are in the tiles, in every width', async () => {
    for (const [index, width] of [
      [0, 256],
      [0, 1],
      [0, 200],
      [1, tileWidth(0, 1, size)],
    ] as const) {
      const answer = await get(entriesPath(index, width))
      expect([answer.statusCode, answer.headers['content-type'], answer.headers['cache-control']]).toEqual([
        200,
        'application/octet-stream',
        IMMUTABLE,
      ])
      const tile = (await get(tilePath({ level: 0, index, width }))).rawPayload
      expect(Buffer.concat(decodeEntryBundle(answer.rawPayload).map(leafHash))).toEqual(tile)
    }
  })
  test('are compressed for whoever takes gzip, and caches are told', async () => {
    const plain = await get('tile/entries/000')
    expect([plain.headers['content-encoding'], plain.headers.vary]).toEqual([undefined, expect.stringMatching(/accept-encoding/i)])
    for (const accepted of ['gzip', 'br, gzip;q=0.5', 'deflate, *']) {
      const zipped = await get('tile/entries/000', { 'accept-encoding': accepted })
      expect(zipped.headers['content-encoding']).toBe('gzip')
      expect(zipped.rawPayload.length).toBeLessThan(plain.rawPayload.length)
      expect(gunzipSync(zipped.rawPayload)).toEqual(plain.rawPayload)
    }
    for (const accepted of ['identity', 'br', 'gzip;q=0', 'gzip; q=0.0, *', ''])
      expect((await get('tile/entries/000', { 'accept-encoding': accepted })).headers['content-encoding']).toBeUndefined()
  })
})

describe('proofs', () => {
  const hashes = (list: readonly string[]): Buffer[] => list.map((hash) => Buffer.from(hash, 'base64'))
  test('of consistency hold between any two sizes; from nothing there is nothing to prove', async () => {
    for (const [from, to] of [
      [1, size],
      [100, 257],
      [256, size],
      [size, size],
    ] as const) {
      const answer = (await get(`proof/consistency?from=${from}&to=${to}`)).json<{ fromRoot: string; toRoot: string; proof: string[] }>()
      const [root1, root2] = hashes([answer.fromRoot, answer.toRoot])
      expect(verifyConsistency({ size1: from, root1: root1!, size2: to, root2: root2!, proof: hashes(answer.proof) })).toBe(true)
    }
    expect((await get(`proof/consistency?from=0&to=${size}`)).json()).toMatchObject({ from: 0, to: size, proof: [] })
  })
  test.each([
    ['proof/consistency?from=-1', 400],
    ['proof/consistency?from=2&to=1', 404],
    ['proof/consistency?from=1&to=9999999', 404],
    ['proof?position=9999999', 404],
    ['proof?position=5&size=5', 404],
    ['proof?position=x', 400],
  ])('%s: %d', async (path, status) => {
    expect((await get(path)).statusCode).toBe(status)
  })
})
