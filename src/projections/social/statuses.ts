/** Posts and boosts: made, edited, deleted. */
import type { EventData, StatusBody } from '../../events/catalogue.ts'
import { type Statement, type Statements, silent } from '../fold.ts'
import { buryOnly } from './bury.ts'
import { fanOut } from './home.ts'
import { notifiedChanges, notify } from './notify.ts'

const bodyColumns = `text text, content text, "spoilerText" text, sensitive bool, language text, media jsonb, mentions jsonb, "mentionIds" int8[], tags text[],
  "mediaIds" int8[], emojis jsonb`

/** Ids inside lists are wanted as arrays: once here instead of in every statement. Tags are unique and lower-case. */
const withIds = (data: StatusBody): object => ({
  ...data,
  tags: [...new Set(data.tags.map((tag) => tag.toLowerCase()))],
  mentionIds: [...new Set(data.mentions.map((mention) => mention.accountId))],
  mediaIds: data.media.map((media) => media.id),
})

/** Public and unlisted replies are counted; private ones would betray themselves. */
const counted = (s: string): string => `(${s}.visibility in ('public', 'unlisted'))::int`

const change = (kind: 'status' | 'status.update', isBoost: string): string => `
  select jsonb_build_object('kind', '${kind}', 'statusId', m.id::text, 'accountId', m.account_id::text,
    'homes', coalesce((select jsonb_agg(h.account_id::text order by h.account_id) from homes h), '[]'),
    'visibility', m.visibility, 'local', m.local, 'tags', to_jsonb(m.tags)${isBoost}) as change from made m`

/**
 * The parent is found by id or, when only its uri was known, by uri; a parent that arrives after its replies adopts them here. Parent and
 * adopted are updated by one query, because in a loop of replies they can be the same row.
 */
const create: Statement<'status:create'> = {
  columns: `id int8, "accountId" int8, uri text, url text, "createdAt" timestamptz, visibility text, "inReplyToId" int8, "inReplyToAccountId" int8,
    "inReplyToUri" text, local bool, application jsonb, ${bodyColumns}`,
  row: (data: EventData['status:create']) => withIds(data),
  text: `,
  parent as (
    select p.id, p.account_id from status p, e
    where p.id = coalesce(e."inReplyToId", (select u.id from status u where u.uri = e."inReplyToUri")) and p.reblog_of_id is null),
  orphan as (
    select o.id, o.account_id, o.visibility from status o, e where o.in_reply_to_uri = e.uri and o.in_reply_to_id is null and o.reblog_of_id is null),
  made as (
    insert into status (id, account_id, uri, url, local, visibility, text, content, spoiler_text, sensitive, language, media, mentions, mention_ids, tags, emojis,
      in_reply_to_id, in_reply_to_account_id, in_reply_to_uri, application, created_at, replies_count, position, listed)
    select e.id, a.id, e.uri, e.url, e.local, e.visibility, e.text, e.content, e."spoilerText", e.sensitive, e.language, e.media, e.mentions, e."mentionIds", e.tags, e.emojis,
      p.id, coalesce(p.account_id, e."inReplyToAccountId"), e."inReplyToUri", e.application, e."createdAt",
      (select coalesce(sum(${counted('o')}), 0) from orphan o), e.position,
      e.visibility = 'public' and coalesce(coalesce(p.account_id, e."inReplyToAccountId") = a.id, e."inReplyToId" is null and e."inReplyToUri" is null)
    from e join account a on a.id = e."accountId" and a.deleted_at is null left join parent p on true
    on conflict do nothing
    returning *),
  touched as (
    update status s set
      replies_count = s.replies_count + case when s.id = m.in_reply_to_id then ${counted('m')} else 0 end,
      in_reply_to_id = case when s.id in (select id from orphan) then m.id else s.in_reply_to_id end,
      in_reply_to_account_id = case when s.id in (select id from orphan) then m.account_id else s.in_reply_to_account_id end,
      listed = s.listed or s.id in (select id from orphan) and s.account_id = m.account_id and s.visibility = 'public'
    from made m where s.id in (select id from orphan union all select id from parent where m.visibility in ('public', 'unlisted'))),
  authored as (
    update account a set statuses_count = a.statuses_count + (m.visibility <> 'direct')::int, last_status_at = greatest(a.last_status_at, m.created_at)
    from made m where a.id = m.account_id),
  tagged as (insert into status_tag (tag, status_id, account_id) select t.tag, m.id, m.account_id from made m, unnest(m.tags) as t(tag)),
  attached as (update media x set status_id = m.id from made m, e where x.id = any (e."mediaIds") and x.account_id = m.account_id and x.status_id is null),
  homes as (${fanOut('null::int8')}),
  notified as (${notify(`
    select t.account_id, m.account_id as from_account_id, case when t.account_id = any (m.mention_ids) then 'mention' else 'status' end as type, m.id as status_id
    from made m, lateral (
      select unnest(m.mention_ids) as account_id
      union
      select f.account_id from follow f where f.target_id = m.account_id and f.local and f.notify and f.state = 'accepted' and m.visibility <> 'direct'
        and (m.in_reply_to_account_id = m.account_id or (m.in_reply_to_account_id is null and m.in_reply_to_uri is null))) t`)})
  ${change('status', ", 'isBoost', false")} union all ${notifiedChanges}`,
}

