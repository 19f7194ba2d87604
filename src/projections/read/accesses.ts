/** What applications and assistants read from a vault, for its owner to see; and what models proposed. */
import sql from 'sql-template-tag'
import type { MemoryEvents, Reader } from '../../events/memories.ts'
import type { RowCipher } from '../row-cipher.ts'
import { type Db, isId, rows } from './query.ts'

export type AccessRow = Omit<MemoryEvents['memory:access'], 'accountId'> & { readonly cursor: string }

type Found = {
  readonly id: string
  readonly kind: Reader['kind']
  readonly app_id: string | null
  readonly grant_id: string | null
  readonly what: string
  readonly tokens: number | null
  readonly at: Date
  readonly sealed: Uint8Array
  readonly ordinal: string
}
type Sealed = Pick<AccessRow, 'query' | 'conversationIds' | 'messageIds' | 'memoryIds'> & { readonly name: string }

/** One page, newest first. */
export async function accesses(
  db: Db,
  cipher: RowCipher,
  accountId: string,
  { limit, cursor }: { readonly limit: number; readonly cursor?: string },
): Promise<AccessRow[]> {
  const after = cursor !== undefined && isId(cursor) ? sql`a.ordinal < ${cursor}` : sql`true`
  const found = await rows<Found>(
    db,
    sql`select a.* from memories.access a where a.account_id = ${accountId} and ${after} order by a.ordinal desc limit ${limit}`,
  )
  return found.map(({ id, kind, app_id, grant_id, what, tokens, at, sealed, ordinal }) => {
    const { name, ...read } = cipher.open<Sealed>(sealed)
    return { id, reader: { kind, appId: app_id, grantId: grant_id, name }, what, tokens, at: at.toISOString(), ...read, cursor: ordinal }
  })
}

export type ExtractionRow = Omit<MemoryEvents['extraction:report'], 'accountId'> & { readonly cursor: string }

/** What models proposed, one page, newest first; from one conversation, or all. */
export async function extractions(
  db: Db,
  accountId: string,
  { conversationId, limit, cursor }: { readonly conversationId?: string; readonly limit: number; readonly cursor?: string },
): Promise<ExtractionRow[]> {
  const of = conversationId === undefined ? sql`true` : sql`x.conversation_id = ${conversationId}`
  const after = cursor !== undefined && isId(cursor) ? sql`x.ordinal < ${cursor}` : sql`true`
  const found = await rows<Omit<ExtractionRow, 'at' | 'conversationId' | 'cursor'> & { at: Date; conversation_id: string; ordinal: string }>(
    db,
    sql`select x.id, x.conversation_id, x.provider, x.model, x.prompt, x.output, x.proposed, x.accepted, x.rejected, x.at, x.ordinal
      from memories.extraction x where x.account_id = ${accountId} and ${of} and ${after} order by x.ordinal desc limit ${limit}`,
  )
  return found.map(({ conversation_id, at, ordinal, ...rest }) => ({
    ...rest,
    conversationId: conversation_id,
    at: at.toISOString(),
    cursor: ordinal,
  }))
}
