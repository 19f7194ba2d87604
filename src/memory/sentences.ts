/** Sentences of a masked text: where each begins and ends, and whether it asks. Pure, linear. */
import { BARRIER } from './gate.ts'

/** `[start, end)` without the space around it and without its end mark. `cut`: what follows is not the person's word, so nobody knows how it ends. */
export type Sentence = { readonly start: number; readonly end: number; readonly asks: boolean; readonly cut: boolean }

/** Longer ones are no sentences. */
export const LONGEST_SENTENCE = 420

/** Before a point that ends nothing. */
const ABBREVIATIONS =
  /(?:^|[\s(])(?:mr|mrs|ms|dr|prof|st|jr|sr|vs|etc|e\.g|i\.e|approx|no|nr|bzw|z\.b|d\.h|ca|usw|sra|srta|dra|p\.ej|ej|av|mme|mlle|m|c\.-à-d|ex|ltd|inc|co|corp|jan|feb|mar|apr|jun|jul|aug|sep|sept|oct|nov|dec)$/iu
const BULLET = /^(?:[-*•+]|\d{1,2}[.)])\s+/

export function sentencesOf(masked: string): Sentence[] {
  const found: Sentence[] = []
  let start = 0
  for (let at = 0; at <= masked.length; at++) {
    const end = endAt(masked, at)
    if (end === null) continue
    push(found, masked, { from: start, to: at, end })
    start = at + 1
  }
  return found
}

type End = 'asks' | 'ends' | 'cut'

/** Whether a sentence ends at this character, and how. */
function endAt(text: string, at: number): End | null {
  const char = text[at]
  if (char === BARRIER) return 'cut'
  if (char === undefined || char === '\n' || char === '!') return 'ends'
  if (char === '?') return 'asks'
  if (char === '…') return 'ends'
  if (char === ';') return 'ends'
  if (char !== '.') return null
  const next = text[at + 1]
  if (next !== undefined && !/[\s.)"”»\uE000]/.test(next)) return null
  const before = text.slice(Math.max(0, at - 10), at)
  if (ABBREVIATIONS.test(before) || /(?:^|[\s(])\p{Lu}$/u.test(before)) return null
  return /\d$/.test(before) &&
    /^\s{1,2}\p{L}/u.test(text.slice(at + 1, at + 4)) &&
    !/^\s{1,2}\p{Lu}\p{Ll}+\s\p{Ll}/u.test(text.slice(at + 1, at + 24))
    ? null
    : 'ends'
}

type Piece = { readonly from: number; readonly to: number; readonly end: End }

function push(found: Sentence[], text: string, piece: Piece): void {
  let start = piece.from
  let end = piece.to
  while (start < end && isSpace(text, start)) start++
  while (end > start && isSpace(text, end - 1)) end--
  if (end - start <= LONGEST_SENTENCE) start += BULLET.exec(text.slice(start, Math.min(end, start + 8)))?.[0].length ?? 0
  if (end - start >= 3 && end - start <= LONGEST_SENTENCE) found.push({ start, end, asks: piece.end === 'asks', cut: piece.end === 'cut' })
}

const isSpace = (text: string, at: number): boolean => /[\s\uE000]/.test(text[at] ?? '')
