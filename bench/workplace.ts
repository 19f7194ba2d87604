/** A database server and a ledger of their own for a measurement, in a temporary directory, fsync on. */
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import pg from 'pg'
import { startPostgres } from '../src/host/postgres.ts'
import { Ledger } from '../src/ledger/ledger.ts'

export type Workplace = {
  readonly dir: string
  readonly url: string
  readonly pool: pg.Pool
  /** Opens the ledger of this database; the caller closes it. */
  readonly openLedger: () => Promise<Ledger>
}

const SECRET = new Uint8Array(32).fill(1)

/** Runs the work, then removes everything. */
export async function withWorkplace<T>(work: (place: Workplace) => Promise<T>): Promise<T> {
  const dir = await mkdtemp(path.join(os.tmpdir(), 'vivim-bench-'))
  await chmod(dir, 0o711) // PostgreSQL's unprivileged user must pass through
  try {
    const server = await startPostgres(dir)
    const pool = new pg.Pool({ connectionString: server.url, max: 8 })
    pool.on('error', () => {}) // cut when the server stops
    const openLedger = () =>
      Ledger.open({ pool, databaseUrl: server.url, origin: 'http://127.0.0.1:3000', secret: SECRET, cacheDir: path.join(dir, 'cache') })
    try {
      return await work({ dir, url: server.url, pool, openLedger })
    } finally {
      await pool.end()
      await server.stop()
    }
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}
