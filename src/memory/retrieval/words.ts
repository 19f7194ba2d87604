/**
 * The words of a text, as they are compared: lower-case, without accents, with their places. Scripts that write without spaces give pairs of
 * neighbouring characters, which finds words of any length without a dictionary. Pure, linear.
 */

export type Word = {
  readonly word: string
  /** Half-open, UTF-16 units of the text. */
  readonly start: number
  readonly end: number
  /** Begins with a capital. */
  readonly capital: boolean
}

/** Characters of one text that are looked at. */
export const MAX_TEXT = 100_000

const ASCII = /^[\0-\x7f]*$/
const ASCII_WORD = /[0-9]+(?:[.,:][0-9]+)+|[a-z0-9]+(?:'[a-z]+)?/gi
const UNSPACED =
  '\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Hangul}\\p{Script=Thai}\\p{Script=Lao}\\p{Script=Khmer}\\p{Script=Myanmar}ー'
const LETTER = `[[\\p{L}\\p{M}\\p{N}]--[${UNSPACED}]]`
const ANY_WORD = new RegExp(`([${UNSPACED}]+)|[0-9]+(?:[.,:][0-9]+)+|${LETTER}+(?:['’]${LETTER}+)?`, 'gv')
/** Accents on nothing. */
const MARKS = /^\p{M}+$/u
const ELIDED = /^(?:[cdjlmnst]|qu)'(?=..)/
const UNFOLDED: Readonly<Record<string, string>> = { ß: 'ss', æ: 'ae', œ: 'oe', ø: 'o', đ: 'd', ł: 'l', ı: 'i', ð: 'd', þ: 'th' }

/** @param text  attacker-controlled; what is beyond `MAX_TEXT` is not looked at */
export function* wordsOf(text: string): Generator<Word> {
  const looked = text.length > MAX_TEXT ? text.slice(0, MAX_TEXT) : text
  if (ASCII.test(looked)) {
    for (const { 0: found, index } of looked.matchAll(ASCII_WORD)) yield wordAt(found, found.toLowerCase(), index)
    return
  }
  for (const { 0: found, 1: unspaced, index } of looked.matchAll(ANY_WORD)) {
    if (unspaced !== undefined) yield* pairs(unspaced, index)
    else if (!MARKS.test(found)) yield wordAt(found, folded(found), index)
  }
}

function wordAt(found: string, word: string, start: number): Word {
  const code = found.charCodeAt(0)
  const capital = (code > 64 && code < 91) || (code > 127 && found[0] !== found[0]?.toLowerCase())
  return { word: found.includes(',') ? word.replaceAll(',', '') : word.replace(ELIDED, ''), start, end: start + found.length, capital }
}

/** Lower-case, accents taken off; letters that Unicode takes for one are spelled out. */
export function folded(word: string): string {
  const lower = word.normalize('NFKC').toLowerCase().replaceAll('’', "'")
  if (ASCII.test(lower)) return lower
  return lower
    .normalize('NFD')
    .replace(/[\u0300-\u036f]+/g, '')
    .normalize('NFC')
    .replace(/[ßæœøđłıðþ]/g, (letter) => UNFOLDED[letter] ?? letter)
}

function* pairs(run: string, start: number): Generator<Word> {
  const characters = Array.from(run)
  if (characters.length === 1) yield { word: run, start, end: start + run.length, capital: false }
  let at = start
  for (const [n, character] of characters.entries()) {
    const next = characters[n + 1]
    if (next === undefined) return
    yield { word: character + next, start: at, end: at + character.length + next.length, capital: false }
    at += character.length
  }
}
