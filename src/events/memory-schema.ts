/** What the payloads of memories must look like to be recorded. See schema.ts. */
import { z } from 'zod'
import { id, language, link, list, name, text, time, token } from './checks.ts'
import { json } from './conversation-schema.ts'
import { LIMITS } from './limits.ts'
import type { MemoryEvents } from './memories.ts'

const share = z.number().min(0).max(1)
const place = z.int().min(0)
const hash = z.string().regex(/^(?:[0-9a-f]{2}){16,32}$/, 'must be a hash in hex')
/** A moment, or a day, month or year. */
const date = z.string().regex(/^\d{4}(?:-\d\d(?:-\d\d(?:T[\d:.]+Z)?)?)?$/, 'must be a date, as far as it is known')
const own = { id, accountId: id, at: time }
const words = text(LIMITS.claim)

const acuType = z.enum([
  'statement',
  'question',
  'answer',
  'list_item',
  'heading',
  'code_snippet',
  'table',
  'formula',
  'quote',
  'decision',
  'task',
  'thought',
])
const acu = z
  .strictObject({
    id,
    messageId: id,
    block: place,
    start: place,
    end: place,
    type: acuType,
    language: language.nullable(),
    quality: z.strictObject({ overall: share, richness: share, integrity: share, uniqueness: share }).readonly(),
    hash,
  })
  .readonly()

const evidence = z
  .strictObject({
    conversationId: id,
    messageId: id,
    position: place,
    block: place,
    start: place,
    end: place,
    quote: text(LIMITS.description).min(1),
    role: z.enum(['user', 'assistant']),
    stance: z.enum(['supports', 'contradicts']),
  })
  .readonly()

const claim = {
  type: z.enum(['episodic', 'semantic', 'procedural', 'factual', 'preference', 'identity', 'relationship', 'goal', 'project', 'custom']),
  category: token(60),
  text: words.min(1),
  subject: words,
  predicate: words,
  object: words,
  language: language.nullable(),
  validFrom: date.nullable(),
  validTo: date.nullable(),
  tags: list(text(LIMITS.tag).min(1), LIMITS.tags),
}

const derivation = z
  .strictObject({
    engine: z.enum(['rules', 'model', 'person', 'import', 'assistant', 'rollup']),
    by: name,
    model: name.nullable(),
    prompt: hash.nullable(),
    output: hash.nullable(),
  })
  .readonly()

const relation = z.enum(['similar', 'contradicts', 'supports', 'related_to', 'derived_from', 'same_topic', 'same_event', 'follows', 'precedes'])
const pair = { accountId: id, sourceId: id, targetId: id, at: time }
const ids = list(id, LIMITS.read)

export const memorySchemas: { readonly [T in keyof MemoryEvents]: z.ZodType<MemoryEvents[T]> } = {
  'acu:segment': z.strictObject({ accountId: id, conversationId: id, rules: token(60), acus: list(acu, LIMITS.acus), at: time }),
  'acu:create': z.strictObject({
    ...own,
    text: text(LIMITS.note).min(1),
    type: acuType,
    tags: list(text(LIMITS.tag).min(1), LIMITS.tags),
    parentId: id.nullable(),
    relation: z.enum(['remix', 'annotation']).nullable(),
  }),
  'acu:delete': z.strictObject(own),
  'acu:link': z.strictObject({ ...pair, relation: token(40), weight: share }),
  'acu:unlink': z.strictObject({ ...pair, relation: token(40) }),

  'memory:record': z.strictObject({
    ...own,
    ...claim,
    status: z.enum(['candidate', 'active']),
    confidence: share,
    importance: share,
    sensitive: z.boolean(),
    observedAt: time.nullable(),
    evidence: list(evidence, LIMITS.evidences),
    derivation,
    members: list(id, LIMITS.evidences),
  }),
  'memory:support': z.strictObject({ ...own, evidence: list(evidence, LIMITS.evidences) }),
  'memory:supersede': z.strictObject({ ...own, by: id, validTo: date.nullable() }),
  'memory:dispute': z.strictObject({ ...own, with: id }),
  'memory:resolve': z.strictObject({ ...own, with: id, as: z.enum(['holds', 'both']) }),
  'memory:confirm': z.strictObject(own),
  'memory:correct': z.strictObject({ ...own, claim: z.strictObject(claim).readonly() }),
  'memory:pin': z.strictObject(own),
  'memory:unpin': z.strictObject(own),
  'memory:archive': z.strictObject(own),
  'memory:restore': z.strictObject(own),
  'memory:forget': z.strictObject({ ...own, marks: list(hash, 100) }),
  'memory:relate': z.strictObject({ ...pair, relation, weight: share }),
  'memory:unrelate': z.strictObject({ ...pair, relation }),
  'memory:access': z.strictObject({
    ...own,
    reader: z.strictObject({ kind: z.enum(['app', 'assistant']), appId: id.nullable(), grantId: id.nullable(), name }).readonly(),
    what: token(200),
    query: text(LIMITS.description).nullable(),
    conversationIds: ids,
    messageIds: ids,
    memoryIds: ids,
    tokens: place.nullable(),
  }),
  'extraction:report': z.strictObject({
    ...own,
    conversationId: id,
    provider: token(60),
    model: name,
    prompt: hash,
    output: hash,
    proposed: place,
    accepted: place,
    rejected: list(z.strictObject({ reason: name, count: place }).readonly(), 100),
  }),

  'model:add': z.strictObject({ ...own, provider: token(60), name, model: name, baseUrl: link.nullable(), embeddingModel: name.nullable() }),
  'model:remove': z.strictObject(own),
  'context:settings': z.strictObject({ accountId: id, settings: json, at: time }),
  'recipe:save': z.strictObject({
    ...own,
    name: name.min(1),
    description: text(LIMITS.description),
    weights: z.record(token(60), z.number().min(0).max(10)),
    excluded: list(token(60), 20),
    budget: z.int().min(100).max(1_000_000).nullable(),
  }),
  'recipe:delete': z.strictObject(own),
}
