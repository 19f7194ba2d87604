/**
 * Forms only count when they come from our own pages: a random cookie that other sites cannot read, and in every form a value derived from it.
 * Needs no memory and no key, so forms outlive a restart.
 *
 * @see https://cheatsheetseries.owasp.org/cheatsheets/Cross-Site_Request_Forgery_Prevention_Cheat_Sheet.html "double submit"
 */
import { createHmac, timingSafeEqual } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { forbidden } from '../errors.ts'
import { paramsOf, text } from '../forms.ts'
import { newSecret } from '../oauth/secrets.ts'
import type { Cookies } from './cookies.ts'

const NAME = 'form'
/** What browsers say of a form from this very origin; old ones say nothing. `same-site` would be a neighbour under the same domain. */
const OURS: ReadonlySet<unknown> = new Set(['same-origin', 'none', undefined])

/** The value to put into a form's hidden `csrf` field; sets the cookie when there is none. */
export function formToken(cookies: Cookies, request: FastifyRequest, reply: FastifyReply): string {
  const known = cookies.get(request, NAME)
  if (known !== null) return derive(known)
  const made = newSecret()
  cookies.set(reply, NAME, made, null)
  return derive(made)
}

/** @throws {ApiError} 403 when the form is not one of ours, or its cookie is gone */
export function checkForm(cookies: Cookies, request: FastifyRequest): void {
  const cookie = cookies.get(request, NAME)
  const given = Buffer.from(text(paramsOf(request), 'csrf') ?? '')
  const right = Buffer.from(derive(cookie ?? ''))
  const genuine = given.length === right.length && timingSafeEqual(given, right)
  if (cookie === null || !genuine || !OURS.has(request.headers['sec-fetch-site'])) {
    throw forbidden('This form has expired. Go back, reload the page and try again.')
  }
}

const derive = (cookie: string): string => createHmac('sha256', cookie).update('vivim.form/v1').digest('base64url')
