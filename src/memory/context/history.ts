/** Which turns of a conversation are kept when they do not all fit: by how recent and how telling they are. Pure; no turn is rewritten. */
import type { Turn } from './facts.ts'
import type { ContextSettings } from './settings.ts'

type Strategy = Exclude<ContextSettings['compression'], 'auto'>

/** Parts of a conversation, oldest first: which share of its turns, and which share of the tokens. */
type Zone = { readonly turns: number; readonly tokens: number }

const ZONES: Readonly<Record<Strategy, readonly Zone[]>> = {
  full: [{ turns: 1, tokens: 1 }],
  windowed: [
    { turns: 0.6, tokens: 0.3 },
    { turns: 0.4, tokens: 0.7 },
  ],
  compacted: [
    { turns: 0.4, tokens: 0.1 },
    { turns: 0.35, tokens: 0.25 },
    { turns: 0.25, tokens: 0.65 },
  ],
  multi_level: [
    { turns: 0.4, tokens: 0.05 },
    { turns: 0.3, tokens: 0.1 },
    { turns: 0.2, tokens: 0.15 },
    { turns: 0.1, tokens: 0.7 },
  ],
  none: [],
}

export type Weighed = { readonly turn: Turn; readonly tokens: number }

/** The turns that are kept, in their order; together at most `budget` tokens. What a zone leaves goes to the next newer one. */
export function chooseHistory(turns: readonly Weighed[], budget: number, wanted: ContextSettings['compression']): readonly Weighed[] {
  const strategy = wanted === 'auto' ? strategyFor(turns, budget) : wanted
  const kept: Weighed[] = []
  let [at, left] = [0, 0]
  for (const [index, zone] of ZONES[strategy].entries()) {
    const isLast = index === ZONES[strategy].length - 1
    const end = isLast ? turns.length : Math.min(turns.length, at + Math.round(turns.length * zone.turns))
    const inZone = turns.slice(at, end)
    left += Math.floor(budget * zone.tokens)
    const chosen = isLast ? newest(inZone, left) : mostTelling(inZone, left, at, turns.length)
    kept.push(...chosen)
    left -= chosen.reduce((sum, { tokens }) => sum + tokens, 0)
    at = end
  }
  return kept
}

function strategyFor(turns: readonly Weighed[], budget: number): Strategy {
  const total = turns.reduce((sum, { tokens }) => sum + tokens, 0)
  if (total <= budget) return 'full'
  if (total <= 3 * budget) return 'windowed'
  return total <= 10 * budget ? 'compacted' : 'multi_level'
}

/** The end of the dialogue without a gap. */
function newest(turns: readonly Weighed[], budget: number): readonly Weighed[] {
  let [from, left] = [turns.length, budget]
  for (; from > 0; from--) {
    const tokens = turns[from - 1]?.tokens ?? 0
    if (tokens > left) break
    left -= tokens
  }
  return turns.slice(from)
}

function mostTelling(turns: readonly Weighed[], budget: number, offset: number, total: number): readonly Weighed[] {
  const scored = turns.map((weighed, index) => ({ weighed, index, score: tellingness(weighed.turn.text, offset + index, total) }))
  let left = budget
  return scored
    .sort((a, b) => b.score - a.score || b.index - a.index)
    .filter(({ weighed: { tokens } }) => {
      if (tokens > left) return false
      left -= tokens
      return true
    })
    .sort((a, b) => a.index - b.index)
    .map(({ weighed }) => weighed)
}

const LOOKED_AT = 20_000
const counted = (text: string, pattern: RegExp, each: number, most: number): number => Math.min(most, (text.match(pattern)?.length ?? 0) * each)

/** 0 … about 150: recent, long, with code, questions, decisions, problems or lists, or the first or last of all. */
export function tellingness(text: string, index: number, total: number): number {
  const looked = text.slice(0, LOOKED_AT)
  const words = looked.split(/\s+/, 4_000).length
  return (
    (20 * (index + 1)) / total +
    Math.min(25, 5 * Math.log2(words + 1)) +
    counted(looked, /```/g, 7.5, 45) +
    counted(looked, /\?/g, 5, 15) +
    counted(looked, /\b(?:decid|agreed|we will|let's go with|final(?:ly|ised|ized)?|conclusion)/gi, 10, 30) +
    counted(looked, /\b(?:error|bug|problem|issue|fail)/gi, 5, 15) +
    counted(looked, /^\s*(?:[-*]|\d+\.)\s/gm, 2, 10) +
    (index === 0 || index === total - 1 ? 15 : 0)
  )
}
