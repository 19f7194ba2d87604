import Fastify, { type FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { toApiError } from '../../../src/api/errors.ts'
import { registerLog } from '../../../src/api/log/register.ts'
import { parseLeaf } from '../../../src/ledger/commit.ts'
import { openCheckpoint } from '../../../src/ledger/tlog/checkpoint.ts'
import { leafHash, rootOf, verifyConsistency, verifyInclusion } from '../../../src/ledger/tlog/merkle.ts'
import { parseVerifierKey } from '../../../src/ledger/tlog/note.ts'
import { decodeEntryBundle, entriesPath, rootFromTiles, tilePath } from '../../../src/ledger/tlog/tile.ts'
import { draft, event, fill, openWorld, type World } from './world.ts'

/** More than two full tiles, so that there are full tiles, a level above, and a partial tile of each. */
const SIZE = 600

let world: World
let app: FastifyInstance
let roots: Uint8Array[]
let leaves: Uint8Array[]

beforeAll(async () => {
  world = await openWorld()
  await fill(world.ledger, SIZE - 1)
  leaves = (await world.ledger.read(0, SIZE)).map((commit) => commit.leafHash)
  roots = Array.from({ length: SIZE + 1 }, (_, size) => rootOf(leaves.slice(0, size)))
  app = Fastify()
  app.setErrorHandler((error, _request, reply) => {
    const { status, message } = toApiError(error)
    return reply.code(status).send({ error: message })
  })
  registerLog(app, world.ledger)
  await app.ready()
})
afterAll(async () => {
  await app.close()
  await world.close()
})

const get = (url: string) => app.inject({ method: 'GET', url })
const hash = (text: string) => Buffer.from(text, 'base64')
/** Sizes around the borders of tiles, and a few between. */
const SIZES = [0, 1, 2, 3, 100, 255, 256, 257, 300, 511, 512, 513, 599, SIZE]

describe('proofs', () => {
  test('the root of every size is that of its leaves', async () => {
    for (let size = 0; size <= SIZE; size++) expect(Buffer.from(await world.ledger.rootAt(size))).toEqual(Buffer.from(roots[size]!))
    await expect(world.ledger.rootAt(SIZE + 1)).rejects.toThrow(RangeError)
  })

  test('every leaf is included in every size that holds it', async () => {
    for (const size of SIZES) {
      for (let position = 0; position < size; position += 1 + Math.floor(size / 40)) {
        const { index, leafHash: leaf, proof } = await world.ledger.inclusionProof(position, size)
        expect(index).toBe(position)
        expect(verifyInclusion({ index, size, leaf, proof, root: roots[size]! })).toBe(true)
        if (size > 1) expect(verifyInclusion({ index: position === 0 ? 1 : position - 1, size, leaf, proof, root: roots[size]! })).toBe(false)
      }
      await expect(world.ledger.inclusionProof(size, size)).rejects.toThrow(RangeError)
    }
  })

  test('every size is a prefix of every larger one', async () => {
    for (const from of SIZES.filter((size) => size > 0)) {
      for (const to of SIZES.filter((size) => size >= from)) {
        const proof = await world.ledger.consistencyProof(from, to)
        expect(verifyConsistency({ size1: from, root1: roots[from]!, size2: to, root2: roots[to]!, proof })).toBe(true)
      }
    }
    await expect(world.ledger.consistencyProof(2, 1)).rejects.toThrow(RangeError)
    await expect(world.ledger.consistencyProof(1, SIZE + 1)).rejects.toThrow(RangeError)
  })

  test('are the same after a restart', async () => {
    const before = await world.ledger.inclusionProof(5)
    await world.reopen()
    expect((await world.ledger.inclusionProof(5)).proof.map((one) => Buffer.from(one))).toEqual(before.proof.map((one) => Buffer.from(one)))
    await app.close()
    app = Fastify()
    app.setErrorHandler((error, _request, reply) => {
      const { status, message } = toApiError(error)
      return reply.code(status).send({ error: message })
    })
    registerLog(app, world.ledger)
  })
})

describe('the log over HTTP', () => {
  test('a stranger rebuilds the signed root from entries alone, and from tiles alone', async () => {
    const answer = await get('/log/checkpoint')
    expect(answer.headers['content-type']).toBe('text/plain; charset=utf-8')
    expect(answer.headers['cache-control']).toBe('public, max-age=1')
    const [key = ''] = (await get('/log/key')).body.split('\n')
    expect(key).toBe(world.ledger.verifierKey)
    const checkpoint = openCheckpoint(answer.body, parseVerifierKey(key))
    expect(checkpoint).toMatchObject({ origin: '127.0.0.1:3000/log/1', size: SIZE })

    const bundles = await Promise.all([entriesPath(0, 256), entriesPath(1, 256), entriesPath(2, SIZE - 512)].map((path) => get(`/log/${path}`)))
    const entries = bundles.flatMap(({ rawPayload }) => decodeEntryBundle(rawPayload))
    expect(rootOf(entries.map(leafHash))).toEqual(checkpoint.root)

    const read = async (tile: Parameters<typeof tilePath>[0]) => (await get(`/log/${tilePath(tile)}`)).rawPayload
    expect(await rootFromTiles(SIZE, read)).toEqual(checkpoint.root)
  })

  test('of a private commit a stranger sees 33 bytes, of a public one all but its sealed parts', async () => {
    const { rawPayload } = await get(`/log/${entriesPath(0, 4)}`)
    const [genesis, first, second] = decodeEntryBundle(rawPayload)
    expect(parseLeaf(genesis!).kind).toBe('public')
    expect(parseLeaf(first!).kind).toBe('public')
    expect(second).toHaveLength(33)
    expect(parseLeaf(second!).kind).toBe('blinded')
    expect(Buffer.from(first!).includes('fill/1')).toBe(true)
    expect(Buffer.from(first!).includes('{"stream"')).toBe(false)
  })

  test('tiles never change, so they may be kept for ever; a partial tile is a prefix of the full one', async () => {
    const full = await get('/log/tile/0/000')
    expect(full.statusCode).toBe(200)
    expect(full.headers).toMatchObject({ 'content-type': 'application/octet-stream', 'cache-control': 'public, max-age=31536000, immutable' })
    expect(full.rawPayload).toHaveLength(8192)
    const partial = await get('/log/tile/0/000.p/17')
    expect(partial.rawPayload).toEqual(full.rawPayload.subarray(0, 17 * 32))
    const entries = await get('/log/tile/entries/000.p/17')
    expect(decodeEntryBundle(entries.rawPayload).map(leafHash)).toEqual(leaves.slice(0, 17).map((leaf) => Buffer.from(leaf)))
  })

  test.each([
    '/log/tile/0/003',
    '/log/tile/0/002',
    `/log/tile/0/002.p/${SIZE - 512 + 1}`,
    '/log/tile/1/000',
    '/log/tile/1/000.p/3',
    '/log/tile/2/000.p/1',
    `/log/tile/entries/002.p/${SIZE - 512 + 1}`,
    '/log/tile/64/000',
    '/log/tile/0/000.p/0',
    '/log/tile/0/000.p/256',
    '/log/tile/0/0',
    '/log/tile/0/x000/000',
    '/log/tile/0/000/',
    '/log/tile/00/000',
    '/log/tile/0/..%2f000',
    '/log/tile/',
    '/log/tile/entries/',
    `/log/proof?position=${SIZE}`,
    `/log/proof?position=0&size=${SIZE + 1}`,
    '/log/proof/consistency?from=2&to=1',
    `/log/proof/consistency?from=1&to=${SIZE + 1}`,
  ])('%s is not there', async (url) => {
    expect((await get(url)).statusCode).toBe(404)
  })

  test.each([
    '/log/proof',
    '/log/proof?position=-1',
    '/log/proof?position=1.5',
    '/log/proof?position=x',
    '/log/proof?position=1e400',
    '/log/proof/consistency',
    '/log/proof/consistency?to=3',
    '/log/proof/consistency?from=-1',
    '/log/proof?position=1&position=2',
  ])('%s is a bad request', async (url) => {
    expect((await get(url)).statusCode).toBe(400)
  })

  test('proofs as JSON verify', async () => {
    const inclusion = (await get('/log/proof?position=300&size=513')).json()
    expect(inclusion).toMatchObject({ origin: '127.0.0.1:3000/log/1', index: 300, size: 513 })
    const { index, size } = inclusion
    const claim = { index, size, leaf: hash(inclusion.leafHash), proof: inclusion.proof.map(hash), root: hash(inclusion.root) }
    expect(claim.root).toEqual(roots[513])
    expect(verifyInclusion(claim)).toBe(true)
    const consistency = (await get('/log/proof/consistency?from=256')).json()
    expect(consistency).toMatchObject({ from: 256, to: SIZE })
    const [root1, root2] = [hash(consistency.fromRoot), hash(consistency.toRoot)]
    expect(root2).toEqual(roots[SIZE])
    expect(verifyConsistency({ size1: 256, root1, size2: SIZE, root2, proof: consistency.proof.map(hash) })).toBe(true)
  })

  test('an entry is served as soon as it is acknowledged, and never before', async () => {
    const { position } = await world.ledger.append({ ...draft('served/1'), events: [event('served/1')] })
    const width = (position % 256) + 1
    expect((await get(`/log/${tilePath({ level: 0, index: 2, width })}`)).statusCode).toBe(200)
    expect((await get(`/log/${entriesPath(2, width)}`)).statusCode).toBe(200)
    expect((await get(`/log/${entriesPath(2, width + 1)}`)).statusCode).toBe(404)
    expect((await get('/log/checkpoint')).body.split('\n')[1]).toBe(String(position + 1))
  })
})
