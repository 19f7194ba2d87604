/** Atomic chat units as our own API shows and takes them. */
import { z } from 'zod'
import { LIMITS } from '../../events/limits.ts'
import { idParameter } from './parameters.ts'

const id = z.string()
const share = z.number().min(0).max(1)
const place = z.int().min(0)

export const AcuKind = z.enum([
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

/** A span of a message. */
export const Acu = z
  .object({
    id,
    conversationId: id,
    messageId: id,
    block: place,
    start: place.describe('UTF-16 units of the block’s text, half-open'),
    end: place,
    type: AcuKind,
    language: z.string().nullable(),
    quality: z.object({ overall: share, richness: share, integrity: share, uniqueness: share }),
    rules: z.string().describe('The version of the rules that found it'),
    text: z.string(),
  })
  .meta({ id: 'Acu' })

/** One that a person wrote. */
export const WrittenAcu = z
  .object({
    id,
    type: AcuKind,
    text: z.string(),
    tags: z.array(z.string()),
    parentId: id.nullable(),
    relation: z.enum(['remix', 'annotation']).nullable(),
    createdAt: z.iso.datetime(),
  })
  .meta({ id: 'WrittenAcu' })

export const AnyAcu = z.union([Acu, WrittenAcu])

export const AcuLink = z
  .object({
    sourceId: id,
    targetId: id,
    relation: z.string().describe('`next`, `answered_by`, `explains` follow from the text; every other was made'),
    weight: share,
    made: z.boolean().describe('By its owner; otherwise it follows from the text'),
  })
  .meta({ id: 'AcuLink' })

export const RepeatedAcu = z.object({ count: z.int().min(2), first: Acu }).meta({ id: 'RepeatedAcu' })

export const AcuHit = z.object({ acu: Acu, score: z.number() }).meta({ id: 'AcuHit' })

const text = z.string().trim().min(1).max(LIMITS.note)
const tags = z.array(z.string().trim().toLowerCase().min(1).max(LIMITS.tag)).max(LIMITS.tags).default([])

export const NewAcu = z.strictObject({ text, type: AcuKind.default('statement'), tags }).meta({ id: 'NewAcu' })
export const Remix = z.strictObject({ text, tags }).meta({ id: 'Remix' })
export const NewAcuLink = z
  .strictObject({ targetId: idParameter, relation: z.string().regex(/^[\x21-\x7e]{1,40}$/, 'must be one word'), weight: share.default(1) })
  .meta({ id: 'NewAcuLink' })
