/** Multikeys: an Ed25519 public key as text, `z6Mk…`. Pure. @see FEP-521a; W3C Controlled Identifiers section 2.2.2 */
import { decodeBase58, encodeBase58 } from '../../host/base58.ts'
import { isStrictPoint } from '../../ledger/tlog/strict-ed25519.ts'

/** Multicodec `ed25519-pub`. */
const PREFIX = [0xed, 0x01] as const

/** The 32 bytes, or null when the text is not an Ed25519 Multikey, or one that runtimes judge differently. */
export function parseMultikey(multibase: string): Uint8Array | null {
  if (!multibase.startsWith('z')) return null
  const bytes = decodeBase58(multibase.slice(1), 128)
  if (bytes?.length !== 34 || bytes[0] !== PREFIX[0] || bytes[1] !== PREFIX[1]) return null
  const key = bytes.subarray(2)
  return isStrictPoint(key) ? key : null
}

/** @param publicKey 32 bytes */
export const formatMultikey = (publicKey: Uint8Array): string => `z${encodeBase58(Uint8Array.of(...PREFIX, ...publicKey))}`
