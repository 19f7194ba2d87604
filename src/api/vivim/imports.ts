/** `/imports`: exports of other assistants, uploaded as they come, followed while they are read, and reported. */
import type { IncomingMessage } from 'node:http'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { ArchiveError } from '../../conversations/archive/archive-error.ts'
import type { ImportProgress as Progress } from '../../conversations/job.ts'
import { LARGEST_UPLOAD } from '../../conversations/spool.ts'
import { type ImportRow, importById, imports } from '../../projections/read/imports.ts'
import { ApiError, notFound, unavailable } from '../errors.ts'
import { openEventStream } from '../event-stream.ts'
import { call } from './call.ts'
import { readBack, type VaultDeps } from './owned.ts'
import { cursor, limit } from './parameters.ts'
import { Import, ImportProgress, ImportReport } from './schema-imports.ts'
import { createServe, type Serve } from './serve.ts'

const TAG = { tag: 'Imports' } as const
const NOTHING_READ = () => ({})
/** Uploads that one person may have under way. */
const MOST_UPLOADS = 2

/** What comes as the body itself, and is not read before it is asked for. */
const RAW = ['application/zip', 'application/octet-stream', 'application/json', 'application/x-ndjson', 'text/plain', 'text/html']

const begin = call({
  ...TAG,
  method: 'POST',
  path: '/imports',
  summary: 'Bring in an export: a zip, a JSON or JSONL file, or text, up to 4 GiB',
  description:
    'As one file of a form (`multipart/form-data`), or as the body itself. It is answered when all of it has arrived and is noted in the log; then it is read. ' +
    'What kind of export it is, is found out; `provider` narrows that down. Importing the same again adds nothing.',
  scopes: ['memory:write'],
  query: z.strictObject({
    name: z.string().min(1).max(500).optional().describe('As you call it; of a form, the name of its file when absent'),
    provider: z.string().max(40).optional(),
  }),
  stream: ['multipart/form-data', ...RAW],
  answer: Import,
  status: 202,
  reads: 'nothing',
  also: [415],
  limit: 'media',
  atOnce: MOST_UPLOADS,
})

const list = call({
  ...TAG,
  method: 'GET',
  path: '/imports',
  summary: 'Imports, the newest first',
  scopes: ['memory:read'],
  query: z.strictObject({ limit: limit(20, 100), cursor }),
  answer: z.array(Import),
  paged: true,
  reads: NOTHING_READ,
})

const show = call({
  ...TAG,
  method: 'GET',
  path: '/imports/:id',
  summary: 'One import',
  scopes: ['memory:read'],
  answer: Import,
  reads: NOTHING_READ,
})

const report = call({
  ...TAG,
  method: 'GET',
  path: '/imports/:id/report',
  summary: 'The report of an import that is over',
  scopes: ['memory:read'],
  answer: ImportReport,
  tagged: true,
  reads: NOTHING_READ,
})

const cancel = call({
  ...TAG,
  method: 'POST',
  path: '/imports/:id/cancel',
  summary: 'Stop an import',
  description: 'What is recorded stays; the rest is left, and its report says so. 409 when it is over.',
  scopes: ['memory:write'],
  reads: 'nothing',
  also: [409],
})

const events = call({
  ...TAG,
  method: 'GET',
  path: '/imports/:id/events',
  summary: 'Follow an import',
  description: 'Server-sent events: `progress` (ImportProgress) up to ten times a second, then `report` (ImportReport), and the end.',
  scopes: ['memory:read'],
  media: ['text/event-stream'],
  reads: 'noted',
})

export const importCalls = [begin, list, show, report, cancel, events]

export function registerImports(app: FastifyInstance, root: string, deps: VaultDeps): void {
  app.register(async (uploads) => {
    uploads.removeContentTypeParser(['application/json', 'application/x-www-form-urlencoded'])
    uploads.addContentTypeParser(RAW, (_request: FastifyRequest, body: IncomingMessage, done: (error: null, body: IncomingMessage) => void) =>
      done(null, body),
    )
    registerUpload(createServe(uploads, root, deps), deps)
  })
  registerProgress(createServe(app, root, deps), deps)
}

function registerUpload(serve: Serve, deps: VaultDeps): void {
  const { pool, vault } = deps

  serve(begin, async ({ account, query, request, reply }) => {
    const { stream, name } = await uploadOf(request)
    const provider = query.provider === undefined ? {} : { provider: query.provider }
    const id = await vault.imports
      .start({ accountId: account.id, name: query.name ?? name, via: 'upload', stream, ...provider })
      .catch((error: unknown) => refuseUpload(error, request))
    reply.header('location', `${request.url.split('?', 1)[0] ?? ''}/${id}`)
    return importJson(deps, await readBack(importById(pool, vault.cipher, account.id, id)))
  })
}

