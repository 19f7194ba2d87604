/** `/memories`: what was learnt, read and judged by its owner: confirmed, corrected, pinned, put away. */
import { z } from 'zod'
import type { Claim, Evidence } from '../../events/memories.ts'
import type { Command } from '../../handlers/commands.ts'
import { CATEGORIES, HALF_LIFE_DAYS, MEMORY_TYPES } from '../../memory/types.ts'
import { verifyQuote } from '../../memory/verify.ts'
import { type MemoryRow, memories } from '../../projections/read/memories.ts'
import { messageById } from '../../projections/read/messages.ts'
import { call } from './call.ts'
import { memoryJson, ownMemory, versionOf } from './memory-views.ts'
import { performAll, performEach, type VaultDeps } from './owned.ts'
import { cursor, flag, given, limit, wrongField } from './parameters.ts'
import { Correction, Memory, MemoryKind, MemoryTypes, NewMemory, Status } from './schema-memories.ts'
import type { Serve } from './serve.ts'

const TAG = { tag: 'Memories' } as const
const word = z.string().max(200).optional()

const list = call({
  ...TAG,
  method: 'GET',
  path: '/memories',
  summary: 'Memories, the newest first',
  scopes: ['memory:read'],
  query: z.strictObject({
    query: z.string().max(500).optional().describe('Words that all stand in it'),
    type: MemoryKind.optional(),
    status: Status.optional(),
    category: word,
    tag: word,
    subject: word,
    pinned: flag.optional(),
    minImportance: z.coerce.number<string>().min(0).max(1).optional(),
    limit: limit(40, 200),
    cursor,
  }),
  answer: z.array(Memory),
  paged: true,
  reads: (answer, { query }) => ({ query: query.query ?? null, memoryIds: answer.map(({ id }) => id) }),
})

const types = call({
  ...TAG,
  method: 'GET',
  path: '/memories/types',
  summary: 'The types of memories, with their categories and how fast they fade',
  scopes: ['memory:read'],
  answer: MemoryTypes,
  reads: 'nothing',
})

const reads = ({ id }: z.infer<typeof Memory>) => ({ memoryIds: [id] })

const show = call({
  ...TAG,
  method: 'GET',
  path: '/memories/:id',
  summary: 'One memory',
  scopes: ['memory:read'],
  answer: Memory,
  tagged: true,
  reads,
})

const remember = call({
  ...TAG,
  method: 'POST',
  path: '/memories',
  summary: 'Write something down to be remembered',
  description:
    'Believed at once: it is your word. What it contradicts is superseded. With `quote` and `messageId` it also rests on what was said; the quote must ' +
    'stand in the message.',
  scopes: ['memory:write'],
  body: NewMemory,
  answer: Memory,
  status: 201,
  tagged: true,
  reads: 'nothing',
})

const correct = call({
  ...TAG,
  method: 'PATCH',
  path: '/memories/:id',
  summary: 'Correct a memory in your own words',
  description: 'It stays the same memory: what it said before is in its history. What is corrected is confirmed.',
  scopes: ['memory:write'],
  body: Correction,
  answer: Memory,
  tagged: true,
  reads,
})

/** What its owner does with a memory by one word. */
const act = <V extends string>(verb: V, summary: string, description?: string) =>
  call({
    ...TAG,
    method: 'POST',
    path: `/memories/:id/${verb}`,
    summary,
    ...(description !== undefined && { description }),
    scopes: ['memory:write'],
    answer: Memory,
    tagged: true,
    reads,
  })

type Own = { readonly id: string; readonly accountId: string; readonly at: string }

const acts = [
  [act('confirm', 'Say that a memory is right', 'A candidate becomes active.'), (data: Own): Command => ({ do: 'ConfirmMemory', data })],
  [
    act('pin', 'Keep a memory in view', 'It does not fade, and is always in the context of a model.'),
    (data: Own): Command => ({ do: 'PinMemory', data }),
  ],
  [act('unpin', 'Let a memory fade again'), (data: Own): Command => ({ do: 'UnpinMemory', data })],
  [act('archive', 'Put a memory away', 'It is kept, and not used.'), (data: Own): Command => ({ do: 'ArchiveMemory', data })],
  [
    act('restore', 'Take a memory back into use', 'An archived one, or one whose place another took.'),
    (data: Own): Command => ({ do: 'RestoreMemory', data }),
  ],
] as const

