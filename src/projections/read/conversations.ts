/** Conversations of an account, as rows that are open again: by id, by source, in pages. Everything here is the account's own, or is not found. */
import sql, { raw, type Sql } from 'sql-template-tag'
import type { Conversation } from '../../events/conversations.ts'
import { projectKey, type SealedConversation, type SealedDetails, sourceKey, tagKey } from '../conversations/conversations.ts'
import type { RowCipher } from '../row-cipher.ts'
import { type Db, idsOnly, isId, plannedRows, row, rows } from './query.ts'

/** A conversation as it stands, with what is in it. Times: ISO 8601; `createdAt`, `updatedAt` as the source tells them. */
export type ConversationRow = Conversation & {
  /** Of its creation in the log. */
  readonly position: number
  /** Of the newest event about it or anything in it (position × 1000 + index): changes whenever anything does. */
  readonly changed: number
  /** What it is ordered by: never null, and no earlier than the newest message. */
  readonly created: string
  readonly updated: string
  readonly messages: number
  readonly userMessages: number
  readonly assistantMessages: number
  readonly words: number
  readonly characters: number
  readonly codeBlocks: number
  readonly images: number
  readonly toolCalls: number
  readonly firstMessageAt: string | null
  readonly lastMessageAt: string | null
}

/** Where a page ended: `created` or `updated` of its last row, and its id. */
export type ConversationCursor = { readonly at: string; readonly id: string }

export type ConversationFilter = {
  readonly provider?: string
  readonly origin?: string
  readonly archived?: boolean
  readonly starred?: boolean
  /** Exactly as recorded: lower-case, no `#`. */
  readonly tag?: string
  /** The project's id at its source or, when it has none, its name. */
  readonly project?: string
  /** Half-open, ISO 8601, over what it is ordered by. */
  readonly since?: string
  readonly until?: string
  /** Newest first. */
  readonly order?: 'updated' | 'created'
  readonly limit: number
  readonly before?: ConversationCursor
}

type Stored = {
  readonly id: string
  readonly account_id: string
  readonly provider: string
  readonly origin: Conversation['origin']
  readonly product: Conversation['product']
  readonly created_at: Date
  readonly updated_at: Date
  readonly starred: boolean
  readonly archived: boolean
  readonly temporary: boolean
  readonly do_not_remember: boolean
  readonly ordinal: string
  readonly changed: string
  readonly messages: number
  readonly user_messages: number
  readonly assistant_messages: number
  readonly words: string
  readonly characters: string
  readonly code_blocks: number
  readonly images: number
  readonly tool_calls: number
  readonly first_message_at: Date | null
  readonly last_message_at: Date | null
  readonly sealed: Buffer
  readonly details: Buffer
}

const columns =
  raw(`c.id, c.account_id, c.provider, c.origin, c.product, c.created_at, c.updated_at, c.starred, c.archived, c.temporary, c.do_not_remember,
  c.ordinal, c.changed, c.messages, c.user_messages, c.assistant_messages, c.words, c.characters, c.code_blocks, c.images, c.tool_calls,
  c.first_message_at, c.last_message_at, c.sealed, c.details`)

function opened(cipher: RowCipher, stored: Stored): ConversationRow {
  return {
    id: stored.id,
    accountId: stored.account_id,
    provider: stored.provider,
    origin: stored.origin,
    product: stored.product,
    starred: stored.starred,
    archived: stored.archived,
    temporary: stored.temporary,
    doNotRemember: stored.do_not_remember,
    ...cipher.open<SealedConversation>(stored.sealed),
    ...cipher.open<SealedDetails>(stored.details),
    position: Math.floor(Number(stored.ordinal) / 1000),
    changed: Number(stored.changed),
    created: stored.created_at.toISOString(),
    updated: stored.updated_at.toISOString(),
    messages: stored.messages,
    userMessages: stored.user_messages,
    assistantMessages: stored.assistant_messages,
    words: Number(stored.words),
    characters: Number(stored.characters),
    codeBlocks: stored.code_blocks,
    images: stored.images,
    toolCalls: stored.tool_calls,
    firstMessageAt: stored.first_message_at?.toISOString() ?? null,
    lastMessageAt: stored.last_message_at?.toISOString() ?? null,
  }
}

/** One page, newest first. The next begins after `{ at: last.updated, id: last.id }`, or `last.created` in that order. */
export async function conversations(db: Db, cipher: RowCipher, accountId: string, filter: ConversationFilter): Promise<ConversationRow[]> {
  const { limit, before } = filter
  const at = filter.order === 'created' ? sql`c.created_at` : sql`c.updated_at`
  const conditions = [
    sql`c.account_id = ${accountId}`,
    ...conditionsOf(cipher, accountId, filter, at),
    ...(before !== undefined && isId(before.id) ? [sql`(${at}, c.id) < (${before.at}, ${before.id})`] : []),
  ]
  const where = conditions.reduce((all, one) => sql`${all} and ${one}`)
  const found = await plannedRows<Stored>(
    db,
    sql`select ${columns} from conversations.conversation c where ${where} order by ${at} desc, c.id desc limit ${limit}`,
  )
  return found.map((stored) => opened(cipher, stored))
}

