/**
 * When two claims say the same, and when they cannot both be true. Pure.
 *
 * A slot is something that has one value at a time: where somebody lives, what they are called, how they feel about olives. Two claims of one slot
 * with different values contradict each other; all other claims stand beside each other.
 */
import type { Claim } from './memories.ts'

/** Predicates of which a subject has one object at a time. */
const SINGLE: ReadonlySet<string> = new Set([
  'is called',
  'wants to be called',
  'lives in',
  'lives in country',
  'works at',
  'was born on',
  'was born in',
  'has birthday on',
  'is aged',
  'is due on',
  'is at version',
  'wants answers in',
  'wants answers to be',
  'has wife',
  'has husband',
  'has partner',
  'has mother',
  'has father',
])

/** How one feels about a thing is one slot per thing. */
const FEELINGS: ReadonlySet<string> = new Set(['likes', 'dislikes'])

export type Sayings = Pick<Claim, 'subject' | 'predicate' | 'object'>

/** Names what may have one value at a time; null when the claim contradicts nothing. `value` is compared as text. */
export function slotOf({ subject, predicate, object }: Sayings): { readonly slot: readonly string[]; readonly value: string } | null {
  if (FEELINGS.has(predicate)) return { slot: [subject, 'feels about', object], value: predicate }
  if (predicate === 'is due on' && subject === 'user') return null // nobody said what is due
  if (SINGLE.has(predicate) || predicate.startsWith('has favourite ')) return { slot: [subject, predicate], value: object }
  return null
}

/** What two claims share when they say the same. */
export const sameAs = ({ subject, predicate, object }: Sayings): readonly string[] => [subject, predicate, object]
