/** Reading accounts and what stands between them: by id, uri, handle and search; follows, blocks, mutes. Deleted accounts come only by id or uri. */
import sql, { empty, raw, type Sql } from 'sql-template-tag'
import type { AccountRow, BlockRow, FollowRow, MuteRow, Page, RelationshipRow } from '../rows.ts'
import { type Db, idsOnly, isId, newestFirst, paged, row, rows } from './query.ts'
import { hiddenFrom } from './visibility.ts'

const columns = raw(
  `a.id, a.username, a.domain, a.type, a.uri, a.url, a.inbox, a.shared_inbox, a.outbox, a.followers_uri, a.following_uri, a.featured_uri, a.keys,
  a.role, a.display_name, a.note, a.note_source, a.fields, a.fields_source, a.avatar, a.header, a.locked, a.bot, a.discoverable, a.indexable,
  a.emojis, a.default_visibility, a.default_sensitive, a.default_language, a.created_at, a.followers_count, a.following_count,
  a.statuses_count, a.last_status_at, a.deleted_at`,
)

const followColumns = raw('f.account_id, f.target_id, f.uri, f.state, f.reblogs, f.notify, f.languages, f.created_at, f.ordinal as position')

/** The account, also when deleted (`deleted_at` set); null when the id names none. */
export async function accountById(db: Db, id: string): Promise<AccountRow | null> {
  return isId(id) ? await row<AccountRow>(db, sql`select ${columns} from social.account a where a.id = ${id}`) : null
}

export async function accountsByIds(db: Db, ids: readonly string[]): Promise<Map<string, AccountRow>> {
  if (ids.length === 0) return new Map()
  const found = await rows<AccountRow>(db, sql`select ${columns} from social.account a where a.id = any (${idsOnly(ids)}::int8[])`)
  return new Map(found.map((account) => [account.id, account]))
}

/** By ActivityPub actor id. A living account is preferred to a deleted one of the same uri. */
export async function accountByUri(db: Db, uri: string): Promise<AccountRow | null> {
  return (
    (await row<AccountRow>(db, sql`select ${columns} from social.account a where a.uri = ${uri} and a.deleted_at is null`)) ??
    (await row<AccountRow>(
      db,
      sql`select ${columns} from social.account a where a.uri = ${uri} and a.deleted_at is not null order by a.id desc limit 1`,
    ))
  )
}

export const localAccount = (db: Db, username: string): Promise<AccountRow | null> => accountByAcct(db, username, null)

/** By handle, case-insensitively; `domain` null for this instance. Never a deleted account. */
export async function accountByAcct(db: Db, username: string, domain: string | null): Promise<AccountRow | null> {
  const host = domain?.toLowerCase() ?? ''
  return await row<AccountRow>(
    db,
    sql`select ${columns} from social.account a where lower(a.username) = ${username.toLowerCase()} and coalesce(a.domain, '') = ${host}
      and a.deleted_at is null order by a.id desc limit 1`,
  )
}

export type AccountSearch = {
  readonly query: string
  readonly limit: number
  readonly offset: number
  /** Who asks: whom they follow comes first. */
  readonly viewerId?: string
  /** Only accounts this one follows. */
  readonly followedBy?: string
}

/** Accounts whose handle begins with the query (`name`, `@name@host`) or whose display name has its words; exact handles first, then whom the viewer follows, then people here, then the most followed. */
export async function searchAccounts(db: Db, { query, limit, offset, viewerId, followedBy }: AccountSearch): Promise<AccountRow[]> {
  const [name = '', host] = query.trim().replace(/^@/, '').toLowerCase().split('@')
  const words = prefixQuery(query)
  if (name === '' && words === null) return []
  const prefix = `${name.replace(/[\\%_]/g, '\\$&')}%`
  const byHandle = sql`lower(a.username) like ${prefix} and ${host === undefined || host === '' ? sql`true` : sql`a.domain like ${`${host.replace(/[\\%_]/g, '\\$&')}%`}`}`
  const byWords = words === null || host !== undefined ? sql`false` : sql`a.words @@ ${words}::tsquery`
  const isFollowedBy = (id: string) =>
    sql`exists (select from social.follow f where f.account_id = ${id} and f.target_id = a.id and f.state = 'accepted')`
  return await rows<AccountRow>(
    db,
    sql`select ${columns} from social.account a where (${byHandle} or ${byWords}) and a.deleted_at is null
      and ${followedBy === undefined ? sql`true` : isFollowedBy(followedBy)}
      order by lower(a.username) = ${name} desc, ${viewerId === undefined ? empty : sql`${isFollowedBy(viewerId)} desc,`} a.domain is null desc, a.followers_count desc, a.id limit ${limit} offset ${offset}`,
  )
}

