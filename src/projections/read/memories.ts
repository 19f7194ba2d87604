/** Memories as their owner and the machinery see them: opened rows with live evidence, what disagrees with what, and what became of each. */
import type pg from 'pg'
import sql, { type Sql } from 'sql-template-tag'
import type { Claim, Derivation, Evidence, Memory, MemoryStatus, MemoryType, RelationKind } from '../../events/memories.ts'
import { categoryKey, sameKey, slotKey, subjectKey, tagKey } from '../memories/keys.ts'
import type { RowCipher } from '../row-cipher.ts'
import { type Db, idsOnly, isId, rows } from './query.ts'

/** A memory as it is now: what was recorded, and what became of it. `evidence`: what still stands, in the order in which it came. */
export type MemoryRow = Omit<Memory, 'status'> & {
  readonly status: Exclude<MemoryStatus, 'forgotten'>
  readonly pinned: boolean
  /** Its owner said that it is right. */
  readonly confirmed: boolean
  readonly supersededBy: string | null
  /** Memories that say otherwise, while nobody decided which is right. */
  readonly disputedWith: readonly string[]
  readonly useCount: number
  readonly lastUsedAt: string | null
  /** Of its record in the log. */
  readonly position: number
  /** For paging. */
  readonly cursor: string
}

export type MemoryFilter = {
  /** Words that all stand in the text, subject or tags; case does not matter. */
  readonly query?: string
  readonly type?: MemoryType
  readonly status?: MemoryRow['status']
  readonly category?: string
  readonly tag?: string
  readonly pinned?: boolean
  readonly minImportance?: number
  readonly subject?: string
  readonly limit: number
  /** Of the last row of the page before. */
  readonly cursor?: string
}

type Found = {
  readonly id: string
  readonly account_id: string
  readonly type: MemoryType
  readonly status: MemoryRow['status']
  readonly language: string | null
  readonly confidence: number
  readonly importance: number
  readonly sensitive: boolean
  readonly pinned: boolean
  readonly confirmed: boolean
  readonly observed_at: Date | null
  readonly recorded_at: Date
  readonly superseded_by: string | null
  readonly ended: string | null
  readonly use_count: number
  readonly last_used_at: Date | null
  readonly claim: Uint8Array
  readonly origin: Uint8Array
  readonly position: string
  readonly ordinal: string
  readonly evidence: readonly FoundEvidence[]
  readonly disputed_with: readonly string[]
}
type FoundEvidence = Omit<Evidence, 'quote'> & { readonly sealed: string }

/** Sealed in `claim`. */
type SealedClaim = Omit<Claim, 'type' | 'language'>

const evidenceJson = sql`jsonb_build_object('conversationId', x.conversation_id::text, 'messageId', x.message_id::text, 'position', x.position, 'block', x.block,
  'start', x.start_at, 'end', x.end_at, 'role', x.role, 'stance', x.stance, 'sealed', encode(x.sealed, 'base64'))`

const columns = sql`m.*,
  coalesce((select jsonb_agg(${evidenceJson} order by x.ordinal, x.message_id, x.start_at) from memories.memory_evidence x where x.memory_id = m.id), '[]') as evidence,
  coalesce((select jsonb_agg(d.other_id::text order by d.other_id) from memories.memory_dispute d where d.memory_id = m.id), '[]') as disputed_with`

function opened(cipher: RowCipher, found: Found): MemoryRow {
  const claim = cipher.open<SealedClaim>(found.claim)
  const origin = cipher.open<{ derivation: Derivation; members: readonly string[] }>(found.origin)
  return {
    ...claim,
    ...origin,
    validTo: found.ended ?? claim.validTo,
    id: found.id,
    accountId: found.account_id,
    type: found.type,
    status: found.status,
    language: found.language,
    confidence: found.confidence,
    importance: found.importance,
    sensitive: found.sensitive,
    pinned: found.pinned,
    confirmed: found.confirmed,
    observedAt: found.observed_at?.toISOString() ?? null,
    at: found.recorded_at.toISOString(),
    evidence: found.evidence.map((one) => openedEvidence(cipher, one)),
    supersededBy: found.superseded_by,
    disputedWith: found.disputed_with,
    useCount: found.use_count,
    lastUsedAt: found.last_used_at?.toISOString() ?? null,
    position: Number(found.position),
    cursor: found.ordinal,
  }
}

const openedEvidence = (cipher: RowCipher, { sealed, ...place }: FoundEvidence): Evidence => ({
  ...place,
  quote: cipher.open<string>(Buffer.from(sealed, 'base64')),
})

