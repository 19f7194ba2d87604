/** Notifications, version 1: list, one, put away one or all. */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { accountsByIds } from '../../projections/read/accounts.ts'
import { type NotificationsPage, notificationById, notifications } from '../../projections/read/notifications.ts'
import type { NotificationRow, NotificationType } from '../../projections/rows.ts'
import { requireScope, signedIn } from '../auth.ts'
import { type ApiDeps, perform } from '../deps.ts'
import { notFound } from '../errors.ts'
import { list, type Params } from '../forms.ts'
import { notificationEntity } from './entities/notification.ts'
import { id, pathId } from './input.ts'
import { linkPages, NOTIFICATIONS, pageOf } from './paging.ts'
import { statusesJson } from './views.ts'

const TYPES: readonly NotificationType[] = ['mention', 'follow', 'follow_request', 'favourite', 'reblog', 'update', 'status']

export function registerNotifications(app: FastifyInstance, deps: ApiDeps): void {
  const { pool, config } = deps
  const reads = { preHandler: requireScope('read:notifications') }
  const writes = { preHandler: requireScope('write:notifications') }

  app.get('/api/v1/notifications', reads, async (request, reply) => {
    const { account } = signedIn(request)
    const page = notificationsPage(request)
    if (page === null) return []
    const found = await notifications(pool, account.id, page)
    linkPages(
      request,
      reply,
      config.origin,
      page,
      found.map((row) => row.id),
    )
    return notificationsJson(deps, found, account.id)
  })

  app.get('/api/v1/notifications/:id', reads, async (request) => {
    const { account } = signedIn(request)
    const row = await notificationById(pool, account.id, pathId(request))
    const [notification] = row === null ? [] : await notificationsJson(deps, [row], account.id)
    if (notification === undefined) throw notFound()
    return notification
  })

  app.post('/api/v1/notifications/clear', writes, async (request) => {
    const { account } = signedIn(request)
    const data = { accountId: account.id, at: new Date(deps.now()).toISOString() }
    await perform(deps, { by: { account: account.id }, commands: [{ do: 'ClearNotifications', data }], lane: 'private' })
    return {}
  })

  app.post('/api/v1/notifications/:id/dismiss', writes, async (request) => {
    const { account } = signedIn(request)
    const row = await notificationById(pool, account.id, pathId(request))
    if (row === null) throw notFound()
    const data = { accountId: account.id, notificationId: row.id }
    await perform(deps, { by: { account: account.id }, commands: [{ do: 'DismissNotification', data }], lane: 'private' })
    return {}
  })
}

/** Rendered in their order; those whose sender or post is gone or hidden are left out. */
export async function notificationsJson(deps: Pick<ApiDeps, 'pool' | 'config'>, rows: readonly NotificationRow[], viewer: string) {
  const [accounts, statuses] = await Promise.all([
    accountsByIds(deps.pool, [...new Set(rows.map((row) => row.from_account_id))]),
    statusesJson(deps, [...new Set(rows.flatMap((row) => row.status_id ?? []))], viewer),
  ])
  const posts = new Map(statuses.map((status) => [status.id, status]))
  return rows.flatMap((row) => {
    const from = accounts.get(row.from_account_id)
    const status = row.status_id === null ? null : posts.get(row.status_id)
    return from === undefined || status === undefined ? [] : [notificationEntity(row, from, status, deps.config.origin)]
  })
}

/** Null: only types were asked for that do not occur here. */
function notificationsPage(request: FastifyRequest): NotificationsPage | null {
  const params = request.query as Params
  const asked = list(params, 'types')
  const types = known(asked)
  if (asked.length > 0 && types.length === 0) return null
  const fromAccountId = id(params, 'account_id')
  return {
    ...pageOf(request, NOTIFICATIONS),
    types,
    excludeTypes: known(list(params, 'exclude_types')),
    ...(fromAccountId !== undefined && { fromAccountId }),
  }
}

const known = (names: readonly string[]): NotificationType[] => TYPES.filter((type) => names.includes(type))
