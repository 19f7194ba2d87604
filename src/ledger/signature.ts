/**
 * Who signs a commit, and whether they did: both suites, one rule.
 *
 *   public key   Ed25519 (32 bytes), or hybrid: Ed25519 (32) ‖ ML-DSA-65 (1,952)
 *   signature    suite 1: Ed25519 (64 bytes); suite 2: Ed25519 (64) ‖ ML-DSA-65 (3,309), both over the same signing input
 *
 * A hybrid key may sign either suite. What its owner requires of it is key-state.ts.
 *
 * @see RFC 8032; FIPS 204 (pure ML-DSA, empty context)
 */

import type { KeyObject } from 'node:crypto'
import { SIGNATURE_LENGTH, type Suite, signingInput, suiteOf } from './commit.ts'
import { signerOfSeed, verify, verifyAsync } from './ed25519.ts'
import { PUBLIC_KEY_LENGTH as ML_DSA_PUBLIC_KEY, signMlDsa, verifyMlDsa, verifyMlDsaAsync } from './ml-dsa.ts'
import { isStrictPoint } from './tlog/strict-ed25519.ts'
import { isTorsionFree } from './torsion.ts'

const ED25519_KEY = 32
const ED25519_SIGNATURE = SIGNATURE_LENGTH[1]

/** Whether a public key can sign suite 2. */
export function isHybrid(publicKey: Uint8Array): boolean {
  return publicKey.length === ED25519_KEY + ML_DSA_PUBLIC_KEY
}

/** The first half of a hybrid key; all of an Ed25519 one. */
export const ed25519Half = (publicKey: Uint8Array): Uint8Array => publicKey.subarray(0, ED25519_KEY)
/** The second half of a hybrid key; empty for an Ed25519 one. */
export const mlDsaHalf = (publicKey: Uint8Array): Uint8Array => publicKey.subarray(ED25519_KEY)

/**
 * Whether a key may be registered: of one of the two lengths, canonical, on the curve, and in the group of prime order, so that it is one key
 * under every library's rules.
 *
 * @param publicKey  attacker-controlled
 */
export function isRegistrableKey(publicKey: Uint8Array): boolean {
  if (publicKey.length !== ED25519_KEY && !isHybrid(publicKey)) return false
  const point = ed25519Half(publicKey)
  return isStrictPoint(point) && isTorsionFree(point)
}

/** Whether `signature` is what the holder of `publicKey` made of these bytes. Never throws for attacker-controlled input. */
export function verifyCommit(bytes: Uint8Array, signature: Uint8Array, publicKey: Uint8Array): boolean {
  const suite = suiteOf(bytes)
  if (!fits(signature, publicKey, suite)) return false
  const input = signingInput(bytes, suite)
  if (!verify(signature.subarray(0, ED25519_SIGNATURE), input, ed25519Half(publicKey))) return false
  return suite === 1 || verifyMlDsa(signature.subarray(ED25519_SIGNATURE), input, mlDsaHalf(publicKey))
}

/** The same verdict as {@link verifyCommit}, computed on libuv's thread pool. */
export async function verifyCommitAsync(bytes: Uint8Array, signature: Uint8Array, publicKey: Uint8Array): Promise<boolean> {
  const suite = suiteOf(bytes)
  if (!fits(signature, publicKey, suite)) return false
  const input = signingInput(bytes, suite)
  if (suite === 1) return await verifyAsync(signature, input, ed25519Half(publicKey))
  const halves = [
    verifyAsync(signature.subarray(0, ED25519_SIGNATURE), input, ed25519Half(publicKey)),
    verifyMlDsaAsync(signature.subarray(ED25519_SIGNATURE), input, mlDsaHalf(publicKey)),
  ]
  return (await Promise.all(halves)).every(Boolean)
}

const fits = (signature: Uint8Array, publicKey: Uint8Array, suite: Suite): boolean =>
  signature.length === SIGNATURE_LENGTH[suite] && (isHybrid(publicKey) || (suite === 1 && publicKey.length === ED25519_KEY))

/** Signs commits in the suite that their bytes name: at once, on this thread, in suite 1; by libuv's thread pool as well in suite 2. */
export type SignCommit = (bytes: Uint8Array) => Uint8Array | Promise<Uint8Array>

/**
 * How the holder of these seeds signs.
 *
 * @param ed25519  32 bytes
 * @param mlDsa    private key of the other half; null when there is none, and a commit of suite 2 a {@link TypeError}
 */
export function commitSigner(ed25519: Uint8Array, mlDsa: KeyObject | null): SignCommit {
  const sign = signerOfSeed(ed25519)
  return (bytes) => {
    const input = signingInput(bytes)
    const first = sign(input)
    if (suiteOf(bytes) === 1) return first
    if (mlDsa === null) throw new TypeError('a commit of suite 2 by a key that has no ML-DSA half')
    return signMlDsa(input, mlDsa).then((second) => Buffer.concat([first, second]))
  }
}
