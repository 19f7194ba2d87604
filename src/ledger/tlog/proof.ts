/**
 * Proofs to keep: that an entry is in a log, in one text file that anybody can check without asking anybody.
 *
 * @see https://c2sp.org/tlog-proof
 */
import { parseHash } from './checkpoint.ts'
import { type Hash, verifyInclusion } from './merkle.ts'
import { decodeBase64, NoteError } from './note.ts'
import { type JudgedCheckpoint, openByPolicy, type Policy } from './policy.ts'

export type TlogProof = {
  /** Position of the entry, from 0. */
  readonly index: number
  /** Audit path, lowest sibling first. */
  readonly hashes: readonly Hash[]
  /** The signed checkpoint as it was given, with all its signatures. */
  readonly checkpoint: string
  /** Whatever the application adds; nothing vouches for it. Null when there is none. */
  readonly extra: Uint8Array | null
}

/**
 * What a proof proves under a policy.
 *
 * - `SIGNATURE`  the checkpoint is not signed by a log of the policy, or a signature on it is false
 * - `MALFORMED`  the checkpoint is none
 * - `INCLUSION`  the entry is not at this index of the tree that the log signed
 */
export type ProofVerdict =
  | ({ readonly ok: true; readonly index: number } & JudgedCheckpoint)
  | { readonly ok: false; readonly code: 'MALFORMED' | 'SIGNATURE' | 'INCLUSION'; readonly reason: string }

const HEADER = 'c2sp.org/tlog-proof@v1'
/** A tree of 2^53 leaves is 53 high; C2SP allows 63. */
const MAX_HASHES = 63
const MAX_PROOF = 64 * 1024 * 1024

/** @throws {RangeError} for numbers, hashes or a checkpoint that have no such form */
export function formatProof({ index, hashes, checkpoint, extra }: TlogProof): string {
  if (!Number.isSafeInteger(index) || index < 0 || hashes.length > MAX_HASHES || hashes.some((hash) => hash.length !== 32))
    throw new RangeError('not an inclusion proof')
  const lines = [HEADER, ...(extra === null || extra.length === 0 ? [] : [`extra ${base64(extra)}`]), `index ${index}`, ...hashes.map(base64)]
  return `${lines.join('\n')}\n\n${checkpoint}`
}

/** A proof taken apart, nothing verified. @param text attacker-controlled. @throws {NoteError} MALFORMED */
export function parseProof(text: string): TlogProof {
  const end = text.indexOf('\n\n')
  if (end < 0 || text.length > MAX_PROOF) throw new NoteError('MALFORMED', 'not a proof: it has no checkpoint')
  const [header, ...lines] = text.slice(0, end).split('\n')
  if (header !== HEADER) throw new NoteError('MALFORMED', `a proof begins with ${HEADER}`)
  const extra = lines[0]?.startsWith('extra ') === true ? parseExtra(lines.shift()) : null
  const index = /^index (0|[1-9]\d{0,15})$/.exec(lines.shift() ?? '')?.[1]
  if (index === undefined || !Number.isSafeInteger(Number(index))) throw new NoteError('MALFORMED', 'a proof names the index of its entry')
  if (lines.length > MAX_HASHES) throw new NoteError('MALFORMED', `a proof has at most ${MAX_HASHES} hashes`)
  return { index: Number(index), hashes: lines.map(parseHash), checkpoint: text.slice(end + 2), extra }
}

/** Whether a log of the policy holds, at the proof's index, the entry whose leaf hash this is. */
export function verifyProof({ index, hashes, checkpoint: note }: TlogProof, leaf: Hash, policy: Policy): ProofVerdict {
  try {
    const judged = openByPolicy(note, policy)
    const { size, root } = judged.checkpoint
    if (!verifyInclusion({ index, size, leaf, proof: hashes, root }))
      return { ok: false, code: 'INCLUSION', reason: `The entry is not number ${index} of the ${size} that the log signed.` }
    return { ok: true, index, ...judged }
  } catch (error) {
    if (!(error instanceof NoteError)) throw error
    return { ok: false, code: error.code === 'MALFORMED' ? 'MALFORMED' : 'SIGNATURE', reason: error.message }
  }
}

function parseExtra(line = ''): Uint8Array {
  const extra = decodeBase64(line.slice('extra '.length))
  if (extra === null) throw new NoteError('MALFORMED', 'the extra line is not base64')
  return extra
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')
