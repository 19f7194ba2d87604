/** Who is told. The one place this rule is written. */

/**
 * A query body for `with notified as (…)`: notifications for the accounts in `source` (account_id, from_account_id, type, status_id, and what
 * `of` finds the event by; each account at most once per event), returning `account_id, id`. Nobody is told of their own doing, of somebody
 * they block or mute, or of somebody who blocks them.
 *
 * Ids are the moments of the events (see moments.ts): snowflakes that grow with the log.
 *
 * Each recipient is looked up by key: conditions that the planner can turn into joins would be planned for tables as small as they once were.
 * Most recipients are not here, so they are sorted out before the events are looked at.
 */
export const notify = (source: string, of = 'e.ordinal = n.ordinal'): string => `
  with n as materialized (
    select s.* from (${source}) s
    where s.account_id <> s.from_account_id
      and (select a.domain is null and a.deleted_at is null from account a where a.id = s.account_id)
      and not (exists (select from block b where b.account_id = s.account_id and b.target_id = s.from_account_id)
        or exists (select from block b where b.account_id = s.from_account_id and b.target_id = s.account_id)))
  insert into notification (account_id, id, from_account_id, type, status_id, created_at)
  select n.account_id, e.moment, n.from_account_id, n.type, n.status_id, e.time
  from n, lateral (select e.moment, e.time from e where ${of} offset 0) e
  where not exists (select from mute m where m.account_id = n.account_id and m.target_id = n.from_account_id and m.notifications
    and (m.expires_at is null or m.expires_at > e.time))
  returning account_id, id`

/** The changes that `notified` makes, to end a statement or to follow its other changes after `union all`. */
export const notifiedChanges = `(select jsonb_build_object('kind', 'notification', 'notificationId', id::text, 'accountId', account_id::text) as change
  from notified order by id)`
