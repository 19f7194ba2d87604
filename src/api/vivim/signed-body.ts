/**
 * Signed commits as clients send them: JSON with base64, or the compact binary form, CBOR as in docs/formats.md section 1.1:
 *
 *   [ [commit, signature, [ [event, part, r, payload], … ]], … ]
 */
import { type Cbor, CborError, decode } from '../../ledger/cbor.ts'
import type { PartOpening, SignedCommit } from '../../ledger/types.ts'
import { ApiError } from '../errors.ts'

/** Commits of one request. */
export const MOST_COMMITS = 1_000
/** Bytes of one request. */
export const EVENTS_LIMIT = 8 << 20
export const BINARY = 'application/cbor'

/** `single`: JSON of one commit by itself, answered by itself. */
export type SignedBody = { readonly commits: readonly SignedCommit[]; readonly single: boolean }

/** @param body  bytes of CBOR or parsed JSON, attacker-controlled. @throws {ApiError} 400 when it is neither form, 413 when there are too many */
export function signedBody(body: unknown): SignedBody {
  const { values, read, single } = Buffer.isBuffer(body) ? binary(body) : json(body)
  if (values.length > MOST_COMMITS) throw new ApiError(413, `A request takes at most ${MOST_COMMITS} commits`)
  return { commits: values.map((value) => read(value)), single }
}

type Form = { readonly values: readonly unknown[]; readonly read: (value: unknown) => SignedCommit; readonly single: boolean }

function json(body: unknown): Form {
  const { commits } = members(body)
  return commits === undefined ? { values: [body], read: fromJson, single: true } : { values: list(commits), read: fromJson, single: false }
}

function fromJson(value: unknown): SignedCommit {
  const { commit, signature, parts } = members(value)
  return { commit: base64(commit), signature: base64(signature), parts: list(parts ?? []).map(openingFromJson) }
}

function openingFromJson(value: unknown): PartOpening {
  const { event, index, r, bytes } = members(value)
  return { event: uint(event), index: uint(index ?? 0), r: base64(r), bytes: base64(bytes) }
}

function binary(body: Buffer): Form {
  return { values: list(decoded(body)), read: fromBinary, single: false }
}

function decoded(body: Buffer): Cbor {
  try {
    return decode(body)
  } catch (error) {
    throw error instanceof CborError ? malformed() : error
  }
}

function fromBinary(value: unknown): SignedCommit {
  const [commit, signature, parts, ...more] = list(value)
  if (more.length > 0) throw malformed()
  return { commit: raw(commit), signature: raw(signature), parts: list(parts).map(openingFromBinary) }
}

function openingFromBinary(value: unknown): PartOpening {
  const [event, index, r, bytes, ...more] = list(value)
  if (more.length > 0) throw malformed()
  return { event: uint(event), index: uint(index), r: raw(r), bytes: raw(bytes) }
}

const malformed = (): ApiError => new ApiError(400, 'This is neither a signed commit nor a list of them: see the description of this call')

function members(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformed()
  return value as Readonly<Record<string, unknown>>
}

function list(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw malformed()
  return value
}

function uint(value: unknown): number {
  if (!Number.isSafeInteger(value) || (value as number) < 0) throw malformed()
  return value as number
}

function raw(value: unknown): Uint8Array {
  if (!(value instanceof Uint8Array)) throw malformed()
  return value
}

/** Standard base64 with padding, in its one spelling. */
function base64(value: unknown): Uint8Array {
  const bytes = typeof value === 'string' ? Buffer.from(value, 'base64') : null
  if (bytes === null || bytes.toString('base64') !== value) throw malformed()
  return bytes
}
