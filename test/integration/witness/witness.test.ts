/** The witness as logs meet it: what it answers over HTTP, what it remembers, and what it does with a log that lies. */
import { hash } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { generateKeyPair } from '../../../src/ledger/ed25519.ts'
import { problemWithEvidence } from '../../../src/ledger/evidence.ts'
import { signCheckpoint } from '../../../src/ledger/tlog/checkpoint.ts'
import { openCosigned, parseCosignerKey } from '../../../src/ledger/tlog/cosignature.ts'
import { consistencyPlan, foldPlan, type Hash, leafHash, rootOf } from '../../../src/ledger/tlog/merkle.ts'
import { ed25519Signer, parseVerifierKey, verifierKey } from '../../../src/ledger/tlog/note.ts'
import { formatAddCheckpoint, monitorPath } from '../../../src/ledger/tlog/witness.ts'
import { begin, openParty, type Party } from './party.ts'

const ORIGIN = 'log.example/log/1'
const key = generateKeyPair()
const vkey = verifierKey(ORIGIN, key.publicKey)
const log = ed25519Signer(ORIGIN, key.privateKey, key.publicKey)
const leaves = Array.from({ length: 40 }, (_, i) => leafHash(Buffer.from(`leaf ${i}`)))
const other = leaves.map((leaf, i) => (i === 3 ? leafHash(Buffer.from('another history')) : leaf))
const note = (size: number, tree = leaves, origin = ORIGIN, signer = log) =>
  signCheckpoint({ origin, size, root: rootOf(tree.slice(0, size)) }, [signer])
const consistencyProof = (from: number, tree: readonly Hash[]): Hash[] =>
  foldPlan(consistencyPlan(from, tree.length), ({ level, index }) => rootOf(tree.slice(index * 2 ** level, (index + 1) * 2 ** level)))
const request = (old: number, size: number, tree = leaves) =>
  formatAddCheckpoint({ oldSize: old, proof: old === 0 ? [] : consistencyProof(old, tree.slice(0, size)), note: note(size, tree) })

let witness: Party
beforeEach(async () => {
  witness = await openParty('w.example', `log ${vkey} https://log.example/log\nquorum none\n`)
})
afterEach(() => witness.close())

async function add(body: string): Promise<{ status: number; type: string | null; text: string }> {
  const answer = await fetch(`${witness.url}/witness/add-checkpoint`, { method: 'POST', body })
  return { status: answer.status, type: answer.headers.get('content-type'), text: await answer.text() }
}
const newest = async () => fetch(`${witness.url}/witness/${monitorPath(ORIGIN)}`)
const opened = (text: string) => openCosigned(text, [parseVerifierKey(vkey)], witness.witnessing.keys.verifierKeys.map(parseCosignerKey))

