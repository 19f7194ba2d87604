/**
 * The ledger's vocabulary: the shapes that cross its border. No behaviour lives here.
 *
 * Positions are dense leaf indices, 0,1,2,…; sizes count; ranges are half-open `[from, to)`.
 */

/** 32 bytes, SHA-256. */
export type Hash = Uint8Array

/** Which chain of a key a commit belongs to: public commits are readable by anyone, private ones are blinded leaves. */
export type Lane = 'public' | 'private'

/** What a writer believes about a stream before it appends to it. A number is the exact current revision (0 = one event). */
export type Expected = 'any' | 'none' | 'exists' | number

/** `json`: UTF-8 JSON. `raw`: bytes as received. `cbor`: DAG-CBOR. */
export type PartCodec = 'json' | 'raw' | 'cbor'

/** A payload to be sealed beside the commit, or, when `inline`, carried in the signed bytes and never erasable. */
export type PartDraft = { readonly codec: PartCodec; readonly bytes: Uint8Array; readonly inline?: boolean }

export type EventDraft = {
  /** Wire name from the catalogue, e.g. `status:create`. */
  readonly type: string
  /** Payload schema version, from 1. */
  readonly schema: number
  readonly stream: string
  readonly parts: readonly PartDraft[]
}

/** One user action, not yet signed. All of its events are appended, or none. */
export type CommitDraft = {
  /** Name of the signing key in the keyring: `instance`, or `account/<id>`. */
  readonly signer: string
  readonly lane: Lane
  readonly events: readonly EventDraft[]
  /** Conditions on streams, also on streams that are only read. */
  readonly expected?: readonly (readonly [stream: string, expected: Expected])[]
  /** Ids (32 bytes) of commits acted upon, at most 16. */
  readonly deps?: readonly Hash[]
  /** The same signer with the same key gets the original receipt and appends nothing. */
  readonly idempotencyKey?: string
}

/** Durable: returned only after the database has committed. */
export type Receipt = {
  readonly position: number
  /** SHA-256 of the commit bytes. */
  readonly id: Hash
  /** Milliseconds since the epoch, from the commit's HLC. */
  readonly time: number
  /** True when an earlier append with the same idempotency key already did this. */
  readonly repeated: boolean
}

/** A commit that was signed elsewhere, by a device's own key, with what opens its sealed parts. All bytes are attacker-controlled. */
export type SignedCommit = {
  /** Canonical bytes, see commit.ts. */
  readonly commit: Uint8Array
  /** 64 bytes; in suite 2 followed by the ML-DSA-65 signature. */
  readonly signature: Uint8Array
  /** Every sealed part of the commit, once. The instance checks each against its commitment and seals it under a key of its own. */
  readonly parts: readonly PartOpening[]
  /** Conditions of the instance's own, judged as the signed ones are: on streams that its decision read. Not part of what was signed. */
  readonly expected?: readonly (readonly [stream: string, expected: Expected])[]
}

/** A payload and the 32 random bytes that its commitment was blinded with. */
export type PartOpening = { readonly event: number; readonly index: number; readonly r: Uint8Array; readonly bytes: Uint8Array }

/**
 * Why a signed commit is not in the log.
 *
 * - `MALFORMED`     no commit, or parts that do not fit it
 * - `LOG`           made for another log
 * - `SIGNATURE`     not signed by the key it names
 * - `KEY`           that key may not sign for this actor now, or the commit holds a key operation that may not be
 * - `CHAIN`         does not continue the chain of its key and lane
 * - `EQUIVOCATION`  the chain has another commit at this place; the key is frozen
 * - `CONDITION`     a condition on a stream does not hold
 * - `CLOCK`         its time is not after its predecessor's, or too far in the future
 * - `SEEN`          vouches for a tree that this log never was
 * - `COMMITMENT`    a payload is not what was signed
 * - `READ_ONLY`     the log takes nothing now
 * - `BUSY`          nothing is wrong: try again
 */
export type SubmitRefusal =
  | 'MALFORMED'
  | 'LOG'
  | 'SIGNATURE'
  | 'KEY'
  | 'CHAIN'
  | 'EQUIVOCATION'
  | 'CONDITION'
  | 'CLOCK'
  | 'SEEN'
  | 'COMMITMENT'
  | 'READ_ONLY'
  | 'BUSY'

/** What became of one signed commit: durable, or refused for a reason its signer can read. */
export type SubmitResult =
  | { readonly ok: true; readonly receipt: Receipt }
  | { readonly ok: false; readonly code: SubmitRefusal; readonly reason: string }

/** A part as a reader sees it: opened, or gone because its key was destroyed. */
export type OpenedPart =
  | { readonly codec: PartCodec; readonly bytes: Uint8Array; readonly erased: false }
  | { readonly codec: PartCodec; readonly erased: true }

export type LedgerEvent = {
  readonly position: number
  /** Index of the event in its commit. */
  readonly index: number
  readonly type: string
  readonly schema: number
  readonly stream: string
  /** Revision of the stream this event made, from 0. */
  readonly revision: number
  readonly parts: readonly OpenedPart[]
}

/** One entry of the log, opened by its owner (the instance). */
export type LedgerCommit = {
  readonly position: number
  readonly id: Hash
  readonly leafHash: Hash
  readonly lane: Lane
  /** 32 bytes, SHA-256 of the actor's genesis key operation. */
  readonly actor: Uint8Array
  /** 16 bytes, SHA-256(public key)[:16]. */
  readonly key: Uint8Array
  /** HLC: milliseconds and counter. */
  readonly time: number
  readonly counter: number
  readonly events: readonly LedgerEvent[]
}

/** A published state of the tree. */
export type TreeHead = { readonly size: number; readonly root: Hash }

/** A batch as followers receive it, in order, without gaps. `head` is the tree after the batch. */
export type LedgerBatch = { readonly commits: readonly LedgerCommit[]; readonly head: TreeHead }

/** The caller's reaction decides the code: see STYLE "Errors". */
export class LedgerFault extends Error {
  readonly code: 'WRONG_REVISION' | 'RETRY_LATER' | 'GIVE_UP' | 'STOP_AND_RELOAD' | 'READ_ONLY'
  readonly detail: unknown
  constructor(code: LedgerFault['code'], message: string, detail?: unknown, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'LedgerFault'
    this.code = code
    this.detail = detail
  }
}
