/**
 * A break of the log: the signed record with which an instance says that entries were lost for good, and goes on under a new origin.
 *
 *   social.example/log/1   [0, size), of which only `size` entries are left; it is never signed again
 *   social.example/log/2   the same entries [0, size), then the record as entry `size`, then everything new
 *
 * The two logs have two keys, so that no key ever signs two histories. The rules are pure and the same for ledger and auditor.
 */
import { decode, encode } from './cbor.ts'
import type { Hash } from './types.ts'

export const BREAK_EVENT = 'log:break'
/** Revision n is the break that began the log n + 2. */
export const BREAK_STREAM = 'log/break'

export type LogBreak = {
  /** Origin of the log that ends. */
  readonly origin: string
  /** How many of its entries are left: the position of the record. */
  readonly size: number
  /** Root of the tree over these entries. */
  readonly root: Hash
  /** A checkpoint of the ending log that is larger than `size`, as a signed note: proof of what was lost. Null when none is known. */
  readonly note: Uint8Array | null
  /** What the operator has to say about it. */
  readonly reason: string
}

/** Whether an event speaks of the log itself (a break, evidence): only the instance does, and only by the ways made for it. */
export const isLogEvent = ({ type, stream }: { readonly type: string; readonly stream: string }): boolean =>
  type.startsWith('log:') || stream.startsWith('log/')

/** Bytes that are no break record, an origin that is none, or a record that cannot be written. */
export class LogBreakError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'LogBreakError'
  }
}

export const MAX_REASON = 2_000
/** A public commit must hold it. */
export const MAX_BREAK_NOTE = 48 * 1024
const ORIGIN = /^([^\s+/]{1,200})\/log\/([1-9]\d{0,8})$/u

/** The origin of a host's first log. @param host `host[:port]` */
export const firstOrigin = (host: string): string => `${host}/log/1`

/** Host and number of an origin. @throws {LogBreakError} */
export function parseOrigin(origin: string): { readonly host: string; readonly number: number } {
  const [, host, number] = ORIGIN.exec(origin) ?? []
  if (host === undefined) throw new LogBreakError(`not the origin of a log: ${JSON.stringify(origin)}`)
  return { host, number: Number(number) }
}

/** The origin after a break of `origin`. @throws {LogBreakError} */
export function nextOrigin(origin: string): string {
  const { host, number } = parseOrigin(origin)
  return `${host}/log/${number + 1}`
}

/** Bytes of the record's one inline part, codec `cbor`. @throws {LogBreakError} for what has no such form: a bug in the caller */
export function encodeLogBreak(record: LogBreak): Uint8Array {
  assertLogBreak(record)
  const { origin, size, root, note, reason } = record
  return encode([1, origin, size, root, note, reason.normalize('NFC')])
}

/** @param bytes  attacker-controlled. @throws {LogBreakError} for bytes that {@link encodeLogBreak} would not have given */
export function parseLogBreak(bytes: Uint8Array): LogBreak {
  const [v, origin, size, root, note, reason, ...rest] = items(bytes)
  const complete = v === 1 && rest.length === 0 && typeof origin === 'string' && typeof size === 'number' && typeof reason === 'string'
  if (!complete || !(root instanceof Uint8Array) || !(note === null || note instanceof Uint8Array))
    throw new LogBreakError('not the record of a break')
  const record = { origin, size, root, note, reason }
  assertLogBreak(record)
  return record
}

/** A commit as far as a break concerns it; `CommitHeader` satisfies it. */
export type BreakingCommit = {
  readonly lane: 'public' | 'private'
  readonly actor: Hash
  readonly events: readonly {
    readonly type: string
    readonly schema: number
    readonly stream: string
    readonly parts: readonly ({ readonly codec: string; readonly inline: Uint8Array } | { readonly codec: string; readonly commitment: Hash })[]
  }[]
}

/**
 * The record this commit carries; null when it is no break. A commit that carries one carries nothing else.
 *
 * @throws {LogBreakError} for a commit that means to break the log and does so against the rules
 */
export function breakIn({ lane, events }: BreakingCommit): LogBreak | null {
  if (!events.some(({ type, stream }) => type === BREAK_EVENT || stream === BREAK_STREAM)) return null
  const [event, ...others] = events
  const [part, ...more] = event?.parts ?? []
  const alone = others.length === 0 && more.length === 0 && lane === 'public'
  if (!alone || event?.type !== BREAK_EVENT || event.schema !== 1 || event.stream !== BREAK_STREAM || part?.codec !== 'cbor' || !('inline' in part))
    throw new LogBreakError('a break stands alone in a public commit, with its record inline')
  return parseLogBreak(part.inline)
}

/** What is known at the position of a break, before its commit. */
export type BeforeBreak = {
  /** Origin in force so far. */
  readonly origin: string
  readonly size: number
  readonly root: Hash
  /** Actor of the first entry of the log: the instance. */
  readonly instance: Hash
}

/**
 * Why this break does not hold; null when it does. Then {@link nextOrigin} is in force, from the commit of the break on: its own `log` field
 * names the new origin already.
 */
export function problemWithBreak({ origin, size, root }: LogBreak, actor: Hash, before: BeforeBreak): string | null {
  if (origin !== before.origin) return `it ends ${origin}, but the log is ${before.origin}`
  if (size !== before.size) return `it leaves ${size} entries, but stands at position ${before.size}`
  if (!same(root, before.root)) return `its root is not that of the ${size} entries before it`
  return same(actor, before.instance) ? null : 'it is not signed by the instance'
}

function assertLogBreak({ origin, size, root, note, reason }: LogBreak): void {
  parseOrigin(origin)
  if (!Number.isSafeInteger(size) || size < 1 || root.length !== 32) throw new LogBreakError('a break is at a position after the first, with a root')
  if (note !== null && (note.length === 0 || note.length > MAX_BREAK_NOTE)) throw new LogBreakError(`a checkpoint of ${note.length} bytes`)
  if (reason.trim() === '' || reason.length > MAX_REASON) throw new LogBreakError(`a reason has 1 to ${MAX_REASON} characters`)
}

function items(bytes: Uint8Array): readonly unknown[] {
  try {
    const value = decode(bytes)
    return Array.isArray(value) ? value : []
  } catch (cause) {
    throw new LogBreakError('not the record of a break', cause)
  }
}

const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0
