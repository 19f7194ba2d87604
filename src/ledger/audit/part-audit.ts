/** Sealed payloads, commit by commit: each opens and is what its author signed, or it is missing and wants a warrant. */
import type { CommitHeader, SealedPartRef } from '../commit.ts'
import type { PartCheck } from './check-batch.ts'
import type { Checks } from './checks.ts'
import type { ErasureAudit } from './erasure-audit.ts'
import type { PartRecord } from './export-format.ts'
import type { AlarmBook, Counter } from './report.ts'

type Owner = Pick<CommitHeader, 'actor' | 'lane' | 'events'>

export class PartAudit {
  readonly #checks: Checks
  readonly #book: AlarmBook
  readonly #counts: Counter
  readonly #erasures: ErasureAudit
  #position = -1
  #owner: Owner | null = null
  /** Payloads before this position are not opened. */
  #trustedBefore = 0
  /** Sealed parts of the commit that have not come yet, by `event/part`. */
  readonly #awaited = new Map<string, SealedPartRef>()

  constructor(checks: Checks, book: AlarmBook, counts: Counter, erasures: ErasureAudit) {
    this.#checks = checks
    this.#book = book
    this.#counts = counts
    this.#erasures = erasures
  }

  /** What stands before `position` is under a checkpoint that is trusted: its payloads were opened before. */
  trustBefore(position: number): void {
    this.#trustedBefore = position
  }

  /** The parts of this commit may follow; those of the one before it have ended. @param header  null when the commit could not be read */
  begin(position: number, header: Owner | null): void {
    this.#position = position
    this.#owner = header
    if (header === null) return
    for (const [event, { parts }] of header.events.entries()) {
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
    if (ciphertext === null || key === null) this.#missing(name)
    else if (record.position >= this.#trustedBefore) this.#check(name, { ...signed, ciphertext, key })
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
    const [event = 0, index = 0] = name.split('/').map(Number)
    if (this.#owner !== null) this.#erasures.missing({ position: this.#position, event, index }, this.#owner)
  }

  #alarm(what: 'encoding', detail: string): void {
    this.#book.raise(this.#position, what, detail)
  }
}
