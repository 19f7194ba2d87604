/** The primitives we build on, as this runtime has them, against Project Wycheproof: what is valid works, what is invalid is refused. */
import { createDecipheriv, createPrivateKey, createPublicKey, decapsulate, diffieHellman, hash, hkdfSync, type KeyObject, verify } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { describe, expect, test } from 'vitest'

type Case = { readonly tcId: number; readonly result: 'valid' | 'invalid' | 'acceptable' } & Readonly<Record<string, string>>
type Group = { readonly tests: readonly Case[] } & Readonly<Record<string, string>>

type XChaCha = {
  readonly crypto_aead_xchacha20poly1305_ietf_decrypt: (
    plain: Buffer,
    none: null,
    ...rest: readonly [ct: Buffer, aad: Buffer, nonce: Buffer, key: Buffer]
  ) => number
}
const sodium = createRequire(import.meta.url)('sodium-native') as XChaCha

const bytes = (hex: string | undefined): Buffer => Buffer.from(hex ?? '', 'hex')
const load = (name: string): Group[] =>
  (JSON.parse(readFileSync(`fixtures/wycheproof/${name}_test.json`, 'utf8')) as { testGroups: Group[] }).testGroups

/** Numbers of the cases with the wrong verdict. @param holds  what the primitive says; throwing is refusing */
function wrong(name: string, holds: (test: Case, group: Group) => boolean): number[] {
  const attempt = (one: Case, group: Group): boolean => {
    try {
      return holds(one, group)
    } catch {
      return false
    }
  }
  return load(name).flatMap((group) =>
    group.tests.filter((one) => one.result !== 'acceptable' && attempt(one, group) !== (one.result === 'valid')).map(({ tcId }) => tcId),
  )
}

const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0

test('AES-GCM, but for nonces of 257 bytes, which OpenSSL does not take', () => {
  const tooLong = [268, 272, 276]
  expect(
    wrong('aes_gcm', ({ key, iv, aad, ct, tag, msg }, { keySize, tagSize }) => {
      const cipher = `aes-${keySize}-gcm` as 'aes-256-gcm'
      const decipher = createDecipheriv(cipher, bytes(key), bytes(iv), { authTagLength: Number(tagSize) / 8 })
      decipher.setAAD(bytes(aad)).setAuthTag(bytes(tag))
      return same(Buffer.concat([decipher.update(bytes(ct)), decipher.final()]), bytes(msg))
    }),
  ).toEqual(tooLong)
})

test('HKDF-SHA-256', () => {
  expect(
    wrong('hkdf_sha256', ({ ikm, salt, info, size, okm }) =>
      same(Buffer.from(hkdfSync('sha256', bytes(ikm), bytes(salt), bytes(info), Number(size))), bytes(okm)),
    ),
  ).toEqual([])
})

test('ML-DSA-65', () => {
  const keys = new Map<string, KeyObject>()
  const keyOf = (der = ''): KeyObject => {
    const key = keys.get(der) ?? createPublicKey({ key: bytes(der), format: 'der', type: 'spki' })
    keys.set(der, key)
    return key
  }
  expect(
    wrong('mldsa_65_verify', ({ msg, sig, ctx }, { publicKeyDer }) => {
      const key = keyOf(publicKeyDer)
      return verify(null, bytes(msg), ctx === undefined ? key : { key, context: bytes(ctx) }, bytes(sig))
    }),
  ).toEqual([])
})

describe.each([
  ['ML-KEM-768', 'mlkem_768', '02'],
  ['ML-KEM-1024', 'mlkem_1024', '03'],
])('%s', (_, file, oid) => {
  const pkcs8 = Buffer.from(`3054020100300b06096086480165030404${oid}04428040`, 'hex')
  test('what is encapsulated for the key of a seed comes out', () => {
    expect(
      wrong(file, ({ seed, c, K }) => {
        const key = createPrivateKey({ key: Buffer.concat([pkcs8, bytes(seed)]), format: 'der', type: 'pkcs8' })
        return same(decapsulate(key, bytes(c)), bytes(K))
      }),
    ).toEqual([])
  })
})

/** Private and public keys are raw, as in the vectors. */
function x25519(privateKey: Uint8Array, publicKey: Uint8Array): Buffer {
  const pkcs8 = Buffer.concat([Buffer.from('302e020100300506032b656e04220420', 'hex'), privateKey])
  const spki = Buffer.concat([Buffer.from('302a300506032b656e032100', 'hex'), publicKey])
  return diffieHellman({
    privateKey: createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' }),
    publicKey: createPublicKey({ key: spki, format: 'der', type: 'spki' }),
  })
}

describe('X25519', () => {
  test('gives the shared secret', () => {
    expect(wrong('x25519', ({ private: own, public: other, shared }) => same(x25519(bytes(own), bytes(other)), bytes(shared)))).toEqual([])
  })
  test('a doubtful public key is refused or gives the secret of the vector, never another', () => {
    for (const one of load('x25519').flatMap(({ tests }) => tests)) {
      if (one.result !== 'acceptable') continue
      let shared: Buffer | null = null
      try {
        shared = x25519(bytes(one.private), bytes(one.public))
      } catch {
        shared = null
      }
      if (shared !== null) expect([one.tcId, shared.toString('hex')]).toEqual([one.tcId, one.shared])
    }
  })
})

test('XChaCha20-Poly1305', () => {
  expect(
    wrong('xchacha20_poly1305', ({ key, iv, aad, ct, tag, msg }) => {
      const plain = Buffer.alloc(bytes(ct).length)
      sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(plain, null, Buffer.concat([bytes(ct), bytes(tag)]), bytes(aad), bytes(iv), bytes(key))
      return same(plain, bytes(msg))
    }),
  ).toEqual([])
})

describe('X-Wing', () => {
  type Vector = Readonly<Record<'seed' | 'eseed' | 'ss' | 'sk' | 'pk' | 'ct', string>>
  const vectors = JSON.parse(readFileSync('fixtures/xwing/vectors.json', 'utf8')) as Vector[]
  const label = Buffer.from('5c2e2f2f5e5c', 'hex')
  const pkcs8 = Buffer.from('3054020100300b060960864801650304040204428040', 'hex')

  test.each(vectors.map((vector, i) => [i, vector] as const))(
    'vector %d: both halves decapsulate, and their mix is the secret',
    (_, { sk, pk, ct, ss }) => {
      const expanded = hash('shake256', bytes(sk), { outputEncoding: 'buffer', outputLength: 96 })
      const kem = createPrivateKey({ key: Buffer.concat([pkcs8, expanded.subarray(0, 64)]), format: 'der', type: 'pkcs8' })
      const [kemText, point] = [bytes(ct).subarray(0, 1_088), bytes(ct).subarray(1_088)]
      const mixed = [decapsulate(kem, kemText), x25519(expanded.subarray(64), point), point, bytes(pk).subarray(1_184), label]
      expect(hash('sha3-256', Buffer.concat(mixed))).toBe(ss)
    },
  )
})
