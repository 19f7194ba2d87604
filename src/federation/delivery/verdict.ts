/** What an answer to a delivery means for the message, and for the host. Pure. */
import type { FetchAnswer, FetchFault } from '../../host/fetch.ts'

export type SendVerdict = {
  readonly outcome: 'delivered' | 'failed' | 'retry'
  /** False when the host is down or broken. */
  readonly hostIsUp: boolean
  /** Milliseconds the host asked us to wait. */
  readonly waitMs: number | null
  readonly status: number | null
  readonly error: string | null
}

/** Tries in all before a message is given up. */
export const MAX_ATTEMPTS = 24
/** For answers that usually stay the same: the other side could not check our signature. */
const MAX_UNAUTHORIZED = 4
const LONGEST_WAIT_MS = 6 * 3_600_000

/** @param attempts that failed before this one @param now milliseconds, for a `Retry-After` that is a date */
export function afterAnswer({ status, headers }: Pick<FetchAnswer, 'status' | 'headers'>, attempts: number, now: number): SendVerdict {
  const verdict = (outcome: SendVerdict['outcome'], rest: Partial<SendVerdict> = {}): SendVerdict => ({
    outcome,
    hostIsUp: true,
    waitMs: null,
    status,
    error: outcome === 'delivered' ? null : `answered ${status}`,
    ...rest,
  })
  const again = (rest: Partial<SendVerdict> = {}) => verdict(attempts + 1 < MAX_ATTEMPTS ? 'retry' : 'failed', rest)
  if (status >= 200 && status < 300) return verdict('delivered')
  if (status === 429) return again({ waitMs: retryAfter(headers['retry-after'], now) })
  if (status >= 500)
    return again({ hostIsUp: status === 503 && headers['retry-after'] !== undefined, waitMs: retryAfter(headers['retry-after'], now) })
  if (status === 401 || status === 403) return verdict(attempts + 1 < MAX_UNAUTHORIZED ? 'retry' : 'failed')
  return status === 408 || status === 425 ? again() : verdict('failed')
}

export const afterFault = ({ code, message }: FetchFault, attempts: number): SendVerdict => ({
  outcome: code === 'RETRY_LATER' && attempts + 1 < MAX_ATTEMPTS ? 'retry' : 'failed',
  hostIsUp: code === 'GIVE_UP',
  waitMs: null,
  status: null,
  error: message.slice(0, 500),
})

/** Something of ours went wrong before anything was sent: the host has nothing to do with it, and the next message may fare better. */
export const afterError = (error: unknown, attempts: number): SendVerdict => ({
  outcome: attempts + 1 < MAX_UNAUTHORIZED ? 'retry' : 'failed',
  hostIsUp: true,
  waitMs: null,
  status: null,
  error: String(error).slice(0, 500),
})

/** Seconds or a date, as milliseconds from now, at most six hours. @see RFC 9110 section 10.2.3 */
function retryAfter(header: string | undefined, now: number): number | null {
  if (header === undefined) return null
  const ms = /^\d+$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - now
  return Number.isNaN(ms) || ms < 0 ? null : Math.min(ms, LONGEST_WAIT_MS)
}
