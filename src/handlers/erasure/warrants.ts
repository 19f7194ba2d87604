/** Places on their way into warrants: public and private apart, and not too many in one. The instance signs. */
import type { CommitDraft, EventDraft, Lane, Receipt } from '../../ledger/types.ts'
import { eraseEvent, type Place } from '../../ledger/warrant.ts'
import type { Ground } from './deletions.ts'

/** Fewer than a warrant may name: whoever else appends waits while these are destroyed, about 30 ms. */
const PER_WARRANT = 500

export type Appends = { append(draft: CommitDraft): Promise<Receipt> }

export class Warrants {
  readonly #ledger: Appends
  readonly #ground: Ground
  readonly #places: { readonly [L in Lane]: Place[] } = { public: [], private: [] }

  constructor(ledger: Appends, ground: Ground) {
    this.#ledger = ledger
    this.#ground = ground
  }

  /** @param lane  of the commit that the places are in */
  async add(lane: Lane, places: readonly Place[]): Promise<void> {
    this.#places[lane].push(...places)
    while (this.#places[lane].length >= PER_WARRANT) await this.#append(lane, this.#places[lane].splice(0, PER_WARRANT), [])
  }

  /** Erases what is left. @param also  events for the same private commit */
  async flush(also: readonly EventDraft[] = []): Promise<void> {
    await this.#append('public', this.#places.public.splice(0), [])
    await this.#append('private', this.#places.private.splice(0), also)
  }

  async #append(lane: Lane, places: readonly Place[], also: readonly EventDraft[]): Promise<void> {
    const warrant = places.length === 0 ? [] : [eraseEvent(lane, { reason: this.#ground, places })]
    const events = [...warrant, ...also]
    if (events.length > 0) await this.#ledger.append({ signer: 'instance', lane, events })
  }
}
