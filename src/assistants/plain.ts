/** What a model says, made fit to be recorded: well-formed Unicode without NUL, and JSON of a sane size. Pure; attacker-controlled input. */
import type { Json } from '../events/conversations.ts'

const DEEPEST = 32
/** Of what a model hands to a tool, characters as JSON. */
const LONGEST_JSON = 100_000

/** At most `max` UTF-16 units. */
export const plainText = (text: string, max: number): string => text.slice(0, max).toWellFormed().replaceAll('\0', '\u{fffd}')

/** The same as JSON that can be recorded; null in place of what is too large. */
export function plainJson(value: unknown): Json {
  const text = JSON.stringify(value) as string | undefined
  return text === undefined || text.length > LONGEST_JSON ? null : plain(JSON.parse(text), DEEPEST)
}

function plain(value: unknown, depth: number): Json {
  if (depth === 0) return null
  if (typeof value === 'string') return plainText(value, value.length)
  if (typeof value === 'number' || typeof value === 'boolean') return value
  if (Array.isArray(value)) return value.map((one) => plain(one, depth - 1))
  if (typeof value !== 'object' || value === null) return null
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [plainText(name, name.length), plain(one, depth - 1)]))
}
