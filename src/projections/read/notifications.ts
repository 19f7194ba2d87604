/** Notifications of an account. Ids grow with the log, per account; those of muted accounts (with notifications) are left out while muted. */
import sql, { raw } from 'sql-template-tag'
import type { NotificationRow, NotificationType, Page } from '../rows.ts'
import { type Db, isId, newestFirst, paged, row, rows } from './query.ts'
import { all } from './statuses.ts'

const columns = raw('n.id, n.account_id, n.from_account_id, n.type, n.status_id, n.created_at')

export type NotificationsPage = Page & {
  readonly types?: readonly NotificationType[]
  readonly excludeTypes?: readonly NotificationType[]
  readonly fromAccountId?: string
}

const muted = sql`exists (select from social.mute m where m.account_id = n.account_id and m.target_id = n.from_account_id and m.notifications
  and (m.expires_at is null or m.expires_at > now()))`

/** Newest first. An empty `types` is no restriction. */
export async function notifications(db: Db, accountId: string, page: NotificationsPage): Promise<NotificationRow[]> {
  const { where, order } = paged(sql`n.id`, page)
  const { types = [], excludeTypes = [], fromAccountId } = page
  const filters = [
    types.length > 0 && sql`n.type = any (${types}::text[])`,
    excludeTypes.length > 0 && sql`n.type <> all (${excludeTypes}::text[])`,
    fromAccountId !== undefined && sql`n.from_account_id = ${fromAccountId}`,
  ]
  const found = await rows<NotificationRow>(
    db,
    sql`select ${columns} from social.notification n where n.account_id = ${accountId} and not ${muted} and ${all(filters)} and ${where} ${order}`,
  )
  return newestFirst(page, found)
}

/** One of the account's own notifications; null when it is somebody else's or gone. */
export async function notificationById(db: Db, accountId: string, id: string): Promise<NotificationRow | null> {
  return isId(id)
    ? await row<NotificationRow>(db, sql`select ${columns} from social.notification n where n.account_id = ${accountId} and n.id = ${id}`)
    : null
}

/** How many came after the account's `notifications` marker, counted up to `limit`. */
export async function unreadCount(db: Db, accountId: string, limit = 100): Promise<number> {
  const found = await row<{ count: number }>(
    db,
    sql`select count(*)::int as count from (
      select from social.notification n where n.account_id = ${accountId} and not ${muted} and n.id > coalesce(
        (select k.last_read_id::int8 from social.marker k where k.account_id = ${accountId} and k.timeline = 'notifications'), 0)
      limit ${limit}) unread`,
  )
  return found?.count ?? 0
}
