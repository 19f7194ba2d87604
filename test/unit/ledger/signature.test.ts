/** Signatures of commits in both suites: golden bytes, and the law that each half must verify. */
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { commitId, decodeCommit, encodeCommit, parseLeaf, publicLeaf, SIGNATURE_LENGTH, suiteOf } from '../../../src/ledger/commit.ts'
import { generateKeyPair, keyId, keyPairFromSeed } from '../../../src/ledger/ed25519.ts'
import { mlDsaKeyPair, verifyMlDsa } from '../../../src/ledger/ml-dsa.ts'
import { commitSigner, ed25519Half, isHybrid, isRegistrableKey, mlDsaHalf, verifyCommit, verifyCommitAsync } from '../../../src/ledger/signature.ts'
import { isTorsionFree, isTorsionFreeHere } from '../../../src/ledger/torsion.ts'

const fill = (byte: number, length = 32): Uint8Array => new Uint8Array(length).fill(byte)
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'))

/** Both seeds are 32 times `0x0b`, as in fixtures/ledger/README.md. */
const seed = fill(11)
const mlDsa = mlDsaKeyPair(seed)
const publicKey = Buffer.concat([keyPairFromSeed(seed).publicKey, mlDsa.publicKey])

const commitOf = (suite: 1 | 2): Uint8Array =>
  encodeCommit({
    v: 1,
    suite,
    log: fill(1),
    actor: fill(2),
    key: keyId(publicKey),
    lane: 'public',
    seq: 0,
    prev: null,
    time: 1_790_000_000_000,
    counter: 0,
    deps: [],
    seen: null,
    pre: [],
    events: [{ type: 'status:create', schema: 1, stream: 'status/a', parts: [] }],
  })

/** Both paths must agree; the verdict they agree on. */
async function verdict(commit: Uint8Array, signature: Uint8Array, key: Uint8Array = publicKey): Promise<boolean> {
  const [now, later] = [verifyCommit(commit, signature, key), await verifyCommitAsync(commit, signature, key)]
  expect(now).toBe(later)
  return now
}

describe('golden files', () => {
  test('a hybrid leaf, signed once, verifies ever after', async () => {
    const leaf = bytes(readFileSync('fixtures/ledger/leaf-hybrid.hex', 'utf8').replaceAll(/\s/g, ''))
    const parsed = parseLeaf(leaf)
    if (parsed.kind !== 'public') throw new Error('not public')
    expect(hex(parsed.commit)).toBe(hex(commitOf(2)))
    expect([parsed.signature.length, suiteOf(parsed.commit), decodeCommit(parsed.commit).suite]).toEqual([3_373, 2, 2])
    expect(hex(publicLeaf(parsed.commit, parsed.signature))).toBe(hex(leaf))
    expect(await verdict(parsed.commit, parsed.signature)).toBe(true)
  })
  test('the hybrid key of these seeds is that one', () => {
    expect(hex(publicKey)).toBe(readFileSync('fixtures/ledger/key-hybrid.hex', 'utf8').replaceAll(/\s/g, ''))
    expect([publicKey.length, isHybrid(publicKey), isHybrid(ed25519Half(publicKey)), mlDsaHalf(publicKey).length]).toEqual([
      1_984,
      true,
      false,
      1_952,
    ])
  })
})

