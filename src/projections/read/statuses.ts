/** Reading statuses: one, many with what a viewer needs, threads, an author's, and who reacted. Visibility: see visibility.ts. */
import sql, { raw, type Sql } from 'sql-template-tag'
import type { StatusBody } from '../../events/catalogue.ts'
import type { AccountRow, Page, StatusEditRow, StatusRow, StatusView, ViewerState } from '../rows.ts'
import { accountsByIds } from './accounts.ts'
import { type Db, idsOnly, isId, newestFirst, paged, plannedRows, row, rows } from './query.ts'
import { fullyVisible, hiddenFrom, visible } from './visibility.ts'

const columns = raw(
  `s.id, s.account_id, s.uri, s.url, s.local, s.visibility, s.text, s.content, s.spoiler_text, s.sensitive, s.language, s.media, s.mentions, s.tags,
  s.emojis, s.in_reply_to_id, s.in_reply_to_account_id, s.in_reply_to_uri, s.reblog_of_id, s.application, s.created_at, s.edited_at,
  s.replies_count, s.reblogs_count, s.favourites_count, s.position`,
)

/** The status whoever asks: callers check `visibleTo`. */
export async function statusById(db: Db, id: string): Promise<StatusRow | null> {
  return isId(id) ? await row<StatusRow>(db, sql`select ${columns} from social.status s where s.id = ${id}`) : null
}

/** By ActivityPub object id; for boosts, the id of the Announce. */
export const statusByUri = (db: Db, uri: string): Promise<StatusRow | null> =>
  row<StatusRow>(db, sql`select ${columns} from social.status s where s.uri = ${uri}`)

/** True when the viewer (null: anybody) may see the status and, for a boost, what it boosts. */
export async function visibleTo(db: Db, status: Pick<StatusRow, 'id'>, viewerId: string | null): Promise<boolean> {
  return (await row(db, sql`select s.id from social.status s where s.id = ${status.id} and ${fullyVisible(viewerId)}`)) !== null
}

type ViewedRow = { readonly status: StatusRow; readonly viewer: ViewerState | null }

/**
 * Statuses with authors, boosted originals and the viewer's own marks, in the order asked. What does not exist or the viewer may not see is
 * left out. Two queries, whatever the length.
 */
export async function statusViews(db: Db, ids: readonly string[], viewerId: string | null): Promise<StatusView[]> {
  const wanted = idsOnly(ids)
  if (wanted.length === 0) return []
  const statuses = await viewedRows(db, wanted, viewerId)
  const accounts = await accountsByIds(db, [...new Set([...statuses.values()].map(({ status }) => status.account_id))])
  return wanted.flatMap((id) => view(id, statuses, accounts) ?? [])
}

function view(id: string, statuses: ReadonlyMap<string, ViewedRow>, accounts: ReadonlyMap<string, AccountRow>): StatusView | null {
  const found = statuses.get(id)
  const account = found && accounts.get(found.status.account_id)
  if (found === undefined || account === undefined) return null
  const originalId = found.status.reblog_of_id
  if (originalId === null) return { status: found.status, account, reblog: null, viewer: found.viewer }
  const reblog = view(originalId, statuses, accounts)
  return reblog && { status: found.status, account, reblog, viewer: found.viewer }
}

async function viewedRows(db: Db, ids: readonly string[], viewerId: string | null): Promise<Map<string, ViewedRow>> {
  const marks =
    viewerId === null
      ? sql`null as favourited`
      : sql`exists (select from social.favourite x where x.status_id = coalesce(s.reblog_of_id, s.id) and x.account_id = ${viewerId}) as favourited,
        exists (select from social.status x where x.reblog_of_id = coalesce(s.reblog_of_id, s.id) and x.account_id = ${viewerId}) as reblogged,
        exists (select from social.bookmark x where x.account_id = ${viewerId} and x.status_id = coalesce(s.reblog_of_id, s.id)) as bookmarked,
        exists (select from social.pin x where x.account_id = ${viewerId} and x.status_id = coalesce(s.reblog_of_id, s.id)) as pinned`
  type Marked = StatusRow & { favourited: boolean | null; reblogged: boolean; bookmarked: boolean; pinned: boolean }
  const found = await rows<Marked>(
    db,
    sql`select ${columns}, ${marks} from social.status s
      where s.id = any (array (select unnest(${ids}::int8[]) union select r.reblog_of_id from social.status r where r.id = any (${ids}::int8[]))) and ${visible(viewerId)}`,
  )
  return new Map(
    found.map(({ favourited, reblogged, bookmarked, pinned, ...status }) => [
      status.id,
      { status, viewer: favourited === null ? null : { favourited, reblogged, bookmarked, pinned, muted: false } },
    ]),
  )
}

