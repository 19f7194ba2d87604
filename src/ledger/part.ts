/**
 * Parts: payloads sealed beside a commit, so that they can be erased later without touching what was signed.
 *
 * The commit holds only a hiding commitment. What opens it, the random `r`, lies inside the ciphertext: once the key is destroyed, nobody
 * can even test a guess of the payload against the commitment.
 *
 * Each part has a key of its own. What is stored of that key is a random salt; the key is its HMAC under the instance's key encryption key,
 * so neither the database nor the instance secret opens anything alone, and deleting the salt destroys the key. See docs/adr/0010-append-path.md.
 */
import { createCipheriv, createDecipheriv, createSecretKey, timingSafeEqual } from 'node:crypto'
import { hmacSha256 } from './hmac.ts'
import { randomBytes } from './random.ts'
import { sodium } from './sodium.ts'
import type { PartCodec } from './types.ts'

const DOMAINS: Readonly<Record<PartCodec, Uint8Array>> = { json: domain('json'), raw: domain('raw'), cbor: domain('cbor') }
const TAG = 16
const BLIND = 32
const DEK = 32
const SALT = 32
const KEY = 1 + DEK
/** First byte of a key: ChaCha20-Poly1305. Keys without it are older, see {@link open}. */
const CHACHA = 0x02
/** Every key seals one message, so one nonce does for all. */
const NONCE = new Uint8Array(12)
const GCM_NONCE = 12
const WRAPPED_DEK = DEK + 8
const WRAP_IV = Buffer.from('a6a6a6a6a6a6a6a6', 'hex')

export type SealedPart = {
  /** ChaCha20-Poly1305(r(32) ‖ payload) ‖ tag(16). */
  readonly ciphertext: Uint8Array
  /** 32 bytes. */
  readonly commitment: Uint8Array
  readonly sizeClass: number
}

/** `r` is what the commitment was blinded with, 32 bytes. */
export type UnsealedPart = { readonly r: Uint8Array; readonly plaintext: Uint8Array }

/** A key for one part: `stored` may lie beside the ciphertext, `key` opens it. */
export type PartKey = { readonly stored: Uint8Array; readonly key: Uint8Array }

/** A ciphertext or stored key that was altered, cut, or is opened with another key. */
export class PartError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'PartError'
  }
}

/** 32 bytes: HMAC-SHA256(r, "vivim.part/v1" 0x00 ‖ codec ‖ 0x00 ‖ plaintext). Hides the plaintext from all who lack `r`, binds all who have it. */
export function commitment(r: Uint8Array, codec: PartCodec, plaintext: Uint8Array): Uint8Array {
  return hmacSha256(r, DOMAINS[codec], plaintext)
}

/** True when an opened part is the one that was committed to. */
export function matches(committed: Uint8Array, codec: PartCodec, { r, plaintext }: UnsealedPart): boolean {
  return committed.length === 32 && timingSafeEqual(committed, commitment(r, codec, plaintext))
}

/** A fresh key for one part. @param kek  the instance's key encryption key, 32 bytes */
export function newPartKey(kek: Uint8Array): PartKey {
  const stored = randomBytes(SALT)
  return { stored, key: keyOf(stored, kek) }
}

/** A fresh key that no instance stores, for one part. */
export function newKey(): Uint8Array {
  const key = new Uint8Array(KEY)
  key[0] = CHACHA
  key.set(randomBytes(DEK), 1)
  return key
}

/** @param key  for this part alone */
export function seal(plaintext: Uint8Array, codec: PartCodec, key: Uint8Array): SealedPart {
  const r = randomBytes(BLIND)
  return { ciphertext: encrypt(r, plaintext, key), commitment: commitment(r, codec, plaintext), sizeClass: sizeClass(plaintext.length) }
}

/** The ciphertext of a payload whose commitment was blinded with `r`. @param key  for this part alone. @throws {RangeError} for another kind of key */
export function encrypt(r: Uint8Array, plaintext: Uint8Array, key: Uint8Array): Uint8Array {
  if (key.length !== KEY || key[0] !== CHACHA || r.length !== BLIND) throw new RangeError('not a key to seal with')
  const message = Buffer.allocUnsafe(BLIND + plaintext.length)
  message.set(r)
  message.set(plaintext, BLIND)
  return chacha(message, key.subarray(1))
}

