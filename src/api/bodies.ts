/** Content-type parsers of the API and the pages: every write may come as JSON, as a form, or as multipart. Gives `request.body` as `Params`. */
import { isUtf8 } from 'node:buffer'
import multipart from '@fastify/multipart'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { ApiError, unauthorized } from './errors.ts'
import { nest, type Params, parseForm, type Upload, withoutNull } from './forms.ts'

/** Bytes of JSON or a form. */
export const BODY_LIMIT = 1 << 20
/** Bytes of one uploaded file. */
export const UPLOAD_LIMIT = 16 << 20

/** Only in this scope: federation reads its own content types as raw bytes. */
export async function registerBodies(app: FastifyInstance): Promise<void> {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'buffer', bodyLimit: BODY_LIMIT }, async (_request: FastifyRequest, body: Buffer) =>
    parseJson(body),
  )
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string', bodyLimit: BODY_LIMIT },
    async (_request: FastifyRequest, body: string) => parseForm(body),
  )
  await app.register(multipart, {
    limits: { fieldSize: BODY_LIMIT, fields: 200, files: 4, parts: 200, fileSize: UPLOAD_LIMIT, fieldNameSize: 200 },
  })
  app.addHook('preValidation', async (request) => {
    if (request.isMultipart()) request.body = await readMultipart(request)
  })
}

/** Nothing at all is an empty object: clients announce JSON and send none. @throws {ApiError} 400 */
function parseJson(body: Buffer): unknown {
  if (body.length === 0) return {}
  if (!isUtf8(body)) throw new ApiError(400, 'The request is not valid UTF-8')
  const text = body.toString('utf8')
  try {
    return SUSPICIOUS.test(text) ? JSON.parse(text, admit) : JSON.parse(text)
  } catch (error) {
    throw error instanceof ApiError ? error : new ApiError(400, 'The request is not valid JSON')
  }
}

/** What may hide a null character, half a surrogate pair, or a name that means a prototype; everything else skips the slow reading. */
const SUSPICIOUS = /\\u(?:00|[dD][89a-fA-F])|__proto__/

/** As a reviver: one member or element, made harmless. */
function admit(name: string, value: unknown): unknown {
  if (name === '__proto__' || name.includes('\0')) throw new ApiError(400, 'The request is not valid JSON')
  return typeof value === 'string' ? withoutNull(value).toWellFormed() : value
}

/** @throws {ApiError} 400 when it is malformed or stops half-way; 401 for files of strangers; {FastifyError} 413 beyond a limit */
async function readMultipart(request: FastifyRequest): Promise<Params> {
  try {
    return nest(await readParts(request))
  } catch (error) {
    const meant = error instanceof ApiError || (error instanceof Error && 'statusCode' in error)
    throw meant ? error : new ApiError(400, 'The form is malformed')
  }
}

/** Strangers may send forms in this shape too, but never files: those would fill the memory before a route could refuse them. */
async function readParts(request: FastifyRequest): Promise<[string, unknown][]> {
  const pairs: [string, unknown][] = []
  for await (const part of request.parts()) {
    if (part.type === 'field') pairs.push([part.fieldname, withoutNull(String(part.value))])
    else if (request.viewer === null) throw unauthorized()
    else pairs.push([part.fieldname, await readFile(part)])
  }
  return pairs
}

type FilePart = Extract<Awaited<ReturnType<FastifyRequest['parts']>> extends AsyncIterableIterator<infer Part> ? Part : never, { type: 'file' }>

async function readFile(part: FilePart): Promise<Upload> {
  return { filename: part.filename ?? '', type: part.mimetype, bytes: await part.toBuffer() }
}