export type Thread = { readonly ancestors: string[]; readonly descendants: string[] }

/** As Mastodon limits threads: strangers see less of a very long one. */
const THREAD = { member: { up: 4096, down: 4096, depth: 4096 }, stranger: { up: 40, down: 60, depth: 20 } } as const

/** The conversation around a status that the viewer may see, without whom they mute or block: ancestors oldest first, descendants depth first. Safe against reply loops. */
export async function context(db: Db, id: string, viewerId: string | null): Promise<Thread> {
  const limit = viewerId === null ? THREAD.stranger : THREAD.member
  const ancestors = await rows<{ id: string }>(
    db,
    sql`with recursive up as (
        select s.in_reply_to_id as id, 1 as depth, array[s.id] as path from social.status s where s.id = ${id} and s.in_reply_to_id is not null
        union all
        select s.in_reply_to_id, up.depth + 1, up.path || s.id from up join social.status s on s.id = up.id
        where s.in_reply_to_id is not null and s.in_reply_to_id <> all (up.path || s.id) and up.depth < ${limit.up})
      select s.id from up join social.status s on s.id = up.id
      where ${visible(viewerId)} and s.account_id not in (${hiddenFrom(viewerId)}) order by up.depth desc`,
  )
  const descendants = await rows<{ id: string }>(
    db,
    sql`with recursive down as (
        select s.id, array[s.in_reply_to_id, s.id] as path from social.status s where s.in_reply_to_id = ${id}
        union all
        select s.id, down.path || s.id from down join social.status s on s.in_reply_to_id = down.id
        where s.id <> all (down.path) and cardinality(down.path) <= ${limit.depth})
      select s.id from (select * from down limit ${limit.down * 4}) d join social.status s on s.id = d.id
      where ${visible(viewerId)} and s.account_id not in (${hiddenFrom(viewerId)}) order by d.path limit ${limit.down}`,
  )
  return { ancestors: ancestors.map((s) => s.id), descendants: descendants.map((s) => s.id) }
}

export type AccountStatusesPage = Page & {
  readonly excludeReplies?: boolean
  readonly excludeReblogs?: boolean
  readonly onlyMedia?: boolean
  readonly pinned?: boolean
  readonly tagged?: string
}

/** Ids of an account's statuses and boosts that the viewer may see, newest first, without boosts of whom they mute or block. Replies to oneself count as posts. */
export async function accountStatuses(db: Db, accountId: string, page: AccountStatusesPage, viewerId: string | null): Promise<string[]> {
  const { where, order } = paged(sql`s.id`, page)
  const filters = [
    page.excludeReplies && sql`(s.in_reply_to_uri is null and s.in_reply_to_account_id is null or s.in_reply_to_account_id = s.account_id)`,
    page.excludeReblogs && sql`s.reblog_of_id is null`,
    page.onlyMedia && sql`s.media <> '[]'::jsonb`,
    viewerId !== null && viewerId !== accountId && sql`(s.reblog_of_id is null or ${notHidden(viewerId)})`,
    page.pinned && sql`exists (select from social.pin p where p.account_id = ${accountId} and p.status_id = s.id)`,
    page.tagged !== undefined && sql`exists (select from social.status_tag t where t.tag = ${page.tagged.toLowerCase()} and t.status_id = s.id)`,
  ]
  const found = await rows<{ id: string }>(
    db,
    sql`select s.id from social.status s where s.account_id = ${accountId} and ${fullyVisible(viewerId)} and ${all(filters)} and ${where} ${order}`,
  )
  return newestFirst(page, found).map((s) => s.id)
}

/** Of the boost `s`: that the viewer neither mutes nor blocks whose post it boosts. */
const notHidden = (viewerId: string): Sql =>
  sql`(select o.account_id from social.status o where o.id = s.reblog_of_id) not in (${hiddenFrom(viewerId)})`

/** Conjunction of the filters that are on. */
export const all = (filters: readonly (Sql | false | undefined)[]): Sql =>
  filters.reduce<Sql>((sum, filter) => (filter ? sql`${sum} and ${filter}` : sum), sql`true`)

/** Every version of a status, oldest first; the last is the current one. Empty when the status does not exist. */
export async function edits(db: Db, id: string): Promise<StatusEditRow[]> {
  const current = await statusById(db, id)
  if (current === null) return []
  const earlier = await rows<StatusEditRow>(
    db,
    sql`select e.status_id, e.created_at, e.body from social.status_edit e where e.status_id = ${id} order by e.ordinal`,
  )
  return [...earlier, { status_id: id, created_at: current.edited_at ?? current.created_at, body: bodyOf(current) }]
}

