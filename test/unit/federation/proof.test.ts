import { createHash, createPrivateKey, createPublicKey } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { readProof, verifyProof, withProof } from '../../../src/federation/proof/eddsa-jcs.ts'
import { formatMultikey, parseMultikey } from '../../../src/federation/proof/multikey.ts'
import type { JsonObject } from '../../../src/federation/wire/json.ts'
import { readActor } from '../../../src/federation/wire/read-actor.ts'
import { decodeBase58, encodeBase58 } from '../../../src/host/base58.ts'
import { fixture, jsonFixture, recordedActors, recordedPosts } from './fixtures.ts'

/** PKCS#8 of the 32 bytes behind a `z3u2…` secret key. */
const privateKeyOf = (multibase: string) =>
  createPrivateKey({
    key: Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), (decodeBase58(multibase.slice(1)) ?? new Uint8Array()).subarray(2)]),
    format: 'der',
    type: 'pkcs8',
  })

const publicBytes = (multibase: string): Uint8Array => {
  const key = parseMultikey(multibase)
  if (key === null) throw new Error('not a Multikey')
  return key
}

describe('W3C eddsa-jcs-2022 vectors', () => {
  const signed = jsonFixture<JsonObject>('vc-di-eddsa', 'eddsa-jcs-2022', 'signedJCS.json')
  const pair = jsonFixture<{ publicKeyMultibase: string; privateKeyMultibase: string }>('vc-di-eddsa', 'keyPair.json')

  it('the signed document verifies, and its hashes are the published ones', () => {
    const claim = readProof(signed)
    if (claim === null) throw new Error('no proof')
    expect(Buffer.from(claim.hashData).toString('hex')).toBe(fixture('vc-di-eddsa', 'eddsa-jcs-2022', 'combinedHashJCS.txt').trim())
    expect(Buffer.from(claim.signature).toString('hex')).toBe(fixture('vc-di-eddsa', 'eddsa-jcs-2022', 'sigHexJCS.txt').trim())
    expect(verifyProof(claim, publicBytes(pair.publicKeyMultibase))).toBe(true)
  })

  it('signing the unsigned document with the published key gives the published proof', () => {
    const unsigned = jsonFixture<JsonObject>('vc-di-eddsa', 'unsigned.json')
    const proof = signed['proof'] as JsonObject
    const mine = withProof(
      unsigned,
      privateKeyOf(pair.privateKeyMultibase),
      proof['verificationMethod'] as string,
      Date.parse(proof['created'] as string),
    )
    expect((mine['proof'] as JsonObject)['proofValue']).toBe(proof['proofValue'])
  })
})

describe('FEP-8b32', () => {
  const documents = [...fixture('fep', '8b32', 'fep-8b32.feature').matchAll(/"""\n([\s\S]*?)"""/g)].map(
    ([, text = '']) => JSON.parse(text) as JsonObject,
  )
  const secret = /secret key "(z3u2\w+)"/.exec(fixture('fep', '8b32', 'fep-8b32.feature'))?.[1] ?? ''

  it('its documents are signed and verified as it says', () => {
    const signed = documents.filter((document) => 'proof' in document)
    expect(signed.length).toBeGreaterThan(0)
    const key = privateKeyOf(secret)
    const raw = Buffer.from(createPublicKey(key).export({ format: 'jwk' }).x ?? '', 'base64url')
    for (const document of signed) {
      const claim = readProof(document)
      expect(claim !== null && verifyProof(claim, raw)).toBe(true)
      const { proof, ...unsigned } = document
      const { verificationMethod, created, proofValue } = proof as { verificationMethod: string; created: string; proofValue: string }
      expect((withProof(unsigned, key, verificationMethod, Date.parse(created))['proof'] as JsonObject)['proofValue']).toBe(proofValue)
    }
  })
})

describe('FEP-521a', () => {
  it('the Ed25519 key has the text it says', () => {
    const feature = fixture('fep', '521a', 'fep-521a.feature')
    const hex = /hex string "([0-9a-f]{64})"/.exec(feature)?.[1] ?? ''
    const multibase = /"publicKeyMultibase": "(z6Mk\w+)"/.exec(feature)?.[1] ?? ''
    expect(formatMultikey(Buffer.from(hex, 'hex'))).toBe(multibase)
    expect(Buffer.from(publicBytes(multibase)).toString('hex')).toBe(hex)
  })

  it('what is no Ed25519 key is refused: RSA, another length, another base, weak points', () => {
    const rsa = /"publicKeyMultibase": "(z4MX\w+)"/.exec(fixture('fep', '521a', 'fep-521a.feature'))?.[1] ?? ''
    const zero = formatMultikey(new Uint8Array(32))
    for (const text of [rsa, zero, 'z6Mk', 'u7QE', '', 'z', 'z0OIl', formatMultikey(new Uint8Array(31).fill(9))])
      expect(parseMultikey(text)).toBeNull()
  })
})

describe('proofs in recorded messages', () => {
  const keys = new Map(
    recordedActors().flatMap((document) => {
      const reading = readActor(document)
      return reading.ok
        ? reading.actor.keys.filter(({ kind }) => kind === 'ed25519').map(({ id, material }) => [id, publicBytes(material)] as const)
        : []
    }),
  )
  const proven = recordedPosts().filter(([, { body = '' }]) => 'proof' in (JSON.parse(body) as JsonObject))

  it('there are some', () => expect(proven.length).toBe(23))

  it.each(proven)('%s verifies by its proof alone, and with no word of it changed', (_name, { body = '' }) => {
    const document = JSON.parse(body) as JsonObject
    const claim = readProof(document)
    if (claim === null) throw new Error('no proof')
    const key = keys.get(claim.verificationMethod)
    if (key === undefined) throw new Error(`no recorded key ${claim.verificationMethod}`)
    expect(verifyProof(claim, key)).toBe(true)
    for (const changed of [
      { ...document, actor: 'https://evil.test/x' },
      { ...document, extra: true },
      { ...document, proof: { ...(document['proof'] as JsonObject), created: '2026-01-01T00:00:00Z' } },
    ]) {
      const other = readProof(changed as JsonObject)
      expect(other === null || verifyProof(other, key)).toBe(false)
    }
  })
})

describe('base58', () => {
  it('turns every byte string into text and back', () => {
    for (let length = 0; length < 80; length++) {
      const bytes = createHash('shake256', { outputLength: Math.max(1, length) })
        .update(String(length))
        .digest()
        .subarray(0, length)
      const padded = Buffer.concat([Buffer.alloc(length % 4), bytes])
      expect(Buffer.from(decodeBase58(encodeBase58(padded)) ?? [255])).toEqual(padded)
    }
  })
})
