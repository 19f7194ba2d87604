import { createHash, randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { actorId, type CommitHeader, commitId, encodeCommit, signingInput } from '../../../src/ledger/commit.ts'
import { generateKeyPair, keyId, sign } from '../../../src/ledger/ed25519.ts'
import { encodeKeyOperation, keyEvent } from '../../../src/ledger/key-operation.ts'
import { commitment, sizeClass } from '../../../src/ledger/part.ts'
import { formatReceipt, leafOfReceipt, parseReceipt, type ReceiptEntry } from '../../../src/ledger/receipt.ts'
import { policyFor, verifyReceipt } from '../../../src/ledger/receipt-verdict.ts'
import { signCheckpoint } from '../../../src/ledger/tlog/checkpoint.ts'
import { ed25519Cosigner } from '../../../src/ledger/tlog/cosignature.ts'
import { foldPlan, inclusionPlan, leafHash, rootOf } from '../../../src/ledger/tlog/merkle.ts'
import { ed25519Signer, verifierKey } from '../../../src/ledger/tlog/note.ts'
import { parsePolicy } from '../../../src/ledger/tlog/policy.ts'

const ORIGIN = 'social.example/log/1'
const [log, author, witness] = [generateKeyPair(), generateKeyPair(), generateKeyPair()]
const vkey = verifierKey(ORIGIN, log.publicKey)
const operation = { kind: 'genesis', recovery: [author.publicKey], devices: [author.publicKey] } as const
const actor = actorId(encodeKeyOperation(operation))
const genesisEvent = keyEvent(actor, operation)
const payload = new Uint8Array(Buffer.from('{"text":"words"}'))
const r = randomBytes(32)

function commitOf(change: Partial<CommitHeader>): Uint8Array {
  return encodeCommit({
    v: 1,
    suite: 1,
    log: createHash('sha256').update(ORIGIN).digest(),
    actor,
    key: keyId(author.publicKey),
    lane: 'public',
    seq: 0,
    prev: null,
    time: 1_790_000_000_000,
    counter: 0,
    deps: [],
    seen: null,
    pre: [],
    events: [],
    ...change,
  })
}

const signed = (commit: Uint8Array, key = author) => ({ commit, signature: sign(signingInput(commit), key.privateKey) })
const sealed = { codec: 'json', commitment: commitment(r, 'json', payload), sizeClass: sizeClass(payload.length), kref: randomBytes(16) } as const
const said = { type: 'status:create', schema: 1, stream: 'status/x', parts: [sealed] }
const [part] = genesisEvent.parts
const first = signed(commitOf({ events: [{ ...genesisEvent, parts: [{ codec: 'cbor', inline: part?.bytes ?? new Uint8Array() }] }] }))
const second = signed(commitOf({ lane: 'private', events: [said], time: 1_790_000_000_001 }))
const third = signed(commitOf({ seq: 1, prev: commitId(first.commit), events: [said], time: 1_790_000_000_002 }))
const keys = [{ position: 0, ...first }]
const opening = { event: 0, index: 0, r, bytes: payload }
const blinding = randomBytes(32)

const entries: readonly ReceiptEntry[] = [
  { is: 'open', ...first, r: null, keys: [], openings: [] },
  { is: 'open', ...second, r: blinding, keys, openings: [opening] },
  { is: 'open', ...third, r: null, keys, openings: [opening] },
]
const leaves = entries.map((entry) => leafHash(leafOfReceipt(entry)))
const head = { origin: ORIGIN, size: leaves.length, root: rootOf(leaves) }
const cosigner = ed25519Cosigner('witness.example/w', witness.privateKey, witness.publicKey)
const note = signCheckpoint(head, [ed25519Signer(ORIGIN, log.privateKey, log.publicKey)])

function receiptOf(entry: ReceiptEntry, position: number, checkpoint = note): string {
  const plan = inclusionPlan(position, leaves.length)
  const hashes = foldPlan(plan, ({ level, index }) => rootOf(leaves.slice(index * 2 ** level, (index + 1) * 2 ** level)))
  return formatReceipt({ proof: { index: position, hashes, checkpoint }, verifierKey: vkey, entry })
}

const verdictOf = (entry: ReceiptEntry, position: number) => verifyReceipt(receiptOf(entry, position), policyFor(vkey))

describe('a receipt', () => {
  test.each([
    ['a genesis, which proves its own author', 0],
    ['a private commit, opened', 1],
    ['a public commit', 2],
  ])('of %s verifies', (_name, position) => {
    expect(verdictOf(entries[position] as ReceiptEntry, position)).toMatchObject({
      ok: true,
      index: position,
      entry: { is: 'open', author: 'proven' },
    })
  })

  test('shows the payload that was committed to, and says of others that they are sealed', () => {
    expect(verdictOf(entries[2] as ReceiptEntry, 2)).toMatchObject({ entry: { events: [{ parts: [{ is: 'opened', bytes: payload }] }] } })
    expect(verdictOf({ ...(entries[2] as Extract<ReceiptEntry, { is: 'open' }>), openings: [] }, 2)).toMatchObject({
      entry: { events: [{ parts: [{ is: 'sealed' }] }] },
    })
  })

  test('that is closed proves only that its leaf is there', () => {
    const leaf = leafOfReceipt(entries[1] as ReceiptEntry)
    expect(verdictOf({ is: 'closed', leaf }, 1)).toMatchObject({ ok: true, entry: { is: 'closed' } })
    expect(verdictOf({ is: 'closed', leaf: leafOfReceipt(entries[2] as ReceiptEntry) }, 2)).toMatchObject({ ok: false, code: 'ENTRY' })
  })

  test('read and written again is the same', () => {
    for (const [position, entry] of entries.entries())
      expect(formatReceipt(parseReceipt(receiptOf(entry, position)))).toBe(receiptOf(entry, position))
  })

  test('with any character changed does not verify, unless the change is to the key it names', () => {
    const text = receiptOf(entries[1] as ReceiptEntry, 1)
    const named = text.indexOf('extra ') + 6
    const nameEnds = named + Math.ceil(((vkey.length + 6) * 4) / 3)
    for (let at = 0; at < text.length; at++) {
      if (at >= named && at <= nameEnds) continue
      const character = text[at] === 'A' ? 'B' : 'A'
      const verdict = verifyReceipt(text.slice(0, at) + character + text.slice(at + 1), policyFor(vkey))
      expect(verdict.ok, `character ${at}: ${JSON.stringify(text.slice(at - 5, at + 5))}`).toBe(false)
    }
  })

  test('does not verify under the key of another log', () => {
    const other = verifierKey(ORIGIN, generateKeyPair().publicKey)
    expect(verifyReceipt(receiptOf(entries[2] as ReceiptEntry, 2), policyFor(other))).toMatchObject({ ok: false, code: 'SIGNATURE' })
  })

  test('at another place does not verify', () => {
    expect(verdictOf(entries[2] as ReceiptEntry, 1)).toMatchObject({ ok: false, code: 'INCLUSION' })
  })
})

describe('the author', () => {
  test('is unproven without the operations on their keys', () => {
    expect(verdictOf({ ...(entries[2] as Extract<ReceiptEntry, { is: 'open' }>), keys: [] }, 2)).toMatchObject({
      ok: true,
      entry: { author: 'unproven' },
    })
  })

  test('is not whoever signed with a key that the actor never named', () => {
    const thief = generateKeyPair()
    const forged = signed(commitOf({ key: keyId(thief.publicKey), events: [said] }), thief)
    const entry: ReceiptEntry = { is: 'open', ...forged, r: null, keys, openings: [] }
    const alone = leafHash(leafOfReceipt(entry))
    const checkpoint = signCheckpoint({ origin: ORIGIN, size: 2, root: rootOf([leaves[0] as Uint8Array, alone]) }, [
      ed25519Signer(ORIGIN, log.privateKey, log.publicKey),
    ])
    const text = formatReceipt({ proof: { index: 1, hashes: [leaves[0] as Uint8Array], checkpoint }, verifierKey: vkey, entry })
    expect(verifyReceipt(text, policyFor(vkey))).toMatchObject({ ok: false, code: 'AUTHOR' })
  })
})

test('a payload that was not committed to is refused, and so is one that the commit does not have', () => {
  const entry = entries[2] as Extract<ReceiptEntry, { is: 'open' }>
  expect(verdictOf({ ...entry, openings: [{ ...opening, bytes: Buffer.from('{"text":"other"}') }] }, 2)).toMatchObject({ code: 'COMMITMENT' })
  expect(verdictOf({ ...entry, openings: [{ ...opening, index: 1 }] }, 2)).toMatchObject({ code: 'COMMITMENT' })
})

test('a commit made for another log is refused', () => {
  const elsewhere = { origin: 'other.example/log/1', size: 3, root: head.root }
  const checkpoint = signCheckpoint(elsewhere, [ed25519Signer(elsewhere.origin, log.privateKey, log.publicKey)])
  const text = receiptOf(entries[2] as ReceiptEntry, 2, checkpoint)
  expect(verifyReceipt(text, policyFor(verifierKey(elsewhere.origin, log.publicKey)))).toMatchObject({ ok: false, code: 'ENTRY' })
})

test('a policy tells whether the tree is witnessed', () => {
  const body = note.slice(0, note.indexOf('\n\n') + 1)
  const line = cosigner.cosign(body, 1_790_000_100)
  const cosigned = `${note}— ${line.name} ${Buffer.concat([line.keyId, line.signature]).toString('base64')}\n`
  const policy = parsePolicy(`log ${vkey}\nwitness w ${cosigner.verifierKey}\nquorum w\n`)
  const entry = entries[2] as ReceiptEntry
  expect(verifyReceipt(receiptOf(entry, 2, cosigned), policy)).toMatchObject({ ok: true, witnessed: true, by: [{ name: 'w' }] })
  expect(verifyReceipt(receiptOf(entry, 2), policy)).toMatchObject({ ok: true, witnessed: false, by: [] })
})
