/** Collections and notebooks, and what lies on them. A deletion of conversations may come between any two: all of them are tied to `shelves`. */
import type { ConversationEvents, Shelf } from '../../events/conversations.ts'
import { type Statement, type Statements, silent } from '../fold.ts'
import type { RowCipher } from '../row-cipher.ts'

export type SealedShelf = Pick<Shelf, 'name' | 'description' | 'icon' | 'color'>
export type SealedItem = { readonly note: string }

const columns = 'id int8, "accountId" int8, kind text, "parentId" int8, at timestamptz, sealed text'

const rowOf =
  (cipher: RowCipher) =>
  ({ id, accountId, kind, parentId, at, name, description, icon, color }: ConversationEvents['shelf:create' | 'shelf:update']) => {
    const sealed: SealedShelf = { name, description, icon, color }
    return { id, accountId, kind, parentId, at, sealed: cipher.seal(sealed) }
  }

const create = (cipher: RowCipher): Statement<'shelf:create'> => ({
  columns,
  together: ({ id }) => ({ makes: [`shelf ${id}`], needs: ['shelves'] }),
  row: rowOf(cipher),
  text: `, made as (
    insert into shelf (id, account_id, kind, parent_id, created_at, updated_at, sealed)
    select id, "accountId", kind, "parentId", at, at, decode(sealed, 'base64') from e on conflict do nothing) ${silent}`,
})

const update = (cipher: RowCipher): Statement<'shelf:update'> => ({
  columns,
  together: ({ id }) => ({ makes: [`shelf ${id}`], needs: ['shelves'] }),
  row: rowOf(cipher),
  text: `, changed as (
    update shelf s set parent_id = e."parentId", updated_at = e.at, sealed = decode(e.sealed, 'base64') from e where s.id = e.id) ${silent}`,
})

/** What lay in it lies one further up. */
const remove: Statement<'shelf:delete'> = {
  columns: 'id int8',
  row: ({ id }: ConversationEvents['shelf:delete']) => ({ id }),
  text: `, gone as (delete from shelf s using e where s.id = e.id returning s.id, s.parent_id, s.account_id),
  lifted as (update shelf s set parent_id = g.parent_id from gone g where s.parent_id = g.id and s.account_id = g.account_id),
  emptied as (delete from shelf_item i using e where i.shelf_id = e.id) ${silent}`,
}

const put = (cipher: RowCipher): Statement<'shelf:put'> => ({
  columns: 'id int8, "accountId" int8, kind text, "itemId" int8, place float8, at timestamptz, sealed text',
  row: ({ id, accountId, item, place, at, note }: ConversationEvents['shelf:put']) => {
    const sealed: SealedItem = { note }
    return { id, accountId, kind: item.kind, itemId: item.id, place, at, sealed: cipher.seal(sealed) }
  },
  text: `, known as (
    select i.shelf_id from shelf_item i join e on i.shelf_id = e.id and i.kind = e.kind and i.item_id = e."itemId" and i.account_id = e."accountId"),
  laid as (
    insert into shelf_item (shelf_id, kind, item_id, account_id, place, ordinal, created_at, sealed)
    select e.id, e.kind, e."itemId", e."accountId", e.place, e.ordinal, e.at, decode(e.sealed, 'base64') from e join shelf s on s.id = e.id and s.account_id = e."accountId"
    on conflict (shelf_id, kind, item_id) do update set place = excluded.place, sealed = excluded.sealed returning shelf_id),
  counted as (
    update shelf s set items = s.items + (select count(*) from laid)::int - (select count(*) from known)::int, updated_at = e.at from e where s.id = e.id) ${silent}`,
})

const take: Statement<'shelf:take'> = {
  columns: 'id int8, kind text, "itemId" int8, at timestamptz',
  row: ({ id, item, at }: ConversationEvents['shelf:take']) => ({ id, kind: item.kind, itemId: item.id, at }),
  text: `, taken as (
    delete from shelf_item i using e where i.shelf_id = e.id and i.kind = e.kind and i.item_id = e."itemId" returning i.shelf_id),
  counted as (update shelf s set items = s.items - (select count(*) from taken)::int, updated_at = e.at from e where s.id = e.id) ${silent}`,
}

export const shelfStatements = (cipher: RowCipher): Statements => ({
  'shelf:create': create(cipher),
  'shelf:update': update(cipher),
  'shelf:delete': remove,
  'shelf:put': put(cipher),
  'shelf:take': take,
})
