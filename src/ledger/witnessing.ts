/** What there is to see of witnessing, for whoever shows it: command line, API, metrics. Shapes only; the work is done in federation. */
import type { RecordedEvidence } from './evidence.ts'

/** How it stands with one of our witnesses. */
export type WitnessState = {
  readonly name: string
  readonly url: string | null
  readonly verifierKey: string
  /** Largest size of ours that it cosigned, as far as this process knows; 0 before the first. */
  readonly size: number
  /** ms since the epoch of its last cosignature; null before the first. */
  readonly at: number | null
  /** Why the last try failed; null when it did not. */
  readonly problem: string | null
}

/** How it stands with one of the logs that we witness. */
export type WitnessedLogState = {
  readonly origin: string
  readonly verifierKeys: readonly string[]
  /** Where people find the log; null when nobody said. */
  readonly url: string | null
  readonly from: 'operator' | 'policy'
  /** The largest tree we have cosigned, and when (ms since the epoch); 0 and null when none. */
  readonly size: number
  readonly at: number | null
}

export type WitnessingStatus = {
  readonly origin: string
  readonly size: number
  /** Why nothing may be appended; null when it may. */
  readonly readOnly: string | null
  /** Name of the policy's quorum; null when this instance has no policy, and nothing of it counts as witnessed. */
  readonly quorum: string | null
  /** The newest checkpoint that met the quorum; null before the first. */
  readonly witnessed: { readonly size: number; readonly at: number } | null
  readonly witnesses: readonly WitnessState[]
  /** As a witness of others. */
  readonly self: { readonly name: string; readonly verifierKeys: readonly string[] }
  readonly logs: readonly WitnessedLogState[]
  /** Since the start. `alarms`: equivocations that were found. */
  readonly counts: { readonly rounds: number; readonly cosigned: number; readonly failed: number; readonly alarms: number }
}

export type WitnessingView = {
  status(): Promise<WitnessingStatus>
  /** All evidence of equivocation in the log, oldest first. */
  evidence(): Promise<readonly RecordedEvidence[]>
}
