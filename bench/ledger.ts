/** How fast the ledger appends and reads, in one process with its database beside it. */
import { randomUUID } from 'node:crypto'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import pg from 'pg'
import { startPostgres } from '../src/host/postgres.ts'
import { Ledger } from '../src/ledger/ledger.ts'
import type { CommitDraft } from '../src/ledger/types.ts'
import { type Bench, percentile, type Row } from './rows.ts'

const SIGNERS = 64
const WARM_UP_MS = 1_000
const PAGE = 1_000

/** Appends of one event each by 1, 64 and 512 callers, each awaiting its receipt; then reading everything back, opened. */
export const ledgerBench: Bench = {
  metrics: ['ledger.append', 'ledger.read'],
  async run({ quick, say }) {
    const dir = await mkdtemp(path.join(os.tmpdir(), 'vivim-bench-'))
    await chmod(dir, 0o711) // PostgreSQL's unprivileged user must pass through
    const server = await startPostgres(dir)
    const pool = new pg.Pool({ connectionString: server.url, max: 4 })
    pool.on('error', () => {}) // cut when the server stops
    try {
      const ledger = await Ledger.open({ pool, databaseUrl: server.url, origin: 'http://127.0.0.1:3000', secret: new Uint8Array(32).fill(1) })
      await createSigners(ledger)
      const rows: Row[] = []
      for (const callers of [1, 64, 512]) {
        say(`ledger: ${callers} callers append`)
        rows.push(...(await appending(ledger, callers, quick ? 1_000 : 4_000)))
      }
      rows.push(await reading(ledger))
      await ledger.close()
      return rows
    } finally {
      await pool.end()
      await server.stop()
      await rm(dir, { recursive: true, force: true })
    }
  },
}

async function createSigners(ledger: Ledger): Promise<void> {
  const create = async (name: string) => ledger.append({ signer: name, lane: 'public', events: [(await ledger.createIdentity(name)).genesis] })
  await Promise.all(Array.from({ length: SIGNERS }, (_, i) => create(`account/${i}`)))
}

async function appending(ledger: Ledger, callers: number, forMs: number): Promise<Row[]> {
  await appendUntil(ledger, callers, performance.now() + WARM_UP_MS)
  const start = performance.now()
  const waits = await appendUntil(ledger, callers, start + forMs)
  const seconds = (performance.now() - start) / 1000
  const name = `ledger.append.${callers}`
  return [
    { metric: name, value: waits.length / seconds, unit: 'commits/s', ...(callers === 64 ? { target: { atLeast: 8_000 } } : {}) },
    { metric: `${name}.p50`, value: percentile(waits, 0.5), unit: 'ms' },
    { metric: `${name}.p99`, value: percentile(waits, 0.99), unit: 'ms' },
  ]
}

/** Waiting times in ms. */
async function appendUntil(ledger: Ledger, callers: number, end: number): Promise<number[]> {
  const waits: number[] = []
  const call = async (caller: number) => {
    while (performance.now() < end) {
      const start = performance.now()
      await ledger.append(draft(caller))
      waits.push(performance.now() - start)
    }
  }
  await Promise.all(Array.from({ length: callers }, (_, caller) => call(caller)))
  return waits
}

/** A post of a few hundred bytes in a stream of its own, as the API writes it. */
function draft(caller: number): CommitDraft {
  const stream = `status/${randomUUID()}`
  const bytes = Buffer.from(JSON.stringify({ id: stream, accountId: String(caller), content: 'x'.repeat(400), createdAt: new Date().toISOString() }))
  return {
    signer: `account/${caller % SIGNERS}`,
    lane: 'public',
    events: [{ type: 'status:create', schema: 1, stream, parts: [{ codec: 'json', bytes }] }],
    expected: [[stream, 'none']],
  }
}

async function reading(ledger: Ledger): Promise<Row> {
  const { size } = ledger.head()
  const start = performance.now()
  for (let from = 0; from < size; from += PAGE) await ledger.read(from, PAGE)
  return { metric: 'ledger.read', value: size / ((performance.now() - start) / 1000), unit: 'commits/s' }
}
