/** Passwords: hashed with Argon2id in libuv's pool, as PHC strings. At most two at a time, since each needs 64 MiB. */
import { argon2, randomBytes, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'

const derive = promisify(argon2)

/** `memory` in KiB. */
export type PasswordCost = { readonly memory: number; readonly passes: number; readonly parallelism: number }

/** RFC 9106 section 4, second recommended option. */
const COST: PasswordCost = { memory: 65_536, passes: 3, parallelism: 4 }
const TAG_BYTES = 32
const SALT_BYTES = 16
const AT_ONCE = 2
/** About ten seconds of work; who comes after that is sent away. */
const LONGEST_LINE = 64

/** Too many passwords are being looked at; try again later. */
export class PasswordsBusy extends Error {
  override readonly name = 'PasswordsBusy'
  readonly code = 'RETRY_LATER'
}

/** PHC string, `$argon2id$v=19$m=65536,t=3,p=4$salt$hash`. About 0.3 s. @throws {PasswordsBusy} @see RFC 9106 */
export async function hashPassword(password: string, cost = COST): Promise<string> {
  const salt = randomBytes(SALT_BYTES)
  const hash = await argon2id(password, salt, cost)
  return `$argon2id$v=19$m=${cost.memory},t=${cost.passes},p=${cost.parallelism}$${base64(salt)}$${base64(hash)}`
}

/**
 * Whether `password` is the one that was hashed. Costs the same when `stored` is null, so that an answer's time does not tell whether an account exists.
 *
 * @param stored  PHC string of `hashPassword`; null when there is no such account
 * @param cost    what passwords are hashed with here
 * @throws {PasswordsBusy}
 */
export async function verifyPassword(password: string, stored: string | null, cost = COST): Promise<boolean> {
  const parsed = stored === null ? null : parse(stored)
  const { hash, ...kept } = parsed ?? { cost, salt: NOTHING.subarray(0, SALT_BYTES), hash: NOTHING }
  const given = await argon2id(password, kept.salt, kept.cost, hash.length)
  return timingSafeEqual(given, hash) && parsed !== null
}

const NOTHING = Buffer.alloc(TAG_BYTES)

/** Parts of a PHC string, or null when it is not one of ours. */
function parse(stored: string): { readonly cost: PasswordCost; readonly salt: Buffer; readonly hash: Buffer } | null {
  const match = /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/.exec(stored)
  if (match === null) return null
  const [, memory, passes, parallelism, salt = '', hash = ''] = match
  const cost = { memory: Number(memory), passes: Number(passes), parallelism: Number(parallelism) }
  return { cost, salt: Buffer.from(salt, 'base64'), hash: Buffer.from(hash, 'base64') }
}

/** Unicode text of one look is one password (NFKC), whatever keyboard it came from. */
async function argon2id(password: string, salt: Buffer, cost: PasswordCost, tagLength = TAG_BYTES): Promise<Buffer> {
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

/** Waits for one of `AT_ONCE` places. @returns give the place up @throws {PasswordsBusy} when too many wait already */
async function enter(): Promise<() => void> {
  if (running < AT_ONCE) running += 1
  else if (waiting.length >= LONGEST_LINE) throw new PasswordsBusy('Too many passwords are being looked at')
  else await new Promise<void>((resolve) => waiting.push(resolve))
  return () => {
    const next = waiting.shift()
    if (next === undefined) running -= 1
    else next()
  }
}
