/** Serving ActivityStreams: content negotiation, headers, and who may see what is not for everybody. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { FetchFault } from '../host/fetch.ts'
import type { Authenticate } from './authenticate.ts'
import type { SignedRequest } from './signature/claim.ts'
import type { JsonObject } from './wire/json.ts'

export const ACTIVITY_TYPE = 'application/activity+json; charset=utf-8'

/** True when the client is a person's browser rather than a server. */
export function wantsPage({ headers }: Pick<FastifyRequest, 'headers'>): boolean {
  const accept = headers.accept ?? ''
  return accept.includes('text/html') && !/application\/(activity|ld)\+json/.test(accept)
}

export const sendDocument = (reply: FastifyReply, document: JsonObject, forEverybody = true): FastifyReply =>
  reply
    .header('vary', 'Accept')
    .header('access-control-allow-origin', '*')
    .header('cache-control', forEverybody ? 'public, max-age=60' : 'private, no-store')
    .type(ACTIVITY_TYPE)
    .send(document)

export const notFound = (reply: FastifyReply): FastifyReply =>
  reply.header('access-control-allow-origin', '*').code(404).send({ error: 'There is nothing here' })

/** The request as its signature sees it. @param origin our public origin */
export function signedRequest({ raw, method, headers }: Pick<FastifyRequest, 'raw' | 'method' | 'headers'>, origin: string): SignedRequest {
  const flat = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]))
  return { method, target: raw.url ?? '/', origin, headers: flat }
}

/** Actor id of the server or person that signed a GET; null for anybody, and while there are too many keys to look for. */
export async function readerOf(request: FastifyRequest, origin: string, authenticate: Authenticate, now: number): Promise<string | null> {
  if (request.headers['signature'] === undefined) return null
  try {
    const verdict = await authenticate(signedRequest(request, origin), null, now)
    return verdict.ok ? verdict.sender.actor : null
  } catch (error) {
    if (error instanceof FetchFault) return null
    throw error
  }
}
