/** Content-type parsers of the API and the pages: every write may come as JSON, as a form, or as multipart. Gives `request.body` as `Params`. */
import { isUtf8 } from 'node:buffer'
import multipart from '@fastify/multipart'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { ApiError, forbidden, unauthorized } from './errors.ts'
import { nest, type Params, parseForm, type Upload, withoutNull } from './forms.ts'

/** Bytes of JSON or a form. */
export const BODY_LIMIT = 1 << 20
/** Bytes of one uploaded file. */
export const UPLOAD_LIMIT = 16 << 20
/** Bytes of one text of a multipart form; all of them together may be BODY_LIMIT. */
const FIELD_LIMIT = 1 << 16
/** A picture and its preview, or a portrait and its background. */
const MOST_FILES = 2
/** Requests with files that one person may have under way: each is whole in memory. */
const MOST_UPLOADS = 4

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The route reads a multipart body itself, as it comes. */
    streams?: true
  }
}

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
    limits: { fieldSize: FIELD_LIMIT, fields: 200, files: MOST_FILES, parts: 200, fileSize: UPLOAD_LIMIT, fieldNameSize: 200 },
  })
  const beginUpload = createUploads()
  app.addHook('preValidation', async (request, reply) => {
    if (request.isMultipart() && request.routeOptions.config.streams !== true)
      request.body = await readMultipart(request, () => beginUpload(request, reply))
  })
}

/** Nothing at all is an empty object: clients announce JSON and send none. @throws {ApiError} 400 */
function parseJson(body: Buffer): unknown {
  if (body.length === 0) return {}
  if (!isUtf8(body)) throw new ApiError(400, 'The request is not valid UTF-8')
  const text = body.toString('utf8')
  try {
    return SUSPICIOUS.test(text) || LONG_NUMBER.test(text) ? JSON.parse(text, admit as Reviver) : JSON.parse(text)
  } catch (error) {
    throw error instanceof ApiError ? error : new ApiError(400, 'The request is not valid JSON')
  }
}

/** What may hide a null character, half a surrogate pair, or a name that means a prototype; everything else skips the slow reading. */
const SUSPICIOUS = /\\u(?:00|[dD][89a-fA-F])|__proto__/

/** A whole number that doubles may not hold: some clients (Mastodon.py) send our ids as numbers. */
const LONG_NUMBER = /[[:,\s]\d{16,19}[\],}\s]/

/** TypeScript's library does not know the third argument yet. @see https://tc39.es/ecma262/#sec-internalizejsonproperty */
type Reviver = Parameters<typeof JSON.parse>[1]

/** As a reviver: one member or element, made harmless; a whole number too long for a double as its digits. */
function admit(name: string, value: unknown, { source = '' }: { readonly source?: string }): unknown {
  if (name === '__proto__' || name.includes('\0')) throw new ApiError(400, 'The request is not valid JSON')
  if (typeof value === 'number') return Number.isSafeInteger(value) || !/^\d+$/.test(source) ? value : source
  return typeof value === 'string' ? withoutNull(value).toWellFormed() : value
}

/**
 * Admits the files of a request, or refuses them: only people may upload, and only so many requests at a time; the place is given up when the
 * request ends. Strangers, and applications on their own, would fill the memory before a route could refuse them.
 */
function createUploads(): (request: FastifyRequest, reply: FastifyReply) => void {
  const underWay = new Map<string, number>()
  return ({ viewer }, reply) => {
    if (viewer === null) throw unauthorized()
    if (viewer.account === null) throw forbidden('Only people may upload files')
    const { id } = viewer.account
    const before = underWay.get(id) ?? 0
    if (before >= MOST_UPLOADS) throw new ApiError(429, 'Too many uploads at once', {}, { 'retry-after': '5' })
    underWay.set(id, before + 1)
    reply.raw.once('close', () => {
      const left = (underWay.get(id) ?? 1) - 1
      if (left === 0) underWay.delete(id)
      else underWay.set(id, left)
    })
  }
}

/**
 * @param beginUpload called before the first file is read; throws when there may be none
 * @throws {ApiError} 400 when it is malformed or stops half-way, 413 when the texts are too long; {FastifyError} 413 beyond a limit
 */
async function readMultipart(request: FastifyRequest, beginUpload: () => void): Promise<Params> {
  try {
    return nest(await readParts(request, beginUpload))
  } catch (error) {
    request.raw.unpipe() // what still comes is not kept
    request.raw.resume()
    const meant = error instanceof ApiError || (error instanceof Error && 'statusCode' in error)
    throw meant ? error : new ApiError(400, 'The form is malformed')
  }
}

async function readParts(request: FastifyRequest, beginUpload: () => void): Promise<[string, unknown][]> {
  const pairs: [string, unknown][] = []
  let [textBytes, files] = [0, 0]
  for await (const part of request.parts()) {
    if (part.type === 'field') {
      const value = withoutNull(String(part.value))
      textBytes += Buffer.byteLength(value)
      if (part.valueTruncated || part.fieldnameTruncated || textBytes > BODY_LIMIT) throw new ApiError(413, 'The request is too large')
      pairs.push([part.fieldname, value])
    } else {
      if (files++ === 0) beginUpload()
      pairs.push([part.fieldname, await readFile(part)])
    }
  }
  return pairs
}

type FilePart = Extract<Awaited<ReturnType<FastifyRequest['parts']>> extends AsyncIterableIterator<infer Part> ? Part : never, { type: 'file' }>

async function readFile(part: FilePart): Promise<Upload> {
  return { filename: part.filename ?? '', type: part.mimetype, bytes: await part.toBuffer() }
}
