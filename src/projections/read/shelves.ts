/** Collections and notebooks of an account, and what lies on them. */
import sql, { raw } from 'sql-template-tag'
import type { Shelf, ShelfItem, ShelfKind } from '../../events/conversations.ts'
import type { SealedItem, SealedShelf } from '../conversations/shelves.ts'
import type { RowCipher } from '../row-cipher.ts'
import { type Db, isId, row, rows } from './query.ts'

export type ShelfRow = Shelf & { readonly items: number; readonly createdAt: string; readonly updatedAt: string }

type Stored = {
  readonly id: string
  readonly account_id: string
  readonly kind: ShelfKind
  readonly parent_id: string | null
  readonly created_at: Date
  readonly updated_at: Date
  readonly items: number
  readonly sealed: Buffer
}

const columns = raw('s.id, s.account_id, s.kind, s.parent_id, s.created_at, s.updated_at, s.items, s.sealed')

const opened = (cipher: RowCipher, stored: Stored): ShelfRow => ({
  id: stored.id,
  accountId: stored.account_id,
  kind: stored.kind,
  parentId: stored.parent_id,
  createdAt: stored.created_at.toISOString(),
  updatedAt: stored.updated_at.toISOString(),
  items: stored.items,
  ...cipher.open<SealedShelf>(stored.sealed),
})

/** All of a kind, the oldest first. A parent may be missing, or form a circle with others: each shelf knows itself alone. */
export async function shelves(db: Db, cipher: RowCipher, accountId: string, kind: ShelfKind): Promise<ShelfRow[]> {
  const found = await rows<Stored>(
    db,
    sql`select ${columns} from conversations.shelf s where s.account_id = ${accountId} and s.kind = ${kind} order by s.created_at, s.id`,
  )
  return found.map((stored) => opened(cipher, stored))
}

export async function shelfById(db: Db, cipher: RowCipher, accountId: string, id: string): Promise<ShelfRow | null> {
  if (!isId(id)) return null
  const found = await row<Stored>(db, sql`select ${columns} from conversations.shelf s where s.id = ${id} and s.account_id = ${accountId}`)
  return found === null ? null : opened(cipher, found)
}

export type ShelfItemRow = { readonly item: ShelfItem; readonly note: string; readonly place: number; readonly addedAt: string }

type StoredItem = {
  readonly kind: ShelfItem['kind']
  readonly item_id: string
  readonly place: number
  readonly created_at: Date
  readonly sealed: Buffer
}

/** By place, then in the order in which they were put there. What an ACU or memory was may be gone meanwhile. */
export async function shelfItems(db: Db, cipher: RowCipher, shelfId: string): Promise<ShelfItemRow[]> {
  if (!isId(shelfId)) return []
  const found = await rows<StoredItem>(
    db,
    sql`select i.kind, i.item_id, i.place, i.created_at, i.sealed from conversations.shelf_item i where i.shelf_id = ${shelfId}
      order by i.place, i.ordinal`,
  )
  return found.map(({ kind, item_id, place, created_at, sealed }) => ({
    item: { kind, id: item_id },
    note: cipher.open<SealedItem>(sealed).note,
    place,
    addedAt: created_at.toISOString(),
  }))
}

/** Shelves of the account that have this thing, by id. */
export async function shelvesWith(db: Db, accountId: string, { kind, id }: ShelfItem): Promise<string[]> {
  if (!isId(id)) return []
  const found = await rows<{ shelf_id: string }>(
    db,
    sql`select i.shelf_id from conversations.shelf_item i where i.item_id = ${id} and i.kind = ${kind} and i.account_id = ${accountId} order by i.shelf_id`,
  )
  return found.map(({ shelf_id }) => shelf_id)
}
