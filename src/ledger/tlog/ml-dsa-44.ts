/**
 * ML-DSA-44 keys between their raw bytes and node:crypto: signatures that a quantum computer cannot forge either.
 *
 * @see FIPS 204; RFC 9881 for the encodings
 */
import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'

export const ML_DSA_44_PUBLIC_KEY_BYTES = 1_312
export const ML_DSA_44_SIGNATURE_BYTES = 2_420
const SEED_BYTES = 32
/** PrivateKeyInfo that holds nothing but the seed, as [0]. */
const PKCS8_PREFIX = Buffer.from('3034020100300b060960864801650304031104228020', 'hex')
const SPKI_PREFIX = Buffer.from('30820532300b06096086480165030403110382052100', 'hex')

export type MlDsa44KeyPair = {
  readonly privateKey: KeyObject
  /** 1,312 bytes. */
  readonly publicKey: Uint8Array
}

/** The pair that a seed stands for. @param seed 32 bytes, secret. @throws {RangeError} for any other length */
export function mlDsa44KeyPair(seed: Uint8Array): MlDsa44KeyPair {
  if (seed.length !== SEED_BYTES) throw new RangeError(`an ML-DSA-44 seed has 32 bytes, not ${seed.length}`)
  const privateKey = createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seed]), format: 'der', type: 'pkcs8' })
  const spki = createPublicKey(privateKey).export({ format: 'der', type: 'spki' })
  return { privateKey, publicKey: new Uint8Array(spki.subarray(SPKI_PREFIX.length)) }
}

/** Public key in the form node:crypto verifies with. @param publicKey 1,312 bytes; any such bytes are a key */
export function importMlDsa44(publicKey: Uint8Array): KeyObject {
  return createPublicKey({ key: Buffer.concat([SPKI_PREFIX, publicKey]), format: 'der', type: 'spki' })
}
