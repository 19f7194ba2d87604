/** The two keys of a log: made once, the same after every start, both on what is served. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openCosigned, parseLogVerifierKey } from '../../../src/ledger/tlog/cosignature.ts'
import { parseNote, splitVerifierKey } from '../../../src/ledger/tlog/note.ts'
import { draft, openWorld, type World } from './world.ts'

let world: World
beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world.close())

test('both have the name of the log, and stay what they are', async () => {
  const { verifierKeys, verifierKey, logOrigin } = world.ledger
  expect(verifierKeys.map((key) => splitVerifierKey(key)).map(({ name, type }) => [name, type])).toEqual([
    [logOrigin, 0x01],
    [logOrigin, 0x06],
  ])
  expect(verifierKeys[0]).toBe(verifierKey)
  expect((await world.reopen()).verifierKeys).toEqual(verifierKeys)
})
test('what is stored carries the first, what is served and what covers an entry carry both', async () => {
  const { position } = await world.ledger.append(draft('one/stream'))
  const { ledger } = world
  const keys = ledger.verifierKeys.map(parseLogVerifierKey)
  expect(parseNote(ledger.checkpoint().note).signatures).toHaveLength(1)
  for (const checkpoint of [ledger.servedCheckpoint(), ledger.checkpointCovering(position)]) {
    expect(parseNote(checkpoint?.note ?? '').signatures).toHaveLength(2)
    for (const key of keys) expect(openCosigned(checkpoint?.note ?? '', [key], []).checkpoint).toMatchObject(ledger.head())
  }
})
test('an entry that is not there is covered by nothing', () => {
  expect(world.ledger.checkpointCovering(world.ledger.head().size)).toBeNull()
})
test('of entries just written, each is covered, however fast they come', async () => {
  for (let n = 0; n < 40; n++) {
    const { position } = await world.ledger.append(draft(`fast/${n}`))
    expect(world.ledger.checkpointCovering(position)?.size).toBeGreaterThan(position)
  }
})
