/** Atomic chat units as they are read: where they stand, never what they say, which is in the message; and those that people wrote. */
import sql, { type Sql } from 'sql-template-tag'
import type { Acu, AcuType } from '../../events/memories.ts'
import { hashKey } from '../memories/keys.ts'
import type { RowCipher } from '../row-cipher.ts'
import { type Db, idsOnly, isId, rows } from './query.ts'

/** A span of a message. `hashKey`: alike for the same words. */
export type AcuRow = Omit<Acu, 'hash'> & {
  readonly accountId: string
  readonly conversationId: string
  readonly hashKey: string
  readonly rules: string
}

/** A unit that somebody wrote. */
export type WrittenAcuRow = {
  readonly id: string
  readonly accountId: string
  readonly type: AcuType
  readonly text: string
  readonly tags: readonly string[]
  readonly parentId: string | null
  readonly relation: 'remix' | 'annotation' | null
  readonly createdAt: string
  /** For paging. */
  readonly cursor: string
}

export type AcuLinkRow = {
  readonly sourceId: string
  readonly targetId: string
  readonly relation: string
  readonly weight: number
  readonly createdAt: string
}

type Found = {
  readonly id: string
  readonly account_id: string
  readonly conversation_id: string
  readonly message_id: string
  readonly block: number
  readonly start_at: number
  readonly end_at: number
  readonly type: AcuType
  readonly language: string | null
  readonly overall: number
  readonly richness: number
  readonly integrity: number
  readonly uniqueness: number
  readonly hash_key: string
  readonly rules: string
}

const opened = ({ overall, richness, integrity, uniqueness, ...found }: Found): AcuRow => ({
  id: found.id,
  accountId: found.account_id,
  conversationId: found.conversation_id,
  messageId: found.message_id,
  block: found.block,
  start: found.start_at,
  end: found.end_at,
  type: found.type,
  language: found.language,
  quality: { overall, richness, integrity, uniqueness },
  hashKey: found.hash_key,
  rules: found.rules,
})

const select = async (db: Db, rest: Sql): Promise<AcuRow[]> => (await rows<Found>(db, sql`select a.* from memories.acu a ${rest}`)).map(opened)

/** The units of a conversation, or of one message of it, in the order in which they stand in the log and the text. */
export async function acusOf(
  db: Db,
  accountId: string,
  of: { readonly conversationId: string } | { readonly messageId: string },
  { limit = 5_000 }: { readonly limit?: number } = {},
): Promise<AcuRow[]> {
  const where = 'messageId' in of ? sql`a.message_id = ${of.messageId}` : sql`a.conversation_id = ${of.conversationId}`
  if (!isId('messageId' in of ? of.messageId : of.conversationId)) return []
  return select(db, sql`where ${where} and a.account_id = ${accountId} order by a.ordinal, a.place limit ${limit}`)
}

export async function acusByIds(db: Db, accountId: string, ids: readonly string[]): Promise<Map<string, AcuRow>> {
  const found = await select(db, sql`where a.id = any (${idsOnly(ids)}::int8[]) and a.account_id = ${accountId}`)
  return new Map(found.map((row) => [row.id, row]))
}

export const acuById = async (db: Db, accountId: string, id: string): Promise<AcuRow | null> => (await acusByIds(db, accountId, [id])).get(id) ?? null

export type AcuFilter = { readonly type?: AcuType; readonly minQuality?: number; readonly limit: number; readonly cursor?: string }

/** An account's units, newest first, one page. The cursor of a row is `<ordinal>.<id>`. */
export async function acus(db: Db, accountId: string, filter: AcuFilter): Promise<(AcuRow & { readonly cursor: string })[]> {
  const { type = null, minQuality = null, limit } = filter
  const [ordinal = '', id = ''] = (filter.cursor ?? '').split('.')
  const after = isId(ordinal) && isId(id) ? sql`(a.ordinal, a.id) < (${ordinal}::int8, ${id}::int8)` : sql`true`
  const found = await rows<Found & { readonly ordinal: string }>(
    db,
    sql`select a.* from memories.acu a where a.account_id = ${accountId} and (${type}::text is null or a.type = ${type})
      and (${minQuality}::real is null or a.overall >= ${minQuality}) and ${after} order by a.ordinal desc, a.id desc limit ${limit}`,
  )
  return found.map((row) => ({ ...opened(row), cursor: `${row.ordinal}.${row.id}` }))
}

