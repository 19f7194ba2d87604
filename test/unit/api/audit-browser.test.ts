/** The browser's own verifier against the server's: two programs that share no code must agree, about what is true and about what is not. */
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Bytes, fromBase64, toBase64, toHex, verifyEd25519 } from '../../../src/api/pages/audit/browser/bytes.ts'
import { decode } from '../../../src/api/pages/audit/browser/cbor.ts'
import { isForLog, isSignedBy, Keys, openLeaf } from '../../../src/api/pages/audit/browser/commit.ts'
import { Log } from '../../../src/api/pages/audit/browser/log.ts'
import { openCheckpoint, parseVerifierKey } from '../../../src/api/pages/audit/browser/note.ts'
import { climb, leafHash, rootAround } from '../../../src/api/pages/audit/browser/tree.ts'
import { type Cbor, decode as decodeStrictly, encode } from '../../../src/ledger/cbor.ts'
import { commitId, decodeCommit, parseLeaf } from '../../../src/ledger/commit.ts'
import { generateKeyPair, sign } from '../../../src/ledger/ed25519.ts'
import { signCheckpoint } from '../../../src/ledger/tlog/checkpoint.ts'
import { foldPlan, inclusionPlan, rootOf, leafHash as serverLeafHash } from '../../../src/ledger/tlog/merkle.ts'
import { ed25519Signer, verifierKey } from '../../../src/ledger/tlog/note.ts'
import { encodeEntryBundle } from '../../../src/ledger/tlog/tile.ts'

const bytes = (source: Uint8Array): Bytes => new Uint8Array(source)
const same = (a: Uint8Array | undefined, b: Uint8Array): boolean => a !== undefined && toHex(a) === toHex(b)
const entries = Array.from({ length: 64 }, (_, i) => bytes(Buffer.from(`entry ${i}`)))
const leaves = entries.map((entry) => bytes(serverLeafHash(entry)))
const nodeOf =
  (size: number) =>
  async (level: number, index: number): Promise<Bytes> => {
    expect((index + 1) * 2 ** level, 'only complete subtrees are asked for').toBeLessThanOrEqual(size)
    return bytes(rootOf(leaves.slice(index * 2 ** level, (index + 1) * 2 ** level)))
  }

describe('the tree', () => {
  test('every leaf of every tree up to 64 climbs to the root of the server, along the server’s path', async () => {
    expect(await leafHash(entries[0] as Bytes)).toEqual(leaves[0])
    for (let size = 1; size <= 64; size++) {
      const root = rootOf(leaves.slice(0, size))
      for (let index = 0; index < size; index++) {
        const path = foldPlan(inclusionPlan(index, size), ({ level, index }) => rootOf(leaves.slice(index * 2 ** level, (index + 1) * 2 ** level)))
        const steps = await climb(leaves[index] as Bytes, index, size, path.map(bytes))
        expect(same(steps?.at(-1)?.result ?? leaves[index], root), `${index} of ${size}`).toBe(true)
        expect(await climb(leaves[index] as Bytes, index, size, [...path.map(bytes), bytes(root)])).toBeNull()
      }
      expect(await climb(leaves[0] as Bytes, size, size, [])).toBeNull()
    }
  })

  test('every range of every tree up to 24 makes its root, and with one leaf exchanged another', async () => {
    for (let size = 1; size <= 24; size++) {
      const root = rootOf(leaves.slice(0, size))
      for (let from = 0; from < size; from++) {
        for (let to = from + 1; to <= size; to++) {
          expect(same(await rootAround(leaves.slice(from, to), from, size, nodeOf(size)), root), `${from} to ${to} of ${size}`).toBe(true)
        }
        const wrong = [leaves[63] as Bytes, ...leaves.slice(from + 1, size)]
        expect(same(await rootAround(wrong, from, size, nodeOf(size)), root)).toBe(false)
      }
    }
  })
})

