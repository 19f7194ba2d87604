/** Whose home timeline a status enters. The one place this rule is written; applied when a status is made and when a follow begins. */

/**
 * A condition on a follow (`f`: account_id, target_id, reblogs, languages) and a status of its target (`s`), for a follower on this instance:
 * direct posts only when mentioned; replies only to people the follower follows, to oneself or to the follower; boosts unless switched off.
 */
export const entersHome = (f: string, s: string): string => `(
  (${s}.visibility <> 'direct' or ${f}.account_id = any (${s}.mention_ids))
  and (${s}.reblog_of_id is null or ${f}.reblogs)
  and (${f}.languages is null or ${s}.language is null or ${s}.language = any (${f}.languages))
  and ((${s}.in_reply_to_account_id is null and ${s}.in_reply_to_uri is null) or ${s}.in_reply_to_account_id in (${s}.account_id, ${f}.account_id)
    or exists (select from follow g where g.account_id = ${f}.account_id and g.target_id = ${s}.in_reply_to_account_id and g.state = 'accepted')))`

/** Newest statuses of somebody that are put into the home of a new follower. */
const BACKFILL = 40

/** A query body for `with homes as (…)`: enters `made`, new rows of status, into the homes of their authors and followers on this instance. */
export const fanOut = (originId: string): string => `
  insert into home_entry (account_id, status_id, author_id, origin_id)
  select r.account_id, m.id, m.account_id, ${originId} from made m, lateral (
    select m.account_id where (select a.domain is null from account a where a.id = m.account_id)
    union
    select f.account_id from follow f where f.target_id = m.account_id and f.local and f.state = 'accepted' and ${entersHome('f', 'm')}) r
  on conflict do nothing
  returning account_id, status_id`

/** A query body for `with homes as (…)`: enters recent statuses of the target of `begun`, rows of follow, each into its follower's home. */
export const backfill = `
  insert into home_entry (account_id, status_id, author_id, origin_id)
  select f.account_id, s.id, s.account_id, o.account_id from begun f
    cross join lateral (select * from status x where x.account_id = f.target_id order by x.id desc limit ${BACKFILL}) s
    left join status o on o.id = s.reblog_of_id
  where f.local and ${entersHome('f', 's')}
  on conflict do nothing`
