/**
 * A sentence that somebody wrote down as a memory, as a claim: with subject, predicate and object where the rules understand it, so that it can be
 * held against what people said; as itself where they do not. The text stays as it was written. Pure.
 */
import { LIMITS } from '../events/limits.ts'
import type { Claim } from '../events/memories.ts'
import { masking } from './gate.ts'
import { languageOf } from './language.ts'
import { learntFrom } from './rules/rules.ts'

/** What assistants write of a person, as that person would say it. */
const THIRD_PERSON: readonly (readonly [of: RegExp, as: string])[] = [
  [/^(?:the )?user(?:'s|’s) /i, 'my '],
  [/^(?:the )?user (?:is|was) /i, 'I am '],
  [/^(?:the )?user has /i, 'I have '],
  [/^(?:the )?user does(?:n['’]t| not) /i, "I don't "],
  [/^(?:the )?user (?=(?:moved|joined|quit|left|decided|used to|visited|went|got|bought|started)\b)/i, 'I '],
  [/^(?:the )?user (\p{L}+?)(?:ies) /iu, 'I $1y '],
  [/^(?:the )?user ((?:wish|teach|watch|pass|miss|go|do)(?=es))es /i, 'I $1 '],
  [/^(?:the )?user (\p{L}+?)s /iu, 'I $1 '],
]
/** Without a subject, as in a profile: `Lives in Lisbon`. */
const NO_SUBJECT: readonly (readonly [of: RegExp, as: string])[] = [
  [/^(?:is|was) /i, 'I am '],
  [/^has /i, 'I have '],
  [/^does(?:n['’]t| not) /i, "I don't "],
  [/^(live|work|prefer|like|love|enjoy|hate|dislike|speak|play|drive|use|own)s /i, 'I $1 '],
]

/** @param said  when, ISO 8601, or null */
export function claimOf(text: string, said: string | null): Claim {
  const sentence = text.trim().slice(0, LIMITS.claim)
  for (const form of [sentence, ...firstPerson(sentence)]) {
    const masked = masking(form)
    const [learnt, ...others] = masked === null ? [] : learntFrom(form, masked, said)
    if (learnt !== undefined && others.length === 0) return { ...learnt.claim, text: sentence }
  }
  return plain(sentence)
}

function firstPerson(sentence: string): string[] {
  return [...THIRD_PERSON, ...NO_SUBJECT].filter(([of]) => of.test(sentence)).map(([of, as]) => sentence.replace(of, as))
}

/** A claim that says only itself. */
const plain = (text: string): Claim => ({
  type: 'semantic',
  category: 'fact',
  text,
  subject: 'user',
  predicate: 'says',
  object: text.toLowerCase().replace(/\s+/g, ' '),
  language: languageOf(text),
  validFrom: null,
  validTo: null,
  tags: [],
})
