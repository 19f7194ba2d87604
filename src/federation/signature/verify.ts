/** Reading a request's signature checks form, coverage and time; verifying it needs the key. One function each, for both schemes. Pure. */
import { constants, type KeyObject, verify } from 'node:crypto'
import { readCavage } from './cavage.ts'
import type { SignatureClaim, SignedRequest, Verdict, Wanted } from './claim.ts'
import { readRfc9421 } from './rfc9421.ts'

/** The claim of a request, or why it makes none. @param now milliseconds since the epoch @param wanted default: any key */
export const readSignature = (request: SignedRequest, now: number, wanted: Wanted = () => true): Verdict<{ readonly claim: SignatureClaim }> =>
  request.headers['signature-input'] === undefined ? readCavage(request, now, wanted) : readRfc9421(request, now, wanted)

/** True when the key signed one of the messages under an algorithm that fits key and claim. Never throws. */
export function verifyClaim({ algorithm, messages, signature }: SignatureClaim, key: KeyObject): boolean {
  const check = CHECKS.find(({ names, type }) => type === key.asymmetricKeyType && names.includes(algorithm?.toLowerCase() ?? ''))
  if (check === undefined) return false
  try {
    return messages.some((message) => check.verify(message, key, signature))
  } catch {
    return false
  }
}

type Check = {
  readonly type: string
  readonly names: readonly string[]
  readonly verify: (message: Uint8Array, key: KeyObject, signature: Uint8Array) => boolean
}

const PSS = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 64 }

/** `hs2019` and no algorithm at all mean: as the key says. For RSA keys of the Fediverse that is PKCS#1 v1.5 with SHA-256. */
const CHECKS: readonly Check[] = [
  {
    type: 'rsa',
    names: ['', 'rsa-sha256', 'hs2019', 'rsa-v1_5-sha256'],
    verify: (message, key, signature) => verify('sha256', message, key, signature),
  },
  { type: 'rsa', names: ['rsa-sha512'], verify: (message, key, signature) => verify('sha512', message, key, signature) },
  { type: 'rsa', names: ['rsa-pss-sha512'], verify: (message, key, signature) => verify('sha512', message, { key, ...PSS }, signature) },
  { type: 'rsa-pss', names: ['', 'rsa-pss-sha512'], verify: (message, key, signature) => verify('sha512', message, { key, ...PSS }, signature) },
  { type: 'ed25519', names: ['', 'hs2019', 'ed25519'], verify: (message, key, signature) => verify(null, message, key, signature) },
]
