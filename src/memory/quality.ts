/** How much a unit is worth on its own, 0…1: how much it says, whether it is whole, how little it repeats itself. Pure. */
import type { AcuQuality, AcuType } from '../events/memories.ts'

/** Characters that are looked at. */
const SEEN = 4_000
const PAIRS: readonly (readonly [open: string, close: string])[] = [
  ['(', ')'],
  ['[', ']'],
  ['{', '}'],
]
const WHOLE: ReadonlySet<AcuType> = new Set<AcuType>(['code_snippet', 'table', 'formula', 'heading', 'list_item'])

export function qualityOf(text: string, type: AcuType): AcuQuality {
  const seen = text.slice(0, SEEN)
  const words = seen.toLowerCase().match(/[\p{L}\p{N}_]+/gu) ?? []
  const richness = round(richnessOf(words.length, type))
  const integrity = round(integrityOf(seen, type))
  const uniqueness = round(words.length === 0 ? 0 : new Set(words).size / words.length)
  return { overall: round(0.4 * richness + 0.4 * integrity + 0.2 * uniqueness), richness, integrity, uniqueness }
}

/** A few words say little, a paragraph says most, a wall of text says less again. */
function richnessOf(words: number, type: AcuType): number {
  const said = words < 5 ? 0.1 : words < 10 ? 0.25 : words < 25 ? 0.5 : words < 60 ? 0.8 : words < 300 ? 1 : 0.7
  return type === 'code_snippet' || type === 'formula' || type === 'table' ? Math.min(1, said + 0.15) : said
}

function integrityOf(text: string, type: AcuType): number {
  const unbalanced = PAIRS.filter(([open, close]) => count(text, open) !== count(text, close)).length
  const ends = WHOLE.has(type) || /[.!?:;"”»)\]`*_]$/u.test(text)
  return Math.max(0, 1 - 0.2 * unbalanced - (ends ? 0 : 0.2) - (/(?:\.\.\.|…)$/.test(text) ? 0.2 : 0))
}

const count = (text: string, char: string): number => text.split(char).length - 1
const round = (value: number): number => Math.round(value * 100) / 100
