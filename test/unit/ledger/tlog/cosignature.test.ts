/** Cosignatures: what other programs made verifies here, what is made here holds to every rule of the specification. */
import { createPublicKey, verify } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { keyPairFromSeed } from '../../../../src/ledger/ed25519.ts'
import { formatCheckpoint, signCheckpoint } from '../../../../src/ledger/tlog/checkpoint.ts'
import {
  type Cosigner,
  cosignatureTime,
  ed25519Cosigner,
  mlDsa44Cosigner,
  openCosigned,
  parseCosignerKey,
  parseLogVerifierKey,
  verifySubtreeCosignature,
} from '../../../../src/ledger/tlog/cosignature.ts'
import { emptyRoot, leafHash } from '../../../../src/ledger/tlog/merkle.ts'
import { mlDsa44KeyPair } from '../../../../src/ledger/tlog/ml-dsa-44.ts'
import {
  ed25519Signer,
  NoteError,
  openNote,
  parseSignatures,
  parseVerifierKey,
  signatureLine,
  splitVerifierKey,
  verifierKey,
} from '../../../../src/ledger/tlog/note.ts'
import { addSignatures } from '../../../../src/ledger/tlog/witness.ts'

const read = (file: string): unknown => JSON.parse(readFileSync(`fixtures/tlog/${file}`, 'utf8'))
const codeOf = (run: () => unknown): string | undefined => {
  try {
    run()
    return undefined
  } catch (error) {
    if (error instanceof NoteError) return error.code
    throw error
  }
}

describe('what torchwood made', () => {
  test('an ML-DSA-44 cosignature of a subtree verifies, and of no other subtree, log or root', () => {
    const vector = read('ml-dsa-44-subtree.json') as { origin: string; start: number; end: number; hash: string; vkey: string; line: string }
    const { origin, start, end } = vector
    const key = splitVerifierKey(vector.vkey)
    const claim = { origin, start, end, hash: Buffer.from(vector.hash, 'base64') }
    const [line] = parseSignatures(`${vector.line}\n`)
    const signature = line?.signature ?? new Uint8Array()
    expect(cosignatureTime(signature)).toBe(0)
    expect(verifySubtreeCosignature(key, claim, signature)).toBe(true)
    for (const wrong of [
      { origin: 'example.com/other' },
      { start: 0 },
      { end: 12 },
      { hash: new Uint8Array(32) },
      { start: -1 },
      { hash: new Uint8Array(31) },
    ])
      expect(verifySubtreeCosignature(key, { ...claim, ...wrong }, signature)).toBe(false)
    expect(verifySubtreeCosignature({ ...key, name: 'witness.example/w2' }, claim, signature)).toBe(false)
    expect(verifySubtreeCosignature(key, claim, signature.subarray(1))).toBe(false)
  })
  test('a checkpoint of a log that signs with ML-DSA-44 alone is opened', () => {
    const { vkey, note } = read('ml-dsa-44-log.json') as { vkey: string; note: string }
    const opened = openCosigned(note, [parseLogVerifierKey(vkey)], [])
    expect(opened.checkpoint).toMatchObject({ origin: 'example.com/mldsa-log', size: 1 })
    expect(opened.cosignatures).toEqual([])
    expect(codeOf(() => openCosigned(note.replace('\n1\n', '\n2\n'), [parseLogVerifierKey(vkey)], []))).toBe('INVALID')
  })
})

describe('published examples', () => {
  test.each([
    ['the specification', 'jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==', 1_679_315_147],
    [
      'transparency-dev/formats',
      'ZGhGuQAAAABm/qTPeyKXD+R2rzyQsxPiP8mXum7qq/iF0u4vanlqJyocWODBt97w9uL+8qT7S5gxEHWWOworDcFiEBYJXORmnFBOBA==',
      1_727_964_367,
    ],
  ])('the time of %s', (_, line, time) => {
    const [signature] = parseSignatures(`— witness.example.com/w1 ${line}\n`)
    expect(cosignatureTime(signature?.signature ?? new Uint8Array())).toBe(time)
  })
  test('the key of a witness in use', () => {
    const vkey = 'remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2'
    expect(parseCosignerKey(vkey)).toMatchObject({ name: 'remora.n621.de', type: 0x04 })
    for (const wrong of [
      vkey.replace('da77ade7', '00000000'),
      vkey.replace('BOvN', 'AevN'),
      vkey.replace('remora', 'Remora'),
      'remora.n621.de+da77ade7+AwEB',
    ])
      expect(codeOf(() => parseCosignerKey(wrong))).toBe('MALFORMED')
  })
})

