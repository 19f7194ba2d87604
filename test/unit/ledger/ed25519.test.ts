/** One Ed25519 verdict: published edge cases, and the same answer on every path. */
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { generateKeyPair, keyId, keyPairFromSeed, sign, verify, verifyAsync } from '../../../src/ledger/ed25519.ts'
import { isStrictPoint, verifyStrict } from '../../../src/ledger/tlog/strict-ed25519.ts'

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const bytes = (text: string): Uint8Array => Buffer.from(text, 'hex')
const load = (name: string): unknown => JSON.parse(readFileSync(`fixtures/ed25519/${name}.json`, 'utf8'))

/** All paths must agree; the verdict they agree on. */
async function verdict(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): Promise<boolean> {
  const verdicts = [
    verify(signature, message, publicKey),
    await verifyAsync(signature, message, publicKey),
    verifyStrict(signature, message, publicKey),
  ]
  expect(new Set(verdicts).size).toBe(1)
  return verdicts[0] as boolean
}

describe('published vectors', () => {
  test('speccheck: the strict row', async () => {
    const cases = load('speccheck') as { message: string; pub_key: string; signature: string }[]
    const verdicts: string[] = []
    for (const { message, pub_key, signature } of cases) verdicts.push((await verdict(bytes(signature), bytes(message), bytes(pub_key))) ? 'V' : 'X')
    expect(verdicts.join(' ')).toBe('X X X V X X X X X X X X')
  })
  type Case = { tcId: number; comment: string; msg: string; sig: string; result: string }
  const { testGroups } = load('wycheproof') as { testGroups: { publicKey: { pk: string }; tests: Case[] }[] }
  const cases = testGroups.flatMap(({ publicKey, tests }) => tests.map((test) => [`${test.tcId} ${test.comment}`, publicKey.pk, test] as const))
  test('Wycheproof has 151 cases', () => {
    expect(cases).toHaveLength(151)
  })
  test.each(cases)('Wycheproof %s', async (_, pk, { msg, sig, result }) => {
    expect(await verdict(bytes(sig), bytes(msg), bytes(pk))).toBe(result === 'valid')
  })
  test('RFC 8032 section 7.1, tests 1 to 3', () => {
    const vectors = [
      [
        '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
        'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
        '',
        'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
      ],
      [
        '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
        '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
        '72',
        '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
      ],
      [
        'c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7',
        'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025',
        'af82',
        '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a',
      ],
    ] as const
    for (const [seed, publicKey, message, signature] of vectors) {
      const keys = keyPairFromSeed(bytes(seed))
      expect([hex(keys.publicKey), hex(sign(bytes(message), keys.privateKey))]).toEqual([publicKey, signature])
    }
  })
})

describe('strict points', () => {
  const p = 2n ** 255n - 19n
  const encode = (y: bigint, sign = 0): Uint8Array => {
    const point = Uint8Array.from({ length: 32 }, (_, i) => Number((y >> BigInt(8 * i)) & 0xffn))
    point[31] = (point[31] ?? 0) | (sign << 7)
    return point
  }
  test('no y of p or more, whatever the sign', () => {
    for (let y = p; y < 2n ** 255n; y++) expect([isStrictPoint(encode(y)), isStrictPoint(encode(y, 1))]).toEqual([false, false])
    expect(isStrictPoint(encode(p - 2n))).toBe(true)
    expect(isStrictPoint(encode(p - 0x1_0000n))).toBe(true)
  })
  test('no point of small order, whatever the sign', () => {
    const order8 = 0x7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7n
    for (const y of [0n, 1n, p - 1n, order8, p - order8]) expect([isStrictPoint(encode(y)), isStrictPoint(encode(y, 1))]).toEqual([false, false])
    for (const y of [2n, p - 2n, order8 + 1n, order8 - 1n]) expect(isStrictPoint(encode(y))).toBe(true)
  })
  test('nothing but 32 bytes', () => {
    for (const length of [0, 31, 33, 64]) expect(isStrictPoint(new Uint8Array(length).fill(9))).toBe(false)
  })
})

describe('laws', () => {
  test('what was signed verifies, and nothing near it', async () => {
    const { privateKey, publicKey } = generateKeyPair()
    const message = randomBytes(40)
    const signature = sign(message, privateKey)
    expect(await verdict(signature, message, publicKey)).toBe(true)
    const flip = (bytes: Uint8Array, bit: number): Uint8Array => bytes.map((byte, i) => (i === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte))
    for (let bit = 0; bit < 512; bit++) expect(verify(flip(signature, bit), message, publicKey)).toBe(false)
    for (let bit = 0; bit < 256; bit++) expect(verify(signature, message, flip(publicKey, bit))).toBe(false)
    for (let bit = 0; bit < 320; bit++) expect(verify(signature, flip(message, bit), publicKey)).toBe(false)
  })
  test('arbitrary keys and signatures are refused, never thrown on', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 70 }),
        fc.uint8Array({ maxLength: 20 }),
        fc.uint8Array({ maxLength: 34 }),
        async (signature, message, key) => {
          expect(await verdict(signature, message, key)).toBe(false)
        },
      ),
    )
    for (let i = 0; i < 200; i++) expect(await verdict(randomBytes(64), randomBytes(8), randomBytes(32))).toBe(false)
  })
  test('a pair can be had again from its seed', () => {
    const keys = generateKeyPair()
    const again = keyPairFromSeed(keys.seed)
    expect(hex(again.publicKey)).toBe(hex(keys.publicKey))
    expect(verify(sign(Buffer.from('x'), again.privateKey), Buffer.from('x'), keys.publicKey)).toBe(true)
    expect(() => keyPairFromSeed(new Uint8Array(31))).toThrow(RangeError)
  })
  test('more keys than are remembered verify all the same', () => {
    const keys = Array.from({ length: 2_050 }, generateKeyPair)
    const signatures = keys.map(({ privateKey }) => sign(Buffer.from('m'), privateKey))
    for (let round = 0; round < 2; round++)
      for (const [i, { publicKey }] of keys.entries()) expect(verify(signatures[i] as Uint8Array, Buffer.from('m'), publicKey)).toBe(true)
  })
  test('the key id is half of the hash of the public key', () => {
    expect(hex(keyId(new Uint8Array(32)))).toBe('66687aadf862bd776c8fc18b8e9f8e20')
  })
})
