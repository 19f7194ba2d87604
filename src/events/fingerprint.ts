/** What a payload says, in 22 characters: for streams that have to know whether something was said before, without keeping it. Pure. */
import { hash } from 'node:crypto'
import { LIMITS } from './limits.ts'

/** Nothing recorded is deeper, see schema.ts; what is asked to be recorded may be, and is refused after this. */
const DEEPEST = LIMITS.depth + 16

/** @returns 128 bits, base64url: equal for payloads that are stored as the same JSON value, whatever the order of members */
export const fingerprint = (value: unknown): string => hash('sha256', JSON.stringify(ordered(value, 0)), 'buffer').toString('base64url', 0, 16)

function ordered(value: unknown, depth: number): unknown {
  if (value === null || typeof value !== 'object') return value
  if (depth > DEEPEST) return null
  if (Array.isArray(value)) return value.map((item) => ordered(item, depth + 1))
  const members = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(members.map(([name, item]) => [name, ordered(item, depth + 1)]))
}
