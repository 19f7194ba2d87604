/** A VIVIM instance as its own operating-system process: started, waited for, stopped or killed. For the demonstration and the end-to-end tests. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const ROOT = path.resolve(import.meta.dirname, '..')
const READY_MS = 45_000

export type InstanceProcess = {
  readonly origin: string
  readonly dataDir: string
  readonly pid: number
  /** Address of the set-up page with its one-time token; null once the instance is set up. */
  readonly setupUrl: string | null
  /** Milliseconds from spawn to ready. */
  readonly readyMs: number
  /** Everything it printed so far. */
  output(): string
  /** SIGTERM, and waits for its own drain. */
  stop(): Promise<void>
  /** SIGKILL: no drain, no goodbye. */
  kill(): Promise<void>
}

export type StartOptions = {
  readonly dataDir: string
  readonly port: number
  readonly env?: Readonly<Record<string, string>>
  /** How long it may take; with a long log and empty read tables that is minutes. */
  readonly readyWithinMs?: number
}

/** Starts an instance and waits until it answers. @throws {Error} with its output when it ends instead */
export async function startInstance({ dataDir, port, env = {}, readyWithinMs = READY_MS }: StartOptions): Promise<InstanceProcess> {
  const origin = env['VIVIM_ORIGIN'] ?? `http://127.0.0.1:${port}`
  const began = performance.now()
  const child = spawn(process.execPath, ['src/main.ts'], {
    cwd: ROOT,
    env: { ...process.env, LOG_LEVEL: 'warn', DATABASE_URL: '', REDIS_URL: '', PORT: String(port), VIVIM_DATA: dataDir, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true, // a Ctrl-C for us must not reach it before we stop it ourselves
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (output += text))
  await ready(child, `http://127.0.0.1:${port}/healthz`, () => output, readyWithinMs)
  return {
    origin,
    dataDir,
    pid: child.pid ?? 0,
    setupUrl: /https?:\/\/\S+\/setup\?token=\S+/.exec(output)?.[0] ?? null,
    readyMs: performance.now() - began,
    output: () => output,
    stop: () => end(child, 'SIGTERM'),
    kill: () => end(child, 'SIGKILL'),
  }
}

async function ready(child: ChildProcess, url: string, output: () => string, withinMs: number): Promise<void> {
  for (const until = Date.now() + withinMs; Date.now() < until; await sleep(25)) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`the instance ended before it was ready:\n${output()}`)
    const healthy = await fetch(url).then(
      (answer) => answer.ok,
      () => false,
    )
    if (healthy && output().includes('ready at')) return
  }
  await end(child, 'SIGKILL')
  throw new Error(`the instance was not ready after ${withinMs / 1000} s:\n${output()}`)
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.kill(signal)
  await exited
}

/** A new directory that PostgreSQL's unprivileged user can pass through. */
export async function scratch(name: string): Promise<{ readonly dir: string; remove(): Promise<void> }> {
  const dir = await mkdtemp(path.join(os.tmpdir(), `vivim-${name}-`))
  await chmod(dir, 0o711)
  return { dir, remove: () => rm(dir, { recursive: true, force: true }) }
}

/** A TCP port on loopback that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no free TCP port')
  return address.port
}

/** Runs `vivim …` against an instance's data directory. */
export async function vivim(
  dataDir: string,
  env: Readonly<Record<string, string>>,
  ...args: readonly string[]
): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  const child = spawn(process.execPath, ['src/cli/vivim.ts', ...args], {
    cwd: ROOT,
    env: { ...process.env, DATABASE_URL: '', REDIS_URL: '', VIVIM_DATA: dataDir, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  const [code] = (await once(child, 'close')) as [number | null]
  return { code: code ?? -1, stdout, stderr }
}
