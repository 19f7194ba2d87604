/** Starting is what recovery does as well: each of its steps fails once, and nothing comes of it but another start. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Ledger } from '../../../src/ledger/ledger.ts'
import { freshDatabase, type TestDatabase } from '../../support/postgres.ts'
import { introduce, openLedger } from '../ledger/world.ts'
import { burst, expectSound, type Told, writesOf } from './burst.ts'
import { type Blow, openWire, type Wire } from './wire.ts'

let database: TestDatabase
let wire: Wire

beforeEach(async () => {
  database = await freshDatabase()
  wire = await openWire(database.url)
})

afterEach(async () => {
  await wire.close()
  await database.drop()
})

const open = (): Promise<Ledger> => openLedger(database, { databaseUrl: wire.url, leaseWaitMs: 5_000 })

const blows: readonly (readonly [string, { readonly before?: Blow; readonly after?: Blow }])[] = [
  ['fails', { before: { error: '57014' } }],
  ['fails after it was persisted', { after: { error: '08006' } }],
  ['is cut off', { before: 'cut' }],
  ['is cut off after it was persisted', { after: 'cut' }],
  ['finds the disk full', { before: { error: '53100' } }],
]

test.each(blows)('a start that %s, at whatever step, leaves the log as it was', { timeout: 120_000 }, async (_, blow) => {
  const told: Told[] = []
  const first = await open()
  await introduce(first, 'instance')
  told.push(...(await burst(first, writesOf('before'))))
  await first.close()
  wire.steps()
  await (await open()).close()
  const steps = wire.steps()
  expect(steps.length).toBeGreaterThan(4)
  let struckSteps = 0
  for (const [i, step] of steps.entries()) {
    wire.arm({ step, ...blow })
    const struck = await open().catch(() => null)
    if (wire.disarm()) struckSteps++ // not every start has every step
    await struck?.close()
    const ledger = await open()
    told.push(...(await burst(ledger, writesOf(`after/${i}`).slice(0, 2))))
    await ledger.close()
  }
  expect(struckSteps).toBeGreaterThan(4)
  expect(told.filter(({ is }) => is !== 'acknowledged')).toEqual([])
  await expectSound(database, told)
})