const select = async (db: Db, cipher: RowCipher, rest: Sql): Promise<MemoryRow[]> =>
  (await rows<Found>(db, sql`select ${columns} from memories.memory m ${rest}`)).map((found) => opened(cipher, found))

/** How many rows are opened at a time to look for words in them, and at most for one page. */
const OPENED = 500
const OPENED_AT_MOST = 20_000

/** A page of an account's memories, newest first. With a query, as many rows as needed are opened to find its words, 20,000 at most. */
export async function memories(db: Db, cipher: RowCipher, accountId: string, filter: MemoryFilter): Promise<MemoryRow[]> {
  if (!isId(accountId)) return []
  const words = (filter.query ?? '').toLowerCase().split(/\s+/).filter(Boolean)
  if (words.length === 0) return page(db, cipher, accountId, filter, filter.cursor ?? null, filter.limit)
  const found: MemoryRow[] = []
  let cursor = filter.cursor ?? null
  for (let seen = 0; seen < OPENED_AT_MOST && found.length < filter.limit; seen += OPENED) {
    const some = await page(db, cipher, accountId, filter, cursor, OPENED)
    found.push(...some.filter((row) => says(row, words)))
    cursor = some.at(-1)?.cursor ?? null
    if (some.length < OPENED) break
  }
  return found.slice(0, filter.limit)
}

function says({ text, subject, object, tags, category }: MemoryRow, words: readonly string[]): boolean {
  const all = [text, subject, object, category, ...tags].join(' ').toLowerCase()
  return words.every((word) => all.includes(word))
}

// biome-ignore format: one line per condition
function page(db: Db, cipher: RowCipher, accountId: string, filter: MemoryFilter, cursor: string | null, limit: number): Promise<MemoryRow[]> {
  const { type = null, status = null, pinned = null, minImportance = null } = filter
  const key = (value: string | undefined, blind: (cipher: RowCipher, accountId: string, value: string) => string) =>
    value === undefined ? null : blind(cipher, accountId, value)
  return select(db, cipher, sql`where m.account_id = ${accountId}
    and (${type}::text is null or m.type = ${type})
    and (${status}::text is null or m.status = ${status})
    and (${pinned}::bool is null or m.pinned = ${pinned})
    and (${minImportance}::real is null or m.importance >= ${minImportance})
    and (${key(filter.category, categoryKey)}::text is null or m.category_key = ${key(filter.category, categoryKey)})
    and (${key(filter.subject?.toLowerCase(), subjectKey)}::text is null or m.subject_key = ${key(filter.subject?.toLowerCase(), subjectKey)})
    and (${key(filter.tag, tagKey)}::text is null or ${key(filter.tag, tagKey)} = any (m.tag_keys))
    and (${cursor !== null && isId(cursor) ? cursor : null}::int8 is null or m.ordinal < ${cursor !== null && isId(cursor) ? cursor : null})
    order by m.ordinal desc limit ${Math.max(0, limit)}`)
}

export async function memoryById(db: Db, cipher: RowCipher, accountId: string, id: string): Promise<MemoryRow | null> {
  return (await memoriesByIds(db, cipher, accountId, [id])).get(id) ?? null
}

/** Those of the account's own among the ids. */
export async function memoriesByIds(db: Db, cipher: RowCipher, accountId: string, ids: readonly string[]): Promise<Map<string, MemoryRow>> {
  if (!isId(accountId)) return new Map()
  const found = await select(db, cipher, sql`where m.id = any (${idsOnly(ids)}::int8[]) and m.account_id = ${accountId}`)
  return new Map(found.map((row) => [row.id, row]))
}

/** Memories of every status in the order of the log, for those who build an index; of one account, or of all. @param after  `cursor` of the last seen, `'0'` to begin */
export async function memoriesFrom(
  db: Db,
  cipher: RowCipher,
  { accountId, after, limit }: { readonly accountId?: string; readonly after: string; readonly limit: number },
): Promise<MemoryRow[]> {
  const whose = accountId === undefined ? sql`true` : sql`m.account_id = ${accountId}`
  return select(
    db,
    cipher,
    sql`where m.ordinal >= ${after === '0' ? '0' : String(BigInt(after) + 1n)} and ${whose} order by m.ordinal limit ${limit}`,
  )
}

/** Accounts that have memories. */
export async function accountsWithMemories(db: Db): Promise<string[]> {
  return (await rows<{ account_id: string }>(db, sql`select distinct account_id from memories.memory`)).map(({ account_id }) => account_id)
}

