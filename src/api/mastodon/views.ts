/** Rows loaded and rendered together: lists of posts and people in a fixed number of queries, whatever their length. */
import { accountsByIds } from '../../projections/read/accounts.ts'
import { statusViews } from '../../projections/read/statuses.ts'
import type { ApiDeps } from '../deps.ts'
import { notFound, unavailable } from '../errors.ts'
import { type AccountEntity, accountEntity } from './entities/account.ts'
import { type StatusEntity, statusEntity } from './entities/status.ts'

type Reading = Pick<ApiDeps, 'pool' | 'config'>

/** Posts in the order of `ids`; those that are gone are left out. Visibility is the caller's to have checked. */
export async function statusesJson(deps: Reading, ids: readonly string[], viewer: string | null): Promise<StatusEntity[]> {
  if (ids.length === 0) return []
  const views = await statusViews(deps.pool, ids, viewer)
  return views.map((view) => statusEntity(view, deps.config.origin))
}

/** @throws {ApiError} 404 when it is gone */
export async function statusJson(deps: Reading, id: string, viewer: string | null): Promise<StatusEntity> {
  const [status] = await statusesJson(deps, [id], viewer)
  if (status === undefined) throw notFound()
  return status
}

/** A post that was just written. @throws {ApiError} 503 when the read tables are too far behind to show it */
export async function writtenStatusJson(deps: Reading, id: string, viewer: string | null): Promise<StatusEntity> {
  const [status] = await statusesJson(deps, [id], viewer)
  if (status === undefined) throw unavailable('Saved, but not readable yet: this instance is busy')
  return status
}

/** People in the order of `ids`; those that are gone are left out. */
export async function accountsJson(deps: Reading, ids: readonly string[]): Promise<AccountEntity[]> {
  if (ids.length === 0) return []
  const accounts = await accountsByIds(deps.pool, ids)
  return ids.flatMap((id) => {
    const row = accounts.get(id)
    return row === undefined || row.deleted_at !== null ? [] : [accountEntity(row, deps.config.origin)]
  })
}
