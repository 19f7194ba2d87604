/** Proofs by way of files: the same as without, whatever the files hold. */
import { randomBytes } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { verifyConsistency, verifyInclusion } from '../../../src/ledger/tlog/merkle.ts'
import { fill, openWorld, type World } from './world.ts'

const SIZE = 2_000
const SLOT = 16_384
let cacheDir: string
let world: World

beforeAll(async () => {
  cacheDir = await mkdtemp(path.join(os.tmpdir(), 'vivim-tiles-'))
  world = await openWorld({ cacheDir })
  await fill(world.ledger, SIZE - world.ledger.head().size)
  for (let tries = 0; (await slots()) < 7 && tries < 100; tries++) await sleep(20)
})
afterAll(async () => {
  await world.close()
  await rm(cacheDir, { recursive: true })
})

async function file(level: number): Promise<string> {
  const [directory = ''] = await readdir(cacheDir)
  return path.join(cacheDir, directory, `level-${level}`)
}

const slots = async (): Promise<number> => (await readFile(await file(0)).catch(() => Buffer.alloc(0))).length / SLOT

/** Every 37th proof in the tree, and consistency from many sizes. */
async function proveAll(): Promise<void> {
  const { ledger } = world
  const { size, root } = ledger.head()
  for (let position = 0; position < size; position += 37) {
    const { leafHash, proof } = await ledger.inclusionProof(position)
    expect(verifyInclusion({ index: position, size, leaf: leafHash, proof, root }), `entry ${position}`).toBe(true)
    if (position === 0) continue
    const [from, steps] = await Promise.all([ledger.rootAt(position), ledger.consistencyProof(position, size)])
    expect(verifyConsistency({ size1: position, root1: from, size2: size, root2: root, proof: steps }), `size ${position}`).toBe(true)
  }
}

test('full tiles are kept, and nothing that may still change', async () => {
  expect(await slots()).toBe(Math.floor(SIZE / 256))
  await proveAll()
})

test('a ledger that starts proves from the files what another has kept', async () => {
  await world.reopen()
  await proveAll()
})

test.each([
  ['are gone', async (name: string) => rm(name)],
  ['are empty', async (name: string) => writeFile(name, '')],
  ['are random', async (name: string) => writeFile(name, randomBytes(7 * SLOT))],
  ['were cut in the middle of a slot', async (name: string) => writeFile(name, (await readFile(name)).subarray(0, 3 * SLOT + 5_000))],
  [
    'hold whole tiles at other places',
    async (name: string) => {
      const bytes = await readFile(name)
      await writeFile(name, Buffer.concat([bytes.subarray(SLOT, 4 * SLOT), bytes.subarray(0, SLOT), bytes.subarray(4 * SLOT)]))
    },
  ],
  [
    'have a bit flipped in every slot',
    async (name: string) => {
      const bytes = await readFile(name)
      for (let at = 9_000; at < bytes.length; at += SLOT) bytes[at] = (bytes[at] ?? 0) ^ 1
      await writeFile(name, bytes)
    },
  ],
])('files that %s change nothing, and are mended', async (_, damage) => {
  await world.ledger.close()
  const whole = await readFile(await file(0))
  await damage(await file(0))
  await world.reopen()
  await proveAll()
  await world.reopen()
  expect((await readFile(await file(0))).equals(whole)).toBe(true)
})

test('where no file can be kept, proofs come from the database', async () => {
  await world.ledger.close()
  await world.reopen({ cacheDir: '/dev/null/nowhere' })
  await proveAll()
  await world.reopen({ cacheDir })
})
