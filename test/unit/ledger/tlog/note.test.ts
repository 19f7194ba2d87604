/** Signed notes and checkpoints: the examples of Go's x/mod/sumdb/note and of C2SP, and what they refuse. */
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { keyPairFromSeed } from '../../../../src/ledger/ed25519.ts'
import { type Checkpoint, formatCheckpoint, openCheckpoint, parseCheckpoint, signCheckpoint } from '../../../../src/ledger/tlog/checkpoint.ts'
import { leafHash } from '../../../../src/ledger/tlog/merkle.ts'
import {
  ed25519Signer,
  NoteError,
  openNote,
  parseNote,
  parseSignerKey,
  parseVerifierKey,
  signNote,
  verifierKey,
} from '../../../../src/ledger/tlog/note.ts'

const peterKey = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW'
const peterSecret = 'PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz'
const enochKey = 'EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop'
const text = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
const peterLine = '— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n'
const enochLine = '— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n'
const peter = parseVerifierKey(peterKey)
const enoch = parseVerifierKey(enochKey)

const codeOf = (run: () => unknown): string | undefined => {
  try {
    run()
    return undefined
  } catch (error) {
    if (error instanceof NoteError) return error.code
    throw error
  }
}

describe('keys', () => {
  test('the private key of the example makes its signature, byte for byte', () => {
    expect(signNote(text, [parseSignerKey(peterSecret)])).toBe(`${text}\n${peterLine}`)
  })
  test('a verifier key is made from the public key it holds', () => {
    const publicKey = Buffer.from('ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW', 'base64').subarray(1)
    expect(verifierKey('PeterNeumann', publicKey)).toBe(peterKey)
  })
  test.each([
    ['verifier', peterKey, parseVerifierKey],
    ['signer', peterSecret, parseSignerKey],
  ])('no part of a %s key is a key, nor is it with any character changed', (_, key, parse) => {
    for (let from = 0; from <= key.length; from++)
      for (let to = from + 1; to <= key.length; to++)
        if (from > 0 || to < key.length) expect(codeOf(() => parse(key.slice(from, to)))).toBe('MALFORMED')
    for (let i = 0; i < key.length; i++) {
      const changed = key.slice(0, i) + String.fromCharCode(key.charCodeAt(i) + 1) + key.slice(i + 1)
      expect(codeOf(() => parse(changed))).toBe('MALFORMED')
    }
  })
  test('a wrong length or an unknown algorithm is refused even when the key id fits', () => {
    expect(codeOf(() => parseVerifierKey('PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY=='))).toBe('MALFORMED')
    expect(codeOf(() => parseVerifierKey('PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW'))).toBe('MALFORMED')
    expect(codeOf(() => verifierKey('EnochRoot', new Uint8Array(31)))).toBe('MALFORMED')
  })
  test.each(['', 'a b', 'a+b', 'a\u00a0b', 'a\nb', 'a\u0085b', 'a\ud800'])('%j is no key name', (name) => {
    expect(codeOf(() => verifierKey(name, new Uint8Array(32)))).toBe('MALFORMED')
  })
  test('the error about a bad signer key does not show the key', () => {
    expect(() => parseSignerKey(`${peterSecret}x`)).toThrow(/^(?!.*AYEKFALV)/)
  })
})

describe('opening', () => {
  test('one signature known, one not', () => {
    const note = openNote(`${text}\n${peterLine}${enochLine}`, [peter])
    expect(note.text).toBe(text)
    expect(note.verified.map(({ by }) => by)).toEqual([peter])
    expect(note.unverified.map(({ name }) => name)).toEqual(['EnochRoot'])
  })
  test('both known', () => {
    expect(openNote(`${text}\n${peterLine}${enochLine}`, [enoch, peter]).verified.map(({ by }) => by)).toEqual([peter, enoch])
  })
  test('none known', () => {
    expect(codeOf(() => openNote(`${text}\n${peterLine}`, []))).toBe('UNVERIFIED')
    expect(codeOf(() => openNote(`${text}\n${peterLine}`, [enoch]))).toBe('UNVERIFIED')
  })
  test('two signatures by one key are by one verifier', () => {
    expect(openNote(`${text}\n${peterLine}${peterLine}`, [peter]).verified.map(({ by }) => by)).toEqual([peter, peter])
  })
  test('a false signature by a known key condemns the note, even beside a good one', () => {
    const wrong = peterLine.replace('ZJku', 'ZJkv')
    expect(codeOf(() => openNote(`${text}\n${wrong}${enochLine}`, [peter, enoch]))).toBe('INVALID')
    expect(codeOf(() => openNote(`${text.replace('answer', 'answar')}\n${peterLine}`, [peter]))).toBe('INVALID')
  })
  test('a known name with another key id is an unknown key', () => {
    expect(codeOf(() => openNote(`${text}\n${peterLine.replace('x08g', 'xxxx')}`, [peter]))).toBe('UNVERIFIED')
    expect(codeOf(() => openNote(`${text}\n${peterLine.replace('PeterNeumann', 'CarmenSandiego')}`, [peter]))).toBe('UNVERIFIED')
  })
  test('an empty line inside the text belongs to the text', () => {
    const signer = parseSignerKey(peterSecret)
    const poem = 'Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\ned è subito sera.\n'
    expect(openNote(signNote(poem, [signer]), [peter]).text).toBe(poem)
  })
  test.each([
    ['no signature', text],
    ['an empty signature block', `${text}\n`],
    ['no final newline', `${text}\n${peterLine.slice(0, -1)}`],
    ['a control character', `\u0001${text}\n${peterLine}`],
    ['a carriage return', `${text.replaceAll('\n', '\r\n')}\r\n${peterLine}`],
    ['a lone surrogate', `\ud800${text}\n${peterLine}`],
    ['a name with a space', `${text}\n${peterLine.replace('PeterNeumann', 'Peter Neumann')}`],
    ['a line that is no signature', `${text}\n${peterLine}Unexpected line.\n`],
    ['a hyphen for the em dash', `${text}\n${peterLine.replace('—', '-')}`],
    ['base64 with another last bit', `${text}\n${peterLine.replace('nAM=', 'nAN=')}`],
    ['a signature of nothing', `${text}\n— PeterNeumann x08gow==\n`],
    ['101 signatures', `${text}\n${peterLine.repeat(101)}`],
    ['a megabyte', `${'a'.repeat(1_000_000)}\n\n${peterLine}`],
  ])('%s is malformed', (_, note) => {
    expect(codeOf(() => openNote(note, [peter]))).toBe('MALFORMED')
    expect(codeOf(() => parseNote(note))).toBe('MALFORMED')
  })
  test('whatever a stranger sends is malformed or a note, never another error', () => {
    const piece = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('\n', '\n\n', '— ', 'PeterNeumann ', peterLine, enochLine, text))
    fc.assert(
      fc.property(
        fc.array(piece).map((pieces) => pieces.join('')),
        (note) => {
          expect(['MALFORMED', 'INVALID', 'UNVERIFIED', undefined]).toContain(codeOf(() => openNote(note, [peter])))
          expect(['MALFORMED', undefined]).toContain(codeOf(() => parseCheckpoint(note)))
          expect(['MALFORMED', undefined]).toContain(codeOf(() => parseVerifierKey(note)))
        },
      ),
      { numRuns: 1000 },
    )
  }, 30_000)
  test('a text that is no note text is not signed', () => {
    for (const wrong of ['', 'abc', 'a\tb\n', 'a\u0000\n', '\ud800\n'])
      expect(codeOf(() => signNote(wrong, [parseSignerKey(peterSecret)]))).toBe('MALFORMED')
  })
})

