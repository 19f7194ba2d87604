/**
 * HMAC-SHA256 over short messages, as two calls of `crypto.hash`: node's streaming HMAC costs more to set up than to run.
 *
 * @see RFC 2104 section 2
 */
import { createHmac, createSecretKey, hash } from 'node:crypto'

const BLOCK = 64
const DIGEST = 32
/** Longer messages are streamed: there the set-up no longer matters, and copying would. */
const SHORT = 16_384

const scratch = Buffer.alloc(BLOCK + SHORT)
const outer = Buffer.alloc(BLOCK + DIGEST)

/** 32 bytes: HMAC-SHA256 of the parts one after the other. @param key at most 64 bytes */
export function hmacSha256(key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0
  for (const part of parts) length += part.length
  if (length > SHORT) return streamed(key, parts)
  for (let i = 0; i < BLOCK; i++) {
    const byte = key[i] ?? 0
    scratch[i] = byte ^ 0x36
    outer[i] = byte ^ 0x5c
  }
  let at = BLOCK
  for (const part of parts) {
    scratch.set(part, at)
    at += part.length
  }
  outer.write(hash('sha256', scratch.subarray(0, at), 'binary'), BLOCK, 'binary') // as a string: asked for a buffer it takes twice as long
  scratch.fill(0, 0, at) // the key's bytes, and perhaps a payload
  return Buffer.from(hash('sha256', outer, 'binary'), 'binary')
}

function streamed(key: Uint8Array, parts: readonly Uint8Array[]): Uint8Array {
  const hmac = createHmac('sha256', createSecretKey(key))
  for (const part of parts) hmac.update(part)
  return hmac.digest()
}
