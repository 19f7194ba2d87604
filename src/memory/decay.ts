/** How memories fade: half of their importance in a time that depends on their type, slower when they are used. Never for what is pinned. Pure; ranks, never deletes. */
import type { MemoryRow } from '../projections/read/memories.ts'
import { HALF_LIFE_DAYS } from './types.ts'

const DAY_MS = 86_400_000
/** What is used often fades less: each use is worth this share of what has faded, up to a limit. */
const PER_USE = 0.05
const MOST_BY_USE = 0.3

export type Fading = Pick<MemoryRow, 'type' | 'importance' | 'pinned' | 'observedAt' | 'at' | 'lastUsedAt' | 'useCount'>

/**
 * How much a memory matters at a moment, 0…1.
 *
 * @param at  ISO 8601. Before the memory was observed, it matters as much as when it was
 */
export function importanceNow(memory: Fading, at: string): number {
  const halfLife = HALF_LIFE_DAYS[memory.type]
  if (memory.pinned) return 1
  if (halfLife === null) return memory.importance
  const last = [memory.observedAt ?? memory.at, memory.lastUsedAt ?? ''].reduce((a, b) => (a > b ? a : b))
  const days = Math.max(0, (Date.parse(at) - Date.parse(last)) / DAY_MS)
  const left = 2 ** (-days / halfLife)
  const kept = Math.min(MOST_BY_USE, PER_USE * memory.useCount)
  return memory.importance * (left + (1 - left) * kept)
}
