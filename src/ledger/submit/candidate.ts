/** A commit that was signed elsewhere, checked as far as it can be without knowing its place: it waits to be admitted. */
import type { CommitHeader } from '../commit.ts'
import type { PartToStore } from '../entry.ts'
import type { Expected, Hash, PartOpening, SubmitRefusal } from '../types.ts'

export type SignedCandidate = {
  readonly header: CommitHeader
  /** As received. */
  readonly commit: Uint8Array
  readonly signature: Uint8Array
  readonly id: Hash
  /** Opens the leaf of a private commit; null when it is public. */
  readonly blinding: Uint8Array | null
  readonly leafHash: Hash
  /** Sealed. */
  readonly parts: readonly PartToStore[]
  /** The same parts, open: for those who follow the log. */
  readonly openings: readonly PartOpening[]
  /** Conditions of the instance's own. */
  readonly expected: readonly (readonly [stream: string, expected: Expected])[]
  /** Its id makes it idempotent. */
  readonly digest: null
}

/** Why a signed commit is not taken, on its way to its signer. */
export class SubmitFault extends Error {
  readonly code: SubmitRefusal
  constructor(code: SubmitRefusal, message: string) {
    super(message)
    this.name = 'SubmitFault'
    this.code = code
  }
}
