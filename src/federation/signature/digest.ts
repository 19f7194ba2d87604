/** Does the body that came fit the digest that was signed? Both forms: `Digest` (RFC 3230) and `Content-Digest` (RFC 9530). Pure. */
import { hash, timingSafeEqual } from 'node:crypto'
import { base64, refuse, type SignedRequest, type Verdict } from './claim.ts'
import { parseDictionary } from './structured-fields.ts'

const HASHES = { 'sha-256': 'sha256', 'sha-512': 'sha512' } as const

/** Every digest we can compute must fit, and there must be one. */
export function verifyDigest({ headers }: Pick<SignedRequest, 'headers'>, body: Uint8Array, scheme: 'cavage' | 'rfc9421'): Verdict<object> {
  const claimed = scheme === 'cavage' ? oldDigests(headers['digest'] ?? '') : contentDigests(headers['content-digest'] ?? '')
  const known = claimed.filter((one) => Object.hasOwn(HASHES, one.algorithm))
  if (known.length === 0) return refuse('no digest of the body')
  const fits = known.every(({ algorithm, value }) => {
    const actual = hash(HASHES[algorithm as keyof typeof HASHES], body, 'buffer')
    return value !== null && value.length === actual.length && timingSafeEqual(value, actual)
  })
  return fits ? { ok: true } : refuse('the body is not the one that was signed')
}

type Claimed = { readonly algorithm: string; readonly value: Uint8Array | null }

const oldDigests = (header: string): Claimed[] =>
  header.split(',').map((part) => {
    const equals = part.indexOf('=')
    return { algorithm: part.slice(0, equals).trim().toLowerCase(), value: base64(part.slice(equals + 1).trim()) }
  })

const contentDigests = (header: string): Claimed[] =>
  [...(parseDictionary(header) ?? [])].map(([algorithm, member]) => ({ algorithm, value: member.kind === 'bytes' ? member.value : null }))

export const digestHeader = (body: Uint8Array): string => `SHA-256=${hash('sha256', body, 'base64')}`