/** `'foo':* & 'bar':*` for what somebody typed; null when it has no word. Only letters and digits pass, so no operator can be smuggled in. */
export function prefixQuery(text: string): string | null {
  const words = text.match(/[\p{L}\p{N}]+/gu)?.slice(0, 16) ?? []
  return words.length === 0 ? null : words.map((word) => `'${word}':*`).join(' & ')
}

/** What the viewer is to each account, in the order asked; ids that name no account are left out. */
export async function relationships(db: Db, viewerId: string, ids: readonly string[]): Promise<RelationshipRow[]> {
  if (ids.length === 0) return []
  return await rows<RelationshipRow>(
    db,
    sql`select t.id as account_id, coalesce(o.state = 'accepted', false) as following, coalesce(o.reblogs, false) as showing_reblogs,
        coalesce(o.notify, false) as notifying, o.languages,
        coalesce(i.state = 'accepted', false) as followed_by, coalesce(o.state = 'requested', false) as requested, coalesce(i.state = 'requested', false) as requested_by,
        b.account_id is not null as blocking, c.account_id is not null as blocked_by, m.account_id is not null as muting,
        coalesce(m.notifications, false) as muting_notifications, m.expires_at as muting_expires_at
      from unnest(${idsOnly(ids)}::int8[]) with ordinality as t(id, nth)
      join social.account a on a.id = t.id and a.deleted_at is null
      left join social.follow o on o.account_id = ${viewerId} and o.target_id = t.id
      left join social.follow i on i.account_id = t.id and i.target_id = ${viewerId}
      left join social.block b on b.account_id = ${viewerId} and b.target_id = t.id
      left join social.block c on c.account_id = t.id and c.target_id = ${viewerId}
      left join social.mute m on m.account_id = ${viewerId} and m.target_id = t.id and (m.expires_at is null or m.expires_at > now())
      order by t.nth`,
  )
}

/** Accepted followers of an account, newest first, without whom the viewer mutes or blocks; `Page` bounds are `position`s. */
export const followers = (db: Db, id: string, page: Page, viewerId: string | null = null): Promise<FollowRow[]> =>
  follows(db, sql`f.target_id = ${id} and f.state = 'accepted' and f.account_id not in (${hiddenFrom(viewerId)})`, page)

/** Whom an account follows (accepted), newest first, without whom the viewer mutes or blocks. */
export const following = (db: Db, id: string, page: Page, viewerId: string | null = null): Promise<FollowRow[]> =>
  follows(db, sql`f.account_id = ${id} and f.state = 'accepted' and f.target_id not in (${hiddenFrom(viewerId)})`, page)

/** Requests waiting for the account's answer, newest first. */
export const followRequests = (db: Db, id: string, page: Page): Promise<FollowRow[]> =>
  follows(db, sql`f.target_id = ${id} and f.state = 'requested'`, page)

async function follows(db: Db, condition: Sql, page: Page): Promise<FollowRow[]> {
  const { where, order } = paged(sql`f.ordinal`, page)
  return newestFirst(page, await rows<FollowRow>(db, sql`select ${followColumns} from social.follow f where ${condition} and ${where} ${order}`))
}

