/** Pages and the `Link` header that leads from one to the next, as Mastodon clients read it. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Page } from '../../projections/rows.ts'
import { type Params } from '../forms.ts'
import { id, integer } from './input.ts'

export type Limits = { readonly usual: number; readonly most: number }

/** Statuses come 20 to a page and at most 40; people and notifications up to 80. */
export const STATUSES: Limits = { usual: 20, most: 40 }
export const ACCOUNTS: Limits = { usual: 40, most: 80 }
export const NOTIFICATIONS: Limits = { usual: 40, most: 80 }

/** The page a request asks for; a limit out of range becomes the nearest within it. @throws {ApiError} 422 for a cursor that is no id */
export function pageOf(request: FastifyRequest, limits: Limits): Page {
  const params = request.query as Params
  const [maxId, sinceId, minId] = [id(params, 'max_id'), id(params, 'since_id'), id(params, 'min_id')]
  return {
    limit: Math.min(Math.max(integer(params, 'limit') ?? limits.usual, 1), limits.most),
    ...(maxId !== undefined && { maxId }),
    ...(sinceId !== undefined && { sinceId }),
    ...(minId !== undefined && { minId }),
  }
}

/**
 * Sets `Link`: `rel="next"` (older) first, then `rel="prev"` (newer), as clients that read only the first entry expect.
 *
 * @param cursors  sort keys of the rows of this page, newest first, before anything was left out for the viewer
 */
export function linkPages(request: FastifyRequest, reply: FastifyReply, origin: string, page: Page, cursors: readonly string[]): void {
  const [newest] = cursors
  const oldest = cursors.at(-1)
  if (newest === undefined || oldest === undefined) return
  const links = [`<${address(request, origin, { min_id: newest })}>; rel="prev"`]
  if (cursors.length >= page.limit) links.unshift(`<${address(request, origin, { max_id: oldest })}>; rel="next"`)
  reply.header('link', links.join(', '))
}

/** This request's own address with another cursor: every other parameter stays. */
function address(request: FastifyRequest, origin: string, cursor: Readonly<Record<string, string>>): string {
  const url = new URL(request.url, origin)
  for (const name of ['max_id', 'since_id', 'min_id', 'access_token']) url.searchParams.delete(name)
  for (const [name, value] of Object.entries(cursor)) url.searchParams.set(name, value)
  return `${origin}${url.pathname}${url.search}`
}