describe('laws', () => {
  test.each([1, 2] as const)('what a hybrid key signs in suite %i verifies, and nothing near it', async (suite) => {
    const commit = commitOf(suite)
    const signature = await commitSigner(seed, mlDsa.privateKey)(commit)
    expect([signature.length, await verdict(commit, signature)]).toEqual([SIGNATURE_LENGTH[suite], true])
    for (const at of [0, 40, 63, ...(suite === 2 ? [64, 1_500, 3_372] : [])])
      expect(
        await verdict(
          commit,
          signature.map((byte, i) => (i === at ? byte ^ 1 : byte)),
        ),
      ).toBe(false)
    for (const at of [0, 20, 31, ...(suite === 2 ? [32, 1_000, 1_983] : [])])
      expect(
        await verdict(
          commit,
          signature,
          publicKey.map((byte, i) => (i === at ? byte ^ 1 : byte)),
        ),
      ).toBe(false)
    expect(await verdict(commitOf(suite === 1 ? 2 : 1), signature)).toBe(false)
    for (const wrong of [signature.subarray(1), Buffer.concat([signature, fill(0, 1)]), signature.subarray(0, 64), fill(0, 0)])
      if (wrong.length !== signature.length) expect(await verdict(commit, wrong)).toBe(false)
  })
  test('each half of a hybrid signature must be right', async () => {
    const commit = commitOf(2)
    const good = await commitSigner(seed, mlDsa.privateKey)(commit)
    const [otherEd, otherPq] = [
      await commitSigner(fill(12), mlDsa.privateKey)(commit),
      await commitSigner(seed, mlDsaKeyPair(fill(12)).privateKey)(commit),
    ]
    expect(await verdict(commit, Buffer.concat([otherEd.subarray(0, 64), good.subarray(64)]))).toBe(false)
    expect(await verdict(commit, Buffer.concat([good.subarray(0, 64), otherPq.subarray(64)]))).toBe(false)
    expect(await verdict(commit, Buffer.concat([otherPq.subarray(0, 64), good.subarray(64)]))).toBe(true) // the same Ed25519 half
  })
  test('a hybrid signature says nothing for an Ed25519 key, nor the other way round', async () => {
    const signature = await commitSigner(seed, mlDsa.privateKey)(commitOf(2))
    expect(await verdict(commitOf(2), signature, ed25519Half(publicKey))).toBe(false)
    expect(await verdict(commitOf(2), signature.subarray(0, 64), ed25519Half(publicKey))).toBe(false)
    const plain = await commitSigner(seed, null)(commitOf(1))
    expect(await verdict(commitOf(1), plain, ed25519Half(publicKey))).toBe(true)
    expect(await verdict(commitOf(1), plain, mlDsaHalf(publicKey))).toBe(false)
  })
  test('a key without the second half signs no suite 2', () => {
    expect(() => commitSigner(seed, null)(commitOf(2))).toThrow(TypeError)
  })
  test('arbitrary bytes are refused, never thrown on', async () => {
    for (let i = 0; i < 50; i++) expect(await verdict(commitOf(2), randomBytes(3_373), publicKey)).toBe(false)
    expect(await verdict(new Uint8Array(), fill(0, 64), publicKey)).toBe(false)
    expect(verifyMlDsa(fill(0, 3_309), commitId(commitOf(2)), fill(0, 1_952))).toBe(false)
    expect(() => mlDsaKeyPair(fill(0, 31))).toThrow(RangeError)
  })
})

test('Wycheproof: ML-DSA-65 as commits use it, raw keys and an empty context', () => {
  type Case = { readonly tcId: number; readonly msg: string; readonly sig: string; readonly ctx?: string; readonly result: string }
  const { testGroups } = JSON.parse(readFileSync('fixtures/wycheproof/mldsa_65_verify_test.json', 'utf8')) as {
    testGroups: { readonly publicKey: string; readonly tests: readonly Case[] }[]
  }
  const cases = testGroups.flatMap(({ publicKey: key, tests }) =>
    tests.filter(({ ctx }) => ctx === undefined || ctx === '').map((test) => ({ key, ...test })),
  )
  expect(cases.length).toBeGreaterThan(100)
  const wrong = cases.filter(({ key, msg, sig, result }) => verifyMlDsa(bytes(sig), bytes(msg), bytes(key)) !== (result === 'valid'))
  expect(wrong.map(({ tcId }) => tcId)).toEqual([])
})

describe('keys that may be registered', () => {
  const p = 2n ** 255n - 19n
  const point = (y: bigint, sign = 0): Uint8Array => {
    const encoded = Uint8Array.from({ length: 32 }, (_, i) => Number((y >> BigInt(8 * i)) & 0xffn))
    encoded[31] = (encoded[31] ?? 0) | (sign << 7)
    return encoded
  }
  test('are those that every library makes', () => {
    for (let i = 0; i < 20; i++) {
      const key = generateKeyPair().publicKey
      expect([isRegistrableKey(key), isTorsionFree(key), isTorsionFreeHere(key)]).toEqual([true, true, true])
    }
    expect(isRegistrableKey(publicKey)).toBe(true)
  })
  test('are not of mixed order: a key plus a point of order 8, 4 or 2', () => {
    // fixtures/ed25519/speccheck.json: public keys of mixed order in cases 2 to 5
    const cases = JSON.parse(readFileSync('fixtures/ed25519/speccheck.json', 'utf8')) as { pub_key: string }[]
    const mixed = cases.slice(2, 6).map(({ pub_key }) => bytes(pub_key))
    expect(mixed.map((key) => [isTorsionFree(key), isTorsionFreeHere(key), isRegistrableKey(key)])).toEqual(mixed.map(() => [false, false, false]))
  })
  test('are not of small order, not off the curve, not written otherwise', () => {
    const order8 = 0x7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7n
    const wrong = [point(0n), point(1n), point(1n, 1), point(p - 1n), point(order8), point(p - order8, 1), point(2n), point(p), point(p + 3n)]
    for (const key of [...wrong, fill(0, 31), fill(9, 33), fill(9, 0), Buffer.concat([fill(9), mlDsa.publicKey.subarray(1)])])
      expect(isRegistrableKey(key)).toBe(false)
    for (const key of wrong) expect(isTorsionFreeHere(key)).toBe(false)
  })
  test('are the same with libsodium and without it', () => {
    let free = 0
    for (let i = 0; i < 300; i++) {
      const key = randomBytes(32)
      expect(isTorsionFreeHere(key)).toBe(isTorsionFree(key))
      if (isTorsionFree(key)) free++
    }
    expect(free).toBeGreaterThan(3) // one in sixteen
  })
})
