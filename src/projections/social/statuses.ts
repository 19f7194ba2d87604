/** Posts and boosts: made, edited, deleted. */
import type { EventData, StatusBody } from '../../events/catalogue.ts'
import { type Statement, type Statements, silent } from '../fold.ts'
import { buriedChanges, buryOnly } from './bury.ts'
import { fanOut } from './home.ts'
import { notifiedChanges, notify } from './notify.ts'
import { tiesOfBoost, tiesOfDelete, tiesOfPost, tiesOfUnboost, tiesOfUpdate } from './ties.ts'

const bodyColumns = `text text, content text, "spoilerText" text, sensitive bool, language text, media jsonb, mentions jsonb, "mentionIds" int8[], tags text[],
  "mediaIds" int8[], emojis jsonb`

/** Ids inside lists are wanted as arrays: once here instead of in every statement. Tags are unique and lower-case. */
const withIds = (data: StatusBody): object => ({
  ...data,
  tags: [...new Set(data.tags.map((tag) => tag.toLowerCase()))],
  mentionIds: [...new Set(data.mentions.map((mention) => mention.accountId))],
  mediaIds: data.media.map((media) => media.id),
})

/** Public and unlisted posts are counted; others would betray themselves. */
const counted = (s: string): string => `(${s}.visibility in ('public', 'unlisted'))::int`

const change = (kind: 'status' | 'status.update', isBoost: string): string => `
  (select jsonb_build_object('kind', '${kind}', 'statusId', m.id::text, 'accountId', m.account_id::text,
    'homes', coalesce((select jsonb_agg(h.account_id::text order by h.account_id) from homes h where h.status_id = m.id), '[]'),
    'visibility', m.visibility, 'local', m.local, 'tags', to_jsonb(m.tags)${isBoost}) as change from made m order by m.position)`

/** New posts in the counters of their authors: those that everybody may see. */
const authored = `
  update account a set statuses_count = a.statuses_count + t.statuses, last_status_at = greatest(a.last_status_at, t.last)
  from (select account_id, count(*)::int as statuses, max(created_at) as last from made where visibility in ('public', 'unlisted') group by account_id) t
  where a.id = t.account_id`

/**
 * The parent is found by id or, when only its uri was known, by uri; a parent that arrives after its replies adopts them. What is answered and
 * what is adopted is updated by one query, because in a loop of replies both can be the same row.
 */
