/** Which log a commit was made for: the one origin, or after breaks each in its time. Every break is in the log itself, signed by the instance. */
import { hash } from 'node:crypto'
import type { CommitHeader } from '../commit.ts'
import { breakIn, firstOrigin, type LogBreak, LogBreakError, nextOrigin, parseOrigin, problemWithBreak } from '../log-break.ts'
import { parseCheckpoint } from '../tlog/checkpoint.ts'
import { NoteError, parseNote } from '../tlog/note.ts'
import type { AlarmBook, Counter } from './report.ts'
import type { AuditTree } from './tree.ts'

export class OriginAudit {
  readonly #tree: AuditTree
  readonly #book: AlarmBook
  readonly #counts: Counter
  #origin = ''
  #log: Uint8Array = new Uint8Array()
  #final = ''
  /** Actor of the first entry. */
  #instance: Uint8Array | null = null

  constructor(tree: AuditTree, book: AlarmBook, counts: Counter) {
    this.#tree = tree
    this.#book = book
    this.#counts = counts
  }

  /** The origin in force after the entries taken so far. */
  get current(): string {
    return this.#origin
  }

  /** The actor of the instance itself; null when the first entry was not read. */
  get instance(): Uint8Array | null {
    return this.#instance
  }

  /** @param origin  of the newest checkpoint. @param from  the one in force at the first entry; without it, as many breaks are expected as its number says */
  begin(origin: string, from: string = firstOf(origin)): void {
    this.#final = origin
    this.#enter(from)
  }

  /** To be called for every commit in its place, before the tree has it. */
  take(header: CommitHeader, position: number): void {
    if (position === 0) this.#instance = new Uint8Array(header.actor)
    const record = this.#breakIn(header, position)
    if (record !== null) this.#break(record, header, position)
    if (Buffer.compare(header.log, this.#log) !== 0) this.#book.raise(position, 'log', `was made for another log than ${this.#origin}`)
  }

  /** No more commits will come. */
  end(): void {
    if (this.#origin !== this.#final)
      this.#book.raise(this.#tree.size, 'break', `says to be the log ${this.#final}; by its entries it is ${this.#origin}`)
  }

  /** All of it, to go on from another time. */
  save(): { readonly origin: string; readonly instance: Uint8Array | null } {
    return { origin: this.#origin, instance: this.#instance }
  }

  /** As {@link OriginAudit.save} gave it, after {@link OriginAudit.begin}. */
  load({ origin, instance }: ReturnType<OriginAudit['save']>): void {
    this.#enter(origin)
    this.#instance = instance
  }

  #enter(origin: string): void {
    this.#origin = origin
    this.#log = hash('sha256', origin, 'buffer')
  }

  #breakIn(header: CommitHeader, position: number): LogBreak | null {
    try {
      return breakIn(header)
    } catch (error) {
      if (!(error instanceof LogBreakError)) throw error
      this.#book.raise(position, 'break', error.message)
      return null
    }
  }

  #break(record: LogBreak, { actor }: CommitHeader, position: number): void {
    const before = { origin: this.#origin, size: this.#tree.size, root: this.#tree.root(), instance: this.#instance ?? actor }
    const problem = problemWithBreak(record, actor, before) ?? problemWithNote(record)
    if (problem !== null) this.#book.raise(position, 'break', problem)
    this.#counts.breaks++
    if (record.origin === this.#origin) this.#enter(nextOrigin(this.#origin))
  }
}

/** What a break says it lost, it must be able to show. The key of an ended log is not known here: who lost what was signed in the commit. */
function problemWithNote({ origin, size, note }: LogBreak): string | null {
  if (note === null) return null
  try {
    const checkpoint = parseCheckpoint(parseNote(Buffer.from(note).toString()).text)
    return checkpoint.origin === origin && checkpoint.size > size ? null : 'the checkpoint it holds does not show what was lost'
  } catch (error) {
    if (error instanceof NoteError) return `the checkpoint it holds is malformed: ${error.message}`
    throw error
  }
}

/** Origins of another form than ours have no breaks. */
function firstOf(origin: string): string {
  try {
    return firstOrigin(parseOrigin(origin).host)
  } catch (error) {
    if (error instanceof LogBreakError) return origin
    throw error
  }
}
