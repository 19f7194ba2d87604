/**
 * The witness protocol without its network: what a log asks, and how a witness must answer.
 *
 * A witness holds one fact for each log it knows, the largest tree it has cosigned, and cosigns only what provably goes on from there. The
 * answer 200 here means *may be cosigned*: first replace the fact by a compare-and-swap on its size, durably; when that fails, answer 409.
 *
 * @see https://c2sp.org/tlog-witness
 */
import { hash } from 'node:crypto'
import { type Checkpoint, parseCheckpoint, parseHash } from './checkpoint.ts'
import { emptyRoot, type Hash, verifyConsistency } from './merkle.ts'
import { isSameKey, NoteError, type NoteSignature, type NoteVerifier, openNote, parseNote, parseSignatures, signatureLine } from './note.ts'

/** Media type of the body of 409. */
export const SIZE_MEDIA_TYPE = 'text/x.tlog.size'
const MAX_PROOF_LINES = 63

/** Body of `POST <prefix>/add-checkpoint`. */
export type AddCheckpoint = {
  /** Size that the log believes this witness to be at; 0 when it does not know. */
  readonly oldSize: number
  /** From the tree of `oldSize` to the one of the checkpoint; empty when `oldSize` is 0. */
  readonly proof: readonly Hash[]
  /** The signed note as it came. */
  readonly note: string
  /** First line of the note: the log to look up. Not verified. */
  readonly origin: string
}

/** What a witness knows of a log. */
export type WitnessedLog = {
  readonly verifiers: readonly NoteVerifier[]
  /** The largest tree it has cosigned; size 0 with the empty root when none. */
  readonly size: number
  readonly root: Hash
}

/**
 * The answer to a request that is well-formed. `ROOT`: the log has signed two roots for one size, which its two notes prove. `PROOF`: what it
 * signed does not follow from what it had signed, or it sent a wrong proof.
 */
export type WitnessAnswer =
  | {
      readonly status: 200
      readonly checkpoint: Checkpoint /** Text to cosign. */
      readonly text: string
      readonly signatures: readonly NoteSignature[]
    }
  | { readonly status: 409; readonly size: number }
  | { readonly status: 400; readonly code: 'OLD_SIZE' | 'CHECKPOINT' }
  | { readonly status: 403; readonly code: 'SIGNATURE' }
  | { readonly status: 404; readonly code: 'UNKNOWN_LOG' }
  | { readonly status: 422; readonly code: 'PROOF' | 'ROOT'; readonly checkpoint: Checkpoint }

/** Body of a request. @throws {RangeError} for more hashes than fit */
export function formatAddCheckpoint({ oldSize, proof, note }: Omit<AddCheckpoint, 'origin'>): string {
  if (!Number.isSafeInteger(oldSize) || oldSize < 0 || proof.length > MAX_PROOF_LINES) throw new RangeError('not a request to a witness')
  return [`old ${oldSize}`, ...proof.map((hash) => Buffer.from(hash).toString('base64')), '', note].join('\n')
}

/** A request taken apart, nothing verified. @param body attacker-controlled. @throws {NoteError} MALFORMED: answer 400 */
export function parseAddCheckpoint(body: string): AddCheckpoint {
  const end = body.indexOf('\n\n')
  if (end < 0) throw new NoteError('MALFORMED', 'the request holds no checkpoint')
  const [first = '', ...lines] = body.slice(0, end).split('\n')
  const oldSize = parseSize(/^old (.*)$/.exec(first)?.[1] ?? '')
  if (oldSize === null || lines.length > MAX_PROOF_LINES)
    throw new NoteError('MALFORMED', `a request is an old size and up to ${MAX_PROOF_LINES} hashes`)
  const note = body.slice(end + 2)
  const origin = note.slice(0, Math.max(0, note.indexOf('\n')))
  if (origin === '') throw new NoteError('MALFORMED', 'the request holds no checkpoint')
  return { oldSize, proof: lines.map(parseHash), note, origin }
}

