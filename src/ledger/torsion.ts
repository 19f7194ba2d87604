/**
 * Whether an Ed25519 public key lies in the group of prime order. A key that does not has a part of small order besides, and libraries that
 * verify with the cofactor accept signatures under it that others refuse. libsodium decides where it loads; the arithmetic below where not.
 *
 * @see RFC 8032 section 5.1 (the curve, the formulas); "Taming the many EdDSAs" (Chalkias, Garillot, Nikolaenko, 2020)
 */
import { sodium } from './sodium.ts'

/** @param point 32 bytes, attacker-controlled. About 60 µs, or 2 ms without libsodium */
export function isTorsionFree(point: Uint8Array): boolean {
  return sodium === null ? isTorsionFreeHere(point) : sodium.crypto_core_ed25519_is_valid_point(point)
}

const P = 2n ** 255n - 19n
/** Order of the group that signatures live in. */
const L = 2n ** 252n + 27_742_317_777_372_353_535_851_937_790_883_648_493n
const D = 37_095_705_934_669_439_343_138_083_508_754_565_189_542_113_879_843_219_016_388_785_533_085_940_283_555n
const ROOT_OF_MINUS_ONE = power(2n, (P - 1n) / 4n)

/** Extended coordinates: x = X/Z, y = Y/Z, xy = T/Z. */
type Point = readonly [X: bigint, Y: bigint, Z: bigint, T: bigint]

/** The same verdict as {@link isTorsionFree}, without libsodium. */
export function isTorsionFreeHere(bytes: Uint8Array): boolean {
  const point = decompress(bytes)
  if (point === null) return false
  let product: Point = [0n, 1n, 1n, 0n]
  for (const bit of L.toString(2)) {
    product = add(product, product)
    if (bit === '1') product = add(product, point)
  }
  const [x, y, z] = product
  return x === 0n && y === z
}

/** Null unless it is a point of the curve other than the neutral one, in its one spelling. @see RFC 8032 section 5.1.3 */
function decompress(bytes: Uint8Array): Point | null {
  if (bytes.length !== 32) return null
  const encoded = BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`)
  const sign = encoded >> 255n
  const y = encoded & (2n ** 255n - 1n)
  if (y >= P) return null
  const square = mod(y * y)
  const x = root(mod(square - 1n), mod(D * square + 1n))
  if (x === null || x === 0n) return null // x = 0: the neutral point and the one of order 2
  const signed = (x & 1n) === sign ? x : P - x
  return [signed, y, 1n, mod(signed * y)]
}

/** √(u/v), or null. */
function root(u: bigint, v: bigint): bigint | null {
  const v3 = mod(v * v * v)
  const x = mod(u * v3 * power(mod(u * v3 * v3 * v), (P - 5n) / 8n))
  const check = mod(v * x * x)
  if (check === u) return x
  return check === mod(-u) ? mod(x * ROOT_OF_MINUS_ONE) : null
}

/** Complete: also for a point and itself. @see RFC 8032 section 5.1.4 */
function add([x1, y1, z1, t1]: Point, [x2, y2, z2, t2]: Point): Point {
  const a = mod((y1 - x1) * (y2 - x2))
  const b = mod((y1 + x1) * (y2 + x2))
  const c = mod(2n * D * t1 * t2)
  const d = mod(2n * z1 * z2)
  const [e, f, g, h] = [b - a, d - c, d + c, b + a]
  return [mod(e * f), mod(g * h), mod(f * g), mod(e * h)]
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n
  for (const bit of exponent.toString(2)) {
    result = mod(result * result)
    if (bit === '1') result = mod(result * base)
  }
  return result
}

function mod(value: bigint): bigint {
  const rest = value % P
  return rest < 0n ? rest + P : rest
}