describe('a known log', () => {
  test('is cosigned as it grows, with both keys, and monitors see the newest', async () => {
    expect((await newest()).status).toBe(404)
    for (const [old, size] of [
      [0, 5],
      [5, 5],
      [5, 12],
      [12, 40],
    ] as const) {
      const { status, text } = await add(request(old, size))
      expect(status).toBe(200)
      const cosigned = opened(`${note(size)}${text}`)
      expect(cosigned.cosignatures.map(({ by }) => by.type)).toEqual([4, 6])
      for (const { time } of cosigned.cosignatures) expect(Math.abs(time - Date.now() / 1000)).toBeLessThan(10)
      expect(opened(await (await newest()).text()).checkpoint.size).toBe(size)
    }
  })

  test('hears what is wrong: 400, 403, 404, 409 with the size, 422', async () => {
    await add(request(0, 12))
    expect((await add('old 12\n')).status).toBe(400)
    expect((await add('')).status).toBe(400)
    expect((await add(request(12, 12).replace('old 12', 'old 13'))).status).toBe(400)
    const stranger = generateKeyPair()
    const forged = note(20, leaves, ORIGIN, ed25519Signer(ORIGIN, stranger.privateKey, stranger.publicKey))
    expect((await add(formatAddCheckpoint({ oldSize: 12, proof: [], note: forged }))).status).toBe(403)
    const unknown = note(20, leaves, 'else.example/log/1', ed25519Signer('else.example/log/1', key.privateKey, key.publicKey))
    expect((await add(formatAddCheckpoint({ oldSize: 12, proof: [], note: unknown }))).status).toBe(404)
    expect(await add(request(5, 20))).toEqual({ status: 409, type: 'text/x.tlog.size', text: '12\n' })
    expect((await add(formatAddCheckpoint({ oldSize: 12, proof: [], note: note(20) }))).status).toBe(422)
    expect((await add(request(12, 20, other))).status).toBe(422)
    expect(opened(await (await newest()).text()).checkpoint.size).toBe(12)
  })

  test('never goes back: of many requests at once some are cosigned, and the newest is the largest of those', async () => {
    await add(request(0, 1))
    const answers = await Promise.all(Array.from({ length: 30 }, (_, i) => add(request(1, i + 2)).then(({ status }) => ({ status, size: i + 2 }))))
    const cosigned = answers.filter(({ status }) => status === 200)
    expect(answers.every(({ status }) => status === 200 || status === 409)).toBe(true)
    expect(cosigned).toHaveLength(1)
    expect(opened(await (await newest()).text()).checkpoint.size).toBe(cosigned[0]?.size)
  })

  test('is remembered when the witness starts again', async () => {
    await add(request(0, 12))
    await witness.restart()
    expect(await add(request(0, 12))).toMatchObject({ status: 409, text: '12\n' })
    expect((await add(request(12, 13))).status).toBe(200)
  })

  test('is not cosigned by a witness that may have forgotten what it cosigned', async () => {
    witness.ledger.makeReadOnly('restored')
    expect((await add(request(0, 5))).status).toBe(503)
  })
})

describe('a log that signs two histories', () => {
  test('is caught: the proof is in the ledger, once, and an alarm is raised', async () => {
    await begin(witness, 1)
    await add(request(0, 12))
    await add(formatAddCheckpoint({ oldSize: 12, proof: [], note: note(12, other) }))
    await vi.waitFor(async () => expect(await witness.witnessing.evidence()).toHaveLength(1), 5_000)
    await add(formatAddCheckpoint({ oldSize: 0, proof: [], note: note(12, other) }))
    await witness.restart()
    const third = leaves.with(2, hash('sha256', 'a third', 'buffer'))
    await add(formatAddCheckpoint({ oldSize: 12, proof: [], note: note(12, third) }))
    await witness.witnessing.close()
    const [evidence, ...more] = await witness.witnessing.evidence()
    expect(more).toEqual([])
    expect(evidence?.evidence).toMatchObject({ of: 'log', verifierKey: vkey })
    expect(evidence === undefined ? 'none' : problemWithEvidence(evidence.evidence)).toBeNull()
    expect(witness.logged).toContainEqual(expect.objectContaining({ level: 'error', message: 'EQUIVOCATION' }))
  })

  test('is not accused for a proof that is merely wrong, or a checkpoint that is merely old', async () => {
    await begin(witness, 1)
    await add(request(0, 12))
    await add(formatAddCheckpoint({ oldSize: 12, proof: [], note: note(20) }))
    await add(request(0, 12))
    await add(request(0, 5))
    await witness.witnessing.close()
    expect(await witness.witnessing.evidence()).toEqual([])
  })
})

describe('logs that the operator names', () => {
  test('are witnessed from then on, until they are let go', async () => {
    await witness.trust('quorum none\n')
    await witness.restart()
    expect((await add(request(0, 5))).status).toBe(404)
    await begin(witness, 1)
    const say = (type: string, more: object) => {
      const bytes = Buffer.from(JSON.stringify({ vkey, ...more, at: new Date().toISOString() }))
      const stream = witness.ledger.streamName('witness', 'logs')
      return witness.ledger.append({ signer: 'instance', lane: 'private', events: [{ type, schema: 1, stream, parts: [{ codec: 'json', bytes }] }] })
    }
    await say('witness:add', { url: null })
    await vi.waitFor(async () => expect((await add(request(0, 5))).status).toBe(200), 5_000)
    await witness.restart()
    expect((await add(request(5, 6))).status).toBe(200)
    expect((await witness.witnessing.status()).logs).toMatchObject([{ origin: ORIGIN, from: 'operator', size: 6 }])
    await say('witness:remove', {})
    await vi.waitFor(async () => expect((await add(request(6, 7))).status).toBe(404), 5_000)
  })
})
