/** Where in a text the words of a question stand. Pure. */
import type { Question } from './question.ts'
import { termOf } from './stem.ts'
import type { TextIndex } from './text-index.ts'
import type { Span } from './types.ts'
import { folded, wordsOf } from './words.ts'

const MOST_SPANS = 50

/** Spans of the text whose words were looked for, in their order; neighbours are one. */
export function spansIn(index: TextIndex, question: Question, text: string): readonly Span[] {
  const sought = new Set(question.sought.flatMap(({ terms }) => terms.map(([term]) => index.lexicon.termOf(term))))
  const { languages } = index
  const spans: Span[] = []
  for (const { word, start, end } of wordsOf(text)) {
    if (!languages.some((language) => sought.has(termOf(language, word.replace(/'s?$/, '')) ?? ''))) continue
    const last = spans.at(-1)
    if (last !== undefined && /^\s*$/.test(text.slice(last[1], start))) spans[spans.length - 1] = [last[0], end]
    else if (spans.push([start, end]) === MOST_SPANS) break
  }
  return spans
}

/** How many of the quoted phrases stand in the text. */
export function phrasesIn({ phrases }: Question, text: string): number {
  if (phrases.length === 0) return 0
  const looked = folded(text)
  return phrases.filter((phrase) => looked.includes(phrase)).length
}
