/** An append on its way: what its caller is owed, and the forms it takes as the database, readers and the caller see it. Pure but for signing. */
import type { Admitted, AdmittedDraft, Candidate, DraftCandidate } from './admission.ts'
import { leafOf } from './entry.ts'
import type { BatchEntry } from './store.ts'
import type { SignedCandidate } from './submit/candidate.ts'
import { leafHash } from './tlog/merkle.ts'
import type { Hash, LedgerCommit, LedgerEvent, OpenedPart, Receipt } from './types.ts'

/** An append that waits for its answer. Answering twice is harmless: the first answer stands. */
export type Waiting<C extends Candidate = Candidate> = {
  readonly candidate: C
  /** About what it costs to keep in memory and to store. */
  readonly bytes: number
  readonly acknowledge: (receipt: Receipt) => void
  readonly refuse: (reason: unknown) => void
}

/** An append that was handed to the database, or is about to be. */
export type InFlight =
  | { readonly is: 'draft'; readonly waiting: Waiting; readonly candidate: DraftCandidate; readonly admitted: AdmittedDraft }
  | { readonly is: 'signed'; readonly waiting: Waiting; readonly candidate: SignedCandidate; readonly admitted: Admitted }

export const isDraft = (candidate: Candidate): candidate is DraftCandidate => 'draft' in candidate

/** The signature: as it came, or by the signer now. */
export function signatureOf(flight: InFlight): Uint8Array | Promise<Uint8Array> {
  return flight.is === 'signed' ? flight.candidate.signature : flight.admitted.signer.sign(flight.admitted.bytes)
}

/** The rows it becomes. */
export function entryOf(flight: InFlight, signature: Uint8Array): BatchEntry {
  const { admitted, candidate } = flight
  if (flight.is === 'signed') return { ...admitted, signature, events: flight.candidate.header.events, parts: flight.candidate.parts, digest: null }
  const { draft, sealed, digest } = candidate as DraftCandidate
  return { ...admitted, signature, events: draft.events, parts: sealed.parts, digest }
}

/** SHA-256(0x00 ‖ leaf). */
export const leafHashOf = (flight: InFlight, entry: BatchEntry): Hash =>
  flight.is === 'signed' ? flight.candidate.leafHash : leafHash(leafOf(entry))

/** What readers see of it: the same as reading it back, without opening it again. */
export function committed(flight: InFlight, leafHash: Hash): LedgerCommit {
  const { position, id, time, counter, revisions, actor, key, lane } = flight.admitted
  const events = flight.is === 'signed' ? signedEvents(flight.candidate) : draftEvents(flight.candidate)
  return {
    position,
    id,
    leafHash,
    lane: lane === 0 ? 'public' : 'private',
    actor,
    key,
    time,
    counter,
    events: events.map((event, index): LedgerEvent => ({ position, index, revision: revisions[index] ?? 0, ...event })),
  }
}

type Content = Pick<LedgerEvent, 'type' | 'schema' | 'stream' | 'parts'>

const draftEvents = ({ draft }: DraftCandidate): Content[] =>
  draft.events.map(({ type, schema, stream, parts }) => ({
    type,
    schema,
    stream,
    parts: parts.map(({ codec, bytes }): OpenedPart => ({ codec, bytes, erased: false })),
  }))

function signedEvents({ header, openings }: SignedCandidate): Content[] {
  let next = 0 // openings are in the order of the sealed parts
  return header.events.map(({ type, schema, stream, parts }) => ({
    type,
    schema,
    stream,
    parts: parts.map((part): OpenedPart => {
      const bytes = 'inline' in part ? part.inline : openings[next++]?.bytes
      return bytes === undefined ? { codec: part.codec, erased: true } : { codec: part.codec, bytes, erased: false }
    }),
  }))
}

export function receiptOf({ position, id, time }: Pick<Admitted, 'position' | 'id' | 'time'>, repeated: boolean): Receipt {
  return { position, id, time, repeated }
}