/**
 * What a witness answers. Pure: nothing is signed and nothing changes.
 *
 * @param log      what it knows of the log that the request names; null when it does not know it
 * @param request  attacker-controlled
 */
export function judgeAddCheckpoint(log: WitnessedLog | null, request: AddCheckpoint): WitnessAnswer {
  if (log === null) return { status: 404, code: 'UNKNOWN_LOG' }
  const opened = openLogNote(request.note, log.verifiers)
  if (typeof opened === 'string') return opened === 'MALFORMED' ? { status: 400, code: 'CHECKPOINT' } : { status: 403, code: 'SIGNATURE' }
  const { checkpoint, text, signatures } = opened
  const { oldSize, proof } = request
  const { size, root } = checkpoint
  if (oldSize > size) return { status: 400, code: 'OLD_SIZE' }
  if (oldSize !== log.size) return { status: 409, size: log.size }
  if (size > 0 && size === oldSize && Buffer.compare(root, log.root) !== 0) return { status: 422, code: 'ROOT', checkpoint }
  if (!follows(log, checkpoint, proof)) return { status: 422, code: 'PROOF', checkpoint }
  return { status: 200, checkpoint, text, signatures }
}

/** Body of 409. */
export function formatSize(size: number): string {
  return `${size}\n`
}

/** The size in the body of 409; null when it is none. @param body attacker-controlled */
export function parseSizeBody(body: string): number | null {
  return body.endsWith('\n') ? parseSize(body.slice(0, -1)) : null
}

/** Path, below a witness's prefix for monitors, of the newest checkpoint that it has cosigned of a log. */
export function monitorPath(origin: string): string {
  return `${hash('sha256', origin)}/checkpoint`
}

/**
 * Signatures that a witness answered with, of those the ones by known keys, all of them valid for the note.
 *
 * @param answer  signature lines, attacker-controlled
 * @throws {NoteError} UNVERIFIED when there is none by a known key, INVALID when one is false, MALFORMED
 */
export function openAnswer(note: string, answer: string, verifiers: readonly NoteVerifier[]): readonly NoteSignature[] {
  const { text } = parseNote(note)
  parseSignatures(answer)
  return openNote(`${text}\n${answer}`, verifiers).verified
}

/** The note with more signatures after its own. Of two by one key the new one stays. @throws {NoteError} MALFORMED unless it is a note */
export function addSignatures(note: string, signatures: readonly NoteSignature[]): string {
  const { text, signatures: present } = parseNote(note)
  const kept = present.filter((line) => !signatures.some((added) => isSameKey(added, line)))
  return `${text}\n${[...kept, ...signatures].map(signatureLine).join('')}`
}

type OpenedLogNote = { readonly checkpoint: Checkpoint; readonly text: string; readonly signatures: readonly NoteSignature[] }

function openLogNote(note: string, verifiers: readonly NoteVerifier[]): OpenedLogNote | 'MALFORMED' | 'SIGNATURE' {
  try {
    const { text, verified } = openNote(note, verifiers)
    return { checkpoint: parseCheckpoint(text), text, signatures: verified }
  } catch (error) {
    if (!(error instanceof NoteError)) throw error
    return error.code === 'MALFORMED' ? 'MALFORMED' : 'SIGNATURE'
  }
}

function follows({ size: size1, root: root1 }: WitnessedLog, { size: size2, root: root2 }: Checkpoint, proof: readonly Hash[]): boolean {
  if (size1 > 0) return verifyConsistency({ size1, root1, size2, root2, proof })
  return proof.length === 0 && (size2 > 0 || Buffer.compare(root2, emptyRoot()) === 0)
}

function parseSize(text: string): number | null {
  return /^(0|[1-9]\d{0,15})$/.test(text) && Number.isSafeInteger(Number(text)) ? Number(text) : null
}
