/**
 * The texts of one vault, to be ranked: which terms each holds, who said it, when, and what was said around it. Grows message by message; what is
 * taken out is found no more, at once. Pure: the same documents in the same order make the same index.
 */
import { type Document, Documents, FLAG, NOBODY } from './documents.ts'
import { Lexicon } from './lexicon.ts'
import { MOST_DOCUMENTS, Postings } from './postings.ts'
import { termOf } from './stem.ts'
import { type Language, languageOf } from './stop-words.ts'
import { AFTER, BEFORE } from './weights.ts'
import { wordsOf } from './words.ts'

/** A word of a conversation's title counts as if it had been said so often. */
const TITLE_TIMES = 2

export class TextIndex {
  readonly documents = new Documents()
  readonly lexicon = new Lexicon()
  readonly postings = new Postings()
  /** By session: words of its title, names of those who speak in it. */
  readonly titles = new Postings()
  readonly providers: string[] = []
  /** Weighted number of words around a document and in it. */
  windows = new Float32Array(256)
  /** Sum of `windows`, and of the words of all sessions. */
  windowed = 0
  words = 0
  readonly #languages = new Map<Language, number>()
  readonly #speakers = new Map<string, number>()
  readonly #named = new Map<string, Set<number>>()
  readonly #spoken = new Set<string>()
  /** Documents taken out whose terms are still held. */
  removed = 0

  get bytes(): number {
    return this.documents.bytes + this.lexicon.bytes + this.postings.bytes + this.titles.bytes + this.windows.byteLength
  }

  /** Languages of the vault, the commonest first, without those of one text in twenty or fewer. */
  get languages(): readonly Language[] {
    const found = [...this.#languages].filter(([, texts]) => texts * 20 > this.documents.alive).toSorted(([, a], [, b]) => b - a)
    return found.length === 0 ? ['en'] : found.map(([language]) => language)
  }

  /** Who is called so: everybody one of whose names is this word, as it is compared. */
  speakersNamed(word: string): ReadonlySet<number> {
    return this.#named.get(word) ?? new Set()
  }

  /** Those who are called exactly so; of a name that nobody has, those of whom it is a part. */
  speakersCalled(name: string): ReadonlySet<number> {
    const exactly = this.#speakers.get(name)
    if (exactly !== undefined) return new Set([exactly])
    const [first, ...rest] = Array.from(wordsOf(name), ({ word }) => this.speakersNamed(word))
    return new Set([...(first ?? [])].filter((one) => rest.every((others) => others.has(one))))
  }

  /** Documents that hold the term. */
  count(term: string): number {
    const number = this.lexicon.numberOf(term)
    return number === undefined ? 0 : this.postings.count(number)
  }

  /** Takes the document in, in the place of what was known under its id. @throws {RangeError} when there are too many */
  add(document: Document): void {
    this.remove(document.id)
    if (this.documents.size >= MOST_DOCUMENTS) throw new RangeError(`more than ${MOST_DOCUMENTS} texts`)
    const { terms, words } = this.#termsOf(document)
    const speaker = this.#speaker(document.speaker)
    const provider = this.#provider(document.provider)
    const { number, begins } = this.documents.add(document, { words, distinct: terms.size, speaker, provider, flags: flagsOf(document) })
    for (const [term, times] of terms) this.postings.add(this.lexicon.add(term), number, times)
    for (const term of dayTerms(document.at)) this.postings.add(this.lexicon.add(term), number, 1)
    this.words += words
    this.#measure(number)
    if (begins && document.title !== null) this.#entitle(this.documents.session[number] ?? NOBODY, document.title)
    this.#noteSpeaker(number, document.speaker)
  }

  remove(id: string): void {
    const number = this.documents.numberOf(id)
    if (number === undefined) return
    const around = [...this.#around(number)]
    this.words -= this.documents.words[number] ?? 0
    this.windowed -= this.windows[number] ?? 0
    this.documents.remove(number)
    this.removed += 1
    for (const other of around) this.#window(other)
  }

  removeConversation(conversationId: string): void {
    for (const session of this.documents.sessionsOf(conversationId)) {
      for (const number of this.sessionDocuments(session)) this.remove(this.documents.idOf(number))
    }
  }

  *sessionDocuments(session: number): Generator<number> {
    const { sessions, next } = this.documents
    for (let at = sessions[session]?.head ?? NOBODY; at !== NOBODY; at = next[at] ?? NOBODY) yield at
  }

  /** @param name  of somebody who speaks. Its words lead to it. */
  #speaker(name: string | null): number {
    if (name === null) return NOBODY
    const known = this.#speakers.get(name)
    if (known !== undefined) return known
    const number = this.#speakers.size
    this.#speakers.set(name, number)
    for (const { word } of wordsOf(name)) {
      if (word.length > 1) this.#named.set(word, new Set([...(this.#named.get(word) ?? []), number]))
    }
    return number
  }

  #provider(name: string): number {
    const known = this.providers.indexOf(name)
    return known === -1 ? this.providers.push(name) - 1 : known
  }

