/**
 * A number for every event that grows along the log and tells its time: the id of what an event causes. It is the commit's time as a snowflake
 * (ms × 65536), or the number after the last one where commits came at once or late.
 */
import type { RecordedEvent } from '../events/catalogue.ts'
import type { LedgerCommit } from '../ledger/types.ts'

const SEQUENCE = 65_536n

export class Moments {
  #next: bigint
  readonly #first = new Map<number, bigint>()

  /** @param next  the least that the next event may get; kept with the rows */
  constructor(next: bigint) {
    this.#next = next
  }

  get next(): bigint {
    return this.#next
  }

  /** Numbers the events of these commits, which follow on those before, also those events that nobody folds or that were erased. */
  static after(next: bigint, commits: readonly LedgerCommit[]): Moments {
    const moments = new Moments(next)
    for (const commit of commits) moments.#number(commit)
    return moments
  }

  of({ position, index }: Pick<RecordedEvent, 'position' | 'index'>): bigint {
    const first = this.#first.get(position)
    if (first === undefined) throw new RangeError(`no commit ${position} in this batch`)
    return first + BigInt(index)
  }

  #number({ position, time, events }: LedgerCommit): void {
    const snowflake = BigInt(time) * SEQUENCE
    const first = snowflake > this.#next ? snowflake : this.#next
    this.#first.set(position, first)
    this.#next = first + BigInt(events.length)
  }
}
