/** Conversations and what is in them, as our own API shows them. Names and meanings are those of src/events/conversations.ts. */
import { z } from 'zod'
import type { Block as EventBlock } from '../../events/conversations.ts'
import { LIMITS } from '../../events/limits.ts'
import { idParameter, moment } from './parameters.ts'

const id = z.string().describe('Decimal, 63 bits')
const count = z.int().min(0)
const json = z.unknown()

export const Instant = z
  .object({
    value: z.iso.datetime().nullable().describe('UTC; null when its source does not tell'),
    original: z.union([z.string(), z.number()]).nullable().describe('As its source wrote it'),
    confidence: z.enum(['exact', 'derived', 'inferred', 'unknown']),
  })
  .meta({ id: 'Instant' })

export const Role = z.enum(['user', 'assistant', 'system', 'tool', 'developer', 'context'])

const Citation = z
  .strictObject({
    start: count.optional().describe('Of the block’s text, UTF-16 units, half-open'),
    end: count.optional(),
    kind: z.enum(['web', 'file', 'memory', 'connector']),
    url: z.string().optional(),
    title: z.string().optional(),
    snippet: z.string().optional(),
    refId: z.string().optional(),
  })
  .meta({ id: 'Citation' })

const AssetRef = z
  .strictObject({
    assetId: id.nullable().describe('Null while its bytes are not here'),
    pointer: z.string().nullable(),
    name: z.string().optional(),
    mime: z.string().optional(),
    bytes: count.optional(),
    state: z.enum(['stored', 'missing-in-export', 'external']),
  })
  .meta({ id: 'AssetRef' })

const every = { citations: z.array(Citation).optional(), extra: json.optional() }
const block = <T extends string, S extends z.ZodRawShape>(t: T, shape: S) => z.strictObject({ t: z.literal(t), ...shape, ...every })
const media = {
  asset: AssetRef,
  alt: z.string().optional(),
  prompt: z.string().optional(),
  transcript: z.string().optional(),
  width: count.optional(),
  height: count.optional(),
  durationMs: z.number().optional(),
}
const SearchResult = z.strictObject({ url: z.string(), title: z.string(), snippet: z.string(), published: z.string().optional() })

/** A part of a message, in the order of its source. */
export const Block: z.ZodType<EventBlock> = z
  .discriminatedUnion('t', [
    block('text', { format: z.enum(['markdown', 'plain', 'html']), text: z.string() }),
    block('code', { lang: z.string().optional(), text: z.string(), filename: z.string().optional() }),
    block('image', media),
    block('audio', media),
    block('video', media),
    block('file', media),
    block('reasoning', {
      text: z.string().optional(),
      summary: z.string().optional(),
      encrypted: z.boolean().optional(),
      durationMs: z.number().optional(),
      recap: z.boolean().optional(),
    }),
    block('tool_call', { callId: z.string().nullable(), name: z.string(), args: json, server: z.string().optional() }),
    z.strictObject({
      t: z.literal('tool_result'),
      callId: z.string().nullable(),
      name: z.string().optional(),
      ok: z.boolean().nullable(),
      get content(): z.ZodArray<z.ZodType> {
        return z.array(Block)
      },
      structured: json.optional(),
      ...every,
    }),
    block('artifact', {
      artifactId: z.string(),
      version: z.string().nullable(),
      kind: z.string(),
      title: z.string(),
      op: z.enum(['create', 'update', 'rewrite']),
      content: z.string().optional(),
      patch: json.optional(),
    }),
    block('search', { queries: z.array(z.string()), results: z.array(SearchResult) }),
    block('error', { name: z.string(), text: z.string() }),
    block('opaque', { nativeType: z.string(), raw: json }),
  ])
  .meta({ id: 'Block' }) as unknown as z.ZodType<EventBlock>

const Usage = z
  .strictObject({
    input: count.optional(),
    output: count.optional(),
    reasoning: count.optional(),
    cacheRead: count.optional(),
    cacheWrite: count.optional(),
    total: count.optional(),
    counted: z.enum(['provider', 'local']),
  })
  .meta({ id: 'Usage' })

export const Message = z
  .object({
    id,
    conversationId: id,
    parentId: id.nullable(),
    role: Role,
    author: z.string().nullable(),
    recipient: z.string().nullable().describe('The tool that it is for; null: everybody'),
    channel: z.string().nullable(),
    model: z.string().nullable(),
    status: z.enum(['complete', 'partial', 'error', 'aborted']),
    hidden: z.boolean().describe('Not shown by its source'),
    injected: z.boolean().describe('Put there by a machine: nothing is learnt from it'),
    createdAt: Instant,
    blocks: z.array(Block),
    usage: Usage.optional(),
    rating: z.number().optional(),
    latencyMs: z.number().optional(),
    source: z
      .object({ importId: id.nullable(), pointer: z.string().nullable(), raw: z.string().nullable(), nativeId: z.string().nullable() })
      .nullable()
      .describe('Where it was found; `raw` is SHA-256 (hex) of the record'),
    extra: json.describe('Everything else that its source says of it'),
    position: count.describe('Of its event in the log: /events/{position} proves it'),
    ordinal: count.describe('Its place among everything said in the conversation, in the order it was recorded'),
  })
  .meta({ id: 'Message' })

const Counts = z.object({
  messages: count,
  userMessages: count,
  assistantMessages: count,
  words: count,
  characters: count,
  codeBlocks: count,
  images: count,
  toolCalls: count,
})

