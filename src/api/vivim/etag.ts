/** Versions of what is shown: `ETag`, and the conditions that clients put on it. Pure. @see RFC 9110 sections 8.8.3, 13.1 */
import { hash } from 'node:crypto'
import { ApiError } from '../errors.ts'

/** Of a body, byte by byte; or of what else tells its versions apart. */
export const etagOf = (content: string): string => `"${hash('sha256', content, 'base64url').slice(0, 22)}"`

/** Whether a client has this already, as its `If-None-Match` says. */
export const isKnown = (header: string | undefined, etag: string): boolean => header !== undefined && names(header, etag)

/** @throws {ApiError} 412 when `If-Match` names another version than this one */
export function assertMatch(header: string | undefined, etag: string): void {
  if (header === undefined || names(header, etag)) return
  throw new ApiError(412, 'This has changed meanwhile: read it again', { code: 'CHANGED' })
}

const names = (header: string, etag: string): boolean =>
  header.split(',', 50).some((one) => one.trim() === '*' || one.trim().replace(/^W\//, '') === etag)
