/** ML-DSA-65 for hybrid commits: keys from seeds, raw public keys, verification. node:crypto does the work. @see FIPS 204; RFC 9881 */
import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto'
import { LRUCache } from 'lru-cache'

export const PUBLIC_KEY_LENGTH = 1_952
export const SIGNATURE_LENGTH = 3_309

const SPKI_PREFIX = Buffer.from('308207b2300b0609608648016503040312038207a100', 'hex')
/** With the seed form of the private key, which every library can expand. */
const PKCS8_PREFIX = Buffer.from('3034020100300b060960864801650304031204228020', 'hex')
const REMEMBERED_KEYS = 500

export type MlDsaKeyPair = { readonly privateKey: KeyObject /** 1,952 bytes. */; readonly publicKey: Uint8Array }

/** The pair that a 32-byte seed stands for. @throws {RangeError} for any other length */
export function mlDsaKeyPair(seed: Uint8Array): MlDsaKeyPair {
  if (seed.length !== 32) throw new RangeError(`an ML-DSA seed has 32 bytes, not ${seed.length}`)
  const privateKey = createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seed]), format: 'der', type: 'pkcs8' })
  const spki = createPublicKey(privateKey).export({ format: 'der', type: 'spki' })
  return { privateKey, publicKey: new Uint8Array(spki.subarray(SPKI_PREFIX.length)) }
}

/** True when the signature is valid, under an empty context. Never throws for attacker-controlled input. About 200 µs. */
export function verifyMlDsa(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean {
  return fits(signature, publicKey) && verify(null, message, keyObject(publicKey), signature)
}

/** The same verdict as {@link verifyMlDsa}, computed on libuv's thread pool. */
export function verifyMlDsaAsync(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): Promise<boolean> {
  if (!fits(signature, publicKey)) return Promise.resolve(false)
  return new Promise((resolve, reject) => {
    verify(null, message, keyObject(publicKey), signature, (error, valid) => (error === null ? resolve(valid) : reject(error)))
  })
}

/** 3,309 bytes, hedged: never the same twice. Computed on libuv's thread pool, in about 1 ms. */
export function signMlDsa(message: Uint8Array, privateKey: KeyObject): Promise<Uint8Array> {
  return new Promise((resolve, reject) =>
    sign(null, message, privateKey, (error, signature) => (error === null ? resolve(signature) : reject(error))),
  )
}

const fits = (signature: Uint8Array, publicKey: Uint8Array): boolean =>
  signature.length === SIGNATURE_LENGTH && publicKey.length === PUBLIC_KEY_LENGTH

const remembered = new LRUCache<string, KeyObject>({ max: REMEMBERED_KEYS })

function keyObject(publicKey: Uint8Array): KeyObject {
  const name = Buffer.from(publicKey.buffer, publicKey.byteOffset, publicKey.byteLength).toString('latin1')
  const known = remembered.get(name)
  if (known !== undefined) return known
  const key = createPublicKey({ key: Buffer.concat([SPKI_PREFIX, publicKey]), format: 'der', type: 'spki' })
  remembered.set(name, key)
  return key
}
