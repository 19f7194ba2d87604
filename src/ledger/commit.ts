/**
 * The commit: what one action signs. One algebra: its bytes and the rules for them, its id, what is signed, its leaf.
 *
 * Fixed order, no names, one spelling: `encodeCommit(decodeCommit(b))` equals `b` for every `b` that is accepted, and a commit is always
 * verified as the bytes that were received. The layout is written out for implementers in docs/formats.md.
 */
import { hash } from 'node:crypto'
import { CborError, CborReader, CborWriter } from './cbor.ts'
import { MAX_COUNTER, MAX_TIME } from './hlc.ts'
import { hmacSha256 } from './hmac.ts'
import type { Expected, Hash, Lane, PartCodec } from './types.ts'

/** How a commit is signed. 1 = Ed25519; 2 = Ed25519 and ML-DSA-65, of which both must verify. */
export type Suite = 1 | 2

export type CommitHeader = {
  readonly v: 1
  readonly suite: Suite
  /** SHA-256 of the log's origin: no replay into another log. */
  readonly log: Hash
  /** SHA-256 of the actor's genesis key operation. */
  readonly actor: Hash
  /** 16 bytes, SHA-256(public key)[:16]. */
  readonly key: Uint8Array
  readonly lane: Lane
  /** Place in the chain of this key and lane, from 0. */
  readonly seq: number
  /** Id of the previous commit of this key and lane; null exactly when `seq` is 0. */
  readonly prev: Hash | null
  /** HLC: ms since the epoch in 48 bits, counter in 16. */
  readonly time: number
  readonly counter: number
  /** Ids of commits acted upon. */
  readonly deps: readonly Hash[]
  /** Newest tree head this signer has verified. */
  readonly seen: { readonly size: number; readonly root: Hash } | null
  readonly pre: readonly (readonly [stream: string, expected: Expected])[]
  readonly events: readonly CommitEvent[]
}

export type CommitEvent = { readonly type: string; readonly schema: number; readonly stream: string; readonly parts: readonly CommitPart[] }

export type CommitPart = SealedPartRef | InlinePart

export type SealedPartRef = {
  readonly codec: PartCodec
  /** 32 bytes, see part.ts. */
  readonly commitment: Hash
  readonly sizeClass: number
  /** 16 bytes that name the key the part is sealed under. */
  readonly kref: Uint8Array
}

/** Carried in the signed bytes and never erasable: key operations, erasure warrants. See docs/adr/0002-inline-parts.md. */
export type InlinePart = { readonly codec: PartCodec; readonly inline: Uint8Array }

export type Leaf =
  | { readonly kind: 'public'; readonly commit: Uint8Array; readonly signature: Uint8Array }
  | { readonly kind: 'blinded'; readonly digest: Hash }

/** Bytes that are no commit or leaf, or a header that has no bytes. */
export class CommitError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'CommitError'
  }
}

export const MAX_EVENTS = 1_000
export const MAX_DEPS = 16
export const MAX_CONDITIONS = 2_000
export const MAX_PARTS = 16
/** A public leaf must fit an entry of a tile bundle. */
export const MAX_PUBLIC_LEAF = 65_535
/** A private commit is not in the leaf and may be longer. */
export const MAX_COMMIT = 1_048_576

/** Bytes of a signature: Ed25519 alone, or followed by that of ML-DSA-65. */
export const SIGNATURE_LENGTH: Readonly<Record<Suite, number>> = { 1: 64, 2: 64 + 3_309 }

/** Where the suite stands in a commit's bytes: after the head of the array and the version, each of which is one byte. */
const SUITE_AT = 2
const NAMESPACE = Buffer.from('vivim.commit/v1\0')
const PUBLIC_LEAF = 0x00
const BLINDED_LEAF = 0x01
const CODECS: readonly string[] = ['json', 'raw', 'cbor'] satisfies readonly PartCodec[]
const writer = new CborWriter()

/** Canonical bytes of a commit. @throws {CommitError} when the header breaks a rule: a bug in the caller */
export function encodeCommit(header: CommitHeader): Uint8Array {
  assertCommit(header)
  const bytes = orCommitError(() => {
    writeCommit(writer.reset(), header)
    return writer.take()
  })
  assertLength(bytes, header)
  return bytes
}

/**
 * The commit these bytes are. Its byte strings are views into them.
 *
 * @param bytes  attacker-controlled
 * @throws {CommitError} for bytes that {@link encodeCommit} would not have given
 */
export function decodeCommit(bytes: Uint8Array): CommitHeader {
  if (bytes.length > MAX_COMMIT) throw new CommitError(`a commit of ${bytes.length} bytes`)
  const header = orCommitError(() => {
    const reader = new CborReader(bytes)
    const header = readCommit(reader)
    reader.end()
    return header
  })
  assertCommit(header)
  assertLength(bytes, header)
  return header
}

/** SHA-256(commit): without the signature, so that nobody can make a second id for the same commit. */
export function commitId(bytes: Uint8Array): Hash {
  return Buffer.from(hash('sha256', bytes, 'binary'), 'binary') // asked for a buffer, node:crypto takes twice as long
}