/** The follow or follow request from one account to another; null when there is none. */
export const followState = (db: Db, accountId: string, targetId: string): Promise<FollowRow | null> =>
  row<FollowRow>(db, sql`select ${followColumns} from social.follow f where f.account_id = ${accountId} and f.target_id = ${targetId}`)

/** By the id of the Follow activity, as Accept, Reject and Undo may name it. */
export const followByUri = (db: Db, uri: string): Promise<FollowRow | null> =>
  row<FollowRow>(db, sql`select ${followColumns} from social.follow f where f.uri = ${uri} order by f.ordinal desc limit 1`)

export type FollowerInbox = { readonly inbox: string; readonly domain: string; readonly accountId: string }

/** Where a message to all remote followers goes: one inbox per server that has a shared one. `accountId`: one of those it reaches. */
export const followerInboxes = (db: Db, id: string): Promise<FollowerInbox[]> =>
  rows<FollowerInbox>(
    db,
    sql`select distinct on (coalesce(a.shared_inbox, a.inbox)) coalesce(a.shared_inbox, a.inbox) as inbox, a.domain, a.id as "accountId"
      from social.follow f join social.account a on a.id = f.account_id
      where f.target_id = ${id} and f.state = 'accepted' and a.domain is not null and a.deleted_at is null order by coalesce(a.shared_inbox, a.inbox), a.id`,
  )

/** Every server that we know somebody of: who has heard of an account here hears of its end. */
export const knownInboxes = (db: Db): Promise<{ readonly inbox: string }[]> =>
  rows<{ inbox: string }>(
    db,
    sql`select distinct coalesce(a.shared_inbox, a.inbox) as inbox from social.account a where a.domain is not null and a.deleted_at is null order by 1`,
  )

/** Whom the viewer blocks, newest first. */
export async function blocks(db: Db, viewerId: string, page: Page): Promise<BlockRow[]> {
  const { where, order } = paged(sql`b.ordinal`, page)
  const found = await rows<BlockRow>(
    db,
    sql`select b.account_id, b.target_id, b.uri, b.created_at, b.ordinal as position from social.block b where b.account_id = ${viewerId} and ${where} ${order}`,
  )
  return newestFirst(page, found)
}

/** The block from one account to another; null when there is none. */
export const blockState = (db: Db, accountId: string, targetId: string): Promise<BlockRow | null> =>
  row<BlockRow>(
    db,
    sql`select b.account_id, b.target_id, b.uri, b.created_at, b.ordinal as position from social.block b where b.account_id = ${accountId} and b.target_id = ${targetId}`,
  )

/** By the id of the Block activity, as Undo may name it. */
export const blockByUri = (db: Db, uri: string): Promise<BlockRow | null> =>
  row<BlockRow>(
    db,
    sql`select b.account_id, b.target_id, b.uri, b.created_at, b.ordinal as position from social.block b where b.uri = ${uri} order by b.ordinal desc limit 1`,
  )

/** Whom the viewer mutes, newest first, without mutes that have expired. */
export async function mutes(db: Db, viewerId: string, page: Page): Promise<MuteRow[]> {
  const { where, order } = paged(sql`m.ordinal`, page)
  const found = await rows<MuteRow>(
    db,
    sql`select m.account_id, m.target_id, m.notifications, m.expires_at, m.created_at, m.ordinal as position from social.mute m
      where m.account_id = ${viewerId} and (m.expires_at is null or m.expires_at > now()) and ${where} ${order}`,
  )
  return newestFirst(page, found)
}

export type AccountCounts = { readonly followers: number; readonly following: number; readonly statuses: number; readonly followRequests: number }

/** What an account's page counts, and the requests it has not answered. */
export async function counts(db: Db, id: string): Promise<AccountCounts> {
  const found = await row<AccountCounts>(
    db,
    sql`select a.followers_count as followers, a.following_count as following, a.statuses_count as statuses,
      (select count(*)::int from social.follow f where f.target_id = a.id and f.state = 'requested') as "followRequests" from social.account a where a.id = ${id}`,
  )
  return found ?? { followers: 0, following: 0, statuses: 0, followRequests: 0 }
}
