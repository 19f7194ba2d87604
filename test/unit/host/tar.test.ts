import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import { pack, type TarEntry, unpack } from '../../../src/host/tar.ts'

const FILES: readonly TarEntry[] = [
  { name: 'manifest.json', bytes: Buffer.from('{}') },
  { name: 'empty', bytes: Buffer.alloc(0) },
  { name: 'tables/ledger.commit/000000', bytes: randomBytes(512) },
  { name: `media/ab/${'0'.repeat(30)}.webp`, bytes: randomBytes(100_001) },
]

async function* of<T>(items: Iterable<T>): AsyncGenerator<T> {
  yield* items
}

async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

const archive = async (): Promise<Buffer> => Buffer.concat(await all(pack(of(FILES), 1_790_000_000)))

test.each([1_000_000, 512, 333])('what is packed comes back, in pieces of %i bytes', async (size) => {
  const files = await all(unpack(pieces(await archive(), size)))
  expect(files.map(({ name, bytes }) => [name, Buffer.from(bytes).toString('hex')])).toEqual(
    FILES.map(({ name, bytes }) => [name, Buffer.from(bytes).toString('hex')]),
  )
})

test('tar reads what is packed, and what tar packs is read', async () => {
  const dir = await mkdtemp(path.join(os.tmpdir(), 'vivim-tar-'))
  try {
    await writeFile(path.join(dir, 'ours.tar'), await archive())
    execFileSync('tar', ['-xf', 'ours.tar'], { cwd: dir })
    for (const { name, bytes } of FILES) expect((await readFile(path.join(dir, name))).equals(bytes)).toBe(true)
    execFileSync('tar', ['--format=ustar', '-cf', 'theirs.tar', ...FILES.map(({ name }) => name)], { cwd: dir })
    const theirs = await all(unpack(pieces(await readFile(path.join(dir, 'theirs.tar')), 10_000)))
    expect(theirs.map(({ name, bytes }) => [name, bytes.length])).toEqual(FILES.map(({ name, bytes }) => [name, bytes.length]))
  } finally {
    await rm(dir, { recursive: true })
  }
})

test('an archive that is cut, or has a bit of a header flipped, is refused', async () => {
  const bytes = await archive()
  await expect(all(unpack(pieces(bytes.subarray(0, 100_000), 10_000)))).rejects.toMatchObject({ name: 'TarError' })
  for (const at of [0, 130, 150, 257]) {
    const altered = Buffer.from(bytes)
    altered[at]! ^= 1
    await expect(all(unpack(pieces(altered, 10_000))), `byte ${at}`).rejects.toMatchObject({ name: 'TarError' })
  }
})

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const item of items) found.push(item)
  return found
}
