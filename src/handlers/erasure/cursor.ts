/** The erasure tables: how far erasing has got, and the accounts that are still to be found. Every function is one statement. */
import type pg from 'pg'
import sql from 'sql-template-tag'
import type { Deletion } from './deletions.ts'

type Db = Pick<pg.Pool, 'query'>

export type AccountDeletion = Extract<Deletion, { of: 'account' }>

/** An account that is deleted. `erased`: nothing of it is left but keys. */
export type Pending = AccountDeletion & { readonly erased: boolean }

export async function loadCursor(db: Db): Promise<number> {
  const { rows } = await db.query<{ position: string }>('select position from erasure.cursor')
  return Number(rows[0]?.position ?? 0)
}

/** Moves the cursor, and keeps the accounts that were deleted before it, together. */
export async function saveCursor(db: Db, position: number, accounts: readonly AccountDeletion[] = []): Promise<void> {
  await db.query(sql`
    with kept as (
      insert into erasure.account (position, index, account_id, stream, local)
      select * from unnest(${accounts.map((one) => one.position)}::bigint[], ${accounts.map((one) => one.index)}::smallint[],
        ${accounts.map(({ id }) => id)}::bigint[], ${accounts.map(({ stream }) => stream)}::text[], ${accounts.map(({ local }) => local)}::boolean[])
      on conflict do nothing)
    update erasure.cursor set position = ${position} where position < ${position}`)
}

export async function loadPending(db: Db): Promise<Pending[]> {
  type Row = { position: string; index: number; account_id: string; stream: string; local: boolean; erased: boolean }
  const { rows } = await db.query<Row>('select position, index, account_id, stream, local, erased from erasure.account order by position, index')
  return rows.map(({ position, account_id: id, ...row }) => ({ ...row, id, position: Number(position), of: 'account' }))
}

export async function markErased(db: Db, { position, index }: Deletion): Promise<void> {
  await db.query(sql`update erasure.account set erased = true where position = ${position} and index = ${index}`)
}

export async function forgetPending(db: Db, { position, index }: Deletion): Promise<void> {
  await db.query(sql`delete from erasure.account where position = ${position} and index = ${index}`)
}
