/**
 * Object integrity proofs, cryptosuite `eddsa-jcs-2022`: a document that carries its own signature, whoever forwards it. Pure.
 *
 * @see FEP-8b32; W3C Data Integrity EdDSA Cryptosuites section 3.3
 */
import { hash, type KeyObject } from 'node:crypto'
import canonicalize from 'canonicalize'
import { decodeBase58, encodeBase58 } from '../../host/base58.ts'
import { sign, verify } from '../../ledger/ed25519.ts'
import { isObject, type Json, type JsonObject, list, time } from '../wire/json.ts'

/** The document with a proof by the key, in the document's own `@context`. @param created milliseconds since the epoch @param more options to be signed, e.g. `expires` */
export function withProof(document: JsonObject, key: KeyObject, verificationMethod: string, created: number, more: JsonObject = {}): JsonObject {
  const options: JsonObject = {
    ...(document['@context'] === undefined ? {} : { '@context': document['@context'] }),
    type: 'DataIntegrityProof',
    cryptosuite: 'eddsa-jcs-2022',
    verificationMethod,
    proofPurpose: 'assertionMethod',
    created: new Date(created).toISOString().replace(/\.\d{3}Z$/, 'Z'),
    ...more,
  }
  return { ...document, proof: { ...options, proofValue: `z${encodeBase58(sign(hashData(document, options), key))}` } }
}

export type ProofClaim = {
  readonly verificationMethod: string
  readonly signature: Uint8Array
  readonly hashData: Uint8Array
  /** Milliseconds since the epoch. */
  readonly created: number
  /** Milliseconds since the epoch; null when it holds for ever. */
  readonly expires: number | null
}

/** What the document's proof claims, or null when it has none that we can check. A linked-data signature beside it is no part of what was signed. */
export function readProof(document: JsonObject): ProofClaim | null {
  try {
    return read(document)
  } catch {
    return null // no canonical form: infinite numbers, half characters
  }
}

function read(document: JsonObject): ProofClaim | null {
  const proof = list(document['proof'])
    .filter(isObject)
    .find((one) => one['cryptosuite'] === 'eddsa-jcs-2022')
  const verificationMethod = proof?.['verificationMethod']
  const proofValue = proof?.['proofValue']
  if (proof === undefined || typeof verificationMethod !== 'string' || typeof proofValue !== 'string' || !proofValue.startsWith('z')) return null
  if (proof['type'] !== 'DataIntegrityProof' || proof['proofPurpose'] !== 'assertionMethod' || !sameContext(document, proof)) return null
  const signature = decodeBase58(proofValue.slice(1), 128)
  if (signature?.length !== 64) return null
  const [created, expires] = [time(proof['created']), time(proof['expires'])]
  if (created === null || (proof['expires'] !== undefined && expires === null)) return null
  const { proofValue: _value, ...options } = proof
  const { proof: _proof, signature: _linkedData, ...unsecured } = document
  return { verificationMethod, signature, hashData: hashData(unsecured, options), created, expires }
}

/** @param publicKey 32 bytes */
export const verifyProof = ({ signature, hashData }: ProofClaim, publicKey: Uint8Array): boolean => verify(signature, hashData, publicKey)

/** A proof made in a context holds only for a document that starts with that context. @see section 3.3.2, step 4 */
function sameContext(document: JsonObject, proof: JsonObject): boolean {
  if (proof['@context'] === undefined) return true
  const own = list(document['@context']).map((one) => canonicalize(one))
  return list(proof['@context']).every((one, index) => canonicalize(one) === own[index])
}

/** SHA-256(canonical options) ‖ SHA-256(canonical document). */
const hashData = (document: Json, options: Json): Uint8Array => Buffer.concat([digest(options), digest(document)])

const digest = (value: Json): Buffer => hash('sha256', canonicalize(value) ?? '', 'buffer')