/** What still stands of a memory's evidence. */
export async function evidenceOf(db: Db, cipher: RowCipher, accountId: string, memoryId: string): Promise<readonly Evidence[]> {
  return (await memoryById(db, cipher, accountId, memoryId))?.evidence ?? []
}

/** Memories that rest on a conversation, whatever else they rest on. */
export function memoriesRestingOn(db: Db, cipher: RowCipher, accountId: string, conversationId: string, limit: number): Promise<MemoryRow[]> {
  return select(
    db,
    cipher,
    sql`where m.account_id = ${accountId} and exists (
      select from memories.memory_evidence x where x.memory_id = m.id and x.conversation_id = ${conversationId}) order by m.ordinal limit ${limit}`,
  )
}

/** Two memories that cannot both be true, each with its evidence and dates; the one that was observed first comes first. */
export type Conflict = { readonly first: MemoryRow; readonly second: MemoryRow; readonly state: 'disputed' | 'superseded' }

/** What an account's memories disagree in: disputes first, then what took the place of what; newest first, `limit` of each. */
export async function conflicts(db: Db, cipher: RowCipher, accountId: string, limit = 200): Promise<Conflict[]> {
  if (!isId(accountId)) return []
  const pairs = await rows<{ one: string; other: string; state: Conflict['state'] }>(
    db,
    sql`(select distinct least(d.memory_id, d.other_id)::text as one, greatest(d.memory_id, d.other_id)::text as other, 'disputed' as state
          from memories.memory_dispute d join memories.memory m on m.id = d.memory_id where m.account_id = ${accountId} limit ${limit})
        union all
        (select m.id::text, m.superseded_by::text, 'superseded' from memories.memory m
          where m.account_id = ${accountId} and m.status = 'superseded' and m.superseded_by is not null order by m.ordinal desc limit ${limit})`,
  )
  const found = await memoriesByIds(
    db,
    cipher,
    accountId,
    pairs.flatMap(({ one, other }) => [one, other]),
  )
  return pairs.flatMap(({ one, other, state }) => {
    const [a, b] = [found.get(one), found.get(other)]
    if (a === undefined || b === undefined) return []
    return [isBefore(b, a) ? { first: b, second: a, state } : { first: a, second: b, state }]
  })
}

const isBefore = (a: MemoryRow, b: MemoryRow): boolean => (a.observedAt ?? a.at) < (b.observedAt ?? b.at)

export type RelationRow = {
  readonly sourceId: string
  readonly targetId: string
  readonly relation: RelationKind
  readonly weight: number
  readonly createdAt: string
}

/** How a memory relates to others, from either side, the strongest first. */
export async function relations(db: Db, accountId: string, memoryId: string): Promise<RelationRow[]> {
  if (!isId(accountId) || !isId(memoryId)) return []
  const found = await rows<{ source_id: string; target_id: string; relation: RelationKind; weight: number; created_at: Date }>(
    db,
    sql`select source_id, target_id, relation, weight, created_at from memories.memory_relation
      where account_id = ${accountId} and (source_id = ${memoryId} or target_id = ${memoryId}) order by weight desc, source_id, target_id, relation`,
  )
  return found.map(({ source_id: sourceId, target_id: targetId, relation, weight, created_at }) => ({
    sourceId,
    targetId,
    relation,
    weight,
    createdAt: created_at.toISOString(),
  }))
}

/** Something that became of a memory. */
export type HistoryRow = {
  readonly type: string
  readonly at: string
  /** The other memory, where there is one. */
  readonly otherId: string | null
  /** What it said before a correction. */
  readonly before: SealedClaim | null
  /** Of the event in the log. */
  readonly position: number
  readonly index: number
}

/** What became of a memory, in order. */
export async function history(db: Db, cipher: RowCipher, accountId: string, memoryId: string): Promise<HistoryRow[]> {
  if (!isId(accountId) || !isId(memoryId)) return []
  const found = await rows<{ type: string; at: Date; other_id: string | null; claim: Uint8Array | null; ordinal: string }>(
    db,
    sql`select h.type, h.at, h.other_id, h.claim, h.ordinal from memories.memory_event h join memories.memory m on m.id = h.memory_id
      where m.id = ${memoryId} and m.account_id = ${accountId} order by h.ordinal`,
  )
  return found.map(({ type, at, other_id, claim, ordinal }) => ({
    type,
    at: at.toISOString(),
    otherId: other_id,
    before: claim === null ? null : cipher.open<SealedClaim>(claim),
    position: Math.floor(Number(ordinal) / 1000),
    index: Number(ordinal) % 1000,
  }))
}

