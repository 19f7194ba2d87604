/** Sealed parts: what opens, what does not, and that the commitment binds and hides. */
import { createCipheriv, createHmac } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { commitment, encrypt, matches, newKey, newPartKey, open, PartError, seal, sizeClass, unwrapKey } from '../../../src/ledger/part.ts'
import type { PartCodec } from '../../../src/ledger/types.ts'

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const flip = (bytes: Uint8Array, bit: number): Uint8Array => bytes.map((byte, i) => (i === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte))
const codecs: PartCodec[] = ['json', 'raw', 'cbor']
const plaintext = Buffer.from('{"text":"hello"}')

describe('commitment', () => {
  test('is the HMAC that docs/formats.md describes', () => {
    const r = new Uint8Array(32).fill(7)
    const expected = createHmac('sha256', r).update('vivim.part/v1\0json\0').update(plaintext).digest('hex')
    expect(hex(commitment(r, 'json', plaintext))).toBe(expected)
  })
  test('differs when r, codec or any bit of the plaintext differs', () => {
    const r = new Uint8Array(32).fill(7)
    const all = [
      ...codecs.map((codec) => commitment(r, codec, plaintext)),
      ...Array.from({ length: plaintext.length * 8 }, (_, bit) => commitment(r, 'json', flip(plaintext, bit))),
      ...Array.from({ length: 256 }, (_, bit) => commitment(flip(r, bit), 'json', plaintext)),
    ].map(hex)
    expect(new Set(all).size).toBe(all.length)
  })
  test('the same payload sealed twice shows nothing in common', () => {
    const [one, two] = [seal(plaintext, 'json', newKey()), seal(plaintext, 'json', newKey())]
    expect(hex(one.commitment)).not.toBe(hex(two.commitment))
    expect(hex(one.ciphertext)).not.toBe(hex(two.ciphertext))
  })
})

describe('sealing', () => {
  test('what was sealed opens with its key and matches its commitment', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 3000 }), fc.constantFrom(...codecs), (payload, codec) => {
        const key = newKey()
        const sealed = seal(payload, codec, key)
        const opened = open(sealed.ciphertext, key)
        expect(hex(opened.plaintext)).toBe(hex(payload))
        expect(matches(sealed.commitment, codec, opened)).toBe(true)
        expect(sealed.sizeClass).toBe(sizeClass(payload.length))
        expect(sealed.ciphertext.length).toBe(32 + payload.length + 16)
      }),
    )
  })
  test('a bit changed anywhere, a byte more or less, or another key, and it does not open', () => {
    const key = newKey()
    const { ciphertext } = seal(plaintext, 'json', key)
    for (let bit = 0; bit < ciphertext.length * 8; bit++) expect(() => open(flip(ciphertext, bit), key)).toThrow(PartError)
    for (let length = 0; length < ciphertext.length; length++) expect(() => open(ciphertext.subarray(0, length), key)).toThrow(PartError)
    expect(() => open(Buffer.concat([ciphertext, Uint8Array.of(0)]), key)).toThrow(PartError)
    expect(() => open(ciphertext, newKey())).toThrow(PartError)
  })
  test('another payload, codec or commitment does not match', () => {
    const key = newKey()
    const sealed = seal(plaintext, 'json', key)
    const opened = open(sealed.ciphertext, key)
    expect(matches(sealed.commitment, 'raw', opened)).toBe(false)
    expect(matches(sealed.commitment, 'json', { ...opened, plaintext: Buffer.from('{}') })).toBe(false)
    expect(matches(sealed.commitment, 'json', { ...opened, r: flip(opened.r, 0) })).toBe(false)
    for (let bit = 0; bit < 256; bit++) expect(matches(flip(sealed.commitment, bit), 'json', opened)).toBe(false)
    expect(matches(sealed.commitment.subarray(1), 'json', opened)).toBe(false)
  })
  test('a key of another length is a bug, not a tampered part', () => {
    expect(() => seal(plaintext, 'json', new Uint8Array(16))).toThrow(RangeError)
    expect(() => seal(plaintext, 'json', new Uint8Array(32))).toThrow(RangeError)
    expect(() => encrypt(new Uint8Array(31), plaintext, newKey())).toThrow(RangeError)
  })
})

describe('size class', () => {
  test('is the least power of two that holds the payload', () => {
    expect([0, 1, 2, 3, 4, 5, 255, 256, 257, 2 ** 20, 2 ** 20 + 1, 2 ** 31].map(sizeClass)).toEqual([0, 0, 1, 2, 2, 3, 8, 8, 9, 20, 21, 31])
  })
  test('grows with the size and holds it', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 31 }), (bytes) => {
        expect(2 ** sizeClass(bytes)).toBeGreaterThanOrEqual(bytes)
        if (bytes > 1) expect(2 ** (sizeClass(bytes) - 1)).toBeLessThan(bytes)
      }),
    )
  })
})

describe('the key of a part', () => {
  const kek = new Uint8Array(32).fill(9)
  test('comes from what is stored and the instance, and from neither alone', () => {
    const { stored, key } = newPartKey(kek)
    expect(hex(unwrapKey(stored, kek))).toBe(hex(key))
    expect(hex(key)).toBe(`02${createHmac('sha256', kek).update(stored).digest('hex')}`)
    for (let bit = 0; bit < 256; bit++) {
      expect(hex(unwrapKey(flip(stored, bit), kek))).not.toBe(hex(key))
      expect(hex(unwrapKey(stored, flip(kek, bit)))).not.toBe(hex(key))
    }
  })
  test('of another length is no key', () => {
    for (const length of [0, 8, 24, 31, 33, 39]) expect(() => unwrapKey(new Uint8Array(length), kek)).toThrow(PartError)
  })
})

describe('parts of earlier versions', () => {
  // Sealed by version 0.1.0 before its release: AES-256-GCM under a key in AES key wrap (RFC 3394 section 4.6 gives the wrapping).
  const kek = Buffer.from('000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F', 'hex')
  const dek = '00112233445566778899aabbccddeeff000102030405060708090a0b0c0d0e0f'
  const wrapped = Buffer.from('28c9f404c4b810f4cbccb35cfb87f8263f5786e2d80ed326cbc7f0e71a99f43bfb988b9b7a02dd21', 'hex')
  const r = new Uint8Array(32).fill(7)
  const cipher = createCipheriv('aes-256-gcm', Buffer.from(dek, 'hex'), new Uint8Array(12).fill(3))
  const body = Buffer.concat([cipher.update(r), cipher.update(plaintext), cipher.final()])
  const ciphertext = Buffer.concat([new Uint8Array(12).fill(3), body, cipher.getAuthTag()])

  test('open still', () => {
    const key = unwrapKey(wrapped, kek)
    expect(hex(key)).toBe(dek)
    expect(Buffer.from(open(ciphertext, key).plaintext).toString()).toBe(plaintext.toString())
    expect(hex(open(ciphertext, key).r)).toBe(hex(r))
  })
  test('and do not when a bit of them or of their key differs', () => {
    const key = unwrapKey(wrapped, kek)
    for (let bit = 0; bit < ciphertext.length * 8; bit++) expect(() => open(flip(ciphertext, bit), key)).toThrow(PartError)
    for (let bit = 0; bit < wrapped.length * 8; bit++) expect(() => unwrapKey(flip(wrapped, bit), kek)).toThrow(PartError)
  })
})
