/** Tokens, codes and client secrets: 32 random bytes each, kept only as hashes. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

/** 43 characters of base64url. */
export const newSecret = (): string => randomBytes(32).toString('base64url')

/** How every secret is stored and looked up: SHA-256, base64url. Enough for random secrets; passwords take Argon2id. */
export const secretHash = (secret: string): string => createHash('sha256').update(secret).digest('base64url')

/** Whether `secret` hashes to `hash`, in constant time. */
export function secretMatches(secret: string, hash: string): boolean {
  const given = Buffer.from(secretHash(secret))
  const stored = Buffer.from(hash)
  return given.length === stored.length && timingSafeEqual(given, stored)
}
