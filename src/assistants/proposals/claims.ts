/** Claims as models make them: what they are asked for, and what becomes of one. Pure. */
import { z } from 'zod'
import { memoryIdOf } from '../../events/identifiers.ts'
import type { Claim, Derivation, Evidence, MemoryEvents } from '../../events/memories.ts'
import type { Command } from '../../handlers/commands.ts'
import { languageOf } from '../../memory/language.ts'
import { MEANINGS } from '../../memory/rules/meanings.ts'
import { BASE_IMPORTANCE, CATEGORIES, MEMORY_TYPES } from '../../memory/types.ts'
import { plainText } from '../plain.ts'

/** What a claim may be about, for models to choose from: the same as rules learn, so that both contradict each other where they do. */
export const PREDICATES: readonly string[] = [...new Set(Object.values(MEANINGS).map(({ predicate }) => predicate))].filter(
  (predicate) => !predicate.includes('{'),
)

const DATE = /^\d{4}(?:-\d\d(?:-\d\d)?)?$/
const date = z.string().regex(DATE).nullable().describe('YYYY, YYYY-MM or YYYY-MM-DD as far as it is known; null otherwise')

/** Every field is needed: some providers know no optional ones. */
export const claimShape = {
  type: z.enum(MEMORY_TYPES as [Claim['type'], ...Claim['type'][]]),
  category: z.string().max(60),
  text: z.string().max(400).describe('One short sentence in the third person, e.g. "The user lives in Lisbon."'),
  subject: z.string().max(200).describe('"user" for the person; else a name'),
  predicate: z
    .string()
    .max(100)
    .describe(`One of these where it fits: ${PREDICATES.join(', ')}`),
  object: z.string().max(300).describe('The value, in words of the quote'),
  validFrom: date,
  validTo: date,
}

export type Claimed = { readonly [K in keyof typeof claimShape]: z.infer<(typeof claimShape)[K]> }

const SENSITIVE = new Set(['health', 'belief', 'contact'])
/** What a model says on its own is never surer than this. */
const CONFIDENCE = 0.55

const compared = (text: string, max: number): string => plainText(text, max).trim().toLowerCase().replace(/\s+/g, ' ')

/** The claim as it is recorded. @param quote  tells the language */
export function claimOf({ type, category, text, subject, predicate, object, validFrom, validTo }: Claimed, quote: string): Claim {
  const known = CATEGORIES[type]
  const named = compared(category, 60).replace(/[^a-z0-9_]+/g, '_')
  return {
    type,
    category: known.includes(named) || (type === 'custom' && named !== '') ? named : (known[0] ?? 'custom'),
    text: plainText(text, 400).trim(),
    subject: compared(subject, 200),
    predicate: compared(predicate, 100),
    object: compared(object, 300),
    language: languageOf(quote),
    validFrom,
    validTo,
    tags: [],
  }
}

export type Owner = { readonly accountId: string; readonly at: string }

/** A candidate: nobody believes it until its person says so. The same claim from the same words has the same id. */
export function recordCommand(
  owner: Owner,
  claim: Claim,
  evidence: Evidence,
  from: { readonly derivation: Derivation; readonly observedAt: string | null },
) {
  const { subject, predicate, object } = claim
  const id = memoryIdOf(owner.accountId, JSON.stringify(['model', subject, predicate, object]), evidence.messageId, evidence.block, evidence.start)
  const data: MemoryEvents['memory:record'] = {
    ...claim,
    id,
    accountId: owner.accountId,
    status: 'candidate',
    confidence: CONFIDENCE,
    importance: BASE_IMPORTANCE[claim.type],
    sensitive: SENSITIVE.has(claim.category),
    observedAt: from.observedAt,
    evidence: [evidence],
    derivation: from.derivation,
    members: [],
    at: owner.at,
  }
  return { do: 'RecordMemory', data } as const satisfies Command
}
