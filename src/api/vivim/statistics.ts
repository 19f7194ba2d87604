/** `/statistics`: how much a vault holds. `/accesses`: what applications and assistants read of it. */
import { z } from 'zod'
import { accesses } from '../../projections/read/accesses.ts'
import { acuStatistics } from '../../projections/read/acus.ts'
import { conversationStatistics } from '../../projections/read/conversation-statistics.ts'
import { memoryStatistics } from '../../projections/read/memories.ts'
import { call } from './call.ts'
import type { VaultDeps } from './owned.ts'
import { cursor, limit } from './parameters.ts'
import type { Serve } from './serve.ts'

const count = z.int().min(0)
const counts = z.record(z.string(), count)
const totals = {
  conversations: count,
  messages: count,
  userMessages: count,
  assistantMessages: count,
  words: count,
  characters: count,
  codeBlocks: count,
  images: count,
  toolCalls: count,
}

const Statistics = z
  .object({
    conversations: z.object({
      totals: z.object(totals),
      providers: z.array(z.object({ provider: z.string(), ...totals })),
      months: z.array(z.object({ month: z.string().describe('`2026-01`, UTC'), ...totals })),
      first: z.iso.datetime().nullable(),
      last: z.iso.datetime().nullable(),
    }),
    memories: z.object({
      total: count,
      pinned: count,
      byType: counts,
      byStatus: counts,
      byEngine: counts,
      evidence: count,
      disputes: count,
      accesses: count,
      forgottenMarks: count.describe('What was forgotten and is not to be learnt again, as keyed hashes'),
    }),
    acus: counts.describe('By type'),
  })
  .meta({ id: 'Statistics' })

const Access = z
  .object({
    id: z.string(),
    at: z.iso.datetime(),
    reader: z.object({ kind: z.enum(['app', 'assistant']), appId: z.string().nullable(), grantId: z.string().nullable(), name: z.string() }),
    what: z.string().describe('The route or tool'),
    query: z.string().nullable(),
    conversationIds: z.array(z.string()),
    messageIds: z.array(z.string()),
    memoryIds: z.array(z.string()),
    tokens: count.nullable().describe('How much it was given'),
  })
  .meta({ id: 'Access' })

const statistics = call({
  method: 'GET',
  path: '/statistics',
  tag: 'Access',
  summary: 'How much there is: conversations by provider and month, memories by type and status, ACUs by type',
  scopes: ['memory:read'],
  answer: Statistics,
  reads: () => ({}),
})

const list = call({
  method: 'GET',
  path: '/accesses',
  tag: 'Access',
  summary: 'What applications and assistants have read, the newest first',
  description: 'Each is an event that was recorded before the answer went out. Reading this list is one, too.',
  scopes: ['memory:read'],
  query: z.strictObject({ limit: limit(50, 200), cursor }),
  answer: z.array(Access),
  paged: true,
  reads: () => ({}),
})

export const statisticsCalls = [statistics, list]

export function registerStatistics(serve: Serve, { pool, vault }: VaultDeps): void {
  serve(statistics, async ({ account }) => {
    const [conversations, memories, acus] = await Promise.all([
      conversationStatistics(pool, account.id),
      memoryStatistics(pool, account.id),
      acuStatistics(pool, account.id),
    ])
    const { providers, months } = conversations
    return { conversations: { ...conversations, providers: [...providers], months: [...months] }, memories: { ...memories }, acus: { ...acus } }
  })

  serve(list, async ({ account, query, next }) => {
    const from = query.cursor === undefined ? {} : { cursor: query.cursor }
    const found = await accesses(pool, vault.cipher, account.id, { limit: query.limit, ...from })
    next(found.length === query.limit ? (found.at(-1)?.cursor ?? null) : null)
    return found.map(({ cursor: _cursor, conversationIds, messageIds, memoryIds, ...row }) => ({
      ...row,
      conversationIds: [...conversationIds],
      messageIds: [...messageIds],
      memoryIds: [...memoryIds],
    }))
  })
}
