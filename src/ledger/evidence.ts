/**
 * Evidence of equivocation: two things that one key signed and that cannot both be true. Whoever holds the two needs nobody's word for it.
 *
 *   log   two checkpoints of one log with one size and two roots
 *   key   two commits at one place (key, lane, seq) of a chain
 *
 * It goes into the log as an event of its own, so that it can neither be forgotten nor denied.
 */
import { hash } from 'node:crypto'
import { decode, encode } from './cbor.ts'
import { CommitError, commitId, decodeCommit } from './commit.ts'
import { keyId } from './ed25519.ts'
import { verifyCommit } from './signature.ts'
import { openCheckpoint } from './tlog/checkpoint.ts'
import { parseLogVerifierKey } from './tlog/cosignature.ts'
import { NoteError, openNote, signatureLine } from './tlog/note.ts'
import { type CommitDraft, type Hash, type LedgerEvent, LedgerFault, type Receipt } from './types.ts'

export const EVIDENCE_EVENT = 'log:evidence'
export const EVIDENCE_STREAM = 'log/evidence'

export type SignedBytes = { readonly commit: Uint8Array; readonly signature: Uint8Array }

export type Evidence =
  | { readonly of: 'log'; readonly verifierKey: string; readonly first: string; readonly second: string }
  /** `publicKey`: whole, as it was registered: its hash names the key. */
  | { readonly of: 'key'; readonly publicKey: Uint8Array; readonly first: SignedBytes; readonly second: SignedBytes }

/** Evidence as it is stored, and where. */
export type RecordedEvidence = { readonly position: number; readonly evidence: Evidence }

/** Bytes that are no evidence. */
export class EvidenceError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'EvidenceError'
  }
}

/** What is left of a public commit for the events it carries. */
const MAX_PUBLIC = 60_000

/** The one form of this evidence, whichever of the two was seen first. */
export function encodeEvidence(evidence: Evidence): Uint8Array {
  if (evidence.of === 'log') {
    const [first, second] = inOrder(Buffer.from(evidence.first), Buffer.from(evidence.second), (note) => note)
    return encode([1, 'log', evidence.verifierKey, first, second])
  }
  const [first, second] = inOrder(evidence.first, evidence.second, ({ commit }) => commit)
  return encode([1, 'key', evidence.publicKey, first.commit, first.signature, second.commit, second.signature])
}

/** @param bytes  attacker-controlled. @throws {EvidenceError} */
export function parseEvidence(bytes: Uint8Array): Evidence {
  const [v, of, key, ...rest] = items(bytes)
  const [first, second, third, fourth, ...more] = rest.map((item) => (item instanceof Uint8Array ? item : null))
  if (v === 1 && of === 'log' && typeof key === 'string' && first && second && rest.length === 2)
    return { of, verifierKey: key, first: Buffer.from(first).toString(), second: Buffer.from(second).toString() }
  if (v === 1 && of === 'key' && key instanceof Uint8Array && first && second && third && fourth && more.length === 0)
    return { of, publicKey: key, first: { commit: first, signature: second }, second: { commit: third, signature: fourth } }
  throw new EvidenceError('not evidence of equivocation')
}

/** Why these two prove nothing; null when they prove that the key's holder said two things. Never throws for attacker-controlled evidence. */
export function problemWithEvidence(evidence: Evidence): string | null {
  try {
    return evidence.of === 'log' ? problemWithNotes(evidence) : problemWithCommits(evidence)
  } catch (error) {
    if (error instanceof NoteError || error instanceof CommitError) return error.message
    throw error
  }
}

/**
 * That a log signed two roots for one size; null when these two notes do not show it. Signatures by others are left out.
 *
 * @param first, second  attacker-controlled
 */
export function evidenceAgainstLog(verifierKey: string, first: string, second: string): Evidence | null {
  try {
    const evidence = { of: 'log', verifierKey, first: onlyOf(verifierKey, first), second: onlyOf(verifierKey, second) } as const
    return problemWithEvidence(evidence) === null ? evidence : null
  } catch (error) {
    if (error instanceof NoteError) return null
    throw error
  }
}

