/** An instance in one file, and out of it again: the same log, proven, or nothing at all. */
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { backup } from '../../../src/cli/backup.ts'
import { type PointInTime, type Restored, restore } from '../../../src/cli/restore.ts'
import { type Config, readConfig } from '../../../src/config.ts'
import { decrypt, encrypt } from '../../../src/host/age.ts'
import { unpack } from '../../../src/host/tar.ts'
import { MADE_AGAIN, SCHEMAS } from '../../../src/ledger/backup/tables.ts'
import type { Ledger } from '../../../src/ledger/ledger.ts'
import { readMark } from '../../../src/ledger/mark.ts'
import { freshDatabase, type TestDatabase } from '../../support/postgres.ts'
import { draft, fill, introduce, openLedger, SECRET } from '../ledger/world.ts'

const PASSPHRASE = 'correct horse battery staple'
/** scrypt as cheap as it gets. */
const WORK = 4
/** As an import seals a file of a conversation. */
const ASSET = `assets/ab/${'ab'.repeat(16)}`
const MEDIA = `ab/${'1'.repeat(30)}.webp`
const ENTRIES = 700

vi.setConfig({ testTimeout: 60_000 })

let scratch: string
let source: TestDatabase
let ledger: Ledger
let config: Config
let file: string
const databases: TestDatabase[] = []

beforeAll(async () => {
  scratch = await mkdtemp(path.join(os.tmpdir(), 'vivim-backup-'))
  source = await freshDatabase()
  config = place('source', source)
  await mkdir(path.join(config.dataDir, 'media/ab'), { recursive: true })
  await writeFile(path.join(config.dataDir, 'media', MEDIA), 'a picture')
  await writeFile(path.join(config.dataDir, 'media/ab/unfinished.part'), 'half a picture')
  await mkdir(path.dirname(path.join(config.dataDir, ASSET)), { recursive: true })
  await writeFile(path.join(config.dataDir, ASSET), 'sealed')
  await writeFile(config.secretFile, SECRET, { mode: 0o600 })
  ledger = await openLedger(source)
  await introduce(ledger, 'instance')
  await fill(ledger, ENTRIES - 1)
  await source.pool.query(
    `insert into delivery.activity (uri, signer, actor, body, created_at) values ('https://a.example/1', 'instance', 'a', 'b', now())`,
  )
  await source.pool.query(`update delivery.cursor set position = 650`)
  file = path.join(scratch, 'whole.backup')
  await backup({ config, file, passphrase: PASSPHRASE, work: WORK, onProgress: () => {} })
})

afterAll(async () => {
  await ledger?.close()
  for (const database of [source, ...databases]) await database?.drop()
  await rm(scratch, { recursive: true, force: true })
})

/** A data directory beside a database. */
function place(name: string, { url }: TestDatabase): Config {
  const dataDir = path.join(scratch, name)
  return readConfig({ VIVIM_DATA: dataDir, PORT: '3000', DATABASE_URL: url })
}

async function newPlace(name: string): Promise<{ readonly config: Config; readonly database: TestDatabase }> {
  const database = await freshDatabase()
  databases.push(database)
  return { config: place(name, database), database }
}

function restoreTo(config: Config, { from = file, at = null, passphrase = PASSPHRASE, verifierKey }: RestoreOptions = {}): Promise<Restored> {
  return restore({ config, file: from, passphrase, at, verifierKey, onProgress: () => {} })
}

type RestoreOptions = { readonly from?: string; readonly at?: PointInTime | null; readonly passphrase?: string; readonly verifierKey?: string }

/** A row as text of each table of these schemas, by table. */
async function dump({ pool }: TestDatabase): Promise<Map<string, string[]>> {
  const { rows: tables } = await pool.query<{ name: string }>(
    `select schemaname || '.' || tablename as name from pg_tables where schemaname = any($1) and tablename not in ('restoration', 'head') order by 1`,
    [[...SCHEMAS]],
  )
  const dumped = new Map<string, string[]>()
  for (const { name } of tables) {
    const { rows } = await pool.query<{ row: string }>(`select t::text as row from ${name} t order by 1`)
    dumped.set(
      name,
      rows.map(({ row }) => row),
    )
  }
  return dumped
}

const leftovers = async ({ dataDir }: Config): Promise<string[]> => (await readdir(dataDir).catch((): string[] => [])).sort()

