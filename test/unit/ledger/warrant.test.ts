/** Warrants: one spelling, nothing personal, and only from whoever may erase. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { encode } from '../../../src/ledger/cbor.ts'
import type { CommitEvent, CommitPart } from '../../../src/ledger/commit.ts'
import {
  type ErasingCommit,
  encodeWarrant,
  eraseEvent,
  MAX_PLACES,
  type Place,
  parseWarrant,
  WarrantError,
  warrantsIn,
  whyNotErasable,
} from '../../../src/ledger/warrant.ts'

const place: fc.Arbitrary<Place> = fc.record({
  position: fc.maxSafeNat(),
  event: fc.nat({ max: 999 }),
  index: fc.nat({ max: 15 }),
})
const reason = fc.stringMatching(/^[a-z][a-z0-9-]{0,39}$/)
const warrant = fc.record({ reason, places: fc.array(place, { minLength: 1, maxLength: 20 }) })
const hash = (byte: number) => new Uint8Array(32).fill(byte)
const sealed: CommitPart = { codec: 'json', commitment: hash(1), sizeClass: 1, kref: hash(1).subarray(16) }
const inline: CommitPart = { codec: 'cbor', inline: new Uint8Array() }

describe('bytes of a warrant', () => {
  test('what was encoded is parsed: places in order, each once', () => {
    fc.assert(
      fc.property(warrant, (given) => {
        const parsed = parseWarrant(encodeWarrant(given))
        const names = (places: readonly Place[]) => new Set(places.map((p) => `${p.position}/${p.event}/${p.index}`))
        expect(parsed.reason).toBe(given.reason)
        expect(names(parsed.places)).toEqual(names(given.places))
        expect(parsed.places).toHaveLength(names(given.places).size)
        expect(encodeWarrant(parsed)).toEqual(encodeWarrant(given))
      }),
    )
  })

  test('every accepted byte string has one meaning: a flipped bit gives another warrant or none', () => {
    const bytes = encodeWarrant({ reason: 'deleted-by-author', places: [{ position: 300, event: 2, index: 1 }] })
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const flipped = Uint8Array.from(bytes)
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      expect(reencoded(flipped)).toEqual(flipped)
    }
  })

  test('a warrant of the largest size fits into a public commit', () => {
    const places = Array.from({ length: MAX_PLACES }, (_, i) => ({ position: Number.MAX_SAFE_INTEGER - i, event: 999, index: 15 }))
    expect(encodeWarrant({ reason: 'a'.repeat(40), places }).length).toBeLessThan(60_000)
  })

  test.each([
    ['no list', encode(1)],
    ['another version', encode([2, 'x', [[0, 0, 0]]])],
    ['a sentence', encode([1, 'because Ada asked', [[0, 0, 0]]])],
    ['no places', encode([1, 'x', []])],
    ['places out of order', encode([1, 'x', [[1, 0, 0], [0, 0, 0]]])], // biome-ignore format: one case, one line
    ['a place twice', encode([1, 'x', [[1, 0, 0], [1, 0, 0]]])], // biome-ignore format: one case, one line
    ['a place of two numbers', encode([1, 'x', [[1, 0]]])],
    ['a place of four numbers', encode([1, 'x', [[1, 0, 0, 0]]])],
    ['a place in words', encode([1, 'x', [['1', 0, 0]]])],
    ['a fourth item', encode([1, 'x', [[1, 0, 0]], null])],
    ['bytes after the end', Uint8Array.of(...encode([1, 'x', [[1, 0, 0]]]), 0)],
  ])('%s is no warrant', (_, bytes) => {
    expect(() => parseWarrant(bytes)).toThrow(WarrantError)
  })
})

describe('warrants in a commit', () => {
  const { parts, ...rest } = eraseEvent('x', { reason: 'operator', places: [{ position: 7, event: 0, index: 0 }] })
  const event: CommitEvent = { ...rest, parts: parts.map(({ codec, bytes }) => ({ codec, inline: bytes })) }

  test('are found, in order, among other events', () => {
    const other: CommitEvent = { type: 'status:delete', schema: 1, stream: 'status/x', parts: [sealed] }
    const places = [{ position: 7, event: 0, index: 0 }]
    expect(warrantsIn([other, event, other, event]).map((warrant) => warrant.places)).toEqual([places, places])
  })

  test.each([
    ['sealed', { ...event, parts: [sealed] }],
    ['of another schema', { ...event, schema: 2 }],
    ['in a stream of something else', { ...event, stream: 'status/x' }],
    ['of another type in a stream of erasures', { ...event, type: 'status:delete' }],
    ['with a second part', { ...event, parts: [...event.parts, sealed] }],
    ['without parts', { ...event, parts: [] }],
  ])('one that is %s is refused', (_, odd) => {
    expect(() => warrantsIn([odd])).toThrow(WarrantError)
  })
})

describe('who may erase what', () => {
  const by: ErasingCommit = { position: 9, lane: 'public', actor: hash(2), instance: hash(9) }
  const erased = { actor: hash(2), lane: 'public', events: [{ type: 'a:b', schema: 1, stream: 's', parts: [sealed, inline] }] } as const
  const at: Place = { position: 8, event: 0, index: 0 }

  test('the actor erases its own, the instance what is anybody’s, nobody else does', () => {
    expect(whyNotErasable(by, at, erased)).toBeNull()
    expect(whyNotErasable({ ...by, actor: by.instance }, at, erased)).toBeNull()
    expect(whyNotErasable({ ...by, actor: hash(3) }, at, erased)).toMatch(/only its actor/)
  })

  test('a public warrant does not point at what strangers cannot read, a private one may point at both', () => {
    expect(whyNotErasable(by, at, { ...erased, lane: 'private' })).toMatch(/public/)
    expect(whyNotErasable({ ...by, lane: 'private' }, at, { ...erased, lane: 'private' })).toBeNull()
    expect(whyNotErasable({ ...by, lane: 'private' }, at, erased)).toBeNull()
  })

  test('a warrant concerns sealed parts of earlier commits', () => {
    expect(whyNotErasable(by, { ...at, position: 9 }, erased)).toMatch(/before/)
    expect(whyNotErasable(by, { ...at, index: 1 }, erased)).toMatch(/inline/)
    expect(whyNotErasable(by, { ...at, index: 2 }, erased)).toMatch(/no such part/)
    expect(whyNotErasable(by, { ...at, event: 1 }, erased)).toMatch(/no such part/)
  })
})

function reencoded(bytes: Uint8Array): Uint8Array {
  try {
    return encodeWarrant(parseWarrant(bytes))
  } catch (error) {
    expect(error).toBeInstanceOf(WarrantError)
    return bytes
  }
}
