/**
 * Hybrid logical clock: wall time that never runs backwards along a chain of causes. Pure; the caller brings the clock.
 *
 * @see Kulkarni et al., "Logical Physical Clocks" (2014), figure 5
 */
export type Hlc = {
  /** Milliseconds since the epoch, 48 bits. */
  readonly time: number
  /** Tells readings of one millisecond apart, 16 bits. */
  readonly counter: number
}

export const MAX_TIME = 2 ** 48 - 1
export const MAX_COUNTER = 2 ** 16 - 1

/** How far ahead of our clock a reading may be, in ms. Being behind is normal: offline commits arrive late. */
export const PEER_DRIFT_MS = 60_000
export const CLIENT_DRIFT_MS = 300_000

/** Reading before every other. */
export const ORIGIN: Hlc = { time: 0, counter: 0 }

/**
 * The next reading of our own clock: after `last` even when the wall clock stood still or went back.
 *
 * @throws {RangeError} when `nowMs` is not a whole number of ms in 48 bits
 */
export function tick(last: Hlc, nowMs: number): Hlc {
  assertWallClock(nowMs)
  return nowMs > last.time ? { time: nowMs, counter: 0 } : next(last)
}

/**
 * Our clock after having seen `remote`, or null when `remote` is further ahead of our wall clock than `maxDriftMs`: refuse the message then.
 *
 * Call it only after the signature was verified: an unsigned reading must not move the clock.
 */
export function receive(last: Hlc, remote: Hlc, nowMs: number, maxDriftMs: number = PEER_DRIFT_MS): Hlc | null {
  assertWallClock(nowMs)
  if (isAhead(remote, nowMs, maxDriftMs)) return null
  return tick(compare(last, remote) < 0 ? remote : last, nowMs)
}

/** True when `reading` is more than `maxDriftMs` ahead of the wall clock. */
export function isAhead(reading: Hlc, nowMs: number, maxDriftMs: number): boolean {
  return reading.time - nowMs > maxDriftMs
}

/** Negative, zero or positive, as Array.sort wants it. */
export function compare(a: Hlc, b: Hlc): number {
  return a.time - b.time || a.counter - b.counter
}

/** A full counter moves the time on by a millisecond; it never wraps. */
function next({ time, counter }: Hlc): Hlc {
  return counter < MAX_COUNTER ? { time, counter: counter + 1 } : { time: time + 1, counter: 0 }
}

function assertWallClock(nowMs: number): void {
  if (!Number.isInteger(nowMs) || nowMs < 0 || nowMs > MAX_TIME) throw new RangeError(`${nowMs} is not a 48-bit time in whole ms`)
}
