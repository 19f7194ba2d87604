/** Likes, bookmarks and pins. What refers to a status that is gone changes nothing. */
import type { Reaction } from '../../events/catalogue.ts'
import { type Statement, type Statements, silent } from '../fold.ts'
import type { Ties } from '../runs.ts'
import { notifiedChanges, notify } from './notify.ts'

const pair = '"accountId" int8, "statusId" int8'

/** A mark is made on a status that exists, not on a boost, by an account that exists. */
const markable = `from e join status s on s.id = e."statusId" and s.reblog_of_id is null join account a on a.id = e."accountId" and a.deleted_at is null`

/** One mark of a kind. */
const tiesOfMark =
  (kind: 'like' | 'bookmark' | 'pin') =>
  ({ accountId, statusId }: Reaction): Ties => ({
    makes: [`${kind} ${accountId} ${statusId}`],
    needs: [`account ${accountId}`, `status ${statusId}`],
  })

const like: Statement<'status:like'> = {
  columns: `${pair}, uri text`,
  together: tiesOfMark('like'),
  text: `,
  made as (
    insert into favourite (status_id, account_id, uri, ordinal) select s.id, a.id, e.uri, e.ordinal ${markable}
    on conflict do nothing returning status_id, account_id, ordinal),
  raised as (
    update status s set favourites_count = s.favourites_count + t.likes from (select status_id as id, count(*)::int as likes from made group by status_id) t
    where s.id = t.id),
  notified as (${notify(`
    select s.account_id, m.account_id as from_account_id, 'favourite' as type, s.id as status_id, m.ordinal from made m join status s on s.id = m.status_id`)})`,
  changes: notifiedChanges,
}

const unlike: Statement<'status:unlike'> = {
  columns: pair,
  together: tiesOfMark('like'),
  text: `,
  removed as (delete from favourite f using e where f.status_id = e."statusId" and f.account_id = e."accountId" returning f.status_id, f.account_id),
  lowered as (
    update status s set favourites_count = s.favourites_count - t.likes from (select status_id as id, count(*)::int as likes from removed group by status_id) t
    where s.id = t.id),
  untold as (delete from notification n using removed r where n.status_id = r.status_id and n.from_account_id = r.account_id and n.type = 'favourite')
  ${silent}`,
}

const put = (table: 'bookmark' | 'pin'): Statement<'status:bookmark' | 'status:pin'> => ({
  columns: pair,
  together: tiesOfMark(table),
  text: `, made as (insert into ${table} (account_id, status_id, ordinal) select a.id, s.id, e.ordinal ${markable} on conflict do nothing) ${silent}`,
})

const take = (table: 'bookmark' | 'pin'): Statement<'status:unbookmark' | 'status:unpin'> => ({
  columns: pair,
  together: tiesOfMark(table),
  text: `, removed as (delete from ${table} x using e where x.account_id = e."accountId" and x.status_id = e."statusId") ${silent}`,
})

export const reactionStatements: Statements = {
  'status:like': like,
  'status:unlike': unlike,
  'status:bookmark': put('bookmark'),
  'status:unbookmark': take('bookmark'),
  'status:pin': put('pin'),
  'status:unpin': take('pin'),
}
