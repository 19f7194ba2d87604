/** The short form of test/long/kill.test.ts: the same five cycles every time, each kind of kill among them. */
import { expect, test } from 'vitest'
import { killCycles } from '../long/kill-cycles.ts'

const SEED = 5

test('five kill -9 cycles under load lose nothing that was acknowledged and double nothing', async () => {
  const done = await killCycles(5, SEED)
  expect(
    Object.values(done.kills).every((count) => count > 0),
    JSON.stringify(done.kills),
  ).toBe(true)
  expect(done.acknowledged).toBeGreaterThan(100)
})