describe('a backup', () => {
  test('is taken while the instance writes, and is of one moment', async () => {
    const busy = path.join(scratch, 'busy.backup')
    let isWriting = true
    const writer = (async () => {
      for (let n = 0; isWriting; n++) await Promise.all([0, 1, 2, 3].map((i) => ledger.append(draft(`busy/${n}/${i}`))))
    })()
    const before = ledger.head().size
    const { size } = await backup({ config, file: busy, passphrase: PASSPHRASE, work: WORK, onProgress: () => {} })
    isWriting = false
    await writer
    expect(size).toBeGreaterThanOrEqual(before)
    expect(size).toBeLessThanOrEqual(ledger.head().size)
    const { config: to } = await newPlace('busy')
    const { report } = await restoreTo(to, { from: busy })
    expect(report).toMatchObject({ ok: true, size })
    expect(report.root).toBe(Buffer.from(await ledger.rootAt(size)).toString('hex'))
  })

  test('can be read by its owner only, and says nothing to who lacks the passphrase', async () => {
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    const bytes = await readFile(file)
    for (const word of ['127.0.0.1', 'ledger', 'fill/', 'a picture', Buffer.from(SECRET)]) expect(bytes.includes(word)).toBe(false)
  })

  test('holds every table that a migration made, but those that can be made again', async () => {
    const { rows } = await source.pool.query<{ name: string }>(
      `select distinct schemaname as name from pg_tables where schemaname not in ('public', 'pg_catalog', 'information_schema') order by 1`,
    )
    expect(rows.map(({ name }) => name).filter((name) => !(SCHEMAS as readonly string[]).includes(name))).toEqual(MADE_AGAIN)
  })

  test('reports how far it is', async () => {
    const seen: number[] = []
    const to = path.join(scratch, 'watched.backup')
    await backup({ config, file: to, passphrase: PASSPHRASE, work: WORK, onProgress: ({ done, total }) => seen.push(done / total) })
    expect(seen.length).toBeGreaterThan(2)
    expect(seen.toSorted((a, b) => a - b)).toEqual(seen)
    expect(seen.at(-1)).toBeLessThanOrEqual(1)
  })
})

describe('a restored instance', () => {
  test('has the same rows in every table, the same files and the same secret, and every proof in it was verified', async () => {
    const fresh = path.join(scratch, 'fresh.backup')
    await backup({ config, file: fresh, passphrase: PASSPHRASE, work: WORK, onProgress: () => {} })
    const { config: to, database } = await newPlace('same')
    const { report, media, size } = await restoreTo(to, { from: fresh, verifierKey: ledger.verifierKey })
    expect(report).toMatchObject({ ok: true, size: ledger.head().size, pinned: true })
    expect(report.counts.parts).toBe(size - 1)
    expect(media).toBe(2)
    expect(await dump(database)).toEqual(await dump(source))
    expect(await readFile(to.secretFile)).toEqual(Buffer.from(SECRET))
    expect((await stat(to.secretFile)).mode & 0o777).toBe(0o600)
    expect(await readFile(path.join(to.dataDir, 'media', MEDIA), 'utf8')).toBe('a picture')
    expect(await readFile(path.join(to.dataDir, ASSET), 'utf8')).toBe('sealed')
    expect(await leftovers(to)).toEqual(['assets', 'log-checkpoint', 'media', 'secret'])
    const { rows } = await database.pool.query('select size::int, known_size::int, known_note from ledger.restoration')
    expect(rows).toEqual([{ size, known_size: size, known_note: ledger.checkpoint().note }])
    expect(await readMark(to.dataDir)).toBe(ledger.checkpoint().note)
  })

  test('numbers new rows behind the old ones', async () => {
    const { config: to, database } = await newPlace('numbers')
    await restoreTo(to)
    const insert = `insert into delivery.activity (uri, signer, actor, created_at) values ('https://a.example/2', 'instance', 'a', now()) returning id::int`
    expect((await database.pool.query(insert)).rows).toEqual([{ id: 2 }])
  })

  test('refuses the changes that the original refuses', async () => {
    const { config: to, database } = await newPlace('triggers')
    await restoreTo(to)
    for (const table of ['commit', 'event', 'tile', 'checkpoint'])
      await expect(database.pool.query(`delete from ledger.${table}`)).rejects.toThrow('append-only')
  })
})

describe('a point in time', () => {
  test.each([0, 1, 255, 256, 257, 512, ENTRIES - 1, ENTRIES])('of %i entries is the log as it was then', async (size) => {
    const { config: to, database } = await newPlace(`at-${size}`)
    const { report, known } = await restoreTo(to, { at: { size, root: null } })
    expect(report).toMatchObject({ ok: true, size, root: Buffer.from(await ledger.rootAt(size)).toString('hex') })
    expect(known).toBe(ENTRIES)
    const { rows } = await database.pool.query(`
      select (select count(*)::int from ledger.commit) as commits, (select count(*)::int from ledger.part) as parts,
        (select position::int from delivery.cursor) as cursor, (select known_size::int from ledger.restoration) as known`)
    expect(rows).toEqual([{ commits: size, parts: Math.max(0, size - 1), cursor: Math.min(650, size), known: ENTRIES }])
  })

  test('given by a checkpoint is the log that it was signed for', async () => {
    const root = Buffer.from(await ledger.rootAt(300)).toString('base64')
    const { config: to } = await newPlace('at-checkpoint')
    expect((await restoreTo(to, { at: { size: 300, root } })).report.size).toBe(300)
    const { config: other } = await newPlace('at-other')
    await expect(restoreTo(other, { at: { size: 301, root } })).rejects.toMatchObject({ code: 'REFUSED' })
  })

  test('that the log never reached is refused', async () => {
    const { config: to } = await newPlace('beyond')
    await expect(restoreTo(to, { at: { size: ENTRIES + 1, root: null } })).rejects.toThrow('there is no point in time')
  })
})

