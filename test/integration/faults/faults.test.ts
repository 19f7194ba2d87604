/**
 * The fault table: every step of an append, as it passes on the wire, × everything that can happen to it. After each: everything is read back,
 * the ledger starts again from the database alone, and every byte is audited. Nothing acknowledged is lost, nothing is there twice.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Ledger } from '../../../src/ledger/ledger.ts'
import { LedgerFault } from '../../../src/ledger/types.ts'
import { freshDatabase, type TestDatabase } from '../../support/postgres.ts'
import { introduce, openLedger } from '../ledger/world.ts'
import { acknowledged, burst, expectSound, expectTold, once, repeatAll, type Told, writesOf } from './burst.ts'
import { type Blow, type Fault, openWire, type Wire } from './wire.ts'

const HOUR = 3_600_000
/** By then, drafts that a full disk turns away have had their second try. */
const PATIENCE_MS = 2_000
const DISK_FULL = '53100'
const QUERY_CANCELED = '57014'
const CONNECTION_LOST = '08006'

let database: TestDatabase
let wire: Wire
let ledger: Ledger
/** How far the clock is off. */
let shift: number
let told: Told[]

beforeEach(async () => {
  database = await freshDatabase()
  wire = await openWire(database.url)
  shift = 0
  told = []
  ledger = await open()
  await introduce(ledger, 'instance')
})

afterEach(async () => {
  await ledger.close()
  await wire.close()
  await database.drop()
})

const now = (): number => Date.now() + shift
const open = (): Promise<Ledger> => openLedger(database, { databaseUrl: wire.url, leaseWaitMs: 5_000, now })

/** What an append asks of the database, step by step: what came by while nothing was wrong. */
async function stepsOfAppend(): Promise<string[]> {
  wire.steps()
  await burst(ledger, writesOf('dry'))
  await once('dry/once').run(ledger)
  return wire.steps()
}

/** Strikes at each step in turn while a burst is under way, and judges after each. */
async function strikeEverywhere(faultAt: (step: string) => Fault, settled: () => Promise<void> = async () => {}): Promise<void> {
  const steps = await stepsOfAppend()
  expect(steps.length).toBeGreaterThan(2)
  for (const [i, step] of steps.entries()) {
    wire.arm(faultAt(step))
    told.push(...(await burst(ledger, writesOf(`struck/${i}`, now))))
    await settled()
    expect(wire.sprung(), step).toBe(true)
    await acknowledged(ledger, once(`after/${i}`))
    await expectTold(ledger, told)
  }
  shift = 0
  await repeatAll(ledger, told)
  await ledger.close()
  await expectSound(
    database,
    told.filter(({ is }) => is === 'acknowledged'),
  )
  ledger = await open()
  await acknowledged(ledger, once('after/all'))
}

describe('at every step of an append', { timeout: 120_000 }, () => {
  const blows: readonly (readonly [string, Pick<Fault, 'before' | 'after'>])[] = [
    ['the statement fails', { before: { error: QUERY_CANCELED } }],
    ['the statement fails after it was persisted', { after: { error: CONNECTION_LOST } }],
    ['the connection is cut', { before: 'cut' }],
    ['the connection is cut after the statement was persisted', { after: 'cut' }],
    ['the disk is full', { before: { error: DISK_FULL } }],
  ]
  test.each(blows)('%s: nothing acknowledged is lost, nothing is there twice', async (_, blow) => {
    await strikeEverywhere((step) => ({ step, ...blow }))
  })

  test.each(['before', 'after'] as const)('another writer takes over, %s the server did it: the log does not fork', async (when) => {
    let takeovers = 0
    let underWay = Promise.resolve()
    const takeOver = async () => {
      const other = await takeLedger()
      told.push(...(await burst(other, writesOf(`other/${takeovers++}`))))
      await other.close()
    }
    const blow: Blow = () => (underWay = takeOver())
    await strikeEverywhere(
      (step) => ({ step, [when]: blow }),
      () => underWay,
    )
    expect(takeovers).toBeGreaterThan(2)
  })

  test('another writer asks for the lease while we hold it: it is told to wait, and disturbs nobody', async () => {
    const ask: Blow = async () => {
      await expect(openLedger(database, { leaseWaitMs: 0 })).rejects.toMatchObject({ code: 'RETRY_LATER' })
    }
    await strikeEverywhere((step) => ({ step, before: ask }))
    expect(told.filter(({ is }) => is !== 'acknowledged')).toEqual([])
  })

  test('the clock jumps back an hour: time in the log does not', async () => {
    const jump: Blow = async () => void (shift -= HOUR)
    await strikeEverywhere((step) => ({ step, before: jump }))
    const times = told
      .flatMap(({ write, receipt }) => (receipt === null || write.by === 'device' ? [] : [receipt]))
      .sort((a, b) => a.position - b.position)
    expect(times.map(({ time }) => time).toSorted((a, b) => a - b)).toEqual(times.map(({ time }) => time))
  })
})

describe('in the middle of a batch', { timeout: 120_000 }, () => {
  test('a table that has no room leaves nothing of the batch in any table', async () => {
    const { rows } = await database.pool.query<{ name: string }>(
      `select c.oid::regclass::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'ledger' and c.relkind = 'r'`,
    )
    await database.pool.query(`create function ledger.no_room() returns trigger language plpgsql as $$
      begin raise exception 'could not extend file: No space left on device' using errcode = 'disk_full'; end $$`)
    let struck = 0
    for (const [i, { name }] of rows.entries()) {
      await database.pool.query(`create trigger no_room before insert or update on ${name} for each statement execute function ledger.no_room()`)
      const outcome = burst(ledger, writesOf(`full/${i}`)) // those that need the table wait, and are refused in the end
      const first = await Promise.race([outcome, sleep(PATIENCE_MS, null)])
      await database.pool.query(`drop trigger no_room on ${name}`)
      const all = first ?? (await outcome)
      if (all.some(({ is }) => is !== 'acknowledged')) struck++
      told.push(...all)
      await acknowledged(ledger, once(`room/${i}`))
      await expectTold(ledger, told)
    }
    expect(struck).toBeGreaterThan(3)
    await repeatAll(ledger, told)
    await ledger.close()
    await expectSound(
      database,
      told.filter(({ is }) => is === 'acknowledged'),
    )
    ledger = await open()
  })
})

/** As a failing network or a database administrator would. */
/** The first writer starts again as soon as its session ends: whoever is quicker has the lease. */
async function takeLedger(): Promise<Ledger> {
  for (let tries = 1; ; tries++) {
    await endSessions()
    try {
      return await openLedger(database, { leaseWaitMs: 0 })
    } catch (error) {
      if (!(error instanceof LedgerFault) || error.code !== 'RETRY_LATER' || tries === 100) throw error
    }
  }
}

async function endSessions(): Promise<void> {
  await database.pool.query(
    `select pg_terminate_backend(pid, 5000) from pg_stat_activity where application_name like 'vivim ledger%' and datname = current_database()`,
  )
}
