/** Imports of an account, and the files that came with them. */
import sql, { raw } from 'sql-template-tag'
import type { ConversationEvents, ImportReport } from '../../events/conversations.ts'
import type { SealedAsset, SealedImport, SealedReport } from '../conversations/imports.ts'
import type { RowCipher } from '../row-cipher.ts'
import { type Db, isId, row, rows } from './query.ts'

export type ImportRow = SealedImport & {
  readonly id: string
  readonly accountId: string
  readonly via: ConversationEvents['import:start']['via']
  readonly bytes: number
  /** `running` until it is reported. */
  readonly state: 'running' | ImportReport['state']
  readonly createdAt: string
  readonly reportedAt: string | null
  readonly report: SealedReport | null
}

type Stored = {
  readonly id: string
  readonly account_id: string
  readonly via: ImportRow['via']
  readonly bytes: string
  readonly state: ImportRow['state']
  readonly created_at: Date
  readonly reported_at: Date | null
  readonly sealed: Buffer
  readonly report: Buffer | null
}

const columns = raw('i.id, i.account_id, i.via, i.bytes, i.state, i.created_at, i.reported_at, i.sealed, i.report')

const opened = (cipher: RowCipher, stored: Stored): ImportRow => ({
  id: stored.id,
  accountId: stored.account_id,
  via: stored.via,
  bytes: Number(stored.bytes),
  state: stored.state,
  createdAt: stored.created_at.toISOString(),
  reportedAt: stored.reported_at?.toISOString() ?? null,
  ...cipher.open<SealedImport>(stored.sealed),
  report: stored.report === null ? null : cipher.open<SealedReport>(stored.report),
})

/** The newest first. @param page.before  id of the last one of the page before */
export async function imports(
  db: Db,
  cipher: RowCipher,
  accountId: string,
  { limit = 100, before }: { readonly limit?: number; readonly before?: string } = {},
): Promise<ImportRow[]> {
  const last = before !== undefined && isId(before) ? before : null
  const found = await rows<Stored>(
    db,
    sql`select ${columns} from conversations.import_job i where i.account_id = ${accountId} and (${last}::int8 is null or i.id < ${last}::int8)
      order by i.id desc limit ${limit}`,
  )
  return found.map((stored) => opened(cipher, stored))
}

export async function importById(db: Db, cipher: RowCipher, accountId: string, id: string): Promise<ImportRow | null> {
  if (!isId(id)) return null
  const found = await row<Stored>(db, sql`select ${columns} from conversations.import_job i where i.id = ${id} and i.account_id = ${accountId}`)
  return found === null ? null : opened(cipher, found)
}

/** Of all accounts: begun, and not reported. The oldest first. */
export async function unreportedImports(db: Db, cipher: RowCipher): Promise<ImportRow[]> {
  const found = await rows<Stored>(db, sql`select ${columns} from conversations.import_job i where i.state = 'running' order by i.id`)
  return found.map((stored) => opened(cipher, stored))
}

/** `file`: its name on disk, sealed under `key`. */
export type AssetRow = SealedAsset & { readonly id: string; readonly accountId: string; readonly bytes: number; readonly createdAt: string }

type StoredAsset = { readonly id: string; readonly account_id: string; readonly bytes: string; readonly created_at: Date; readonly sealed: Buffer }

const assetColumns = raw('a.id, a.account_id, a.bytes, a.created_at, a.sealed')

const assetOf = (cipher: RowCipher, stored: StoredAsset): AssetRow => ({
  id: stored.id,
  accountId: stored.account_id,
  bytes: Number(stored.bytes),
  createdAt: stored.created_at.toISOString(),
  ...cipher.open<SealedAsset>(stored.sealed),
})

export async function assetById(db: Db, cipher: RowCipher, accountId: string, id: string): Promise<AssetRow | null> {
  if (!isId(id)) return null
  const found = await row<StoredAsset>(db, sql`select ${assetColumns} from conversations.asset a where a.id = ${id} and a.account_id = ${accountId}`)
  return found === null ? null : assetOf(cipher, found)
}

/** Files of the account in the order of their ids. @param page.after  id of the last one of the page before */
export async function assets(
  db: Db,
  cipher: RowCipher,
  accountId: string,
  { limit, after = '0' }: { readonly limit: number; readonly after?: string },
): Promise<AssetRow[]> {
  const found = await rows<StoredAsset>(
    db,
    sql`select ${assetColumns} from conversations.asset a where a.account_id = ${accountId} and a.id > ${isId(after) ? after : '0'} order by a.id limit ${limit}`,
  )
  return found.map((stored) => assetOf(cipher, stored))
}

/** Files that belong to this conversation. */
export async function assetsIn(db: Db, cipher: RowCipher, conversationId: string): Promise<AssetRow[]> {
  if (!isId(conversationId)) return []
  const found = await rows<StoredAsset>(
    db,
    sql`select distinct ${assetColumns} from conversations.asset a join conversations.asset_use u on u.asset_id = a.id and u.account_id = a.account_id
      where u.conversation_id = ${conversationId} order by a.id`,
  )
  return found.map((stored) => assetOf(cipher, stored))
}

/** Files that belong to this conversation, and to no other: what goes when it is deleted. */
export async function assetsOnlyIn(db: Db, cipher: RowCipher, conversationId: string): Promise<AssetRow[]> {
  if (!isId(conversationId)) return []
  const found = await rows<StoredAsset>(
    db,
    sql`select distinct ${assetColumns} from conversations.asset a join conversations.asset_use u on u.asset_id = a.id and u.account_id = a.account_id
      where u.conversation_id = ${conversationId} and not exists (
        select from conversations.asset_use o where o.asset_id = a.id and o.account_id = a.account_id and o.conversation_id <> ${conversationId})
      order by a.id`,
  )
  return found.map((stored) => assetOf(cipher, stored))
}
