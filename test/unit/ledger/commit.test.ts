/** Commits and leaves: golden bytes, strictness, what is signed. */
import { createHash, createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Cbor, decode, encode } from '../../../src/ledger/cbor.ts'
import {
  actorId,
  blindedLeaf,
  CommitError,
  type CommitEvent,
  type CommitHeader,
  type CommitPart,
  commitId,
  decodeCommit,
  encodeCommit,
  GENESIS_EVENT,
  keyStream,
  MAX_PUBLIC_LEAF,
  parseLeaf,
  publicLeaf,
  SIGNATURE_LENGTH,
  signingInput,
  suiteOf,
} from '../../../src/ledger/commit.ts'
import { keyId, keyPairFromSeed, sign, verify } from '../../../src/ledger/ed25519.ts'
import { genesisOperation } from '../../../src/ledger/key-operation.ts'

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const golden = (name: string): string => readFileSync(`fixtures/ledger/${name}.hex`, 'utf8').replaceAll(/\s/g, '')
const fill = (byte: number, length = 32): Uint8Array => new Uint8Array(length).fill(byte)

const keys = keyPairFromSeed(fill(1))
const genesis = genesisOperation(keys.publicKey)
const actor = actorId(genesis)

/** The first commit of an identity: its genesis and nothing else. */
const minimal: CommitHeader = {
  v: 1,
  suite: 1,
  log: createHash('sha256').update('social.example/log/1').digest(),
  actor,
  key: keyId(keys.publicKey),
  lane: 'public',
  seq: 0,
  prev: null,
  time: 1_790_000_000_000,
  counter: 0,
  deps: [],
  seen: null,
  pre: [],
  events: [{ type: GENESIS_EVENT, schema: 1, stream: keyStream(actor), parts: [{ codec: 'cbor', inline: genesis }] }],
}

/** Every field in use. */
const full: CommitHeader = {
  ...minimal,
  lane: 'private',
  seq: 70_000,
  prev: fill(2),
  counter: 65_535,
  deps: [fill(3), fill(4)],
  seen: { size: 5_000_000_000, root: fill(5) },
  pre: [
    ['status/a', 'none'],
    ['status/b', 'exists'],
    ['status/c', 'any'],
    ['status/d', 41],
  ],
  events: [
    {
      type: 'status:create',
      schema: 1,
      stream: 'status/AbCdEfGhIjKlMnOpQrStUv',
      parts: [
        { codec: 'json', commitment: fill(6), sizeClass: 9, kref: fill(7, 16) },
        { codec: 'raw', commitment: fill(8), sizeClass: 0, kref: fill(9, 16) },
      ],
    },
    { type: 'marker:set', schema: 2, stream: 'marker/x', parts: [] },
  ],
}

const event = minimal.events[0] as CommitEvent

describe('golden files', () => {
  test.each([
    ['commit-minimal', encodeCommit(minimal)],
    ['commit-full', encodeCommit(full)],
    ['leaf-public', publicLeaf(encodeCommit(minimal), sign(signingInput(encodeCommit(minimal)), keys.privateKey))],
    ['leaf-blinded', blindedLeaf(encodeCommit(minimal), sign(signingInput(encodeCommit(minimal)), keys.privateKey), fill(10))],
  ])('%s', (name, bytes) => {
    expect(hex(bytes)).toBe(golden(name))
  })
  test('a commit is the CBOR array that docs/formats.md describes', () => {
    const { log, key, prev } = full
    const parts: Cbor = [
      ['json', fill(6), 9, fill(7, 16)],
      ['raw', fill(8), 0, fill(9, 16)],
    ]
    const pre: Cbor = [
      ['status/a', 'none'],
      ['status/b', 'exists'],
      ['status/c', 'any'],
      ['status/d', 41],
    ]
    const events: Cbor = [
      ['status:create', 1, 'status/AbCdEfGhIjKlMnOpQrStUv', parts],
      ['marker:set', 2, 'marker/x', []],
    ]
    const header: Cbor = [1, 1, log, actor, key, [1, 70_000, prev], [full.time, 65_535], [fill(3), fill(4)], [5_000_000_000, fill(5)], pre, events]
    expect(hex(encodeCommit(full))).toBe(hex(encode(header)))
  })
})