/** The commit that records this evidence: public when strangers could read both sides anyway. Recorded twice it is there once. */
export function evidenceDraft(evidence: Evidence): CommitDraft & { readonly idempotencyKey: string } {
  const bytes = encodeEvidence(evidence)
  const isPublic = bytes.length <= MAX_PUBLIC && (evidence.of === 'log' || [evidence.first, evidence.second].every(isOpen))
  const part = { codec: 'cbor', bytes, ...(isPublic ? { inline: true } : {}) } as const
  return {
    signer: 'instance',
    lane: isPublic ? 'public' : 'private',
    events: [{ type: EVIDENCE_EVENT, schema: 1, stream: EVIDENCE_STREAM, parts: [part] }],
    idempotencyKey: `evidence/${hash('sha256', bytes)}`,
  }
}

export type EvidenceLog = {
  append(draft: CommitDraft): Promise<Receipt>
  readStream(stream: string): Promise<readonly LedgerEvent[]>
}

/** Puts the evidence into the log, once. @throws {LedgerFault} GIVE_UP for two things that prove nothing; as `append` does */
export function recordEvidence(ledger: Pick<EvidenceLog, 'append'>, evidence: Evidence): Promise<Receipt> {
  const problem = problemWithEvidence(evidence)
  if (problem !== null) throw new LedgerFault('GIVE_UP', `This is no evidence: ${problem}.`)
  return ledger.append(evidenceDraft(evidence))
}

/** All evidence in the log, oldest first. */
export async function readEvidence(ledger: Pick<EvidenceLog, 'readStream'>): Promise<readonly RecordedEvidence[]> {
  const events = await ledger.readStream(EVIDENCE_STREAM)
  return events.flatMap(({ position, parts: [part] }) =>
    part === undefined || part.erased ? [] : [{ position, evidence: parseEvidence(part.bytes) }],
  )
}

/** One sentence: whose key it was and what it signed twice. */
export function evidenceText(evidence: Evidence): string {
  if (evidence.of === 'log') {
    const { origin, size } = openCheckpoint(evidence.first, parseLogVerifierKey(evidence.verifierKey))
    return `The log ${origin} signed two different trees of ${size} entries.`
  }
  const { key, lane, seq } = decodeCommit(evidence.first.commit)
  return `The key ${hexOf(key)} signed two commits for place ${seq} of its ${lane} chain: ${hexOf(commitId(evidence.first.commit))} and ${hexOf(commitId(evidence.second.commit))}.`
}

function problemWithNotes({ verifierKey, first, second }: Extract<Evidence, { of: 'log' }>): string | null {
  const log = parseLogVerifierKey(verifierKey)
  const [a, b] = [openCheckpoint(first, log), openCheckpoint(second, log)]
  if (a.size !== b.size) return 'the checkpoints are of two sizes'
  return Buffer.compare(a.root, b.root) === 0 ? 'the checkpoints agree' : null
}

function problemWithCommits({ publicKey, first, second }: Extract<Evidence, { of: 'key' }>): string | null {
  const [a, b] = [decodeCommit(first.commit), decodeCommit(second.commit)]
  if (![a, b].every(({ key }) => same(key, keyId(publicKey)))) return 'a commit names another key'
  if (![first, second].every(({ commit, signature }) => verifyCommit(commit, signature, publicKey))) return 'a signature is not valid'
  if (!same(a.log, b.log) || a.lane !== b.lane || a.seq !== b.seq) return 'the commits stand at two places'
  return same(commitId(first.commit), commitId(second.commit)) ? 'it is one commit' : null
}

/** The note with nothing but the signatures of this key. @throws {NoteError} */
function onlyOf(verifierKey: string, note: string): string {
  const { text, verified } = openNote(note, [parseLogVerifierKey(verifierKey)])
  return `${text}\n${verified.map(signatureLine).join('')}`
}

const isOpen = ({ commit }: SignedBytes): boolean => decodeCommit(commit).lane === 'public'

function items(bytes: Uint8Array): readonly unknown[] {
  try {
    const value = decode(bytes)
    return Array.isArray(value) ? value : []
  } catch (cause) {
    throw new EvidenceError('not evidence of equivocation', cause)
  }
}

const inOrder = <T>(a: T, b: T, bytesOf: (one: T) => Uint8Array): readonly [T, T] => (Buffer.compare(bytesOf(a), bytesOf(b)) <= 0 ? [a, b] : [b, a])

const same = (a: Hash, b: Hash): boolean => Buffer.compare(a, b) === 0
const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
