/** The witness protocol: the recorded transcript, the rollback race, and every way a request may be refused. */
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { keyPairFromSeed } from '../../../../src/ledger/ed25519.ts'
import { parseHash, signCheckpoint } from '../../../../src/ledger/tlog/checkpoint.ts'
import { ed25519Cosigner, mlDsa44Cosigner, parseCosignerKey } from '../../../../src/ledger/tlog/cosignature.ts'
import { consistencyPlan, emptyRoot, foldPlan, type Hash, leafHash, type NodeRef, rootOf } from '../../../../src/ledger/tlog/merkle.ts'
import { mlDsa44KeyPair } from '../../../../src/ledger/tlog/ml-dsa-44.ts'
import { ed25519Signer, NoteError, type NoteSigner, parseVerifierKey, signatureLine, verifierKey } from '../../../../src/ledger/tlog/note.ts'
import {
  addSignatures,
  formatAddCheckpoint,
  formatSize,
  judgeAddCheckpoint,
  monitorPath,
  openAnswer,
  parseAddCheckpoint,
  parseSizeBody,
  type WitnessAnswer,
  type WitnessedLog,
} from '../../../../src/ledger/tlog/witness.ts'

/** A witness of one log, with the compare-and-swap that the real one does in a database. */
class Witness {
  readonly origin: string
  log: WitnessedLog
  constructor(origin: string, publicKey: Uint8Array) {
    this.origin = origin
    this.log = { verifiers: [parseVerifierKey(verifierKey(origin, publicKey))], size: 0, root: emptyRoot() }
  }
  judge(body: string): WitnessAnswer {
    const request = parseAddCheckpoint(body)
    return judgeAddCheckpoint(request.origin === this.origin ? this.log : null, request)
  }
  /** Persists what was judged; false when the log has moved on meanwhile. */
  persist(from: number, answer: WitnessAnswer): boolean {
    if (answer.status !== 200 || this.log.size !== from) return false
    this.log = { ...this.log, ...answer.checkpoint }
    return true
  }
}

describe('the transcript of litewitness', () => {
  const recorded = JSON.parse(readFileSync('fixtures/tlog/witness.json', 'utf8')) as {
    publicKey: string
    origin: string
    transcript: { what: string; status: number; body: string }[]
    race: [string, string, string]
  }
  const publicKey = Buffer.from(recorded.publicKey, 'hex')

  test('is answered as it was', () => {
    const witness = new Witness(recorded.origin, publicKey)
    for (const { what, status, body } of recorded.transcript) {
      const { size } = witness.log
      const answer = witness.judge(body)
      expect([what, answer.status]).toEqual([what, status])
      witness.persist(size, answer)
      if (answer.status === 409) expect([answer.size, formatSize(answer.size)]).toEqual([3, '3\n'])
    }
    expect([witness.log.size, Buffer.from(witness.log.root).toString('hex')]).toEqual([
      5,
      '42bb57ad06420afa4882c4a63ac6a1ec77480b330b2f20dfc53a0caa5f564e36',
    ])
  })
  test('of two requests judged at the same size, the second to be persisted conflicts, and the log never goes back', () => {
    const [first, short, long] = recorded.race
    const witness = new Witness(recorded.origin, publicKey)
    expect(witness.persist(0, witness.judge(first))).toBe(true)
    const stalled = witness.judge(short)
    expect(stalled.status).toBe(200)
    expect(witness.persist(1, witness.judge(long))).toBe(true)
    expect(witness.persist(1, stalled)).toBe(false)
    expect(witness.judge(short)).toEqual({ status: 409, size: 5 })
    expect(witness.log.size).toBe(5)
  })
  test('more than 63 hashes are no request, before anything is verified', () => {
    const [head = '', ...rest] = recorded.race[0].split('\n')
    const hash = Buffer.alloc(32, 42).toString('base64')
    const withHashes = (count: number): string => [head, ...Array<string>(count).fill(hash), ...rest].join('\n')
    expect(parseAddCheckpoint(withHashes(63)).proof).toHaveLength(63)
    expect(() => parseAddCheckpoint(withHashes(64))).toThrow(NoteError)
  })
})

