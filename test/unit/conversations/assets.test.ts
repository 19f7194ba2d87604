import { hash } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { assetPath, openFile, removeFile, sealFile } from '../../../src/conversations/assets.ts'

let dir: string
beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'vivim-assets-'))
})
afterAll(() => rm(dir, { recursive: true, force: true }))

async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}
async function opened(sealed: { readonly file: string; readonly key: string }): Promise<Buffer> {
  const parts: Uint8Array[] = []
  for await (const part of openFile(dir, sealed)) parts.push(part)
  return Buffer.concat(parts)
}
const bytesOf = (length: number): Buffer => Buffer.from(Array.from({ length }, (_, n) => (n * 31) % 251))

describe('a sealed file', () => {
  it('opens to what was sealed, whatever its length', async () => {
    for (const length of [0, 1, 65_535, 65_536, 65_537, 200_000]) {
      const sealed = await sealFile(dir, pieces(bytesOf(length), 10_007))
      expect(sealed).toMatchObject({ bytes: length, sha256: hash('sha256', bytesOf(length)) })
      expect((await opened(sealed)).equals(bytesOf(length))).toBe(true)
      expect(Buffer.from(sealed.head).equals(bytesOf(length).subarray(0, 4_100))).toBe(true)
    }
  })

  it('shows nothing of what it holds, and belongs to nobody else', async () => {
    const sealed = await sealFile(dir, pieces(Buffer.from('a secret that somebody wrote'), 9))
    const file = assetPath(dir, sealed.file)
    expect((await readFile(file)).includes('secret')).toBe(false)
    expect((await stat(file)).mode & 0o777).toBe(0o600)
  })

  it('does not open when a bit of it, or its end, or its key is another', async () => {
    const sealed = await sealFile(dir, pieces(bytesOf(140_000), 65_536))
    const file = assetPath(dir, sealed.file)
    const whole = await readFile(file)
    for (const at of [0, 70_000, whole.length - 1]) {
      const bytes = Buffer.from(whole)
      bytes[at] = (bytes[at] ?? 0) ^ 1
      await writeFile(file, bytes)
      await expect(opened(sealed)).rejects.toThrow()
    }
    await writeFile(file, whole)
    await truncate(file, 2 * (65_536 + 16))
    await expect(opened(sealed)).rejects.toThrow()
    await writeFile(file, whole)
    await expect(opened({ ...sealed, key: Buffer.alloc(32).toString('base64') })).rejects.toThrow()
  })

  it('leaves nothing when what is to be sealed fails, or when it is removed', async () => {
    const count = async () => (await readdir(dir, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile()).length
    const before = await count()
    const failing = async function* () {
      yield bytesOf(100_000)
      throw new Error('the disk is on fire')
    }
    await expect(sealFile(dir, failing())).rejects.toThrow('on fire')
    const sealed = await sealFile(dir, pieces(bytesOf(5), 5))
    await removeFile(dir, sealed.file)
    expect(await count()).toBe(before)
  })
})
