/** The one place where refusals, faults and bad requests become an HTTP status and words a stranger may read. */
import type { Refusal } from '../handlers/commands.ts'
import type { SubmitRefusal } from '../ledger/types.ts'

/** Extra members of an error answer, beside `error`: `error_description` (OAuth) or `details` (validation, per attribute). */
export type ErrorDetails = Readonly<Record<string, unknown>>

/** An answer other than success. `message` is shown to the client as `{"error": message}`. */
export class ApiError extends Error {
  readonly status: number
  readonly details: ErrorDetails
  /** Response headers that belong to this answer, e.g. `Retry-After`. */
  readonly headers: Readonly<Record<string, string>>
  constructor(status: number, message: string, details: ErrorDetails = {}, headers: Readonly<Record<string, string>> = {}) {
    super(message)
    this.name = 'ApiError'
    this.status = status
    this.details = details
    this.headers = headers
  }
}

export const unauthorized = (message = 'The access token is invalid'): ApiError =>
  new ApiError(401, message, {}, { 'www-authenticate': 'Bearer realm="vivim", error="invalid_token"' })
export const forbidden = (message = 'This action is not allowed'): ApiError => new ApiError(403, message)
export const notFound = (message = 'Record not found'): ApiError => new ApiError(404, message)
export const unprocessable = (message: string, details: ErrorDetails = {}): ApiError => new ApiError(422, message, details)
export const unavailable = (message: string): ApiError => new ApiError(503, message, {}, { 'retry-after': '5' })
export const notSetUp = (): ApiError => unavailable('This instance is not set up yet')

const STATUS_OF: Readonly<Record<Refusal['code'], number>> = {
  NOT_FOUND: 404,
  ALREADY_EXISTS: 422,
  NOT_ALLOWED: 403,
  GONE: 404,
  INVALID: 422,
  NOT_SET_UP: 503,
}

/** The answer for a domain "no". */
export const refused = (refusal: Refusal): ApiError => new ApiError(STATUS_OF[refusal.code], refusal.message)

/** Status of each reason for which a commit signed elsewhere is not in the log. */
const STATUS_OF_SUBMIT: Readonly<Record<SubmitRefusal, number>> = {
  MALFORMED: 422,
  LOG: 422,
  SIGNATURE: 422,
  KEY: 403,
  CHAIN: 409,
  EQUIVOCATION: 409,
  CONDITION: 409,
  CLOCK: 422,
  SEEN: 422,
  COMMITMENT: 422,
  READ_ONLY: 503,
  BUSY: 503,
}

/** The answer for a signed commit that was not admitted; `code` tells programs why. */
export const notAdmitted = (code: SubmitRefusal | Refusal['code'], reason: string): ApiError =>
  new ApiError(code in STATUS_OF_SUBMIT ? STATUS_OF_SUBMIT[code as SubmitRefusal] : STATUS_OF[code as Refusal['code']], reason, { code })

/** What any thrown value becomes. Anything not meant for clients is a plain 500: its words stay in our log. */
export function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error
  if (codeOf(error) === 'READ_ONLY')
    return unavailable('This instance takes nothing new at the moment: its log is read-only until its operator has looked after it')
  if (codeOf(error) === 'RETRY_LATER' || isOutage(error)) return unavailable('This instance is busy, try again in a moment')
  const status = statusOf(error)
  if (status === 413) return new ApiError(413, 'The request is too large')
  if (status === 415) return new ApiError(415, 'This content type is not supported')
  if (status !== null && status >= 400 && status < 500) return new ApiError(status, (error as Error).message)
  return new ApiError(500, 'An unexpected error occurred')
}

/** What says only that the database is starting, stopping, full of clients or out of reach: it passes. @see PostgreSQL documentation, appendix A */
const OUTAGE = /^(?:ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|57P0[1-3]|53300|08\w{3})$/
/** pg has no code for a connection that is lost. */
const LOST = /^(?:Connection terminated|Client has encountered a connection error|timeout exceeded when trying to connect)/

const isOutage = (error: unknown): boolean => OUTAGE.test(String(codeOf(error))) || (error instanceof Error && LOST.test(error.message))

const property = (error: unknown, name: string): unknown =>
  typeof error === 'object' && error !== null && name in error ? (error as Record<string, unknown>)[name] : undefined

const codeOf = (error: unknown): unknown => property(error, 'code')

/** Fastify and its plugins mark the fault of a request with `statusCode`. */
function statusOf(error: unknown): number | null {
  const status = property(error, 'statusCode')
  return typeof status === 'number' ? status : null
}
