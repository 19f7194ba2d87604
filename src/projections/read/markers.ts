/** How far an account has read. */
import sql from 'sql-template-tag'
import type { MarkerRow } from '../rows.ts'
import { type Db, rows } from './query.ts'

export const markers = (db: Db, accountId: string): Promise<MarkerRow[]> =>
  rows<MarkerRow>(
    db,
    sql`select k.timeline, k.last_read_id, k.version, k.updated_at from social.marker k where k.account_id = ${accountId} order by k.timeline`,
  )
