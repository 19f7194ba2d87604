/**
 * The alarm: evidence of equivocation goes into the log, once for each key, and the operator hears of it loudly.
 *
 * Once, because whoever has forked can go on forking, and one proof against a key is as good as a thousand.
 */
import { type Evidence, evidenceText, problemWithEvidence, type RecordedEvidence, readEvidence, recordEvidence } from '../../ledger/evidence.ts'
import type { CommitDraft, LedgerEvent, Receipt } from '../../ledger/types.ts'
import type { Log } from '../deps.ts'

export type AlarmLedger = {
  append(draft: CommitDraft): Promise<Receipt>
  readStream(stream: string): Promise<readonly LedgerEvent[]>
}

export class Alarm {
  readonly #ledger: AlarmLedger
  readonly #log: Log
  readonly #accused = new Set<string>()
  readonly #recording = new Set<Promise<void>>()
  /** Raised since the start, for metrics. */
  raised = 0

  constructor(ledger: AlarmLedger, log: Log) {
    this.#ledger = ledger
    this.#log = log
  }

  /** All that is recorded, oldest first. */
  recorded(): Promise<readonly RecordedEvidence[]> {
    return readEvidence(this.#ledger)
  }

  /** Records the evidence, unless there is some against this key already. Never throws; what proves nothing is dropped. */
  readonly raise = (evidence: Evidence): void => {
    const accused = accusedBy(evidence)
    if (this.#accused.has(accused) || problemWithEvidence(evidence) !== null) return
    this.#accused.add(accused)
    this.raised++
    this.#log('error', 'EQUIVOCATION', { evidence: evidenceText(evidence) })
    const recording = this.#record(evidence).finally(() => this.#recording.delete(recording))
    this.#recording.add(recording)
  }

  /** Once what was raised is in the log, or could not be put there. */
  async settled(): Promise<void> {
    await Promise.all(this.#recording)
  }

  async #record(evidence: Evidence): Promise<void> {
    try {
      const known = await this.recorded()
      if (known.some((record) => accusedBy(record.evidence) === accusedBy(evidence))) return
      const { position } = await recordEvidence(this.#ledger, evidence)
      this.#log('error', 'the evidence is in the log', { position })
    } catch (error) {
      this.#accused.delete(accusedBy(evidence)) // and is recorded when it is seen again
      this.#log('error', 'the evidence could not be recorded', { error: String(error), evidence: evidenceText(evidence) })
    }
  }
}

/** Whose key it is. */
const accusedBy = (evidence: Evidence): string => (evidence.of === 'log' ? evidence.verifierKey : Buffer.from(evidence.publicKey).toString('hex'))
