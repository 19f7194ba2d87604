import { hash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { type CommitHeader, encodeCommit, signingInput } from '../../../src/ledger/commit.ts'
import { generateKeyPair, keyId, sign } from '../../../src/ledger/ed25519.ts'
import {
  type Evidence,
  EvidenceError,
  encodeEvidence,
  evidenceAgainstLog,
  evidenceDraft,
  evidenceText,
  parseEvidence,
  problemWithEvidence,
  type SignedBytes,
} from '../../../src/ledger/evidence.ts'
import { signCheckpoint } from '../../../src/ledger/tlog/checkpoint.ts'
import { ed25519Signer, verifierKey } from '../../../src/ledger/tlog/note.ts'

const ORIGIN = 'there.example/log/1'
const key = generateKeyPair()
const other = generateKeyPair()
const vkey = verifierKey(ORIGIN, key.publicKey)
const log = ed25519Signer(ORIGIN, key.privateKey, key.publicKey)
const witness = ed25519Signer('a.witness', other.privateKey, other.publicKey)
const root = (text: string) => hash('sha256', text, 'buffer')
const note = (size: number, text: string, ...more: (typeof log)[]) => signCheckpoint({ origin: ORIGIN, size, root: root(text) }, [log, ...more])

const header = (text: string, more: Partial<CommitHeader> = {}): CommitHeader => ({
  v: 1,
  suite: 1,
  log: root(ORIGIN),
  actor: root('actor'),
  key: keyId(key.publicKey),
  lane: 'public',
  seq: 3,
  prev: root('previous'),
  time: 1_700_000_000_000,
  counter: 0,
  deps: [],
  seen: null,
  pre: [],
  events: [{ type: 'status:create', schema: 1, stream: 'status/1', parts: [{ codec: 'raw', inline: Buffer.from(text) }] }],
  ...more,
})
const signed = (text: string, more: Partial<CommitHeader> = {}, by = key): SignedBytes => {
  const commit = encodeCommit(header(text, more))
  return { commit, signature: sign(signingInput(commit), by.privateKey) }
}
const twice = (first: SignedBytes, second: SignedBytes): Evidence => ({ of: 'key', publicKey: key.publicKey, first, second })

describe('against a log', () => {
  test('two roots for one size are evidence, and say so by themselves', () => {
    const evidence = evidenceAgainstLog(vkey, note(7, 'a', witness), note(7, 'b'))
    expect(evidence).not.toBeNull()
    if (evidence === null) return
    expect(problemWithEvidence(parseEvidence(encodeEvidence(evidence)))).toBeNull()
    expect(evidenceText(evidence)).toBe('The log there.example/log/1 signed two different trees of 7 entries.')
    expect(evidenceDraft(evidence)).toMatchObject({ lane: 'public', events: [{ type: 'log:evidence' }] })
  })

  test('nothing else is: one root, two sizes, a signature by somebody else', () => {
    const forged = signCheckpoint({ origin: ORIGIN, size: 7, root: root('b') }, [ed25519Signer(ORIGIN, other.privateKey, key.publicKey)])
    expect(evidenceAgainstLog(vkey, note(7, 'a'), note(7, 'a'))).toBeNull()
    expect(evidenceAgainstLog(vkey, note(7, 'a'), note(8, 'b'))).toBeNull()
    expect(evidenceAgainstLog(vkey, note(7, 'a'), forged)).toBeNull()
    expect(evidenceAgainstLog(vkey, note(7, 'a'), 'no note')).toBeNull()
    expect(evidenceAgainstLog('no key', note(7, 'a'), note(7, 'b'))).toBeNull()
  })
})

describe('against a key', () => {
  test('two commits at one place are evidence', () => {
    const evidence = twice(signed('one'), signed('two'))
    expect(problemWithEvidence(evidence)).toBeNull()
    expect(problemWithEvidence(parseEvidence(encodeEvidence(evidence)))).toBeNull()
    expect(evidenceText(evidence)).toMatch(/signed two commits for place 3 of its public chain/)
  })

  test.each<[string, Evidence]>([
    ['the same commit twice', twice(signed('one'), signed('one'))],
    ['two places', twice(signed('one'), signed('two', { seq: 4 }))],
    ['two lanes', twice(signed('one'), signed('two', { lane: 'private' }))],
    ['two logs, as after a break', twice(signed('one'), signed('two', { log: root('there.example/log/2') }))],
    ['another key’s commit', twice(signed('one'), signed('two', { key: keyId(other.publicKey) }))],
    ['a forged signature', twice(signed('one'), signed('two', {}, other))],
    ['no commit', twice(signed('one'), { commit: new Uint8Array(3), signature: new Uint8Array(64) })],
  ])('%s is none', (_name, evidence) => {
    expect(problemWithEvidence(evidence)).not.toBeNull()
  })

  test('stays sealed when one of the commits is private or they are too long for a public one', () => {
    const hidden = evidenceDraft(twice(signed('one', { lane: 'private' }), signed('two', { lane: 'private' })))
    expect(hidden.lane).toBe('private')
    expect(hidden.events[0]?.parts[0]?.inline).toBeUndefined()
    const long = 'x'.repeat(40_000)
    expect(evidenceDraft(twice(signed(`${long}1`), signed(`${long}2`))).lane).toBe('private')
    expect(evidenceDraft(twice(signed('one'), signed('two'))).events[0]?.parts[0]?.inline).toBe(true)
  })
})

test('the same two things are the same evidence, whichever came first', () => {
  const [a, b] = [signed('one'), signed('two')]
  expect(encodeEvidence(twice(a, b))).toEqual(encodeEvidence(twice(b, a)))
  expect(evidenceDraft(twice(a, b)).idempotencyKey).toBe(evidenceDraft(twice(b, a)).idempotencyKey)
  const [first, second] = [note(7, 'a', witness), note(7, 'b')]
  const forth = evidenceAgainstLog(vkey, first, second)
  const back = evidenceAgainstLog(vkey, second, first)
  if (forth === null || back === null) throw new TypeError('no evidence')
  expect(encodeEvidence(forth)).toEqual(encodeEvidence(back))
})

test('bytes cut anywhere are no evidence', () => {
  const bytes = encodeEvidence(twice(signed('one'), signed('two')))
  for (let end = 0; end < bytes.length; end++) expect(() => parseEvidence(bytes.subarray(0, end))).toThrow(EvidenceError)
})

test('evidence with any byte flipped is none, or is refused', () => {
  const bytes = encodeEvidence(twice(signed('one'), signed('two')))
  for (let at = 0; at < bytes.length; at++) {
    const changed = Buffer.from(bytes)
    changed[at] = (changed[at] ?? 0) ^ 1
    const verdict = () => problemWithEvidence(parseEvidence(changed))
    try {
      expect(verdict(), `byte ${at}`).not.toBeNull()
    } catch (error) {
      if (!(error instanceof EvidenceError)) throw error
    }
  }
})
