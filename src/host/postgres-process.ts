/** A PostgreSQL server as a process of the operating system: launched, found again by its pid file, ended. */
import { type SpawnOptions, spawn } from 'node:child_process'
import { open, readFile, realpath, rm } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

export type ServerProcess = { readonly pid: number; readonly port: number }

/** Whom a process runs as; as ourselves when empty. */
export type Ids = { readonly uid?: number; readonly gid?: number }

/** After this long a server that was asked to stop is made to. Its next start then recovers from the log. */
const PATIENCE_MS = 30_000
const POLL_MS = 10
const LAST_WORDS = 1_500

/** Our environment is not the server's business. */
const spawnOptions = (ids: Ids): SpawnOptions => ({ ...ids, cwd: '/', env: { PATH: process.env['PATH'] ?? '', LC_ALL: 'C.UTF-8', TZ: 'UTC' } })

/** Runs a command to its end. `output`: of both streams. */
export function run(command: string, args: readonly string[], ids: Ids): Promise<{ readonly code: number; readonly output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { ...spawnOptions(ids), stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', (chunk: string) => (output += chunk))
    child.once('error', reject)
    child.once('close', (code) => resolve({ code: code ?? -1, output }))
  })
}

/**
 * Launches a server on a cluster, detached, and waits until its pid file says "ready", or at most `patienceMs`.
 *
 * @returns the server, or its last words when it ended instead
 */
export async function launch(
  { cluster, native, ids }: { readonly cluster: string; readonly native: string; readonly ids: Ids },
  settings: Readonly<Record<string, string>>,
  logFile: string,
  patienceMs: number,
): Promise<ServerProcess | string> {
  const log = await open(logFile, 'a', 0o600)
  const { size } = await log.stat()
  const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const ended: string[] = []
  try {
    const child = spawn(path.join(native, 'bin/postgres'), ['-D', cluster, ...options], {
      ...spawnOptions(ids),
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
    })
    child.once('error', (error) => ended.push(error.message))
    child.once('exit', (code, signal) => ended.push(`exit ${code ?? signal}`))
    child.unref()
    for (const until = Date.now() + patienceMs; ended.length === 0; await sleep(POLL_MS)) {
      const { pid, port, ready } = await readPidFile(cluster)
      if (pid === child.pid && (ready || Date.now() > until)) return { pid, port }
    }
  } finally {
    await log.close()
  }
  const words = (await readFile(logFile)).subarray(size).toString()
  return `${words.slice(-LAST_WORDS).trim()} (${ended.join(', ')})`
}

/** The server that runs on this cluster, or null. What a crash left of one that does not run is cleared away, so that a new one can start. */
export async function findServer(cluster: string): Promise<ServerProcess | null> {
  const { pid, port } = await readPidFile(cluster)
  if (pid <= 0 || !alive(pid)) return null // PostgreSQL itself clears away a pid file whose process is gone
  if (await isServer(pid, cluster)) return { pid, port }
  await rm(path.join(cluster, 'postmaster.pid'), { force: true })
  return null
}

/** Asks a process to end and waits until it has. */
export async function endProcess(pid: number, signal: NodeJS.Signals): Promise<void> {
  send(pid, signal)
  for (const until = Date.now() + PATIENCE_MS; alive(pid); await sleep(POLL_MS)) if (Date.now() > until) send(pid, 'SIGQUIT')
}

/** postmaster.pid: pid on line 1, port on line 4, "ready" on line 8. Zeros when there is nothing to read. */
async function readPidFile(cluster: string): Promise<ServerProcess & { readonly ready: boolean }> {
  const lines = (await readFile(path.join(cluster, 'postmaster.pid'), 'utf8').catch(() => '')).split('\n')
  const [pid, port] = [Number(lines[0]), Number(lines[3])]
  return { pid: Number.isInteger(pid) ? pid : 0, port: Number.isInteger(port) ? port : 0, ready: lines[7]?.trim() === 'ready' }
}

/** After a crash of the machine, or in a new container, the pid may have become somebody else's. That process is not ours to touch. */
async function isServer(pid: number, cluster: string): Promise<boolean> {
  const [program = '', ...args] = await commandOf(pid)
  if (!path.basename(program).startsWith('postgres')) return false
  const directory = args[args.indexOf('-D') + 1]
  if (!args.includes('-D') || directory === undefined) return true
  return (await realpath(directory).catch(() => directory)) === (await realpath(cluster).catch(() => cluster))
}

async function commandOf(pid: number): Promise<string[]> {
  if (process.platform === 'linux') return (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0')
  return (await run('ps', ['-ww', '-o', 'command=', '-p', String(pid)], {})).output.trim().split(' ')
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
