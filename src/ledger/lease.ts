/**
 * The writer's lease: one database session that holds an advisory lock for as long as it lives, and an epoch that fences off its
 * predecessors. Everything the ledger writes goes through this session: without the session no lock, without the lock no write.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import sql, { raw } from 'sql-template-tag'
import { parseOrigin } from './log-break.ts'
import { isUpToDate, migrate } from './migrate.ts'
import { LedgerFault } from './types.ts'

/** Any constant: the same for every VIVIM, scoped by PostgreSQL to one database. */
const LOCK = '6222163811452401517'
const HOLDS_LOCK = raw(`locktype = 'advisory' and granted and (classid::bigint << 32 | objid::bigint) = ${LOCK}
  and pg_locks.database = (select oid from pg_database where datname = current_database())`)
/** A killed process's session ends within moments; longer means that somebody is alive. */
const WAIT_MS = 3_000
const RELEASE_MS = 1_000
const CONNECT_MS = 10_000
/** A statement that takes longer has failed: the session is given up, and what became of the statement is looked up. */
const STATEMENT_MS = 30_000

/** Begins the origin of a head that came out of a backup and is not proven yet. */
export const UNFINISHED_RESTORE = 'unfinished restore of '
/** File in the data directory for as long as a restore is under way: between two tries the database may hold nothing at all. */
export const UNFINISHED_MARK = 'restore-unfinished'

export type Lease = {
  readonly client: pg.Client
  /** Grows with every lease; the head only moves in the newest. */
  readonly epoch: number
  /** Process id of the session in the database server. */
  readonly backend: number
  /** Origin of the log in force: the first of the host, or a later one after a break. */
  readonly origin: string
  /** Ends the session; does not wait long for a server that does not answer. */
  release(): Promise<void>
}

/** `origin`: that of the host's first log, see `firstOrigin`. */
export type LeaseOptions = { readonly databaseUrl: string; readonly origin: string; readonly waitMs?: number }

/**
 * The lease, with the schema up to date and the epoch raised: a batch of the previous holder, still under way, has either committed
 * before this returns or never will.
 *
 * @param predecessor  our own broken lease: its session is ended if the server still holds it open
 * @throws {LedgerFault} RETRY_LATER while another process writes to this database, GIVE_UP when the database belongs to another host, or
 *   another process began a new log since the predecessor
 */
export async function takeLease({ databaseUrl, origin, waitMs = WAIT_MS }: LeaseOptions, predecessor?: Lease): Promise<Lease> {
  const client = new pg.Client({ ...session(databaseUrl), query_timeout: STATEMENT_MS + RELEASE_MS })
  client.on('error', () => {}) // the query under way, or the next one, rejects with the reason
  const release = () => Promise.race([client.end(), sleep(RELEASE_MS, undefined, { ref: false })])
  try {
    await client.connect()
    await client.query(`set synchronous_commit = on; set statement_timeout = ${STATEMENT_MS}`)
    if (predecessor !== undefined) await terminate(client, predecessor)
    await lock(client, waitMs)
    if (!(await isUpToDate(client))) await bringUpToDate(databaseUrl)
    const { epoch, origin: inForce } = await raiseEpoch(client, origin)
    if (predecessor !== undefined && predecessor.origin !== inForce)
      throw new LedgerFault('GIVE_UP', `Another process began the log ${inForce}: start again.`)
    const { rows } = await client.query<{ backend: number }>('select pg_backend_pid() as backend')
    return { client, epoch, backend: rows[0]?.backend ?? 0, origin: inForce, release }
  } catch (error) {
    await release()
    throw error
  }
}

const session = (databaseUrl: string): pg.ClientConfig => ({
  connectionString: databaseUrl,
  application_name: `vivim ledger (pid ${process.pid})`,
  connectionTimeoutMillis: CONNECT_MS,
  keepAlive: true,
})

/** In a session without a clock: a migration may take its time. */
async function bringUpToDate(databaseUrl: string): Promise<void> {
  const client = new pg.Client(session(databaseUrl))
  client.on('error', () => {}) // the statement under way rejects with the reason
  try {
    await client.connect()
    await migrate(client)
  } finally {
    await client.end()
  }
}

async function lock(client: pg.Client, waitMs: number): Promise<void> {
  const deadline = performance.now() + waitMs
  for (;;) {
    const { rows } = await client.query<{ held: boolean }>(`select pg_try_advisory_lock(${LOCK}) as held`)
    if (rows[0]?.held === true) return
    if (performance.now() >= deadline) throw new LedgerFault('RETRY_LATER', await inUse(client))
    await sleep(50)
  }
}

async function terminate(client: pg.Client, { backend }: Lease): Promise<void> {
  await client.query(sql`select pg_terminate_backend(pid) from pg_locks where pid = ${backend} and ${HOLDS_LOCK}`)
}

async function inUse(client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ name: string }>(
    sql`select application_name as name from pg_locks join pg_stat_activity using (pid)
     where ${HOLDS_LOCK}`,
  )
  return `Another process is writing to this database: ${rows[0]?.name ?? 'unknown'}. A ledger has one writer: stop that process first.`
}

async function raiseEpoch(client: pg.Client, origin: string): Promise<{ readonly epoch: number; readonly origin: string }> {
  const emptyRoot = Buffer.from('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855', 'hex')
  await client.query(sql`insert into ledger.head (origin, size, root, epoch) values (${origin}, 0, ${emptyRoot}, 0) on conflict do nothing`)
  const { rows } = await client.query<{ origin: string; epoch: string }>(`update ledger.head set epoch = epoch + 1 returning origin, epoch`)
  const head = rows[0]
  if (head?.origin.startsWith(UNFINISHED_RESTORE) === true)
    throw new LedgerFault('GIVE_UP', 'A backup was being restored into this database, and that did not end: run vivim restore again.')
  if (head === undefined || parseOrigin(head.origin).host !== parseOrigin(origin).host) {
    throw new LedgerFault(
      'GIVE_UP',
      `This database is the ledger ${head?.origin}, not ${origin}: an instance keeps the origin (VIVIM_ORIGIN) of its first run.`,
    )
  }
  return { epoch: Number(head.epoch), origin: head.origin }
}
