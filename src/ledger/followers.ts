/** Who is told of every batch: in order, without gaps, after it is durable and published. */
import type { Log } from './log.ts'
import type { LedgerBatch } from './types.ts'

export type Follower = (batch: LedgerBatch) => void

export class Followers {
  readonly #all = new Set<{ readonly follower: Follower }>()
  readonly #log: Log

  constructor(log: Log) {
    this.#log = log
  }

  /** @returns stop following */
  add(follower: Follower): () => void {
    const place = { follower }
    this.#all.add(place)
    return () => this.#all.delete(place)
  }

  /** A follower that throws has lost nothing but its own turn: the others are told, and it is told of the next batch. */
  tell(batch: LedgerBatch): void {
    for (const { follower } of this.#all) {
      try {
        const answer: unknown = follower(batch)
        if (answer instanceof Promise) answer.catch((error: unknown) => this.#report(error, batch)) // an async function passes for a follower
      } catch (error) {
        this.#report(error, batch)
      }
    }
  }

  #report(error: unknown, { head }: LedgerBatch): void {
    this.#log('error', 'a follower of the ledger threw', { error: String(error), size: head.size })
  }
}
