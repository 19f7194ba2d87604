/** Who may sign, and where each chain stands: keys registered so far, the last commit of every key in every lane, every key's clock. */
import { compare, type Hlc } from '../hlc.ts'
import type { Lane } from '../types.ts'

export type Author = {
  readonly actor: string
  /** 32 bytes. */
  readonly publicKey: Uint8Array
  readonly registeredAt: number
}

type Link = { readonly seq: number; readonly id: Uint8Array; readonly position: number }

export class Authors {
  readonly #keys = new Map<string, Author>()
  readonly #actors = new Set<string>()
  readonly #chains = new Map<string, Link>()
  readonly #clocks = new Map<string, { readonly hlc: Hlc; readonly position: number }>()

  get keyCount(): number {
    return this.#keys.size
  }

  get actorCount(): number {
    return this.#actors.size
  }

  get chainCount(): number {
    return this.#chains.size
  }

  /** The problem with registering `key` for an actor, or null when it is done. @param key  key id, hex */
  register(key: string, author: Author): string | null {
    const holder = this.#keys.get(key)
    if (holder !== undefined) return `key ${key} was already registered, at ${holder.registeredAt}`
    this.#keys.set(key, author)
    this.#actors.add(author.actor)
    return null
  }

  find(key: string): Author | null {
    return this.#keys.get(key) ?? null
  }

  /** The problem with a commit as the next of its chain, or null. Either way the chain goes on from this commit. */
  link(key: string, lane: Lane, next: { seq: number; prev: Uint8Array | null; id: Uint8Array; position: number }): string | null {
    const chain = `${lane} ${key}`
    const last = this.#chains.get(chain)
    this.#chains.set(chain, { seq: next.seq, id: next.id, position: next.position })
    const expected = last === undefined ? 0 : last.seq + 1
    if (next.seq !== expected) return `number ${next.seq} of its chain (key ${key}, ${lane}) where ${expected} belongs`
    if (last === undefined) return next.prev === null ? null : `the first of its chain (key ${key}, ${lane}) names a predecessor`
    if (next.prev !== null && Buffer.compare(next.prev, last.id) === 0) return null
    return `does not name the commit before it in its chain (key ${key}, ${lane}), which is entry ${last.position}`
  }

  /** The problem with a key's clock, or null. Either way the clock stands at `hlc` then. */
  tick(key: string, hlc: Hlc, position: number): string | null {
    const last = this.#clocks.get(key)
    this.#clocks.set(key, { hlc, position })
    if (last === undefined || compare(hlc, last.hlc) > 0) return null
    return `its clock (${hlc.time}.${hlc.counter}) is not after the one of entry ${last.position} by the same key (${last.hlc.time}.${last.hlc.counter})`
  }
}