const bodyOf = (s: StatusRow): StatusBody => ({
  text: s.text,
  content: s.content,
  spoilerText: s.spoiler_text,
  sensitive: s.sensitive,
  language: s.language,
  media: s.media,
  mentions: s.mentions,
  tags: s.tags,
  emojis: s.emojis,
})

/** Somebody's mark on a status. `position` is the key that `Page` bounds refer to. */
export type ReactionRow = { readonly account_id: string; readonly status_id: string; readonly position: string }

/** Who favourited a status, newest first, without whom the viewer mutes or blocks. */
export const favouritedBy = (db: Db, id: string, page: Page, viewerId: string | null = null): Promise<ReactionRow[]> =>
  marks(db, sql`social.favourite`, sql`x.status_id = ${id} and x.account_id not in (${hiddenFrom(viewerId)})`, page)

/** What the viewer favourited, newest first. */
export const favourites = (db: Db, viewerId: string, page: Page): Promise<ReactionRow[]> =>
  marks(db, sql`social.favourite`, sql`x.account_id = ${viewerId}`, page)

/** What the viewer bookmarked, newest first. */
export const bookmarks = (db: Db, viewerId: string, page: Page): Promise<ReactionRow[]> =>
  marks(db, sql`social.bookmark`, sql`x.account_id = ${viewerId}`, page)

async function marks(db: Db, table: Sql, condition: Sql, page: Page): Promise<ReactionRow[]> {
  const { where, order } = paged(sql`x.ordinal`, page)
  const found = await rows<ReactionRow>(
    db,
    sql`select x.account_id, x.status_id, x.ordinal as position from ${table} x where ${condition} and ${where} ${order}`,
  )
  return newestFirst(page, found)
}

/** Who boosted a status, newest first, without whom the viewer mutes or blocks; `position` is the boost's id. Boosts only for followers do not count as public knowledge. */
export async function rebloggedBy(db: Db, id: string, page: Page, viewerId: string | null = null): Promise<ReactionRow[]> {
  const { where, order } = paged(sql`s.id`, page)
  const found = await rows<ReactionRow>(
    db,
    sql`select s.account_id, s.reblog_of_id as status_id, s.id as position from social.status s
      where s.reblog_of_id = ${id} and s.visibility in ('public', 'unlisted') and s.account_id not in (${hiddenFrom(viewerId)}) and ${where} ${order}`,
  )
  return newestFirst(page, found)
}

/** The account's boost of a status; null when there is none. */
export const boostOf = (db: Db, accountId: string, statusId: string): Promise<StatusRow | null> =>
  row<StatusRow>(db, sql`select ${columns} from social.status s where s.reblog_of_id = ${statusId} and s.account_id = ${accountId}`)

/** The account's like of a status; null when there is none. */
export const likeOf = (db: Db, accountId: string, statusId: string): Promise<{ uri: string; position: string } | null> =>
  row(db, sql`select x.uri, x.ordinal as position from social.favourite x where x.status_id = ${statusId} and x.account_id = ${accountId}`)

/** By the id of the Like activity, as Undo may name it. */
export const likeByUri = (db: Db, uri: string): Promise<ReactionRow | null> =>
  row<ReactionRow>(
    db,
    sql`select x.account_id, x.status_id, x.ordinal as position from social.favourite x where x.uri = ${uri} order by x.ordinal desc limit 1`,
  )

/** `accountId`: only posts of this account. */
export type StatusSearch = { readonly query: string; readonly limit: number; readonly offset: number; readonly accountId?: string }

/** Full text over what the viewer wrote or has seen (home, mentions, favourites, bookmarks), newest first. */
export async function searchStatuses(db: Db, viewerId: string, { query, limit, offset, accountId }: StatusSearch): Promise<string[]> {
  const found = await plannedRows<{ id: string }>(
    db,
    sql`select s.id from social.status s where s.words @@ websearch_to_tsquery('simple', ${query}) and s.reblog_of_id is null
      and ${accountId === undefined ? sql`true` : sql`s.account_id = ${accountId}`} and ${visible(viewerId)}
      and s.account_id not in (${hiddenFrom(viewerId)})
      and (s.account_id = ${viewerId} or ${viewerId}::int8 = any (s.mention_ids)
        or exists (select from social.home_entry h where h.account_id = ${viewerId} and h.status_id = s.id)
        or exists (select from social.favourite x where x.status_id = s.id and x.account_id = ${viewerId})
        or exists (select from social.bookmark x where x.account_id = ${viewerId} and x.status_id = s.id))
      order by s.id desc limit ${limit} offset ${offset}`,
  )
  return found.map((s) => s.id)
}
