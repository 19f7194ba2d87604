/** What importers need of foreign values beside `json/fields.ts`. Pure; nothing here throws. */
import { hash } from 'node:crypto'
import type { Json, Usage } from '../../events/conversations.ts'
import { LIMITS } from '../../events/limits.ts'
import { countOf, field, type JsonObject, wordsOf } from '../json/fields.ts'

/** A short text such as a title or a model's name, cut where it is too long; null when there is none. */
export const label = (from: Json | undefined, ...names: readonly string[]): string | null => {
  for (const name of names) {
    const value = wordsOf(from, name)
    if (value !== null) return value.trim().slice(0, LIMITS.name)
  }
  return null
}

/** The member `name` with this value, or no member at all. */
export const given = <K extends string, V>(name: K, value: V | null | undefined): { readonly [P in K]?: V } =>
  (value === null || value === undefined ? {} : { [name]: value }) as { readonly [P in K]?: V }

/** JSON in a text; undefined when it is none. */
export function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json
  } catch {
    return undefined
  }
}

/** Arguments of a tool: JSON that came as text is read, other text stays text. */
export function argumentsOf(value: Json | undefined): Json {
  if (typeof value !== 'string') return value ?? null
  return parsed(value) ?? value
}

/** An id for what has none: the same parts, the same id. 128 bits in hex. */
export const digest = (...parts: readonly (string | null)[]): string => hash('sha256', JSON.stringify(parts), 'hex').slice(0, 32)

/** Tokens as a provider counted them, under its own names; null when it counted none. */
export function usageOf(record: Json | undefined, names: { readonly [K in keyof Omit<Usage, 'counted'>]: readonly string[] }): Usage | null {
  const counts = Object.entries(names).flatMap(([kind, ways]) => {
    const value = ways.map((name) => countOf(record, name)).find((found) => found !== undefined)
    return value === undefined ? [] : [[kind, value] as const]
  })
  return counts.length === 0 ? null : { ...Object.fromEntries(counts), counted: 'provider' }
}

/** How OpenAI and all who speak like it name what was counted. */
export const OPENAI_USAGE = {
  input: ['input_tokens', 'prompt_tokens', 'prompt_eval_count'],
  output: ['output_tokens', 'completion_tokens', 'eval_count'],
  total: ['total_tokens'],
} as const

/** The first field of these that is there. */
export const either = (from: JsonObject, ...names: readonly string[]): Json | undefined =>
  names.map((name) => field(from, name)).find((value) => value !== undefined && value !== null)