describe('nothing is restored', () => {
  test('without the passphrase, or from what is no backup', async () => {
    const { config: to } = await newPlace('locked')
    await expect(restoreTo(to, { passphrase: 'guess' })).rejects.toThrow('does not open')
    await expect(restoreTo(to, { from: to.secretFile })).rejects.toMatchObject({ code: 'ENOENT' })
    const other = path.join(scratch, 'other.age')
    await writeFile(other, await collect(encrypt(of([Buffer.from('hello')]), PASSPHRASE, WORK)))
    await expect(restoreTo(to, { from: other })).rejects.toThrow('is not a backup')
    expect(await leftovers(to)).toEqual([])
  })

  test('over an instance, beside another one’s secret, or under another name', async () => {
    const { config: to, database } = await newPlace('taken')
    await restoreTo(to)
    await expect(restoreTo(to)).rejects.toThrow('is not empty')
    await expect(restoreTo(place('taken-again', database))).rejects.toThrow('holds the log 127.0.0.1:3000/log/1 already')
    const { config: stranger } = await newPlace('stranger')
    await expect(restoreTo({ ...stranger, origin: 'https://social.example' })).rejects.toThrow('backup of 127.0.0.1:3000')
    await mkdir(stranger.dataDir)
    await writeFile(stranger.secretFile, new Uint8Array(32))
    await expect(restoreTo(stranger)).rejects.toThrow('secret of another instance')
  })

  test.each([
    ['altered in a commit', 'ledger.commit', 40_000],
    ['altered in a payload', 'ledger.part', 30_000],
    ['altered in the tree', 'ledger.tile', 5_000],
  ])('that was %s, and no instance opens what is left; the right backup still can be restored there', async (_, table, offset) => {
    const altered = path.join(scratch, `${table}.backup`)
    await writeFile(altered, await withFlippedByte(`tables/${table}/000000`, offset))
    const { config: to, database } = await newPlace(`altered-${table}`)
    const verifierKey = ledger.verifierKey
    await expect(restoreTo(to, { from: altered, verifierKey })).rejects.toMatchObject({
      code: 'REFUSED',
      message: expect.stringContaining('position'),
    })
    await expect(openLedger(database)).rejects.toMatchObject({ code: 'GIVE_UP' })
    expect(await leftovers(to)).toEqual(['assets', 'media', 'restore-unfinished'])
    expect((await restoreTo(to)).report.ok).toBe(true)
  })

  test('that was cut off anywhere', async () => {
    const bytes = await readFile(file)
    const { config: to, database } = await newPlace('cut')
    for (const share of [0.4, 0.7, 0.9, 0.999]) {
      const half = path.join(scratch, 'half.backup')
      await writeFile(half, bytes.subarray(0, Math.floor(bytes.length * share)))
      await expect(restoreTo(to, { from: half })).rejects.toThrow('altered or cut')
      await expect(openLedger(database)).rejects.toMatchObject({ code: 'GIVE_UP' })
    }
    expect((await restoreTo(to)).report.ok).toBe(true)
  })

  test('that is by another log than the one trusted', async () => {
    const { config: to } = await newPlace('untrusted')
    const verifierKey = ledger.verifierKey.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'))
    await expect(restoreTo(to, { verifierKey })).rejects.toMatchObject({ code: 'REFUSED' })
  })
})

/** The backup with one byte of a table changed by somebody who knows the passphrase. */
async function withFlippedByte(name: string, offset: number): Promise<Buffer> {
  const tar = await collect(decrypt(of([await readFile(file)]), PASSPHRASE))
  const entries = await all(unpack(of([tar])))
  const entry = entries.find((one) => one.name === name)
  const at = tar.indexOf(entry!.bytes) + offset
  tar[at]! ^= 1
  return collect(encrypt(of([tar]), PASSPHRASE, WORK))
}

async function* of(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks
}

const collect = async (chunks: AsyncIterable<Uint8Array>): Promise<Buffer> => Buffer.concat(await all(chunks))

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const item of items) found.push(item)
  return found
}