describe('the bytes of commits', () => {
  const value: fc.Arbitrary<Cbor> = fc.letrec<{ item: Cbor }>((tie) => ({
    item: fc.oneof(
      { maxDepth: 4 },
      fc.nat({ max: Number.MAX_SAFE_INTEGER }),
      fc.uint8Array({ maxLength: 300 }),
      fc.string().map((text) => text.toWellFormed().normalize('NFC')),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie('item'), { maxLength: 5 }),
    ),
  })).item

  test('what the server writes reads the same here', () => {
    fc.assert(fc.property(value, (item) => same(encode(decode(bytes(encode(item))) as Cbor), encode(item))))
  })

  test('what the server refuses is refused here, and nothing else', () => {
    const refuses = (read: (source: Bytes) => unknown, source: Bytes): boolean => {
      try {
        read(source)
        return false
      } catch {
        return true
      }
    }
    fc.assert(
      fc.property(value, fc.nat(), fc.nat({ max: 255 }), (item, at, replacement) => {
        const altered = bytes(encode(item))
        altered[at % altered.length] = replacement
        expect(refuses(decode, altered)).toBe(refuses(decodeStrictly, altered))
      }),
      { numRuns: 2_000 },
    )
  })

  test('the golden leaf opens to the golden commit, signed by the key that its genesis names', async () => {
    const leaf = bytes(Buffer.from(readFileSync('fixtures/ledger/leaf-public.hex', 'utf8').replaceAll(/\s/g, ''), 'hex'))
    const parsed = parseLeaf(leaf)
    if (parsed.kind !== 'public') throw new Error('the golden leaf is public')
    const header = decodeCommit(parsed.commit)
    const commit = await openLeaf(leaf)
    expect(commit).toMatchObject({
      id: toHex(commitId(parsed.commit)),
      actor: toHex(header.actor),
      key: toHex(header.key),
      lane: header.lane,
      seq: header.seq,
      time: header.time,
    })
    if (commit === null) throw new Error('the golden leaf opens')
    expect([await isForLog(commit, 'social.example/log/1'), await isForLog(commit, 'social.example/log/2')]).toEqual([true, true])
    expect([await isForLog(commit, 'other.example/log/1'), await isForLog(commit, 'social.example/log')]).toEqual([false, false])
    const keys = new Keys(commit.actor)
    await keys.follow(commit)
    expect(await isSignedBy(commit, keys.publicKey(commit.key) ?? new Uint8Array())).toBe(true)
    const forged = bytes(leaf)
    forged[forged.length - 1] = (forged.at(-1) ?? 0) ^ 1
    await expect(new Keys(commit.actor).follow((await openLeaf(forged)) ?? commit)).rejects.toThrow('not signed')
  })

  test('a blinded leaf opens to nothing', async () => {
    expect(await openLeaf(new Uint8Array([1, ...new Uint8Array(32)]))).toBeNull()
    await expect(openLeaf(new Uint8Array(33))).rejects.toThrow('neither')
  })
})

describe('checkpoints', () => {
  const log = generateKeyPair()
  const origin = 'social.example/log/1'
  const vkey = verifierKey(origin, log.publicKey)
  const note = signCheckpoint({ origin, size: 64, root: rootOf(leaves) }, [ed25519Signer(origin, log.privateKey, log.publicKey)])

  test('signed by the log open, with any character changed they do not', async () => {
    const key = await parseVerifierKey(vkey)
    expect(await openCheckpoint(note, key)).toMatchObject({ origin, size: 64, root: bytes(rootOf(leaves)), others: [] })
    for (let at = 0; at < note.length; at++) {
      const altered = note.slice(0, at) + (note[at] === 'A' ? 'B' : 'A') + note.slice(at + 1)
      await expect(openCheckpoint(altered, key), `character ${at}`).rejects.toThrow()
    }
  })

  test('a verifier key with any character changed is none', async () => {
    for (let at = 0; at < vkey.length; at++) {
      const altered = vkey.slice(0, at) + (vkey[at] === 'A' ? 'B' : 'A') + vkey.slice(at + 1)
      await expect(parseVerifierKey(altered), `character ${at}`).rejects.toThrow()
    }
  })

  test('a signature is valid here exactly when it is there', async () => {
    const message = bytes(Buffer.from('message'))
    const signature = bytes(sign(message, log.privateKey))
    expect(await verifyEd25519(signature, message, bytes(log.publicKey))).toBe(true)
    expect(await verifyEd25519(signature, bytes(Buffer.from('messagf')), bytes(log.publicKey))).toBe(false)
    expect(await verifyEd25519(signature, message, new Uint8Array(31))).toBe(false)
  })
})

test('base64 has one spelling', () => {
  fc.assert(fc.property(fc.uint8Array(), (source) => same(fromBase64(toBase64(source)) ?? undefined, source)))
  for (const text of ['QQ', 'QR==', ' QQ==', 'QQ==\n', '-_==']) expect(fromBase64(text), text).toBeNull()
})

test('bundles and tiles are asked for by the names that C2SP gives them', async () => {
  const asked: string[] = []
  const log = new Log(async (path) => {
    asked.push(path as string)
    const isBundle = (path as string).includes('/entries/')
    return new Response(bytes(isBundle ? encodeEntryBundle(Array.from({ length: 256 }, () => new Uint8Array([1]))) : new Uint8Array(256 * 32)))
  })
  for await (const entry of log.entries(70_000 * 256, 70_000 * 256 + 1, 70_001 * 256)) expect(entry).toEqual(new Uint8Array([1]))
  await log.nodes(70_001 * 256 + 9)(0, 70_001 * 256 + 3)
  await log.nodes(70_001 * 256 + 9)(10, 3)
  expect(asked).toEqual(['/log/tile/entries/x070/000', '/log/tile/0/x070/001.p/9', '/log/tile/1/000'])
})
