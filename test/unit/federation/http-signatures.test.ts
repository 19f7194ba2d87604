import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MAX_AGE_MS, MAX_AHEAD_MS, type SignedRequest } from '../../../src/federation/signature/claim.ts'
import { verifyDigest } from '../../../src/federation/signature/digest.ts'
import { signatureBase } from '../../../src/federation/signature/rfc9421.ts'
import { signedHeaders } from '../../../src/federation/signature/sign.ts'
import { parseDictionary } from '../../../src/federation/signature/structured-fields.ts'
import { readSignature, verifyClaim } from '../../../src/federation/signature/verify.ts'
import { readActor } from '../../../src/federation/wire/read-actor.ts'
import { fixture, jsonFixture, recordedActors, recordedGets, recordedPosts, signedRequestOf } from './fixtures.ts'

type Vectors = {
  readonly request: SignedRequest & { readonly body: string }
  readonly signatures: readonly { readonly name: string; readonly key: string; readonly input: string; readonly signature: string }[]
}

describe('RFC 9421 appendix B.2', () => {
  const { request, signatures } = jsonFixture<Vectors>('http-signatures', 'rfc9421.json')

  it.each(signatures)('$name verifies with the published key, and with no bit of it changed', ({ key, input, signature }) => {
    const [entry] = [...(parseDictionary(input)?.values() ?? [])]
    const [bytes] = [...(parseDictionary(signature)?.values() ?? [])]
    if (entry?.kind !== 'list' || bytes?.kind !== 'bytes') throw new Error('the vector cannot be read')
    const base = signatureBase(request, entry)
    if (base === null) throw new Error('the vector has no base')
    const publicKey = createPublicKey(createPrivateKey(fixture('http-signatures', key)))
    const claim = { scheme: 'rfc9421', keyId: 'k', algorithm: key.includes('pss') ? 'rsa-pss-sha512' : 'ed25519', messages: [base] } as const
    expect(verifyClaim({ ...claim, signature: bytes.value }, publicKey)).toBe(true)
    const flipped = Uint8Array.from(bytes.value)
    flipped[7]! ^= 1
    expect(verifyClaim({ ...claim, signature: flipped }, publicKey)).toBe(false)
  })

  it('its digest fits its body and no other', () => {
    expect(verifyDigest(request, Buffer.from(request.body), 'rfc9421')).toEqual({ ok: true })
    expect(verifyDigest(request, Buffer.from(`${request.body} `), 'rfc9421').ok).toBe(false)
  })

  it('a signature that leaves out the method, the target or the body is refused, valid or not', () => {
    for (const { input, signature } of signatures) {
      const verdict = readSignature({ ...request, headers: { ...request.headers, 'signature-input': input, signature } }, 1_618_884_473_000)
      expect(verdict.ok).toBe(input.includes('sig-b23'))
    }
  })
})

describe('draft-cavage-http-signatures-12 appendix C', () => {
  const vectors = jsonFixture<{
    publicKey: string
    request: SignedRequest & { body: string }
    signatures: { name: string; covers: string; signature: string }[]
  }>('http-signatures', 'cavage.json')
  const key = createPublicKey(vectors.publicKey)
  const now = Date.parse('2014-01-05T21:31:40Z')

  it.each(vectors.signatures)('$name (covers $covers)', ({ signature, covers }) => {
    const verdict = readSignature({ ...vectors.request, headers: { ...vectors.request.headers, signature } }, now)
    if (!verdict.ok) return expect([covers, verdict.reason]).toEqual([covers, expect.stringContaining('does not cover')])
    expect(covers).toBe('all')
    expect(verifyClaim(verdict.claim, key)).toBe(true)
    expect(verifyDigest(vectors.request, Buffer.from(vectors.request.body), 'cavage')).toEqual({ ok: true })
  })
})

