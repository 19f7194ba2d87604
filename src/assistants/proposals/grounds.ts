/** Whether a person said what a model says they said: a quote becomes evidence, or is refused with the reason. Pure; everything is attacker-controlled. */
import type { Claim, Evidence } from '../../events/memories.ts'
import { BARRIER, isSaid, wordsOf } from '../../memory/gate.ts'
import { secretsIn, speaksOfSecrets } from '../../memory/secrets.ts'
import { verifyQuote } from '../../memory/verify.ts'
import type { MessageRow } from '../../projections/read/messages.ts'

/**
 * `not-a-quote`: it does not stand there. `not-theirs`: it does, and is not the person's own word: another's, code, something pasted or quoted.
 * `secret`: a key, a card number. `not-in-quote`: the claim says what the quote does not.
 */
export type Ungrounded = 'not-a-quote' | 'not-theirs' | 'secret' | 'not-in-quote'

export type Grounds = { readonly ok: true; readonly evidence: Evidence } | { readonly ok: false; readonly reason: Ungrounded }

/** The words of a message that a claim rests on. */
export function groundsOf(message: MessageRow, quote: string, object: string): Grounds {
  const span = verifyQuote(message, quote)
  if (span === null) return { ok: false, reason: 'not-a-quote' }
  if (!isSaid(message) || isMasked(message, span)) return { ok: false, reason: 'not-theirs' }
  if (secretsIn(span.quote).length > 0 || speaksOfSecrets(span.quote)) return { ok: false, reason: 'secret' }
  if (!isIn(span.quote, object)) return { ok: false, reason: 'not-in-quote' }
  const { id: messageId, conversationId, position } = message
  const { block, start, end } = span
  return { ok: true, evidence: { conversationId, messageId, position, block, start, end, quote: span.quote, role: 'user', stance: 'supports' } }
}

/** Code, quotations, pastes and the like are masked: see gate.ts. */
function isMasked(message: MessageRow, { block, start, end }: { readonly block: number; readonly start: number; readonly end: number }): boolean {
  const words = wordsOf(message).find((one) => one.block === block)
  return words === undefined || words.masked.slice(start, end).includes(BARRIER)
}

const wordsIn = (text: string): string[] =>
  text
    .normalize('NFKD')
    .toLowerCase()
    .match(/[\p{L}\p{N}]{2,}/gu) ?? []

/** Most of what is claimed stands in the quote, and every number of it: forms of a word may differ in their end. */
function isIn(quote: string, object: string): boolean {
  const said = wordsIn(quote)
  const claimed = wordsIn(object)
  const isSaidSomewhere = (word: string): boolean =>
    /\d/.test(word) ? said.includes(word) : said.some((one) => one.slice(0, stemOf(word)) === word.slice(0, stemOf(word)))
  const found = claimed.filter(isSaidSomewhere)
  const numbers = claimed.filter((word) => /\d/.test(word))
  return claimed.length > 0 && found.length * 2 > claimed.length && numbers.every(isSaidSomewhere)
}

const stemOf = (word: string): number => Math.max(3, word.length - 3)

/** A claim that is one sentence, of the account's language. */
export const isSentence = ({ text }: Pick<Claim, 'text'>): boolean => text.trim().length >= 3 && text.length <= 300 && !/[\n\r]/.test(text)