  #noteSpeaker(number: number, name: string | null): void {
    const session = this.documents.session[number] ?? NOBODY
    if (name === null || session === NOBODY || this.#spoken.has(`${session} ${name}`)) return
    this.#spoken.add(`${session} ${name}`)
    this.#entitle(session, name)
  }

  #entitle(session: number, title: string): void {
    for (const term of this.#termsIn(title).terms.keys()) this.titles.add(this.lexicon.add(term), session, TITLE_TIMES)
  }

  #termsOf({ text }: Document): { readonly terms: ReadonlyMap<string, number>; readonly words: number } {
    const { terms, words, language } = this.#termsIn(text)
    if (language !== null) this.#languages.set(language, (this.#languages.get(language) ?? 0) + 1)
    return { terms, words }
  }

  #termsIn(text: string): { readonly terms: ReadonlyMap<string, number>; readonly words: number; readonly language: Language | null } {
    const found = Array.from(wordsOf(text), ({ word }) => word)
    const language = languageOf(found)
    const terms = new Map<string, number>()
    let words = 0
    for (const word of found) {
      const term = termOf(language ?? this.#usual(), word)
      if (term === null) continue
      terms.set(term, (terms.get(term) ?? 0) + 1)
      words += 1
    }
    return { terms, words, language }
  }

  /** The language of a text that does not tell. */
  #usual(): Language {
    let usual: Language = 'en'
    for (const [language, texts] of this.#languages) if (texts > (this.#languages.get(usual) ?? 0)) usual = language
    return usual
  }

  /** Measures the windows that a new document is in, its own first. */
  #measure(number: number): void {
    if (number >= this.windows.length) {
      const longer = new Float32Array(this.windows.length * 2)
      longer.set(this.windows)
      this.windows = longer
    }
    this.#window(number)
    for (const other of this.#around(number)) this.#window(other)
  }

  #window(number: number): void {
    const { words, previous, next } = this.documents
    let size = words[number] ?? 0
    let at = number
    for (const weight of BEFORE) {
      at = previous[at] ?? NOBODY
      if (at === NOBODY) break
      size += weight * (words[at] ?? 0)
    }
    at = number
    for (const weight of AFTER) {
      at = next[at] ?? NOBODY
      if (at === NOBODY) break
      size += weight * (words[at] ?? 0)
    }
    this.windowed += size - (this.windows[number] ?? 0)
    this.windows[number] = size
  }

  *#around(number: number): Generator<number> {
    const { previous, next } = this.documents
    for (const links of [previous, next]) {
      let at = links[number] ?? NOBODY
      for (let steps = 0; steps < BEFORE.length && at !== NOBODY; steps++) {
        yield at
        at = links[at] ?? NOBODY
      }
    }
  }
}

const ASKS = /[?？؟]["'”’)\]]*\s*$/

const flagsOf = ({ text, hidden, role }: Document): number =>
  (ASKS.test(text.slice(-20)) ? FLAG.question : 0) |
  (hidden ? FLAG.hidden : 0) |
  (role === 'user' ? FLAG.user : 0) |
  (role === 'assistant' ? FLAG.assistant : 0)

/** Terms for the year, month and day of a moment, in whatever language it is asked for. */
export function dayTerms(at: number): readonly string[] {
  if (Number.isNaN(at)) return []
  const day = new Date(at)
  return [`@y${day.getUTCFullYear()}`, `@m${day.getUTCMonth() + 1}`, `@d${day.getUTCDate()}`]
}
