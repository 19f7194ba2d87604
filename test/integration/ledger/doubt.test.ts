import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { leafOf } from '../../../src/ledger/entry.ts'
import type { Ledger } from '../../../src/ledger/ledger.ts'
import { commitRange } from '../../../src/ledger/store.ts'
import { leafHash, rootOf } from '../../../src/ledger/tlog/merkle.ts'
import { LedgerFault, type Receipt } from '../../../src/ledger/types.ts'
import { freshDatabase, type TestDatabase } from '../../support/postgres.ts'
import { type Proxy, startProxy } from './proxy.ts'
import { draft, introduce, openLedger } from './world.ts'

const BATCH = 'ledger.advance'
const CHECKPOINT = 'store_checkpoint'
const HEADS = 'stream_heads'

let database: TestDatabase
let proxy: Proxy
let ledger: Ledger
let told: number[]

beforeEach(async () => {
  database = await freshDatabase()
  proxy = await startProxy(database.url)
  ledger = await openLedger(database, { databaseUrl: proxy.url })
  told = []
  ledger.follow(({ commits }) => told.push(...commits.map(({ position }) => position)))
  await introduce(ledger, 'instance')
  return async () => {
    await proxy.close()
    await database.drop()
  }
})

afterEach(async () => {
  await ledger.close()
})

/** What became of `count` appends at the same moment. */
async function appendAll(name: string, count: number): Promise<{ acknowledged: Map<string, Receipt>; refused: Map<string, LedgerFault> }> {
  const streams = Array.from({ length: count }, (_, i) => `${name}/${i}`)
  const results = await Promise.allSettled(streams.map((stream) => ledger.append(draft(stream))))
  const acknowledged = new Map<string, Receipt>()
  const refused = new Map<string, LedgerFault>()
  for (const [i, result] of results.entries()) {
    if (result.status === 'fulfilled') acknowledged.set(streams[i]!, result.value)
    else refused.set(streams[i]!, result.reason as LedgerFault)
  }
  return { acknowledged, refused }
}

/** Every acknowledged commit is where its receipt says, no refused one is anywhere, and the whole log has the published root. */
async function expectTruth(acknowledged: ReadonlyMap<string, Receipt>, refused: ReadonlyMap<string, LedgerFault>): Promise<void> {
  for (const [stream, { position, id }] of acknowledged) {
    const [event] = await ledger.readStream(stream)
    expect(event).toMatchObject({ position, stream })
    expect(await ledger.find(Buffer.from(id).toString('hex'))).toMatchObject({ position })
  }
  for (const [stream, fault] of refused) {
    expect(fault).toMatchObject({ name: 'LedgerFault', code: 'RETRY_LATER' })
    expect(await ledger.revision(stream)).toBeNull()
  }
  const { size, root } = ledger.head()
  const stored = await commitRange(database.pool, 0, size + 1)
  expect(rootOf(stored.map((commit) => leafHash(leafOf(commit))))).toEqual(Buffer.from(root))
  expect(told).toEqual(Array.from({ length: size }, (_, i) => i))
}

