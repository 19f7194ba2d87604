/**
 * Removing statuses with all that hangs on them: timeline entries, tags, edits, reactions, notifications, and their share in every counter.
 * The one place that deletes from `status`.
 */

/**
 * Ends a statement that has these queries: `doomed`, rows of status, closed under boosts, with `at`, when they end; `gone (id)`, accounts
 * deleted at the same time; `unliked (status_id)`, favourites removed; `unrelated (id, followers, following)`, what accounts lose of their
 * counters.
 *
 * `doomed` must look like few rows to the planner (see `whole` in fold.ts), or it joins whole tables to them.
 *
 * No row is written twice in one statement: survivors and doomed are disjoint, accounts in `gone` are written by their own deletion.
 */
export const bury = `,
  unhomed as (delete from home_entry h using doomed d where h.status_id = d.id returning h.account_id, h.status_id),
  untagged as (delete from status_tag t using doomed d where t.status_id = d.id),
  unedited as (delete from status_edit x using doomed d where x.status_id = d.id),
  unfavourited as (delete from favourite f using doomed d where f.status_id = d.id),
  unbookmarked as (delete from bookmark b using doomed d where b.status_id = d.id),
  unpinned_too as (delete from pin p using doomed d where p.status_id = d.id),
  untold as (delete from notification n using doomed d where n.status_id = d.id),
  untold_boosts as (
    delete from notification n using doomed d, lateral (
      select x.ctid from notification x where x.status_id = d.reblog_of_id and x.type = 'reblog' and x.from_account_id = d.account_id offset 0) x
    where n.ctid = x.ctid),
  detached as (
    update media m set status_id = null, detached_at = d.at from doomed d where m.status_id = d.id and m.account_id not in (select id from gone)),
  recounted as (
    update account a set statuses_count = a.statuses_count - t.statuses, followers_count = a.followers_count - t.followers, following_count = a.following_count - t.following,
      last_status_at = case when t.statuses = 0 then a.last_status_at else
        (select s.created_at from status s where s.account_id = a.id and s.visibility in ('public', 'unlisted') and s.id not in (select id from doomed)
          order by s.id desc limit 1) end
    from (
      select id, sum(statuses)::int as statuses, sum(followers)::int as followers, sum(following)::int as following from (
        select account_id as id, (visibility in ('public', 'unlisted'))::int as statuses, 0 as followers, 0 as following from doomed union all
        select id, 0, followers, following from unrelated) x
      group by id) t
    where a.id = t.id and a.id not in (select id from gone)),
  struck as (
    select id, sum(replies)::int as replies, sum(reblogs)::int as reblogs, sum(favourites)::int as favourites, bool_or(orphaned) as orphaned from (
      select in_reply_to_id as id, 1 as replies, 0 as reblogs, 0 as favourites, false as orphaned from doomed
        where in_reply_to_id is not null and visibility in ('public', 'unlisted') union all
      select reblog_of_id, 0, 1, 0, false from doomed where reblog_of_id is not null union all
      select status_id, 0, 0, 1, false from unliked union all
      select c.id, 0, 0, 0, true from status c where c.in_reply_to_id in (select id from doomed)) x
    group by id),
  healed as (
    update status s set replies_count = s.replies_count - k.replies, reblogs_count = s.reblogs_count - k.reblogs,
      favourites_count = s.favourites_count - k.favourites, in_reply_to_id = case when k.orphaned then null else s.in_reply_to_id end
    from struck k where s.id = k.id and s.id not in (select id from doomed)),
  buried as (delete from status s using doomed d where s.id = d.id)`

/** What `bury` changed, to end its statement. */
export const buriedChanges = `
select jsonb_build_object('kind', 'delete', 'statusId', d.id::text, 'accountId', d.account_id::text, 'homes', coalesce(h.homes, '[]'),
  'visibility', d.visibility, 'local', d.local, 'tags', to_jsonb(d.tags), 'isBoost', d.reblog_of_id is not null) as change
from doomed d left join (
  select status_id, jsonb_agg(account_id::text order by account_id) as homes from (
    select account_id, status_id from unhomed union
    select a.id, d.id from doomed d join account a on a.id = any (d.mention_ids) and a.domain is null and a.deleted_at is null) told
  group by status_id) h on h.status_id = d.id
order by d.id`

/** `bury` when only the statuses go. */
export const buryOnly = `,
  gone as (select null::int8 as id where false),
  unliked as (select null::int8 as status_id where false),
  unrelated as (select null::int8 as id, 0 as followers, 0 as following where false)${bury}`
