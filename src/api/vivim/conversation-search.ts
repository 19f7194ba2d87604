/** Conversations by what was said in them: found through the index, the best first, and narrowed like any list of them. */
import { type ConversationFilter, type ConversationRow, conversationsByIds } from '../../projections/read/conversations.ts'
import type { VaultDeps } from './owned.ts'

/** Messages looked at: conversations are where they stand. */
const MOST_HITS = 200

export type Narrowing = Omit<ConversationFilter, 'limit' | 'before' | 'order'>

/** At most 200, one for each hit at the most. */
export async function conversationsSaying(
  { pool, vault }: VaultDeps,
  accountId: string,
  text: string,
  wanted: Narrowing,
): Promise<ConversationRow[]> {
  const { hits } = await vault.retrieval.search(accountId, { text, limit: MOST_HITS, kinds: ['message'] })
  const ids = [...new Set(hits.map(({ conversationId }) => conversationId))]
  const found = await conversationsByIds(pool, vault.cipher, accountId, ids)
  return ids.flatMap((id) => found.get(id) ?? []).filter((row) => fits(row, wanted))
}

function fits(row: ConversationRow, { provider, origin, archived, starred, tag, project, since, until }: Narrowing): boolean {
  const is = <T>(wanted: T | undefined, value: T): boolean => wanted === undefined || wanted === value
  return (
    is(provider, row.provider) &&
    is(origin, row.origin) &&
    is(archived, row.archived) &&
    is(starred, row.starred) &&
    is(project, row.project?.id ?? row.project?.name ?? '') &&
    (tag === undefined || row.tags.includes(tag)) &&
    (since === undefined || row.updated >= since) &&
    (until === undefined || row.updated < until)
  )
}
