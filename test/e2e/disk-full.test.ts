/**
 * A disk that is really full, as far as one process can tell: the kernel refuses the database server to write its files any further. Once its
 * log, where PostgreSQL gives up, ends every session and recovers; once the tables, where it reports an error.
 */
import { execFileSync } from 'node:child_process'
import { statSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { scratch } from '../../demo/instance-process.ts'
import { type EmbeddedPostgres, startPostgres } from '../../src/host/postgres.ts'
import { Ledger } from '../../src/ledger/ledger.ts'
import { burst, expectAudited, expectTold, once, type Told, tell, type Write, writesOf } from '../integration/faults/burst.ts'
import { draft, introduce, ORIGIN, SECRET } from '../integration/ledger/world.ts'

const MEGABYTE = 1024 * 1024
const WAL_SEGMENT = 16 * MEGABYTE

let place: Awaited<ReturnType<typeof scratch>>
let server: EmbeddedPostgres
let pool: pg.Pool
let ledger: Ledger
const told: Told[] = []

beforeAll(async () => {
  place = await scratch('full')
  server = await startPostgres(place.dir)
  pool = new pg.Pool({ connectionString: server.url, max: 4 })
  pool.on('error', () => {})
  ledger = await open()
  await introduce(ledger, 'instance')
})

afterAll(async () => {
  await ledger?.close()
  await pool?.end()
  await server?.stop()
  await place?.remove()
})

const open = (): Promise<Ledger> => Ledger.open({ pool, databaseUrl: server.url, origin: ORIGIN, secret: SECRET, leaseWaitMs: 20_000 })

/** A post with a payload that fills files. */
function large(stream: string): Write {
  const bytes = Buffer.from(JSON.stringify({ filler: 'x'.repeat(MEGABYTE) }))
  const event = { type: 'status:create', schema: 1, stream, parts: [{ codec: 'json', bytes }] } as const
  return { by: 'draft', streams: [stream], run: (to) => to.append({ ...draft(stream), events: [event] }) }
}

/** Appends until it works again. */
async function comesBack(name: string): Promise<void> {
  for (let n = 0; ; n++) {
    const one = await tell(ledger, once(`${name}/${n}`))
    told.push(one)
    if (one.is === 'acknowledged') return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

/** No file that this process writes may get longer than so many bytes. Asked as the user it runs as, who may. */
function limit(pid: number, bytes: number): void {
  const { uid, gid } = statSync(`/proc/${pid}`)
  execFileSync('prlimit', ['--pid', String(pid), `--fsize=${bytes}:unlimited`], { uid, gid })
}

/** Processes of the server that write for the ledger. */
async function writers(): Promise<number[]> {
  const { rows } = await pool.query<{ pid: number }>(`select pid from pg_stat_activity where application_name like 'vivim ledger%'`)
  return rows.map(({ pid }) => pid)
}

async function judge(): Promise<void> {
  await ledger.close()
  ledger = await open()
  await expectTold(ledger, told)
  await expectAudited({ pool }, ledger)
}

test('a database server that cannot write its log ends, recovers, and the ledger goes on by itself', async () => {
  await pool.query(`select pg_logical_emit_message(false, 'filler', repeat('x', $1))`, [2 * MEGABYTE]) // the log is longer than any table now
  for (const pid of await writers()) limit(pid, MEGABYTE)
  told.push(...(await burst(ledger, writesOf('wal'))))
  await comesBack('wal-after')
  expect(await readFile(path.join(place.dir, 'postgres.log'), 'utf8')).toContain('PANIC')
  await judge()
})

test('tables that cannot grow refuse the appends, keep what was acknowledged, and grow again when there is room', async () => {
  for (const pid of await writers()) limit(pid, WAL_SEGMENT) // its log may be written to the end of its files
  for (let n = 0; n < 40 && told.at(-1)?.is !== 'refused'; n++) told.push(await tell(ledger, large(`table/${n}`)))
  expect(told.filter(({ is }) => is === 'acknowledged').length).toBeGreaterThan(5)
  await comesBack('table-after') // a new session has no limit
  await judge()
})