const origin = 'example.com/log'
const logKey = keyPairFromSeed(new Uint8Array(32).fill(1))
const signer = ed25519Signer(origin, logKey.privateKey, logKey.publicKey)
const leaves = Array.from({ length: 8 }, (_, i) => leafHash(Buffer.from(`leaf ${i}`)))
const root = (size: number): Hash => rootOf(leaves.slice(0, size))
const node = ({ level, index }: NodeRef): Hash => rootOf(leaves.slice(index * 2 ** level, (index + 1) * 2 ** level))
const note = (size: number, hash: Hash = root(size), signers: readonly NoteSigner[] = [signer]): string =>
  signCheckpoint({ origin, size, root: hash }, signers)
const proof = (from: number, to: number): Hash[] => foldPlan(consistencyPlan(from, to), node)

describe('a request is judged', () => {
  const ask = (known: number, oldSize: number, signed: string, hashes: readonly Hash[]): WitnessAnswer =>
    judgeAddCheckpoint(
      { verifiers: [parseVerifierKey(verifierKey(origin, logKey.publicKey))], size: known, root: root(known) },
      parseAddCheckpoint(formatAddCheckpoint({ oldSize, proof: hashes, note: signed })),
    )
  const other = keyPairFromSeed(new Uint8Array(32).fill(2))
  const forged = ed25519Signer(origin, other.privateKey, other.publicKey)

  test('between all sizes up to 8', () => {
    for (let known = 0; known <= 8; known++)
      for (let size = 0; size <= 8; size++)
        for (let oldSize = 0; oldSize <= 8; oldSize++) {
          const expected = oldSize > size ? 400 : oldSize === known ? 200 : 409
          expect(ask(known, oldSize, note(size), oldSize <= size ? proof(oldSize, size) : []).status).toBe(expected)
        }
  })
  test.each([
    ['the empty tree', 0, 0, note(0), [], 200],
    ['the empty tree with another root', 0, 0, note(0, leaves[0]), [], 422],
    ['the empty tree with a root of zeros', 0, 0, note(0, new Uint8Array(32)), [], 422],
    ['the empty tree with a proof', 0, 0, note(0), [root(1)], 422],
    ['a first tree with a proof', 0, 0, note(1), [root(1)], 422],
    ['a first tree at the wrong size', 1, 0, note(1), [root(1)], 409],
    ['the same tree again', 5, 5, note(5), [], 200],
    ['the same tree again, with a proof', 5, 5, note(5), [root(1)], 422],
    ['another root for the same size', 5, 5, note(5, leaves[0]), [], 422],
    ['a proof between other sizes', 3, 3, note(7), proof(4, 7), 422],
    ['a note by another key of that name', 3, 3, note(7, root(7), [forged]), proof(3, 7), 403],
    ['a note by the log and a stranger', 3, 3, note(7, root(7), [forged, signer]), proof(3, 7), 200],
    ['a note whose signature is of another text', 3, 3, note(7).replace('\n7\n', '\n8\n'), proof(3, 7), 403],
    ['a note that is no checkpoint', 3, 3, `${origin}\nseven\n\n${note(7).split('\n\n')[1]}`, proof(3, 7), 403],
    ['no note', 3, 3, `${origin}\n7\n`, proof(3, 7), 400],
  ])('%s', (_, known, oldSize, signed, hashes, status) => {
    expect(ask(known, oldSize, signed, hashes).status).toBe(status)
  })
  test('two roots for one size are told from a wrong proof: the log’s own signatures prove the first', () => {
    expect(ask(5, 5, note(5, leaves[0]), [])).toMatchObject({ status: 422, code: 'ROOT', checkpoint: { size: 5 } })
    expect(ask(3, 3, note(7), proof(4, 7))).toMatchObject({ status: 422, code: 'PROOF' })
  })
  test('with any byte of the proof changed it is refused', () => {
    const hashes = proof(3, 7)
    for (const [i, hash] of hashes.entries())
      for (let byte = 0; byte < 32; byte++) {
        const changed = hashes.with(i, Uint8Array.from(hash).fill((hash[byte] ?? 0) ^ 1, byte, byte + 1))
        expect(ask(3, 3, note(7), changed).status).toBe(422)
      }
  })
  test('only signatures by the log’s known keys are passed on', () => {
    const answer = ask(3, 3, note(7, root(7), [forged, signer]), proof(3, 7))
    expect(answer.status === 200 && answer.signatures.map(signatureLine).join('')).toBe(note(7).split('\n\n')[1])
  })
})

