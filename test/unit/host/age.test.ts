import { randomBytes } from 'node:crypto'
import { Decrypter, Encrypter } from 'age-encryption'
import { describe, expect, test } from 'vitest'
import { decrypt, encrypt } from '../../../src/host/age.ts'

/** scrypt as cheap as it gets. */
const WORK = 4
const CHUNK = 64 * 1024

async function* pieces(bytes: Uint8Array, size = 10_000): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

const collect = async (chunks: AsyncIterable<Uint8Array>): Promise<Buffer> => Buffer.concat(await all(chunks))
const sealed = (plaintext: Uint8Array, passphrase = 'correct horse') => collect(encrypt(pieces(plaintext), passphrase, WORK))
const opened = (file: Uint8Array, passphrase = 'correct horse', size?: number) => collect(decrypt(pieces(file, size), passphrase))

describe('a file encrypted under a passphrase', () => {
  test.each([0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK + 17])(
    'of %i bytes comes back as it was, in whatever pieces',
    async (length) => {
      const plaintext = randomBytes(length)
      const file = await sealed(plaintext)
      for (const size of [1_000_000, 7_919]) expect((await opened(file, 'correct horse', size)).equals(plaintext)).toBe(true)
    },
  )

  test.each([0, 5, CHUNK, CHUNK + 1, 2 * CHUNK])('of %i bytes is opened by another implementation of age', async (length) => {
    const plaintext = randomBytes(length)
    const age = new Decrypter()
    age.addPassphrase('correct horse')
    expect(Buffer.from(await age.decrypt(await sealed(plaintext))).equals(plaintext)).toBe(true)
  })

  test.each([0, 5, CHUNK, CHUNK + 1])('of %i bytes that another implementation made is opened', async (length) => {
    const plaintext = randomBytes(length)
    const age = new Encrypter()
    age.setScryptWorkFactor(WORK)
    age.setPassphrase('correct horse')
    expect((await opened(await age.encrypt(plaintext))).equals(plaintext)).toBe(true)
  })

  test('is opened by no other passphrase', async () => {
    await expect(opened(await sealed(randomBytes(9)), 'correct Horse')).rejects.toMatchObject({ code: 'WRONG_PASSPHRASE' })
  })

  test('never opens with any byte flipped', async () => {
    const file = await sealed(randomBytes(50))
    for (let at = 0; at < file.length; at++) {
      const altered = Buffer.from(file)
      altered[at]! ^= 1
      await expect(opened(altered), `byte ${at}`).rejects.toMatchObject({ name: 'AgeError' })
    }
  })

  test('never opens when it was cut, lengthened, or its chunks were exchanged', async () => {
    const file = await sealed(randomBytes(2 * CHUNK + 10))
    const body = file.length - (2 * CHUNK + 10 + 3 * 16)
    const [first, second] = [file.subarray(body, body + CHUNK + 16), file.subarray(body + CHUNK + 16, body + 2 * CHUNK + 32)]
    const rest = file.subarray(body + 2 * CHUNK + 32)
    for (const length of [0, 10, body - 1, body, body + CHUNK + 16, body + 2 * CHUNK + 32, file.length - 1]) {
      await expect(opened(file.subarray(0, length)), `cut to ${length}`).rejects.toMatchObject({ name: 'AgeError' })
    }
    await expect(opened(Buffer.concat([file, Buffer.alloc(20)]))).rejects.toMatchObject({ code: 'DAMAGED' })
    await expect(opened(Buffer.concat([file.subarray(0, body), second, first, rest]))).rejects.toMatchObject({ code: 'DAMAGED' })
  })

  test('is not asked to stretch a passphrase for hours by what a stranger wrote into it', async () => {
    const file = (await sealed(randomBytes(9))).toString('latin1').replace(/( [A-Za-z0-9+/]{22}) 4\n/, '$1 30\n')
    await expect(opened(Buffer.from(file, 'latin1'))).rejects.toMatchObject({ code: 'NOT_AGE' })
  })

  test('what is no such file is said to be none', async () => {
    for (const bytes of [Buffer.from('hello'), randomBytes(5_000), Buffer.from('age-encryption.org/v1\n-> X25519 abc\nabc\n--- abc\n')]) {
      await expect(opened(bytes)).rejects.toMatchObject({ code: 'NOT_AGE' })
    }
  })
})

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const item of items) found.push(item)
  return found
}
