/** What the payloads of conversations must look like to be recorded. See schema.ts. */
import { z } from 'zod'
import { id, link, list, name, text, time, token } from './checks.ts'
import type { Block, ConversationEvents, Json } from './conversations.ts'
import { LIMITS } from './limits.ts'

const count = z.int().min(0)
const optional = <T extends z.ZodType>(type: T) => type.exactOptional()

/** Whatever JSON can say, in well-formed Unicode without NUL, not too deep and not too long. */
export const json = z.custom<Json>().superRefine((value, context) => {
  const problem = problemWithJson(value)
  if (problem !== null) context.addIssue(problem)
})

function problemWithJson(value: unknown): string | null {
  let left: number = LIMITS.extra
  const walk = (item: unknown, depth: number): string | null => {
    if (depth > LIMITS.depth) return `must not be deeper than ${LIMITS.depth}`
    left -= typeof item === 'string' ? item.length + 8 : 8
    if (left < 0) return `must not be longer than ${LIMITS.extra}`
    if (typeof item === 'string') return item.isWellFormed() && !item.includes('\0') ? null : 'must be well-formed Unicode without NUL'
    if (item === null || typeof item === 'boolean' || (typeof item === 'number' && Number.isFinite(item))) return null
    if (typeof item !== 'object') return 'must be JSON'
    for (const [key, inner] of Object.entries(item)) {
      const problem = walk(key, depth) ?? walk(inner, depth + 1)
      if (problem !== null) return problem
    }
    return null
  }
  return walk(value, 0)
}

const words = text(LIMITS.message)
const nativeId = text(LIMITS.uri)
const hex = z
  .string()
  .length(64)
  .regex(/^[0-9a-f]*$/, 'must be 32 bytes in hex')

export const instant = z
  .strictObject({
    value: time.nullable(),
    original: z.union([text(LIMITS.name), z.number()]).nullable(),
    confidence: z.enum(['exact', 'derived', 'inferred', 'unknown']),
  })
  .readonly()

const conversationSource = z
  .strictObject({
    importId: id.nullable(),
    importer: token(60),
    importerVersion: count,
    archive: hex.nullable(),
    member: text(LIMITS.uri).nullable(),
    pointer: text(LIMITS.uri).nullable(),
    raw: hex.nullable(),
    nativeId: nativeId.nullable(),
    url: link.nullable(),
  })
  .readonly()

const messageSource = z
  .strictObject({ importId: id.nullable(), pointer: text(LIMITS.uri).nullable(), raw: hex.nullable(), nativeId: nativeId.nullable() })
  .readonly()

const details = {
  title: name,
  titleSource: z.enum(['provider', 'derived', 'person']),
  tags: list(text(LIMITS.tag).min(1), LIMITS.tags),
  starred: z.boolean(),
  archived: z.boolean(),
  activeLeafId: id.nullable(),
}

const usage = z
  .strictObject({
    input: optional(count),
    output: optional(count),
    reasoning: optional(count),
    cacheRead: optional(count),
    cacheWrite: optional(count),
    total: optional(count),
    counted: z.enum(['provider', 'local']),
  })
  .readonly()

const citation = z
  .strictObject({
    start: optional(count),
    end: optional(count),
    kind: z.enum(['web', 'file', 'memory', 'connector']),
    url: optional(text(LIMITS.url)),
    title: optional(text(LIMITS.note)),
    snippet: optional(words),
    refId: optional(text(LIMITS.uri)),
  })
  .readonly()

const asset = z
  .strictObject({
    assetId: id.nullable(),
    pointer: text(LIMITS.url).nullable(),
    name: optional(text(LIMITS.uri)),
    mime: optional(text(200)),
    bytes: optional(count),
    state: z.enum(['stored', 'missing-in-export', 'external']),
  })
  .readonly()

const every = { citations: optional(list(citation, LIMITS.citations)), extra: optional(json) }
const block = <T extends string, S extends z.ZodRawShape>(t: T, shape: S) => z.strictObject({ t: z.literal(t), ...shape, ...every }).readonly()
const media = {
  asset,
  alt: optional(words),
  prompt: optional(words),
  transcript: optional(words),
  width: optional(count),
  height: optional(count),
  durationMs: optional(z.number().min(0)),
}
const found = z.strictObject({ url: text(LIMITS.url), title: text(LIMITS.note), snippet: words, published: optional(name) }).readonly()

const blocks = (depth: number): z.ZodType<readonly Block[]> =>
  list(
    z.discriminatedUnion('t', [
      block('text', { format: z.enum(['markdown', 'plain', 'html']), text: words }),
      block('code', { lang: optional(name), text: words, filename: optional(text(LIMITS.uri)) }),
      block('image', media),
      block('audio', media),
      block('video', media),
      block('file', media),
      block('reasoning', {
        text: optional(words),
        summary: optional(words),
        encrypted: optional(z.boolean()),
        durationMs: optional(z.number().min(0)),
        recap: optional(z.boolean()),
      }),
      block('tool_call', { callId: nativeId.nullable(), name, args: json, server: optional(text(LIMITS.uri)) }),
      block('tool_result', {
        callId: nativeId.nullable(),
        name: optional(name),
        ok: z.boolean().nullable(),
        content: depth === 0 ? list(z.never(), 0) : z.lazy(() => blocks(depth - 1)),
        structured: optional(json),
      }),
      block('artifact', {
        artifactId: nativeId,
        version: nativeId.nullable(),
        kind: name,
        title: name,
        op: z.enum(['create', 'update', 'rewrite']),
        content: optional(words),
        patch: optional(json),
      }),
      block('search', { queries: list(text(LIMITS.note), LIMITS.citations), results: list(found, LIMITS.citations) }),
      block('error', { name, text: words }),
      block('opaque', { nativeType: name, raw: json }),
    ]) as unknown as z.ZodType<Block>,
    LIMITS.blocks,
  )

