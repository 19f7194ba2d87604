/** Content-type parsers of the API and the pages: every write may come as JSON, as a form, or as multipart. Gives `request.body` as `Params`. */
import { isUtf8 } from 'node:buffer'
import multipart from '@fastify/multipart'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { ApiError, unauthorized } from './errors.ts'
import { nest, type Params, parseForm, type Upload } from './forms.ts'

/** Bytes of JSON or a form. */
export const BODY_LIMIT = 1 << 20
/** Bytes of one uploaded file. */
export const UPLOAD_LIMIT = 16 << 20

/** Only in this scope: federation reads its own content types as raw bytes. */
export async function registerBodies(app: FastifyInstance): Promise<void> {
  const parseJson = app.getDefaultJsonParser('error', 'error')
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'buffer', bodyLimit: BODY_LIMIT }, (request, body, done) => {
    if (body.length === 0) return done(null, {})
    if (!isUtf8(body as Buffer)) return done(new ApiError(400, 'The request is not valid UTF-8'))
    void parseJson(request, body.toString('utf8'), (error, value) =>
      done(error === null ? null : new ApiError(400, 'The request is not valid JSON'), value),
    )
  })
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string', bodyLimit: BODY_LIMIT },
    async (_request: FastifyRequest, body: string) => parseForm(body),
  )
  await app.register(multipart, { limits: { fieldSize: BODY_LIMIT, fields: 200, files: 4, parts: 200, fileSize: UPLOAD_LIMIT, fieldNameSize: 200 } })
  app.addHook('preValidation', async (request) => {
    if (request.isMultipart()) request.body = await readMultipart(request).catch(refuseMultipart)
  })
}

/** Strangers may send forms in this shape too, but never files: those would fill the memory before a route could refuse them. */
async function readMultipart(request: FastifyRequest): Promise<Params> {
  const pairs: [string, unknown][] = []
  for await (const part of request.parts()) {
    if (part.type === 'field') pairs.push([part.fieldname, part.value])
    else if (request.viewer === null) throw unauthorized()
    else pairs.push([part.fieldname, await readFile(part)])
  }
  return nest(pairs)
}

/** The parser throws plain errors for bytes that are no multipart (no boundary, a torn header); limits carry their own status. */
function refuseMultipart(error: unknown): never {
  if (error instanceof ApiError || (error instanceof Error && 'statusCode' in error)) throw error
  throw new ApiError(400, 'The request is not valid multipart form data')
}

type FilePart = Extract<Awaited<ReturnType<FastifyRequest['parts']>> extends AsyncIterableIterator<infer Part> ? Part : never, { type: 'file' }>

async function readFile(part: FilePart): Promise<Upload> {
  return { filename: part.filename ?? '', type: part.mimetype, bytes: await part.toBuffer() }
}
