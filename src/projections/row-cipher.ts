/**
 * What people said does not lie open in read tables: its columns are sealed under a key from the instance secret, which is not in the database.
 *
 * Sealing is deterministic, because rows are made again from the log to the same bytes: the nonce is a keyed hash of what is sealed (as in SIV
 * modes), so equal contents show as equal, and nothing else shows but the length. What rows are looked up by is blinded: a keyed hash.
 *
 * @see RFC 8439 (ChaCha20-Poly1305), RFC 5297 section 1 (deterministic sealing)
 */
import { createCipheriv, createDecipheriv, createSecretKey } from 'node:crypto'
import { hmacSha256 } from '../ledger/hmac.ts'
import { sodium } from '../ledger/sodium.ts'

const NONCE = 12
const TAG = 16
/** Of a blinded name, bytes. */
const BLINDED = 16

const label = (name: string): Uint8Array => Buffer.from(`vivim.row/v1\0${name}`)

export class RowCipher {
  readonly #key: Uint8Array
  readonly #nonces: Uint8Array
  readonly #names: Uint8Array

  /** @param rowKey  32 bytes, see `Ledger.rowKey` */
  constructor(rowKey: Uint8Array) {
    this.#key = hmacSha256(rowKey, label('key'))
    this.#nonces = hmacSha256(rowKey, label('nonce'))
    this.#names = hmacSha256(rowKey, label('name'))
  }

  /** A JSON value, sealed: base64 of nonce(12) ‖ ciphertext ‖ tag(16). SQL stores it as `decode(…, 'base64')`. */
  seal(value: unknown): string {
    const message = Buffer.from(JSON.stringify(value))
    const nonce = hmacSha256(this.#nonces, message).subarray(0, NONCE)
    return Buffer.concat([nonce, encrypt(message, nonce, this.#key)]).toString('base64')
  }

  /** The value that was sealed. @param bytes  of the column. @throws {Error} when they were altered, or sealed by another instance */
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- only this instance seals, so whoever opens knows what it is
  open<T>(bytes: Uint8Array): T {
    return JSON.parse(decrypt(bytes.subarray(NONCE), bytes.subarray(0, NONCE), this.#key).toString()) as T
  }

  /** A name that says nothing, and is the same for the same parts: 22 characters of base64url. */
  blind(...parts: readonly string[]): string {
    return Buffer.from(hmacSha256(this.#names, Buffer.from(JSON.stringify(parts)))).toString('base64url', 0, BLINDED)
  }
}

function encrypt(message: Uint8Array, nonce: Uint8Array, key: Uint8Array): Uint8Array {
  if (sodium !== null) {
    const sealed = Buffer.allocUnsafe(message.length + TAG)
    sodium.crypto_aead_chacha20poly1305_ietf_encrypt(sealed, message, null, null, nonce, key)
    return sealed
  }
  const cipher = createCipheriv('chacha20-poly1305', createSecretKey(key), nonce, { authTagLength: TAG })
  return Buffer.concat([cipher.update(message), cipher.final(), cipher.getAuthTag()])
}

function decrypt(sealed: Uint8Array, nonce: Uint8Array, key: Uint8Array): Buffer {
  if (sealed.length < TAG) throw new Error('a sealed column is too short')
  if (sodium !== null) {
    const message = Buffer.allocUnsafe(sealed.length - TAG)
    sodium.crypto_aead_chacha20poly1305_ietf_decrypt(message, null, sealed, null, nonce, key)
    return message
  }
  const decipher = createDecipheriv('chacha20-poly1305', createSecretKey(key), nonce, { authTagLength: TAG })
  decipher.setAuthTag(sealed.subarray(-TAG))
  return Buffer.concat([decipher.update(sealed.subarray(0, -TAG)), decipher.final()])
}
