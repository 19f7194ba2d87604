/**
 * The embedded PostgreSQL: the server that `npm ci` brought along, for instances without a DATABASE_URL.
 *
 * It listens on loopback only, runs under an unprivileged user when we are root, lives in its own process group (so Ctrl-C reaches
 * us first and it stops after our drain), survives a kill -9 of ours (the next start adopts it), and is started again when it dies itself.
 *
 * Several processes may want it at once: an instance, and a command that was started at the same moment. Each holds a shared lock in it for
 * as long as it uses it (its tenancy), and the last one to leave stops the server.
 */
import { mkdir } from 'node:fs/promises'
import { createServer } from 'node:net'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { choosePlace, initialise, loadPassword, type Place, PostgresError } from './postgres-place.ts'
import { endProcess, findServer, launch, type ServerProcess } from './postgres-process.ts'

export type EmbeddedPostgres = {
  /** Connection string of the instance's database. */
  readonly url: string
  readonly port: number
  /** True when the server was running already: of a process that was killed, or of another that uses it now. */
  readonly adopted: boolean
  /** Leaves the server; the last one to leave shuts it down. Safe to call twice. */
  stop(): Promise<void>
}

/** Names and values of PostgreSQL's own configuration. */
type Settings = Readonly<Record<string, string>>
type Log = (level: 'warn' | 'error', message: string, fields?: Readonly<Record<string, unknown>>) => void

/** All that is needed to start or to find the server. */
type Cluster = { readonly place: Place; readonly settings: Settings; readonly password: string; readonly logFile: string }

/** A server that runs, and our session in it. */
type Tenancy = { readonly server: ServerProcess; readonly session: pg.Client; readonly adopted: boolean }

const USER = 'vivim'
/** Any constant: marks who uses the server. Scoped by PostgreSQL to its database `postgres`. */
const LOCK = '7310578136721125937'
/** Recovery after a crash of the machine may take a while. */
const START_TIMEOUT_MS = 120_000
const LAUNCHES = 6
const PAUSE_MS = 30
const PAUSE_AFTER_LAUNCH_MS = 300
const LONGEST_PAUSE_MS = 10_000
const SETTINGS: Settings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '80',
  shared_buffers: '128MB',
  max_wal_size: '2GB',
  checkpoint_timeout: '15min',
  jit: 'off',
  log_min_messages: 'warning',
}

/**
 * A running server with a database `vivim`, created on the first call.
 *
 * @param dataDir  the instance's data directory; the cluster is `<dataDir>/postgres`
 * @param settings server settings that differ from ours
 * @throws {PostgresError} when no server binary fits this machine or the server does not come up
 */
export async function startPostgres(dataDir: string, settings: Settings = {}, log: Log = () => {}): Promise<EmbeddedPostgres> {
  await mkdir(dataDir, { recursive: true, mode: 0o711 })
  const place = await choosePlace(dataDir)
  const password = await loadPassword(path.join(dataDir, 'postgres-password'))
  await initialise(place, USER, password)
  const cluster = { place, password, settings: { ...SETTINGS, ...settings }, logFile: path.join(dataDir, 'postgres.log') }
  const tenancy = await enterOrLaunch(cluster, null)
  await createDatabase(tenancy.session)
  const { port } = tenancy.server
  return { url: urlOf(cluster, port, USER), port, adopted: tenancy.adopted, stop: keep(cluster, tenancy, log) }
}

/** Starts the server again, on its port, whenever it dies. @returns stop keeping it, and leave */
function keep(cluster: Cluster, first: Tenancy, log: Log): () => Promise<void> {
  const { port } = first.server
  let tenancy = first
  let stopped: Promise<void> | null = null
  let reviving = Promise.resolve()

  async function revive(): Promise<void> {
    for (let pause = PAUSE_MS; stopped === null; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
      try {
        tenancy = await enterOrLaunch(cluster, port)
        watch()
        return log('warn', 'the database server was lost and is back', { adopted: tenancy.adopted })
      } catch (error) {
        log('error', 'the database server was lost and does not come back', { error: String(error) })
      }
      await sleep(pause)
    }
  }
  const watch = () =>
    tenancy.session.once('end', () => {
      if (stopped === null) reviving = revive()
    })
  watch()
  return () => (stopped ??= reviving.then(() => leave(tenancy)))
}