/** What is in a message, wherever it is told. */
export const messageBlocks = blocks(3)

const message = z.strictObject({
  id,
  conversationId: id,
  accountId: id,
  parentId: id.nullable(),
  role: z.enum(['user', 'assistant', 'system', 'tool', 'developer', 'context']),
  author: name.nullable(),
  recipient: name.nullable(),
  channel: name.nullable(),
  model: name.nullable(),
  status: z.enum(['complete', 'partial', 'error', 'aborted']),
  hidden: z.boolean(),
  injected: z.boolean(),
  createdAt: instant,
  blocks: messageBlocks,
  usage: optional(usage),
  rating: optional(z.number().min(-10).max(10)),
  latencyMs: optional(z.number().min(0)),
  source: messageSource.nullable(),
  extra: json,
})

const own = { id, accountId: id, at: time }
const counts = z.strictObject({ conversations: count, messages: count, assets: count, memories: count }).readonly()

const shelf = z.strictObject({
  ...own,
  kind: z.enum(['collection', 'notebook']),
  name: name.min(1),
  description: text(LIMITS.description),
  icon: text(40).nullable(),
  color: z
    .string()
    .regex(/^#[0-9a-f]{6}$/i, 'must be a colour as #88aaff')
    .nullable(),
  parentId: id.nullable(),
})
const item = z.strictObject({ kind: z.enum(['conversation', 'message', 'acu', 'memory']), id }).readonly()

export const conversationSchemas: { readonly [T in keyof ConversationEvents]: z.ZodType<ConversationEvents[T]> } = {
  'conversation:create': z.strictObject({
    id,
    accountId: id,
    ...details,
    origin: z.enum(['import', 'capture', 'chat', 'api', 'fork']),
    provider: token(40),
    product: z.enum(['web', 'cli', 'ide', 'api', 'share']).nullable(),
    createdAt: instant,
    updatedAt: instant,
    model: name.nullable(),
    project: z.strictObject({ id: nativeId.nullable(), name: name.nullable() }).readonly().nullable(),
    temporary: z.boolean(),
    doNotRemember: z.boolean(),
    groupedBy: z.enum(['native', 'time-gap']),
    forkedFrom: z.strictObject({ conversationId: id, messageId: id.nullable() }).readonly().nullable(),
    source: conversationSource.nullable(),
    extra: json,
    at: time,
  }),
  'conversation:update': z.strictObject({ ...own, ...details, updatedAt: instant }),
  'conversation:delete': z.strictObject(own),
  'conversation:share': z.strictObject({ ...own, shareId: id, tokenHash: token(100), leafId: id.nullable(), expiresAt: time.nullable() }),
  'conversation:unshare': z.strictObject({ ...own, shareId: id }),
  'message:add': message,
  'message:update': message,
  'asset:store': z.strictObject({
    ...own,
    sha256: hex,
    bytes: count,
    mime: text(200),
    name: text(LIMITS.uri).nullable(),
    file: token(200),
    key: token(44),
  }),
  'asset:delete': z.strictObject(own),

  'import:start': z.strictObject({
    ...own,
    name: text(LIMITS.uri),
    bytes: count,
    sha256: hex,
    via: z.enum(['upload', 'command', 'link', 'page', 'text']),
  }),
  'import:report': z.strictObject({
    ...own,
    state: z.enum(['complete', 'partial', 'failed', 'cancelled']),
    summary: text(LIMITS.note),
    formats: list(z.strictObject({ importer: token(60), version: count, conversations: count }).readonly(), 100),
    found: counts,
    imported: counts,
    unchanged: counts,
    updated: counts,
    skipped: list(
      z
        .strictObject({
          item: text(LIMITS.url),
          reason: z.enum([
            'unreadable',
            'encoding',
            'truncated',
            'too-large',
            'unsafe-path',
            'bomb',
            'encrypted',
            'missing',
            'no-messages',
            'no-content',
            'cycle',
            'duplicate',
            'deleted',
            'never-opened',
            'unknown-format',
            'invalid',
            'expired',
          ]),
          detail: text(LIMITS.note),
          count,
        })
        .readonly(),
      LIMITS.skipped,
    ),
    unknown: list(z.strictObject({ type: name, count }).readonly(), 1000),
    missingAssets: count,
  }),

  'shelf:create': shelf,
  'shelf:update': shelf,
  'shelf:delete': z.strictObject(own),
  'shelf:put': z.strictObject({ ...own, item, note: text(LIMITS.description), place: z.number().finite() }),
  'shelf:take': z.strictObject({ ...own, item }),
}
