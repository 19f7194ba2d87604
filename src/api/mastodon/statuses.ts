/** Reading posts: one, several, their threads, their history, and who reacted to them. */
import type { FastifyInstance } from 'fastify'
import { accountById } from '../../projections/read/accounts.ts'
import { context, edits, favouritedBy, rebloggedBy } from '../../projections/read/statuses.ts'
import { allowScope, requireScope, signedIn } from '../auth.ts'
import type { ApiDeps } from '../deps.ts'
import { notFound } from '../errors.ts'
import type { Params } from '../forms.ts'
import { accountEntity } from './entities/account.ts'
import { type StatusEntity, statusEditEntity, statusSourceEntity } from './entities/status.ts'
import { statusInPath, viewerId } from './facts.ts'
import { ids } from './input.ts'
import { ACCOUNTS, linkPages, pageOf } from './paging.ts'
import { accountsJson, statusesJson, statusJson } from './views.ts'

const MOST_AT_ONCE = 40

export function registerStatuses(app: FastifyInstance, deps: ApiDeps): void {
  const { pool, config } = deps
  const readable = { preHandler: allowScope('read:statuses') }

  app.get('/api/v1/statuses', readable, async (request) => statusesJson(deps, ids(request.query as Params, 'id', MOST_AT_ONCE), viewerId(request)))

  app.get('/api/v1/statuses/:id', readable, async (request) => {
    const status = await statusInPath(deps, request)
    return statusJson(deps, status.id, viewerId(request))
  })

  app.get('/api/v1/statuses/:id/context', readable, async (request) => {
    const status = await statusInPath(deps, request)
    const viewer = viewerId(request)
    const thread = await context(pool, status.id, viewer)
    const found = await statusesJson(deps, [...thread.ancestors, ...thread.descendants], viewer)
    const above = new Set(thread.ancestors)
    const descendants = found.filter(({ id }) => !above.has(id))
    return {
      ancestors: found.filter(({ id }) => above.has(id)),
      descendants: [...descendants.filter(isSelfReply), ...descendants.filter((reply) => !isSelfReply(reply))],
    }
  })

  app.get('/api/v1/statuses/:id/history', readable, async (request) => {
    const status = await statusInPath(deps, request)
    const author = await accountById(pool, status.account_id)
    if (author === null) throw notFound()
    const account = accountEntity(author, config.origin)
    return (await edits(pool, status.id)).map((version) => statusEditEntity(version, account, config.origin))
  })

  app.get('/api/v1/statuses/:id/source', { preHandler: requireScope('read:statuses') }, async (request) => {
    const status = await statusInPath(deps, request)
    if (status.account_id !== signedIn(request).account.id) throw notFound()
    return statusSourceEntity(status)
  })

  for (const [path, readers] of [
    ['favourited_by', favouritedBy],
    ['reblogged_by', rebloggedBy],
  ] as const) {
    app.get(`/api/v1/statuses/:id/${path}`, readable, async (request, reply) => {
      const status = await statusInPath(deps, request)
      const page = pageOf(request, ACCOUNTS)
      const marks = await readers(pool, status.id, page, viewerId(request))
      linkPages(
        request,
        reply,
        config.origin,
        page,
        marks.map(({ position }) => position),
      )
      return accountsJson(
        deps,
        marks.map(({ account_id }) => account_id),
      )
    })
  }
}

/** Threads of one's own come before what others say, as in Mastodon. */
const isSelfReply = ({ account, in_reply_to_account_id }: StatusEntity): boolean => in_reply_to_account_id === account.id
