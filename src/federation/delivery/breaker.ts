/** When to stop asking a host that is down, and when to try it again. Pure: a fold over answers. */

export type Breaker = {
  /** In a row, without any answer between. */
  readonly failures: number
  /** Milliseconds; of the first of them. */
  readonly firstFailure: number | null
  /** How often in a row the breaker opened. */
  readonly opens: number
  /** Milliseconds; nothing is sent before, then one message as a probe. */
  readonly openUntil: number | null
}

export const CLOSED: Breaker = { failures: 0, firstFailure: null, opens: 0, openUntil: null }

const FAILURES = 5
const WINDOW_MS = 10 * 60_000
const FIRST_OPEN_MS = 5_000
const LONGEST_OPEN_MS = 6 * 3_600_000

/** The host answered, whatever it said: it is up. */
export const afterAnswer = (): Breaker => CLOSED

/** No answer, or one that says the server is broken (5xx). @param random 0 ≤ x < 1 */
export function afterFailure(state: Breaker, now: number, random: number): Breaker {
  const probing = state.opens > 0
  const stale = state.firstFailure !== null && now - state.firstFailure > WINDOW_MS
  const failures = stale && !probing ? 1 : state.failures + 1
  const firstFailure = stale || state.firstFailure === null ? now : state.firstFailure
  if (failures < FAILURES && !probing) return { ...state, failures, firstFailure }
  const opens = state.opens + 1
  return { failures, firstFailure, opens, openUntil: now + jittered(Math.min(FIRST_OPEN_MS * 2 ** (opens - 1), LONGEST_OPEN_MS), random) }
}

/** `closed`: send. `open`: wait. `probe`: send one and see. */
export function standing({ openUntil }: Breaker, now: number): 'closed' | 'open' | 'probe' {
  if (openUntil === null) return 'closed'
  return openUntil > now ? 'open' : 'probe'
}

const FIRST_RETRY_MS = 1_000
const LONGEST_RETRY_MS = 6 * 3_600_000

/** Milliseconds until a message is tried again after its nth failure (from 1): 1 s, 2 s, 4 s … 6 h, each ± 20 %. */
export const retryDelay = (attempts: number, random: number): number =>
  jittered(Math.min(FIRST_RETRY_MS * 2 ** (attempts - 1), LONGEST_RETRY_MS), random)

const jittered = (ms: number, random: number): number => Math.round(ms * (0.8 + 0.4 * random))
