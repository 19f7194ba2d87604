/** The runner: in order, once, proven; and what it does when something is wrong. */
import type pg from 'pg'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { DomainEvent } from '../../../src/events/catalogue.ts'
import { access } from '../../../src/projections/access/projection.ts'
import type { Change } from '../../../src/projections/changes.ts'
import type { Projection } from '../../../src/projections/projection.ts'
import { Projections } from '../../../src/projections/projections.ts'
import { isSetUp } from '../../../src/projections/read/access.ts'
import { accountById } from '../../../src/projections/read/accounts.ts'
import { statusById } from '../../../src/projections/read/statuses.ts'
import { social } from '../../../src/projections/social/projection.ts'
import { freshDatabase, type TestDatabase } from '../../support/postgres.ts'
import { dump } from './dump.ts'
import * as given from './given.ts'
import { RecordedLog } from './recorded-log.ts'

let db: TestDatabase
let log: RecordedLog
const opened: Projections[] = []
const said: string[] = []

beforeEach(async () => {
  db = await freshDatabase()
  log = new RecordedLog()
  said.length = 0
})
afterEach(async () => {
  for (const projections of opened.splice(0)) await projections.close()
  await db.drop()
})

async function open(projections: readonly Projection[] = [social, access]): Promise<Projections> {
  const made = await Projections.open({ pool: db.pool, ledger: log, log: (level, message) => said.push(`${level}: ${message}`), projections })
  opened.push(made)
  return made
}

const reopen = async (projections?: readonly Projection[]): Promise<Projections> => {
  await opened.pop()?.close()
  return await open(projections)
}

const statusOf = async (projections: Projections, name: string) => (await projections.status()).find((s) => s.name === name)
const alone = async (statement: string, values: unknown[] = []): Promise<pg.QueryResult> => await db.pool.query(statement, values)

test('what was logged before opening is there after opening; what comes later is there when waited for', async () => {
  log.append([given.joins('1', 'alice')])
  const projections = await open()
  expect(await projections.waitFor(0, 0)).toBe(true)
  expect((await accountById(db.pool, '1'))?.username).toBe('alice')
  const position = log.append([given.posts('1', given.idAt(1))])
  expect(await projections.waitFor(position)).toBe(true)
  expect(await statusById(db.pool, given.idAt(1))).not.toBeNull()
})

test('waiting for what was never logged ends in time, with false', async () => {
  const projections = await open()
  expect(await projections.waitFor(7, 30)).toBe(false)
})

test('after every batch the root over what was folded is the log’s root', async () => {
  const projections = await open()
  for (let n = 1; n <= 20; n++) {
    expect(await projections.waitFor(log.append([given.joins(String(n), `p${n}`)]))).toBe(true)
    const root = Buffer.from(await log.rootAt(n)).toString('hex')
    expect(await projections.status()).toMatchObject([
      { name: 'social', position: n, root, proven: true, lag: 0, parked: 0, halted: null },
      { name: 'access', position: n, root, proven: true },
    ])
  }
})

test('listeners hear what a batch changed after it can be read, and a failing listener disturbs nobody', async () => {
  const projections = await open()
  const heard: Change[] = []
  projections.onChanges(() => {
    throw new Error('a broken listener')
  })
  const seen: Promise<unknown>[] = []
  const stop = projections.onChanges((changes) => {
    heard.push(...changes)
    for (const change of changes) if (change.kind === 'status') seen.push(statusById(db.pool, change.statusId))
  })
  await projections.waitFor(
    log.append([given.joins('1', 'alice', 'owner'), { type: 'instance:create', data: { title: 'T', origin: 'http://here.test', software: 'v' } }]),
  )
  await projections.waitFor(log.append([given.posts('1', given.idAt(1))]))
  stop()
  await projections.waitFor(log.append([given.posts('1', given.idAt(2))]))
  expect(heard.map((change) => change.kind)).toEqual(['instance', 'status'])
  expect(await Promise.all(seen)).toMatchObject([{ id: given.idAt(1) }])
  expect(await isSetUp(db.pool)).toBe(true)
  expect(said.filter((line) => line.includes('listener'))).toHaveLength(3)
})

test('a raised version replays, the same version does not', async () => {
  log.append([given.joins('1', 'alice')])
  await open([social])
  await alone(`update social.account set username = 'mallory'`)
  await reopen([social])
  expect((await accountById(db.pool, '1'))?.username).toBe('mallory')
  const projections = await reopen([{ ...social, version: social.version + 1 }])
  expect((await accountById(db.pool, '1'))?.username).toBe('alice')
  expect(await statusOf(projections, 'social')).toMatchObject({ version: social.version + 1, position: 1, proven: true })
})

test('rows made by other code of the same version are named, not replayed', async () => {
  await open([social])
  await reopen([{ ...social, source: 'something else' }])
  expect(said).toEqual([expect.stringContaining('rebuild it')])
})

