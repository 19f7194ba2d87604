/** Models with their owner's key, talking to them, and what they propose, as our own API shows them. No key is ever in an answer. */
import { z } from 'zod'
import { LIMITS } from '../../events/limits.ts'
import { idParameter } from './parameters.ts'
import { PresetName } from './schema-context.ts'

const name = z.string().trim().min(1).max(LIMITS.name)
const apiKey = z.string().max(1_000).describe('Sealed, and never shown again')

export const ModelProvider = z
  .object({
    id: z.string(),
    label: z.string(),
    baseUrl: z.string().nullable().describe('Where it is unless told; null: has to be told'),
    needsKey: z.boolean(),
    embeddings: z.boolean().describe('It turns texts into vectors, too'),
  })
  .meta({ id: 'ModelProvider' })

export const Model = z
  .object({
    id: z.string(),
    provider: z.string(),
    name: z.string(),
    model: z.string().describe('As the provider calls it'),
    baseUrl: z.string().nullable().describe('Null: the provider’s own'),
    embeddingModel: z.string().nullable(),
    hasKey: z.boolean(),
    createdAt: z.iso.datetime(),
  })
  .meta({ id: 'Model' })

export const NewModel = z
  .strictObject({
    provider: z.string().max(60).describe('Of `GET /models/providers`'),
    name: name.optional().describe('As its owner calls it; the model’s own name when absent'),
    model: name.describe('As the provider calls it'),
    apiKey: apiKey.nullable().default(null),
    baseUrl: z.string().max(LIMITS.url).nullable().default(null),
    embeddingModel: name.nullable().default(null),
  })
  .meta({ id: 'NewModel' })

export const NewKey = z.strictObject({ apiKey })

const Failure = z
  .object({
    kind: z.enum(['key', 'limit', 'request', 'reach', 'model', 'stopped']),
    message: z.string().describe('What the provider said, without the key'),
    status: z.int().nullable().describe('Of the provider’s answer'),
  })
  .meta({ id: 'ModelFailure' })

export const ModelTest = z
  .object({ ok: z.boolean(), tookMs: z.int(), text: z.string().optional().describe('What it said'), failure: Failure.optional() })
  .meta({ id: 'ModelTest' })

export const TOOL_NAMES = ['search', 'recall', 'remember'] as const

const wishes = {
  model: idParameter.describe('One of `GET /models`'),
  tools: z
    .array(z.enum(TOOL_NAMES))
    .max(TOOL_NAMES.length)
    .default([])
    .describe(
      '`search` and `recall` read the vault (scope `memory:read`); `remember` proposes memories, which their owner confirms (scope `memory:write`)',
    ),
  context: z
    .strictObject({
      preset: PresetName.nullable().default(null),
      recipeId: idParameter.nullable().default(null),
      budgetTokens: z.int().min(100).max(200_000).nullable().default(null),
    })
    .nullable()
    .default(null)
    .describe('Notes from the vault that go with the question (scope `memory:read`); null: none'),
  maxOutputTokens: z.int().min(1).max(1_000_000).nullable().default(null),
  temperature: z.number().min(0).max(2).nullable().default(null),
}

/** UTF-16 units of a question. */
const LONGEST_QUESTION = 200_000

export const Question = z
  .strictObject({
    ...wishes,
    conversationId: idParameter
      .nullable()
      .default(null)
      .describe('Goes on with it, whatever it was imported from (scope `memory:read`); null: begins one'),
    parentId: idParameter.nullable().optional().describe('The message it comes after; null: none. When absent, where the conversation was left'),
    text: z
      .string()
      .max(LONGEST_QUESTION)
      .refine((text) => text.trim() !== '' && text.isWellFormed() && !text.includes('\0'), 'must say something, in well-formed Unicode'),
    doNotRemember: z.boolean().default(false).describe('Of a conversation that begins: nothing is to be learnt from it'),
  })
  .meta({ id: 'Question' })

export const Again = z
  .strictObject({ ...wishes, conversationId: idParameter, messageId: idParameter.describe('A question, or an answer to it') })
  .meta({ id: 'QuestionAgain' })

export const UnderWay = z.object({ messageId: z.string().describe('Of the answer'), conversationId: z.string() }).meta({ id: 'AnswerUnderWay' })

export const AskForProposals = z.strictObject({ model: idParameter.describe('One of `GET /models`') })

export const ProposalsReport = z
  .object({
    id: z.string().describe('Of the report in the log'),
    proposed: z.int(),
    accepted: z.array(z.object({ op: z.enum(['add', 'support', 'supersede', 'contradict']), memoryId: z.string() })),
    rejected: z.array(z.object({ reason: z.string(), count: z.int() })),
  })
  .meta({ id: 'ProposalsReport' })