describe('when the database connection breaks', () => {
  test.each([
    [HEADS, 'failed', 1, 'acknowledged'],
    [HEADS, 'failed', 2, 'refused'],
    [BATCH, 'failed', 1, 'acknowledged'],
    [BATCH, 'failed', 2, 'refused'],
    [BATCH, 'persisted', 1, 'acknowledged'],
    [CHECKPOINT, 'failed', 1, 'acknowledged'],
    [CHECKPOINT, 'persisted', 1, 'acknowledged'],
  ] as const)('at "%s", which has %s %i×, drafts in flight are %s, and the ledger goes on', async (statement, outcome, times, fate) => {
    proxy.arm({ statement, outcome, times })
    const { acknowledged, refused } = await appendAll('doubt', 20)
    expect(proxy.sprung()).toBe(true)
    // All twenty came in one batch.
    expect(fate === 'acknowledged' ? refused.size : acknowledged.size).toBe(0)
    await expect.poll(() => ledger.append(draft('first/after')).then(({ position }) => position)).toBeGreaterThan(0)
    const after = await appendAll('after', 20)
    expect(after.refused.size).toBe(0)
    await expectTruth(new Map([...acknowledged, ...after.acknowledged]), refused)
  })

  test('again and again under load, nothing acknowledged is lost and nothing refused is stored', async () => {
    const acknowledged = new Map<string, Receipt>()
    const refused = new Map<string, LedgerFault>()
    const faults = [BATCH, CHECKPOINT, HEADS].flatMap((statement) =>
      (['failed', 'persisted'] as const).flatMap((outcome) => [1, 2].map((times) => ({ statement, outcome, times }))),
    )
    for (const [round, fault] of faults.entries()) {
      proxy.arm(fault)
      for (let wave = 0; wave < 20 && (!proxy.sprung() || wave < 2); wave++) {
        const result = await appendAll(`load/${round}/${wave}`, 30)
        for (const [stream, receipt] of result.acknowledged) acknowledged.set(stream, receipt)
        for (const [stream, fault] of result.refused) refused.set(stream, fault)
      }
    }
    expect(acknowledged.size).toBeGreaterThan(0)
    expect(refused.size).toBeGreaterThan(0)
    await expectTruth(acknowledged, refused)
  })

  test('a refusal stands on what is stored, not on a batch that failed', async () => {
    proxy.arm({ statement: BATCH, outcome: 'failed', times: 2 })
    const claim = () => ledger.append(draft('claimed/1', { expected: [['claimed/1', 'none']] })).catch((fault: LedgerFault) => fault.code)
    expect(await Promise.all([claim(), claim()])).toEqual(['RETRY_LATER', 'RETRY_LATER'])
    expect(await ledger.revision('claimed/1')).toBeNull()
    expect((await Promise.all([claim(), claim()])).map((answer) => typeof answer)).toEqual(['object', 'string'])
  })

  test('a refused draft stays refused', async () => {
    await ledger.append(draft('taken/1', { idempotencyKey: 'once' }))
    proxy.arm({ statement: 'c.position = any', outcome: 'failed' }) // looking up what was repeated, after everything else is done
    const [repeated, conflict, fresh] = await Promise.allSettled([
      ledger.append(draft('taken/1', { idempotencyKey: 'once' })),
      ledger.append(draft('taken/1', { expected: [['taken/1', 'none']] })),
      ledger.append(draft('taken/2')),
    ])
    expect(proxy.sprung()).toBe(true)
    expect(repeated).toMatchObject({ status: 'fulfilled', value: { repeated: true } })
    expect(conflict).toMatchObject({ status: 'rejected', reason: { code: 'WRONG_REVISION' } })
    expect(fresh).toMatchObject({ status: 'fulfilled', value: { repeated: false } })
    expect(await ledger.revision('taken/1')).toBe(0)
    expect(await ledger.revision('taken/2')).toBe(0)
  })

  test('and stays away, appends are refused at once; when it is back, the ledger goes on by itself', async () => {
    proxy.refuse(true)
    proxy.arm({ statement: BATCH, outcome: 'persisted' })
    const inFlight = ledger.append(draft('away/1'))
    await expect.poll(() => proxy.sprung()).toBe(true)
    await expect
      .poll(() =>
        ledger.append(draft('away/2')).then(
          () => null,
          (fault: LedgerFault) => fault.code,
        ),
      )
      .toBe('RETRY_LATER')
    expect((await ledger.read(0, 10)).length).toBe(1)
    proxy.refuse(false)
    const receipt = await inFlight
    await expectTruth(new Map([['away/1', receipt]]), new Map())
  })

  test('for good, closing does not hang, and says of drafts in flight that their fate is unknown', async () => {
    proxy.refuse(true)
    proxy.arm({ statement: BATCH, outcome: 'failed' })
    const inFlight = ledger.append(draft('gone/1')).catch((fault: LedgerFault) => fault.code)
    await expect.poll(() => proxy.sprung()).toBe(true)
    await ledger.close()
    expect(await inFlight).toBe('STOP_AND_RELOAD')
  })
})

test('when the server ends our session, or another writer stores behind our back, the ledger reloads and never forks', async () => {
  await database.pool.query(
    `select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'vivim ledger%' and datname = current_database()`,
  )
  const results = await appendAll('ended', 5)
  const after = await expect
    .poll(() => appendAll('ended/again', 5).then(({ refused }) => refused.size))
    .toBe(0)
    .then(() => ledger.head())
  expect(after.size).toBeGreaterThan(5)
  for (const [stream] of results.refused) expect(await ledger.revision(stream)).toBeNull()
})
