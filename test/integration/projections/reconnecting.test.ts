/** A projection whose connection is lost, and whose next ones fail too: each attempt begins with a new client, and half a session never folds. */
import pg from 'pg'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Projections } from '../../../src/projections/projections.ts'
import { accountById } from '../../../src/projections/read/accounts.ts'
import { social } from '../../../src/projections/social/projection.ts'
import { freshDatabase, type TestDatabase } from '../../support/postgres.ts'
import { type Proxy, startProxy } from '../ledger/proxy.ts'
import * as given from './given.ts'
import { RecordedLog } from './recorded-log.ts'

let db: TestDatabase
let proxy: Proxy
let pool: pg.Pool
let projections: Projections
const log: { current: RecordedLog } = { current: new RecordedLog() }
const said: string[] = []

beforeEach(async () => {
  db = await freshDatabase()
  proxy = await startProxy(db.url)
  pool = new pg.Pool({ connectionString: proxy.url, max: 2 })
  pool.on('error', () => {}) // cut on purpose
  log.current = new RecordedLog()
  said.length = 0
  projections = await Projections.open({ pool, ledger: log.current, projections: [social], log: (_level, message) => said.push(message) })
  await projections.waitFor(log.current.append([given.joins('1', 'alice')], [given.posts('1', given.idAt(1))]))
})
afterEach(async () => {
  proxy.refuse(false)
  await projections.close()
  await pool.end()
  await proxy.close()
  await db.drop()
})

const cut = () =>
  db.pool.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()')

async function expectCaughtUp(position: number): Promise<void> {
  expect(await projections.waitFor(position, 15_000)).toBe(true)
  expect(await projections.status()).toMatchObject([{ position: position + 1, proven: true, halted: null, parked: 0 }])
  expect(await accountById(db.pool, '1')).toMatchObject({ statuses_count: position })
}

test('a projection that could not connect at first connects when it can', { timeout: 30_000 }, async () => {
  proxy.refuse(true)
  await cut()
  const position = log.current.append([given.posts('1', given.idAt(2))])
  await expect.poll(() => said.length, { timeout: 10_000 }).toBeGreaterThanOrEqual(2)
  proxy.refuse(false)
  await expectCaughtUp(position)
})

test.each(['set timezone', 'to_regclass', 'select version', 'select code_hash', 'set search_path', 'from parked'])(
  'a session that is lost at “%s” never folds; the next one starts over',
  { timeout: 30_000 },
  async (statement) => {
    proxy.arm({ statement, outcome: 'failed', times: 2 })
    await cut()
    const position = log.current.append([given.posts('1', given.idAt(2))])
    await expectCaughtUp(position)
    expect(proxy.sprung()).toBe(true)
  },
)
