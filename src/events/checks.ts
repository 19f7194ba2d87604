/** The words that payload checks are written in: text, ids, moments, addresses, lists, each with a maximum. See schema.ts. */
import { z } from 'zod'
import { LIMITS } from './limits.ts'

export const text = (max: number) =>
  z
    .string()
    .max(max)
    .refine((value) => value.isWellFormed() && !value.includes('\0'), 'must be well-formed Unicode without NUL')

/** Printable ASCII words, e.g. scopes, hashes, client ids. */
export const token = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .regex(/^[\x21-\x7e]+$/, 'must be printable ASCII without spaces')

const MAX_ID = String(2n ** 63n - 1n)
export const id = z
  .string()
  .max(MAX_ID.length)
  .regex(/^(0|[1-9][0-9]*)$/, 'must be a decimal id')
  .refine((value) => value.length < MAX_ID.length || value <= MAX_ID, 'must fit into 63 bits')

export const time = z.string().length(24).refine(isTime, 'must be a moment as 2026-01-31T12:00:00.000Z')

/** An id on the web. Most are URLs; activity ids of some servers are other URIs. Compared as text, so kept as written, spaces and all. */
export const uri = text(LIMITS.uri)
  .min(1)
  .regex(/^\P{Cc}+$/u, 'must not contain control characters')
export const link = text(LIMITS.url).regex(/^https?:\/\/[^\s/]\P{Cc}*$/iu, 'must be an absolute http(s) URL')
/** A path below the media route (local) or an absolute URL (remote). */
export const file = text(LIMITS.url)
  .min(1)
  .regex(/^\P{Cc}+$/u, 'must not contain control characters')
export const language = z
  .string()
  .max(LIMITS.language)
  .regex(/^[A-Za-z0-9-]+$/, 'must be a language tag')
export const name = text(LIMITS.name)
export const list = <T extends z.ZodType>(item: T, max: number) => z.array(item).max(max).readonly()

/** Exactly what `toISOString` writes, in years a database can hold: no 30th of February, no year 0. */
function isTime(value: string): boolean {
  const ms = Date.parse(value)
  return !Number.isNaN(ms) && value > '0001' && new Date(ms).toISOString() === value
}
