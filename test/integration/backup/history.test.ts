/** Backups of logs that have been through something: erasures, a break, a restore that was killed. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { backup } from '../../../src/cli/backup.ts'
import { type Restored, restore } from '../../../src/cli/restore.ts'
import { type Config, readConfig } from '../../../src/config.ts'
import { openInstance } from '../../../src/instance.ts'
import { breakLog } from '../../../src/ledger/break-log.ts'
import { Ledger } from '../../../src/ledger/ledger.ts'
import { eraseEvent } from '../../../src/ledger/warrant.ts'
import { freshDatabase, type TestDatabase } from '../../support/postgres.ts'
import { draft, fill, introduce, ORIGIN, openLedger, SECRET } from '../ledger/world.ts'

const PASSPHRASE = 'correct horse battery staple'
const VIVIM = path.resolve(import.meta.dirname, '../../../src/cli/vivim.ts')
/** scrypt as cheap as it gets. */
const WORK = 4

let scratch: string
const databases: TestDatabase[] = []

beforeAll(async () => {
  scratch = await mkdtemp(path.join(os.tmpdir(), 'vivim-backup-'))
})

afterAll(async () => {
  for (const database of databases) await database.drop()
  await rm(scratch, { recursive: true, force: true })
})

type Place = { readonly config: Config; readonly database: TestDatabase; readonly env: Readonly<Record<string, string>> }

async function place(name: string): Promise<Place> {
  const database = await freshDatabase()
  databases.push(database)
  const env = { VIVIM_DATA: path.join(scratch, name), PORT: '3000', DATABASE_URL: database.url }
  return { config: readConfig(env), database, env }
}

async function source(name: string): Promise<Place> {
  const made = await place(name)
  await mkdir(made.config.dataDir)
  await writeFile(made.config.secretFile, SECRET, { mode: 0o600 })
  return made
}

async function backedUp({ config }: Place): Promise<string> {
  const file = path.join(scratch, `${path.basename(config.dataDir)}.backup`)
  await backup({ config, file, passphrase: PASSPHRASE, work: WORK, onProgress: () => {} })
  return file
}

function restoreTo({ config }: Place, file: string, size: number | null = null): Promise<Restored> {
  const at = size === null ? null : { size, root: null }
  return restore({ config, file, passphrase: PASSPHRASE, at, verifierKey: undefined, onProgress: () => {} })
}

describe('of a log with erasures', { timeout: 60_000 }, () => {
  test('what was erased is not in the backup, and the restored log says why; no point in time brings it back', async () => {
    const from = await source('erasures')
    const ledger = await openLedger(from.database)
    await introduce(ledger, 'instance')
    await fill(ledger, 9)
    const { position } = await ledger.append(draft('regretted/1'))
    const warrant = eraseEvent('1', { reason: 'deleted-by-author', places: [{ position, event: 0, index: 0 }] })
    const { position: warranted } = await ledger.append({ signer: 'instance', lane: 'private', events: [warrant] })
    await fill(ledger, 5)
    await ledger.close()

    const file = await backedUp(from)
    const whole = await place('erasures-whole')
    expect((await restoreTo(whole, file)).report).toMatchObject({ ok: true, size: warranted + 6 })
    const { rows } = await whole.database.pool.query('select from ledger.part_key where position = $1', [position])
    expect(rows).toEqual([])
    await expect(restoreTo(await place('erasures-before'), file, warranted)).rejects.toThrow(`Restore ${warranted + 1} entries or more`)
    expect((await restoreTo(await place('erasures-after'), file, warranted + 1)).report.ok).toBe(true)
    expect((await restoreTo(await place('erasures-long-before'), file, position)).report.ok).toBe(true)
  })
})

describe('of a log that was broken and begun anew', () => {
  test('it is the new log; before the break it is the old one', async () => {
    const from = await source('break')
    const ledger = await openLedger(from.database)
    await introduce(ledger, 'instance')
    await fill(ledger, 19)
    await ledger.close()
    const { pool, url: databaseUrl } = from.database
    await breakLog({ pool, databaseUrl, origin: ORIGIN, secret: SECRET, now: Date.now, reason: 'the disk was lost', note: null })
    const anew = await openLedger(from.database)
    await fill(anew, 10)
    await anew.close()

    const file = await backedUp(from)
    expect(await restoreTo(await place('break-whole'), file)).toMatchObject({ origin: '127.0.0.1:3000/log/2', size: 31, report: { ok: true } })
    expect(await restoreTo(await place('break-after'), file, 21)).toMatchObject({ origin: '127.0.0.1:3000/log/2', report: { ok: true } })
    expect(await restoreTo(await place('break-before'), file, 20)).toMatchObject({ origin: '127.0.0.1:3000/log/1', report: { ok: true } })
  })
})

describe('a restore that is killed', { timeout: 120_000 }, () => {
  test('at any moment leaves nothing that opens, and is done again in the same place', async () => {
    const from = await source('killed')
    const ledger = await openLedger(from.database)
    await introduce(ledger, 'instance')
    await fill(ledger, 3_000)
    const { size } = ledger.head()
    await ledger.close()
    const file = await backedUp(from)
    await writeFile(path.join(scratch, 'passphrase'), PASSPHRASE)

    const to = await place('killed-again')
    let refused = 0
    let isWhole = false
    for (const delay of [0, 100, 300, 700]) {
      const child = startRestore(to, file)
      const exited = once(child, 'exit')
      await Promise.race([exited, begun(to)])
      await Promise.race([exited, sleep(delay)])
      child.kill('SIGKILL')
      const [code] = (await exited) as [number | null]
      if ((await origins(to)).length === 0) {
        await expectUnopened(to) // what an earlier try had left was gone, and nothing in its place yet
        refused++
        continue
      }
      const opened = await openLedger(to.database, { leaseWaitMs: 5_000 }).catch((error: unknown) => error)
      if (opened instanceof Ledger) {
        isWhole = true // the blow came too late: everything was proven
        expect(opened.head().size).toBe(size)
        await opened.close()
        break
      }
      expect(code).not.toBe(0)
      expect(opened).toMatchObject({ code: 'GIVE_UP', message: expect.stringContaining('run vivim restore again') })
      await expectUnopened(to)
      refused++
    }
    expect(refused).toBeGreaterThan(0)
    if (isWhole) return
    expect((await restoreTo(to, file)).report).toMatchObject({ ok: true, size })
    expect(await readdir(to.config.dataDir)).not.toContain('restore-unfinished')
    await (await openLedger(to.database, { leaseWaitMs: 5_000 })).close()
  })
})

/** No instance starts here, whatever the database holds. */
async function expectUnopened({ config }: Place): Promise<void> {
  await expect(openInstance(config, { listen: false, log: () => {} })).rejects.toMatchObject({ message: expect.stringContaining('vivim restore') })
}

/** The restore has come to the database, and closed it to every instance. */
async function begun({ database }: Pick<Place, 'database'>): Promise<void> {
  while ((await origins({ database })).length === 0) await sleep(5)
}

/** What the database says it is the ledger of: nothing, while there are no tables. */
async function origins({ database }: Pick<Place, 'database'>): Promise<string[]> {
  const { rows } = await database.pool.query<{ origin: string }>('select origin from ledger.head').catch(() => ({ rows: [] }))
  return rows.map(({ origin }) => origin)
}

function startRestore({ env }: Place, file: string): ChildProcess {
  const args = [VIVIM, 'restore', file, '--passphrase-file', path.join(scratch, 'passphrase')]
  return spawn(process.execPath, args, { env: { PATH: process.env['PATH'], ...env }, stdio: 'ignore' })
}
