/** Multikeys: an Ed25519 public key as text, `z6Mk…`. Pure. @see FEP-521a; W3C Controlled Identifiers section 2.2.2 */
import { decodeBase58, encodeBase58 } from '../../host/base58.ts'

/** Multicodec `ed25519-pub`. */
const PREFIX = [0xed, 0x01] as const

/** The 32 bytes, or null when the text is not an Ed25519 Multikey. */
export function parseMultikey(multibase: string): Uint8Array | null {
  if (!multibase.startsWith('z')) return null
  const bytes = decodeBase58(multibase.slice(1), 128)
  return bytes?.length === 34 && bytes[0] === PREFIX[0] && bytes[1] === PREFIX[1] ? bytes.subarray(2) : null
}

/** @param publicKey 32 bytes */
export const formatMultikey = (publicKey: Uint8Array): string => `z${encodeBase58(Uint8Array.of(...PREFIX, ...publicKey))}`
