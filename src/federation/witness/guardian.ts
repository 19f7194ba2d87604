/**
 * The guardian of the log while it is open: makes it read-only when it is not the newest, lets it go on when it is after all, and leaves the mark
 * by which the next start can tell.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { type GuardFacts } from '../../ledger/guard.ts'
import type { Ledger } from '../../ledger/ledger.ts'
import { Marker } from '../../ledger/mark.ts'
import { parseVerifierKey } from '../../ledger/tlog/note.ts'
import type { ReachableWitness } from './ask.ts'
import { confirmNewest, type GuardDeps, isRestored, judgeDoubt, judgeStart, type Verdict } from './guard.ts'

export type GuardianDeps = GuardDeps & {
  readonly ledger: Ledger
  /** Between two looks for somebody who vouches for a restored log, ms. */
  readonly retryMs?: number
}

const RETRY_MS = 60_000

export class Guardian {
  readonly #deps: GuardianDeps
  readonly #marker: Marker
  readonly #closing = new AbortController()
  #verdict: Verdict
  #retired = false
  #judging: Promise<void> | null = null

  private constructor(deps: GuardianDeps, verdict: Verdict) {
    const { ledger, dataDir, log } = deps
    this.#deps = deps
    this.#verdict = verdict
    this.#marker = new Marker({ dataDir, newest: () => ledger.checkpoint().note, log })
    if (verdict.reason === null) this.grew()
    else this.#halt(verdict)
  }

  /** Judges the log before anything is appended to it, and makes it read-only when it is not the newest. */
  static async open(deps: GuardianDeps): Promise<Guardian> {
    const verdict = await judgeStart(factsOf(deps.ledger), deps)
    if (verdict.restored === true) await confirmNewest(confirmation(deps))
    return new Guardian(deps, verdict)
  }

  /** What was judged last. */
  get verdict(): Verdict {
    return this.#verdict
  }

  /** Why this process must not cosign for others; null when it may. Keys that were destroyed while it runs are replaced by the next start. */
  get silence(): string | null {
    return this.#deps.ledger.readOnly ?? (this.#retired ? 'it was restored, and starts again with new keys' : null)
  }

  /** The log grew. Cheap. */
  grew(): void {
    if (this.#verdict.reason === null) this.#marker.grew()
  }

  /** A witness says that it has cosigned another tree than ours, see {@link judgeDoubt}. */
  async doubt(witness: ReachableWitness, size: number | null): Promise<void> {
    const { ledger, log } = this.#deps
    if (ledger.readOnly !== null) return
    const verdict = await judgeDoubt(factsOf(ledger), witness, size, this.#deps)
    if (verdict.reason !== null) this.#halt(verdict)
    else log('warn', 'a witness doubts this log and cannot show why', { witness: witness.name, size })
  }

  /** The operator states that nothing is missing of a restored log. @returns what is against it; null when the log goes on */
  async confirm(): Promise<string | null> {
    const { ledger, pool, log } = this.#deps
    const { reason, setback } = this.#verdict
    if (reason === null) return null
    if (setback !== null || !(await isRestored(pool))) return reason
    await this.#goOn()
    log('warn', 'the operator states that this database is the newest', { size: ledger.head().size })
    return null
  }

  /** Resolves once a restored log, for which nobody could vouch when it started, goes on; or when this is closed. Never rejects. */
  vouchedFor(): Promise<void> {
    return (this.#judging ??= this.#judgeAgain())
  }

  /** Leaves the mark for the next start. Never rejects. */
  async close(): Promise<void> {
    this.#closing.abort()
    await this.#judging
    if (this.#verdict.reason === null) await this.#marker.close()
  }

  async #judgeAgain(): Promise<void> {
    const { ledger, log, retryMs = RETRY_MS } = this.#deps
    const { signal } = this.#closing
    while (this.#verdict.reason !== null && this.#verdict.setback === null) {
      await sleep(retryMs, undefined, { signal, ref: false }).catch(() => {})
      if (signal.aborted) return
      try {
        const verdict = await judgeStart(factsOf(ledger), this.#deps)
        if (this.#verdict.reason === null) return // the operator was quicker
        if (verdict.reason === null) await this.#goOn()
        else this.#verdict = verdict
      } catch (error) {
        log('warn', 'it could not be judged whether this log is the newest', { error: String(error) })
      }
    }
  }

  async #goOn(): Promise<void> {
    const { ledger } = this.#deps
    this.#retired = true
    await confirmNewest(confirmation(this.#deps))
    this.#verdict = { reason: null, setback: null }
    ledger.makeReadOnly(null)
    this.grew()
  }

  #halt(verdict: Verdict): void {
    const { ledger, log } = this.#deps
    this.#verdict = verdict
    ledger.makeReadOnly(verdict.reason)
    log('error', 'the log is read-only', { reason: verdict.reason })
  }
}

const factsOf = (ledger: Ledger): GuardFacts => ({
  origin: ledger.logOrigin,
  verifier: parseVerifierKey(ledger.verifierKey),
  head: ledger.head(),
  rootAt: (size) => ledger.rootAt(size),
})

const confirmation = ({ pool, ledger: { keyring, logOrigin: origin } }: GuardianDeps) => ({ pool, keyring, origin })
