/**
 * Public keys as text: Multikeys (`z6Mk…`) and the `did:key` identifiers made of them. A hybrid key is two, one for each half. Pure.
 *
 * @see W3C Controlled Identifiers section 2.2.2 (Multikey); https://w3c-ccg.github.io/did-key-spec/; the multicodec table
 */
import { decodeBase58, encodeBase58 } from './base58.ts'

export type KeyAlgorithm = 'ed25519' | 'ml-dsa-44' | 'ml-dsa-65'

/** Multicodec of a public key, as a varint, and its length in bytes. */
const FORMS: Readonly<Record<KeyAlgorithm, { readonly prefix: readonly [number, number]; readonly length: number }>> = {
  ed25519: { prefix: [0xed, 0x01], length: 32 },
  'ml-dsa-44': { prefix: [0x90, 0x24], length: 1_312 },
  'ml-dsa-65': { prefix: [0x91, 0x24], length: 1_952 },
}
const ALGORITHMS = Object.keys(FORMS) as KeyAlgorithm[]
const ED25519 = FORMS.ed25519.length
const HYBRID = ED25519 + FORMS['ml-dsa-65'].length
/** Longest text that is looked at: base58 takes 1.37 characters for a byte. */
const MAX_TEXT = 2_800

/** @param publicKey raw bytes of that algorithm's length */
export function multikey(algorithm: KeyAlgorithm, publicKey: Uint8Array): string {
  return `z${encodeBase58(Uint8Array.of(...FORMS[algorithm].prefix, ...publicKey))}`
}

/** The key, or null when the text is no Multikey of an algorithm that we know. @param text attacker-controlled */
export function parseAnyMultikey(text: string): { readonly algorithm: KeyAlgorithm; readonly publicKey: Uint8Array } | null {
  const bytes = text.startsWith('z') ? decodeBase58(text.slice(1), MAX_TEXT) : null
  if (bytes === null) return null
  const algorithm = ALGORITHMS.find((one) => {
    const { prefix, length } = FORMS[one]
    return bytes[0] === prefix[0] && bytes[1] === prefix[1] && bytes.length === 2 + length
  })
  return algorithm === undefined ? null : { algorithm, publicKey: bytes.subarray(2) }
}

/** `did:key` of each half of a ledger key: one for Ed25519 (32 bytes), two for a hybrid key (1,984 bytes, ML-DSA-65 second). */
export function didKeys(publicKey: Uint8Array): string[] {
  const first = `did:key:${multikey('ed25519', publicKey.subarray(0, ED25519))}`
  return publicKey.length === ED25519 ? [first] : [first, `did:key:${multikey('ml-dsa-65', publicKey.subarray(ED25519))}`]
}

/** The ledger key that {@link didKeys} wrote, its halves joined by a comma or as a list; null when they are not one. @param text attacker-controlled */
export function publicKeyOfDids(text: string): Uint8Array | null {
  const halves = text.split(',').map((one) => parseAnyMultikey(one.trim().replace(/^did:key:/, '')))
  const [first, second] = halves
  if (first?.algorithm !== 'ed25519' || halves.length > 2) return null
  if (halves.length === 1) return first.publicKey
  return second?.algorithm === 'ml-dsa-65' ? Uint8Array.from([...first.publicKey, ...second.publicKey]) : null
}

/** True for the lengths that a ledger key has. */
export const isKeyLength = (length: number): boolean => length === ED25519 || length === HYBRID

/** `did:web` of an origin: its host, with the colon of a port encoded. @see https://w3c-ccg.github.io/did-method-web/ */
export const didWeb = (origin: string): string => `did:web:${encodeURIComponent(new URL(origin).host)}`
