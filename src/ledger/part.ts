/**
 * Parts: payloads sealed beside a commit, so that they can be erased later without touching what was signed.
 *
 * The commit holds only a hiding commitment. What opens it, the random `r`, lies inside the ciphertext: once the key is destroyed, nobody
 * can even test a guess of the payload against the commitment.
 *
 * Keys are handed to node:crypto as KeyObjects: given raw bytes, Node 24.21 spends three times as long finding out that they are not one.
 */
import { createCipheriv, createDecipheriv, createHmac, createSecretKey, KeyObject, timingSafeEqual } from 'node:crypto'
import { randomBytes } from './random.ts'
import type { PartCodec } from './types.ts'

const DOMAIN = 'vivim.part/v1\0'
const NONCE = 12
const TAG = 16
const BLIND = 32
const KEY = 32
const WRAPPED_KEY = KEY + 8
const WRAP_IV = Buffer.from('a6a6a6a6a6a6a6a6', 'hex')

export type SealedPart = {
  /** nonce(12) ‖ AES-256-GCM(r(32) ‖ payload) ‖ tag(16). */
  readonly ciphertext: Uint8Array
  /** 32 bytes. */
  readonly commitment: Uint8Array
  readonly sizeClass: number
}

/** `r` is what the commitment was blinded with, 32 bytes. */
export type UnsealedPart = { readonly r: Uint8Array; readonly plaintext: Uint8Array }

/** A ciphertext or wrapped key that was altered, cut, or is opened with another key. */
export class PartError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'PartError'
  }
}

/** 32 bytes: HMAC-SHA256(r, "vivim.part/v1" 0x00 ‖ codec ‖ 0x00 ‖ plaintext). Hides the plaintext from all who lack `r`, binds all who have it. */
export function commitment(r: Uint8Array, codec: PartCodec, plaintext: Uint8Array): Uint8Array {
  return createHmac('sha256', createSecretKey(r)).update(`${DOMAIN}${codec}\0`).update(plaintext).digest()
}

/** True when an opened part is the one that was committed to. */
export function matches(committed: Uint8Array, codec: PartCodec, { r, plaintext }: UnsealedPart): boolean {
  return committed.length === 32 && timingSafeEqual(committed, commitment(r, codec, plaintext))
}

/** A fresh data encryption key, 32 bytes. Each seals one part. */
export function newKey(): Uint8Array {
  return randomBytes(KEY)
}

/** @param dek  32 bytes, for this part alone */
export function seal(plaintext: Uint8Array, codec: PartCodec, dek: Uint8Array): SealedPart {
  const random = randomBytes(BLIND + NONCE)
  const r = random.subarray(0, BLIND)
  const nonce = random.subarray(BLIND)
  const cipher = createCipheriv('aes-256-gcm', createSecretKey(dek), nonce)
  const sealed = cipher.update(Buffer.concat([r, plaintext]))
  cipher.final() // gives nothing: GCM holds nothing back
  const ciphertext = Buffer.concat([nonce, sealed, cipher.getAuthTag()])
  return { ciphertext, commitment: commitment(r, codec, plaintext), sizeClass: sizeClass(plaintext.length) }
}

/**
 * What was sealed. Compare it with the commitment by {@link matches} before trusting it: AES-GCM alone does not commit to its key.
 *
 * @throws {PartError} when a bit of the ciphertext differs or the key is another one
 */
export function open(ciphertext: Uint8Array, dek: Uint8Array): UnsealedPart {
  if (ciphertext.length < NONCE + BLIND + TAG) throw new PartError('sealed part too short')
  const decipher = createDecipheriv('aes-256-gcm', createSecretKey(dek), ciphertext.subarray(0, NONCE), { authTagLength: TAG })
  decipher.setAuthTag(ciphertext.subarray(-TAG))
  const opened = decipher.update(ciphertext.subarray(NONCE, -TAG))
  try {
    decipher.final()
  } catch (cause) {
    throw new PartError('sealed part does not open: altered, or another key', cause)
  }
  return { r: opened.subarray(0, BLIND), plaintext: opened.subarray(BLIND) }
}

/** The size as the public may know it: the least n with 2^n ≥ bytes; 0 for an empty part. @param bytes below 2^32 */
export function sizeClass(bytes: number): number {
  return bytes <= 1 ? 0 : 32 - Math.clz32(bytes - 1)
}

/** 40 bytes: a part's key under the instance's key encryption key. AES key wrap, so no nonce can repeat. @see RFC 3394 section 2.2.1 */
export function wrapKey(dek: Uint8Array, kek: Uint8Array | KeyObject): Uint8Array {
  const cipher = createCipheriv('id-aes256-wrap', keyObject(kek), WRAP_IV)
  const wrapped = cipher.update(dek)
  cipher.final() // gives nothing
  return wrapped
}

const keyObject = (key: Uint8Array | KeyObject): KeyObject => (key instanceof KeyObject ? key : createSecretKey(key))

/** @throws {PartError} when the wrapped key was altered or the key encryption key is another one */
export function unwrapKey(wrapped: Uint8Array, kek: Uint8Array | KeyObject): Uint8Array {
  if (wrapped.length !== WRAPPED_KEY) throw new PartError(`a wrapped key of ${wrapped.length} bytes`)
  const decipher = createDecipheriv('id-aes256-wrap', keyObject(kek), WRAP_IV)
  try {
    return Buffer.concat([decipher.update(wrapped), decipher.final()])
  } catch (cause) {
    throw new PartError('wrapped key does not open: altered, or another key encryption key', cause)
  }
}
