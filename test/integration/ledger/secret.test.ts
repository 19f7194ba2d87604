import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { deriveKey, loadSecret } from '../../../src/ledger/secret.ts'

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(path.join(os.tmpdir(), 'vivim-secret-'))
  return () => rm(dir, { recursive: true })
})

test('the first start makes 32 bytes that only the owner may read; every later start reads the same', async () => {
  const file = path.join(dir, 'below', 'secret')
  const secret = await loadSecret(file)
  expect(secret).toHaveLength(32)
  expect((await stat(file)).mode & 0o777).toBe(0o600)
  expect(await loadSecret(file)).toEqual(secret)
  expect(await readdir(path.dirname(file))).toEqual(['secret'])
})

test('two first starts at once agree', async () => {
  const file = path.join(dir, 'secret')
  const [one, other] = await Promise.all([loadSecret(file), loadSecret(file)])
  expect(one).toEqual(other)
  expect(new Uint8Array(await readFile(file))).toEqual(new Uint8Array(one))
})

test.each([0o640, 0o604, 0o620, 0o666])('a secret that others may touch (%o) is refused', async (mode) => {
  const file = path.join(dir, 'secret')
  await loadSecret(file)
  await chmod(file, mode)
  await expect(loadSecret(file)).rejects.toMatchObject({ code: 'GIVE_UP', message: expect.stringContaining('chmod 600') })
})

test.each([0, 31, 33])('a secret of %i bytes is refused', async (length) => {
  const file = path.join(dir, 'secret')
  await writeFile(file, new Uint8Array(length), { mode: 0o600 })
  await expect(loadSecret(file)).rejects.toMatchObject({ code: 'GIVE_UP', message: expect.stringContaining('exactly 32 bytes') })
})

test('each purpose has a key of its own', () => {
  const secret = new Uint8Array(32).fill(1)
  const keys = ['keyring', 'part', 'stream'].map((purpose) => Buffer.from(deriveKey(secret, purpose)).toString('hex'))
  expect(new Set(keys).size).toBe(3)
  expect(Buffer.from(deriveKey(secret, 'part')).toString('hex')).toBe(keys[1])
  expect(deriveKey(new Uint8Array(32).fill(2), 'part')).not.toEqual(deriveKey(secret, 'part'))
})