test.each([
  ['a root that is not the log’s', `update social.cursor set root = sha256('x')`],
  ['peaks that do not fit', `update social.cursor set range = '\\x00'`],
  ['peaks of another log', `update social.cursor set range = sha256('y'), root = sha256('y')`],
  ['a position that skips', `update social.cursor set position = 4`],
  ['a position beyond the log', `update social.cursor set position = 5000`],
])('a cursor with %s halts its projection, loudly, until a rebuild', async (_name, damage) => {
  log.append(...['a', 'b', 'c'].map((name, n) => [given.joins(String(n + 1), name)]))
  await open()
  await opened.pop()?.close()
  await alone(damage)
  const projections = await open()
  expect(await statusOf(projections, 'social')).toMatchObject({ proven: false, halted: expect.stringContaining('projection social') })
  expect(await statusOf(projections, 'access')).toMatchObject({ proven: true, halted: null })
  expect(said).toEqual([expect.stringMatching(/^error: projection social/)])
  const position = log.append([given.joins('9', 'late')])
  expect(await projections.waitFor(position, 5000)).toBe(false)
  expect(await accountById(db.pool, '9')).toBeNull()
  await projections.rebuild('social')
  expect(await projections.waitFor(position)).toBe(true)
  expect(await statusOf(projections, 'social')).toMatchObject({ proven: true, halted: null, position: 4 })
  expect(await accountById(db.pool, '9')).not.toBeNull()
})

test('a commit that is not the log’s halts everything that reads it', async () => {
  const projections = await open()
  const genuine = log.commits
  await projections.waitFor(log.append([given.joins('1', 'alice')]))
  const [first] = genuine
  if (first === undefined) throw new Error('no commit')
  const forged = { ...first, position: 1, leafHash: new Uint8Array(32) }
  log.tell({ commits: [forged], head: { size: 2, root: new Uint8Array(32).fill(7) } })
  expect(await projections.waitFor(1, 5000)).toBe(false)
  expect(await projections.status()).toMatchObject([
    { position: 1, halted: expect.any(String) },
    { position: 1, halted: expect.any(String) },
  ])
})

test('commits that were not told are read, commits told twice are folded once', async () => {
  const projections = await open()
  log.append([given.joins('1', 'alice')], [given.posts('1', given.idAt(1))])
  log.silently(() => log.append([given.likes('1', given.idAt(1))], [given.posts('1', given.idAt(2))]))
  const position = log.append([given.posts('1', given.idAt(3))])
  log.tell({ commits: log.commits.slice(1), head: log.head() })
  expect(await projections.waitFor(position)).toBe(true)
  expect(await statusById(db.pool, given.idAt(1))).toMatchObject({ favourites_count: 1 })
  expect(await accountById(db.pool, '1')).toMatchObject({ statuses_count: 3 })
})

test('an event whose data cannot be stored is parked by name; its commit and all others are folded', async () => {
  const bad = (n: number): DomainEvent => given.posts('1', given.idAt(n), { createdAt: 'the day before yesterday' })
  const misshapen = { ...given.posts('1', given.idAt(7)), data: { id: given.idAt(7) } } as unknown as DomainEvent
  const projections = await open()
  const position = log.append(
    [given.joins('1', 'alice')],
    [given.posts('1', given.idAt(1)), bad(2), given.likes('1', given.idAt(1))],
    [misshapen],
    [given.posts('1', given.idAt(3))],
  )
  expect(await projections.waitFor(position)).toBe(true)
  expect(await statusOf(projections, 'social')).toMatchObject({ parked: 2, proven: true, halted: null })
  expect((await alone('select position, index, type from social.parked order by 1, 2')).rows).toEqual([
    { position: '1', index: 1, type: 'status:create' },
    { position: '2', index: 0, type: 'status:create' },
  ])
  expect(await statusById(db.pool, given.idAt(1))).toMatchObject({ favourites_count: 1 })
  expect(await accountById(db.pool, '1')).toMatchObject({ statuses_count: 2 })
  const before = await dump(db.pool, social)
  await projections.rebuild()
  expect(await dump(db.pool, social)).toEqual(before)
  expect(await statusOf(await reopen(), 'social')).toMatchObject({ parked: 2 })
})

test('a payload cannot say where and when it was recorded', async () => {
  const projections = await open()
  const lies = { position: 777, ordinal: 777_000, moment: '1', time: '1999-01-01T00:00:00.000Z' }
  const post = given.posts('1', given.idAt(1))
  const lying = { ...post, data: { ...post.data, ...lies } } as DomainEvent
  expect(await projections.waitFor(log.append([given.joins('1', 'alice')], [lying]))).toBe(true)
  expect(await statusById(db.pool, given.idAt(1))).toMatchObject({ position: '1' })
})

test('what readers look things up by is there after opening, after a rebuild, and when rows are made anew behind our back', async () => {
  const indexed = async () => (await alone(`select to_regclass('social.status_listed') is not null as found`)).rows[0] as { found: boolean }
  const projections = await open([social])
  expect(await indexed()).toEqual({ found: true })
  await projections.waitFor(log.append([given.joins('1', 'alice')]))
  await projections.rebuild()
  expect(await indexed()).toEqual({ found: true })
  await alone('drop schema social cascade')
  await alone(`select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`)
  expect(await projections.waitFor(log.append([given.posts('1', given.idAt(1))]), 10_000)).toBe(true)
  expect(await indexed()).toEqual({ found: true })
  expect(await accountById(db.pool, '1')).toMatchObject({ statuses_count: 1 })
})

