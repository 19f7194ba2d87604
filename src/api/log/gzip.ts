/** gzip for what never changes: made once, on another thread, and kept for as long as the bytes themselves are. */
import { promisify } from 'node:util'
import { constants, gzip } from 'node:zlib'

const compress = promisify(gzip)
/** Fast: what is left in a bundle after the hashes and signatures that nothing can shorten, the lowest level finds. */
const OPTIONS = { level: constants.Z_BEST_SPEED }
/** Worth unpacking only below this part of the length. */
const WORTH = 0.95

const made = new WeakMap<Uint8Array, Promise<Uint8Array | null>>()

/** The bytes as gzip, or null when that is hardly shorter. @param bytes never change again */
export function gzipped(bytes: Uint8Array): Promise<Uint8Array | null> {
  const known = made.get(bytes)
  if (known !== undefined) return known
  const making = compress(bytes, OPTIONS).then((zipped) => (zipped.length < bytes.length * WORTH ? zipped : null))
  made.set(bytes, making)
  return making
}

/** True when the client takes gzip. @param accepted  Accept-Encoding, attacker-controlled. @see RFC 9110 section 12.5.3 */
export function acceptsGzip(accepted: string | undefined): boolean {
  const weights = new Map((accepted ?? '').split(',').map(weighted))
  return (weights.get('gzip') ?? weights.get('x-gzip') ?? weights.get('*') ?? 0) > 0
}

function weighted(coding: string): [name: string, weight: number] {
  const [name = '', ...parameters] = coding.split(';').map((word) => word.trim().toLowerCase())
  const weight = parameters.find((parameter) => parameter.startsWith('q='))
  return [name, weight === undefined ? 1 : Number(weight.slice(2))]
}