describe('laws', () => {
  const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 })
  const bytes16 = fc.uint8Array({ minLength: 16, maxLength: 16 })
  const stream = fc.string({ minLength: 1, maxLength: 200, unit: 'grapheme-ascii' })
  const uint = fc.maxSafeNat()
  const codec = fc.constantFrom('json', 'raw', 'cbor')
  const part: fc.Arbitrary<CommitPart> = fc.oneof(
    fc.record({ codec, inline: fc.uint8Array({ maxLength: 80 }) }),
    fc.record({ codec, commitment: bytes32, sizeClass: fc.nat({ max: 32 }), kref: bytes16 }),
  )
  const type = fc.constantFrom('status:create', 'key:genesis', 'social:follow_accept')
  const events = fc.array(fc.record({ type, schema: fc.integer({ min: 1, max: 2 ** 31 }), stream, parts: fc.array(part, { maxLength: 4 }) }), {
    minLength: 1,
    maxLength: 6,
  })
  const chain = fc.oneof(fc.constant({ seq: 0, prev: null }), fc.record({ seq: fc.integer({ min: 1 }), prev: bytes32 }))
  const rest = fc.record({
    v: fc.constant(1 as const),
    suite: fc.constantFrom(1 as const, 2 as const),
    log: bytes32,
    actor: bytes32,
    key: bytes16,
    lane: fc.constantFrom('public', 'private'),
    time: fc.nat({ max: 2 ** 48 - 1 }),
    counter: fc.nat({ max: 65_535 }),
    deps: fc.array(bytes32, { maxLength: 16 }),
    seen: fc.option(fc.record({ size: uint, root: bytes32 })),
    pre: fc.array(fc.tuple(stream, fc.oneof(fc.constantFrom('any', 'none', 'exists'), uint)), { maxLength: 5 }),
    events,
  })
  const header: fc.Arbitrary<CommitHeader> = fc.tuple(rest, chain).map(([rest, chain]) => ({ ...rest, ...chain }))

  test('decoding gives back the header', () => {
    fc.assert(
      fc.property(header, (header) => {
        expect(decodeCommit(encodeCommit(header))).toEqual(header)
      }),
    )
  })
  test('two headers have the same bytes only when they are equal', () => {
    const other = { ...full, counter: 65_534 }
    expect(hex(encodeCommit(other))).not.toBe(hex(encodeCommit(full)))
  })
  test('any byte changed gives another commit or none', () => {
    for (const header of [minimal, full]) {
      const bytes = encodeCommit(header)
      for (let i = 0; i < bytes.length; i++)
        for (let bit = 0; bit < 8; bit++) {
          const changed = new Uint8Array(bytes)
          changed[i] = (bytes[i] ?? 0) ^ (1 << bit)
          let again: Uint8Array
          try {
            again = encodeCommit(decodeCommit(changed))
          } catch (error) {
            expect(error).toBeInstanceOf(CommitError)
            continue
          }
          expect(hex(again)).toBe(hex(changed))
        }
    }
  })
  test('random bytes are refused with a CommitError', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(() => decodeCommit(bytes)).toThrow(CommitError)
      }),
    )
  })
})

