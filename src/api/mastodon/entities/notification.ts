/** Notification, version 1. Pure. @see https://docs.joinmastodon.org/entities/Notification/ */
import type { AccountRow, NotificationRow } from '../../../projections/rows.ts'
import { accountEntity } from './account.ts'
import type { StatusEntity } from './status.ts'

export const notificationEntity = (row: NotificationRow, from: AccountRow, status: StatusEntity | null, origin: string) => ({
  id: row.id,
  type: row.type,
  created_at: row.created_at.toISOString(),
  group_key: `ungrouped-${row.id}`,
  account: accountEntity(from, origin),
  status,
  report: null,
  event: null,
  moderation_warning: null,
  collection: null,
  fallback: null,
})
