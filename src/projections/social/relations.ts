/** Follows, blocks, mutes. Counters count accepted follows and change exactly when a row does. */
import type { Pair } from '../../events/catalogue.ts'
import { type Statement, type Statements, silent } from '../fold.ts'
import type { Ties } from '../runs.ts'
import { backfill } from './home.ts'
import { notifiedChanges, notify } from './notify.ts'
import { ALL_FOLLOWS } from './ties.ts'

const pair = '"accountId" int8, "targetId" int8'

/** Adds the `step` of each row in `source` (account_id, target_id, step) to both ends in one query, so that no row is written twice. */
const recount = (source: string): string => `
  update account a set following_count = a.following_count + x.following, followers_count = a.followers_count + x.followers
  from (
    select id, sum(following)::int as following, sum(followers)::int as followers from (
      select account_id as id, step as following, 0 as followers from (${source}) y union all select target_id, 0, step from (${source}) z) w
    group by id) x
  where a.id = x.id and (x.following <> 0 or x.followers <> 0)`

/** A follow is tied to the other follows of its follower, to who follows its target, and to what of the target's comes into the follower's home. */
const tiesOfFollow = ({ accountId, targetId }: Pair): Ties => ({
  makes: [`follow ${accountId} ${targetId}`, `follows ${accountId}`],
  adds: [`followers ${targetId}`, ALL_FOLLOWS],
  needs: [`account ${accountId}`, `account ${targetId}`, `posts ${targetId}`],
})

/** Nothing comes into a home by an end, so that several of one follower may go together. */
const tiesOfEnd = ({ accountId, targetId }: Pair): Ties => ({
  makes: [`follow ${accountId} ${targetId}`],
  adds: [`follows ${accountId}`, `followers ${targetId}`, ALL_FOLLOWS],
})

/** A second Follow changes the options, or accepts, but takes no acceptance back. The place in lists is that of the request until it is accepted. */
const follow: Statement<'social:follow'> = {
  columns: `${pair}, uri text, at timestamptz, state text, reblogs bool, notify bool, languages text[]`,
  together: tiesOfFollow,
  text: `,
  old as (select f.account_id, f.target_id, f.state from follow f join e on f.account_id = e."accountId" and f.target_id = e."targetId"),
  made as (
    insert into follow (account_id, target_id, uri, state, reblogs, notify, languages, local, created_at, ordinal)
    select a.id, t.id, e.uri, e.state, e.reblogs, e.notify, e.languages, a.domain is null, e.at, e.ordinal
    from e join account a on a.id = e."accountId" and a.deleted_at is null join account t on t.id = e."targetId" and t.deleted_at is null
    on conflict (account_id, target_id) do update set uri = excluded.uri, reblogs = excluded.reblogs, notify = excluded.notify,
      languages = excluded.languages, state = case follow.state when 'accepted' then follow.state else excluded.state end,
      ordinal = case when follow.state in ('accepted', excluded.state) then follow.ordinal else excluded.ordinal end
    returning *),
  turned as (select m.*, (m.state = 'accepted')::int - coalesce((o.state = 'accepted')::int, 0) as step, o.state as before from made m left join old o on o.account_id = m.account_id and o.target_id = m.target_id),
  recounted as (${recount('select account_id, target_id, step from turned')}),
  begun as (select * from turned where step = 1),
  homes as (${backfill}),
  untold as (
    delete from notification n using begun b where n.account_id = b.target_id and n.from_account_id = b.account_id and n.type = 'follow_request'),
  notified as (${notify(`
    select t.target_id as account_id, t.account_id as from_account_id, case t.state when 'accepted' then 'follow' else 'follow_request' end as type, null::int8 as status_id, e.ordinal
    from turned t join e on e."accountId" = t.account_id and e."targetId" = t.target_id where t.before is distinct from t.state`)})`,
  changes: notifiedChanges,
}

