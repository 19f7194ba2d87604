/** Hashtags as they were used in public posts. */
import sql from 'sql-template-tag'
import { type Db, rows } from './query.ts'

/** One UTC day: `day` is its first second since the epoch. All decimal text, as Mastodon tells them. */
export type TagDay = { readonly day: string; readonly uses: string; readonly accounts: string }

/** Ids are times (ms × 65536): the id at the start of the UTC day `ago` days before today. */
const dayStart = (ago: number) => sql`((extract(epoch from date_trunc('day', now() at time zone 'UTC'))::int8 - ${ago} * 86400) * 1000 * 65536)`

/** Uses of a tag on each of the last seven days, today first. */
export const tagHistory = (db: Db, name: string): Promise<TagDay[]> =>
  rows<TagDay>(
    db,
    sql`select (extract(epoch from date_trunc('day', now() at time zone 'UTC'))::int8 - d.ago * 86400)::text as day,
        count(s.id)::text as uses, count(distinct s.account_id)::text as accounts
      from generate_series(0, 6) as d(ago)
      left join (select s.id, s.account_id, ((${dayStart(0)} - s.id + 86400000::int8 * 65536 - 1) / (86400000::int8 * 65536))::int as ago
        from social.status_tag t join social.status s on s.id = t.status_id
        where t.tag = ${name.toLowerCase()} and t.status_id >= ${dayStart(6)} and s.visibility = 'public') s on s.ago = d.ago
      group by d.ago order by d.ago`,
  )

export type TagRow = { readonly name: string; readonly uses: number }

/** Tags beginning with the query, most used first. */
export const searchTags = (db: Db, query: string, limit: number): Promise<TagRow[]> =>
  rows<TagRow>(
    db,
    sql`select t.tag as name, count(*)::int as uses from social.status_tag t join social.status s on s.id = t.status_id
      where t.tag like ${`${query
        .trim()
        .replace(/^#/, '')
        .toLowerCase()
        .replace(/[\\%_]/g, '\\$&')}%`} and s.visibility = 'public'
      group by t.tag order by uses desc, t.tag limit ${limit}`,
  )
