/** Keys as text: the published example, and the law that writing and reading agree. */
import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { didKeys, didWeb, multikey, parseAnyMultikey, publicKeyOfDids } from '../../../src/host/did-key.ts'

const hex = (bytes: Uint8Array | null | undefined): string => Buffer.from(bytes ?? []).toString('hex')

describe('did:key', () => {
  test('the Ed25519 example of the specification', () => {
    // https://w3c-ccg.github.io/did-key-spec/#ed25519-x25519, section 5.1
    const bytes = publicKeyOfDids('did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp')
    expect(hex(bytes)).toBe('3b6a27bcceb6a42d62a3a8d02a6f0d73653215771de243a63ac048a18b59da29')
    expect(didKeys(bytes ?? new Uint8Array())).toEqual(['did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp'])
  })
  test('a hybrid key is two, and comes back from them', () => {
    const second = createPublicKey(generateKeyPairSync('ml-dsa-65').privateKey).export({ format: 'der', type: 'spki' }).subarray(-1_952)
    const key = Buffer.concat([new Uint8Array(32).fill(3), second])
    const dids = didKeys(key)
    expect(dids).toHaveLength(2)
    expect(hex(publicKeyOfDids(dids.join(',')))).toBe(hex(key))
    expect(publicKeyOfDids([...dids].reverse().join(','))).toBeNull()
    expect(publicKeyOfDids(dids[1] ?? '')).toBeNull()
    expect(publicKeyOfDids([...dids, ...dids].join(','))).toBeNull()
  })
  test.each(['ed25519', 'ml-dsa-44', 'ml-dsa-65'] as const)('every %s key comes back from its text', (algorithm) => {
    const length = { ed25519: 32, 'ml-dsa-44': 1_312, 'ml-dsa-65': 1_952 }[algorithm]
    fc.assert(
      fc.property(fc.uint8Array({ minLength: length, maxLength: length }), (key) => {
        const parsed = parseAnyMultikey(multikey(algorithm, key))
        expect(parsed).toEqual({ algorithm, publicKey: key })
      }),
      { numRuns: 10 },
    )
  })
  test('anything else is no key', () => {
    for (const text of [
      '',
      'z',
      'did:key:',
      'did:key:z6Mk',
      'zzzz',
      'did:web:example.org',
      'z'.repeat(5_000),
      '😀',
      'did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp,',
    ])
      expect(publicKeyOfDids(text)).toBeNull()
  })
})

test('did:web names the host, with the colon of a port encoded', () => {
  expect(didWeb('https://social.example')).toBe('did:web:social.example')
  expect(didWeb('http://127.0.0.1:3000')).toBe('did:web:127.0.0.1%3A3000')
})
