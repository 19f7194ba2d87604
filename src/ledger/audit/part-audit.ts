/** Sealed payloads: each opens, is what its author signed, and none is missing without a warrant. Works on one commit at a time. */
import type { CommitHeader, SealedPartRef } from '../commit.ts'
import { matches, open, PartError, sizeClass } from '../part.ts'
import type { PartRecord } from './export-format.ts'
import type { AlarmBook, Counter } from './report.ts'

export class PartAudit {
  readonly #book: AlarmBook
  readonly #counts: Counter
  #position = -1
  /** Sealed parts of the commit that have not come yet, by `event/part`. */
  readonly #awaited = new Map<string, SealedPartRef>()

  constructor(book: AlarmBook, counts: Counter) {
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
    const problem = record.ciphertext === null || record.key === null ? null : verdict(signed, record.ciphertext, record.key)
    if (record.ciphertext === null) this.#missing(name)
    else if (record.key === null) this.#alarm('part-missing', `payload ${name}: its key is missing without a warrant`)
    else if (problem !== null) this.#alarm('commitment', `payload ${name} ${problem}`)
    else this.#counts.parts++
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

  #missing(name: string): void {
    this.#alarm('part-missing', `payload ${name} is missing without a warrant`)
  }

  #alarm(what: 'encoding' | 'part-missing' | 'commitment', detail: string): void {
    this.#book.raise(this.#position, what, detail)
  }
}

function verdict(signed: SealedPartRef, ciphertext: Uint8Array, key: Uint8Array): string | null {
  try {
    const opened = open(ciphertext, key)
    if (!matches(signed.commitment, signed.codec, opened)) return 'is not what was signed'
    const bytes = opened.plaintext.length
    return sizeClass(bytes) === signed.sizeClass ? null : `has ${bytes} bytes, which is not size class ${signed.sizeClass}`
  } catch (error) {
    if (error instanceof PartError || error instanceof RangeError) return 'does not open: it or its key was altered'
    throw error
  }
}