test('erased payloads change nothing', async () => {
  const projections = await open()
  log.append([given.joins('1', 'alice')])
  const position = log.appendErased('status:create')
  expect(await projections.waitFor(position)).toBe(true)
  expect(await statusOf(projections, 'social')).toMatchObject({ position: 2, parked: 0, proven: true })
})

test('a fold that the database cannot run halts; it is not tried for ever', async () => {
  const broken: Projection = {
    ...social,
    name: 'broken',
    project: async (_events, client) => {
      await client.query('select nonsense from nowhere')
      return []
    },
  }
  const projections = await open([social, broken])
  expect(await projections.waitFor(log.append([given.joins('1', 'alice')]), 5000)).toBe(false)
  expect(await statusOf(projections, 'broken')).toMatchObject({ position: 0, halted: expect.stringContaining('nowhere') })
  await expect.poll(() => statusOf(projections, 'social')).toMatchObject({ position: 1, halted: null })
})

test('a connection that dies is made again, and nothing is lost or done twice', async () => {
  const projections = await open()
  log.append([given.joins('1', 'alice')])
  for (let n = 1; n <= 30; n++) {
    const position = log.append([given.posts('1', given.idAt(n))])
    if (n % 5 === 0)
      await alone(`select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`)
    expect(await projections.waitFor(position, 10_000)).toBe(true)
  }
  expect(await accountById(db.pool, '1')).toMatchObject({ statuses_count: 30 })
  expect(await statusOf(projections, 'social')).toMatchObject({ position: 31, proven: true, halted: null })
})

test('rows that a crash of the database took back are made again', async () => {
  const projections = await open([social])
  await projections.waitFor(log.append([given.joins('1', 'alice')]))
  await alone('create table saved as select position, range, root from social.cursor')
  await projections.waitFor(log.append([given.posts('1', given.idAt(1))]))
  await alone(`select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`)
  await alone('delete from social.status')
  await alone('update social.account set statuses_count = 0')
  await alone('update social.cursor set (position, range, root) = (select position, range, root from saved)')
  expect(await projections.waitFor(log.append([given.posts('1', given.idAt(2))]), 10_000)).toBe(true)
  for (const n of [1, 2]) expect(await statusById(db.pool, given.idAt(n))).not.toBeNull()
  expect(await accountById(db.pool, '1')).toMatchObject({ statuses_count: 2 })
  expect(await statusOf(projections, 'social')).toMatchObject({ position: 3, proven: true, halted: null })
})

test('a second process over the same rows is noticed by the first that falls behind', async () => {
  const first = await open([social])
  const other = new RecordedLog()
  const second = await Projections.open({ pool: db.pool, ledger: other, projections: [social] })
  opened.push(second)
  await second.waitFor(other.append([given.joins('1', 'alice')]))
  expect(await first.waitFor(log.append([given.joins('1', 'alice')]), 5000)).toBe(false)
  expect(await statusOf(first, 'social')).toMatchObject({ halted: expect.stringContaining('another') })
})

test('a rebuild runs beside readers and writers: no reader ever misses a row, no write is lost', async () => {
  log.append([given.joins('1', 'alice')], ...Array.from({ length: 300 }, (_, n) => [given.posts('1', given.idAt(n))]))
  const projections = await open()
  const progress: number[] = []
  let done = false
  const reading = (async () => {
    let reads = 0
    for (; !done; reads++) expect(await statusById(db.pool, given.idAt(0))).not.toBeNull()
    return reads
  })()
  const writing = (async () => {
    let n = 1000
    for (; !done; n++) expect(await projections.waitFor(log.append([given.posts('1', given.idAt(n))]), 10_000)).toBe(true)
    return n - 1000
  })()
  for (let round = 0; round < 3; round++) await projections.rebuild(undefined, ({ size }) => progress.push(size))
  done = true
  expect(await reading).toBeGreaterThan(0)
  const written = await writing
  expect(await accountById(db.pool, '1')).toMatchObject({ statuses_count: 300 + written })
  expect(progress.length).toBeGreaterThanOrEqual(3)
  expect((await alone(`select nspname from pg_namespace where nspname ~ '^(social|access)' order by 1`)).rows).toEqual([
    { nspname: 'access' },
    { nspname: 'social' },
  ])
  const before = await dump(db.pool, social)
  await projections.rebuild('social')
  expect(await dump(db.pool, social)).toEqual(before)
  await expect(projections.rebuild('nothing')).rejects.toThrow(RangeError)
})

test('closing finishes the batch in hand, and opening again goes on from there', async () => {
  const projections = await open()
  log.append([given.joins('1', 'alice')], ...Array.from({ length: 200 }, (_, n) => [given.posts('1', given.idAt(n))]))
  await projections.close()
  opened.length = 0
  const again = await open()
  expect(await again.waitFor(200)).toBe(true)
  expect(await accountById(db.pool, '1')).toMatchObject({ statuses_count: 201 - 1 })
})