/** Units of the same words as a span of this hash (16 bytes, hex), oldest first. */
export const acusWithHash = (db: Db, cipher: RowCipher, accountId: string, hash: string): Promise<AcuRow[]> =>
  select(db, sql`where a.account_id = ${accountId} and a.hash_key = ${hashKey(cipher, accountId, hash)} order by a.ordinal, a.id limit 1000`)

/** Words that stand more than once: how often, and the unit that was first. The most frequent first. */
export async function repeatedAcus(db: Db, accountId: string, limit = 100): Promise<readonly { readonly count: number; readonly first: AcuRow }[]> {
  const groups = await rows<{ n: number; first: string }>(
    db,
    sql`select count(*)::int as n, (array_agg(id order by ordinal, id))[1]::text as first from memories.acu where account_id = ${accountId}
      group by hash_key having count(*) > 1 order by n desc, first limit ${limit}`,
  )
  const found = await acusByIds(
    db,
    accountId,
    groups.map(({ first }) => first),
  )
  return groups.flatMap(({ n, first }) => {
    const row = found.get(first)
    return row === undefined ? [] : [{ count: n, first: row }]
  })
}

/** Units that an account wrote, newest first; of one parent, or all. */
export async function writtenAcus(
  db: Db,
  cipher: RowCipher,
  accountId: string,
  { parentId, limit, cursor }: { readonly parentId?: string; readonly limit: number; readonly cursor?: string },
): Promise<WrittenAcuRow[]> {
  const of = parentId === undefined ? sql`true` : sql`w.parent_id = ${parentId}`
  const after = cursor !== undefined && isId(cursor) ? sql`w.ordinal < ${cursor}` : sql`true`
  return selectWritten(db, cipher, sql`where w.account_id = ${accountId} and ${of} and ${after} order by w.ordinal desc limit ${limit}`)
}

export async function writtenAcuById(db: Db, cipher: RowCipher, accountId: string, id: string): Promise<WrittenAcuRow | null> {
  if (!isId(id)) return null
  return (await selectWritten(db, cipher, sql`where w.id = ${id} and w.account_id = ${accountId}`))[0] ?? null
}

type FoundWritten = {
  readonly id: string
  readonly account_id: string
  readonly type: AcuType
  readonly parent_id: string | null
  readonly relation: 'remix' | 'annotation' | null
  readonly created_at: Date
  readonly sealed: Uint8Array
  readonly ordinal: string
}

async function selectWritten(db: Db, cipher: RowCipher, rest: Sql): Promise<WrittenAcuRow[]> {
  const found = await rows<FoundWritten>(db, sql`select w.* from memories.acu_written w ${rest}`)
  return found.map(({ id, account_id, type, parent_id, relation, created_at, sealed, ordinal }) => ({
    id,
    accountId: account_id,
    type,
    parentId: parent_id,
    relation,
    createdAt: created_at.toISOString(),
    cursor: ordinal,
    ...cipher.open<{ text: string; tags: readonly string[] }>(sealed),
  }))
}

/** Links that were made to or from a unit. Those that follow from the text (next, answered_by, explains) are found when it is read, see src/memory. */
export async function acuLinks(db: Db, accountId: string, ids: readonly string[]): Promise<AcuLinkRow[]> {
  const found = await rows<{ source_id: string; target_id: string; relation: string; weight: number; created_at: Date }>(
    db,
    sql`select source_id, target_id, relation, weight, created_at from memories.acu_link
      where account_id = ${accountId} and (source_id = any (${idsOnly(ids)}::int8[]) or target_id = any (${idsOnly(ids)}::int8[]))
      order by source_id, target_id, relation limit 5000`,
  )
  return found.map(({ source_id, target_id, relation, weight, created_at }) => ({
    sourceId: source_id,
    targetId: target_id,
    relation,
    weight,
    createdAt: created_at.toISOString(),
  }))
}

/** How many units of each kind an account has. */
export async function acuStatistics(db: Db, accountId: string): Promise<Readonly<Record<string, number>>> {
  const found = await rows<{ type: string; n: number }>(
    db,
    sql`select type, count(*)::int as n from memories.acu where account_id = ${accountId} group by type`,
  )
  return Object.fromEntries(found.map(({ type, n }) => [type, n]))
}
