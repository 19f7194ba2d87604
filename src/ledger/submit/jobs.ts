/**
 * What is expensive about a signed commit, as bytes that go to another thread and come back: is it signed, are its payloads what was signed,
 * and if so its hashes and its payloads sealed. Pure but for the random numbers of sealing.
 *
 *   job    = lane (1) ‖ parts (uint16) ‖ key ‖ commit ‖ signature ‖ parts × ( codec (1) ‖ commitment (32) ‖ r (32) ‖ payload )
 *   result = verdict (1) ‖ part (uint16) and, when right, id (32) ‖ blinding (32) ‖ leaf hash (32) ‖ parts × ( salt (32) ‖ ciphertext )
 *
 * Key, commit, signature, payload and ciphertext are each preceded by their length (uint32). Numbers are big-endian.
 */
import { blindedLeaf, commitId, publicLeaf } from '../commit.ts'
import { encrypt, matches, newPartKey } from '../part.ts'
import { randomBytes } from '../random.ts'
import { verifyCommit } from '../signature.ts'
import { leafHash } from '../tlog/merkle.ts'
import type { Lane, PartCodec } from '../types.ts'

export type Job = {
  readonly lane: Lane
  /** See signature.ts. */
  readonly publicKey: Uint8Array
  readonly commit: Uint8Array
  readonly signature: Uint8Array
  readonly parts: readonly { readonly codec: PartCodec; readonly commitment: Uint8Array; readonly r: Uint8Array; readonly bytes: Uint8Array }[]
}

/** `part`: index in the job's parts of the first payload that is not what was signed. */
export type JobResult =
  | {
      readonly is: 'right'
      readonly id: Uint8Array
      readonly blinding: Uint8Array | null
      readonly leafHash: Uint8Array
      readonly parts: readonly Sealed[]
    }
  | { readonly is: 'signature' }
  | { readonly is: 'commitment'; readonly part: number }

export type Sealed = { readonly wrapped: Uint8Array; readonly ciphertext: Uint8Array }

const CODECS: readonly PartCodec[] = ['json', 'raw', 'cbor']
const RIGHT = 0
const SIGNATURE = 1
const COMMITMENT = 2
const HASH = 32
const SEALING = 48

/** Bytes that a job takes. */
export function jobBytes({ publicKey, commit, signature, parts }: Job): number {
  let bytes = 15 + publicKey.length + commit.length + signature.length
  for (const part of parts) bytes += 5 + 2 * HASH + part.bytes.length
  return bytes
}

/** All jobs in one buffer of its own, which may be transferred. */
export function packJobs(jobs: readonly Job[]): Uint8Array<ArrayBuffer> {
  const out = new Writer(jobs.reduce((sum, job) => sum + jobBytes(job), 0))
  for (const { lane, publicKey, commit, signature, parts } of jobs) {
    out.byte(lane === 'public' ? 0 : 1)
    out.uint16(parts.length)
    out.long(publicKey)
    out.long(commit)
    out.long(signature)
    for (const part of parts) {
      out.byte(CODECS.indexOf(part.codec))
      out.fixed(part.commitment)
      out.fixed(part.r)
      out.long(part.bytes)
    }
  }
  return out.bytes
}

/** Does packed jobs, in order. @param kek  the instance's key encryption key, 32 bytes */
export function doJobs(packed: Uint8Array, kek: Uint8Array): Uint8Array<ArrayBuffer> {
  const from = new Scanner(packed)
  const out = new Writer(packed.length + 4 * 1024)
  while (!from.atEnd) doJob(from, out, kek)
  return out.taken()
}

function doJob(from: Scanner, out: Writer, kek: Uint8Array): void {
  const lane = from.byte()
  const count = from.uint16()
  const [publicKey, commit, signature] = [from.long(), from.long(), from.long()]
  const parts = Array.from({ length: count }, () => ({
    codec: CODECS[from.byte()] ?? 'raw',
    commitment: from.fixed(HASH),
    r: from.fixed(HASH),
    bytes: from.long(),
  }))
  if (!verifyCommit(commit, signature, publicKey)) return out.verdict(SIGNATURE, 0)
  const wrong = parts.findIndex(({ codec, commitment, r, bytes }) => !matches(commitment, codec, { r, plaintext: bytes }))
  if (wrong >= 0) return out.verdict(COMMITMENT, wrong)
  const blinding = randomBytes(HASH)
  out.verdict(RIGHT, 0)
  out.fixed(commitId(commit))
  out.fixed(blinding)
  out.fixed(leafHash(lane === 0 ? publicLeaf(commit, signature) : blindedLeaf(commit, signature, blinding)))
  for (const { r, bytes } of parts) {
    const { stored, key } = newPartKey(kek)
    out.fixed(stored)
    out.long(encrypt(r, bytes, key))
  }
}

/** The results of these jobs; byte strings are views into `bytes`. */
export function unpackResults(bytes: Uint8Array, jobs: readonly Job[]): JobResult[] {
  const from = new Scanner(bytes)
  return jobs.map((job): JobResult => {
    const verdict = from.byte()
    const part = from.uint16()
    if (verdict === SIGNATURE) return { is: 'signature' }
    if (verdict === COMMITMENT) return { is: 'commitment', part }
    const [id, blinding, leafHash] = [from.fixed(HASH), from.fixed(HASH), from.fixed(HASH)]
    const parts = job.parts.map(() => ({ wrapped: from.fixed(HASH), ciphertext: from.long() }))
    return { is: 'right', id, blinding: job.lane === 'public' ? null : blinding, leafHash, parts }
  })
}

class Writer {
  #buffer: Buffer<ArrayBuffer>
  #at = 0

  constructor(size: number) {
    this.#buffer = Buffer.from(new ArrayBuffer(size))
  }

  /** All of it, as it was sized. */
  get bytes(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#buffer.buffer, 0, this.#at)
  }

  /** A copy of what was written, with nothing behind it. */
  taken(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#buffer.buffer.slice(0, this.#at))
  }

  byte(value: number): void {
    this.#reserve(1)
    this.#buffer[this.#at++] = value
  }

  uint16(value: number): void {
    this.#reserve(2)
    this.#at = this.#buffer.writeUInt16BE(value, this.#at)
  }

  verdict(value: number, part: number): void {
    this.byte(value)
    this.uint16(part)
  }

  fixed(value: Uint8Array): void {
    this.#reserve(value.length)
    this.#buffer.set(value, this.#at)
    this.#at += value.length
  }

  long(value: Uint8Array): void {
    this.#reserve(4)
    this.#at = this.#buffer.writeUInt32BE(value.length, this.#at)
    this.fixed(value)
  }

  #reserve(more: number): void {
    if (this.#at + more <= this.#buffer.length) return
    const grown = Buffer.from(new ArrayBuffer(Math.max(this.#buffer.length * 2, this.#at + more + SEALING)))
    grown.set(this.#buffer.subarray(0, this.#at))
    this.#buffer = grown
  }
}

class Scanner {
  readonly #source: Buffer
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#source = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  get atEnd(): boolean {
    return this.#at >= this.#source.length
  }

  byte(): number {
    return this.#source.readUInt8(this.#at++)
  }

  uint16(): number {
    this.#at += 2
    return this.#source.readUInt16BE(this.#at - 2)
  }

  fixed(length: number): Uint8Array {
    this.#at += length
    return this.#source.subarray(this.#at - length, this.#at)
  }

  long(): Uint8Array {
    const length = this.#source.readUInt32BE(this.#at)
    this.#at += 4
    return this.fixed(length)
  }
}
