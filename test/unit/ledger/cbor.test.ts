/** Strict CBOR: one value, one spelling. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Cbor, CborError, CborReader, CborWriter, decode, encode, MAX_DEPTH } from '../../../src/ledger/cbor.ts'

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'))

const uint = fc.oneof(fc.nat(), fc.maxSafeNat(), fc.constantFrom(0, 23, 24, 255, 256, 65_535, 65_536, 2 ** 32 - 1, 2 ** 32, Number.MAX_SAFE_INTEGER))
const text = fc.oneof(
  fc.string(),
  fc.string({ unit: 'grapheme' }).map((text) => text.normalize('NFC')),
)
const { value } = fc.letrec<{ value: Cbor }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    uint,
    text,
    fc.uint8Array({ maxLength: 300 }),
    fc.constant(null),
    fc.boolean(),
    fc.array(tie('value'), { maxLength: 30 }),
  ),
}))

describe('laws', () => {
  test('decode gives back what encode was given', () => {
    fc.assert(
      fc.property(value, (value) => {
        expect(decode(encode(value))).toEqual(value)
      }),
    )
  })
  test('any bytes are refused, or are the one encoding of what they decode to', () => {
    const near = fc.tuple(value, fc.nat(), fc.nat({ max: 255 })).map(([value, at, byte]) => {
      const encoded = encode(value)
      encoded[at % encoded.length] = byte
      return encoded
    })
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 64 }), near), (input) => {
        let decoded: Cbor
        try {
          decoded = decode(input)
        } catch (error) {
          expect(error).toBeInstanceOf(CborError)
          return
        }
        expect(hex(encode(decoded))).toBe(hex(input))
      }),
      { numRuns: 5000 },
    )
  })
  test('no proper beginning of an encoding is one, nor is it with a byte more', () => {
    const encoded = encode([1, 'é', [new Uint8Array(30), null], 70_000, false])
    for (let length = 0; length < encoded.length; length++) expect(() => decode(encoded.subarray(0, length))).toThrow(CborError)
    expect(() => decode(Buffer.concat([encoded, Uint8Array.of(0)]))).toThrow(/bytes after the end/)
  })
})

describe('spelling', () => {
  test.each<[Cbor, string]>([
    [0, '00'],
    [23, '17'],
    [24, '1818'],
    [255, '18ff'],
    [256, '190100'],
    [65_535, '19ffff'],
    [65_536, '1a00010000'],
    [4_294_967_295, '1affffffff'],
    [4_294_967_296, '1b0000000100000000'],
    [Number.MAX_SAFE_INTEGER, '1b001fffffffffffff'],
    [new Uint8Array(), '40'],
    [Uint8Array.of(1, 2, 3, 4), '4401020304'],
    ['', '60'],
    ['a', '6161'],
    ['ü', '62c3bc'],
    ['水', '63e6b0b4'],
    ['\u{10151}', '64f0908591'],
    ['\ufeffa', '64efbbbf61'],
    [[], '80'],
    [[1, [2, 3]], '8201820203'],
    [false, 'f4'],
    [true, 'f5'],
    [null, 'f6'],
  ])('%j is 0x%s', (value, spelled) => {
    expect(hex(encode(value))).toBe(spelled)
    expect(decode(bytes(spelled))).toEqual(value)
  })
  test.each([
    ['nothing', ''],
    ['1 in two bytes', '1801'],
    ['255 in three', '1900ff'],
    ['65,535 in five', '1a0000ffff'],
    ['2^32 - 1 in nine', '1b00000000ffffffff'],
    ['2^53', '1b0020000000000000'],
    ['2^64 - 1', '1bffffffffffffffff'],
    ['a length in two bytes where one does', '58020000'],
    ['a text length too', '780161'],
    ['an array length too', '980101'],
    ['reserved info 28', '1c'],
    ['indefinite bytes', '5f4100ff'],
    ['indefinite text', '7f6161ff'],
    ['an indefinite array', '9f01ff'],
    ['a lone break', 'ff'],
    ['a negative integer', '20'],
    ['a map', 'a0'],
    ['a tag', 'c000'],
    ['a CID', 'd82a4100'],
    ['undefined', 'f7'],
    ['a simple value', 'e0'],
    ['a simple value in two bytes', 'f814'],
    ['a half float', 'f93c00'],
    ['a single float', 'fa3f800000'],
    ['a double float', 'fb3ff0000000000000'],
    ['text that is not UTF-8', '61ff'],
    ['an overlong UTF-8 form', '62c080'],
    ['a surrogate in UTF-8', '63eda080'],
    ['text not in NFC', '6365cc88'],
    ['bytes longer than the input', '4501'],
    ['text longer than the input', '6561'],
    ['an array longer than the input', '9affffffff'],
    ['an array that ends early', '820100'.slice(0, 4)],
  ])('%s is refused', (_, spelled) => {
    expect(() => decode(bytes(spelled))).toThrow(CborError)
  })
  test.each<[string, unknown]>([
    ['a negative number', -1],
    ['a fraction', 0.5],
    ['2^53', 2 ** 53],
    ['NaN', Number.NaN],
    ['a lone surrogate', '\ud800'],
    ['text not in NFC', 'e\u0308'],
    ['undefined', undefined],
    ['an object', {}],
    ['a bigint', 1n],
  ])('%s has no spelling', (_, value) => {
    expect(() => encode(value as Cbor)).toThrow(CborError)
  })
  test('arrays nest sixteen deep and no deeper, in both directions', () => {
    const nested = (depth: number): Cbor => (depth === 0 ? [] : [nested(depth - 1)])
    expect(decode(encode(nested(MAX_DEPTH - 1)))).toEqual(nested(MAX_DEPTH - 1))
    expect(() => encode(nested(MAX_DEPTH))).toThrow(CborError)
    expect(() => decode(bytes(`${'81'.repeat(MAX_DEPTH)}80`))).toThrow(CborError)
    expect(() => decode(new Uint8Array(100_000).fill(0x81))).toThrow(CborError)
  })
  test('the error says where', () => {
    expect(() => decode(bytes('8201f7'))).toThrow(/at byte 2/)
  })
})

describe('memory', () => {
  test('what was decoded from a view into a larger buffer is right', () => {
    const padded = Buffer.concat([Buffer.alloc(7, 0xff), encode([Uint8Array.of(1, 2), 'abc', 300]), Buffer.alloc(9, 0xff)])
    expect(decode(padded.subarray(7, padded.length - 9))).toEqual([Uint8Array.of(1, 2), 'abc', 300])
  })
  test('what was taken from a writer is not changed by writing on', () => {
    const writer = new CborWriter()
    writer.text('one')
    const first = writer.take()
    writer.text('two')
    expect([decode(first), decode(writer.take())]).toEqual(['one', 'two'])
  })
  test('a writer grows as far as it must and forgets on reset', () => {
    const writer = new CborWriter()
    writer.uint(1)
    writer.reset()
    writer.bytes(new Uint8Array(100_000))
    writer.null()
    const reader = new CborReader(writer.take())
    expect([reader.bytes().length, reader.null(), reader.null()]).toEqual([100_000, true, false])
  })
})
