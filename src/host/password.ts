/** Passwords: hashed with Argon2id in libuv's pool, as PHC strings. At most two at a time, since each needs 64 MiB. */
import { argon2, randomBytes, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'

const derive = promisify(argon2)

/** RFC 9106 section 4, second recommended option. `memory` in KiB. */
const COST = { memory: 65_536, passes: 3, parallelism: 4 } as const
const TAG_BYTES = 32
const SALT_BYTES = 16
const AT_ONCE = 2

type Cost = { readonly memory: number; readonly passes: number; readonly parallelism: number }

/** PHC string, `$argon2id$v=19$m=65536,t=3,p=4$salt$hash`. About 0.3 s. @see RFC 9106 */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES)
  const hash = await argon2id(password, salt, COST)
  return `$argon2id$v=19$m=${COST.memory},t=${COST.passes},p=${COST.parallelism}$${base64(salt)}$${base64(hash)}`
}

/**
 * Whether `password` is the one that was hashed. Costs the same when `stored` is null, so that an answer's time does not tell whether an account exists.
 *
 * @param stored  PHC string of `hashPassword`; null when there is no such account
 */
export async function verifyPassword(password: string, stored: string | null): Promise<boolean> {
  const parsed = stored === null ? null : parse(stored)
  const { cost, salt, hash } = parsed ?? NOBODY
  const given = await argon2id(password, salt, cost, hash.length)
  return timingSafeEqual(given, hash) && parsed !== null
}

const NOBODY = { cost: COST as Cost, salt: Buffer.alloc(SALT_BYTES), hash: Buffer.alloc(TAG_BYTES) }

/** Parts of a PHC string, or null when it is not one of ours. */
function parse(stored: string): typeof NOBODY | null {
  const match = /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/.exec(stored)
  if (match === null) return null
  const [, memory, passes, parallelism, salt = '', hash = ''] = match
  const cost = { memory: Number(memory), passes: Number(passes), parallelism: Number(parallelism) }
  return { cost, salt: Buffer.from(salt, 'base64'), hash: Buffer.from(hash, 'base64') }
}

/** Unicode text of one look is one password (NFKC), whatever keyboard it came from. */
async function argon2id(password: string, salt: Buffer, cost: Cost, tagLength = TAG_BYTES): Promise<Buffer> {
  const leave = await enter()
  try {
    return await derive('argon2id', { message: password.normalize('NFKC'), nonce: salt, tagLength, ...cost })
  } finally {
    leave()
  }
}

const base64 = (bytes: Buffer): string => bytes.toString('base64').replaceAll('=', '')

let running = 0
const waiting: (() => void)[] = []

/** Waits for one of `AT_ONCE` places. @returns give the place up */
async function enter(): Promise<() => void> {
  if (running < AT_ONCE) running += 1
  else await new Promise<void>((resolve) => waiting.push(resolve))
  return () => {
    const next = waiting.shift()
    if (next === undefined) running -= 1
    else next()
  }
}
