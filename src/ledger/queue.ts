/** The writer's waiting room: bounded in drafts and bytes, emptied a batch at a time. */
import { LedgerFault } from './types.ts'

export type Limits = {
  /** Drafts that may wait. */
  readonly drafts: number
  /** Bytes that may wait. */
  readonly bytes: number
  /** Drafts in one batch. */
  readonly batchDrafts: number
  /** A batch ends with the draft that brings it to this many bytes. */
  readonly batchBytes: number
}

export const LIMITS: Limits = { drafts: 20_000, bytes: 128 * 1024 * 1024, batchDrafts: 1_000, batchBytes: 8 * 1024 * 1024 }

export class BatchQueue<T extends { readonly bytes: number }> {
  readonly #limits: Limits
  #items: T[] = []
  #bytes = 0
  #wake: (() => void) | null = null
  #closed = false

  constructor(limits: Limits) {
    this.#limits = limits
  }

  /** One item more may bring the queue over its limit of bytes. @throws {LedgerFault} RETRY_LATER when the queue is full */
  assertRoom(): void {
    if (this.#items.length < this.#limits.drafts && this.#bytes < this.#limits.bytes) return
    throw new LedgerFault('RETRY_LATER', 'The ledger is busy: too many appends are waiting.')
  }

  /** Items that wait. */
  get length(): number {
    return this.#items.length
  }

  push(item: T): void {
    this.#items.push(item)
    this.#bytes += item.bytes
    this.#wake?.()
  }

  /** Items that were taken before wait again, before all others. */
  putBack(items: readonly T[]): void {
    this.#items.unshift(...items)
    for (const { bytes } of items) this.#bytes += bytes
    this.#wake?.()
  }

  /** Everything that waits, up to the limits of a batch; waits for the first. Empty only when the queue was closed and is drained. */
  async take(): Promise<T[]> {
    await this.ready()
    let count = 0
    let bytes = 0
    for (const item of this.#items) {
      if (count === this.#limits.batchDrafts || bytes >= this.#limits.batchBytes) break
      count += 1
      bytes += item.bytes
    }
    this.#bytes -= bytes
    return this.#items.splice(0, count)
  }

  /** Resolves when something waits, or the queue was closed. */
  async ready(): Promise<void> {
    while (this.#items.length === 0 && !this.#closed) {
      await new Promise<void>((resolve) => (this.#wake = resolve))
      this.#wake = null
    }
  }

  /** Everything that waits, at once. */
  clear(): T[] {
    const items = this.#items
    this.#items = []
    this.#bytes = 0
    return items
  }

  /** Lets {@link take} drain what waits and then end. Push nothing more. */
  close(): void {
    this.#closed = true
    this.#wake?.()
  }
}
