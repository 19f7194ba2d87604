/**
 * Key operations: what an actor says about its keys, as bytes. Who may say it, and what follows, is key-state.ts.
 *
 * Each is the one inline `cbor` part of an event `key:<kind>`, schema 1, in the stream `key/<actor in hex>`. The layouts are written out in
 * docs/formats.md section 1.6.
 */
import { type Cbor, CborError, decode, encode } from './cbor.ts'
import { actorId, CommitError, type CommitEvent, type Suite } from './commit.ts'
import { isRegistrableKey } from './signature.ts'
import type { EventDraft, Hash } from './types.ts'

/** The keys of an identity: public keys as {@link isRegistrableKey} wants them. */
export type KeySet = {
  /** 1 to 5 keys that may change what the others may do, the strongest first. */
  readonly recovery: readonly Uint8Array[]
  /** 1 to 16 keys that may sign everything else. */
  readonly devices: readonly Uint8Array[]
}

/** A commit as its author sent it. */
export type SignedBytes = { readonly commit: Uint8Array; readonly signature: Uint8Array }

export type KeyOperation =
  /** What an identity begins with. The actor is its hash. */
  | ({ readonly kind: 'genesis' } & KeySet)
  /** More devices. */
  | { readonly kind: 'add'; readonly devices: readonly Uint8Array[] }
  /** These keys (ids of 16 bytes) sign nothing more; what they signed after position `after`, when it is given, was not their owner. */
  | { readonly kind: 'revoke'; readonly keys: readonly Uint8Array[]; readonly after: number | null }
  /** From here on exactly these keys. */
  | ({ readonly kind: 'rotate' } & KeySet)
  /** As `rotate`, but what weaker keys did after position `after` is disowned. */
  | ({ readonly kind: 'recover'; readonly after: number } & KeySet)
  /** Every later commit of the actor is of this suite or a stronger one. */
  | { readonly kind: 'require'; readonly suite: Suite }
  /** This key signed two commits for one place of its chain: here they are. */
  | { readonly kind: 'freeze'; readonly key: Uint8Array; readonly evidence: readonly [SignedBytes, SignedBytes] }

export const MAX_RECOVERY_KEYS = 5
export const MAX_DEVICES = 16
const KEY_ID = 16

/** Canonical bytes. */
export function encodeKeyOperation(operation: KeyOperation): Uint8Array {
  return encode([1, operation.kind, ...fields(operation)])
}

function fields(operation: KeyOperation): Cbor[] {
  switch (operation.kind) {
    case 'genesis':
    case 'rotate':
      return [operation.recovery, operation.devices]
    case 'recover':
      return [operation.after, operation.recovery, operation.devices]
    case 'add':
      return [operation.devices]
    case 'revoke':
      return [operation.keys, operation.after]
    case 'require':
      return [operation.suite]
    default:
      return [operation.key, ...operation.evidence.map(({ commit, signature }) => [commit, signature])]
  }
}

/** @param bytes attacker-controlled. @throws {CommitError} for bytes that {@link encodeKeyOperation} would not have given */
export function decodeKeyOperation(bytes: Uint8Array): KeyOperation {
  const operation = readFields(decodeArray(bytes))
  if (operation === null) throw new CommitError('not a key operation')
  return operation
}

function decodeArray(bytes: Uint8Array): readonly Cbor[] {
  try {
    const value = decode(bytes)
    return Array.isArray(value) ? value : []
  } catch (cause) {
    throw cause instanceof CborError ? new CommitError(`not a key operation: ${cause.message}`, cause) : cause
  }
}

function readFields([v, kind, ...fields]: readonly Cbor[]): KeyOperation | null {
  if (v !== 1 || fields.length !== ARITY.get(kind)) return null
  const [a, b, c] = fields
  switch (kind) {
    case 'genesis':
    case 'rotate':
      return isKeys(a, MAX_RECOVERY_KEYS) && isKeys(b, MAX_DEVICES) ? { kind, recovery: a, devices: b } : null
    case 'recover':
      return isUint(a) && isKeys(b, MAX_RECOVERY_KEYS) && isKeys(c, MAX_DEVICES) ? { kind, after: a, recovery: b, devices: c } : null
    case 'add':
      return isKeys(a, MAX_DEVICES) ? { kind, devices: a } : null
    case 'revoke':
      return isDistinct(a, MAX_RECOVERY_KEYS + MAX_DEVICES, isKeyId) && (b === null || isUint(b)) ? { kind, keys: a, after: b } : null
    case 'require':
      return a === 1 || a === 2 ? { kind, suite: a } : null
    case 'freeze': {
      const [first, second] = [signedBytes(b), signedBytes(c)]
      return isKeyId(a) && first !== null && second !== null ? { kind, key: a, evidence: [first, second] } : null
    }
    default:
      return null
  }
}