async function leave({ session, server }: Tenancy): Promise<void> {
  const last = await isLast(session)
  if (last) await endProcess(server.pid, 'SIGINT') // the lock is held until the server is gone, so nobody enters meanwhile
  await session.end().catch(() => {})
}

/** Lets go of our own share first: of several that leave at once, at least the last to ask is told the truth. */
async function isLast(session: pg.Client): Promise<boolean> {
  try {
    await session.query(`select pg_advisory_unlock_shared(${LOCK})`)
    const { rows } = await session.query<{ last: boolean }>(`select pg_try_advisory_lock(${LOCK}) as last`)
    return rows[0]?.last === true
  } catch {
    return true // the server is gone, or about to
  }
}

/** @param port  what a new server has to listen on; any when null */
async function enterOrLaunch(cluster: Cluster, port: number | null): Promise<Tenancy> {
  const failures: string[] = []
  for (const until = Date.now() + START_TIMEOUT_MS; ; ) {
    const found = await findServer(cluster.place.cluster)
    const server = found ?? (await tryLaunch(cluster, port ?? (await freePort()), failures))
    const session = server === null ? null : await enter(cluster, server)
    if (server !== null && session !== null) return { server, session, adopted: found !== null }
    if (failures.length === LAUNCHES) throw new PostgresError(`The embedded PostgreSQL did not start. Its last words: ${failures.at(-1)}`)
    if (Date.now() > until)
      throw new PostgresError(
        `The embedded PostgreSQL (process ${server?.pid}) does not answer after ${START_TIMEOUT_MS / 1000} s; see ${cluster.logFile}.`,
      )
    await sleep(server === null ? PAUSE_AFTER_LAUNCH_MS : PAUSE_MS)
  }
}

/** Null when it ended at once: another process was quicker, its port was taken, or the processes of a killed server were not all gone. */
async function tryLaunch({ place, settings, logFile }: Cluster, port: number, failures: string[]): Promise<ServerProcess | null> {
  const launched = await launch(place, { ...settings, port: String(port) }, logFile, START_TIMEOUT_MS)
  if (typeof launched !== 'string') return launched
  failures.push(launched)
  return null
}

/** Our session in the server; null while it is starting or stopping. @throws {PostgresError} when it is not ours */
async function enter(cluster: Cluster, { pid, port }: ServerProcess): Promise<pg.Client | null> {
  const session = new pg.Client({
    connectionString: urlOf(cluster, port, 'postgres'),
    application_name: `vivim (pid ${process.pid})`,
    connectionTimeoutMillis: 2_000,
  })
  session.on('error', () => {}) // 'end' follows
  try {
    await session.connect()
    const { rows } = await session.query<{ entered: boolean }>(`select pg_try_advisory_lock_shared(${LOCK}) as entered`)
    if (rows[0]?.entered === true) return session
  } catch (error) {
    if (error instanceof pg.DatabaseError && error.code === '28P01')
      throw new PostgresError(`The database server of this data directory (process ${pid}) refuses the password in its file postgres-password.`)
  }
  await session.end().catch(() => {})
  return null
}

const urlOf = ({ password }: Cluster, port: number, database: string): string => `postgres://${USER}:${password}@127.0.0.1:${port}/${database}`

async function createDatabase(session: pg.Client): Promise<void> {
  const { rowCount } = await session.query('select from pg_database where datname = $1', [USER])
  if (rowCount === 0)
    await session.query(`create database ${USER}`).catch((error: { code?: string }) => {
      if (error.code !== '42P04' && error.code !== '23505') throw error // another process was quicker
    })
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => (address !== null && typeof address === 'object' ? resolve(address.port) : reject(new PostgresError('no free TCP port'))))
    })
  })
}
