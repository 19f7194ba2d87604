/** What is kept of cosigned checkpoints, and for how long. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { CosignedCheckpoints } from '../../../src/ledger/cosigned.ts'
import { generateKeyPair } from '../../../src/ledger/ed25519.ts'
import { ed25519Cosigner } from '../../../src/ledger/tlog/cosignature.ts'
import { parseNote } from '../../../src/ledger/tlog/note.ts'
import { addSignatures } from '../../../src/ledger/tlog/witness.ts'
import { fill, openWorld, type World } from './world.ts'

let world: World
beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world.close())

const keys = generateKeyPair()
const { cosign } = ed25519Cosigner('w.example/witness/1', keys.privateKey, keys.publicKey)
const START = Date.UTC(2026, 0, 1)
const cosigned = (note: string, seconds: number) => addSignatures(note, [cosign(parseNote(note).text, START / 1000 + seconds)])
const sizes = async () =>
  (await world.database.pool.query<{ size: string }>('select size from ledger.cosigned order by size')).rows.map(({ size }) => Number(size))

test('of one minute the newest is kept, of each minute one, and what met the quorum outlives what did not', async () => {
  const { ledger } = world
  const store = await CosignedCheckpoints.open(world.database.pool, ledger.logOrigin)
  expect([store.newest, store.witnessed, await store.covering(0)]).toEqual([null, null, null])
  const noted: { size: number; at: number; witnessed: boolean }[] = []
  const step = async (seconds: number, witnessed: boolean) => {
    await fill(ledger, 1)
    const { size, note } = ledger.checkpoint()
    await store.put({ size, note: cosigned(note, seconds), witnessed, at: START + seconds * 1_000 })
    noted.push({ size, at: seconds, witnessed })
    return size
  }
  const first = await step(0, true)
  const second = await step(10, true)
  const third = await step(20, true)
  expect(await sizes()).toEqual([first, third]) // the first stays: there is none before it
  const fourth = await step(70, true)
  const fifth = await step(75, false)
  expect(await sizes()).toEqual([first, fourth, fifth])
  expect(store.newest).toMatchObject({ size: fifth, witnessed: false })
  expect(store.witnessed).toMatchObject({ size: fourth })
  expect(await store.covering(0)).toMatchObject({ size: first })
  expect(await store.covering(second - 1)).toMatchObject({ size: fourth })
  expect(await store.covering(fourth)).toBeNull()
  const again = await CosignedCheckpoints.open(world.database.pool, ledger.logOrigin)
  expect(again.newest).toMatchObject({ size: fifth })
  expect(again.witnessed).toMatchObject({ size: fourth, witnessed: true })
  const another = await CosignedCheckpoints.open(world.database.pool, 'another.example/log/2')
  expect(another.newest).toBeNull()
  await store.put({ size: 1, note: 'late', witnessed: true, at: START })
  expect(await sizes()).not.toContain(1)
})

test('a checkpoint is dressed in the cosignatures of its own size, after the signatures of the log', async () => {
  const { ledger } = world
  await fill(ledger, 1)
  const { size, note } = ledger.checkpoint()
  expect(ledger.cosigned.dress({ size, note })).toEqual({ size, note })
  await ledger.cosigned.put({ size, note: cosigned(note, 0), witnessed: true, at: START })
  const served = parseNote(ledger.servedCheckpoint().note)
  expect(served.signatures.map(({ name }) => name)).toEqual([ledger.logOrigin, ledger.logOrigin, 'w.example/witness/1'])
  await fill(ledger, 1)
  expect(parseNote(ledger.servedCheckpoint().note).signatures).toHaveLength(2)
})
