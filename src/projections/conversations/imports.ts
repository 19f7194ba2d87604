/** Imports, and the files that came with them. */
import type { ConversationEvents, ImportReport } from '../../events/conversations.ts'
import { type Statement, type Statements, silent } from '../fold.ts'
import type { RowCipher } from '../row-cipher.ts'

export type SealedImport = Pick<ConversationEvents['import:start'], 'name' | 'sha256'>
export type SealedReport = Omit<ImportReport, 'id' | 'accountId' | 'at' | 'state'>
export type SealedAsset = Pick<ConversationEvents['asset:store'], 'sha256' | 'mime' | 'name' | 'file' | 'key'>

const changes = `select jsonb_build_object('kind', 'import', 'importId', x.id::text, 'accountId', x.account_id::text) as change from changed x order by x.id`

const start = (cipher: RowCipher): Statement<'import:start'> => ({
  columns: 'id int8, "accountId" int8, via text, bytes int8, at timestamptz, sealed text',
  together: ({ id }) => ({ makes: [`import ${id}`] }),
  row: ({ name, sha256, ...open }: ConversationEvents['import:start']) => ({ ...open, sealed: cipher.seal({ name, sha256 } satisfies SealedImport) }),
  text: `, changed as (
    insert into import_job (id, account_id, via, bytes, state, created_at, sealed)
    select id, "accountId", via, bytes, 'running', at, decode(sealed, 'base64') from e on conflict do nothing returning id, account_id)`,
  changes,
})

const report = (cipher: RowCipher): Statement<'import:report'> => ({
  columns: 'id int8, state text, at timestamptz, sealed text',
  together: ({ id }) => ({ makes: [`import ${id}`] }),
  row: ({ id, at, state, summary, formats, found, imported, unchanged, updated, skipped, unknown, missingAssets }: ImportReport) => {
    const sealed: SealedReport = { summary, formats, found, imported, unchanged, updated, skipped, unknown, missingAssets }
    return { id, state, at, sealed: cipher.seal(sealed) }
  },
  text: `, changed as (
    update import_job i set state = e.state, reported_at = e.at, report = decode(e.sealed, 'base64') from e where i.id = e.id
    returning i.id, i.account_id)`,
  changes,
})

const store = (cipher: RowCipher): Statement<'asset:store'> => ({
  columns: 'id int8, "accountId" int8, bytes int8, at timestamptz, sealed text',
  together: ({ id }) => ({ makes: [`asset ${id}`] }),
  row: ({ sha256, mime, name, file, key, ...open }: ConversationEvents['asset:store']) => ({
    ...open,
    sealed: cipher.seal({ sha256, mime, name, file, key } satisfies SealedAsset),
  }),
  text: `, made as (
    insert into asset (id, account_id, bytes, created_at, sealed) select id, "accountId", bytes, at, decode(sealed, 'base64') from e
    on conflict do nothing) ${silent}`,
})

const remove: Statement<'asset:delete'> = {
  columns: 'id int8',
  together: ({ id }) => ({ makes: [`asset ${id}`] }),
  row: ({ id }: ConversationEvents['asset:delete']) => ({ id }),
  text: `, gone as (delete from asset a using e where a.id = e.id) ${silent}`,
}

export const importStatements = (cipher: RowCipher): Statements => ({
  'import:start': start(cipher),
  'import:report': report(cipher),
  'asset:store': store(cipher),
  'asset:delete': remove,
})