describe('recorded messages', () => {
  const keys = new Map<string, KeyObject>(
    recordedActors().flatMap((document) => {
      const reading = readActor(document)
      if (!reading.ok) throw new Error(reading.reason)
      return reading.actor.keys.filter(({ kind }) => kind === 'rsa').map(({ id, material }) => [id, createPublicKey(material)] as const)
    }),
  )

  it.each([...recordedPosts(), ...recordedGets()])('%s verifies with the key of its sender at the time it came', (_name, message) => {
    const request = signedRequestOf(message)
    const verdict = readSignature(request, Date.parse(message.receivedAt))
    if (!verdict.ok) throw new Error(verdict.reason)
    const key = keys.get(verdict.claim.keyId)
    if (key === undefined) throw new Error(`no recorded key ${verdict.claim.keyId}`)
    expect(verifyClaim(verdict.claim, key)).toBe(true)
    if (message.body !== undefined) expect(verifyDigest(request, Buffer.from(message.body), verdict.claim.scheme)).toEqual({ ok: true })
  })

  it.each(recordedPosts())('%s is worth nothing with another body, for another path, at another host, or at another time', (_name, message) => {
    const request = signedRequestOf(message)
    const at = Date.parse(message.receivedAt)
    const verifies = (changed: SignedRequest) => {
      const verdict = readSignature(changed, at)
      return verdict.ok && [...keys.values()].some((key) => verifyClaim(verdict.claim, key))
    }
    expect(verifies(request)).toBe(true)
    expect(verifies({ ...request, target: `${request.target}x` })).toBe(false)
    expect(verifies({ ...request, origin: 'https://other.test' })).toBe(false)
    expect(verifies({ ...request, method: 'GET' })).toBe(false)
    expect(verifyDigest(request, Buffer.from(`${message.body} `), request.headers['signature-input'] === undefined ? 'cavage' : 'rfc9421').ok).toBe(
      false,
    )
    expect(readSignature(request, at + MAX_AGE_MS + 60_000)).toMatchObject({ ok: false, reason: 'the signature is not of this time' })
    expect(readSignature(request, at - MAX_AHEAD_MS - 60_000)).toMatchObject({ ok: false, reason: 'the signature is not of this time' })
  })
})

describe('signing', () => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const at = Date.parse('2026-01-02T03:04:05Z')
  const signer = { id: 'https://here.example/actor#main-key', key: privateKey }

  it('what we sign, we verify; with the query or, as some servers do, without', async () => {
    const url = new URL('https://there.example:8443/inbox?a=1&b=2')
    const body = Buffer.from('{}')
    const headers = await signedHeaders('POST', url, body, signer, at)
    const request = { method: 'POST', target: '/inbox?a=1&b=2', origin: url.origin, headers }
    const verdict = readSignature(request, at)
    expect(verdict.ok && verifyClaim(verdict.claim, publicKey)).toBe(true)
    const bare = await signedHeaders('POST', new URL('https://there.example:8443/inbox'), body, signer, at)
    const tolerated = readSignature({ ...request, headers: bare }, at)
    expect(tolerated.ok && verifyClaim(tolerated.claim, publicKey)).toBe(true)
  })

  it('the host is our public name, whatever the header says after a proxy', async () => {
    const url = new URL('https://here.example/inbox')
    const headers = await signedHeaders('POST', url, Buffer.from('{}'), signer, at)
    const proxied = readSignature({ method: 'POST', target: '/inbox', origin: url.origin, headers: { ...headers, host: '127.0.0.1:3000' } }, at)
    expect(proxied.ok && verifyClaim(proxied.claim, publicKey)).toBe(true)
    const stolen = readSignature({ method: 'POST', target: '/inbox', origin: 'https://victim.example', headers }, at)
    expect(stolen.ok && verifyClaim(stolen.claim, publicKey)).toBe(false)
  })

  it('an algorithm that does not fit the key never verifies', async () => {
    const headers = await signedHeaders('GET', new URL('https://here.example/x'), null, signer, at)
    const verdict = readSignature({ method: 'GET', target: '/x', origin: 'https://here.example', headers }, at)
    if (!verdict.ok) throw new Error(verdict.reason)
    for (const algorithm of ['ed25519', 'hmac-sha256', 'none', 'rsa-sha512', 'rsa-pss-sha512'])
      expect(verifyClaim({ ...verdict.claim, algorithm }, publicKey)).toBe(false)
    for (const algorithm of [null, 'hs2019', 'rsa-sha256', 'RSA-SHA256']) expect(verifyClaim({ ...verdict.claim, algorithm }, publicKey)).toBe(true)
  })

  it('reading never throws, whatever the headers are', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 300 }), fc.string({ maxLength: 300 }), fc.boolean(), (signature, input, both) => {
        const headers = { host: 'h', date: new Date(at).toUTCString(), signature, ...(both ? { 'signature-input': input } : {}) }
        return typeof readSignature({ method: 'POST', target: '/', origin: 'https://h.example', headers }, at).ok === 'boolean'
      }),
      { numRuns: 2_000 },
    )
  })
})

describe('structured fields', () => {
  it('malformed fields are refused', () => {
    for (const field of [
      'sig1=("a"',
      'sig1=:a:',
      'sig1=(a b',
      'sig1=("a")x',
      'sig1=("a"),',
      'sig1=("a""b")',
      'Sig=1',
      '=',
      'a=:AAAA',
      `a="${'x'.repeat(20_000)}"`,
    ])
      expect(parseDictionary(field)).toBeNull()
  })

  it('an inner list keeps its text exactly', () => {
    const list = parseDictionary('sig1=("@method"  "host";key="a\\"b");created=12;alg="x",  sig2=:AQID:')
    expect(list?.get('sig1')).toMatchObject({ kind: 'list', source: '("@method"  "host";key="a\\"b");created=12;alg="x"' })
    expect(list?.get('sig2')).toEqual({ kind: 'bytes', value: Buffer.from([1, 2, 3]) })
  })
})