/** What is signed, in both halves of a hybrid signature: "vivim.commit/v1" 0x00 ‖ suite ‖ SHA-256(commit). */
export function signingInput(bytes: Uint8Array, suite: Suite = suiteOf(bytes)): Uint8Array {
  return Buffer.concat([NAMESPACE, Uint8Array.of(suite), commitId(bytes)])
}

/** The suite that a commit's own bytes name, without decoding them; bytes that are no commit have the first. */
export function suiteOf(bytes: Uint8Array): Suite {
  return bytes[SUITE_AT] === 2 ? 2 : 1
}

/** 0x00 ‖ commit ‖ signature: anyone can read it. @param signature as long as the commit's suite makes it */
export function publicLeaf(bytes: Uint8Array, signature: Uint8Array): Uint8Array {
  return Buffer.concat([Uint8Array.of(PUBLIC_LEAF), bytes, signature])
}

/** 0x01 ‖ HMAC-SHA256(r, commit ‖ signature): 33 bytes that say nothing to whoever lacks `r`. @param r 32 random bytes */
export function blindedLeaf(bytes: Uint8Array, signature: Uint8Array, r: Uint8Array): Uint8Array {
  return Buffer.concat([Uint8Array.of(BLINDED_LEAF), hmacSha256(r, bytes, signature)])
}

/**
 * A leaf taken apart into views, the commit in it not yet decoded; the suite in its bytes says where the signature begins.
 *
 * @param leaf  attacker-controlled
 * @throws {CommitError}
 */
export function parseLeaf(leaf: Uint8Array): Leaf {
  if (leaf[0] === BLINDED_LEAF && leaf.length === 33) return { kind: 'blinded', digest: leaf.subarray(1) }
  const signed = leaf.subarray(1)
  const length = signed.length - SIGNATURE_LENGTH[suiteOf(signed)]
  if (leaf[0] !== PUBLIC_LEAF || length <= 0 || leaf.length > MAX_PUBLIC_LEAF) throw new CommitError('neither a public nor a blinded leaf')
  return { kind: 'public', commit: signed.subarray(0, length), signature: signed.subarray(length) }
}

function writeCommit(to: CborWriter, header: CommitHeader): void {
  to.array(11)
  to.uint(header.v)
  to.uint(header.suite)
  to.bytes(header.log)
  to.bytes(header.actor)
  to.bytes(header.key)
  to.array(3)
  to.uint(header.lane === 'public' ? 0 : 1)
  to.uint(header.seq)
  writeOptional(to, header.prev)
  to.array(2)
  to.uint(header.time)
  to.uint(header.counter)
  to.array(header.deps.length)
  for (const dep of header.deps) to.bytes(dep)
  writeSeen(to, header.seen)
  to.array(header.pre.length)
  for (const [stream, expected] of header.pre) {
    to.array(2)
    to.text(stream)
    if (typeof expected === 'number') to.uint(expected)
    else to.text(expected)
  }
  to.array(header.events.length)
  for (const event of header.events) writeEvent(to, event)
}

function writeOptional(to: CborWriter, bytes: Uint8Array | null): void {
  if (bytes === null) to.null()
  else to.bytes(bytes)
}

function writeSeen(to: CborWriter, seen: CommitHeader['seen']): void {
  if (seen === null) return to.null()
  to.array(2)
  to.uint(seen.size)
  to.bytes(seen.root)
}

function writeEvent(to: CborWriter, { type, schema, stream, parts }: CommitEvent): void {
  to.array(4)
  to.text(type)
  to.uint(schema)
  to.text(stream)
  to.array(parts.length)
  for (const part of parts) writePart(to, part)
}

function writePart(to: CborWriter, part: CommitPart): void {
  to.array('inline' in part ? 2 : 4)
  to.text(part.codec)
  if ('inline' in part) return to.bytes(part.inline)
  to.bytes(part.commitment)
  to.uint(part.sizeClass)
  to.bytes(part.kref)
}

function readCommit(from: CborReader): CommitHeader {
  tuple(from, 11)
  const v = from.uint() as 1
  const suite = from.uint() as Suite
  const log = from.bytes()
  const actor = from.bytes()
  const key = from.bytes()
  tuple(from, 3)
  const lane = readLane(from)
  const seq = from.uint()
  const prev = from.null() ? null : from.bytes()
  tuple(from, 2)
  const time = from.uint()
  const counter = from.uint()
  const deps = list(from, MAX_DEPS, () => from.bytes())
  const seen = from.null() ? null : readSeen(from)
  const pre = list(from, MAX_CONDITIONS, () => readCondition(from))
  const events = list(from, MAX_EVENTS, () => readEvent(from))
  return { v, suite, log, actor, key, lane, seq, prev, time, counter, deps, seen, pre, events }
}

function readLane(from: CborReader): Lane {
  const lane = from.uint()
  if (lane > 1) throw new CommitError(`no lane ${lane}`)
  return lane === 0 ? 'public' : 'private'
}

