/** What routes look up before they act or answer: who is asking, which post is meant, and whether it may be seen at all. */
import type { FastifyRequest } from 'fastify'
import type { Visibility } from '../../events/catalogue.ts'
import { accountByAcct, accountById, localAccount } from '../../projections/read/accounts.ts'
import { statusById, visibleTo } from '../../projections/read/statuses.ts'
import type { AccountRow, StatusRow } from '../../projections/rows.ts'
import type { ApiDeps } from '../deps.ts'
import { notFound } from '../errors.ts'
import { pathId } from './input.ts'

/** The person asking; null: nobody, or an application for itself. */
export const viewerId = (request: FastifyRequest): string | null => request.viewer?.account?.id ?? null

/** Public only for what every stranger may read anyway. */
export const laneOf = (visibility: Visibility): 'public' | 'private' => (visibility === 'public' || visibility === 'unlisted' ? 'public' : 'private')

/** The account at `:id`. @throws {ApiError} 404 */
export async function accountInPath(deps: Pick<ApiDeps, 'pool'>, request: FastifyRequest, name = 'id'): Promise<AccountRow> {
  const account = await accountById(deps.pool, pathId(request, name))
  if (account === null || account.deleted_at !== null) throw notFound()
  return account
}

/**
 * The post at `:id` if the viewer may see it; for a boost both it and what it boosts.
 *
 * @throws {ApiError} 404, the same for what is hidden and what is not there
 */
export async function statusInPath(deps: Pick<ApiDeps, 'pool'>, request: FastifyRequest): Promise<StatusRow> {
  return visibleStatus(deps, pathId(request), viewerId(request))
}

/** What a boost boosts, anything else itself: reactions and replies go to the original. @throws {ApiError} 404 when it is gone */
export async function originalOf(deps: Pick<ApiDeps, 'pool'>, status: StatusRow, viewer: string): Promise<StatusRow> {
  return status.reblog_of_id === null ? status : visibleStatus(deps, status.reblog_of_id, viewer)
}

/** @throws {ApiError} 404 when it is not there or not for this viewer */
export async function visibleStatus(deps: Pick<ApiDeps, 'pool'>, id: string, viewer: string | null): Promise<StatusRow> {
  const status = await statusById(deps.pool, id)
  if (status === null || !(await visibleTo(deps.pool, status, viewer))) throw notFound()
  return status
}

/** Whoever `name` or `name@domain` is, here or elsewhere. Nobody, when their server does not answer. */
export async function findAccount(deps: Pick<ApiDeps, 'pool' | 'config' | 'resolve' | 'log'>, acct: string): Promise<AccountRow | null> {
  const account = (await knownAccount(deps, acct)) ?? (acct.includes('@') ? await resolved(deps, acct) : null)
  return account === null || account.deleted_at !== null ? null : account
}

/** As `findAccount`, without asking any other server. */
export async function knownAccount(deps: Pick<ApiDeps, 'pool' | 'config'>, acct: string): Promise<AccountRow | null> {
  const [username = '', domain = '', ...rest] = acct.replace(/^@/, '').split('@')
  if (username === '' || rest.length > 0) return null
  const ours = domain === '' || domain.toLowerCase() === new URL(deps.config.origin).host
  return ours ? localAccount(deps.pool, username) : accountByAcct(deps.pool, username, domain.toLowerCase())
}

/** `name@host` of this instance as `name`, which is how people here are searched for. Anything else as it is. */
export function withoutOwnHost({ config }: Pick<ApiDeps, 'config'>, query: string): string {
  const [, name, host] = /^@?([^@\s]+)@([^@\s]+)$/.exec(query) ?? []
  return name !== undefined && host?.toLowerCase() === new URL(config.origin).host ? name : query
}

async function resolved(deps: Pick<ApiDeps, 'config' | 'resolve' | 'log'>, acct: string): Promise<AccountRow | null> {
  if (acct.toLowerCase().endsWith(`@${new URL(deps.config.origin).host}`)) return null
  try {
    return await deps.resolve.account(acct)
  } catch (error) {
    deps.log('debug', 'an account could not be resolved', { acct, error: String(error) })
    return null
  }
}
