/** The long form; `npm run test:e2e` has the short one. KILL_CYCLES and KILL_SEED repeat a run. */
import { expect, test } from 'vitest'
import { killCycles } from './kill-cycles.ts'

const cycles = Number(process.env['KILL_CYCLES'] ?? 200)
const seed = Number(process.env['KILL_SEED'] ?? Date.now() % 1_000_000)

test(`${cycles} random kill -9 cycles under load lose nothing that was acknowledged and double nothing (seed ${seed})`, {
  timeout: 3_600_000,
}, async () => {
  const done = await killCycles(cycles, seed, console.log)
  console.log(JSON.stringify(done))
  expect(done.acknowledged).toBeGreaterThan(cycles)
})
