/**
 * States of long streams, kept from one request to the next: who talks on does not read again what was said. A kept state is a guess like any
 * other: the ledger checks that nothing was added since, and when something was, only that is read. Holds no text but what its decider keeps.
 */
import { LRUCache } from 'lru-cache'
import type { Folded } from './decider.ts'

/** What a decider made of a stream up to a revision. */
export type Kept = { readonly decider: object; readonly revision: number; readonly folded: Folded }

/** Events that all kept states together may be made of: some 200 bytes each. */
const MOST_EVENTS = 100_000

export class Remembered {
  readonly #kept = new LRUCache<string, Kept>({ maxSize: MOST_EVENTS, sizeCalculation: ({ revision }) => revision + 1 })

  of(stream: string): Kept | null {
    return this.#kept.get(stream) ?? null
  }

  keep(stream: string, kept: Kept): void {
    this.#kept.set(stream, kept)
  }
}
