/**
 * The expensive checks of an audit as bytes: packed into a slab on one thread, decided on another. Pure.
 *
 *   check = kind (1) ‖ detail (1) ‖ 3 × ( length (uint32, big-endian) ‖ bytes )
 *
 *   kind                fields                               detail
 *   0   commit          public key, signature, commit        -
 *   1   note            verifier key, signature, text        -
 *   2…  part            commitment, key, ciphertext          size class; the codec is in the kind
 */
import { verify } from '../ed25519.ts'
import { matches, open, PartError, sizeClass } from '../part.ts'
import { verifyCommit } from '../signature.ts'
import { parseCosignerKey, parseLogVerifierKey } from '../tlog/cosignature.ts'
import { SIGNATURE_TYPE, splitVerifierKey } from '../tlog/note.ts'
import type { PartCodec } from '../types.ts'

/** That the holder of a key signed a commit. `publicKey`: Ed25519 or hybrid. */
export type CommitCheck = { readonly publicKey: Uint8Array; readonly signature: Uint8Array; readonly commit: Uint8Array }

/** That a log or a witness signed a note. `verifierKey`: well-formed; `text`: without signatures. */
export type NoteCheck = { readonly verifierKey: string; readonly signature: Uint8Array; readonly text: Uint8Array }

/** That a sealed part opens, and is what was signed. */
export type PartCheck = {
  readonly codec: PartCodec
  readonly sizeClass: number
  readonly commitment: Uint8Array
  readonly key: Uint8Array
  readonly ciphertext: Uint8Array
}

/** A check as it goes into a slab. */
export type PackedCheck = { readonly kind: number; readonly detail: number; readonly fields: readonly [Uint8Array, Uint8Array, Uint8Array] }

/** One byte for each check. `sealed`, `other` and `size` are said of parts: it does not open, is another, has another size class. */
export const VERDICT = { right: 0, wrong: 1, sealed: 2, other: 3, size: 4 } as const

const CODECS: readonly PartCodec[] = ['json', 'raw', 'cbor']
const COMMIT = 0
const NOTE = 1
const PART = 2
const HEAD = 2
const LENGTH = 4

export const packCommit = ({ publicKey, signature, commit }: CommitCheck): PackedCheck => ({
  kind: COMMIT,
  detail: 0,
  fields: [publicKey, signature, commit],
})

export const packNote = ({ verifierKey, signature, text }: NoteCheck): PackedCheck => ({
  kind: NOTE,
  detail: 0,
  fields: [Buffer.from(verifierKey), signature, text],
})

export const packPart = ({ codec, sizeClass, commitment, key, ciphertext }: PartCheck): PackedCheck => ({
  kind: PART + CODECS.indexOf(codec),
  detail: sizeClass,
  fields: [commitment, key, ciphertext],
})

/** Bytes that a check takes in a slab. */
export const packedBytes = ({ fields: [a, b, c] }: PackedCheck): number => HEAD + 3 * LENGTH + a.length + b.length + c.length

/** Writes a check at `at`, where it must fit. @returns where the next one goes */
export function putCheck(slab: Buffer, at: number, { kind, detail, fields }: PackedCheck): number {
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
    verdicts[i] = decide(kind, detail, [field(), field(), field()])
  }
  return verdicts
}

function decide(kind: number, detail: number, [a, b, c]: PackedCheck['fields']): number {
  if (kind === COMMIT) return verifyCommit(c, b, a) ? VERDICT.right : VERDICT.wrong
  if (kind === NOTE) return verifierOf(a)(c, b) ? VERDICT.right : VERDICT.wrong
  return decidePart(CODECS[kind - PART] ?? 'json', detail, [a, b, c])
}

function decidePart(codec: PartCodec, signedClass: number, [commitment, key, ciphertext]: PackedCheck['fields']): number {
  try {
    const opened = open(ciphertext, key)
    if (!matches(commitment, codec, opened)) return VERDICT.other
    return sizeClass(opened.plaintext.length) === signedClass ? VERDICT.right : VERDICT.size
  } catch (error) {
    if (error instanceof PartError || error instanceof RangeError) return VERDICT.sealed
    throw error
  }
}

type Verify = (text: Uint8Array, signature: Uint8Array) => boolean

/** A log and its witnesses are few keys that sign again and again. */
const verifiers = new Map<string, Verify>()
const MOST_VERIFIERS = 1_000

function verifierOf(vkey: Uint8Array): Verify {
  const name = Buffer.from(vkey).toString()
  const known = verifiers.get(name)
  if (known !== undefined) return known
  const verifier = newVerifier(name)
  if (verifiers.size >= MOST_VERIFIERS) verifiers.clear()
  verifiers.set(name, verifier)
  return verifier
}

/** Plain Ed25519 goes by the fast path of commits, the rest as the specifications of cosignatures say. */
function newVerifier(vkey: string): Verify {
  const { type, publicKey } = splitVerifierKey(vkey)
  if (type === SIGNATURE_TYPE.ed25519) return (text, signature) => verify(signature, text, publicKey)
  return type === SIGNATURE_TYPE.ed25519Cosignature ? parseCosignerKey(vkey).verify : parseLogVerifierKey(vkey).verify
}
