/** How often somebody may ask: windows of fixed length per key, and the X-RateLimit headers. In this process's memory: it may be lost. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { networkOf } from '../host/network.ts'
import type { ApiDeps } from './deps.ts'
import { ApiError } from './errors.ts'

export { networkOf } from '../host/network.ts'

export type Window = { readonly limit: number; readonly seconds: number }
export type Allowance = { readonly allowed: boolean; readonly remaining: number /** Milliseconds since the epoch. */; readonly resetAt: number }

const MAX_KEYS = 50_000
const SHARED_COUNTS = 4_096

/** Counts per key in windows aligned to the clock. Memory is bounded: beyond `MAX_KEYS` the newcomers of a window share some thousand counts. */
export class RateLimiter {
  readonly window: Window
  readonly #now: () => number
  #counts = new Map<string, number>()
  #current = 0

  constructor(window: Window, now: () => number) {
    this.window = window
    this.#now = now
  }

  /** Takes one from the key's allowance. O(1). */
  take(key: string): Allowance {
    const period = this.window.seconds * 1000
    const current = Math.floor(this.#now() / period)
    if (current !== this.#current) {
      this.#current = current
      this.#counts = new Map()
    }
    const slot = this.#counts.has(key) || this.#counts.size < MAX_KEYS ? key : sharedSlot(key)
    const count = (this.#counts.get(slot) ?? 0) + 1
    this.#counts.set(slot, count)
    return { allowed: count <= this.window.limit, remaining: Math.max(0, this.window.limit - count), resetAt: (current + 1) * period }
  }

  /** Gives the whole allowance back, e.g. after a correct password. */
  forget(key: string): void {
    this.#counts.delete(key)
  }
}

/** One of so many, always the same for a key (FNV-1a). */
function sharedSlot(key: string): string {
  let hash = 0x81_1c_9d_c5
  for (const byte of Buffer.from(key)) hash = Math.imul(hash ^ byte, 0x01_00_01_93)
  return `#${(hash >>> 0) % SHARED_COUNTS}`
}

const MINUTE = 60

/** Windows a route may choose by `config: { limit: 'media' }`; without a choice it is the one of its scope, `none` is for streams and files. */
const WINDOWS = {
  default: { limit: 300, seconds: 5 * MINUTE },
  media: { limit: 30, seconds: 30 * MINUTE },
  delete: { limit: 30, seconds: 30 * MINUTE },
  apps: { limit: 30, seconds: 30 * MINUTE },
  /** A vault is read by machines, page by page, and searched with every key pressed. */
  vault: { limit: 1_200, seconds: MINUTE },
  page: { limit: 300, seconds: 5 * MINUTE },
  /** Proofs and checkpoints are computed for whoever asks. */
  log: { limit: 1_200, seconds: MINUTE },
  /** Auditors read a log from its beginning, 256 entries at a time: a million in eight thousand requests. */
  tiles: { limit: 6_000, seconds: MINUTE },
} as const satisfies Record<string, Window>

/** Answers that caches may keep say nothing about whom they were first given to. */
const UNTOLD: ReadonlySet<LimitName> = new Set<LimitName>(['page', 'log', 'tiles'])

export type LimitName = keyof typeof WINDOWS | 'none'

declare module 'fastify' {
  interface FastifyContextConfig {
    limit?: LimitName
  }
}

/**
 * Counts a request against its account, or its network when it has none, sets the headers, and throws 429 when it was too much.
 *
 * @param usual of routes that choose no window
 */
export function createLimit(
  deps: Pick<ApiDeps, 'config' | 'now'>,
  usual: LimitName = 'default',
): (request: FastifyRequest, reply: FastifyReply) => void {
  const limiters = new Map(
    Object.entries(WINDOWS).map(([name, window]) => [
      name,
      { accounts: new RateLimiter(window, deps.now), networks: new RateLimiter(window, deps.now) }, // apart: a flood of networks never reaches people
    ]),
  )
  return (request, reply) => {
    const name = request.routeOptions.config.limit ?? usual
    const limiter = limiters.get(name)
    if (!deps.config.rateLimits || limiter === undefined) return
    const id = request.viewer?.account?.id
    const allowance = id === undefined ? limiter.networks.take(networkOf(request.ip)) : limiter.accounts.take(id)
    if (!UNTOLD.has(name)) {
      reply.header('X-RateLimit-Limit', limiter.networks.window.limit)
      reply.header('X-RateLimit-Remaining', allowance.remaining)
      reply.header('X-RateLimit-Reset', new Date(allowance.resetAt).toISOString())
    }
    if (!allowance.allowed) throw tooMany(allowance, deps.now())
  }
}

/** 429 with the time after which to try again. */
export function tooMany(allowance: Allowance, now: number): ApiError {
  return new ApiError(429, 'Too many requests', {}, { 'retry-after': String(Math.max(1, Math.ceil((allowance.resetAt - now) / 1000))) })
}