const origin = 'example.com/log'
const root = leafHash(Buffer.from('test'))
const logKey = keyPairFromSeed(new Uint8Array(32).fill(1))
const log = parseVerifierKey(verifierKey(origin, logKey.publicKey))
const note = signCheckpoint({ origin, size: 123, root }, [ed25519Signer(origin, logKey.privateKey, logKey.publicKey)])
const text = formatCheckpoint({ origin, size: 123, root })
const edKey = keyPairFromSeed(new Uint8Array(32).fill(2))
const mlKey = mlDsa44KeyPair(new Uint8Array(32).fill(2))
const ed = ed25519Cosigner('witness.example/ed', edKey.privateKey, edKey.publicKey)
const ml = mlDsa44Cosigner('witness.example/ml', mlKey.privateKey, mlKey.publicKey)
const TIME = 1_790_000_000
const kinds: [string, Cosigner][] = [
  ['Ed25519', ed],
  ['ML-DSA-44', ml],
]

describe('the bytes', () => {
  test('an Ed25519 cosignature is the time and a signature of header, time and text', () => {
    const { signature } = ed.cosign(text, TIME)
    const message = Buffer.from(`cosignature/v1\ntime ${TIME}\n${text}`)
    expect(Buffer.from(signature.subarray(0, 8)).readBigUInt64BE()).toBe(BigInt(TIME))
    expect(verify(null, message, createPublicKey(edKey.privateKey), signature.subarray(8))).toBe(true)
    expect(signature).toHaveLength(72)
  })
  test('an ML-DSA-44 cosignature is the time and a signature of the cosigned_message', () => {
    const { signature } = ml.cosign(text, TIME)
    const u64 = (n: number): Buffer => Buffer.from(n.toString(16).padStart(16, '0'), 'hex')
    const opaque = (s: string): Buffer => Buffer.concat([Uint8Array.of(s.length), Buffer.from(s)])
    const message = Buffer.concat([
      Buffer.from('737562747265652f76310a00', 'hex'),
      opaque('witness.example/ml'),
      u64(TIME),
      opaque(origin),
      u64(0),
      u64(123),
      root,
    ])
    expect(verify(null, message, createPublicKey(mlKey.privateKey), signature.subarray(8))).toBe(true)
    expect(signature).toHaveLength(8 + 2_420)
  })
  test('a key id holds the type, so that one key of two types is two keys', () => {
    const [, plain] = verifierKey('w', edKey.publicKey).split('+')
    const [, dated] = ed25519Cosigner('w', edKey.privateKey, edKey.publicKey).verifierKey.split('+')
    expect(plain).not.toBe(dated)
  })
})

describe.each(kinds)('a cosignature by %s', (_, cosigner) => {
  const verifier = parseCosignerKey(cosigner.verifierKey)
  const cosigned = addSignatures(note, [cosigner.cosign(text, TIME)])

  test('is opened with its time', () => {
    expect(openCosigned(cosigned, [log], [verifier])).toEqual({
      checkpoint: { origin, size: 123, root: Buffer.from(root) },
      cosignatures: [{ by: verifier, time: TIME }],
    })
  })
  test('of another text or another time condemns the note', () => {
    const { signature } = cosigner.cosign(text, TIME)
    expect(verifier.verify(Buffer.from(text.replace('123', '124')), signature)).toBe(false)
    const later = Uint8Array.from(signature)
    later[7] = (later[7] ?? 0) ^ 1
    expect(verifier.verify(Buffer.from(text), later)).toBe(false)
  })
  test('with any of a hundred bytes changed is false', () => {
    const { signature } = cosigner.cosign(text, TIME)
    const step = Math.max(1, Math.floor(signature.length / 100))
    for (let i = 0; i < signature.length; i += step) {
      const wrong = Uint8Array.from(signature)
      wrong[i] = (wrong[i] ?? 0) ^ 0x10
      expect(verifier.verify(Buffer.from(text), wrong)).toBe(false)
    }
    for (const length of [0, 7, 8, 71, signature.length - 1]) expect(verifier.verify(Buffer.from(text), signature.subarray(0, length))).toBe(false)
  })
  test('is none of the log: alone it opens nothing', () => {
    const alone = `${text}\n${signatureLine(cosigner.cosign(text, TIME))}`
    expect(codeOf(() => openCosigned(alone, [log], [verifier]))).toBe('UNVERIFIED')
  })
  test('repeated later counts once, with the later time', () => {
    const twice = cosigned + signatureLine(cosigner.cosign(text, TIME + 60))
    expect(openCosigned(twice, [log], [verifier]).cosignatures).toEqual([{ by: verifier, time: TIME + 60 }])
  })
  test('is never made for a negative, broken or endless time', () => {
    for (const time of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53]) expect(() => cosigner.cosign(text, time)).toThrow(RangeError)
  })
})