describe('checkpoints', () => {
  const origin = 'social.example/log/1'
  const keys = keyPairFromSeed(Buffer.alloc(32, 1))
  const signer = ed25519Signer(origin, keys.privateKey, keys.publicKey)
  const log = parseVerifierKey(verifierKey(origin, keys.publicKey))
  const checkpoint: Checkpoint = { origin, size: 20_852_163, root: leafHash(Buffer.from('any')) }

  test('golden: a checkpoint as it is published', () => {
    expect(signCheckpoint(checkpoint, [signer])).toBe(readFileSync('fixtures/ledger/checkpoint.txt', 'utf8'))
  })
  test('opening gives back what was signed', () => {
    expect(openCheckpoint(signCheckpoint(checkpoint, [signer]), log)).toEqual(checkpoint)
    expect(openCheckpoint(signCheckpoint(checkpoint, [signer, parseSignerKey(peterSecret)]), log)).toEqual(checkpoint)
  })
  test('the example of the specification', () => {
    const root = Buffer.from('CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=', 'base64')
    const body = 'example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n'
    expect(parseCheckpoint(body)).toEqual({ origin: 'example.com/behind-the-sofa', size: 20_852_163, root })
    expect(formatCheckpoint(parseCheckpoint(body))).toBe(body)
    expect(parseCheckpoint(`${body}extension\n`).size).toBe(20_852_163)
  })
  test("a checkpoint of another log, or under another key, is not this log's", () => {
    const other = { ...checkpoint, origin: 'other.example/log/1' }
    expect(codeOf(() => openCheckpoint(signCheckpoint(other, [signer]), log))).toBe('UNVERIFIED')
    expect(codeOf(() => openCheckpoint(signCheckpoint(checkpoint, [parseSignerKey(peterSecret)]), log))).toBe('UNVERIFIED')
  })
  test('any character changed in the body condemns the signature', () => {
    const note = signCheckpoint(checkpoint, [signer])
    const body = formatCheckpoint(checkpoint)
    for (let i = 0; i < body.length - 1; i++) {
      const changed = body[i] === 'x' ? 'y' : 'x'
      expect(codeOf(() => openCheckpoint(note.slice(0, i) + changed + note.slice(i + 1), log))).toBe('INVALID')
    }
  })
  test.each([
    ['no root', 'o\n1\n'],
    ['an empty origin', `\n1\n${'A'.repeat(43)}=\n`],
    ['a leading zero', `o\n01\n${'A'.repeat(43)}=\n`],
    ['a sign', `o\n+1\n${'A'.repeat(43)}=\n`],
    ['a size beyond 2^53', `o\n9007199254740992\n${'A'.repeat(43)}=\n`],
    ['a short root', `o\n1\nAAAA\n`],
    ['a root in another spelling', `o\n1\n${'A'.repeat(42)}B=\n`],
    ['an empty extension line', `o\n1\n${'A'.repeat(43)}=\n\n`],
    ['no final newline', `o\n1\n${'A'.repeat(43)}=`],
  ])('%s is malformed', (_, body) => {
    expect(codeOf(() => parseCheckpoint(body))).toBe('MALFORMED')
  })
  test('nothing but a checkpoint is written as one', () => {
    for (const wrong of [{ origin: '' }, { origin: 'a\nb' }, { size: -1 }, { size: 0.5 }, { root: new Uint8Array(31) }])
      expect(() => formatCheckpoint({ ...checkpoint, ...wrong })).toThrow(RangeError)
  })
})
