/** Vectors at rest: sealed, by the words that they were made of. Only what a model made of a message that is still here is kept. */
import sql from 'sql-template-tag'
import type { Message } from '../../events/conversations.ts'
import type { Db } from '../../projections/read/query.ts'
import type { RowCipher } from '../../projections/row-cipher.ts'
import { searchableText } from './searchable-text.ts'
import { Vectors } from './vectors.ts'

/** A text that has no vector yet. `changed`: of its words. */
export type Unmade = { readonly conversationId: string; readonly messageId: string; readonly changed: string; readonly text: string }
export type Made = { readonly conversationId: string; readonly messageId: string; readonly changed: string; readonly bytes: Int8Array }

const PAGE = 1_000
const LONGEST = 8_000

/** The account's vectors by the model; null when there are none. */
export async function loadVectors(db: Db, cipher: RowCipher, accountId: string, model: string): Promise<Vectors | null> {
  let vectors: Vectors | null = null
  for (let after = '0'; ; ) {
    const { rows } = await db.query<{ message_id: string; sealed: Buffer }>(sql`
      select v.message_id, v.sealed from retrieval.vector v
      where v.account_id = ${accountId} and v.model = ${model} and v.message_id > ${after} order by v.message_id limit ${PAGE}`)
    for (const { message_id, sealed } of rows) {
      const bytes = new Int8Array(Buffer.from(cipher.open<string>(sealed), 'base64'))
      vectors ??= new Vectors(model, bytes.length)
      vectors.set(message_id, bytes)
      after = message_id
    }
    if (rows.length < PAGE) return vectors
  }
}

/** What people and assistants said that the model made no vector of yet, or of other words; the oldest first. */
export async function unmade(
  db: Db,
  cipher: RowCipher,
  accountId: string,
  { model, limit }: { readonly model: string; readonly limit: number },
): Promise<Unmade[]> {
  const { rows } = await db.query<{ id: string; conversation_id: string; changed: string; sealed: Buffer }>(sql`
    select m.id, m.conversation_id, m.changed, m.sealed from conversations.message m
    where m.account_id = ${accountId} and m.role in ('user', 'assistant') and not m.hidden and not m.injected and m.characters > 0 and not exists (
      select from retrieval.vector v
      where v.account_id = m.account_id and v.model = ${model} and v.conversation_id = m.conversation_id and v.message_id = m.id and v.changed = m.changed)
    order by m.changed limit ${limit}`)
  return rows.map(({ id, conversation_id, changed, sealed }) => ({
    conversationId: conversation_id,
    messageId: id,
    changed,
    text: searchableText(cipher.open<Pick<Message, 'blocks'>>(sealed)).slice(0, LONGEST),
  }))
}

/** Keeps those whose message is still here as it was. */
export async function keepVectors(
  db: Db,
  cipher: RowCipher,
  accountId: string,
  { model, made }: { readonly model: string; readonly made: readonly Made[] },
): Promise<void> {
  await db.query(sql`
    insert into retrieval.vector (account_id, conversation_id, message_id, model, changed, sealed)
    select ${accountId}::int8, n.conversation_id, n.message_id, ${model}, n.changed, decode(n.sealed, 'base64')
    from unnest(${made.map(({ conversationId }) => conversationId)}::int8[], ${made.map(({ messageId }) => messageId)}::int8[],
      ${made.map(({ changed }) => changed)}::int8[], ${made.map(({ bytes }) => cipher.seal(Buffer.from(bytes).toString('base64')))}::text[]) n (conversation_id, message_id, changed, sealed)
    join conversations.message m on m.conversation_id = n.conversation_id and m.id = n.message_id and m.changed = n.changed
    on conflict (account_id, model, conversation_id, message_id) do update set changed = excluded.changed, sealed = excluded.sealed`)
}

export async function removeVectors(db: Db, conversationIds: readonly string[]): Promise<void> {
  await db.query(sql`delete from retrieval.vector where conversation_id = any (${conversationIds}::int8[])`)
}

/** Removes vectors of messages that are gone: deleted while nobody looked. */
export async function sweepVectors(db: Db): Promise<void> {
  await db.query(`delete from retrieval.vector v
    where not exists (select from conversations.message m where m.conversation_id = v.conversation_id and m.id = v.message_id)`)
}
