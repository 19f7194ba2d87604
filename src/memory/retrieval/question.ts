/**
 * What a question asks for: terms with the other words they stand for, whom it is about, which days it speaks of. Pure.
 */
import { type Days, datesAsked } from './dates.ts'
import { termOf } from './stem.ts'
import { type Language, languageOf } from './stop-words.ts'
import type { TextIndex } from './text-index.ts'
import { relatedTerms } from './thesaurus.ts'
import { MAX_QUERY } from './types.ts'
import { folded, type Word, wordsOf } from './words.ts'

/** One thing looked for: `terms` (by number) count together, each as much as its weight; the first is the asker's own, and says how rare it is. */
export type Sought = { readonly label: string; readonly terms: readonly (readonly [term: number, weight: number])[]; readonly rarity: number }

export type Question = {
  readonly sought: readonly Sought[]
  /** Numbers of speakers that it names. */
  readonly speakers: ReadonlySet<number>
  /** Whether it says "I" of the asker, or speaks of the assistant. */
  readonly about: 'user' | 'assistant' | null
  readonly days: readonly Days[]
  readonly latest: boolean
  /** Whether it asks for how things were: what is no longer true counts. */
  readonly past: boolean
  /** Quoted: to be found as they are written. */
  readonly phrases: readonly string[]
}

/** Things looked for at once; of more, the rarest. */
const MOST_SOUGHT = 32
const MOST_BEGINNINGS = 40
const SHORTEST_TYPO = 5
/** Characters of a text that more like it is looked for. */
const MOST_LIKE = 20_000

const ASSISTANT =
  /\b(?:(?:did|have|had|would) you|you (?:said|told|suggest|recommend|gave|wrote|mention|explain)\w*|assistant|your (?:answer|advice|suggestion))\b/i
const SELF = /\b(?:i|i'm|i've|my|mine|me|myself|yo|mi|mis|ich|mein\w*|mir|mich|je|mon|ma|mes|moi|eu|meu|minha)\b/i
const LATEST =
  /\b(?:latest|newest|most recent(?:ly)?|currently|nowadays|these days|last time|up to date|now|ultim[oa]|actualmente|neueste\w*|zuletzt|aktuell\w*|derni(?:er|ere)|atual(?:mente)?)\b/i
const PAST = /\b(?:used to|previous(?:ly)?|former(?:ly)?|before|earlier|originally|back then|in the past|antes|fruher|vorher|avant|autrefois)\b/i
const QUOTED = /"([^"]{2,100})"|“([^”]{2,100})”|«([^»]{2,100})»/g

/** @param text  attacker-controlled. @param now  milliseconds since the epoch */
export function questionOf(index: TextIndex, text: string, { prefix = false, now }: { readonly prefix?: boolean; readonly now: number }): Question {
  const asked = text.slice(0, MAX_QUERY)
  const words = [...wordsOf(asked)]
  const plain = folded(asked)
  const { days, terms: dated } = datesAsked(asked, now)
  const speakers = new Set(
    words.flatMap(({ word, capital }) => (capital || termOf('en', bare(word)) !== null ? [...index.speakersNamed(bare(word))] : [])),
  )
  const found = soughtIn(index, words, dated, prefix)
  const named = found.filter(({ label }) => index.speakersNamed(label).size === 0)
  return {
    sought: rarest(named.length === 0 ? found : named),
    speakers,
    about: ASSISTANT.test(plain) ? 'assistant' : SELF.test(plain) ? 'user' : null,
    days,
    latest: LATEST.test(plain),
    past: PAST.test(plain),
    phrases: Array.from(asked.matchAll(QUOTED), ([, straight, curly, angle]) => folded(straight ?? curly ?? angle ?? '')),
  }
}

