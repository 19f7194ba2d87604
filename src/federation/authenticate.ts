/** Who sent this? By HTTP signature, or by the proof a document carries itself. */

import { readProof, verifyProof } from './proof/eddsa-jcs.ts'
import { parseMultikey } from './proof/multikey.ts'
import { MAX_AHEAD_MS, MAX_PROOF_AGE_MS, NOT_WANTED, refuse, type SignedRequest, type Verdict, type Wanted } from './signature/claim.ts'
import { verifyDigest } from './signature/digest.ts'
import type { FoundKey, Keys } from './signature/keys.ts'
import { readSignature, verifyClaim } from './signature/verify.ts'
import type { JsonObject } from './wire/json.ts'

export type Sender = {
  /** Actor id of the key's owner. */
  readonly actor: string
  readonly key: FoundKey
  readonly scheme: 'cavage' | 'rfc9421' | 'proof'
  /** The owner's document shows another key than the one we knew: it is to be recorded anew. */
  readonly rotated: boolean
}

export type Authenticate = (
  request: SignedRequest,
  body: Uint8Array | null,
  now: number,
  wanted?: Wanted,
) => Promise<Verdict<{ readonly sender: Sender }>>

/** Verifies the HTTP signature. A key that does not fit is asked for again once: it may have been rotated. */
export const createAuthenticate =
  (keys: Keys): Authenticate =>
  async (request, body, now, wanted) => {
    const reading = readSignature(request, now, wanted)
    if (!reading.ok) return reading
    const { claim } = reading
    if (body !== null) {
      const digest = verifyDigest(request, body, claim.scheme)
      if (!digest.ok) return digest
    }
    const verdict = await withKey(keys, claim.keyId, (key) => verifyClaim(claim, key.key))
    return verdict.ok ? { ok: true, sender: { ...verdict.found, scheme: claim.scheme } } : verdict
  }

/** Verifies the proof inside an activity, as for one that somebody else forwarded. @param original the document as it was parsed */
export async function authenticateByProof(
  keys: Keys,
  original: JsonObject,
  now: number,
  wanted: Wanted,
): Promise<Verdict<{ readonly sender: Sender }>> {
  const claim = readProof(original)
  if (claim === null) return refuse('no proof')
  if (!wanted(claim.verificationMethod)) return refuse(NOT_WANTED)
  if (claim.expires !== null && claim.expires <= now) return refuse('the proof has expired')
  if (claim.created < now - MAX_PROOF_AGE_MS || claim.created > now + MAX_AHEAD_MS) return refuse('the proof is not of this time')
  const verdict = await withKey(keys, claim.verificationMethod, ({ material }) => {
    const raw = parseMultikey(material)
    return raw !== null && verifyProof(claim, raw)
  })
  return verdict.ok ? { ok: true, sender: { ...verdict.found, scheme: 'proof' } } : verdict
}

async function withKey(
  keys: Keys,
  keyId: string,
  verifies: (key: FoundKey) => boolean,
): Promise<Verdict<{ readonly found: Omit<Sender, 'scheme'> }>> {
  const known = await keys.find(keyId)
  if (known === null) return refuse('the key cannot be found')
  if (verifies(known)) return { ok: true, found: { actor: known.owner, key: known, rotated: false } }
  if (known.fetched !== null) return refuse('the signature is wrong')
  const fresh = await keys.refetch(keyId)
  if (fresh === null || fresh.material === known.material || !verifies(fresh)) return refuse('the signature is wrong')
  return { ok: true, found: { actor: fresh.owner, key: fresh, rotated: true } }
}
