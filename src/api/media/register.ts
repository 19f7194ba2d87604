/** Uploading, describing, looking up and deleting one's media; and serving the files. */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { mediaById } from '../../projections/read/media.ts'
import type { MediaRow } from '../../projections/rows.ts'
import { requireScope, signedIn } from '../auth.ts'
import { type ApiDeps, perform } from '../deps.ts'
import { ApiError, notFound, unavailable, unprocessable } from '../errors.ts'
import { paramsOf } from '../forms.ts'
import { mediaEntity } from '../mastodon/entities/media.ts'
import { pathId, upload } from '../mastodon/input.ts'
import { changedMedia, descriptionOf } from '../mastodon/media-change.ts'
import type { MediaFiles } from './files.ts'
import { focusOf } from './focus.ts'
import { registerMediaFiles } from './serve.ts'
import { filesOf, registerSweeping, removeFilesOf } from './sweep.ts'
import { store } from './upload.ts'

export function registerMedia(app: FastifyInstance, deps: ApiDeps, files: MediaFiles): void {
  const { pool, config } = deps
  const scope = requireScope('write:media')
  registerMediaFiles(app, files)
  registerSweeping(app, deps, files)

  for (const version of ['v1', 'v2']) {
    app.post(`/api/${version}/media`, { preHandler: scope, config: { limit: 'media' } }, async (request) => {
      const { account } = signedIn(request)
      const attachment = await add(request, account.id)
      return mediaEntity(attachment, config.origin)
    })
  }

  app.get('/api/v1/media/:id', { preHandler: scope }, async (request) => mediaEntity((await ownMedia(request)).attachment, config.origin))

  app.delete('/api/v1/media/:id', { preHandler: scope, config: { limit: 'delete' } }, async (request) => {
    const { account } = signedIn(request)
    const media = await ownMedia(request)
    if (media.status_id !== null) throw unprocessable('Media attachment is currently used by a status')
    const data = { accountId: account.id, id: media.id, at: new Date(deps.now()).toISOString() }
    await perform(deps, { by: { account: account.id }, commands: [{ do: 'DeleteMedia', data }], lane: 'private' })
    await removeFilesOf(deps, files, [media])
    return {}
  })

  app.put('/api/v1/media/:id', { preHandler: scope }, async (request) => {
    const { account } = signedIn(request)
    const { attachment, status_id } = await ownMedia(request)
    if (status_id !== null) throw unprocessable('Validation failed: This media is part of a post: edit the post')
    const params = paramsOf(request)
    const [description, focus] = [descriptionOf(params), focusOf(params)]
    const changed = changedMedia(attachment, { ...(description !== undefined && { description }), ...(focus !== undefined && { focus }) })
    await perform(deps, {
      by: { account: account.id },
      commands: [{ do: 'DescribeMedia', accountId: account.id, attachment: changed }],
      lane: 'private',
    })
    return mediaEntity(changed, config.origin)
  })

  /** Files first, then the event that speaks of them; an event that is refused takes its files along. */
  async function add(request: FastifyRequest, accountId: string) {
    const params = paramsOf(request)
    const file = upload(params, 'file')
    if (file === undefined || file.bytes.length === 0) throw unprocessable("Validation failed: File can't be blank")
    const [description, focus, thumbnail] = [descriptionOf(params) ?? null, focusOf(params), upload(params, 'thumbnail')?.bytes]
    const stored = await store(files, { id: deps.newId(), bytes: file.bytes, thumbnail, description, focus })
    const { attachment } = stored
    try {
      const data = { accountId, ...stored, at: new Date(deps.now()).toISOString() }
      await perform(deps, { by: { account: accountId }, commands: [{ do: 'AddMedia', data }], lane: 'private' })
    } catch (error) {
      if (error instanceof ApiError) await files.remove(filesOf(attachment)) // any other error: perhaps it was recorded
      throw error
    }
    if ((await mediaById(pool, attachment.id)) === null) throw unavailable('Saved, but not usable yet: this instance is busy')
    return attachment
  }

  /** @throws {ApiError} 404 for somebody else's */
  async function ownMedia(request: FastifyRequest): Promise<MediaRow> {
    const media = await mediaById(pool, pathId(request))
    if (media === null || media.account_id !== signedIn(request).account.id) throw notFound()
    return media
  }
}
