/** What was found, with its words: looked up by id and cut around what matches. */
import type { z } from 'zod'
import { searchableText } from '../../memory/retrieval/searchable-text.ts'
import type { Hit as Found, Span } from '../../memory/retrieval/types.ts'
import { conversationsByIds } from '../../projections/read/conversations.ts'
import { type MemoryRow, memoriesByIds } from '../../projections/read/memories.ts'
import { type MessageRow, messagesByIds } from '../../projections/read/messages.ts'
import type { VaultDeps } from './owned.ts'
import type { Hit } from './schema-search.ts'

/** UTF-16 units of an excerpt, and how many of them come before the first span. */
const EXCERPT = { length: 600, before: 80 } as const

/** In their order. What was deleted since the index saw it is left out. */
export async function shownHits(deps: VaultDeps, accountId: string, found: readonly Found[]): Promise<z.infer<typeof Hit>[]> {
  const { pool, vault } = deps
  const ids = (pick: (hit: Found) => string): string[] => [...new Set(found.map(pick).filter((id) => id !== ''))]
  const [messages, memories, conversations] = await Promise.all([
    messagesByIds(
      pool,
      vault.cipher,
      accountId,
      ids((hit) => (hit.kind === 'message' ? hit.id : '')),
    ),
    memoriesByIds(
      pool,
      vault.cipher,
      accountId,
      ids((hit) => (hit.kind === 'memory' ? hit.id : '')),
    ),
    conversationsByIds(
      pool,
      vault.cipher,
      accountId,
      ids((hit) => hit.conversationId),
    ),
  ])
  return found.flatMap((hit) => {
    const said = hit.kind === 'message' ? ofMessage(messages.get(hit.id)) : ofMemory(memories.get(hit.id))
    if (said === null) return []
    const { kind, id, score, why, at } = hit
    return {
      kind,
      id,
      conversationId: hit.conversationId === '' ? null : hit.conversationId,
      messageId: hit.messageId === '' ? null : hit.messageId,
      title: conversations.get(hit.conversationId)?.title ?? '',
      role: said.role,
      author: said.author,
      at,
      ...excerptOf(said.text, hit.spans),
      score,
      why: [...why],
    }
  })
}

type Said = { readonly text: string; readonly role: MessageRow['role'] | null; readonly author: string | null }

const ofMessage = (message: MessageRow | undefined): Said | null =>
  message === undefined ? null : { text: searchableText(message), role: message.role, author: message.author }

const ofMemory = (memory: MemoryRow | undefined): Said | null => (memory === undefined ? null : { text: memory.text, role: null, author: null })

/** The words around the first span, with the spans that lie in them. Never half a character. */
export function excerptOf(text: string, spans: readonly Span[]): { text: string; spans: [number, number][] } {
  const first = spans[0]?.[0] ?? 0
  const start = text.length <= EXCERPT.length ? 0 : wholeAt(text, Math.max(0, Math.min(first - EXCERPT.before, text.length - EXCERPT.length)))
  const end = wholeAt(text, Math.min(text.length, start + EXCERPT.length))
  const inside = spans.filter(([from, to]) => from >= start && to <= end)
  return { text: text.slice(start, end), spans: inside.map(([from, to]) => [from - start, to - start]) }
}

/** This place, or the one before when it would part a pair of surrogates. */
const wholeAt = (text: string, at: number): number => (/^[\uDC00-\uDFFF]/.test(text.slice(at, at + 1)) ? at - 1 : at)
