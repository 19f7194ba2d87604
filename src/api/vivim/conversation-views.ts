/** Conversations and messages as our own API shows them. Pure. */
import type { z } from 'zod'
import type { Instant } from '../../events/conversations.ts'
import { branchOf } from '../../projections/read/branches.ts'
import type { ConversationRow, ShareRow } from '../../projections/read/conversations.ts'
import type { MessageRow } from '../../projections/read/messages.ts'
import type { ConversationDetail, ConversationSummary, Message } from './schema-conversations.ts'

/** Messages in one answer; the rest is read page by page. */
const MOST_SHOWN = 1_000

export function conversationSummary(row: ConversationRow): z.infer<typeof ConversationSummary> {
  const { id, title, titleSource, tags, starred, archived, activeLeafId, origin, provider, product, model, project } = row
  const { createdAt, updatedAt, temporary, doNotRemember, forkedFrom, firstMessageAt, lastMessageAt } = row
  const { messages, userMessages, assistantMessages, words, characters, codeBlocks, images, toolCalls } = row
  return {
    id,
    title,
    titleSource,
    tags: [...tags],
    starred,
    archived,
    activeLeafId,
    origin,
    provider,
    product,
    model,
    project,
    createdAt,
    updatedAt,
    temporary,
    doNotRemember,
    forkedFrom,
    counts: { messages, userMessages, assistantMessages, words, characters, codeBlocks, images, toolCalls },
    firstMessageAt,
    lastMessageAt,
  }
}

/** @param all  every message of the conversation, in the order they were recorded */
export function conversationDetail(
  row: ConversationRow,
  all: readonly MessageRow[],
  shares: readonly ShareRow[],
  branch: 'active' | 'all',
): z.infer<typeof ConversationDetail> {
  const messages = branch === 'all' ? all : branchOf(all, row.activeLeafId)
  const shown = messages.slice(0, MOST_SHOWN)
  return {
    ...conversationSummary(row),
    groupedBy: row.groupedBy,
    source: row.source,
    extra: row.extra,
    shares: shares.map(({ id, leafId, expiresAt, createdAt }) => ({ id, leafId, expiresAt, at: createdAt })),
    branch,
    messages: shown.map(messageJson),
    siblings: siblingsAmong(all, shown),
    truncated: shown.length < messages.length,
  }
}

export function messageJson(row: MessageRow): z.infer<typeof Message> {
  const { index: _index, accountId: _accountId, blocks, ...message } = row
  return { ...message, blocks: [...blocks] }
}

/** Other versions of shown messages: those that answer the same. */
function siblingsAmong(all: readonly MessageRow[], shown: readonly MessageRow[]): Record<string, string[]> {
  const known = new Set(all.map(({ id }) => id))
  const parentOf = ({ parentId }: MessageRow): string | null => (parentId !== null && known.has(parentId) ? parentId : null)
  const children = Map.groupBy(all, parentOf)
  const groups = shown.map((message) => [message.id, (children.get(parentOf(message)) ?? []).map(({ id }) => id)] as const)
  return Object.fromEntries(groups.filter(([, group]) => group.length > 1))
}

/** A moment that we know ourselves, or that whoever wrote it down told us. */
export const exactly = (value: string, original: string | null = null): Instant => ({ value, original, confidence: 'exact' })
