/** Questions to a vault, and what is found. */
import { z } from 'zod'
import { MAX_QUERY } from '../../memory/retrieval/types.ts'
import { idParameter, moment } from './parameters.ts'
import { Role } from './schema-conversations.ts'

const HitKind = z.enum(['message', 'memory'])
const name = z.string().max(200)

/** What both ways of asking know. */
const narrowing = {
  since: moment.optional().describe('Said then or later'),
  until: moment.optional().describe('Said before'),
  provider: name.optional(),
  conversationId: idParameter.optional(),
  speaker: name.optional().describe('Name of who spoke'),
  role: Role.optional(),
}

export const SearchParameters = z.strictObject({
  q: z.string().min(1).max(MAX_QUERY),
  kind: HitKind.optional(),
  limit: z.coerce.number<string>().int().min(1).max(100).default(20),
  ...narrowing,
})

export const SearchBody = z
  .strictObject({
    text: z.string().min(1).max(MAX_QUERY),
    kinds: z.array(HitKind).min(1).max(2).optional(),
    limit: z.int().min(1).max(200).default(20),
    ...narrowing,
    includeHidden: z.boolean().optional().describe('Also what its source does not show, and what a machine put there'),
    includeSuperseded: z.boolean().optional().describe('Also memories whose place another took, and archived ones'),
    budgetTokens: z.int().min(50).max(200_000).optional().describe('Only as much as fits, best per token first'),
  })
  .meta({ id: 'SearchBody' })

const Excerpt = {
  text: z.string().describe('The words, cut around what was found'),
  spans: z.array(z.tuple([z.int().min(0), z.int().min(0)])).describe('What was found in `text`: UTF-16 units, half-open'),
}

export const Hit = z
  .object({
    kind: HitKind,
    id: z.string(),
    conversationId: z.string().nullable(),
    messageId: z.string().nullable(),
    title: z.string().describe('Of its conversation'),
    role: Role.nullable(),
    author: z.string().nullable(),
    at: z.iso.datetime().nullable(),
    ...Excerpt,
    score: z.number().describe('Comparable within one answer'),
    why: z.array(z.object({ signal: z.string(), value: z.number() })).describe('What brought it up, and how much of the score each is'),
  })
  .meta({ id: 'Hit' })

export const SearchAnswer = z
  .object({
    hits: z.array(Hit),
    terms: z.array(z.string()).describe('The words that were looked for, as they are compared'),
    tookMs: z.number(),
    indexedTo: z.int().describe('Commits of the log that the answer knows of'),
  })
  .meta({ id: 'SearchAnswer' })

export const Suggestion = z
  .object({ kind: HitKind, id: z.string(), conversationId: z.string().nullable(), title: z.string(), ...Excerpt })
  .meta({ id: 'Suggestion' })
