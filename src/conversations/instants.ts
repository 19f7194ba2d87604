/** Moments as sources write them: kept as they were written, and read where they can be. Pure. */
import type { Instant } from '../events/conversations.ts'

export const UNKNOWN: Instant = { value: null, original: null, confidence: 'unknown' }

/** Years that are read: what is outside is kept as it was written, and is not believed. */
const EARLIEST = Date.UTC(1970, 0, 1, 0, 0, 1)
const LATEST = Date.UTC(2200, 0, 1)

/** @param ms  since the epoch. @param original  as the source writes it */
function at(ms: number, original: string | number, confidence: Instant['confidence'] = 'exact'): Instant {
  const whole = Math.round(ms)
  if (!(whole >= EARLIEST && whole < LATEST)) return { value: null, original: shortened(original), confidence: 'unknown' }
  return { value: new Date(whole).toISOString(), original: shortened(original), confidence }
}

const shortened = (original: string | number): string | number | null => {
  if (typeof original === 'number') return Number.isFinite(original) ? original : null
  return original.slice(0, 100).toWellFormed().replaceAll('\0', '\ufffd')
}

/** Seconds since the epoch, as a number or its text; anything else: unknown. */
export function fromSeconds(value: unknown): Instant {
  if (typeof value === 'number') return at(value * 1000, value)
  if (typeof value === 'string' && /^\d{1,12}(\.\d{1,9})?$/.test(value)) return at(Number(value) * 1000, value)
  return UNKNOWN
}

/** Milliseconds since the epoch, as a number or its text; anything else: unknown. */
export function fromMillis(value: unknown): Instant {
  if (typeof value === 'number') return at(value, value)
  if (typeof value === 'string' && /^\d{1,15}$/.test(value)) return at(Number(value), value)
  return UNKNOWN
}

const ISO = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2})?)(?:[.,](\d{1,9}))?\s?(Z|[+-]\d{2}:?\d{2})?)?$/i

/** ISO 8601, with or without offset. Without one it is read as UTC, and called inferred; a day alone as its beginning. */
export function fromIso(value: unknown): Instant {
  if (typeof value !== 'string' || value === '') return UNKNOWN
  const match = ISO.exec(value.trim())
  if (match === null || !isDay(match[1] ?? '')) return { value: null, original: shortened(value), confidence: 'unknown' }
  const [, day = '', time = '00:00', fraction = '0', offset] = match
  const text = `${day}T${time.length === 5 ? `${time}:00` : time}.${fraction.slice(0, 3).padEnd(3, '0')}${offset?.toUpperCase() ?? 'Z'}`
  return at(Date.parse(text), value, offset === undefined ? 'inferred' : 'exact')
}

/** No 30th of February: `Date.parse` would make it the 2nd of March. */
const isDay = (day: string): boolean => {
  const ms = Date.parse(`${day}T00:00:00Z`)
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(day)
}

/** A moment worked out from another one, e.g. a conversation's from its first message. */
export const derived = (from: Instant): Instant => (from.value === null ? UNKNOWN : { ...from, confidence: 'derived' })
