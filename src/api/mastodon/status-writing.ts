/** Posting, editing and deleting. */
import { createHash } from 'node:crypto'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { StatusIdentity, Visibility } from '../../events/catalogue.ts'
import type { Command } from '../../handlers/commands.ts'
import { mediaOfStatus } from '../../projections/read/media.ts'
import { statusViews } from '../../projections/read/statuses.ts'
import type { AccountRow, StatusRow } from '../../projections/rows.ts'
import { requireScope, type SignedIn, signedIn } from '../auth.ts'
import { type ApiDeps, perform } from '../deps.ts'
import { notFound } from '../errors.ts'
import { paramsOf } from '../forms.ts'
import type { MediaFiles } from '../media/files.ts'
import { removeFilesOf } from '../media/sweep.ts'
import { deletedStatusEntity } from './entities/status.ts'
import { laneOf, originalOf, statusInPath, visibleStatus } from './facts.ts'
import { type Posted, Postings } from './idempotency.ts'
import { flag, id as idParam, visibility } from './input.ts'
import { withChanges } from './media-change.ts'
import { attachments, bodyOf, draftOf } from './status-draft.ts'
import { writtenStatusJson } from './views.ts'

export function registerStatusWriting(app: FastifyInstance, deps: ApiDeps, files: MediaFiles): void {
  const postings = new Postings(deps)
  const write = { preHandler: requireScope('write:statuses') }

  app.post('/api/v1/statuses', write, async (request) => {
    const viewer = signedIn(request)
    const key = idempotencyKey(request)
    const once = (name: string) => postings.once(viewer.account.id, name, (ledgerKey) => postUnder(ledgerKey, request, viewer))
    const { id } = key === null ? (await post(request, viewer)).made : await once(key)
    return writtenStatusJson(deps, id, viewer.account.id)
  })

  app.put('/api/v1/statuses/:id', write, async (request) => {
    const { account } = signedIn(request)
    const status = await ownStatus(request)
    await edit(request, account, status)
    return writtenStatusJson(deps, status.id, account.id)
  })

  app.delete('/api/v1/statuses/:id', { ...write, config: { limit: 'delete' } }, async (request) => {
    const { account } = signedIn(request)
    const status = await statusInPath(deps, request)
    const [view] = await statusViews(deps.pool, [status.id], account.id)
    if (view === undefined || status.account_id !== account.id) throw notFound()
    await (status.reblog_of_id === null ? remove(request, status) : unboost(status, status.reblog_of_id))
    return deletedStatusEntity(view, deps.config.origin)
  })

  /** A new post, or what became of the one that the same key made before. */
  async function postUnder(ledgerKey: string, request: FastifyRequest, viewer: SignedIn): Promise<Posted> {
    const { made, done } = await post(request, viewer, ledgerKey)
    return done.repeated && done.position !== null ? postings.postAt(done.position) : { is: 'new', ...made }
  }

  async function post(request: FastifyRequest, viewer: SignedIn, ledgerKey?: string) {
    const { account } = viewer
    const draft = draftOf(request)
    const parent = await parentOf(request, account)
    const media = await attachments(deps, account, draft.mediaIds)
    const body = await bodyOf(deps, draft, account, media)
    const seen = visibility(paramsOf(request)) ?? account.default_visibility
    const identity = identityOf(viewer, seen, parent)
    const done = await perform(deps, {
      by: { account: account.id },
      commands: [{ do: 'PostStatus', status: { ...identity, ...body } }],
      lane: laneOf(seen),
      ...(ledgerKey !== undefined && { idempotencyKey: ledgerKey }),
    })
    return { made: { id: identity.id, uri: identity.uri }, done }
  }

  function identityOf({ account, app: client }: SignedIn, visibility: Visibility, parent: StatusRow | null): StatusIdentity {
    const id = deps.newId()
    return {
      id,
      accountId: account.id,
      uri: `${account.uri}/statuses/${id}`,
      url: `${account.url}/${id}`,
      createdAt: new Date(deps.now()).toISOString(),
      visibility,
      inReplyToId: parent?.id ?? null,
      inReplyToAccountId: parent?.account_id ?? null,
      inReplyToUri: null,
      local: true,
      application: client === null ? null : { name: client.name, website: client.website },
    }
  }

  /** Its pictures stay for a day, to be posted again; with `delete_media` they go along. */
  async function remove(request: FastifyRequest, { id, uri, account_id: accountId, visibility }: StatusRow): Promise<void> {
    const at = new Date(deps.now()).toISOString()
    const media = flag(paramsOf(request), 'delete_media') ? await mediaOfStatus(deps.pool, id) : []
    const discarded = media.map((row) => ({ do: 'DeleteMedia', data: { accountId, id: row.id, at } }) as const)
    const commands: Command[] = [{ do: 'DeleteStatus', id, uri, accountId, at }, ...discarded]
    await perform(deps, { by: { account: accountId }, commands, lane: laneOf(visibility) })
    await removeFilesOf(deps, files, media)
  }

  async function unboost({ account_id: accountId, visibility }: StatusRow, statusId: string): Promise<void> {
    await perform(deps, { by: { account: accountId }, commands: [{ do: 'Unboost', accountId, statusId }], lane: laneOf(visibility) })
  }

  /** The post replied to: what a boost boosts. @throws {ApiError} 404 when the author may not see it */
  async function parentOf(request: FastifyRequest, author: AccountRow): Promise<StatusRow | null> {
    const parentId = idParam(paramsOf(request), 'in_reply_to_id')
    if (parentId === undefined) return null
    const parent = await visibleStatus(deps, parentId, author.id).catch(() => null)
    if (parent === null) throw notFound('The post you are trying to reply to does not appear to exist.')
    return originalOf(deps, parent, author.id)
  }

  /** The post as the request says it, pictures too: what it leaves out goes. When nothing differs nothing is recorded. */
  async function edit(request: FastifyRequest, account: AccountRow, status: StatusRow): Promise<void> {
    const draft = draftOf(request)
    const before = await attachments(deps, account, draft.mediaIds, status.id)
    const media = withChanges(before, draft.mediaChanges)
    const body = await bodyOf(deps, draft, account, media, status)
    const described = media.filter((attachment, index) => attachment !== before[index])
    const commands: Command[] = [
      ...described.map((attachment) => ({ do: 'DescribeMedia', accountId: account.id, attachment }) as const),
      { do: 'EditStatus', id: status.id, uri: status.uri, accountId: account.id, editedAt: new Date(deps.now()).toISOString(), body },
    ]
    await perform(deps, { by: { account: account.id }, commands, lane: laneOf(status.visibility) })
  }

  /** @throws {ApiError} 404 for anything but a post of one's own */
  async function ownStatus(request: FastifyRequest): Promise<StatusRow> {
    const status = await statusInPath(deps, request)
    if (status.account_id !== signedIn(request).account.id || status.reblog_of_id !== null) throw notFound()
    return status
  }
}

/** Clients send random text, of any length; its hash is enough. Empty counts as absent. */
function idempotencyKey(request: FastifyRequest): string | null {
  const header = request.headers['idempotency-key']
  return typeof header === 'string' && header !== '' ? createHash('sha256').update(header).digest('base64url') : null
}