describe('rules, the same for headers and for bytes', () => {
  const part = { codec: 'json', commitment: fill(1), sizeClass: 1, kref: fill(1, 16) } as const
  const withPart = (change: object): CommitEvent[] => [{ ...event, parts: [{ ...part, ...change } as CommitPart] }]
  test.each<[string, object]>([
    ['another version', { v: 2 }],
    ['another suite', { suite: 3 }],
    ['suite 0', { suite: 0 }],
    ['a short log', { log: fill(1, 31) }],
    ['a long actor', { actor: fill(1, 33) }],
    ['a long key id', { key: fill(1, 32) }],
    ['seq 1 without prev', { seq: 1 }],
    ['seq 0 with prev', { prev: fill(1) }],
    ['a short prev', { seq: 1, prev: fill(1, 16) }],
    ['a negative seq', { seq: -1, prev: fill(1) }],
    ['time beyond 48 bits', { time: 2 ** 48 }],
    ['a fraction of a ms', { time: 0.5 }],
    ['a counter beyond 16 bits', { counter: 65_536 }],
    ['17 deps', { deps: Array.from({ length: 17 }, () => fill(1)) }],
    ['a short dep', { deps: [fill(1, 20)] }],
    ['a short seen root', { seen: { size: 1, root: fill(1, 31) } }],
    ['no events', { events: [] }],
    ['1,001 events', { lane: 'private', events: Array.from({ length: 1001 }, () => event) }],
    ['17 parts', { events: [{ ...event, parts: Array.from({ length: 17 }, () => part) }] }],
    ['an event type without a colon', { events: [{ ...event, type: 'create' }] }],
    ['an event type in capitals', { events: [{ ...event, type: 'Status:create' }] }],
    ['schema 0', { events: [{ ...event, schema: 0 }] }],
    ['an empty stream name', { events: [{ ...event, stream: '' }] }],
    ['a stream name of 201', { events: [{ ...event, stream: 'x'.repeat(201) }] }],
    ['a stream name not in ASCII', { events: [{ ...event, stream: 'status/ü' }] }],
    ['a control character in a stream name', { events: [{ ...event, stream: 'a\nb' }] }],
    ['a condition on no stream', { pre: [['', 'any']] }],
    ['an unknown expectation', { pre: [['a', 'some']] }],
    ['a negative revision', { pre: [['a', -1]] }],
    ['an unknown codec', { events: withPart({ codec: 'yaml' }) }],
    ['a short commitment', { events: withPart({ commitment: fill(1, 31) }) }],
    ['a long key reference', { events: withPart({ kref: fill(1, 17) }) }],
    ['a size class beyond 63', { events: withPart({ sizeClass: 64 }) }],
  ])('%s is refused', (_, change) => {
    const header = { ...minimal, ...change } as CommitHeader
    expect(() => encodeCommit(header)).toThrow(CommitError)
    expect(() => decodeCommit(loose(header))).toThrow(CommitError)
  })
  test.each<[string, Cbor]>([
    ['a commit of ten fields', (decode(encodeCommit(minimal)) as Cbor[]).slice(0, 10)],
    ['a commit of twelve fields', [...(decode(encodeCommit(minimal)) as Cbor[]), 0]],
    ['lane 2', (decode(encodeCommit(minimal)) as Cbor[]).with(5, [2, 0, null])],
    ['a part of three fields', (decode(encodeCommit(minimal)) as Cbor[]).with(10, [['a:b', 1, 's', [['json', fill(1), 1]]]])],
    ['a number for a hash', (decode(encodeCommit(minimal)) as Cbor[]).with(2, 7)],
  ])('%s is refused', (_, value) => {
    expect(() => decodeCommit(encode(value))).toThrow(CommitError)
  })
  test.each([
    [1, 64],
    [2, 3_373],
  ] as const)('a public commit of suite %i fits a leaf, a private one may be longer', (suite, signature) => {
    const inline = (bytes: number): CommitEvent[] => [{ ...event, parts: [{ codec: 'cbor', inline: new Uint8Array(bytes) }] }]
    const overhead = encodeCommit({ ...minimal, suite, events: inline(60_000) }).length - 60_000
    const most = MAX_PUBLIC_LEAF - 1 - signature - overhead
    const longest = encodeCommit({ ...minimal, suite, events: inline(most) })
    expect(SIGNATURE_LENGTH[suite]).toBe(signature)
    expect(publicLeaf(longest, fill(0, signature)).length).toBe(MAX_PUBLIC_LEAF)
    expect(() => encodeCommit({ ...minimal, suite, events: inline(most + 1) })).toThrow(CommitError)
    const longer = encodeCommit({ ...minimal, suite, lane: 'private', events: inline(most + 1) })
    expect(decodeCommit(longer).lane).toBe('private')
    expect(() => encodeCommit({ ...minimal, lane: 'private', events: inline(1_048_576) })).toThrow(CommitError)
    expect(() => decodeCommit(new Uint8Array(1_048_577))).toThrow(CommitError)
  })
  test('an encoder that threw half-way leaves nothing behind', () => {
    expect(() => encodeCommit({ ...minimal, pre: [['a', 0.5]] })).toThrow(CommitError)
    expect(hex(encodeCommit(minimal))).toBe(golden('commit-minimal'))
  })
})