/** What a text is about, to find more like it: the words that tell it apart and are elsewhere too. */
export function questionLike(index: TextIndex, text: string, now: number): Question {
  const words = [...wordsOf(text.slice(0, MOST_LIKE))]
  const shared = soughtIn(index, words, new Map(), false, 'as it is').filter(({ terms }) => terms.some(([term]) => index.postings.count(term) > 1))
  return { ...questionOf(index, '', { now }), sought: rarest(shared) }
}

const bare = (word: string): string => word.replace(/'s?$/, '')

function soughtIn(index: TextIndex, words: readonly Word[], dated: ReadonlyMap<string, string>, prefix: boolean, as?: 'as it is'): Sought[] {
  const languages = languagesOf(index, words)
  const sought = new Map<string, Sought>()
  let previous: string | null = null
  for (const [n, { word }] of words.entries()) {
    const typing = prefix && n === words.length - 1
    const terms = termsFor(languages, bare(word))
    const date = dated.get(word)
    if (terms.length === 0 && date === undefined && !typing) continue
    const own = terms.map((term) => (as === undefined && !typing ? corrected(index, term) : term))
    const label = bare(word)
    const related = as === undefined && languages.includes('en') ? [...relatedTerms(own[0] ?? '', previous)] : []
    const all: [string, number][] = [
      ...own.map((term): [string, number] => [term, 1]),
      ...(date === undefined ? [] : [[date, 1] as [string, number]]),
      ...(typing ? beginnings(index, word) : []),
      ...related,
    ]
    previous = own[0] ?? null
    const key = own[0] ?? label
    if (!sought.has(key)) sought.set(key, resolved(index, label, all))
  }
  return [...sought.values()].filter(({ terms }) => terms.length > 0)
}

/** The languages a question may be in: the one it shows, else those of the vault. */
function languagesOf(index: TextIndex, words: readonly Word[]): readonly Language[] {
  const shown = words.length > 2 ? languageOf(words.map(({ word }) => word)) : null
  return shown === null || !index.languages.includes(shown) ? index.languages : [shown]
}

/** Its stems; none of a word that says nothing in any of the languages. */
function termsFor(languages: readonly Language[], word: string): readonly string[] {
  const terms = languages.map((language) => termOf(language, word))
  return terms.includes(null) && languages.length === 1 ? [] : [...new Set(terms.filter((term) => term !== null))]
}

function corrected(index: TextIndex, term: string): string {
  if (term.length < SHORTEST_TYPO || index.count(term) > 0) return term
  return index.lexicon.nearest(term, (number) => index.postings.count(number)) ?? term
}

/** What a word that is still being typed may become: the commonest terms that begin so, weighing less the more there are. */
function beginnings(index: TextIndex, word: string): [string, number][] {
  if (word.length < 2) return []
  const numbers = index.lexicon.beginning(word).toSorted((a, b) => index.postings.count(b) - index.postings.count(a))
  return numbers.slice(0, MOST_BEGINNINGS).map((number) => [index.lexicon.termOf(number), 1])
}

function resolved(index: TextIndex, label: string, terms: readonly (readonly [string, number])[]): Sought {
  const numbers = new Map<number, number>()
  for (const [term, weight] of terms) {
    const number = index.lexicon.numberOf(term)
    if (number !== undefined && index.postings.count(number) > 0) numbers.set(number, Math.max(weight, numbers.get(number) ?? 0))
  }
  const own = terms.filter(([, weight]) => weight === 1).map(([term]) => index.count(term))
  return { label, terms: [...numbers], rarity: rarityOf(index.documents.size, Math.max(0, ...own)) }
}

/** BM25's inverse document frequency. */
export const rarityOf = (documents: number, holding: number): number => Math.log(1 + (documents - holding + 0.5) / (holding + 0.5))

const rarest = (sought: readonly Sought[]): readonly Sought[] =>
  sought.length <= MOST_SOUGHT ? sought : sought.toSorted((a, b) => b.rarity - a.rarity).slice(0, MOST_SOUGHT)
