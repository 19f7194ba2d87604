/** Operations on keys as bytes: golden files, and that nothing else is taken for one. */
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Cbor, decode, encode } from '../../../src/ledger/cbor.ts'
import { actorId, CommitError, keyStream } from '../../../src/ledger/commit.ts'
import { keyId, keyPairFromSeed } from '../../../src/ledger/ed25519.ts'
import { decodeKeyOperation, encodeKeyOperation, isKeyEvent, type KeyOperation, keyEvent, readKeyEvent } from '../../../src/ledger/key-operation.ts'

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const fill = (byte: number, length = 32): Uint8Array => new Uint8Array(length).fill(byte)
const key = (seed: number): Uint8Array => keyPairFromSeed(fill(seed)).publicKey
const idOf = (publicKey: Uint8Array): Uint8Array => new Uint8Array(keyId(publicKey))
const hybrid = new Uint8Array(Buffer.from(readFileSync('fixtures/ledger/key-hybrid.hex', 'utf8').replaceAll(/\s/g, ''), 'hex'))

const OPERATIONS: readonly KeyOperation[] = [
  { kind: 'genesis', recovery: [key(1)], devices: [key(1)] },
  { kind: 'genesis', recovery: [key(2), key(3)], devices: [key(4), hybrid] },
  { kind: 'add', devices: [key(5)] },
  { kind: 'revoke', keys: [idOf(key(5))], after: null },
  { kind: 'revoke', keys: [idOf(key(4)), idOf(hybrid)], after: 5_000_000_000 },
  { kind: 'rotate', recovery: [key(2)], devices: [key(6)] },
  { kind: 'recover', after: 41, recovery: [key(2)], devices: [key(7)] },
  { kind: 'require', suite: 2 },
  {
    kind: 'freeze',
    key: idOf(key(7)),
    evidence: [
      { commit: fill(1, 3), signature: fill(2, 64) },
      { commit: fill(3, 3), signature: fill(4, 64) },
    ],
  },
]

test('golden files', () => {
  const golden = JSON.parse(readFileSync('fixtures/ledger/key-operations.json', 'utf8')) as { kind: string; bytes: string }[]
  expect(OPERATIONS.map((operation) => ({ kind: operation.kind, bytes: hex(encodeKeyOperation(operation)) }))).toEqual(golden)
})

test('an operation comes back from its bytes, and from its event', () => {
  for (const operation of OPERATIONS) {
    expect(decodeKeyOperation(encodeKeyOperation(operation))).toEqual(operation)
    const { type, schema, stream, parts } = keyEvent(fill(9), operation)
    const event = { type, schema, stream, parts: parts.map(({ codec, bytes }) => ({ codec, inline: bytes })) }
    expect([type, stream, isKeyEvent(event)]).toEqual([`key:${operation.kind}`, keyStream(fill(9)), true])
    expect(readKeyEvent(event)).toEqual({ operation, actor: hex(fill(9)), hash: actorId(encodeKeyOperation(operation)) })
  }
})

describe('what is no operation', () => {
  const [a, b] = [key(1), key(2)]
  const id = idOf(a)
  const signed: Cbor = [fill(1, 3), fill(2, 64)]
  test.each<[string, Cbor]>([
    ['a text', 'genesis'],
    ['another version', [2, 'genesis', [a], [a]]],
    ['an unknown kind', [1, 'burn', [a], [a]]],
    ['a field more', [1, 'genesis', [a], [a], null]],
    ['a field less', [1, 'genesis', [a]]],
    ['no recovery key', [1, 'genesis', [], [a]]],
    ['no device', [1, 'rotate', [a], []]],
    ['six recovery keys', [1, 'genesis', Array.from({ length: 6 }, (_, i) => key(i + 1)), [a]]],
    ['17 devices', [1, 'genesis', [a], Array.from({ length: 17 }, (_, i) => key(i + 1))]],
    ['a key twice', [1, 'genesis', [a], [b, b]]],
    ['a key twice among those that recover', [1, 'rotate', [a, a], [b]]],
    ['a short key', [1, 'add', [a.subarray(1)]]],
    ['a hybrid key cut short', [1, 'add', [hybrid.subarray(0, 1_983)]]],
    ['a key of small order', [1, 'add', [fill(0)]]],
    ['a key off the curve', [1, 'add', [Uint8Array.of(2, ...fill(0, 31))]]],
    ['a text for a key', [1, 'add', ['key']]],
    ['a key where an id belongs', [1, 'revoke', [a], null]],
    ['an id twice', [1, 'revoke', [id, id], null]],
    ['nothing to revoke', [1, 'revoke', [], null]],
    ['a text for a position', [1, 'revoke', [id], '1']],
    ['a recovery from nowhere', [1, 'recover', null, [a], [a]]],
    ['suite 0', [1, 'require', 0]],
    ['suite 3', [1, 'require', 3]],
    ['evidence of one', [1, 'freeze', id, signed]],
    ['evidence that is no pair', [1, 'freeze', id, signed, [fill(1, 3)]]],
    ['evidence of text', [1, 'freeze', id, signed, ['a', 'b']]],
    ['a freeze without a key', [1, 'freeze', a, signed, signed]],
  ])('%s', (_, value) => {
    expect(() => decodeKeyOperation(encode(value))).toThrow(CommitError)
  })
  test('bytes that are not canonical', () => {
    for (const operation of OPERATIONS)
      expect(() => decodeKeyOperation(Buffer.concat([encodeKeyOperation(operation), fill(0, 1)]))).toThrow(CommitError)
  })
  test('arbitrary bytes and arbitrary values', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        expect(() => decodeKeyOperation(bytes)).toThrow(CommitError)
      }),
    )
  })
  test('a changed bit gives another operation or none, and never the same bytes twice', () => {
    for (const operation of OPERATIONS.filter(({ kind }) => kind !== 'genesis')) {
      const bytes = encodeKeyOperation(operation)
      for (let at = 0; at < Math.min(bytes.length, 60); at++) {
        const changed = bytes.map((byte, i) => (i === at ? byte ^ 1 : byte))
        let again: KeyOperation
        try {
          again = decodeKeyOperation(changed)
        } catch (error) {
          expect(error).toBeInstanceOf(CommitError)
          continue
        }
        expect(hex(encodeKeyOperation(again))).toBe(hex(changed))
      }
    }
  })
  test('events of the same look', () => {
    const { stream } = keyEvent(fill(9), { kind: 'require', suite: 1 })
    const inline = encodeKeyOperation({ kind: 'require', suite: 1 })
    expect(decode(inline)).toEqual([1, 'require', 1])
    for (const event of [
      { type: 'status:create', schema: 1, stream, parts: [{ codec: 'cbor', inline }] },
      { type: 'key:require', schema: 1, stream: 'status/x', parts: [{ codec: 'cbor', inline }] },
    ] as const) {
      expect(isKeyEvent(event)).toBe(true)
      expect(() => readKeyEvent(event)).toThrow(CommitError)
    }
    expect(isKeyEvent({ type: 'status:create', stream: 'status/x' })).toBe(false)
  })
})
