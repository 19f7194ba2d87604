/**
 * One Ed25519 verdict on every runtime: the strict rule of libsodium, on top of node:crypto.
 *
 * OpenSSL versions disagree about public keys and signatures whose points are of small order or badly encoded, so that one log could be
 * valid under Node 20 and invalid under Node 24. Those encodings are refused here, before any library sees them; what is left (S < L and
 * the cofactorless equation) all of them decide alike.
 *
 * @see RFC 8032 section 5.1.7; "Taming the many EdDSAs" (Chalkias, Garillot, Nikolaenko, 2020); fixtures/ed25519
 */
import { createPublicKey, type KeyObject, verify } from 'node:crypto'

const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex')

/** y of the points of order 1, 2, 4 and 8, little-endian, without the sign bit of x. */
const SMALL_ORDER = [
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
].map((hex) => Buffer.from(hex, 'hex'))

/** True when 32 bytes encode y < p and are not one of the eight points of small order. Says nothing about being on the curve. */
export function isStrictPoint(point: Uint8Array): boolean {
  return point.length === 32 && isCanonical(point) && !SMALL_ORDER.some((small) => equalsIgnoringSign(point, small))
}

/** Public key in the form node:crypto verifies with. @param publicKey 32 bytes */
export function importPublicKey(publicKey: Uint8Array): KeyObject {
  return createPublicKey({ key: Buffer.concat([SPKI_PREFIX, publicKey]), format: 'der', type: 'spki' })
}

/** True when the shapes of key and signature are ones that every runtime judges alike: check it before the equation. */
export function hasStrictShape(signature: Uint8Array, publicKey: Uint8Array): boolean {
  return signature.length === 64 && isStrictPoint(publicKey) && isStrictPoint(signature.subarray(0, 32))
}

/** True when the signature is valid under the strict rule. Never throws for attacker-controlled input. About 120 µs. */
export function verifyStrict(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean {
  return hasStrictShape(signature, publicKey) && verify(null, message, importPublicKey(publicKey), signature)
}

/** y < p = 2^255 - 19: not all of the high bytes full with the lowest at 0xed or above. */
function isCanonical(point: Uint8Array): boolean {
  if (((point[31] ?? 0) & 0x7f) !== 0x7f || (point[0] ?? 0) < 0xed) return true
  for (let i = 1; i < 31; i++) if (point[i] !== 0xff) return true
  return false
}

function equalsIgnoringSign(point: Uint8Array, small: Uint8Array): boolean {
  for (let i = 0; i < 31; i++) if (point[i] !== small[i]) return false
  return ((point[31] ?? 0) & 0x7f) === small[31]
}
