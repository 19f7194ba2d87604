/** Hashtags as they were used in public posts. */
import sql from 'sql-template-tag'
import { type Db, rows } from './query.ts'

/** One UTC day: `day` is its first second since the epoch. All decimal text, as Mastodon tells them. */
export type TagDay = { readonly day: string; readonly uses: string; readonly accounts: string }

/** Ids are times (ms × 65536): the id at the start of the UTC day `ago` days before today. */
const dayStart = (ago: number) => sql`((extract(epoch from date_trunc('day', now() at time zone 'UTC'))::int8 - ${ago} * 86400) * 1000 * 65536)`

/** Uses of tags on each of the last seven days, today first, by the names given. */
export async function tagHistories(db: Db, names: readonly string[]): Promise<Map<string, TagDay[]>> {
  const found = await rows<TagDay & { readonly name: string }>(
    db,
    sql`select w.name, (extract(epoch from date_trunc('day', now() at time zone 'UTC'))::int8 - d.ago * 86400)::text as day,
        count(s.id)::text as uses, count(distinct s.account_id)::text as accounts
      from unnest(${names}::text[]) as w(name) cross join generate_series(0, 6) as d(ago)
      left join (select t.tag, s.id, s.account_id, ((${dayStart(0)} - s.id + 86400000::int8 * 65536 - 1) / (86400000::int8 * 65536))::int as ago
        from social.status_tag t join social.status s on s.id = t.status_id
        where t.tag = any (${names.map((name) => name.toLowerCase())}::text[]) and t.status_id >= ${dayStart(6)} and s.visibility = 'public') s on s.ago = d.ago and s.tag = lower(w.name)
      group by w.name, d.ago order by w.name, d.ago`,
  )
  const histories = new Map<string, TagDay[]>(names.map((name) => [name, []]))
  for (const { name, ...day } of found) histories.get(name)?.push(day)
  return histories
}

/** Uses of one tag, as `tagHistories`. */
export const tagHistory = async (db: Db, name: string): Promise<TagDay[]> => (await tagHistories(db, [name])).get(name) ?? []

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
