/** Memories, and what is said about them, as our own API shows and takes them. Names and meanings are those of src/events/memories.ts. */
import { z } from 'zod'
import { LIMITS } from '../../events/limits.ts'
import { idParameter } from './parameters.ts'

const id = z.string()
const count = z.int().min(0)
const share = z.number().min(0).max(1)
const date = z.string().describe('ISO 8601, as far as it is known: a moment, a day, a month or a year')

export const MemoryKind = z.enum([
  'episodic',
  'semantic',
  'procedural',
  'factual',
  'preference',
  'identity',
  'relationship',
  'goal',
  'project',
  'custom',
])
export const Status = z.enum(['candidate', 'active', 'superseded', 'disputed', 'archived'])
export const Relation = z.enum([
  'similar',
  'contradicts',
  'supports',
  'related_to',
  'derived_from',
  'same_topic',
  'same_event',
  'follows',
  'precedes',
])

export const Evidence = z
  .object({
    conversationId: id,
    messageId: id,
    position: count.describe('Of the message’s event in the log'),
    block: count,
    start: count.describe('UTF-16 units of the block’s text, half-open'),
    end: count,
    quote: z.string().describe('Exactly these characters'),
    role: z.enum(['user', 'assistant']),
    stance: z.enum(['supports', 'contradicts']),
  })
  .meta({ id: 'Evidence' })

export const Memory = z
  .object({
    id,
    type: MemoryKind,
    category: z.string(),
    text: z.string().describe('One sentence'),
    subject: z.string(),
    predicate: z.string(),
    object: z.string(),
    language: z.string().nullable(),
    validFrom: date.nullable(),
    validTo: date.nullable(),
    tags: z.array(z.string()),
    status: Status,
    pinned: z.boolean(),
    confirmed: z.boolean().describe('Its owner said that it is right'),
    confidence: share,
    importance: share.describe('When it was learnt'),
    importanceNow: share.describe('What is left of it: memories fade, slower when they are used'),
    sensitive: z.boolean(),
    observedAt: z.iso.datetime().nullable().describe('When its evidence was said'),
    recordedAt: z.iso.datetime(),
    evidence: z.array(Evidence).describe('What still stands of it'),
    derivation: z.object({
      engine: z.enum(['rules', 'model', 'person', 'import', 'assistant', 'rollup']),
      by: z.string(),
      model: z.string().nullable(),
      prompt: z.string().nullable(),
      output: z.string().nullable(),
    }),
    members: z.array(id).describe('Memories that it is made of'),
    supersededBy: id.nullable(),
    disputedWith: z.array(id),
    useCount: count,
    lastUsedAt: z.iso.datetime().nullable(),
    position: count.describe('Of its event in the log'),
  })
  .meta({ id: 'Memory' })

export const Conflict = z
  .object({ state: z.enum(['disputed', 'superseded']), first: Memory.describe('Observed first'), second: Memory })
  .meta({ id: 'Conflict' })

export const MemoryRelation = z
  .object({ sourceId: id, targetId: id, relation: Relation, weight: share, createdAt: z.iso.datetime() })
  .meta({ id: 'MemoryRelation' })

export const NewRelation = z.strictObject({ targetId: idParameter, relation: Relation, weight: share.default(1) }).meta({ id: 'NewRelation' })

export const Consolidated = z
  .object({ rollups: count.describe('New ones'), relations: count.describe('Between memories that say nearly the same') })
  .meta({ id: 'Consolidated' })

export const MemoryPast = z
  .object({
    type: z.string().describe('`record`, `correct`, `pin`, …'),
    at: z.iso.datetime(),
    otherId: id.nullable().describe('The other memory, where there is one'),
    before: z.object({ text: z.string(), category: z.string() }).nullable().describe('What it said before a correction'),
    position: count,
  })
  .meta({ id: 'MemoryPast' })

const text = z.string().trim().min(1).max(LIMITS.claim)

/** What of a claim its owner may say themselves. */
const claim = {
  type: MemoryKind.optional(),
  category: z
    .string()
    .regex(/^[\x21-\x7e]{1,60}$/, 'must be one word')
    .optional(),
  subject: z.string().max(LIMITS.claim).toLowerCase().optional(),
  predicate: z.string().max(LIMITS.claim).toLowerCase().optional(),
  object: z.string().max(LIMITS.claim).toLowerCase().optional(),
  validFrom: worldDate().nullable().optional(),
  validTo: worldDate().nullable().optional(),
  tags: z.array(z.string().trim().toLowerCase().min(1).max(LIMITS.tag)).max(LIMITS.tags).optional(),
}

export const Correction = z.strictObject({ text: text.optional(), ...claim }).meta({ id: 'Correction' })

export const NewMemory = z
  .strictObject({
    text: text.describe('One sentence. What it says of whom is read from it, as far as it is not given'),
    ...claim,
    quote: z.string().min(2).max(2_000).optional().describe('Words of a message that it rests on'),
    messageId: idParameter.optional(),
  })
  .meta({ id: 'NewMemory' })

export const Resolution = z
  .strictObject({
    with: idParameter.describe('The memory that says otherwise'),
    as: z.enum(['holds', 'both']).describe('`holds`: this one is right, the other one was. `both`: they do not exclude each other'),
  })
  .meta({ id: 'Resolution' })

export const Why = z
  .object({
    memory: Memory,
    evidence: z.array(
      z.object({
        evidence: Evidence,
        conversationTitle: z.string(),
        saidAt: z.iso.datetime().nullable(),
        excerpt: z.string().describe('The quote with what stands around it'),
        verified: z.object({
          quote: z.boolean().describe('The message says exactly this there'),
          log: z.boolean().describe('Its entry is in the log, under a checkpoint that the log signed'),
          author: z
            .enum(['proven', 'unproven', 'closed'])
            .describe('`proven`: signed by a key of yours. `closed`: signed by this instance, which you may ask to be audited'),
        }),
        receiptUrl: z.url().describe('Checks the same elsewhere'),
      }),
    ),
  })
  .meta({ id: 'Why' })

export const MemoryTypes = z
  .array(z.object({ type: MemoryKind, categories: z.array(z.string()), halfLifeDays: z.number().nullable().describe('Null: it does not fade') }))
  .meta({ id: 'MemoryTypes' })

function worldDate() {
  return z.string().regex(/^\d{4}(?:-\d\d(?:-\d\d(?:T[\d:.]+Z)?)?)?$/, 'must be a date, as far as it is known')
}
