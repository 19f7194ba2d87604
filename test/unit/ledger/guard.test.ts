import { generateKeyPairSync } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { proven, setback, setbackText } from '../../../src/ledger/guard.ts'
import { Marker, markPath, readMark } from '../../../src/ledger/mark.ts'
import { signCheckpoint } from '../../../src/ledger/tlog/checkpoint.ts'
import { leafHash, rootOf } from '../../../src/ledger/tlog/merkle.ts'
import { ed25519Signer, parseVerifierKey, verifierKey } from '../../../src/ledger/tlog/note.ts'

const ORIGIN = 'here.example/log/1'
const keys = (name: string) => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const raw = Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url')
  return { signer: ed25519Signer(name, privateKey, raw), verifier: parseVerifierKey(verifierKey(name, raw)) }
}
const log = keys(ORIGIN)
const leaves = Array.from({ length: 20 }, (_, i) => leafHash(Buffer.from(`entry ${i}`)))
const rootAt = async (size: number) => rootOf(leaves.slice(0, size))
const facts = async (size: number) => ({ head: { size, root: await rootAt(size) }, rootAt })
const claim = async (size: number, by = 'a witness') => ({
  by,
  note: signCheckpoint({ origin: ORIGIN, size, root: await rootAt(size) }, [log.signer]),
})
const sure = async (size: number, by?: string) => {
  const proof = proven(await claim(size, by), log.verifier)
  if (proof === null) throw new TypeError('not proven')
  return proof
}

describe('a claim', () => {
  test('counts with the signature of our log', async () => {
    expect(proven(await claim(7), log.verifier)).toMatchObject({ by: 'a witness', checkpoint: { size: 7, root: await rootAt(7) } })
  })

  test('counts for nothing without it: signed by another key, for another log, changed in any byte, or no note at all', async () => {
    const { note } = await claim(7)
    expect(proven({ by: 'x', note }, keys(ORIGIN).verifier)).toBeNull()
    const stranger = keys('there.example/log/1')
    expect(proven({ by: 'x', note: signCheckpoint({ origin: ORIGIN, size: 9, root: await rootAt(9) }, [stranger.signer]) }, log.verifier)).toBeNull()
    const bytes = Buffer.from(note)
    for (let i = 0; i < bytes.length; i++) {
      const changed = Buffer.from(bytes)
      changed[i] = (changed[i] ?? 0) ^ 1
      expect(proven({ by: 'x', note: changed.toString('latin1') }, log.verifier)).toBeNull()
    }
    expect(proven({ by: 'x', note: '' }, log.verifier)).toBeNull()
  })
})

describe('the stored log', () => {
  test('may go on when it contains every checkpoint that is claimed', async () => {
    for (let size = 0; size <= 10; size++) expect(await setback(await facts(10), [await sure(size)])).toBeNull()
    expect(await setback(await facts(10), [])).toBeNull()
  })

  test('is behind the claim that goes furthest', async () => {
    const found = await setback(await facts(10), [await sure(12), await sure(15, 'the furthest'), await sure(3)])
    expect(found).toMatchObject({ is: 'behind', proof: { by: 'the furthest', checkpoint: { size: 15 } } })
    if (found !== null) expect(setbackText(found)).toMatch(/holds 10 entries.*the furthest.*at 15\. 5 commits from position 10 on are missing/)
  })

  test('is not ours when a claim contradicts it, however far others go', async () => {
    const { signer } = log
    const wrong = { by: 'x', note: signCheckpoint({ origin: ORIGIN, size: 4, root: await rootAt(5) }, [signer]) }
    const lie = proven(wrong, log.verifier)
    if (lie === null) throw new TypeError('not proven')
    const found = await setback(await facts(10), [await sure(15), lie])
    expect(found).toMatchObject({ is: 'forked', proof: { by: 'x' } })
    if (found !== null) expect(setbackText(found)).toMatch('another root')
  })
})

describe('the mark', () => {
  let dir: string
  beforeEach(async () => {
    dir = await mkdtemp(path.join(tmpdir(), 'vivim-mark-'))
  })
  afterEach(() => rm(dir, { recursive: true }))

  test('is nothing before the first, and the last after closing', async () => {
    expect(await readMark(dir)).toBeNull()
    let note = 'one\n'
    const marker = new Marker({ dataDir: dir, newest: () => note, log: () => {} })
    marker.grew()
    note = 'two\n'
    marker.grew()
    await marker.close()
    expect(await readMark(dir)).toBe('two\n')
    expect(await readdir(dir)).toEqual([path.basename(markPath(dir))])
  })

  test('follows a log that grows, but writes only now and then', async () => {
    let size = 0
    const marker = new Marker({ dataDir: dir, newest: () => `${size}`, log: () => {}, pauseMs: 20 })
    const seen = new Set<string>()
    for (size = 1; size <= 200; size++) {
      marker.grew()
      await sleep(1)
      seen.add((await readMark(dir)) ?? '')
    }
    expect(seen.size).toBeGreaterThan(2)
    expect(seen.size).toBeLessThan(60)
    await marker.close()
    expect(await readFile(markPath(dir), 'utf8')).toBe('201')
  })

  test('that cannot be written is a warning, and nothing more', async () => {
    const warnings: string[] = []
    const marker = new Marker({ dataDir: path.join(dir, 'gone'), newest: () => 'x', log: (_level, message) => warnings.push(message) })
    marker.grew()
    await marker.close()
    expect(warnings).toHaveLength(1)
  })
})
