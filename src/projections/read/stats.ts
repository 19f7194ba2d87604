/** What an instance tells about itself. */
import sql from 'sql-template-tag'
import { type Db, row } from './query.ts'

/** `activeMonth`: people of this instance who posted in the last 30 days. `domains`: other servers whose accounts are known here. */
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