function conditionsOf(cipher: RowCipher, accountId: string, filter: ConversationFilter, at: Sql): Sql[] {
  const { provider, origin, archived, starred, tag, project, since, until } = filter
  return [
    ...(provider === undefined ? [] : [sql`c.provider = ${provider}`]),
    ...(origin === undefined ? [] : [sql`c.origin = ${origin}`]),
    ...(archived === undefined ? [] : [sql`c.archived = ${archived}`]),
    ...(starred === undefined ? [] : [sql`c.starred = ${starred}`]),
    ...(tag === undefined ? [] : [sql`c.tag_keys @> array[${tagKey(cipher, accountId, tag)}::text]`]),
    ...(project === undefined ? [] : [sql`c.project_key = ${projectKey(cipher, accountId, project)}`]),
    ...(since === undefined ? [] : [sql`${at} >= ${since}`]),
    ...(until === undefined ? [] : [sql`${at} < ${until}`]),
  ]
}

export async function conversationById(db: Db, cipher: RowCipher, accountId: string, id: string): Promise<ConversationRow | null> {
  return (await conversationsByIds(db, cipher, accountId, [id])).get(id) ?? null
}

/** Those of the account among the ids, by id. */
export async function conversationsByIds(
  db: Db,
  cipher: RowCipher,
  accountId: string,
  ids: readonly string[],
): Promise<Map<string, ConversationRow>> {
  if (ids.length === 0) return new Map()
  const found = await rows<Stored>(
    db,
    sql`select ${columns} from conversations.conversation c where c.id = any (${idsOnly(ids)}::int8[]) and c.account_id = ${accountId}`,
  )
  return new Map(found.map((stored) => [stored.id, opened(cipher, stored)]))
}

/** The one that its provider knows by that id; the first, when several claim to be it. */
export async function conversationBySource(
  db: Db,
  cipher: RowCipher,
  accountId: string,
  { provider, nativeId }: { readonly provider: string; readonly nativeId: string },
): Promise<ConversationRow | null> {
  const key = sourceKey(cipher, accountId, provider, nativeId)
  const found = await row<Stored>(
    db,
    sql`select ${columns} from conversations.conversation c where c.source_key = ${key} and c.account_id = ${accountId} order by c.ordinal limit 1`,
  )
  return found === null ? null : opened(cipher, found)
}

/** A link to a conversation: what it shows is what was there when it was made. */
export type ShareRow = {
  readonly id: string
  readonly conversationId: string
  readonly accountId: string
  readonly leafId: string | null
  /** Messages added before this are shown. */
  readonly ordinal: number
  readonly createdAt: string
  readonly expiresAt: string | null
}

type StoredShare = {
  readonly id: string
  readonly conversation_id: string
  readonly account_id: string
  readonly leaf_id: string | null
  readonly ordinal: string
  readonly created_at: Date
  readonly expires_at: Date | null
}

const shareColumns = raw('s.id, s.conversation_id, s.account_id, s.leaf_id, s.ordinal, s.created_at, s.expires_at')

const shareOf = (stored: StoredShare): ShareRow => ({
  id: stored.id,
  conversationId: stored.conversation_id,
  accountId: stored.account_id,
  leafId: stored.leaf_id,
  ordinal: Number(stored.ordinal),
  createdAt: stored.created_at.toISOString(),
  expiresAt: stored.expires_at?.toISOString() ?? null,
})

/** The link whose secret has this hash, until it expires. @param now  ISO 8601 */
export async function shareByTokenHash(db: Db, tokenHash: string, now: string): Promise<ShareRow | null> {
  const found = await row<StoredShare>(
    db,
    sql`select ${shareColumns} from conversations.share s where s.token_hash = ${tokenHash} and (s.expires_at is null or s.expires_at > ${now})
      order by s.ordinal limit 1`,
  )
  return found === null ? null : shareOf(found)
}

/** Every link to a conversation, the newest first, also those that expired. */
export async function sharesOf(db: Db, conversationId: string): Promise<ShareRow[]> {
  if (!isId(conversationId)) return []
  const found = await rows<StoredShare>(
    db,
    sql`select ${shareColumns} from conversations.share s where s.conversation_id = ${conversationId} order by s.ordinal desc`,
  )
  return found.map(shareOf)
}
