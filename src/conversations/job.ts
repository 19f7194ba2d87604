/** One import under way, as whoever waits for it sees it. */
import type { ImportCounts, ImportReport } from '../events/conversations.ts'
import { Tally } from './tally.ts'

export type ImportProgress = {
  readonly id: string
  readonly accountId: string
  readonly name: string
  readonly state: 'queued' | 'running' | 'over'
  /** Bytes of the archive, unpacked, that were read, and that will be. */
  readonly bytes: number
  readonly totalBytes: number
  readonly found: ImportCounts
  readonly imported: ImportCounts
  /** Lines that the report has so far. */
  readonly skipped: number
  /** Null until it is over. */
  readonly report: ImportReport | null
}

const INTERVAL_MS = 100

export class Job {
  readonly tally = new Tally()
  readonly finished: Promise<ImportReport>
  readonly #about: { readonly id: string; readonly accountId: string; readonly name: string }
  readonly #now: () => number
  readonly #cancelling = new AbortController()
  readonly #listeners = new Set<(progress: ImportProgress) => void>()
  #resolve: (report: ImportReport) => void = () => {}
  #reject: (error: unknown) => void = () => {}
  #bytes = 0
  #total = 0
  #state: ImportProgress['state'] = 'queued'
  #report: ImportReport | null = null
  #told = 0

  constructor(about: { readonly id: string; readonly accountId: string; readonly name: string }, now: () => number) {
    this.#about = about
    this.#now = now
    this.finished = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    this.finished.catch(() => {}) // whoever waits is told; nobody has to
  }

  get signal(): AbortSignal {
    return this.#cancelling.signal
  }
  get isCancelled(): boolean {
    return this.#cancelling.signal.aborted
  }
  get isOver(): boolean {
    return this.#state === 'over'
  }

  get progress(): ImportProgress {
    const { id, accountId, name } = this.#about
    const { found, imported } = this.tally
    return {
      id,
      accountId,
      name,
      state: this.#state,
      bytes: Math.min(this.#bytes, this.#total),
      totalBytes: this.#total,
      found: { ...found },
      imported: { ...imported },
      skipped: this.tally.skippedLines,
      report: this.#report,
    }
  }

  listen(listener: (progress: ImportProgress) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  plan(bytes: number): void {
    this.#state = 'running'
    this.#total = bytes
    this.#tell()
  }

  advance(bytes: number): void {
    this.#bytes = bytes
    if (this.#now() - this.#told >= INTERVAL_MS) this.#tell()
  }

  cancel(): boolean {
    if (this.isOver) return false
    this.#cancelling.abort(new Error('cancelled'))
    return true
  }

  finish(report: ImportReport): void {
    this.#report = report
    this.#bytes = this.#total
    this.#over()
    this.#resolve(report)
  }

  /** It did not come to its end here. */
  leave(error: unknown): void {
    this.#over()
    this.#reject(error)
  }

  #over(): void {
    this.#state = 'over'
    this.#tell()
    this.#listeners.clear()
  }

  #tell(): void {
    this.#told = this.#now()
    const { progress } = this
    for (const listener of this.#listeners) listener(progress)
  }
}
