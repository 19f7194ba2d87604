/** How much an account has said and been told: in all, by provider, by month. Read from counters, nothing is opened. */
import sql, { raw } from 'sql-template-tag'
import { type Db, rows } from './query.ts'

export type ConversationTotals = {
  readonly conversations: number
  readonly messages: number
  readonly userMessages: number
  readonly assistantMessages: number
  readonly words: number
  readonly characters: number
  readonly codeBlocks: number
  readonly images: number
  readonly toolCalls: number
}

export type ConversationStatistics = {
  readonly totals: ConversationTotals
  readonly providers: readonly (ConversationTotals & { readonly provider: string })[]
  /** By the month (UTC, `2026-01`) in which a conversation began; the oldest first. */
  readonly months: readonly (ConversationTotals & { readonly month: string })[]
  readonly first: string | null
  readonly last: string | null
}

type Stored = {
  readonly provider: string
  readonly month: string
  readonly conversations: string
  readonly messages: string
  readonly user_messages: string
  readonly assistant_messages: string
  readonly words: string
  readonly characters: string
  readonly code_blocks: string
  readonly images: string
  readonly tool_calls: string
  readonly first: Date
  readonly last: Date
}

const COUNTED = ['messages', 'user_messages', 'assistant_messages', 'words', 'characters', 'code_blocks', 'images', 'tool_calls']
const sums = raw(COUNTED.map((name) => `sum(c.${name})::text as ${name}`).join(', '))

export async function conversationStatistics(db: Db, accountId: string): Promise<ConversationStatistics> {
  const found = await rows<Stored>(
    db,
    sql`select c.provider, to_char(c.created_at at time zone 'utc', 'YYYY-MM') as month, count(*)::text as conversations, ${sums},
        min(coalesce(c.first_message_at, c.created_at)) as first, max(c.updated_at) as last
      from conversations.conversation c where c.account_id = ${accountId} group by 1, 2 order by 2, 1`,
  )
  const by = <K extends string>(key: (stored: Stored) => K): [K, ConversationTotals][] =>
    [...Map.groupBy(found, key)].map(([name, group]) => [name, group.map(totalsOf).reduce(sum)])
  const times = found.flatMap(({ first, last }) => [first.getTime(), last.getTime()])
  return {
    totals: found.map(totalsOf).reduce(sum, NOTHING),
    providers: by(({ provider }) => provider)
      .map(([provider, totals]) => ({ provider, ...totals }))
      .toSorted((a, b) => b.messages - a.messages),
    months: by(({ month }) => month).map(([month, totals]) => ({ month, ...totals })),
    first: times.length === 0 ? null : new Date(Math.min(...times)).toISOString(),
    last: times.length === 0 ? null : new Date(Math.max(...times)).toISOString(),
  }
}

const totalsOf = (stored: Stored): ConversationTotals => ({
  conversations: Number(stored.conversations),
  messages: Number(stored.messages),
  userMessages: Number(stored.user_messages),
  assistantMessages: Number(stored.assistant_messages),
  words: Number(stored.words),
  characters: Number(stored.characters),
  codeBlocks: Number(stored.code_blocks),
  images: Number(stored.images),
  toolCalls: Number(stored.tool_calls),
})

const sum = (a: ConversationTotals, b: ConversationTotals): ConversationTotals => ({
  conversations: a.conversations + b.conversations,
  messages: a.messages + b.messages,
  userMessages: a.userMessages + b.userMessages,
  assistantMessages: a.assistantMessages + b.assistantMessages,
  words: a.words + b.words,
  characters: a.characters + b.characters,
  codeBlocks: a.codeBlocks + b.codeBlocks,
  images: a.images + b.images,
  toolCalls: a.toolCalls + b.toolCalls,
})

const NOTHING: ConversationTotals = {
  conversations: 0,
  messages: 0,
  userMessages: 0,
  assistantMessages: 0,
  words: 0,
  characters: 0,
  codeBlocks: 0,
  images: 0,
  toolCalls: 0,
}
