/**
 * Receipts: a C2SP tlog-proof whose `extra` line holds the entry itself, so that one file says what happened and proves it, with nobody to ask.
 *
 * Of a private commit the owner's receipt opens the blinded leaf; a stranger's holds the 33 opaque bytes and proves only that they are there. Pure.
 *
 * @see https://c2sp.org/tlog-proof
 * @see docs/formats.md section 2.2
 */
import { type Cbor, CborError, decode, encode } from './cbor.ts'
import { blindedLeaf, publicLeaf } from './commit.ts'
import { NoteError } from './tlog/note.ts'
import { formatProof, parseProof, type TlogProof } from './tlog/proof.ts'
import type { PartOpening } from './types.ts'

/** A commit by which the author's keys became what they were, and where it stands. */
export type KeyEvidence = { readonly position: number; readonly commit: Uint8Array; readonly signature: Uint8Array }

/** What the receipt says of its entry. */
export type ReceiptEntry =
  /** Only what every stranger sees: the leaf. */
  | { readonly is: 'closed'; readonly leaf: Uint8Array }
  | {
      readonly is: 'open'
      readonly commit: Uint8Array
      readonly signature: Uint8Array
      /** What the leaf was blinded with, 32 bytes; null when it is public. */
      readonly r: Uint8Array | null
      /** Oldest first; empty when the author's keys are not shown. */
      readonly keys: readonly KeyEvidence[]
      /** Sealed parts that are disclosed, of any event. */
      readonly openings: readonly PartOpening[]
    }

export type Receipt = {
  readonly proof: Omit<TlogProof, 'extra'>
  /** C2SP verifier key of the log, as its operator states it: trust it only once it is compared. */
  readonly verifierKey: string
  readonly entry: ReceiptEntry
}

const VERSION = 1

/** The text of a `.tlog-proof` file. */
export function formatReceipt({ proof, verifierKey, entry }: Receipt): string {
  return formatProof({ ...proof, extra: encode([VERSION, verifierKey, ...fields(entry)]) })
}

function fields(entry: ReceiptEntry): Cbor[] {
  if (entry.is === 'closed') return [entry.leaf]
  const { commit, signature, r, keys, openings } = entry
  return [
    commit,
    signature,
    r,
    keys.map((key) => [key.position, key.commit, key.signature]),
    openings.map(({ event, index, r, bytes }) => [event, index, r, bytes]),
  ]
}

/** A receipt taken apart, nothing verified. @param text attacker-controlled. @throws {NoteError} MALFORMED */
export function parseReceipt(text: string): Receipt {
  const { extra, ...proof } = parseProof(text)
  if (extra === null) throw new NoteError('MALFORMED', 'a proof without an entry: it does not say what it proves')
  const [version, verifierKey, ...rest] = list(decoded(extra))
  if (version !== VERSION || typeof verifierKey !== 'string') throw malformed()
  return { proof, verifierKey, entry: readEntry(rest) }
}

function readEntry(rest: readonly Cbor[]): ReceiptEntry {
  const [first, signature, r, keys, openings] = rest
  if (rest.length === 1) return { is: 'closed', leaf: bytes(first) }
  if (rest.length !== 5) throw malformed()
  return {
    is: 'open',
    commit: bytes(first),
    signature: bytes(signature),
    r: r === null ? null : bytes(r),
    keys: list(keys).map(readKey),
    openings: list(openings).map(readOpening),
  }
}

function readKey(value: Cbor): KeyEvidence {
  const [position, commit, signature, ...more] = list(value)
  if (more.length > 0) throw malformed()
  return { position: uint(position), commit: bytes(commit), signature: bytes(signature) }
}

function readOpening(value: Cbor): PartOpening {
  const [event, index, r, payload, ...more] = list(value)
  if (more.length > 0) throw malformed()
  return { event: uint(event), index: uint(index), r: bytes(r), bytes: bytes(payload) }
}

/** The leaf that this entry stands for: what the tree has at its position. */
export function leafOfReceipt(entry: ReceiptEntry): Uint8Array {
  if (entry.is === 'closed') return entry.leaf
  return entry.r === null ? publicLeaf(entry.commit, entry.signature) : blindedLeaf(entry.commit, entry.signature, entry.r)
}

function decoded(extra: Uint8Array): Cbor {
  try {
    return decode(extra)
  } catch (error) {
    throw error instanceof CborError ? malformed() : error
  }
}

const malformed = (): NoteError => new NoteError('MALFORMED', 'the extra line of the proof is not that of a receipt')

function list(value: Cbor | undefined): readonly Cbor[] {
  if (!Array.isArray(value)) throw malformed()
  return value as readonly Cbor[]
}

function bytes(value: Cbor | undefined): Uint8Array {
  if (!(value instanceof Uint8Array)) throw malformed()
  return value
}

function uint(value: Cbor | undefined): number {
  if (typeof value !== 'number') throw malformed()
  return value
}
