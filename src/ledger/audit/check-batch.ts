/**
 * The expensive checks of an audit as bytes: packed into a slab on one thread, decided on another. Pure.
 *
 *   check = kind (1) ‖ detail (1) ‖ 3 × ( length (uint32, big-endian) ‖ bytes )
 *
 * A signature is public key, signature, message; a part is commitment, key, ciphertext, with codec in the kind and size class in the detail.
 */
import { verify } from '../ed25519.ts'
import { matches, open, PartError, sizeClass } from '../part.ts'
import type { PartCodec } from '../types.ts'

export type SignatureCheck = {
  readonly publicKey: Uint8Array
  readonly signature: Uint8Array
  readonly message: Uint8Array
}

export type PartCheck = {
  readonly codec: PartCodec
  readonly sizeClass: number
  readonly commitment: Uint8Array
  readonly key: Uint8Array
  readonly ciphertext: Uint8Array
}

/** One byte for each check. `false`: a signature; the others: a part. */
export const VERDICT = { right: 0, false: 1, sealed: 2, other: 3, size: 4 } as const

const CODECS: readonly PartCodec[] = ['json', 'raw', 'cbor']
const SIGNATURE = 0
const PART = 1
const HEAD = 2
const LENGTH = 4
const FIELDS = 3

/** Bytes that a check takes in a slab. */
export const checkBytes = (a: Uint8Array, b: Uint8Array, c: Uint8Array): number => HEAD + FIELDS * LENGTH + a.length + b.length + c.length

/** Writes one check at `at`, where it must fit. @returns where the next one goes */
export function putSignature(slab: Buffer, at: number, { publicKey, signature, message }: SignatureCheck): number {
  return put(slab, at, [SIGNATURE, 0], [publicKey, signature, message])
}

/** Writes one check at `at`, where it must fit. @returns where the next one goes */
export function putPart(slab: Buffer, at: number, { codec, sizeClass, commitment, key, ciphertext }: PartCheck): number {
  return put(slab, at, [PART + CODECS.indexOf(codec), sizeClass], [commitment, key, ciphertext])
}

function put(slab: Buffer, at: number, [kind, detail]: readonly [number, number], fields: readonly Uint8Array[]): number {
  slab[at] = kind
  slab[at + 1] = detail
  let next = at + HEAD
  for (const field of fields) {
    slab.writeUInt32BE(field.length, next)
    slab.set(field, next + LENGTH)
    next += LENGTH + field.length
  }
  return next
}

/** The verdicts on the first `count` checks of a slab. */
export function decideAll(slab: Buffer, count: number): Uint8Array<ArrayBuffer> {
  const verdicts = new Uint8Array(count)
  let at = 0
  const field = (): Uint8Array => {
    const start = at + LENGTH
    at = start + slab.readUInt32BE(at)
    return slab.subarray(start, at)
  }
  for (let i = 0; i < count; i++) {
    const kind = slab[at] ?? 0
    const detail = slab[at + 1] ?? 0
    at += HEAD
    verdicts[i] = kind === SIGNATURE ? decideSignature(field(), field(), field()) : decidePart(kind - PART, detail, field(), field(), field())
  }
  return verdicts
}

function decideSignature(publicKey: Uint8Array, signature: Uint8Array, message: Uint8Array): number {
  return verify(signature, message, publicKey) ? VERDICT.right : VERDICT.false
}

function decidePart(codec: number, signedClass: number, commitment: Uint8Array, key: Uint8Array, ciphertext: Uint8Array): number {
  try {
    const opened = open(ciphertext, key)
    if (!matches(commitment, CODECS[codec] ?? 'json', opened)) return VERDICT.other
    return sizeClass(opened.plaintext.length) === signedClass ? VERDICT.right : VERDICT.size
  } catch (error) {
    if (error instanceof PartError || error instanceof RangeError) return VERDICT.sealed
    throw error
  }
}