function readSeen(from: CborReader): CommitHeader['seen'] {
  tuple(from, 2)
  return { size: from.uint(), root: from.bytes() }
}

function readCondition(from: CborReader): readonly [string, Expected] {
  tuple(from, 2)
  const stream = from.text()
  return [stream, from.major() === 0 ? from.uint() : (from.text() as Expected)]
}

function readEvent(from: CborReader): CommitEvent {
  tuple(from, 4)
  const type = from.text()
  const schema = from.uint()
  const stream = from.text()
  return { type, schema, stream, parts: list(from, MAX_PARTS, () => readPart(from)) }
}

function readPart(from: CborReader): CommitPart {
  const length = from.array()
  const codec = from.text() as PartCodec
  if (length === 2) return { codec, inline: from.bytes() }
  if (length !== 4) throw new CommitError(`a part of ${length} fields`)
  return { codec, commitment: from.bytes(), sizeClass: from.uint(), kref: from.bytes() }
}

function tuple(from: CborReader, length: number): void {
  const found = from.array()
  if (found !== length) throw new CommitError(`an array of ${found} where ${length} fields belong`)
}

function list<T>(from: CborReader, max: number, item: () => T): T[] {
  const length = from.array()
  if (length > max) throw new CommitError(`a list of ${length}, over the limit of ${max}`)
  const items: T[] = []
  for (let i = 0; i < length; i++) items.push(item())
  return items
}

/** The rules that bytes and headers share, beyond their shape. */
function assertCommit(header: CommitHeader): void {
  const { v, suite, log, actor, key, seq, prev, time, counter, deps, seen, pre, events } = header
  if (v !== 1 || (suite !== 1 && suite !== 2)) throw new CommitError(`unknown version ${v} or suite ${suite}`)
  const hashes = [log, actor, ...deps, ...(prev === null ? [] : [prev]), ...(seen === null ? [] : [seen.root])]
  if (key.length !== 16 || !hashes.every((hash) => hash.length === 32)) throw new CommitError('a hash or key id of the wrong length')
  if ((seq === 0) !== (prev === null)) throw new CommitError('a chain starts at 0 and names the previous commit from 1 on')
  if (time > MAX_TIME || counter > MAX_COUNTER) throw new CommitError('time beyond 48 bits or counter beyond 16')
  if (deps.length > MAX_DEPS) throw new CommitError(`${deps.length} deps, over the limit of ${MAX_DEPS}`)
  if (pre.length > MAX_CONDITIONS) throw new CommitError(`${pre.length} conditions, over the limit of ${MAX_CONDITIONS}`)
  if (events.length === 0 || events.length > MAX_EVENTS) throw new CommitError(`a commit of ${events.length} events`)
  for (const [stream, expected] of pre) if (!isStream(stream) || !isExpected(expected)) throw new CommitError(`not a condition on ${stream}`)
  for (const event of events) assertEvent(event)
}

function assertEvent({ type, schema, stream, parts }: CommitEvent): void {
  if (!EVENT_TYPE.test(type)) throw new CommitError('not an event type')
  if (schema === 0) throw new CommitError('schema versions start at 1')
  if (!isStream(stream)) throw new CommitError('a stream name is 1 to 200 printable ASCII characters')
  if (parts.length > MAX_PARTS) throw new CommitError(`${parts.length} parts, over the limit of ${MAX_PARTS}`)
  for (const part of parts) if (!isPart(part)) throw new CommitError('not a part')
}

function isPart(part: CommitPart): boolean {
  if (!CODECS.includes(part.codec)) return false
  return 'inline' in part || (part.commitment.length === 32 && part.sizeClass <= 63 && part.kref.length === 16)
}

function assertLength(bytes: Uint8Array, { lane, suite }: CommitHeader): void {
  const limit = lane === 'public' ? MAX_PUBLIC_LEAF - 1 - SIGNATURE_LENGTH[suite] : MAX_COMMIT
  if (bytes.length > limit) throw new CommitError(`a ${lane} commit of ${bytes.length} bytes, over the limit of ${limit}`)
}

function orCommitError<T>(run: () => T): T {
  try {
    return run()
  } catch (cause) {
    throw cause instanceof CborError ? new CommitError(cause.message, cause) : cause
  }
}

const EVENT_TYPE = /^[a-z][a-z0-9_]*:[a-z][a-z0-9_]*$/
const STREAM = /^[ -~]{1,200}$/
const isStream = (name: string): boolean => STREAM.test(name)
const isExpected = (expected: Expected): boolean => typeof expected === 'number' || ['any', 'none', 'exists'].includes(expected)

/** Type of the event that an identity begins with, see key-operation.ts. */
export const GENESIS_EVENT = 'key:genesis'

/** 32 bytes that name the actor for ever: SHA-256(genesis operation). */
export function actorId(genesis: Uint8Array): Hash {
  return hash('sha256', genesis, 'buffer')
}

/** The stream of an actor's key operations. */
export function keyStream(actor: Hash): string {
  return `key/${Buffer.from(actor).toString('hex')}`
}