const create: Statement<'status:create'> = {
  columns: `id int8, "accountId" int8, uri text, url text, "createdAt" timestamptz, visibility text, "inReplyToId" int8, "inReplyToAccountId" int8,
    "inReplyToUri" text, local bool, application jsonb, ${bodyColumns}`,
  row: (data: EventData['status:create']) => withIds(data),
  together: tiesOfPost,
  text: `,
  made as (
    insert into status (id, account_id, uri, url, local, visibility, text, content, spoiler_text, sensitive, language, media, mentions, mention_ids, tags, emojis,
      in_reply_to_id, in_reply_to_account_id, in_reply_to_uri, application, created_at, replies_count, position, listed)
    select e.id, a.id, e.uri, e.url, e.local, e.visibility, e.text, e.content, e."spoilerText", e.sensitive, e.language, e.media, e.mentions, e."mentionIds", e.tags, e.emojis,
      p.id, coalesce(e."inReplyToAccountId", p.account_id), e."inReplyToUri", e.application, e."createdAt",
      (select coalesce(sum(${counted('o')}), 0) from status o where o.in_reply_to_uri = e.uri and o.in_reply_to_id is null), e.position,
      e.visibility = 'public' and coalesce(coalesce(e."inReplyToAccountId", p.account_id) = a.id, e."inReplyToId" is null and e."inReplyToUri" is null)
    from e join account a on a.id = e."accountId" and a.deleted_at is null
      left join lateral (
        select x.id, x.account_id from status x
        where x.id = coalesce(e."inReplyToId", (select u.id from status u where u.uri = e."inReplyToUri")) and x.reblog_of_id is null) p on true
    on conflict do nothing
    returning *),
  touched as (
    update status s set replies_count = s.replies_count + t.replies, in_reply_to_id = coalesce(t.parent_id, s.in_reply_to_id),
      in_reply_to_account_id = coalesce(t.parent_account_id, s.in_reply_to_account_id),
      listed = s.listed or (s.visibility = 'public' and coalesce(t.parent_account_id = s.account_id, false))
    from (
      select id, sum(replies)::int as replies, max(parent_id) as parent_id, max(parent_account_id) as parent_account_id from (
        select m.in_reply_to_id as id, ${counted('m')} as replies, null::int8 as parent_id, null::int8 as parent_account_id from made m where m.in_reply_to_id is not null
        union all
        select o.id, 0, m.id, m.account_id from made m, lateral (select o.id from status o where o.in_reply_to_uri = m.uri and o.in_reply_to_id is null offset 0) o) x
      group by id) t
    where s.id = t.id),
  authored as (${authored}),
  tagged as (insert into status_tag (tag, status_id, account_id, public) select t.tag, m.id, m.account_id, m.visibility = 'public' from made m, unnest(m.tags) as t(tag) on conflict do nothing),
  attached as (
    update media x set status_id = t.status_id
    from (select unnest(e."mediaIds") as id, m.id as status_id, m.account_id from e join made m on m.id = e.id where e."mediaIds" <> '{}') t
    where x.id = t.id and x.account_id = t.account_id and x.status_id is null),
  homes as (${fanOut('null::int8')}),
  notified as (${notify(
    `
    select unnest(m.mention_ids) as account_id, m.account_id as from_account_id, 'mention' as type, m.id as status_id from made m
    union all
    select f.account_id, m.account_id, 'status', m.id from made m, lateral (
      select f.account_id from follow f where f.target_id = m.account_id and f.local and f.notify and f.state = 'accepted' and m.visibility <> 'direct'
        and (m.in_reply_to_account_id = m.account_id or (m.in_reply_to_account_id is null and m.in_reply_to_uri is null))
        and f.account_id <> all (m.mention_ids) offset 0) f`,
    'e.id = n.status_id',
  )})`,
  changes: `${change('status', ", 'isBoost', false")} union all ${notifiedChanges}`,
}

/** The replaced body is kept as an edit, and its pictures with it. People newly mentioned are told, and those on this instance who boosted it; a mention taken back takes its notification along. */
const update: Statement<'status:update'> = {
  columns: `id int8, "accountId" int8, "editedAt" timestamptz, ${bodyColumns}`,
  together: tiesOfUpdate,
  row: (data: EventData['status:update']) => withIds(data),
  text: `,
  old as (select s.* from status s join e on s.id = e.id and s.account_id = e."accountId" where s.reblog_of_id is null),
  kept as (
    insert into status_edit (status_id, ordinal, created_at, body)
    select o.id, e.ordinal, coalesce(o.edited_at, o.created_at), jsonb_build_object('text', o.text, 'content', o.content, 'spoilerText', o.spoiler_text,
      'sensitive', o.sensitive, 'language', o.language, 'media', o.media, 'mentions', o.mentions, 'tags', to_jsonb(o.tags), 'emojis', o.emojis)
    from old o join e on e.id = o.id on conflict do nothing),
  made as (
    update status s set text = e.text, content = e.content, spoiler_text = e."spoilerText", sensitive = e.sensitive, language = e.language, media = e.media,
      mentions = e.mentions, mention_ids = e."mentionIds", tags = e.tags, emojis = e.emojis, edited_at = e."editedAt"
    from e join old o on o.id = e.id where s.id = o.id returning s.*),
  untagged as (delete from status_tag t using made m where t.status_id = m.id and t.tag <> all (m.tags)),
  tagged as (
    insert into status_tag (tag, status_id, account_id, public) select t.tag, m.id, m.account_id, m.visibility = 'public' from made m, unnest(m.tags) as t(tag) on conflict do nothing),
  attached as (
    update media x set status_id = m.id from made m join e on e.id = m.id where x.account_id = m.account_id and x.status_id is null and x.id = any (e."mediaIds")),
  unhomed as (
    delete from home_entry h using made m where h.status_id = m.id and m.visibility = 'direct' and h.account_id <> m.account_id and h.account_id <> all (m.mention_ids)
    returning h.account_id, h.status_id),
  untold as (delete from notification n using made m where n.status_id = m.id and n.type = 'mention' and n.account_id <> all (m.mention_ids)),
  homes as (select h.account_id, h.status_id from home_entry h join made m on h.status_id = m.id where not exists (select from unhomed u where u.account_id = h.account_id and u.status_id = h.status_id)),
  notified as (${notify(`
    select t.account_id, m.account_id as from_account_id, min(t.type) as type, m.id as status_id, e.ordinal
    from made m join e on e.id = m.id join old o on o.id = m.id, lateral (
      select unnest(m.mention_ids) as account_id, 'mention' as type except select unnest(o.mention_ids), 'mention'
      union all
      select b.account_id, 'update' from status b where b.reblog_of_id = m.id) t
    group by t.account_id, m.account_id, m.id, e.ordinal`)})`,
  changes: `${change('status.update', '')} union all ${notifiedChanges}`,
}

