/**
 * Checkpoints: what a log says its tree is, as a signed note.
 *
 * @see https://c2sp.org/tlog-checkpoint
 */
import type { Hash } from './merkle.ts'
import { decodeBase64, NoteError, type NoteSigner, type NoteVerifier, openNote, signNote } from './note.ts'

export type Checkpoint = {
  /** Names the log, for instance `social.example/log/1`. */
  readonly origin: string
  readonly size: number
  /** 32 bytes. */
  readonly root: Hash
}

/** The body of a checkpoint: origin, size and root, one line each. @throws {RangeError} for what has no such form */
export function formatCheckpoint({ origin, size, root }: Checkpoint): string {
  if (origin === '' || origin.includes('\n') || !Number.isSafeInteger(size) || size < 0 || root.length !== 32)
    throw new RangeError('not a checkpoint')
  return `${origin}\n${size}\n${Buffer.from(root).toString('base64')}\n`
}

/** A signed checkpoint. The first signer should be the log, with the origin as its key name. */
export function signCheckpoint(checkpoint: Checkpoint, signers: readonly NoteSigner[]): string {
  return signNote(formatCheckpoint(checkpoint), signers)
}

/** The body taken apart; extension lines are allowed and ignored. @param text attacker-controlled. @throws {NoteError} MALFORMED */
export function parseCheckpoint(text: string): Checkpoint {
  const [origin = '', size = '', root = '', ...extensions] = text.split('\n')
  const complete = extensions.length > 0 && extensions.pop() === '' && !extensions.includes('')
  const wellFormed = complete && origin !== '' && /^(0|[1-9]\d{0,15})$/.test(size) && Number.isSafeInteger(Number(size))
  if (!wellFormed) throw new NoteError('MALFORMED', 'not a checkpoint')
  return { origin, size: Number(size), root: parseHash(root) }
}

/** A hash as it stands in a line of a checkpoint, a proof or a request. @param line attacker-controlled. @throws {NoteError} MALFORMED */
export function parseHash(line: string): Hash {
  const hash = decodeBase64(line)
  if (hash?.length !== 32) throw new NoteError('MALFORMED', 'a hash is 32 bytes in base64')
  return hash
}

/**
 * The checkpoint of the log that `log` verifies for, whose key name must be the origin.
 *
 * @param note  attacker-controlled
 * @throws {NoteError} UNVERIFIED when it is another log's or not signed by this one, INVALID when the signature is false
 */
export function openCheckpoint(note: string, log: NoteVerifier): Checkpoint {
  const checkpoint = parseCheckpoint(openNote(note, [log]).text)
  if (checkpoint.origin !== log.name) throw new NoteError('UNVERIFIED', `a checkpoint of ${checkpoint.origin}, not of ${log.name}`)
  return checkpoint
}
