/** Uploaded media, before and after a status uses it. */
import sql, { raw } from 'sql-template-tag'
import type { MediaRow } from '../rows.ts'
import { type Db, idsOnly, isId, row, rows } from './query.ts'

const columns = raw('m.id, m.account_id, m.attachment, m.status_id, m.created_at')

export async function mediaById(db: Db, id: string): Promise<MediaRow | null> {
  return isId(id) ? await row<MediaRow>(db, sql`select ${columns} from social.media m where m.id = ${id}`) : null
}

/** The account's own media among the ids, in the order asked; others are left out. */
export async function mediaByIds(db: Db, accountId: string, ids: readonly string[]): Promise<MediaRow[]> {
  if (ids.length === 0) return []
  return await rows<MediaRow>(
    db,
    sql`select ${columns} from unnest(${idsOnly(ids)}::int8[]) with ordinality as t(id, nth) join social.media m on m.id = t.id
      where m.account_id = ${accountId} order by t.nth`,
  )
}
