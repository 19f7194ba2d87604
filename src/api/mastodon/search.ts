/** Search v2: people, hashtags, posts; and what a pasted address or handle names, fetched when it is not known yet. */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { accountByUri, searchAccounts } from '../../projections/read/accounts.ts'
import { searchStatuses, statusById, statusByUri, visibleTo } from '../../projections/read/statuses.ts'
import { searchTags, tagHistories } from '../../projections/read/tags.ts'
import type { AccountRow, StatusRow } from '../../projections/rows.ts'
import { allowScope } from '../auth.ts'
import type { ApiDeps } from '../deps.ts'
import { unauthorized } from '../errors.ts'
import { type Params, requiredText, text } from '../forms.ts'
import { accountEntity } from './entities/account.ts'
import { tagEntity } from './entities/tag.ts'
import { findAccount, knownAccount, viewerId, withoutOwnHost } from './facts.ts'
import { flag, id, integer, isId } from './input.ts'
import { tagName } from './text/tokens.ts'
import { statusesJson } from './views.ts'

type Kind = 'accounts' | 'hashtags' | 'statuses'

type Search = {
  readonly query: string
  readonly wants: (kind: Kind) => boolean
  readonly resolve: boolean
  readonly limit: number
  readonly offset: number
  readonly following: boolean
  /** Only posts of this account. */
  readonly accountId: string | undefined
  readonly viewer: string | null
}

type Found = { readonly account: AccountRow } | { readonly status: StatusRow } | null

export function registerSearch(app: FastifyInstance, deps: ApiDeps): void {
  const { pool, config } = deps

  app.get('/api/v2/search', { preHandler: allowScope('read:search') }, async (request) => {
    const search = searchOf(request)
    if (isAddress(search.query)) return answer(search, await atAddress(search))
    const [accounts, statuses, hashtags] = await Promise.all([people(search), posts(search), tags(search)])
    return { accounts: accounts.map((row) => accountEntity(row, config.origin)), statuses, hashtags, collections: [] }
  })

  async function answer({ wants, viewer }: Search, found: Found) {
    const account = found !== null && 'account' in found && wants('accounts') ? [accountEntity(found.account, config.origin)] : []
    const status = found !== null && 'status' in found && wants('statuses') ? await statusesJson(deps, [found.status.id], viewer) : []
    return { accounts: account, statuses: status, hashtags: [], collections: [] }
  }

  /** What an address names: here, known, or fetched. Nothing that the viewer may not see. */
  async function atAddress({ query, resolve, viewer }: Search): Promise<Found> {
    const found = query.startsWith(`${config.origin}/`) ? await ours(query) : ((await known(query)) ?? (resolve ? await fetched(query) : null))
    if (found === null || 'account' in found) return found !== null && found.account.deleted_at !== null ? null : found
    return (await visibleTo(pool, found.status, viewer)) ? found : null
  }

  /** `/@name`, `/users/name`, `/@name/<id>` and `/users/name/statuses/<id>` of this instance. */
  async function ours(address: string): Promise<Found> {
    const [, name, statusId] = /^\/(?:@|users\/)([A-Za-z0-9_]+)(?:\/(?:statuses\/)?(\d+))?\/?$/.exec(new URL(address).pathname) ?? []
    if (name === undefined) return null
    if (statusId === undefined) return asAccount(await knownAccount(deps, name))
    return isId(statusId) ? asStatus(await statusById(pool, statusId)) : null
  }

  const known = async (uri: string): Promise<Found> => asStatus(await statusByUri(pool, uri)) ?? asAccount(await accountByUri(pool, uri))

  async function fetched(address: string): Promise<Found> {
    try {
      return asStatus(await deps.resolve.status(address)) ?? asAccount(await deps.resolve.account(address))
    } catch (error) {
      deps.log('debug', 'an address could not be resolved', { address, error: String(error) })
      return null
    }
  }

  async function people({ query, wants, resolve, limit, offset, following, viewer }: Search): Promise<AccountRow[]> {
    if (!wants('accounts') || query.startsWith('#')) return []
    if (resolve && offset === 0 && /^@?[^@\s]+@[^@\s]+$/.test(query)) {
      const account = await findAccount(deps, query.replace(/^@/, ''))
      if (account !== null && !following) return [account]
    }
    return searchAccounts(pool, { ...asViewer(viewer, following), query: withoutOwnHost(deps, query), limit, offset })
  }

  async function posts({ query, wants, limit, offset, accountId, viewer }: Search) {
    if (!wants('statuses') || viewer === null || query.startsWith('#') || query.startsWith('@')) return []
    const found = await searchStatuses(pool, viewer, { query, limit, offset, ...(accountId !== undefined && { accountId }) })
    return statusesJson(deps, found, viewer)
  }

  async function tags({ query, wants, limit, offset }: Search) {
    const name = tagName(query)
    if (!wants('hashtags') || !/^[\p{L}\p{M}\p{N}_·・]+$/u.test(name)) return []
    const found = (await searchTags(pool, name, limit + offset)).slice(offset).map((tag) => tag.name)
    const histories = await tagHistories(pool, found)
    return found.map((tag) => tagEntity(tag, histories.get(tag) ?? [], config.origin))
  }
}

const asViewer = (viewer: string | null, following: boolean) =>
  viewer === null ? {} : { viewerId: viewer, ...(following && { followedBy: viewer }) }

/** @throws {ApiError} 401 when a stranger asks for what costs: other servers, or further pages; 422 */
function searchOf(request: FastifyRequest): Search {
  const params = request.query as Params
  const kind = text(params, 'type') ?? '' // one we do not know finds nothing
  const [resolve, offset] = [flag(params, 'resolve') ?? false, Math.max(integer(params, 'offset') ?? 0, 0)]
  const viewer = viewerId(request)
  if (viewer === null && resolve) throw unauthorized('Search queries that resolve remote resources are not supported without authentication')
  if (viewer === null && offset > 0) throw unauthorized('Search queries pagination is not supported without authentication')
  return {
    query: requiredText(params, 'q').trim().slice(0, 2_048),
    wants: (wanted) => kind === '' || kind === wanted,
    resolve,
    limit: Math.min(Math.max(integer(params, 'limit') ?? 20, 1), 40),
    offset: Math.min(offset, 10_000),
    following: flag(params, 'following') ?? false,
    accountId: id(params, 'account_id'),
    viewer,
  }
}

const isAddress = (query: string): boolean => /^https?:\/\/\S+$/i.test(query) && URL.canParse(query)
const asAccount = (account: AccountRow | null): Found => account && { account }
const asStatus = (status: StatusRow | null): Found => status && { status }