const ARITY = new Map<Cbor | undefined, number>([
  ['genesis', 2],
  ['add', 1],
  ['revoke', 2],
  ['rotate', 2],
  ['recover', 3],
  ['require', 1],
  ['freeze', 3],
])

const isUint = (value: Cbor | undefined): value is number => typeof value === 'number'
const isKeyId = (value: Cbor | undefined): value is Uint8Array => value instanceof Uint8Array && value.length === KEY_ID
const isKey = (value: Cbor | undefined): value is Uint8Array => value instanceof Uint8Array && isRegistrableKey(value)
const isKeys = (value: Cbor | undefined, max: number): value is readonly Uint8Array[] => isDistinct(value, max, isKey)

function isDistinct(value: Cbor | undefined, max: number, isItem: (item: Cbor | undefined) => item is Uint8Array): value is readonly Uint8Array[] {
  if (!Array.isArray(value) || value.length === 0 || value.length > max || !value.every(isItem)) return false
  return new Set(value.map((item) => Buffer.from(item).toString('latin1'))).size === value.length
}

function signedBytes(value: Cbor | undefined): SignedBytes | null {
  if (!Array.isArray(value) || value.length !== 2) return null
  const [commit, signature] = value as readonly Cbor[]
  return commit instanceof Uint8Array && signature instanceof Uint8Array ? { commit, signature } : null
}

/** Bytes of the genesis of an identity with one key, which both signs and recovers. */
export function genesisOperation(publicKey: Uint8Array): Uint8Array {
  return encodeKeyOperation(soleKey(publicKey))
}

/** The same as an operation. */
export const soleKey = (publicKey: Uint8Array): KeyOperation => ({ kind: 'genesis', recovery: [publicKey], devices: [publicKey] })

/** The event that carries an operation on the keys of `actor`. */
export function keyEvent(actor: Hash, operation: KeyOperation): EventDraft {
  const parts = [{ codec: 'cbor', bytes: encodeKeyOperation(operation), inline: true }] as const
  return { type: `${KEY_TYPE}${operation.kind}`, schema: 1, stream: `${KEY_STREAM}${Buffer.from(actor).toString('hex')}`, parts }
}

/** Whether an event is one of a key stream, or claims to be. Cheap: asked of every event of a log. */
export function isKeyEvent({ type, stream }: Pick<CommitEvent, 'type' | 'stream'>): boolean {
  return type.startsWith(KEY_TYPE) || stream.startsWith(KEY_STREAM)
}

/** A key operation as it stands in a commit. */
export type PlacedOperation = {
  readonly operation: KeyOperation
  /** Whose key stream it stands in: 64 hex digits. */
  readonly actor: string
  /** SHA-256 of the operation's bytes: the actor, when it is a genesis. */
  readonly hash: Hash
}

/** What a key event says. @throws {CommitError} when it is not exactly what {@link keyEvent} would have made of an operation */
export function readKeyEvent({ type, schema, stream, parts }: CommitEvent): PlacedOperation {
  const [part] = parts
  if (part === undefined || parts.length > 1 || !('inline' in part) || part.codec !== 'cbor' || schema !== 1 || !KEY_STREAM_NAME.test(stream))
    throw new CommitError('not a key event: one inline cbor part, schema 1, in the stream of an actor')
  const operation = decodeKeyOperation(part.inline)
  if (type !== `${KEY_TYPE}${operation.kind}`) throw new CommitError(`an operation ${operation.kind} in an event ${type}`)
  return { operation, actor: stream.slice(KEY_STREAM.length), hash: actorId(part.inline) }
}

const KEY_TYPE = 'key:'
const KEY_STREAM = 'key/'
const KEY_STREAM_NAME = /^key\/[0-9a-f]{64}$/
