/**
 * What follows a cue, cut to what belongs to it, or refused. Precision before recall: what is vague, too long or refers to something around it is
 * no object. Pure; every step looks at a bounded number of words.
 */
import { timesIn } from '../time.ts'
import { TIME_WORDS } from '../time-words.ts'
import type { Grammar, Kind } from './grammar.ts'
import { placeNamed } from './places.ts'

/** Half-open, in the sentence. `sure`: 0…1, less when it was not written as names are. `date`: for those that are one. */
export type Found = { readonly start: number; readonly end: number; readonly sure: number; readonly date?: string }

type Token = { readonly text: string; readonly start: number; readonly end: number; readonly stops: boolean }

const MOST_TOKENS = 12
const CAPITAL = /^\p{Lu}/u
const OPENING = /^["“„«‹'(]+/u

/** The object of `kind` that begins at `from`, or null. @param said  when it was said, ISO 8601 */
export function objectAt(sentence: string, from: number, kind: Kind, grammar: Grammar, said: string | null): Found | null {
  switch (kind) {
    case 'rest':
      return { start: from, end: from, sure: 1 }
    case 'clause':
      return clause(sentence, from)
    case 'date':
      return date(sentence, from, grammar, said)
    case 'birthday':
      return birthday(sentence, from, grammar)
    default:
      return ofWords(sentence, from, kind, grammar)
  }
}

function ofWords(sentence: string, from: number, kind: Kind, grammar: Grammar): Found | null {
  const tokens = tokensAt(sentence, from)
  switch (kind) {
    case 'place':
      return place(tokens, grammar)
    case 'name':
      return name(tokens, grammar)
    case 'organisation':
      return organisation(tokens, grammar)
    case 'trade':
      return thing(tokens, grammar, 5)
    default:
      return thing(tokens, grammar, 8)
  }
}

/** The words from here on, without the signs around them. `stops`: a sign ends the clause right after. */
function tokensAt(sentence: string, from: number): Token[] {
  const tokens: Token[] = []
  const form = /\S+/gu
  form.lastIndex = from
  for (let match = form.exec(sentence); match !== null && tokens.length < MOST_TOKENS; match = form.exec(sentence)) {
    const opening = OPENING.exec(match[0])?.[0].length ?? 0
    const bare = match[0].slice(opening)
    const text = bare.replace(/[,:;.!?)"”“»›…'’]+$/u, '')
    const start = match.index + opening
    if (text === '' || /^[-–—]+$/.test(text)) {
      const last = tokens.at(-1)
      if (last !== undefined) tokens[tokens.length - 1] = { ...last, stops: true }
      break
    }
    tokens.push({ text, start, end: start + text.length, stops: text.length < bare.length })
  }
  return tokens
}

const lower = ({ text }: Token): string => text.toLowerCase().replace('’', "'")
const span = (tokens: readonly Token[], sure: number): Found | null => {
  const [first, last] = [tokens[0], tokens.at(-1)]
  return first === undefined || last === undefined ? null : { start: first.start, end: last.end, sure }
}

/** Capitalised words with their connectors, `most` at most. */
function capitalised(tokens: readonly Token[], { connectors, notName }: Grammar, most: number): Token[] {
  const taken: Token[] = []
  for (const [n, token] of tokens.entries()) {
    const next = tokens[n + 1]
    const links =
      taken.length > 0 && connectors.has(lower(token)) && next !== undefined && CAPITAL.test(next.text) && !notName.has(lower(next)) && !token.stops
    if (!links && (!CAPITAL.test(token.text) || notName.has(lower(token)))) break
    taken.push(token)
    if (token.stops || taken.length === most) break
  }
  return taken
}

/** `Lisbon`, `Rio de Janeiro`, `Cambridge, England`; in lower case only what everybody knows. */
function place(tokens: readonly Token[], grammar: Grammar): Found | null {
  const start = tokens[0] !== undefined && grammar.articles.has(lower(tokens[0])) && tokens[1] !== undefined && CAPITAL.test(tokens[1].text) ? 1 : 0
  const taken = capitalised(tokens.slice(start), grammar, 4)
  if (taken.length === 0) return knownPlace(tokens)
  const after = tokens[start + taken.length]
  const following = tokens.slice(start + taken.length)
  const behind = taken.at(-1)?.stops === true && after !== undefined ? capitalised(following, grammar, 2) : []
  const closes = behind.length > 0 && (behind.at(-1)?.stops === true || following.length === behind.length)
  return span(closes && placeNamed(behind.map(lower).join(' ')) !== undefined ? [...taken, ...behind] : taken, 1)
}

function knownPlace(tokens: readonly Token[]): Found | null {
  for (const length of [3, 2, 1]) {
    const some = tokens.slice(0, length)
    if (some.length === length && some.slice(0, -1).every(({ stops }) => !stops) && placeNamed(some.map(lower).join(' ')) !== undefined)
      return span(some, 0.9)
  }
  return null
}

/** Capitalised; or one word in lower case that ends the clause, and is none of the language's small words. */
function name(tokens: readonly Token[], grammar: Grammar): Found | null {
  const taken = capitalised(tokens, grammar, 4)
  if (taken.length > 0) return span(taken, 1)
  const [only] = tokens
  const alone = only !== undefined && (only.stops || tokens.length === 1)
  const isSmall = only !== undefined && (grammar.notThing.has(lower(only)) || grammar.cut.has(lower(only)) || grammar.notName.has(lower(only)))
  return alone && !isSmall && /^[\p{L}'’-]{2,20}$/u.test(only.text) ? span([only], 0.8) : null
}

/** A name (`Siemens`, `University of Porto`), or a thing with its article (`a bakery`). */
function organisation(tokens: readonly Token[], grammar: Grammar): Found | null {
  const [first] = tokens
  if (first === undefined) return null
  if (grammar.articles.has(lower(first))) {
    const named = tokens[1] !== undefined && CAPITAL.test(tokens[1].text) ? capitalised(tokens.slice(1), grammar, 5) : []
    return named.length > 0 && grammar.code !== 'de' ? span(named, 1) : thing(tokens, grammar, 5)
  }
  const taken = capitalised(tokens, grammar, 5)
  return taken.length > 0 ? span(taken, 1) : null
}

const isSmall = (word: string, { articles, cut, restart, notThing }: Grammar): boolean =>
  word === 'to' || articles.has(word) || cut.has(word) || restart.has(word) || notThing.has(word)

/** Up to `most` words, to the end of the clause. */
function thing(tokens: readonly Token[], grammar: Grammar, most: number): Found | null {
  const [first] = tokens
  if (first === undefined || grammar.notThing.has(lower(first))) return null
  const taken: Token[] = []
  for (const [n, token] of tokens.entries()) {
    const word = lower(token)
    const next = tokens[n + 1]
    if (taken.length > 0 && grammar.cut.has(word)) break
    if (grammar.and.has(word) && (next === undefined || taken.length === 0 || grammar.restart.has(lower(next)) || grammar.trigger.test(next.text)))
      break
    if (grammar.vague.has(word) || taken.length === most) return null
    taken.push(token)
    if (token.stops) break
  }
  while (taken.length > 1 && grammar.trailing.has(lower(taken.at(-1) ?? first))) taken.pop()
  const says = taken.some((token) => /\p{L}{2}/u.test(token.text) && !isSmall(lower(token), grammar))
  return says ? span(taken, 1) : null
}

const LONGEST_CLAUSE = 240

/** The rest of the sentence, when it is more than a word. */
function clause(sentence: string, from: number): Found | null {
  const rest = sentence.slice(from)
  const start = from + (rest.length - rest.trimStart().length)
  const end = from + rest.replace(/[\s,:;.!?"”»]+$/u, '').length
  const text = sentence.slice(start, end)
  return text.length > LONGEST_CLAUSE || text.length < 5 || !/\s/.test(text) ? null : { start, end, sure: 1 }
}

function date(sentence: string, from: number, { code }: Grammar, said: string | null): Found | null {
  const [time] = timesIn(sentence.slice(from), code, said)
  if (time !== undefined && time.start <= 4) return { start: from + time.start, end: from + time.end, sure: 1, date: time.date }
  const year = /^\s*(?<year>(?:19|20)\d{2})(?![\d.,]\d)/.exec(sentence.slice(from, from + 12))?.groups?.year
  const start = year === undefined ? from : sentence.indexOf(year, from)
  return year === undefined ? null : { start, end: start + 4, sure: 1, date: year }
}

/** A day and month, whatever the year. `date`: `--05-12`, see ISO 8601:2000 section 5.2.1.3. */
function birthday(sentence: string, from: number, { code }: Grammar): Found | null {
  const months = TIME_WORDS[code].months.flat().join('|')
  const form = new RegExp(
    `^\\s*(?:(?:on|the|am|el|le|o|a|no|dia|día|den|der)\\s+){0,2}(?:(?<day>\\d{1,2})(?:st|nd|rd|th|er|º|\\.)?\\s+(?:of |de )?(?<month>${months})|(?<month2>${months})\\s+(?:the )?(?<day2>\\d{1,2})(?:st|nd|rd|th)?)(?![\\p{L}\\d])`,
    'iu',
  )
  const match = form.exec(sentence.slice(from, from + 40))
  if (match === null) return null
  const month = TIME_WORDS[code].months.findIndex((names) => names.includes((match.groups?.month ?? match.groups?.month2 ?? '').toLowerCase())) + 1
  const day = Number(match.groups?.day ?? match.groups?.day2)
  if (day < 1 || day > 31) return null
  const start = from + match[0].indexOf(match.groups?.day ?? match.groups?.month2 ?? '')
  return { start, end: from + match[0].length, sure: 1, date: `--${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}` }
}
