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
        count(t.status_id)::text as uses, count(distinct t.account_id)::text as accounts
      from unnest(${names}::text[]) as w(name) cross join generate_series(0, 6) as d(ago)
      left join (select t.tag, t.status_id, t.account_id, ((${dayStart(0)} - t.status_id + 86400000::int8 * 65536 - 1) / (86400000::int8 * 65536))::int as ago
        from social.status_tag t where t.tag = any (${names.map((name) => name.toLowerCase())}::text[]) and t.status_id >= ${dayStart(6)} and t.public) t
        on t.ago = d.ago and t.tag = lower(w.name)
      group by w.name, d.ago order by w.name, d.ago`,
  )
  const histories = new Map<string, TagDay[]>(names.map((name) => [name, []]))
  for (const { name, ...day } of found) histories.get(name)?.push(day)
  return histories
}

/** Uses of one tag, as `tagHistories`. */
export const tagHistory = async (db: Db, name: string): Promise<TagDay[]> => (await tagHistories(db, [name])).get(name) ?? []

export type TagRow = { readonly name: string; readonly uses: number }

/** Tags that are looked at, and uses of each that are counted: what is common is told from what is rare, and no tag costs more. */
const MOST_TAGS = 2_000
const MOST_USES = 50

/** Tags in public posts that begin with the query, those most used (lately) first. Walks the index from one tag to the next. */
export function searchTags(db: Db, query: string, limit: number): Promise<TagRow[]> {
  const prefix = query.trim().replace(/^#/, '').toLowerCase()
  const end = `${prefix}\u{10ffff}`
  return rows<TagRow>(
    db,
    sql`with recursive names as (
        (select t.tag, 1 as nth from social.status_tag t where t.tag >= ${prefix} and t.tag < ${end} order by t.tag limit 1)
        union all
        select (select t.tag from social.status_tag t where t.tag > n.tag and t.tag < ${end} order by t.tag limit 1), n.nth + 1
        from names n where n.tag is not null and n.nth < ${MOST_TAGS})
      select n.tag as name, u.uses from names n, lateral (
        select count(*)::int as uses from (
          select from social.status_tag t where t.tag = n.tag and t.public order by t.status_id desc limit ${MOST_USES}) used) u
      where u.uses > 0 order by u.uses desc, n.tag limit ${limit}`,
  )
}
