/** How long a post is, as its author's client counts it. Pure. */
import type { Token } from './tokens.ts'

/** What any link counts for, however long it is. */
export const URL_LENGTH = 23

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' })

/** Characters as people see them; links count 23, mentions without their domain. */
export const lengthOf = (tokens: readonly Token[]): number => tokens.reduce((sum, token) => sum + lengthOfToken(token), 0)

function lengthOfToken(token: Token): number {
  if (token.kind === 'url') return URL_LENGTH
  if (token.kind === 'mention') return token.username.length + 1
  return characters(token.text)
}

/** User-perceived characters (grapheme clusters). */
export function characters(text: string): number {
  if (/^[\t\n\x20-\x7e]*$/.test(text)) return text.length
  let count = 0
  for (const _ of graphemes.segment(text)) count += 1
  return count
}