const conversation = {
  id,
  title: z.string(),
  titleSource: z.enum(['provider', 'derived', 'person']),
  tags: z.array(z.string()),
  starred: z.boolean(),
  archived: z.boolean(),
  activeLeafId: id.nullable().describe('The last message of the branch that is shown; null: the newest leaf'),
  origin: z.enum(['import', 'capture', 'chat', 'api', 'fork']),
  provider: z.string().describe('`chatgpt`, `claude`, …; `vivim` for what was talked here'),
  product: z.enum(['web', 'cli', 'ide', 'api', 'share']).nullable(),
  model: z.string().nullable(),
  project: z.object({ id: z.string().nullable(), name: z.string().nullable() }).nullable(),
  createdAt: Instant,
  updatedAt: Instant,
  temporary: z.boolean(),
  doNotRemember: z.boolean().describe('Nothing is learnt from it'),
  forkedFrom: z.object({ conversationId: id, messageId: id.nullable() }).nullable(),
  counts: Counts,
  firstMessageAt: z.iso.datetime().nullable(),
  lastMessageAt: z.iso.datetime().nullable(),
}

export const ConversationSummary = z.object(conversation).meta({ id: 'ConversationSummary' })

export const ConversationDetail = z
  .object({
    ...conversation,
    groupedBy: z.enum(['native', 'time-gap']),
    source: z
      .object({
        importId: id.nullable(),
        importer: z.string(),
        importerVersion: count,
        archive: z.string().nullable().describe('SHA-256 (hex) of the file that it came in'),
        member: z.string().nullable(),
        pointer: z.string().nullable(),
        raw: z.string().nullable(),
        nativeId: z.string().nullable(),
        url: z.string().nullable(),
      })
      .nullable(),
    extra: json,
    shares: z.array(z.object({ id, leafId: id.nullable(), expiresAt: z.iso.datetime().nullable(), at: z.iso.datetime() })),
    branch: z.enum(['active', 'all']),
    messages: z.array(Message).describe('The messages of the branch in its order, or all of them in the order they were recorded; at most 1,000'),
    siblings: z
      .record(z.string(), z.array(id))
      .describe('For each shown message that has any: the messages that stand in its place, itself included'),
    truncated: z.boolean().describe('There are more: read /messages page by page'),
  })
  .meta({ id: 'ConversationDetail' })

const title = z.string().max(LIMITS.name)
const tags = z
  .array(z.string().trim().toLowerCase().min(1).max(LIMITS.tag).regex(/^[^#]/, 'must not begin with #'))
  .max(LIMITS.tags)
  .transform((all) => [...new Set(all)])

/** What may be said with one request. */
export const MOST_NEW_MESSAGES = 500

const said = {
  role: Role.default('user'),
  text: z.string().min(1).optional().describe('One block of Markdown; instead of `blocks`'),
  blocks: z.array(Block).min(1).max(LIMITS.blocks).optional(),
  author: z.string().max(LIMITS.name).nullable().default(null),
  model: z.string().max(LIMITS.name).nullable().default(null),
  createdAt: moment.optional().describe('When it was said; now when absent'),
}
const isSaid = ({ text, blocks }: { readonly text?: string | undefined; readonly blocks?: unknown }): boolean =>
  (text === undefined) !== (blocks === undefined)
const SAID = 'needs either text or blocks'

export const NewMessage = z
  .strictObject({
    ...said,
    parentId: z.union([idParameter, z.null()]).optional().describe('What it answers; the end of the shown branch when absent'),
  })
  .refine(isSaid, SAID)
  .meta({ id: 'NewMessage' })

export const NewConversation = z
  .strictObject({
    title: title.default(''),
    tags: tags.default([]),
    model: z.string().max(LIMITS.name).nullable().default(null),
    temporary: z.boolean().default(false),
    doNotRemember: z.boolean().default(false).describe('Nothing is to be learnt from it'),
    messages: z.array(z.strictObject(said).refine(isSaid, SAID)).max(MOST_NEW_MESSAGES).default([]).describe('Each answers the one before'),
  })
  .meta({ id: 'NewConversation' })

export const ConversationChange = z
  .strictObject({
    title: title.optional(),
    tags: tags.optional(),
    starred: z.boolean().optional(),
    archived: z.boolean().optional(),
    activeLeafId: z.union([idParameter, z.null()]).optional(),
  })
  .meta({ id: 'ConversationChange' })

export const Fork = z
  .strictObject({
    messageId: z.union([idParameter, z.null()]).default(null).describe('The last message that is taken over; the end of the shown branch when null'),
    title: title.optional().describe('That of the original when absent'),
  })
  .meta({ id: 'Fork' })

export const NewShare = z
  .strictObject({
    leafId: z.union([idParameter, z.null()]).default(null).describe('The branch that ends here; the shown one when null'),
    expiresAt: z.union([moment, z.null()]).default(null),
  })
  .meta({ id: 'NewShare' })

export const ShareLink = z
  .object({
    id,
    url: z.url().describe('Whoever has it may read; it is shown only now'),
    leafId: id.nullable(),
    expiresAt: z.iso.datetime().nullable(),
  })
  .meta({ id: 'ShareLink' })

export const SharedConversation = z
  .object({
    title: z.string(),
    provider: z.string(),
    model: z.string().nullable(),
    createdAt: z.iso.datetime().nullable(),
    messages: z.array(
      z.object({
        role: z.enum(['user', 'assistant']),
        author: z.string().nullable(),
        createdAt: z.iso.datetime().nullable(),
        blocks: z.array(Block),
      }),
    ),
  })
  .meta({ id: 'SharedConversation' })