export type MemoryStatistics = {
  readonly total: number
  readonly pinned: number
  readonly byType: Readonly<Record<string, number>>
  readonly byStatus: Readonly<Record<string, number>>
  readonly byEngine: Readonly<Record<string, number>>
  readonly evidence: number
  readonly disputes: number
  readonly accesses: number
  readonly forgottenMarks: number
}

export async function memoryStatistics(db: Db, accountId: string): Promise<MemoryStatistics> {
  const counted = await rows<{ what: string; name: string; n: number }>(
    db,
    sql`select 'type' as what, type as name, count(*)::int as n from memories.memory where account_id = ${accountId} group by type
      union all select 'status', status, count(*)::int from memories.memory where account_id = ${accountId} group by status
      union all select 'engine', engine, count(*)::int from memories.memory where account_id = ${accountId} group by engine
      union all select 'all', 'pinned', count(*)::int from memories.memory where account_id = ${accountId} and pinned
      union all select 'all', 'evidence', count(*)::int from memories.memory_evidence where account_id = ${accountId}
      union all select 'all', 'disputes', count(*)::int from memories.memory_dispute d join memories.memory m on m.id = d.memory_id
        where m.account_id = ${accountId} and d.memory_id < d.other_id
      union all select 'all', 'accesses', count(*)::int from memories.access where account_id = ${accountId}
      union all select 'all', 'marks', count(*)::int from memories.memory_mark where account_id = ${accountId}`,
  )
  const of = (what: string) => Object.fromEntries(counted.filter((one) => one.what === what).map(({ name, n }) => [name, n]))
  const all = of('all')
  const byStatus = of('status')
  return {
    total: Object.values(byStatus).reduce((sum, n) => sum + n, 0),
    pinned: all.pinned ?? 0,
    byType: of('type'),
    byStatus,
    byEngine: of('engine'),
    evidence: all.evidence ?? 0,
    disputes: all.disputes ?? 0,
    accesses: all.accesses ?? 0,
    forgottenMarks: all.marks ?? 0,
  }
}

/** Memories that say the same as any of the claims, or that fill a slot of theirs: what a claim has to be held against. */
export function memoriesLike(db: Db, cipher: RowCipher, accountId: string, claims: readonly Claim[]): Promise<MemoryRow[]> {
  const same = [...new Set(claims.map((claim) => sameKey(cipher, accountId, claim)))]
  const slots = [...new Set(claims.map((claim) => slotKey(cipher, accountId, claim)))].filter((slot) => slot !== null)
  return select(
    db,
    cipher,
    sql`where m.account_id = ${accountId} and m.id in (
      select s.id from memories.memory s where s.account_id = ${accountId} and s.same_key = any (${same}::text[])
      union select s.id from memories.memory s where s.account_id = ${accountId} and s.slot_key = any (${slots}::text[])) order by m.ordinal`,
  )
}

/** Those of the marks (see `memory:forget`) that an account has. */
export async function marksAmong(db: pg.Pool | pg.ClientBase, accountId: string, marks: readonly string[]): Promise<Set<string>> {
  const found = await rows<{ mark: string }>(
    db,
    sql`select mark from memories.memory_mark where account_id = ${accountId} and mark = any (${[...new Set(marks)]}::text[])`,
  )
  return new Set(found.map(({ mark }) => mark))
}

/** Memories that lost evidence with a conversation, and still stand as they were. */
export const staleMemories = (db: Db, cipher: RowCipher, limit: number): Promise<MemoryRow[]> =>
  select(db, cipher, sql`where m.stale order by m.id limit ${limit}`)

/** When the evidence of memories was said: first and last, ISO 8601; null where no message says. */
export async function saidBetween(
  db: Db,
  ids: readonly string[],
): Promise<Map<string, { readonly from: string | null; readonly to: string | null }>> {
  const found = await rows<{ id: string; from: Date | null; to: Date | null }>(
    db,
    sql`select x.memory_id as id, min(m.created_at) as "from", max(m.created_at) as "to"
      from memories.memory_evidence x join conversations.message m on m.conversation_id = x.conversation_id and m.id = x.message_id
      where x.memory_id = any (${idsOnly(ids)}::int8[]) group by x.memory_id`,
  )
  return new Map(found.map(({ id, from, to }) => [id, { from: from?.toISOString() ?? null, to: to?.toISOString() ?? null }]))
}
