/**
 * The deterministic rules over whole messages: what a person says in them, in the language they say it in, each claim with its exact words. Pure:
 * the same messages give the same claims, on every machine.
 */
import type { Evidence } from '../../events/memories.ts'
import type { MessageRow } from '../../projections/read/messages.ts'
import { wordsOf } from '../gate.ts'
import { LANGUAGES, type LanguageCode, languagesOf } from '../language.ts'
import { sentencesOf } from '../sentences.ts'
import { type Compiled, claimsIn, compiled, type Learnt } from './claims.ts'
import { english } from './english.ts'
import { french } from './french.ts'
import { german } from './german.ts'
import { portuguese } from './portuguese.ts'
import { spanish } from './spanish.ts'

const GRAMMARS: Readonly<Record<LanguageCode, Compiled>> = {
  en: compiled(english),
  es: compiled(spanish),
  de: compiled(german),
  fr: compiled(french),
  pt: compiled(portuguese),
}

/** A claim with its evidence, as the rules give it. */
export type RuleClaim = Learnt & { readonly evidence: Evidence }

/** Of one message at most: who says more of themselves at once is no person, but a document. */
const MOST_PER_MESSAGE = 12

/** What of a message the rules read. */
export type Readable = Pick<
  MessageRow,
  'id' | 'conversationId' | 'role' | 'recipient' | 'status' | 'hidden' | 'injected' | 'blocks' | 'createdAt' | 'position'
>

/** Claims of messages, in their order. What stands word for word in something that a machine put into the conversation is not learnt again. */
export function runRules(messages: readonly Readable[]): RuleClaim[] {
  const told = messages.filter(isMachines).flatMap(({ blocks }) => blocks.flatMap((block) => (block.t === 'text' ? [block.text] : [])))
  return messages.flatMap((message) => claimsOf(message).filter(({ evidence }) => !told.some((text) => text.includes(evidence.quote))))
}

/** Text in a conversation that nobody said. */
export const isMachines = ({ role, injected }: Pick<MessageRow, 'role' | 'injected'>): boolean => injected || role === 'context' || role === 'system'

/** Claims of one message, in the order of its words. */
export function claimsOf(message: Readable): RuleClaim[] {
  const claims = wordsOf(message).flatMap(({ block, text, masked }) =>
    learntFrom(text, masked, message.createdAt.value).map((learnt) => ({ ...learnt, evidence: evidenceOf(message, block, text, learnt) })),
  )
  return claims.length > MOST_PER_MESSAGE ? [] : claims
}

function evidenceOf(message: Readable, block: number, text: string, { start, end }: Learnt): Evidence {
  const { conversationId, id: messageId, position } = message
  return { conversationId, messageId, position, block, start, end, quote: text.slice(start, end), role: 'user', stance: 'supports' }
}

/** @param masked  see gate.ts; `said`: when, ISO 8601 */
export function learntFrom(text: string, masked: string, said: string | null): Learnt[] {
  const likely = languagesOf(masked)
  const tried = masked.length > SHORT ? likely.slice(0, 1) : likely.length > 0 ? likely : LANGUAGES
  for (const language of tried) {
    const found = inLanguage(text, masked, language, said)
    if (found.length > 0) return found
  }
  return []
}

/** A short text may be in a language that seems less likely, or shows none of its small words. */
const SHORT = 160

function inLanguage(text: string, masked: string, language: LanguageCode, said: string | null): Learnt[] {
  const grammar = GRAMMARS[language]
  if (!grammar.trigger.test(masked)) return []
  return sentencesOf(masked).flatMap((sentence) => claimsIn(text, masked, sentence, grammar, said))
}
