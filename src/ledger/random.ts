/** Random bytes by the pool: a call into the system's generator costs 3 µs, and every commit needs five short secrets. */
import { randomBytes as draw } from 'node:crypto'

const POOL = 8_192

let pool = draw(POOL)
let used = 0

/** `size` bytes of the system's cryptographic generator, handed out once. */
export function randomBytes(size: number): Uint8Array {
  if (used + size > pool.length) {
    pool = draw(Math.max(POOL, size))
    used = 0
  }
  used += size
  return pool.subarray(used - size, used)
}
