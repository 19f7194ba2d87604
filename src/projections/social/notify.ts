/** Who is told. The one place this rule is written. */

/**
 * A query body for `with notified as (…)`: notifications for the accounts in `source` (account_id, from_account_id, type, status_id; each account
 * at most once), returning `account_id, id`. Nobody is told of their own doing, of somebody they block or mute, or of somebody who blocks them.
 *
 * Ids are snowflakes of the commit's time, pushed on where needed so that they grow with the log within each account.
 */
export const notify = (source: string): string => `
  insert into notification (account_id, id, from_account_id, type, status_id, created_at)
  select n.account_id, greatest(e.ms * 65536, coalesce((select x.id from notification x where x.account_id = n.account_id order by x.id desc limit 1), 0) + 1),
    n.from_account_id, n.type, n.status_id, e.time
  from (${source}) n join account a on a.id = n.account_id, e
  where a.domain is null and a.deleted_at is null and n.account_id <> n.from_account_id
    and not exists (select from block b where b.account_id = n.account_id and b.target_id = n.from_account_id)
    and not exists (select from block b where b.account_id = n.from_account_id and b.target_id = n.account_id)
    and not exists (select from mute m where m.account_id = n.account_id and m.target_id = n.from_account_id and m.notifications
      and (m.expires_at is null or m.expires_at > e.time))
  returning account_id, id`

/** The changes that `notified` makes, to end a statement or to be added to its other changes. */
export const notifiedChanges = `select jsonb_build_object('kind', 'notification', 'notificationId', id::text, 'accountId', account_id::text) as change from notified`
