/** How much strangers may send: per key a bucket of tokens that fills again at a steady rate, and a gate for what is under way. */
import { LRUCache } from 'lru-cache'

export type Bucket = {
  /** Tokens in a full one. */
  readonly burst: number
  readonly perSecond: number
}

export type Limits = {
  /** Per network address, whoever it says it is: counted before anything is read. */
  readonly address: Bucket
  /** Per origin that has shown, by a signature, who it is. Others cannot use it up. */
  readonly origin: Bucket
  /** Requests under way, in all and per network address: each may hold a body in memory for as long as it takes to come. */
  readonly atOnce: { readonly all: number; readonly address: number }
}

/** A large server at its busiest sends some dozen a second. */
export const USUAL_LIMITS: Limits = {
  address: { burst: 10_000, perSecond: 200 },
  origin: { burst: 10_000, perSecond: 200 },
  atOnce: { all: 1_024, address: 128 },
}

/** Tokens for a body: long ones cost more, for they are kept. */
export const costOf = (bytes: number): number => Math.max(1, Math.ceil(bytes / 8_192))

/** What a request costs that we had to look at for nothing: forged, malformed, too large. */
export const REFUSED = 20

/** Buckets in memory; those not seen for longest are forgotten, which fills them. */
const REMEMBERED = 50_000

/** Buckets by key. Lost with the process, which does no harm. */
export class Limiter {
  readonly #bucket: Bucket
  readonly #now: () => number
  readonly #levels = new LRUCache<string, { tokens: number; at: number }>({ max: REMEMBERED })

  /** @param now milliseconds */
  constructor(bucket: Bucket, now: () => number) {
    this.#bucket = bucket
    this.#now = now
  }

  /** Takes tokens. Returns 0 when there were enough, else the milliseconds until there are; then none were taken. O(1). */
  take(key: string, cost = 1): number {
    const tokens = this.#tokens(key)
    if (tokens < cost) return Math.ceil(((cost - tokens) / this.#bucket.perSecond) * 1_000)
    this.#levels.set(key, { tokens: tokens - cost, at: this.#now() })
    return 0
  }

  /** Takes tokens that may not be there: the key waits the longer for it, at most as long as an empty bucket takes to fill. */
  charge(key: string, cost: number): void {
    this.#levels.set(key, { tokens: Math.max(this.#tokens(key) - cost, -this.#bucket.burst), at: this.#now() })
  }

  #tokens(key: string): number {
    const level = this.#levels.get(key)
    if (level === undefined) return this.#bucket.burst
    const gained = (Math.max(0, this.#now() - level.at) / 1_000) * this.#bucket.perSecond
    return Math.min(this.#bucket.burst, level.tokens + gained)
  }
}

/** Lets so many in at once. */
export class Gate {
  readonly #limits: Limits['atOnce']
  readonly #inside = new Map<string, number>()
  #all = 0

  constructor(limits: Limits['atOnce']) {
    this.#limits = limits
  }

  /** False when there is no place; who was let in must leave. */
  enter(key: string): boolean {
    const inside = this.#inside.get(key) ?? 0
    if (this.#all >= this.#limits.all || inside >= this.#limits.address) return false
    this.#inside.set(key, inside + 1)
    this.#all++
    return true
  }

  leave(key: string): void {
    const inside = (this.#inside.get(key) ?? 1) - 1
    if (inside === 0) this.#inside.delete(key)
    else this.#inside.set(key, inside)
    this.#all--
  }
}
