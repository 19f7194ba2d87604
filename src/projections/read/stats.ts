/** What an instance tells about itself. */
import sql from 'sql-template-tag'
import { type Db, row, rows } from './query.ts'

/** `activeMonth`: people of this instance who posted for everybody in the last 30 days. `domains`: other servers whose accounts are known here. */
export type InstanceStats = { readonly users: number; readonly activeMonth: number; readonly statuses: number; readonly domains: number }

export async function instanceStats(db: Db): Promise<InstanceStats> {
  const found = await row<InstanceStats>(
    db,
    sql`select count(*)::int as users, count(*) filter (where a.last_status_at > now() - interval '30 days')::int as "activeMonth",
        coalesce(sum(a.statuses_count), 0)::int as statuses, (select count(distinct r.domain)::int from social.account r where r.domain is not null) as domains
      from social.account a where coalesce(a.domain, '') = '' and a.deleted_at is null`,
  )
  return found ?? { users: 0, activeMonth: 0, statuses: 0, domains: 0 }
}

/** Domains of the servers whose accounts are known here, in alphabetical order. */
export async function peers(db: Db): Promise<string[]> {
  const found = await rows<{ domain: string }>(db, sql`select distinct a.domain from social.account a where a.domain is not null order by a.domain`)
  return found.map(({ domain }) => domain)
}

/** `start`: first second of the week, since the epoch. */
export type Week = { readonly start: number; readonly statuses: number; readonly registrations: number }

const WEEK = 7 * 86_400

/** What happened here in public week by week, the current one first. @param now seconds since the epoch */
export function weeklyActivity(db: Db, now: number, weeks: number): Promise<Week[]> {
  const current = now - (now % WEEK)
  return rows<Week>(
    db,
    sql`select w.start::float8 as start,
        (select count(*)::int from social.status s where s.local and s.reblog_of_id is null and s.visibility in ('public', 'unlisted') and s.created_at >= w.since and s.created_at < w.until) as statuses,
        (select count(*)::int from social.account a where a.domain is null and a.created_at >= w.since and a.created_at < w.until) as registrations
      from (select start, to_timestamp(start) as since, to_timestamp(start + ${WEEK}::int8) as until
        from (select ${current}::int8 - ${WEEK}::int8 * n as start from generate_series(0, ${weeks}::int - 1) n) starts) w order by w.start desc`,
  )
}
