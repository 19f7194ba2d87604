/**
 * Who may see a status, as SQL. The one place these rules are written: public and unlisted to everybody, private to accepted followers and
 * the mentioned, direct to the mentioned, everything to its author, nothing to somebody the author blocks. Posts of deleted accounts have no rows.
 */
import sql, { type Sql } from 'sql-template-tag'

/** Rules for one row of social.status, named by the alias `s`. A boost must also satisfy them for what it boosts: see `fullyVisible`. */
export function visible(viewerId: string | null, s: Sql = sql`s`): Sql {
  if (viewerId === null) return sql`${s}.visibility in ('public', 'unlisted')`
  return sql`(${s}.account_id = ${viewerId} or (
    (${s}.visibility in ('public', 'unlisted') or ${viewerId}::int8 = any (${s}.mention_ids) or (${s}.visibility = 'private' and exists (
      select from social.follow f where f.account_id = ${viewerId} and f.target_id = ${s}.account_id and f.state = 'accepted')))
    and not exists (select from social.block b where b.account_id = ${s}.account_id and b.target_id = ${viewerId})))`
}

/** `visible`, and when `s` is a boost, the boosted status is visible too. */
export const fullyVisible = (viewerId: string | null): Sql =>
  sql`(${visible(viewerId)} and (s.reblog_of_id is null or exists (select from social.status o where o.id = s.reblog_of_id and ${visible(viewerId, sql`o`)})))`

/** Accounts whose posts a viewer's timelines leave out: muted (until the mute expires), blocked, or blocking the viewer. A query of ids. */
export const hiddenFrom = (viewerId: string | null): Sql =>
  viewerId === null
    ? sql`(select null::int8 where false)`
    : sql`(select target_id from social.mute where account_id = ${viewerId} and (expires_at is null or expires_at > now())
      union all select target_id from social.block where account_id = ${viewerId}
      union all select account_id from social.block where target_id = ${viewerId})`
