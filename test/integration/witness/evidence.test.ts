/** A key that signs two commits for one place of its chain: both end up in the log, in a form that needs nobody's word. */
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { Alarm } from '../../../src/federation/witness/alarm.ts'
import { decodeCommit, encodeCommit, signingInput } from '../../../src/ledger/commit.ts'
import { Device } from '../../../src/ledger/device.ts'
import { type Ed25519KeyPair, generateKeyPair, sign } from '../../../src/ledger/ed25519.ts'
import { EVIDENCE_STREAM, problemWithEvidence } from '../../../src/ledger/evidence.ts'
import type { Lane, SignedCommit } from '../../../src/ledger/types.ts'
import { begin, openParty, type Party } from './party.ts'

let party: Party
beforeAll(async () => {
  party = await openParty('here.example')
  await begin(party, 1)
})
afterAll(() => party.close())

/** A device that has signed two commits for one place in this lane, and sent both; the second again. */
async function twice(lane: Lane): Promise<Ed25519KeyPair> {
  const keys = generateKeyPair()
  const device = new Device({ keys, log: party.ledger.logOrigin, now: Date.now })
  await submit(await device.commit({ lane: 'public', events: [device.genesis] }))
  const part = { codec: 'json', bytes: Buffer.from('{"said":"one thing"}') } as const
  const first = await device.commit({ lane, events: [{ type: 'status:create', schema: 1, stream: `said/${lane}`, parts: [part] }] })
  const commit = encodeCommit({ ...decodeCommit(first.commit), time: decodeCommit(first.commit).time + 1 })
  const second = { ...first, commit, signature: sign(signingInput(commit), keys.privateKey) }
  expect(await submit(first)).toMatchObject({ ok: true })
  expect(await submit(second)).toMatchObject({ ok: false, code: 'EQUIVOCATION' })
  await submit(second)
  return keys
}

const submit = async (commit: SignedCommit) => (await party.ledger.submit([commit]))[0]

test.each(['public', 'private'] as const)('in the %s lane: recorded once, told only to those who may read the commits', async (lane) => {
  const { publicKey } = await twice(lane)
  const against = async () =>
    (await party.witnessing.evidence()).filter(({ evidence }) => evidence.of === 'key' && Buffer.compare(evidence.publicKey, publicKey) === 0)
  await vi.waitFor(async () => expect(await against()).toHaveLength(1), 5_000)
  const [recorded] = await against()
  if (recorded === undefined) throw new TypeError('nothing is recorded')
  expect(problemWithEvidence(recorded.evidence)).toBeNull()
  const [entry] = await party.ledger.read(recorded.position, 1)
  expect(entry).toMatchObject({ lane, events: [{ type: 'log:evidence', stream: EVIDENCE_STREAM }] })
  expect(party.logged).toContainEqual(expect.objectContaining({ level: 'error', message: 'EQUIVOCATION' }))
  expect((await party.witnessing.status()).counts.alarms).toBe(lane === 'public' ? 1 : 2)
})

test('what proves nothing is not recorded, and raises no alarm', async () => {
  const before = await party.witnessing.evidence()
  const [one] = before
  if (one?.evidence.of !== 'key') throw new TypeError('no evidence')
  const alarm = new Alarm(party.ledger, () => {})
  alarm.raise({ ...one.evidence, second: one.evidence.first })
  alarm.raise(one.evidence)
  await alarm.settled()
  expect(alarm.raised).toBe(1)
  expect(await party.witnessing.evidence()).toEqual(before)
})