/**
 * What was sealed. Compare it with the commitment by {@link matches} before trusting it: the cipher alone does not commit to its key.
 *
 * @param key  33 bytes; or 32 for parts sealed by earlier versions: nonce(12) ‖ AES-256-GCM(r ‖ payload) ‖ tag(16)
 * @throws {PartError} when a bit of the ciphertext differs or the key is another one
 */
export function open(ciphertext: Uint8Array, key: Uint8Array): UnsealedPart {
  const message = key.length === DEK ? decryptGcm(ciphertext, key) : decrypt(ciphertext, key)
  return { r: message.subarray(0, BLIND), plaintext: message.subarray(BLIND) }
}

/** The size as the public may know it: the least n with 2^n ≥ bytes; 0 for an empty part. @param bytes below 2^32 */
export function sizeClass(bytes: number): number {
  return bytes <= 1 ? 0 : 32 - Math.clz32(bytes - 1)
}

/**
 * The key of a part, from what is stored of it: 32 bytes of salt or, by earlier versions, the key itself in 40 bytes of AES key wrap.
 *
 * @param kek  32 bytes
 * @throws {PartError} when it has another length, or is wrapped and was altered
 */
export function unwrapKey(stored: Uint8Array, kek: Uint8Array): Uint8Array {
  if (stored.length === SALT) return keyOf(stored, kek)
  if (stored.length !== WRAPPED_DEK) throw new PartError(`a stored key of ${stored.length} bytes`)
  const decipher = createDecipheriv('id-aes256-wrap', createSecretKey(kek), WRAP_IV)
  try {
    return Buffer.concat([decipher.update(stored), decipher.final()])
  } catch (cause) {
    throw new PartError('wrapped key does not open: altered, or another key encryption key', cause)
  }
}

function keyOf(salt: Uint8Array, kek: Uint8Array): Uint8Array {
  const key = new Uint8Array(KEY)
  key[0] = CHACHA
  key.set(hmacSha256(kek, salt), 1)
  return key
}

function chacha(message: Uint8Array, dek: Uint8Array): Uint8Array {
  if (sodium !== null) {
    const sealed = Buffer.allocUnsafe(message.length + TAG)
    sodium.crypto_aead_chacha20poly1305_ietf_encrypt(sealed, message, null, null, NONCE, dek)
    return sealed
  }
  const cipher = createCipheriv('chacha20-poly1305', createSecretKey(dek), NONCE, { authTagLength: TAG })
  const sealed = cipher.update(message)
  cipher.final() // gives nothing: a stream cipher holds nothing back
  return Buffer.concat([sealed, cipher.getAuthTag()])
}

function decrypt(ciphertext: Uint8Array, key: Uint8Array): Uint8Array {
  if (key.length !== KEY || key[0] !== CHACHA) throw new PartError('not a key to open with')
  if (ciphertext.length < BLIND + TAG) throw new PartError('sealed part too short')
  try {
    if (sodium === null) return decryptNode('chacha20-poly1305', key.subarray(1), NONCE, ciphertext)
    const message = Buffer.allocUnsafe(ciphertext.length - TAG)
    sodium.crypto_aead_chacha20poly1305_ietf_decrypt(message, null, ciphertext, null, NONCE, key.subarray(1))
    return message
  } catch (cause) {
    throw new PartError('sealed part does not open: altered, or another key', cause)
  }
}

function decryptGcm(ciphertext: Uint8Array, dek: Uint8Array): Uint8Array {
  if (ciphertext.length < GCM_NONCE + BLIND + TAG) throw new PartError('sealed part too short')
  try {
    return decryptNode('aes-256-gcm', dek, ciphertext.subarray(0, GCM_NONCE), ciphertext.subarray(GCM_NONCE))
  } catch (cause) {
    throw new PartError('sealed part does not open: altered, or another key', cause)
  }
}

function decryptNode(cipher: 'aes-256-gcm' | 'chacha20-poly1305', dek: Uint8Array, nonce: Uint8Array, sealed: Uint8Array): Uint8Array {
  const decipher = createDecipheriv(cipher as 'aes-256-gcm', createSecretKey(dek), nonce, { authTagLength: TAG })
  decipher.setAuthTag(sealed.subarray(-TAG))
  const message = decipher.update(sealed.subarray(0, -TAG))
  decipher.final()
  return message
}

function domain(codec: string): Uint8Array {
  return Buffer.from(`vivim.part/v1\0${codec}\0`)
}
