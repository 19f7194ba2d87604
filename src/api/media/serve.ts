/** Serving media: `/media/*`. Immutable, in ranges, and inert: whatever a file contains, a browser will not run it. */
import { readFile } from 'node:fs/promises'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { notFound } from '../errors.ts'
import type { MediaFiles } from './files.ts'
import { MEDIA_ROUTE, MISSING_AVATAR, MISSING_HEADER } from './urls.ts'

const INERT = {
  'content-security-policy': "default-src 'none'; sandbox",
  'x-content-type-options': 'nosniff',
  'cross-origin-resource-policy': 'cross-origin',
}
const FOREVER = 'public, max-age=31536000, immutable'

export function registerMediaFiles(app: FastifyInstance, files: MediaFiles): void {
  const options = { config: { limit: 'none' } } as const
  for (const [name, asset] of [
    [MISSING_AVATAR, 'avatar.png'],
    [MISSING_HEADER, 'header.png'],
  ] as const) {
    app.get(`${MEDIA_ROUTE}/${name}`, options, async (_request, reply) =>
      reply
        .headers(INERT)
        .header('cache-control', 'public, max-age=86400')
        .type('image/png')
        .send(await readFile(new URL(`./assets/${asset}`, import.meta.url))),
    )
  }
  app.route({ method: ['GET', 'HEAD'], url: `${MEDIA_ROUTE}/*`, ...options, handler: async (request, reply) => serve(files, request, reply) })
}

async function serve(files: MediaFiles, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const stored = (request.params as { readonly '*': string })['*']
  const file = await files.open(stored)
  if (file === null) throw notFound()
  const { handle, size, type } = file
  const etag = `"${stored}"`
  reply.headers(INERT).headers({ 'cache-control': FOREVER, 'accept-ranges': 'bytes', etag }).type(type)
  if (request.headers['if-none-match'] === etag || request.method === 'HEAD') {
    await handle.close()
    return request.method === 'HEAD' ? reply.header('content-length', size).send() : reply.code(304).send()
  }
  const ifRange = request.headers['if-range']
  const range = ifRange === undefined || ifRange === etag ? rangeOf(request.headers.range, size) : null
  if (range === 'unsatisfiable') {
    await handle.close()
    return reply.code(416).header('content-range', `bytes */${size}`).send()
  }
  const [from, to] = range ?? [0, size]
  if (range !== null) reply.code(206).header('content-range', `bytes ${from}-${to - 1}/${size}`)
  reply.header('content-length', to - from)
  return reply.send(handle.createReadStream(to > from ? { start: from, end: to - 1 } : {}))
}

/**
 * One range as half-open `[from, to)`; null to send everything, as for a header that is malformed or asks for several.
 *
 * @see RFC 9110 section 14.2
 */
export function rangeOf(header: string | undefined, size: number): readonly [number, number] | 'unsatisfiable' | null {
  const [, first = '', last = ''] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? '') ?? []
  if (first === '' && last === '') return null
  if (first === '') return Number(last) === 0 || size === 0 ? 'unsatisfiable' : [Math.max(0, size - Number(last)), size]
  const from = Number(first)
  const to = last === '' ? size : Math.min(Number(last) + 1, size)
  if (last !== '' && Number(last) < from) return null
  return from >= size ? 'unsatisfiable' : [from, to]
}
