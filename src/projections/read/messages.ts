/** Messages, open again: of a conversation in their order, by id, and of everybody along the log. */
import sql, { raw } from 'sql-template-tag'
import type { Message } from '../../events/conversations.ts'
import type { SealedMessage } from '../conversations/messages.ts'
import type { RowCipher } from '../row-cipher.ts'
import { type Db, idsOnly, isId, rows } from './query.ts'

/** `position`, `index`: of the newest event that says what it says. `ordinal`: its place, which an update does not change (position × 1000 + index). */
export type MessageRow = Message & { readonly position: number; readonly index: number; readonly ordinal: number }

type Stored = {
  readonly id: string
  readonly conversation_id: string
  readonly account_id: string
  readonly parent_id: string | null
  readonly role: Message['role']
  readonly status: Message['status']
  readonly hidden: boolean
  readonly injected: boolean
  readonly ordinal: string
  readonly changed: string
  readonly sealed: Buffer
}

const columns = raw('m.id, m.conversation_id, m.account_id, m.parent_id, m.role, m.status, m.hidden, m.injected, m.ordinal, m.changed, m.sealed')

function opened(cipher: RowCipher, stored: Stored): MessageRow {
  const changed = Number(stored.changed)
  return {
    id: stored.id,
    conversationId: stored.conversation_id,
    accountId: stored.account_id,
    parentId: stored.parent_id,
    role: stored.role,
    status: stored.status,
    hidden: stored.hidden,
    injected: stored.injected,
    ...cipher.open<SealedMessage>(stored.sealed),
    position: Math.floor(changed / 1000),
    index: changed % 1000,
    ordinal: Number(stored.ordinal),
  }
}

const MOST = 2_147_483_647

/**
 * Messages of a conversation in the order in which they were recorded: every branch, hidden ones too.
 *
 * @param after  an ordinal: only what comes after it
 */
export async function messagesOf(
  db: Db,
  cipher: RowCipher,
  conversationId: string,
  { after = -1, limit = MOST }: { readonly after?: number; readonly limit?: number } = {},
): Promise<MessageRow[]> {
  if (!isId(conversationId)) return []
  const found = await rows<Stored>(
    db,
    sql`select ${columns} from conversations.message m where m.conversation_id = ${conversationId} and m.ordinal > ${after} order by m.ordinal limit ${limit}`,
  )
  return found.map((stored) => opened(cipher, stored))
}

export async function messageById(db: Db, cipher: RowCipher, accountId: string, id: string): Promise<MessageRow | null> {
  return (await messagesByIds(db, cipher, accountId, [id])).get(id) ?? null
}

/** Those of the account among the ids, by id; of two that share one, the first recorded. */
export async function messagesByIds(db: Db, cipher: RowCipher, accountId: string, ids: readonly string[]): Promise<Map<string, MessageRow>> {
  if (ids.length === 0) return new Map()
  const found = await rows<Stored>(
    db,
    sql`select ${columns} from conversations.message m where m.id = any (${idsOnly(ids)}::int8[]) and m.account_id = ${accountId} order by m.ordinal desc`,
  )
  return new Map(found.map((stored) => [stored.id, opened(cipher, stored)]))
}

/** What follows in the log: messages whose newest event comes after `after`, in its order. One that is changed again moves on. */
export async function messagesFrom(
  db: Db,
  cipher: RowCipher,
  {
    accountId,
    after: [position, index],
    limit,
  }: { readonly accountId?: string; readonly after: readonly [position: number, index: number]; readonly limit: number },
): Promise<MessageRow[]> {
  const after = position * 1000 + index
  const found = await rows<Stored>(
    db,
    accountId === undefined
      ? sql`select ${columns} from conversations.message m where m.changed > ${after} order by m.changed limit ${limit}`
      : sql`select ${columns} from conversations.message m where m.account_id = ${accountId} and m.changed > ${after} order by m.changed limit ${limit}`,
  )
  return found.map((stored) => opened(cipher, stored))
}

/** Accounts that have any, and how many. */
export async function accountsWithMessages(db: Db): Promise<{ readonly accountId: string; readonly messages: number }[]> {
  const found = await rows<{ account_id: string; messages: string }>(
    db,
    sql`select account_id, sum(messages) as messages from conversations.conversation group by account_id having sum(messages) > 0 order by account_id`,
  )
  return found.map(({ account_id, messages }) => ({ accountId: account_id, messages: Number(messages) }))
}
