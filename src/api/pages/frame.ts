/** What all pages share: their dependencies, and what the frame shows around each of them. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { instance } from '../../projections/read/access.ts'
import type { AccountRow } from '../../projections/rows.ts'
import type { ApiDeps } from '../deps.ts'
import type { AuthorizationServer } from '../oauth/server.ts'
import type { Cookies } from './cookies.ts'
import { checkForm, formToken } from './csrf.ts'
import type { Page } from './layout.ts'
import type { Sessions, Visitor } from './session.ts'

export type PageDeps = ApiDeps & { readonly authorizationServer: AuthorizationServer; readonly cookies: Cookies; readonly sessions: Sessions }

/** The frame of a page for this visitor. Strangers get no cookie just for reading. */
export async function frameFor(
  deps: PageDeps,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<Pick<Page, 'site' | 'csrf'> & { readonly viewer: AccountRow | null }> {
  const [row, visitor] = await Promise.all([instance(deps.pool), deps.sessions.visitor(request)])
  return {
    ...(row !== null && { site: row.title }),
    viewer: visitor?.account ?? null,
    ...(visitor !== null && { csrf: formToken(deps.cookies, request, reply) }),
  }
}

/** Name of the instance for a page without the visitor's menu. */
export async function siteOf(deps: Pick<ApiDeps, 'pool'>): Promise<Pick<Page, 'site'>> {
  const row = await instance(deps.pool)
  return row === null ? {} : { site: row.title }
}

export const csrfFor = (deps: PageDeps, request: FastifyRequest, reply: FastifyReply): string => formToken(deps.cookies, request, reply)

/** @throws {ApiError} 403 when the form is not one of ours */
export const checkCsrf = (deps: PageDeps, request: FastifyRequest): void => checkForm(deps.cookies, request)

/** The visitor, or null after the browser was sent to sign in and come back here. */
export async function visitorOrSignIn(deps: PageDeps, request: FastifyRequest, reply: FastifyReply): Promise<Visitor | null> {
  const visitor = await deps.sessions.visitor(request)
  if (visitor === null) await reply.redirect(`/auth/sign_in?${new URLSearchParams({ continue: request.url }).toString()}`, 303)
  return visitor
}
