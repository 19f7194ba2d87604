/** Uploaded media, before and after a status uses it. */
import sql, { raw } from 'sql-template-tag'
import type { MediaRow } from '../rows.ts'
import { type Db, idsOnly, isId, row, rows } from './query.ts'

const columns = raw('m.id, m.account_id, m.attachment, m.status_id, m.created_at, m.detached_at')

export async function mediaById(db: Db, id: string): Promise<MediaRow | null> {
  return isId(id) ? await row<MediaRow>(db, sql`select ${columns} from social.media m where m.id = ${id}`) : null
}

/** Everything that was ever shown in a post of this instance, also what a later edit left out. */
export const mediaOfStatus = (db: Db, statusId: string): Promise<MediaRow[]> =>
  rows<MediaRow>(db, sql`select ${columns} from social.media m where m.status_id = ${statusId} order by m.id`)

/** When somebody last had a use for an upload without a post: it was sent, or its post was deleted. */
export const freeSince = ({ created_at, detached_at }: MediaRow): Date => detached_at ?? created_at

/** Uploads that no post has, nor had since `before`; those that waited longest first. */
export const unattachedMedia = (db: Db, before: Date, limit: number): Promise<MediaRow[]> =>
  rows<MediaRow>(
    db,
    sql`select ${columns} from social.media m where m.status_id is null and coalesce(m.detached_at, m.created_at) < ${before}
      order by coalesce(m.detached_at, m.created_at), m.id limit ${limit}`,
  )

/** Which of these stored files no upload and no profile of this instance refers to. Reads both tables once, whatever the number of names. */
export async function unreferencedFiles(db: Db, names: readonly string[]): Promise<string[]> {
  const found = await rows<{ name: string }>(
    db,
    sql`select t.name from unnest(${names}::text[]) as t(name) where not exists (
      select from (
        select m.attachment->>'url' as name from social.media m union all select m.attachment->>'previewUrl' from social.media m union all
        select a.avatar from social.account a where a.domain is null union all select a.header from social.account a where a.domain is null) used
      where used.name = t.name)`,
  )
  return found.map(({ name }) => name)
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
