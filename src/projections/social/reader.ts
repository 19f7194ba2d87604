/** A person's own state: uploads, how far they have read, notifications put away. */
import type { EventData } from '../../events/catalogue.ts'
import { type Statement, type Statements, silent } from '../fold.ts'

const upload: Statement<'media:create'> = {
  columns: 'id int8, "accountId" int8, attachment jsonb, sha256 text, bytes int8, at timestamptz',
  row: (data: EventData['media:create']) => ({ ...data, id: data.attachment.id }),
  text: `, made as (
    insert into media (id, account_id, attachment, sha256, bytes, created_at)
    select e.id, a.id, e.attachment, e.sha256, e.bytes, e.at from e join account a on a.id = e."accountId" and a.deleted_at is null
    on conflict do nothing) ${silent}`,
}

const describe: Statement<'media:update'> = {
  columns: 'id int8, "accountId" int8, attachment jsonb',
  row: (data: EventData['media:update']) => ({ ...data, id: data.attachment.id }),
  text: `, changed as (update media m set attachment = e.attachment from e where m.id = e.id and m.account_id = e."accountId") ${silent}`,
}

/** Only what no post has: the picture of a post goes with the post. */
const discard: Statement<'media:delete'> = {
  columns: 'id int8, "accountId" int8',
  text: `, gone as (delete from media m using e where m.id = e.id and m.account_id = e."accountId" and m.status_id is null) ${silent}`,
}

const mark: Statement<'marker:set'> = {
  columns: '"accountId" int8, timeline text, "lastReadId" text, at timestamptz',
  text: `, made as (
    insert into marker (account_id, timeline, last_read_id, version, updated_at)
    select a.id, e.timeline, e."lastReadId", 1, e.at from e join account a on a.id = e."accountId" and a.deleted_at is null
    on conflict (account_id, timeline) do update set last_read_id = excluded.last_read_id, version = marker.version + 1, updated_at = excluded.updated_at) ${silent}`,
}

const dismiss: Statement<'notification:dismiss'> = {
  columns: '"accountId" int8, "notificationId" int8',
  text: `, removed as (delete from notification n using e where n.account_id = e."accountId" and n.id = e."notificationId") ${silent}`,
}

const clear: Statement<'notification:clear'> = {
  columns: '"accountId" int8',
  text: `, removed as (delete from notification n using e where n.account_id = e."accountId") ${silent}`,
}

export const readerStatements: Statements = {
  'media:create': upload,
  'media:update': describe,
  'media:delete': discard,
  'marker:set': mark,
  'notification:dismiss': dismiss,
  'notification:clear': clear,
}