function registerProgress(serve: Serve, deps: VaultDeps): void {
  const { pool, vault } = deps

  serve(list, async ({ account, query, next }) => {
    const found = await imports(pool, vault.cipher, account.id, { limit: query.limit, ...(query.cursor !== undefined && { before: query.cursor }) })
    next(found.length === query.limit ? (found.at(-1)?.id ?? null) : null)
    return found.map((row) => importJson(deps, row))
  })

  serve(show, async ({ account, ids }) => importJson(deps, await ownImport(account.id, ids.id)))

  serve(report, async ({ account, ids }) => {
    const json = importJson(deps, await ownImport(account.id, ids.id))
    if (json.report === null) throw notFound('This import is not over')
    return json.report
  })

  serve(cancel, async ({ account, ids }) => {
    const { id } = await ownImport(account.id, ids.id)
    if (!vault.imports.cancel(id)) throw new ApiError(409, 'This import is over', { code: 'OVER' })
  })

  serve(events, async ({ account, ids, reply, note }) => {
    const row = await ownImport(account.id, ids.id)
    await note({})
    follow(row, reply)
    return reply
  })

  async function ownImport(accountId: string, id: string): Promise<ImportRow> {
    const row = await importById(pool, vault.cipher, accountId, id)
    if (row === null) throw notFound('No such import')
    return row
  }

  /** Progress until it is over, then the report. */
  function follow(row: ImportRow, reply: FastifyReply): void {
    const { id, accountId } = row
    const stream = openEventStream(reply)
    const tell = (progress: Progress): void => {
      stream.send('progress', progressJson(progress))
      if (progress.state === 'over') void finish()
    }
    const finish = async (): Promise<void> => {
      stop()
      const done = await importById(pool, vault.cipher, accountId, id).catch(() => null)
      if (done?.report != null) stream.send('report', importJson(deps, done).report)
      stream.end()
    }
    const stop = vault.imports.onProgress(id, tell)
    stream.gone.addEventListener('abort', stop)
    const now = vault.imports.progress(id)
    if (now === null) void finish()
    else tell(now)
  }
}

/** The file of a form, or the body itself. @throws {ApiError} 415, 422 */
async function uploadOf(request: FastifyRequest): Promise<{ readonly stream: AsyncIterable<Uint8Array>; readonly name: string }> {
  if (!request.isMultipart()) {
    const body = request.body
    if (!isStream(body)) throw new ApiError(415, `Send the file in a form, or as one of ${RAW.join(', ')}`)
    return { stream: body, name: 'upload' }
  }
  const part = await request.file({ limits: { fileSize: LARGEST_UPLOAD + 1, files: 1, fields: 20 } })
  if (part === undefined) throw new ApiError(422, 'The form has no file')
  return { stream: part.file, name: part.filename === '' ? 'upload' : part.filename }
}

const isStream = (value: unknown): value is AsyncIterable<Uint8Array> => typeof value === 'object' && value !== null && Symbol.asyncIterator in value

/** @throws {ApiError} 413 or 422 for what is wrong with the upload, else what it is given */
function refuseUpload(error: unknown, request: FastifyRequest): never {
  request.raw.unpipe() // what still comes is not kept
  request.raw.resume()
  if (error instanceof ArchiveError) throw new ApiError(error.reason === 'too-large' ? 413 : 422, error.message, { code: error.reason })
  if (request.raw.destroyed && !request.raw.complete) throw unavailable('The upload stopped half-way')
  throw error
}

function importJson({ vault }: Pick<VaultDeps, 'vault'>, row: ImportRow): z.infer<typeof Import> {
  const { id, name, via, bytes, sha256, state, createdAt, reportedAt } = row
  const progress = state === 'running' ? vault.imports.progress(id) : null
  return {
    id,
    name,
    via,
    bytes,
    sha256,
    state,
    createdAt,
    progress: progress === null ? null : progressJson(progress),
    report: row.report === null || reportedAt === null || state === 'running' ? null : reportJson({ ...row.report, id, at: reportedAt, state }),
  }
}

type Reported = NonNullable<ImportRow['report']> & Pick<z.infer<typeof ImportReport>, 'id' | 'at' | 'state'>

const reportJson = ({ formats, skipped, unknown, ...report }: Reported): z.infer<typeof ImportReport> => ({
  ...report,
  formats: [...formats],
  skipped: [...skipped],
  unknown: [...unknown],
})

const progressJson = ({ state, bytes, totalBytes, found, imported, skipped }: Progress): z.infer<typeof ImportProgress> => ({
  state,
  bytes,
  totalBytes,
  found,
  imported,
  skipped,
})