describe('a request is taken apart', () => {
  test('as it was written', () => {
    const request = { oldSize: 3, proof: proof(3, 7), note: note(7) }
    expect(parseAddCheckpoint(formatAddCheckpoint(request))).toMatchObject({ ...request, origin })
  })
  test.each([
    ['nothing', ''],
    ['no old size', `\n${note(7)}`],
    ['another word', `size 3\n\n${note(7)}`],
    ['a leading zero', `old 03\n\n${note(7)}`],
    ['a sign', `old +3\n\n${note(7)}`],
    ['a size beyond 2^53', `old 9007199254740993\n\n${note(7)}`],
    ['a hash in another spelling', `old 3\n${'A'.repeat(42)}B=\n\n${note(7)}`],
    ['a short hash', `old 3\nAAAA\n\n${note(7)}`],
    ['no checkpoint', 'old 3\n\n'],
    ['no empty line', `old 3\n${note(7).replace('\n\n', '\n')}`],
  ])('%s is malformed', (_, body) => {
    expect(() => parseAddCheckpoint(body)).toThrow(NoteError)
  })
  test('whatever a stranger sends is malformed or judged, never another error', () => {
    const piece = fc.constantFrom('old 3\n', 'old 0\n', '\n', `${Buffer.from(root(1)).toString('base64')}\n`, note(7), `${origin}\n`, '— x\n', '7\n')
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.string({ unit: 'binary' })), { maxLength: 6 }), (pieces) => {
        try {
          const log = { verifiers: [parseVerifierKey(verifierKey(origin, logKey.publicKey))], size: 3, root: root(3) }
          expect([200, 400, 403, 409, 422]).toContain(judgeAddCheckpoint(log, parseAddCheckpoint(pieces.join(''))).status)
        } catch (error) {
          expect(error).toBeInstanceOf(NoteError)
        }
      }),
      { numRuns: 500 },
    )
  }, 30_000)
  test.each([
    ['0\n', 0],
    ['50\n', 50],
    ['50', null],
    ['050\n', null],
    ['', null],
    ['-1\n', null],
    ['1\n1\n', null],
  ])('%j says size %s', (body, size) => {
    expect(parseSizeBody(body)).toBe(size)
  })
  test('monitors find the log by the hash of its origin', () => {
    expect(monitorPath(origin)).toBe('4d3203c8f35cdf600e475f55fede6081a703d3d322f208865fca2ec4f0e030f8/checkpoint')
  })
})

describe('a witness’s answer', () => {
  const ed = keyPairFromSeed(new Uint8Array(32).fill(3))
  const ml = mlDsa44KeyPair(new Uint8Array(32).fill(3))
  const cosigners = [
    ed25519Cosigner('witness.example/w1', ed.privateKey, ed.publicKey),
    mlDsa44Cosigner('witness.example/w1', ml.privateKey, ml.publicKey),
  ]
  const verifiers = cosigners.map((cosigner) => parseCosignerKey(cosigner.verifierKey))
  const text = note(7).slice(0, note(7).indexOf('\n\n') + 1)
  const answer = cosigners.map((cosigner) => signatureLine(cosigner.cosign(text, 1_790_000_000))).join('')

  test('is added to the note once, whatever it is repeated', () => {
    const signatures = openAnswer(note(7), answer, verifiers)
    const cosigned = addSignatures(note(7), signatures)
    expect(cosigned).toBe(note(7) + answer)
    expect(addSignatures(cosigned, signatures)).toBe(cosigned)
  })
  test('counts only for keys that are known, and for the note that was sent', () => {
    const stranger = keyPairFromSeed(new Uint8Array(32).fill(4))
    const line = signatureLine(ed25519Cosigner('witness.example/w1', stranger.privateKey, stranger.publicKey).cosign(text, 1))
    expect(openAnswer(note(7), answer + line, verifiers)).toHaveLength(2)
    expect(() => openAnswer(note(7), line, verifiers)).toThrow(NoteError)
    expect(() => openAnswer(note(8), answer, verifiers)).toThrow(NoteError)
  })
  test.each([
    ['nothing', ''],
    ['a note instead of lines', `x\n\n${answer}`],
    ['half a line', answer.slice(0, -1)],
    ['prose', 'thank you\n'],
  ])('%s is malformed', (_, body) => {
    expect(() => openAnswer(note(7), body, verifiers)).toThrow(NoteError)
  })
  test('a hash line is read as it is written', () => {
    expect(Buffer.from(parseHash(Buffer.from(root(7)).toString('base64')))).toEqual(Buffer.from(root(7)))
  })
})
