/** Where each author's chain stands: the last commit of every key in every lane, and every key's clock. */
import { compare, type Hlc } from '../hlc.ts'
import type { Lane } from '../types.ts'

export type Link = { readonly seq: number; readonly id: Uint8Array; readonly position: number }
export type Tick = Hlc & { readonly position: number }

export class Chains {
  /** By lane and key: `public <hex>`. */
  readonly #links = new Map<string, Link>()
  /** By key, hex. */
  readonly #clocks = new Map<string, Tick>()

  /** Number of chains: of pairs of key and lane. */
  get count(): number {
    return this.#links.size
  }

  /**
   * The problem with a commit as the next of its chain, or null. Either way the chain goes on from this commit.
   *
   * @param key     key id, hex
   * @param midway  the chain may have begun where this audit did not look
   */
  link(key: string, lane: Lane, next: Link & { readonly prev: Uint8Array | null }, midway: boolean): string | null {
    const chain = `${lane} ${key}`
    const last = this.#links.get(chain)
    this.#links.set(chain, { seq: next.seq, id: next.id, position: next.position })
    if (last === undefined && midway) return null
    const expected = last === undefined ? 0 : last.seq + 1
    if (next.seq !== expected) return `number ${next.seq} of its chain (key ${key}, ${lane}) where ${expected} belongs`
    if (last === undefined) return next.prev === null ? null : `the first of its chain (key ${key}, ${lane}) names a predecessor`
    if (next.prev !== null && Buffer.compare(next.prev, last.id) === 0) return null
    return `does not name the commit before it in its chain (key ${key}, ${lane}), which is entry ${last.position}`
  }

  /** The problem with a key's clock, or null. Either way the clock stands at `hlc` then. */
  tick(key: string, hlc: Hlc, position: number): string | null {
    const last = this.#clocks.get(key)
    this.#clocks.set(key, { time: hlc.time, counter: hlc.counter, position })
    if (last === undefined || compare(hlc, last) > 0) return null
    return `its clock (${hlc.time}.${hlc.counter}) is not after the one of entry ${last.position} by the same key (${last.time}.${last.counter})`
  }

  /** All of it, to go on from another time. */
  save(): { readonly links: readonly (readonly [string, Link])[]; readonly clocks: readonly (readonly [string, Tick])[] } {
    return { links: [...this.#links], clocks: [...this.#clocks] }
  }

  /** As {@link Chains.save} gave it. */
  load({ links, clocks }: ReturnType<Chains['save']>): void {
    for (const [chain, link] of links) this.#links.set(chain, link)
    for (const [key, tick] of clocks) this.#clocks.set(key, tick)
  }
}
