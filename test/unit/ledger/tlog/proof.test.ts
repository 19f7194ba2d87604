/** Proofs to keep: the cases of transparency-dev/formats (proof/tlog_proof_test.go), and that no byte of a proof may change. */
import { hash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { keyPairFromSeed } from '../../../../src/ledger/ed25519.ts'
import { signCheckpoint } from '../../../../src/ledger/tlog/checkpoint.ts'
import { ed25519Cosigner } from '../../../../src/ledger/tlog/cosignature.ts'
import { foldPlan, inclusionPlan, leafHash, type NodeRef, rootOf } from '../../../../src/ledger/tlog/merkle.ts'
import { ed25519Signer, NoteError, verifierKey } from '../../../../src/ledger/tlog/note.ts'
import { parsePolicy } from '../../../../src/ledger/tlog/policy.ts'
import { formatProof, parseProof, type TlogProof, verifyProof } from '../../../../src/ledger/tlog/proof.ts'
import { addSignatures } from '../../../../src/ledger/tlog/witness.ts'

const h1 = hash('sha256', 'hash1', 'buffer')
const h2 = hash('sha256', 'hash2', 'buffer')
const base64 = (bytes: Uint8Array | string): string => Buffer.from(bytes).toString('base64')

describe('the form', () => {
  test.each<[string, TlogProof, string]>([
    [
      'without extra data',
      { index: 5, hashes: [h1, h2], checkpoint: 'test checkpoint\n', extra: null },
      `c2sp.org/tlog-proof@v1\nindex 5\n${base64(h1)}\n${base64(h2)}\n\ntest checkpoint\n`,
    ],
    [
      'with extra data',
      { index: 10, hashes: [h1], checkpoint: 'checkpoint data\n', extra: Buffer.from('extra information') },
      `c2sp.org/tlog-proof@v1\nextra ${base64('extra information')}\nindex 10\n${base64(h1)}\n\ncheckpoint data\n`,
    ],
    ['without hashes', { index: 0, hashes: [], checkpoint: 'checkpoint\n', extra: null }, 'c2sp.org/tlog-proof@v1\nindex 0\n\ncheckpoint\n'],
  ])('%s', (_, proof, text) => {
    expect(formatProof(proof)).toBe(text)
    expect(parseProof(text)).toEqual(proof)
  })
  test.each([
    ['another header', 'wrong-header\nindex 0\n\ncheckpoint\n'],
    ['extra data that is not base64', 'c2sp.org/tlog-proof@v1\nextra !!notbase64!!\nindex 0\n\ncheckpoint\n'],
    ['extra data of nothing', 'c2sp.org/tlog-proof@v1\nextra \nindex 0\n\ncheckpoint\n'],
    ['extra data after the index', `c2sp.org/tlog-proof@v1\nindex 0\nextra ${base64(h1)}\n\ncheckpoint\n`],
    ['no index', 'c2sp.org/tlog-proof@v1\n\n\ncheckpoint\n'],
    ['an index that is no number', 'c2sp.org/tlog-proof@v1\nindex notanumber\n\ncheckpoint\n'],
    ['an index below 0', 'c2sp.org/tlog-proof@v1\nindex -5\n\ncheckpoint\n'],
    ['an index with a leading zero', 'c2sp.org/tlog-proof@v1\nindex 05\n\ncheckpoint\n'],
    ['an index beyond 2^53', 'c2sp.org/tlog-proof@v1\nindex 9007199254740993\n\ncheckpoint\n'],
    ['a hash that is not base64', 'c2sp.org/tlog-proof@v1\nindex 0\n!!notbase64!!\n\ncheckpoint\n'],
    ['a hash of 64 bytes', `c2sp.org/tlog-proof@v1\nindex 0\n${base64(new Uint8Array(64))}\n\ncheckpoint\n`],
    ['64 hashes', `c2sp.org/tlog-proof@v1\nindex 0\n${`${base64(h1)}\n`.repeat(64)}\ncheckpoint\n`],
    ['no checkpoint', `c2sp.org/tlog-proof@v1\nindex 0\n${'a'.repeat(65 * 1024)}\n`],
    ['nothing', ''],
  ])('%s is malformed', (_, text) => {
    expect(() => parseProof(text)).toThrow(NoteError)
  })
  test('what is written is read, and nothing that is not a proof is written', () => {
    const anyHash = fc.uint8Array({ minLength: 32, maxLength: 32 })
    const proof = fc.record({
      index: fc.nat({ max: Number.MAX_SAFE_INTEGER }),
      hashes: fc.array(anyHash, { maxLength: 63 }),
      checkpoint: fc.string(),
      extra: fc.option(fc.uint8Array({ minLength: 1 })),
    })
    fc.assert(
      fc.property(proof, (given) => {
        const { index, hashes, checkpoint, extra } = parseProof(formatProof(given))
        expect([index, hashes.map(base64), checkpoint, extra && base64(extra)]).toEqual([
          given.index,
          given.hashes.map(base64),
          given.checkpoint,
          given.extra && base64(given.extra),
        ])
      }),
    )
    for (const wrong of [{ index: -1 }, { index: 0.5 }, { hashes: [new Uint8Array(31)] }, { hashes: Array.from({ length: 64 }, () => h1) }])
      expect(() => formatProof({ index: 0, hashes: [], checkpoint: '', extra: null, ...wrong })).toThrow(RangeError)
  })
})

test('whatever a stranger sends is malformed or a proof, never another error', () => {
  const piece = fc.constantFrom('c2sp.org/tlog-proof@v1\n', 'extra ', 'index 5\n', 'index ', '\n', '\n\n', `${base64(h1)}\n`, base64(h1))
  fc.assert(
    fc.property(fc.array(fc.oneof(piece, fc.string({ unit: 'binary' })), { maxLength: 8 }), (pieces) => {
      try {
        const { index, hashes } = parseProof(pieces.join(''))
        expect([Number.isSafeInteger(index), hashes.every((hash) => hash.length === 32)]).toEqual([true, true])
      } catch (error) {
        expect(error).toBeInstanceOf(NoteError)
      }
    }),
    { numRuns: 1000 },
  )
}, 30_000)

describe('a proof is verified', () => {
  const origin = 'example.com/log'
  const key = keyPairFromSeed(new Uint8Array(32).fill(1))
  const witnessKey = keyPairFromSeed(new Uint8Array(32).fill(2))
  const witness = ed25519Cosigner('witness.example', witnessKey.privateKey, witnessKey.publicKey)
  const leaves = Array.from({ length: 11 }, (_, i) => leafHash(Buffer.from(`leaf ${i}`)))
  const node = ({ level, index }: NodeRef) => rootOf(leaves.slice(index * 2 ** level, (index + 1) * 2 ** level))
  const checkpoint = signCheckpoint({ origin, size: 11, root: rootOf(leaves) }, [ed25519Signer(origin, key.privateKey, key.publicKey)])
  const cosigned = addSignatures(checkpoint, [witness.cosign(checkpoint.slice(0, checkpoint.indexOf('\n\n') + 1), 1_790_000_000)])
  const proof: TlogProof = { index: 6, hashes: foldPlan(inclusionPlan(6, 11), node), checkpoint: cosigned, extra: null }
  const policy = parsePolicy(`log ${verifierKey(origin, key.publicKey)}\nwitness w ${witness.verifierKey}\nquorum w\n`)
  const leaf = leaves[6]!

  test('against log and witnesses', () => {
    expect(verifyProof(proof, leaf, policy)).toMatchObject({ ok: true, index: 6, witnessed: true, checkpoint: { size: 11 } })
    expect(verifyProof({ ...proof, checkpoint }, leaf, policy)).toMatchObject({ ok: true, witnessed: false, by: [] })
  })
  test('of another entry, index or log it proves nothing', () => {
    expect(verifyProof(proof, leaves[7]!, policy)).toMatchObject({ ok: false, code: 'INCLUSION' })
    expect(verifyProof({ ...proof, index: 7 }, leaf, policy)).toMatchObject({ ok: false, code: 'INCLUSION' })
    expect(verifyProof({ ...proof, index: 11 }, leaf, policy)).toMatchObject({ ok: false, code: 'INCLUSION' })
    const other = parsePolicy(`log ${verifierKey('other.example/log', key.publicKey)}\nquorum none\n`)
    expect(verifyProof(proof, leaf, other)).toMatchObject({ ok: false, code: 'SIGNATURE' })
    expect(verifyProof({ ...proof, checkpoint: 'no note' }, leaf, policy)).toMatchObject({ ok: false, code: 'MALFORMED' })
  })
  test('with any character changed it is refused, or no longer witnessed', () => {
    const text = formatProof(proof)
    for (let i = 0; i < text.length; i++) {
      for (const mask of [1, 2, 16]) {
        const changed = text.slice(0, i) + String.fromCharCode(text.charCodeAt(i) ^ mask) + text.slice(i + 1)
        expect([i, mask, judge(changed)]).toEqual([i, mask, 'refused'])
      }
    }
  })

  /** A changed line may hide a witness, whose key is then unknown; the proof must not stay as good as it was. */
  function judge(text: string): 'refused' | 'accepted' {
    try {
      const verdict = verifyProof(parseProof(text), leaf, policy)
      return verdict.ok && verdict.witnessed ? 'accepted' : 'refused'
    } catch (error) {
      if (error instanceof NoteError) return 'refused'
      throw error
    }
  }
})
