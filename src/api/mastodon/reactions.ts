/** What one does with a post that is there: favourite, boost, bookmark, pin, and each of them taken back; and the lists of what one has marked. */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Visibility } from '../../events/catalogue.ts'
import type { Command } from '../../handlers/commands.ts'
import { accountStatuses, bookmarks, boostOf, favourites } from '../../projections/read/statuses.ts'
import type { AccountRow, StatusRow } from '../../projections/rows.ts'
import { requireScope, signedIn } from '../auth.ts'
import { type ApiDeps, perform } from '../deps.ts'
import { forbidden, unprocessable } from '../errors.ts'
import { paramsOf } from '../forms.ts'
import { laneOf, originalOf, statusInPath } from './facts.ts'
import { choice } from './input.ts'
import { MOST_PINNED } from './limits.ts'
import { linkPages, pageOf, STATUSES } from './paging.ts'
import { statusesJson, writtenStatusJson } from './views.ts'

type Act = { readonly account: AccountRow; readonly status: StatusRow; readonly at: string }

export function registerReactions(app: FastifyInstance, deps: ApiDeps): void {
  const { pool, config } = deps

  /** `POST /api/v1/statuses/:id/<verb>` that executes one command about the original and answers with what was asked about: it, or a boost of it. */
  function mark(verb: string, scope: string, command: (act: Act) => Command | Promise<Command>): void {
    app.post(`/api/v1/statuses/:id/${verb}`, { preHandler: requireScope(scope) }, async (request) => {
      const { account } = signedIn(request)
      const asked = await statusInPath(deps, request)
      const status = await originalOf(deps, asked, account.id)
      const at = new Date(deps.now()).toISOString()
      await perform(deps, { by: { account: account.id }, commands: [await command({ account, status, at })], lane: laneFor(verb, status) })
      return writtenStatusJson(deps, verb === 'unreblog' ? status.id : asked.id, account.id)
    })
  }

  mark('favourite', 'write:favourites', ({ account, status, at }) => ({
    do: 'Like',
    data: { accountId: account.id, statusId: status.id, uri: `${account.uri}#likes/${deps.newId()}`, at },
  }))
  mark('unfavourite', 'write:favourites', ({ account, status }) => ({ do: 'Unlike', accountId: account.id, statusId: status.id }))
  mark('bookmark', 'write:bookmarks', ({ account, status, at }) => ({ do: 'Bookmark', data: { accountId: account.id, statusId: status.id, at } }))
  mark('unbookmark', 'write:bookmarks', ({ account, status }) => ({ do: 'Unbookmark', data: { accountId: account.id, statusId: status.id } }))
  mark('unreblog', 'write:statuses', ({ account, status }) => ({ do: 'Unboost', accountId: account.id, statusId: status.id }))
  mark('pin', 'write:accounts', async ({ account, status, at }) => {
    await checkPin(account, status)
    return { do: 'Pin', data: { accountId: account.id, statusId: status.id, at } }
  })
  mark('unpin', 'write:accounts', ({ account, status }) => ({ do: 'Unpin', data: { accountId: account.id, statusId: status.id } }))

  app.post('/api/v1/statuses/:id/reblog', { preHandler: requireScope('write:statuses') }, async (request) => {
    const { account } = signedIn(request)
    const status = await originalOf(deps, await statusInPath(deps, request), account.id)
    const visibility = boostVisibility(request, account, status)
    const id = deps.newId()
    const uri = `${account.uri}/statuses/${id}/activity`
    const data = { id, accountId: account.id, statusId: status.id, uri, createdAt: new Date(deps.now()).toISOString(), visibility, local: true }
    await perform(deps, { by: { account: account.id }, commands: [{ do: 'Boost', data }], lane: laneOf(visibility) })
    const boost = await boostOf(pool, account.id, status.id)
    return writtenStatusJson(deps, boost?.id ?? id, account.id)
  })

  for (const [path, scope, reader] of [
    ['favourites', 'read:favourites', favourites],
    ['bookmarks', 'read:bookmarks', bookmarks],
  ] as const) {
    app.get(`/api/v1/${path}`, { preHandler: requireScope(scope) }, async (request, reply) => {
      const { account } = signedIn(request)
      const page = pageOf(request, STATUSES)
      const marks = await reader(pool, account.id, page)
      linkPages(
        request,
        reply,
        config.origin,
        page,
        marks.map(({ position }) => position),
      )
      return statusesJson(
        deps,
        marks.map(({ status_id }) => status_id),
        account.id,
      )
    })
  }

  /** @throws {ApiError} 422 for what is not one's own public post, and for the one that is too many */
  async function checkPin(account: AccountRow, status: StatusRow): Promise<void> {
    if (status.account_id !== account.id) throw unprocessable("Validation failed: Someone else's post cannot be pinned")
    if (status.visibility === 'direct') throw unprocessable('Validation failed: Posts that are only visible to mentioned users cannot be pinned')
    const pinned = await accountStatuses(pool, account.id, { limit: MOST_PINNED, pinned: true }, account.id)
    if (pinned.length >= MOST_PINNED && !pinned.includes(status.id))
      throw unprocessable('Validation failed: You have already pinned the maximum number of posts')
  }
}

/** Bookmarks are nobody's business; the rest is as public as the post. */
const laneFor = (verb: string, status: StatusRow): 'public' | 'private' => (verb.endsWith('bookmark') ? 'private' : laneOf(status.visibility))

/** @throws {ApiError} 403 for posts that are not everyone's, except one's own for followers, which goes to followers again */
function boostVisibility(request: FastifyRequest, account: AccountRow, status: StatusRow): Visibility {
  const wanted = choice(paramsOf(request), 'visibility', ['public', 'unlisted', 'private'])
  if (status.visibility === 'public' || status.visibility === 'unlisted') return wanted ?? usualVisibility(account)
  if (status.visibility === 'private' && status.account_id === account.id) return 'private'
  throw forbidden()
}

/** As the author's posts; but nobody can boost to the mentioned only. */
const usualVisibility = ({ default_visibility: usual }: AccountRow): Visibility => (usual === 'direct' ? 'private' : usual)