const accept: Statement<'social:follow_accept'> = {
  columns: pair,
  together: tiesOfFollow,
  text: `,
  begun as (
    update follow f set state = 'accepted', ordinal = e.ordinal from e
    where f.account_id = e."accountId" and f.target_id = e."targetId" and f.state = 'requested' returning f.*),
  recounted as (${recount('select account_id, target_id, 1 as step from begun')}),
  homes as (${backfill}),
  untold as (
    delete from notification n using begun b where n.account_id = b.target_id and n.from_account_id = b.account_id and n.type = 'follow_request'),
  notified as (${notify(`select b.target_id as account_id, b.account_id as from_account_id, 'follow' as type, null::int8 as status_id, e.ordinal
    from begun b join e on e."accountId" = b.account_id and e."targetId" = b.target_id`)})`,
  changes: notifiedChanges,
}

/** Also a rejection: in both cases the follow, or the request, is no more. A home is longer than what one person posts, so that is gone through. */
const end: Statement<'social:unfollow' | 'social:follow_reject'> = {
  columns: pair,
  together: tiesOfEnd,
  text: `,
  ended as (delete from follow f using e where f.account_id = e."accountId" and f.target_id = e."targetId" returning f.*),
  recounted as (${recount("select account_id, target_id, -1 as step from ended where state = 'accepted'")}),
  emptied as (
    delete from home_entry h using ended x, lateral (select s.id from status s where s.account_id = x.target_id offset 0) s
    where h.account_id = x.account_id and h.status_id = s.id),
  untold as (
    delete from notification n using ended x where n.account_id = x.target_id and n.from_account_id = x.account_id and n.type in ('follow', 'follow_request'))
  ${silent}`,
}

/** Follows between the two end by events of their own; what each already saw or was told of the other goes here. */
const block: Statement<'social:block'> = {
  columns: `${pair}, uri text, at timestamptz`,
  text: `,
  made as (
    insert into block (account_id, target_id, uri, created_at, ordinal)
    select a.id, t.id, e.uri, e.at, e.ordinal
    from e join account a on a.id = e."accountId" and a.deleted_at is null join account t on t.id = e."targetId" and t.deleted_at is null
    on conflict do nothing returning account_id, target_id),
  sides as (select account_id as one, target_id as other from made union all select target_id, account_id from made),
  emptied as (delete from home_entry h using sides x where h.account_id = x.one and (h.author_id = x.other or h.origin_id = x.other)),
  untold as (delete from notification n using sides x where n.account_id = x.one and n.from_account_id = x.other)
  ${silent}`,
}

const unblock: Statement<'social:unblock'> = {
  columns: pair,
  text: `, removed as (delete from block b using e where b.account_id = e."accountId" and b.target_id = e."targetId") ${silent}`,
}

const mute: Statement<'social:mute'> = {
  columns: `${pair}, at timestamptz, notifications bool, "expiresAt" timestamptz`,
  text: `, made as (
    insert into mute (account_id, target_id, notifications, expires_at, created_at, ordinal)
    select a.id, t.id, e.notifications, e."expiresAt", e.at, e.ordinal
    from e join account a on a.id = e."accountId" and a.deleted_at is null join account t on t.id = e."targetId" and t.deleted_at is null
    on conflict (account_id, target_id) do update set notifications = excluded.notifications, expires_at = excluded.expires_at,
      created_at = excluded.created_at, ordinal = excluded.ordinal) ${silent}`,
}

const unmute: Statement<'social:unmute'> = {
  columns: pair,
  text: `, removed as (delete from mute m using e where m.account_id = e."accountId" and m.target_id = e."targetId") ${silent}`,
}

export const relationStatements: Statements = {
  'social:follow': follow,
  'social:follow_accept': accept,
  'social:follow_reject': end,
  'social:unfollow': end,
  'social:block': block,
  'social:unblock': unblock,
  'social:mute': mute,
  'social:unmute': unmute,
}