describe('id, signature, leaves', () => {
  const bytes = encodeCommit(minimal)
  const signature = sign(signingInput(bytes), keys.privateKey)

  test('the id is the hash of the commit alone', () => {
    expect(hex(commitId(bytes))).toBe(createHash('sha256').update(bytes).digest('hex'))
  })
  test('what is signed names its purpose, the suite and the commit', () => {
    expect(hex(signingInput(bytes))).toBe(`${Buffer.from('vivim.commit/v1\0').toString('hex')}01${hex(commitId(bytes))}`)
    expect(verify(signature, signingInput(bytes), keys.publicKey)).toBe(true)
  })
  test('a public leaf comes apart into what it was made of', () => {
    const leaf = publicLeaf(bytes, signature)
    const parsed = parseLeaf(leaf)
    expect(parsed.kind === 'public' && [hex(parsed.commit), hex(parsed.signature)]).toEqual([hex(bytes), hex(signature)])
  })
  test('where the signature begins in a leaf is said by the suite in the commit', () => {
    const hybrid = encodeCommit({ ...minimal, suite: 2 })
    expect([suiteOf(bytes), suiteOf(hybrid), suiteOf(new Uint8Array())]).toEqual([1, 2, 1])
    const leaf = publicLeaf(hybrid, fill(7, SIGNATURE_LENGTH[2]))
    expect(parseLeaf(leaf)).toEqual({ kind: 'public', commit: leaf.subarray(1, -3_373), signature: leaf.subarray(-3_373) })
    expect(() => parseLeaf(leaf.subarray(0, 3_374))).toThrow(CommitError) // no byte is left for the commit
    expect(hex(signingInput(hybrid))).toContain(`02${hex(commitId(hybrid))}`)
  })
  test('a blinded leaf is an HMAC over commit and signature', () => {
    const leaf = blindedLeaf(bytes, signature, fill(9))
    expect(hex(leaf)).toBe(`01${createHmac('sha256', fill(9)).update(bytes).update(signature).digest('hex')}`)
    expect(parseLeaf(leaf)).toEqual({ kind: 'blinded', digest: leaf.subarray(1) })
  })
  test.each([
    ['nothing', new Uint8Array()],
    ['an unknown kind', fill(2, 100)],
    ['a public leaf without a commit', fill(0, 65)],
    ['a blinded leaf too short', fill(1, 32)],
    ['a blinded leaf too long', fill(1, 34)],
    ['a leaf that fits no bundle', fill(0, 65_536)],
  ])('%s is no leaf', (_, leaf) => {
    expect(() => parseLeaf(leaf)).toThrow(CommitError)
  })
})

test('an actor is the hash of its genesis, and names its key stream', () => {
  expect(hex(genesis)).toBe(hex(encode([1, 'genesis', [keys.publicKey], [keys.publicKey]])))
  expect(hex(actor)).toBe(createHash('sha256').update(genesis).digest('hex'))
  expect(keyStream(actor)).toBe(`key/${hex(actor)}`)
})

/** The bytes of a header as an encoder would write them that checks nothing but what CBOR can hold. */
function loose(header: CommitHeader): Uint8Array {
  const { v, suite, log, actor, key, lane, seq, prev, time, counter, deps, seen, pre, events } = header
  const parts = (event: CommitEvent): Cbor => event.parts.map((part) => Object.values(part) as Cbor)
  const value: Cbor = [
    v,
    suite,
    log,
    actor,
    key,
    [lane === 'public' ? 0 : 1, seq, prev],
    [time, counter],
    deps,
    seen && [seen.size, seen.root],
    pre as unknown as Cbor,
    events.map((event) => [event.type, event.schema, event.stream, parts(event)]),
  ]
  try {
    return encode(value)
  } catch {
    return new Uint8Array() // not even CBOR can say it
  }
}
