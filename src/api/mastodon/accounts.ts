/** People: one, several, looked up, searched; their posts and whom they follow. */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { accountsByIds, blockState, counts, followers, following, relationships, searchAccounts } from '../../projections/read/accounts.ts'
import { accountStatuses } from '../../projections/read/statuses.ts'
import type { AccountRow } from '../../projections/rows.ts'
import { allowScope, requireScope, signedIn } from '../auth.ts'
import type { ApiDeps } from '../deps.ts'
import { notFound } from '../errors.ts'
import { type Params, requiredText, text } from '../forms.ts'
import { accountEntity, credentialAccountEntity } from './entities/account.ts'
import { relationshipEntity } from './entities/relationship.ts'
import { accountInPath, findAccount, knownAccount, viewerId, withoutOwnHost } from './facts.ts'
import { flag, ids, integer } from './input.ts'
import { ACCOUNTS, linkPages, pageOf, STATUSES } from './paging.ts'
import { tagName } from './text/tokens.ts'
import { accountsJson, statusesJson } from './views.ts'

const MOST_AT_ONCE = 80
/** Web clients ask about everybody on a page, and what they had not asked about before. */
const MOST_RELATIONSHIPS = 400

export function registerAccounts(app: FastifyInstance, deps: ApiDeps): void {
  const { pool, config } = deps
  const readable = { preHandler: allowScope('read:accounts') }

  app.get('/api/v1/accounts/verify_credentials', { preHandler: requireScope('profile', 'read:accounts') }, async (request) => {
    const { account } = signedIn(request)
    return credentialAccountEntity(account, config.origin, (await counts(pool, account.id)).followRequests)
  })

  app.get('/api/v1/accounts/lookup', readable, async (request) => {
    const account = await knownAccount(deps, requiredText(request.query as Params, 'acct'))
    if (account === null) throw notFound()
    return accountEntity(account, config.origin)
  })

  app.get('/api/v1/accounts/search', { preHandler: requireScope('read:accounts') }, async (request) => {
    const { account } = signedIn(request)
    const params = request.query as Params
    const query = (text(params, 'q') ?? '').trim()
    const limit = Math.min(Math.max(integer(params, 'limit') ?? 40, 1), MOST_AT_ONCE)
    const offset = Math.max(integer(params, 'offset') ?? 0, 0)
    const followedBy = flag(params, 'following') ? account.id : null
    if (flag(params, 'resolve') && offset === 0 && followedBy === null) await findHandle(query)
    const search = { query: withoutOwnHost(deps, query), limit, offset, viewerId: account.id }
    const found = await searchAccounts(pool, { ...search, ...(followedBy !== null && { followedBy }) })
    return found.map((row) => accountEntity(row, config.origin))
  })

  app.get('/api/v1/accounts/relationships', { preHandler: requireScope('read:follows') }, async (request) => {
    const wanted = ids(request.query as Params, 'id', MOST_RELATIONSHIPS)
    const known = await accountsByIds(pool, wanted)
    const found = await relationships(
      pool,
      signedIn(request).account.id,
      wanted.filter((id) => known.has(id)),
    )
    return found.map(relationshipEntity)
  })

  app.get('/api/v1/accounts', readable, async (request) => accountsJson(deps, ids(request.query as Params, 'id', MOST_AT_ONCE)))

  app.get('/api/v1/accounts/:id', readable, async (request) => accountEntity(await accountInPath(deps, request), config.origin))

  app.get('/api/v1/accounts/:id/statuses', { preHandler: allowScope('read:statuses') }, async (request, reply) => {
    const account = await accountInPath(deps, request)
    const page = { ...pageOf(request, STATUSES), ...filtersOf(request) }
    const found = await accountStatuses(pool, account.id, page, viewerId(request))
    linkPages(request, reply, config.origin, page, found)
    return statusesJson(deps, found, viewerId(request))
  })

  for (const [path, reader, side] of [
    ['followers', followers, 'account_id'],
    ['following', following, 'target_id'],
  ] as const) {
    app.get(`/api/v1/accounts/:id/${path}`, readable, async (request, reply) => {
      const account = await accountInPath(deps, request)
      const viewer = viewerId(request)
      if (await isBlocked(account, viewer)) return []
      const page = pageOf(request, ACCOUNTS)
      const found = await reader(pool, account.id, page, viewer === account.id ? null : viewer)
      linkPages(
        request,
        reply,
        config.origin,
        page,
        found.map(({ position }) => position),
      )
      return accountsJson(
        deps,
        found.map((row) => row[side]),
      )
    })
  }

  /** Whether the account keeps the viewer away. */
  const isBlocked = async (account: AccountRow, viewer: string | null): Promise<boolean> =>
    viewer !== null && (await blockState(pool, account.id, viewer)) !== null

  /** Makes somebody known whose full handle is searched for, so that the search finds them. */
  const findHandle = async (query: string): Promise<void> => {
    if (/^@?[^@\s]+@[^@\s]+$/.test(query)) await findAccount(deps, query.replace(/^@/, ''))
  }
}

function filtersOf(request: FastifyRequest) {
  const params = request.query as Params
  const tagged = text(params, 'tagged')
  return {
    excludeReplies: flag(params, 'exclude_replies') ?? false,
    excludeReblogs: flag(params, 'exclude_reblogs') ?? false,
    onlyMedia: flag(params, 'only_media') ?? false,
    pinned: flag(params, 'pinned') ?? false,
    ...(tagged !== undefined && tagged !== '' && { tagged: tagName(tagged) }),
  }
}
