/** What the forms of a word have in common, by language; remembered, because the same words come again and again. */
import { stemEnglish } from './stem-english.ts'
import { stemLight } from './stem-light.ts'
import { type Language, STOP_WORDS } from './stop-words.ts'

/** Words remembered of a language, then forgotten all at once. */
const REMEMBERED = 50_000
/** Longer ones are hashes, not words. */
const LONGEST = 40

const remembered = new Map<Language, Map<string, string>>()

/** The stem of a word, as it is compared; null of a word that every sentence has. */
export function termOf(language: Language, word: string): string | null {
  if (STOP_WORDS[language].has(word)) return null
  const known = wordsOfLanguage(language)
  const before = known.get(word)
  if (before !== undefined) return before
  const term = stemmed(language, word)
  known.set(word, term)
  return term
}

function stemmed(language: Language, word: string): string {
  if (word.length > LONGEST) return word.slice(0, LONGEST)
  if (!/^[a-z']+$/.test(word)) return word
  return language === 'en' ? stemEnglish(word) : stemLight(language, word)
}

function wordsOfLanguage(language: Language): Map<string, string> {
  const known = remembered.get(language)
  if (known !== undefined && known.size < REMEMBERED) return known
  const fresh = new Map<string, string>()
  remembered.set(language, fresh)
  return fresh
}
