/**
 * Kill -9 at any moment, again and again, under load: the writing process, or the database server with its disk cache synced as in real life, or
 * both. After each: what was acknowledged is there. At the end: each lane has every number once, and every byte is audited.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { expect } from 'vitest'
import { startPostgres } from '../../src/host/postgres.ts'
import { Ledger } from '../../src/ledger/ledger.ts'
import { expectAudited } from '../integration/faults/burst.ts'
import { ORIGIN, SECRET } from '../integration/ledger/world.ts'
import { type Acknowledged, laneStream } from './lane-writer.ts'

export type CyclesDone = {
  readonly cycles: number
  readonly kills: Readonly<Record<Victim, number>>
  readonly acknowledged: number
  /** Appends that were in the log already when their lane repeated them. */
  readonly repeated: number
  readonly entries: number
}

type Victim = 'writer' | 'server' | 'both'

const WRITER = path.join(import.meta.dirname, 'lane-writer.ts')
const LANES = 24
const LONGEST_RUN_MS = 400
/** A whole audit after so many cycles. */
const AUDIT_EVERY = 25

/** @param seed  decides who is killed, and when */
export async function killCycles(cycles: number, seed: number, say: (text: string) => void = () => {}): Promise<CyclesDone> {
  const random = mulberry(seed)
  const dir = await mkdtemp(path.join(os.tmpdir(), 'vivim-kill-'))
  await chmod(dir, 0o711) // PostgreSQL's unprivileged user must pass through
  const server = await startPostgres(dir)
  const pool = new pg.Pool({ connectionString: server.url, max: 4 })
  pool.on('error', () => {})
  const kills = { writer: 0, server: 0, both: 0 }
  const log: Acknowledged[] = []
  const next = Array.from({ length: LANES }, () => 0)
  try {
    let entries = 0
    for (let cycle = 1; cycle <= cycles; cycle++) {
      const share = random()
      const victim: Victim = share < 0.7 ? 'writer' : share < 0.85 ? 'server' : 'both'
      const fresh = await oneCycle({ url: server.url, dir, victim, next, forMs: random() * LONGEST_RUN_MS })
      kills[victim]++
      for (const { lane, n } of fresh) next[lane] = n + 1
      log.push(...fresh)
      entries = await judge(pool, server.url, fresh, cycle % AUDIT_EVERY === 0 || cycle === cycles)
      say(`${cycle} of ${cycles}: killed ${victim}, ${fresh.length} acknowledged, ${entries} entries`)
    }
    await expectEachOnce(pool, server.url, next)
    return { cycles, kills, acknowledged: log.length, repeated: log.filter(({ repeated }) => repeated).length, entries }
  } finally {
    await pool.end()
    await server.stop()
    await rm(dir, { recursive: true, force: true })
  }
}

type Cycle = { readonly url: string; readonly dir: string; readonly victim: Victim; readonly next: readonly number[]; readonly forMs: number }

/** Runs a writer for a while, and kills. @returns what it acknowledged, in the order it said so */
async function oneCycle({ url, dir, victim, next, forMs }: Cycle): Promise<Acknowledged[]> {
  const acknowledged: Acknowledged[] = []
  const { child, ready, over } = startWriter(url, next, acknowledged)
  await ready
  await sleep(forMs)
  if (victim !== 'writer') await killServer(dir)
  if (victim === 'server') await goesOn(acknowledged, over)
  child.kill('SIGKILL')
  await over
  return acknowledged
}

/** After the server was lost and is back, the writer goes on by itself. */
async function goesOn(acknowledged: readonly Acknowledged[], over: Promise<unknown>): Promise<void> {
  const before = acknowledged.length
  const ended = over.then(() => true)
  for (const until = Date.now() + 60_000; acknowledged.length <= before + LANES; ) {
    if (Date.now() > until) throw new Error('the writer does not go on after the database server came back')
    if (await Promise.race([ended, sleep(20, false)])) throw new Error('the writer ended when the database server was lost')
  }
}

async function killServer(dir: string): Promise<void> {
  const pid = Number((await readFile(path.join(dir, 'postgres/postmaster.pid'), 'utf8')).split('\n')[0])
  process.kill(pid, 'SIGKILL')
}

function startWriter(
  url: string,
  next: readonly number[],
  acknowledged: Acknowledged[],
): { readonly child: ChildProcess; readonly ready: Promise<void>; readonly over: Promise<unknown> } {
  const child = spawn(process.execPath, [WRITER, url, JSON.stringify(next)], { stdio: ['ignore', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })
  const ready = new Promise<void>((resolve, reject) => {
    lines.on('line', (line) => (line === 'ready' ? resolve() : line.endsWith('}') && acknowledged.push(JSON.parse(line) as Acknowledged)))
    child.once('exit', (code) => reject(new Error(`the writer ended with ${code}`)))
  })
  return { child, ready, over: Promise.all([once(child, 'exit'), once(lines, 'close')]) }
}

/** Opens the log anew, finds in it what was acknowledged, and perhaps audits all of it. @returns entries */
async function judge(pool: pg.Pool, databaseUrl: string, fresh: readonly Acknowledged[], whole: boolean): Promise<number> {
  const ledger = await reopened(pool, databaseUrl)
  try {
    const from = fresh.reduce((least, { position }) => Math.min(least, position), ledger.head().size)
    const found = new Map<number, string>()
    for (let at = from; at < ledger.head().size; ) {
      const commits = await ledger.read(at, 1_000)
      for (const { position, id, events } of commits) found.set(position, `${Buffer.from(id).toString('hex')} ${events[0]?.stream}`)
      at += commits.length
    }
    for (const { lane, n, position, id } of fresh) expect(found.get(position)).toBe(`${id} ${laneStream(lane, n)}`)
    return whole ? await expectAudited({ pool }, ledger) : ledger.head().size
  } finally {
    await ledger.close()
  }
}

/** No gap, and nothing twice: but for the last of each lane, which nobody may have heard of. */
async function expectEachOnce(pool: pg.Pool, databaseUrl: string, next: readonly number[]): Promise<void> {
  const ledger = await reopened(pool, databaseUrl)
  const seen = new Map<string, number>()
  for (let at = 0; at < ledger.head().size; ) {
    const commits = await ledger.read(at, 1_000)
    for (const { stream } of commits.flatMap(({ events }) => events)) seen.set(stream, (seen.get(stream) ?? 0) + 1)
    at += commits.length
  }
  await ledger.close()
  for (const [lane, count] of next.entries()) {
    for (let n = 0; n < count; n++) expect(seen.get(laneStream(lane, n)), laneStream(lane, n)).toBe(1)
    expect(seen.get(laneStream(lane, count)) ?? 0).toBeLessThanOrEqual(1)
    expect(seen.get(laneStream(lane, count + 1))).toBeUndefined()
  }
}

/** The server may still be recovering from its own end. */
async function reopened(pool: pg.Pool, databaseUrl: string): Promise<Ledger> {
  for (const until = Date.now() + 60_000; ; await sleep(50)) {
    try {
      return await Ledger.open({ pool, databaseUrl, origin: ORIGIN, secret: SECRET, leaseWaitMs: 20_000 })
    } catch (error) {
      if (Date.now() > until || (error as { readonly code?: string }).code === 'GIVE_UP') throw error
    }
  }
}

/** Numbers in [0, 1), the same for the same seed. @see mulberry32, Tommy Ettinger, public domain */
function mulberry(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
