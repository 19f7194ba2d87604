/** A person's ways to models, how they want context put together, and their recipes for it. */
import sql from 'sql-template-tag'
import type { Json } from '../../events/conversations.ts'
import type { MemoryEvents } from '../../events/memories.ts'
import type { RowCipher } from '../row-cipher.ts'
import { type Db, isId, row, rows } from './query.ts'

/** The key itself is in the keyring. */
export type ModelRow = Omit<MemoryEvents['model:add'], 'at'> & { readonly createdAt: string }

type Found = {
  readonly id: string
  readonly account_id: string
  readonly provider: string
  readonly created_at: Date
  readonly sealed: Uint8Array
}

/** An account's models, in the order in which they were added. */
export async function models(db: Db, cipher: RowCipher, accountId: string): Promise<ModelRow[]> {
  if (!isId(accountId)) return []
  const found = await rows<Found>(db, sql`select m.* from memories.model m where m.account_id = ${accountId} order by m.created_at, m.id`)
  return found.map(({ id, account_id, provider, created_at, sealed }) => ({
    id,
    accountId: account_id,
    provider,
    createdAt: created_at.toISOString(),
    ...cipher.open<Pick<ModelRow, 'name' | 'model' | 'baseUrl' | 'embeddingModel'>>(sealed),
  }))
}

export const modelById = async (db: Db, cipher: RowCipher, accountId: string, id: string): Promise<ModelRow | null> =>
  (await models(db, cipher, accountId)).find((model) => model.id === id) ?? null

/** Null: never set. */
export async function contextSettings(db: Db, cipher: RowCipher, accountId: string): Promise<Json> {
  if (!isId(accountId)) return null
  const found = await row<{ sealed: Uint8Array }>(db, sql`select c.sealed from memories.context c where c.account_id = ${accountId}`)
  return found === null ? null : cipher.open<Json>(found.sealed)
}

export type RecipeRow = Omit<MemoryEvents['recipe:save'], 'at'> & { readonly changedAt: string }

/** An account's recipes, in the order of their ids. */
export async function recipes(db: Db, cipher: RowCipher, accountId: string): Promise<RecipeRow[]> {
  if (!isId(accountId)) return []
  const found = await rows<{ id: string; account_id: string; changed_at: Date; sealed: Uint8Array }>(
    db,
    sql`select r.* from memories.recipe r where r.account_id = ${accountId} order by r.id`,
  )
  return found.map(({ id, account_id, changed_at, sealed }) => ({
    id,
    accountId: account_id,
    changedAt: changed_at.toISOString(),
    ...cipher.open<Pick<RecipeRow, 'name' | 'description' | 'weights' | 'excluded' | 'budget'>>(sealed),
  }))
}

export const recipeById = async (db: Db, cipher: RowCipher, accountId: string, id: string): Promise<RecipeRow | null> =>
  (await recipes(db, cipher, accountId)).find((recipe) => recipe.id === id) ?? null
