/**
 * The archive of an account: everything it signed, opened, with the proofs that it is in the log, as lines of JSON that people can read and
 * `vivim verify` checks. One checkpoint and one history of keys serve all entries. Pure.
 *
 * Nothing is said twice: payloads stand as the text that was committed to, so there is no readable copy beside the proven one.
 *
 * @see docs/formats.md section 4
 */
import { z } from 'zod'
import type { KeyEvidence, Receipt } from './receipt.ts'
import type { Hash, PartCodec, PartOpening } from './types.ts'

export const ARCHIVE_FORMAT = 'vivim-account/1'

/** The first line. */
export type ArchiveHeader = {
  /** Hex; SHA-256 of the account's genesis key operation. */
  readonly actor: string
  /** C2SP verifier key of the log, as its operator states it. */
  readonly verifierKey: string
  /** A signed checkpoint, with whatever cosignatures there were. */
  readonly checkpoint: string
  /** Commits by which the account's keys became what they are. */
  readonly keys: readonly KeyEvidence[]
}

/** A line for each entry. */
export type ArchiveEntry = {
  readonly position: number
  /** Audit path to the checkpoint's root, lowest sibling first. */
  readonly hashes: readonly Hash[]
  readonly commit: Uint8Array
  readonly signature: Uint8Array
  /** What a private leaf was blinded with. */
  readonly r: Uint8Array | null
  /** ISO 8601, as the commit says. */
  readonly time: string
  readonly events: readonly ArchiveEvent[]
}

/** As the commit says; its parts as far as they are there. */
export type ArchiveEvent = { readonly type: string; readonly schema: number; readonly stream: string; readonly parts: readonly ArchivePart[] }

/** `erased`: its key was destroyed. `inline`: it stands in the commit. */
export type ArchivePart =
  | { readonly is: 'open'; readonly codec: PartCodec; readonly r: Uint8Array; readonly bytes: Uint8Array }
  | { readonly is: 'erased' | 'inline'; readonly codec: PartCodec }

export type ArchiveLine =
  | ({ readonly is: 'header' } & ArchiveHeader)
  | ({ readonly is: 'entry' } & ArchiveEntry)
  | { readonly is: 'end'; readonly entries: number }

/** A line that is none. */
export class ArchiveError extends Error {
  override readonly name = 'ArchiveError'
}

/** One line, with its line feed. */
export function archiveLine(line: ArchiveLine): string {
  return `${JSON.stringify(layout(line))}\n`
}

function layout(line: ArchiveLine): object {
  switch (line.is) {
    case 'header': {
      const { actor, verifierKey, checkpoint, keys } = line
      const shown = keys.map(({ position, commit, signature }) => ({ position, commit: base64(commit), signature: base64(signature) }))
      return { format: ARCHIVE_FORMAT, actor, verifierKey, checkpoint, keys: shown }
    }
    case 'entry': {
      const { position, time, events, commit, signature, r, hashes } = line
      const sealed = { commit: base64(commit), signature: base64(signature), r: r === null ? null : base64(r), proof: hashes.map(base64) }
      return { position, time, events: events.map((event) => ({ ...event, parts: event.parts.map(partLayout) })), ...sealed }
    }
    default:
      return { end: line.entries }
  }
}

function partLayout(part: ArchivePart): object {
  const { is, codec } = part
  if (is !== 'open') return { is, codec }
  const text = Buffer.from(part.bytes).toString('utf8')
  const isText = Buffer.compare(Buffer.from(text), part.bytes) === 0
  return { is, codec, ...(isText ? { text } : { base64: base64(part.bytes) }), r: base64(part.r) }
}

/** @param line  attacker-controlled. @throws {ArchiveError} */
export function parseArchiveLine(line: string): ArchiveLine {
  try {
    return Line.parse(JSON.parse(line))
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof z.ZodError) throw new ArchiveError('not a line of an account archive')
    throw error
  }
}

/** The receipt that an entry of the archive is. */
export function receiptOfEntry({ verifierKey, checkpoint, keys }: ArchiveHeader, entry: ArchiveEntry): Receipt {
  const { position, hashes, commit, signature, r, events } = entry
  const openings = events.flatMap(({ parts }, event) =>
    parts.flatMap((part, index): PartOpening[] => (part.is === 'open' ? [{ event, index, r: part.r, bytes: part.bytes }] : [])),
  )
  return { proof: { index: position, hashes, checkpoint }, verifierKey, entry: { is: 'open', commit, signature, r, keys, openings } }
}

const base64 = (value: Uint8Array): string => Buffer.from(value).toString('base64')

const uint = z.int().min(0)
const binary = z.base64().transform((text): Uint8Array => Buffer.from(text, 'base64'))
const codec = z.enum(['json', 'raw', 'cbor'])
const OpenPart = z.strictObject({ is: z.literal('open'), codec, text: z.string().exactOptional(), base64: binary.exactOptional(), r: binary })
const Part = z.union([
  OpenPart.refine((part) => (part.text === undefined) !== (part.base64 === undefined)).transform(
    ({ text = '', base64: bytes, ...part }): ArchivePart => ({ ...part, bytes: bytes ?? Buffer.from(text) }),
  ),
  z.strictObject({ is: z.enum(['erased', 'inline']), codec }),
])
const Line = z.union([
  z
    .strictObject({
      format: z.literal(ARCHIVE_FORMAT),
      actor: z.string().regex(/^[0-9a-f]{64}$/),
      verifierKey: z.string(),
      checkpoint: z.string(),
      keys: z.array(z.strictObject({ position: uint, commit: binary, signature: binary })),
    })
    .transform(({ actor, verifierKey, checkpoint, keys }): ArchiveLine => ({ is: 'header', actor, verifierKey, checkpoint, keys })),
  z
    .strictObject({
      position: uint,
      time: z.string(),
      events: z.array(z.strictObject({ type: z.string(), schema: uint, stream: z.string(), parts: z.array(Part) })),
      commit: binary,
      signature: binary,
      r: binary.nullable(),
      proof: z.array(binary),
    })
    .transform(({ proof, ...entry }): ArchiveLine => ({ is: 'entry', hashes: proof, ...entry })),
  z.strictObject({ end: uint }).transform(({ end }): ArchiveLine => ({ is: 'end', entries: end })),
])