const forget = call({
  ...TAG,
  method: 'DELETE',
  path: '/memories/:id',
  summary: 'Forget a memory for good',
  description: 'Its words are erased, here and in the log; keyed hashes stay, so that the same words do not teach it again.',
  scopes: ['memory:write'],
  tagged: true,
  reads: 'nothing',
})

export const memoryCalls = [list, types, show, remember, correct, forget, ...acts.map(([one]) => one)]

export function registerMemories(serve: Serve, deps: VaultDeps): void {
  const { pool, vault } = deps

  serve(list, async ({ account, query, next }) => {
    const found = await memories(pool, vault.cipher, account.id, { ...given(query), limit: query.limit })
    next(found.length === query.limit ? (found.at(-1)?.cursor ?? null) : null)
    return found.map((row) => memoryJson(row, deps.now()))
  })

  serve(types, async () => MEMORY_TYPES.map((type) => ({ type, categories: [...CATEGORIES[type]], halfLifeDays: HALF_LIFE_DAYS[type] })))

  serve(show, async ({ account, ids, isKnown, unchanged }) => {
    const row = await ownMemory(deps, account.id, ids.id)
    return isKnown(versionOf(row)) ? unchanged() : memoryJson(row, deps.now())
  })

  serve(remember, async ({ account, body, reply, request, isKnown }) => {
    const { text, quote, messageId, ...claim } = body
    const evidence = quote === undefined ? [] : [await quoted(account.id, quote, messageId)]
    const { id, requests } = await vault.keeping.remember(account.id, { text, claim: given(claim), evidence })
    await performEach(deps, requests)
    reply.header('location', `${request.url.split('?', 1)[0] ?? ''}/${id}`)
    return changed(account.id, id, isKnown)
  })

  serve(correct, async ({ account, ids, body, expect, isKnown }) => {
    const row = await ownMemory(deps, account.id, ids.id)
    expect(versionOf(row))
    const { text = row.text, ...rest } = given(body)
    const claim = text === row.text ? { ...claimOf(row), ...rest } : { tags: row.tags, ...rest }
    await performEach(deps, await vault.keeping.correct(row, text, claim))
    return changed(account.id, ids.id, isKnown)
  })

  serve(forget, async ({ account, ids, expect }) => {
    const row = await ownMemory(deps, account.id, ids.id)
    expect(versionOf(row))
    await performEach(deps, await vault.keeping.forget(row))
  })

  for (const [verb, command] of acts)
    serve(verb, async ({ account, ids, expect, isKnown }) => {
      const row = await ownMemory(deps, account.id, ids.id)
      expect(versionOf(row))
      await performAll(deps, account.id, [command(own(row))])
      return changed(account.id, ids.id, isKnown)
    })

  /** @throws {ApiError} 422 when nobody said so there */
  async function quoted(accountId: string, quote: string, messageId: string | undefined): Promise<Evidence> {
    if (messageId === undefined) throw wrongField('messageId', 'is needed with a quote')
    const message = await messageById(pool, vault.cipher, accountId, messageId)
    if (message === null) throw wrongField('messageId', 'is no message of yours')
    const span = verifyQuote(message, quote)
    const { role, conversationId, position } = message
    if (span === null || (role !== 'user' && role !== 'assistant')) throw wrongField('quote', 'does not stand in this message')
    return { conversationId, messageId, position, ...span, role, stance: 'supports' }
  }

  /** What it has become, with its version. */
  async function changed(accountId: string, id: string, isKnown: (version: string) => boolean): Promise<z.infer<typeof Memory>> {
    const row = await ownMemory(deps, accountId, id)
    isKnown(versionOf(row))
    return memoryJson(row, deps.now())
  }

  const own = ({ id, accountId }: MemoryRow): Own => ({ id, accountId, at: new Date(deps.now()).toISOString() })
}

const claimOf = ({ type, category, text, subject, predicate, object, language, validFrom, validTo, tags }: MemoryRow): Claim => ({
  type,
  category,
  text,
  subject,
  predicate,
  object,
  language,
  validFrom,
  validTo,
  tags,
})