/** The replaced body is kept as an edit. People newly mentioned are told, and those on this instance who boosted it. */
const update: Statement<'status:update'> = {
  columns: `id int8, "accountId" int8, "editedAt" timestamptz, ${bodyColumns}`,
  row: (data: EventData['status:update']) => withIds(data),
  text: `,
  old as (select s.* from status s join e on s.id = e.id and s.account_id = e."accountId" where s.reblog_of_id is null),
  kept as (
    insert into status_edit (status_id, ordinal, created_at, body)
    select o.id, e.ordinal, coalesce(o.edited_at, o.created_at), jsonb_build_object('text', o.text, 'content', o.content, 'spoilerText', o.spoiler_text,
      'sensitive', o.sensitive, 'language', o.language, 'media', o.media, 'mentions', o.mentions, 'tags', to_jsonb(o.tags), 'emojis', o.emojis)
    from old o, e on conflict do nothing),
  made as (
    update status s set text = e.text, content = e.content, spoiler_text = e."spoilerText", sensitive = e.sensitive, language = e.language, media = e.media,
      mentions = e.mentions, mention_ids = e."mentionIds", tags = e.tags, emojis = e.emojis, edited_at = e."editedAt"
    from e, old o where s.id = o.id returning s.*),
  untagged as (delete from status_tag t using made m where t.status_id = m.id and t.tag <> all (m.tags)),
  tagged as (
    insert into status_tag (tag, status_id, account_id) select t.tag, m.id, m.account_id from made m, unnest(m.tags) as t(tag) on conflict do nothing),
  attached as (
    update media x set status_id = case when x.id = any (e."mediaIds") then m.id end from made m, e
    where x.account_id = m.account_id and (x.status_id = m.id and x.id <> all (e."mediaIds") or x.status_id is null and x.id = any (e."mediaIds"))),
  homes as (select h.account_id from home_entry h join made m on h.status_id = m.id),
  notified as (${notify(`
    select t.account_id, m.account_id as from_account_id, min(t.type) as type, m.id as status_id
    from made m, old o, lateral (
      select unnest(m.mention_ids) as account_id, 'mention' as type except select unnest(o.mention_ids), 'mention'
      union all
      select b.account_id, 'update' from status b where b.reblog_of_id = m.id) t
    group by t.account_id, m.account_id, m.id`)})
  ${change('status.update', '')} union all ${notifiedChanges}`,
}

const remove: Statement<'status:delete'> = {
  columns: 'id int8, "accountId" int8',
  text: `,
  target as (select s.* from status s join e on s.id = e.id and s.account_id = e."accountId" where s.reblog_of_id is null),
  doomed as (select * from target union all select s.* from status s join target t on s.reblog_of_id = t.id)
  ${buryOnly}`,
}

const boost: Statement<'status:boost'> = {
  columns: 'id int8, "accountId" int8, "statusId" int8, uri text, "createdAt" timestamptz, visibility text, local bool',
  text: `,
  original as (select o.id, o.account_id from status o join e on o.id = e."statusId" where o.reblog_of_id is null),
  made as (
    insert into status (id, account_id, uri, url, local, visibility, content, spoiler_text, sensitive, media, mentions, mention_ids, tags, emojis,
      reblog_of_id, created_at, position, listed)
    select e.id, a.id, e.uri, e.uri, e.local, e.visibility, '', '', false, '[]', '[]', '{}', '{}', '[]', o.id, e."createdAt", e.position, false
    from e join account a on a.id = e."accountId" and a.deleted_at is null join original o on true
    on conflict do nothing
    returning *),
  raised as (update status s set reblogs_count = s.reblogs_count + 1 from made m where s.id = m.reblog_of_id),
  authored as (
    update account a set statuses_count = a.statuses_count + (m.visibility <> 'direct')::int, last_status_at = greatest(a.last_status_at, m.created_at)
    from made m where a.id = m.account_id),
  homes as (${fanOut('(select o.account_id from original o)')}),
  notified as (${notify(`select o.account_id, m.account_id as from_account_id, 'reblog' as type, o.id as status_id from made m, original o`)})
  ${change('status', ", 'isBoost', true")} union all ${notifiedChanges}`,
}

const unboost: Statement<'status:unboost'> = {
  columns: '"accountId" int8, "statusId" int8',
  text: `, doomed as (select s.* from status s join e on s.reblog_of_id = e."statusId" and s.account_id = e."accountId") ${buryOnly}`,
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
