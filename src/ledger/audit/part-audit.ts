/** Sealed payloads: each opens, is what its author signed, and none is missing without a warrant. Works on one commit at a time. */
import type { CommitHeader, SealedPartRef } from '../commit.ts'
import type { PartCheck } from './check-batch.ts'
import type { Checks } from './checks.ts'
import type { PartRecord } from './export-format.ts'
import type { AlarmBook, Counter } from './report.ts'

export class PartAudit {
  readonly #checks: Checks
  readonly #book: AlarmBook
  readonly #counts: Counter
  #position = -1
  /** Sealed parts of the commit that have not come yet, by `event/part`. */
  readonly #awaited = new Map<string, SealedPartRef>()

  constructor(checks: Checks, book: AlarmBook, counts: Counter) {
    this.#checks = checks
    this.#book = book
    this.#counts = counts
  }

  /** Ends the commit before. The parts of this one may follow. @param events  [] when the commit could not be read */
  begin(position: number, events: CommitHeader['events']): void {
    this.end()
    this.#position = position
    for (const [event, { parts }] of events.entries()) {
      for (const [index, part] of parts.entries()) if (!('inline' in part)) this.#awaited.set(`${event}/${index}`, part)
    }
  }

  /** What came for the commit last begun. */
  take(record: PartRecord): void {
    const name = `${record.event}/${record.part}`
    const signed = record.position === this.#position ? this.#awaited.get(name) : undefined
    if (signed === undefined) return this.#alarm('encoding', `a payload ${name} of entry ${record.position} is here and no commit awaits it`)
    this.#awaited.delete(name)
    const { ciphertext, key } = record
    if (ciphertext === null) this.#missing(name)
    else if (key === null) this.#alarm('part-missing', `payload ${name}: its key is missing without a warrant`)
    else this.#check(name, { ...signed, ciphertext, key })
  }

  /** No more parts of this commit will come. */
  end(): void {
    for (const name of this.#awaited.keys()) this.#missing(name)
    this.#awaited.clear()
  }

  /** The same, where payloads were left out on purpose. */
  endWithheld(): void {
    this.#counts.partsWithheld += this.#awaited.size
    this.#awaited.clear()
  }

  #check(name: string, check: PartCheck): void {
    const position = this.#position
    this.#checks.part(check, (problem) => {
      if (problem === null) this.#counts.parts++
      else this.#book.raise(position, 'commitment', `payload ${name} ${problem}`)
    })
  }

  #missing(name: string): void {
    this.#alarm('part-missing', `payload ${name} is missing without a warrant`)
  }

  #alarm(what: 'encoding' | 'part-missing' | 'commitment', detail: string): void {
    this.#book.raise(this.#position, what, detail)
  }
}
