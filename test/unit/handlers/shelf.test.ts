/** Shelves, files and imports: given what happened, a command records this or is refused. */
import { describe, test } from 'vitest'
import { asset } from '../../../src/handlers/asset.ts'
import { imported } from '../../../src/handlers/import.ts'
import { shelf } from '../../../src/handlers/shelf.ts'
import { conversationSamples as samples } from '../events/conversation-samples.ts'
import { erased, event, given, HERE } from './given.ts'

const other = { account: '2' } as const

describe('a shelf', () => {
  const made = event('shelf:create', samples['shelf:create'])
  const put = event('shelf:put', samples['shelf:put'])
  const take = event('shelf:take', samples['shelf:take'])
  const gone = event('shelf:delete', samples['shelf:delete'])

  test('is made, renamed and deleted by its owner', () => {
    given(shelf).when(HERE, { do: 'CreateShelf', data: made.data }).records(made)
    given(shelf, made).when(HERE, { do: 'CreateShelf', data: made.data }).nothing()
    given(shelf, made).when(HERE, { do: 'UpdateShelf', data: made.data }).nothing()
    const renamed = { ...made.data, name: 'Other' }
    given(shelf, made).when(HERE, { do: 'UpdateShelf', data: renamed }).records(event('shelf:update', renamed))
    given(shelf, made)
      .when(other, { do: 'DeleteShelf', data: { ...gone.data, accountId: '2' } })
      .refused('NOT_ALLOWED')
    given(shelf, made).when(HERE, { do: 'DeleteShelf', data: gone.data }).records(gone)
    given(shelf, made, gone).when(HERE, { do: 'UpdateShelf', data: renamed }).refused('GONE')
    given(shelf, erased('shelf:create'), gone).when(HERE, { do: 'DeleteShelf', data: gone.data }).nothing()
  })

  test('stays of its kind, and lies in no notebook and not in itself', () => {
    given(shelf, made)
      .when(HERE, { do: 'UpdateShelf', data: { ...made.data, kind: 'notebook', parentId: null } })
      .refused('INVALID')
    given(shelf, made)
      .when(HERE, { do: 'UpdateShelf', data: { ...made.data, parentId: made.data.id } })
      .refused('INVALID')
    given(shelf)
      .when(HERE, { do: 'CreateShelf', data: { ...made.data, kind: 'notebook' } })
      .refused('INVALID')
  })

  test('holds a thing once, in one place, until it is taken', () => {
    given(shelf, made).when(HERE, { do: 'PutOnShelf', data: put.data }).records(put)
    given(shelf, made, put).when(HERE, { do: 'PutOnShelf', data: put.data }).nothing()
    const moved = { ...put.data, place: 7 }
    given(shelf, made, put).when(HERE, { do: 'PutOnShelf', data: moved }).records(event('shelf:put', moved))
    given(shelf, made, put).when(HERE, { do: 'TakeFromShelf', data: take.data }).records(take)
    given(shelf, made, put, take).when(HERE, { do: 'TakeFromShelf', data: take.data }).nothing()
    given(shelf).when(HERE, { do: 'PutOnShelf', data: put.data }).refused('NOT_FOUND')
  })
})

describe('a file', () => {
  const stored = event('asset:store', samples['asset:store'])
  const gone = event('asset:delete', samples['asset:delete'])

  test('is stored once, deleted once, and may come back', () => {
    given(asset).when(HERE, { do: 'StoreAsset', data: stored.data }).records(stored)
    given(asset, stored)
      .when(HERE, { do: 'StoreAsset', data: { ...stored.data, file: 'other' } })
      .nothing()
    given(asset, stored)
      .when(HERE, { do: 'StoreAsset', data: { ...stored.data, sha256: 'b'.repeat(64) } })
      .refused('ALREADY_EXISTS')
    given(asset, stored).when(HERE, { do: 'DeleteAsset', data: gone.data }).records(gone)
    given(asset, stored, gone).when(HERE, { do: 'DeleteAsset', data: gone.data }).nothing()
    given(asset, erased('asset:store'), gone).when(HERE, { do: 'StoreAsset', data: stored.data }).records(stored)
    given(asset, stored)
      .when(other, { do: 'DeleteAsset', data: { ...gone.data, accountId: '2' } })
      .refused('NOT_ALLOWED')
    given(asset).when(HERE, { do: 'DeleteAsset', data: gone.data }).refused('NOT_FOUND')
  })
})

describe('an import', () => {
  const start = event('import:start', samples['import:start'])
  const report = event('import:report', samples['import:report'])

  test('is begun once and reported once', () => {
    given(imported).when(HERE, { do: 'StartImport', data: start.data }).records(start)
    given(imported, start).when(HERE, { do: 'StartImport', data: start.data }).nothing()
    given(imported, start)
      .when(HERE, { do: 'StartImport', data: { ...start.data, name: 'other' } })
      .refused('ALREADY_EXISTS')
    given(imported).when(HERE, { do: 'ReportImport', data: report.data }).refused('NOT_FOUND')
    given(imported, start).when(HERE, { do: 'ReportImport', data: report.data }).records(report)
    given(imported, start, report).when(HERE, { do: 'ReportImport', data: report.data }).nothing()
    given(imported, start, report)
      .when(HERE, { do: 'ReportImport', data: { ...report.data, state: 'failed' } })
      .refused('ALREADY_EXISTS')
    given(imported, start)
      .when(other, { do: 'ReportImport', data: { ...report.data, accountId: '2' } })
      .refused('NOT_ALLOWED')
  })
})