describe('the two kinds differ', () => {
  test('an Ed25519 cosignature is always dated, an ML-DSA-44 one need not be', () => {
    expect(() => ed.cosign(text, 0)).toThrow(RangeError)
    expect(parseCosignerKey(ml.verifierKey).verify(Buffer.from(text), ml.cosign(text, 0).signature)).toBe(true)
  })
  test('Ed25519 signs extension lines; ML-DSA-44 cannot, and neither makes nor takes a cosignature of such a text', () => {
    const extended = `${text}extension\n`
    const edSignature = ed.cosign(extended, TIME).signature
    expect(parseCosignerKey(ed.verifierKey).verify(Buffer.from(extended), edSignature)).toBe(true)
    expect(parseCosignerKey(ed.verifierKey).verify(Buffer.from(`${text}extensiom\n`), edSignature)).toBe(false)
    expect([ed.signs(extended), ml.signs(extended), ml.signs(text), ed.signs('no checkpoint\n')]).toEqual([true, false, true, false])
    expect(() => ml.cosign(extended, TIME)).toThrow(RangeError)
    expect(parseCosignerKey(ml.verifierKey).verify(Buffer.from(extended), ml.cosign(text, TIME).signature)).toBe(false)
  })
  test('ML-DSA-44 signs the empty tree with no root but its own', () => {
    const empty = formatCheckpoint({ origin, size: 0, root: emptyRoot() })
    expect(parseCosignerKey(ml.verifierKey).verify(Buffer.from(empty), ml.cosign(empty, TIME).signature)).toBe(true)
    expect(() => ml.cosign(formatCheckpoint({ origin, size: 0, root }), TIME)).toThrow(RangeError)
  })
  test('ML-DSA-44 holds names and origins of at most 255 bytes', () => {
    const long = 'x'.repeat(256)
    expect(() => mlDsa44Cosigner(long, mlKey.privateKey, mlKey.publicKey)).toThrow(RangeError)
    expect(codeOf(() => parseCosignerKey(verifierKey(long, mlKey.publicKey, 0x06)))).toBe('MALFORMED')
    expect(() => ml.cosign(formatCheckpoint({ origin: long, size: 1, root }), TIME)).toThrow(RangeError)
    expect(mlDsa44Cosigner('y'.repeat(255), mlKey.privateKey, mlKey.publicKey).name).toHaveLength(255)
  })
})

describe('keys', () => {
  test('a log’s key is 0x01 or 0x06, a cosigner’s 0x04 or 0x06', () => {
    const plain = verifierKey(origin, edKey.publicKey)
    expect([codeOf(() => parseLogVerifierKey(plain)), codeOf(() => parseCosignerKey(plain))]).toEqual([undefined, 'MALFORMED'])
    expect([codeOf(() => parseLogVerifierKey(ed.verifierKey)), codeOf(() => parseCosignerKey(ed.verifierKey))]).toEqual(['MALFORMED', undefined])
    expect([codeOf(() => parseLogVerifierKey(ml.verifierKey)), codeOf(() => parseCosignerKey(ml.verifierKey))]).toEqual([undefined, undefined])
  })
  test('a seed of any other length makes no key', () => {
    expect(() => mlDsa44KeyPair(new Uint8Array(31))).toThrow(RangeError)
  })
  test('a public key of another length than its type has is malformed', () => {
    for (const [type, length] of [
      [0x01, 31],
      [0x04, 33],
      [0x06, 1_311],
    ] as const)
      expect(codeOf(() => verifierKey('x', new Uint8Array(length), type))).toBe('MALFORMED')
  })
  test('the log may sign its checkpoint with both its keys, and either opens it', () => {
    const own = mlDsa44Cosigner(origin, mlKey.privateKey, mlKey.publicKey)
    const both = addSignatures(note, [own.cosign(text, 0)])
    const quantum = parseLogVerifierKey(own.verifierKey)
    for (const keys of [[log], [quantum], [log, quantum]]) expect(openCosigned(both, keys, []).checkpoint.size).toBe(123)
    expect(openNote(both, [log, quantum]).verified.map(({ by }) => by)).toEqual([log, quantum])
  })
})

test('a note of 16 signatures and more is opened', () => {
  const cosigners = Array.from({ length: 20 }, (_, i) => {
    const pair = mlDsa44KeyPair(new Uint8Array(32).fill(i))
    return mlDsa44Cosigner(`witness.example/${i}`, pair.privateKey, pair.publicKey)
  })
  const cosigned = addSignatures(
    note,
    cosigners.map((cosigner) => cosigner.cosign(text, TIME)),
  )
  const verifiers = cosigners.map((cosigner) => parseCosignerKey(cosigner.verifierKey))
  expect(openCosigned(cosigned, [log], verifiers).cosignatures).toHaveLength(20)
})