const remove: Statement<'status:delete'> = {
  columns: 'id int8, "accountId" int8',
  together: tiesOfDelete,
  text: `,
  target as (select s.*, e.time as at from status s join e on s.id = e.id and s.account_id = e."accountId" where s.reblog_of_id is null),
  doomed as (select * from target union all select s.*, t.at from status s join target t on s.reblog_of_id = t.id where s.id % 1 = 0)
  ${buryOnly}`,
  changes: buriedChanges,
}

/** What is not public can only be boosted by its author, and what is direct by nobody. */
const boost: Statement<'status:boost'> = {
  columns: 'id int8, "accountId" int8, "statusId" int8, uri text, "createdAt" timestamptz, visibility text, local bool',
  together: tiesOfBoost,
  text: `,
  made as (
    insert into status (id, account_id, uri, url, local, visibility, content, spoiler_text, sensitive, media, mentions, mention_ids, tags, emojis,
      reblog_of_id, created_at, position, listed)
    select e.id, a.id, e.uri, e.uri, e.local, e.visibility, '', '', false, '[]', '[]', '{}', '{}', '[]', o.id, e."createdAt", e.position, false
    from e join account a on a.id = e."accountId" and a.deleted_at is null join status o on o.id = e."statusId" and o.reblog_of_id is null
    where o.visibility in ('public', 'unlisted') or (o.visibility = 'private' and o.account_id = a.id)
    on conflict do nothing
    returning *),
  raised as (
    update status s set reblogs_count = s.reblogs_count + t.boosts from (select reblog_of_id as id, count(*)::int as boosts from made group by reblog_of_id) t
    where s.id = t.id),
  authored as (${authored}),
  homes as (${fanOut('(select o.account_id from status o where o.id = m.reblog_of_id)')}),
  notified as (${notify(`
    select o.account_id, m.account_id as from_account_id, 'reblog' as type, o.id as status_id, e.ordinal
    from made m join e on e.id = m.id join status o on o.id = m.reblog_of_id`)})`,
  changes: `${change('status', ", 'isBoost', true")} union all ${notifiedChanges}`,
}

const unboost: Statement<'status:unboost'> = {
  columns: '"accountId" int8, "statusId" int8',
  together: tiesOfUnboost,
  text: `, doomed as (select s.*, e.time as at from status s join e on s.reblog_of_id = e."statusId" and s.account_id = e."accountId") ${buryOnly}`,
  changes: buriedChanges,
}

/** What somebody said about somebody, kept for moderators. */
const report: Statement<'social:report'> = {
  columns: 'id int8, "accountId" int8, "targetId" int8, "statusIds" int8[], comment text, uri text, forwarded bool, at timestamptz',
  text: `, filed as (
    insert into report (id, account_id, target_id, status_ids, comment, uri, forwarded, created_at)
    select id, "accountId", "targetId", "statusIds", comment, uri, forwarded, at from e on conflict do nothing) ${silent}`,
}

export const statusStatements: Statements = {
  'status:create': create,
  'status:update': update,
  'status:delete': remove,
  'status:boost': boost,
  'status:unboost': unboost,
  'social:report': report,
}
