/** The writing process is killed at every step of an append, to the message: before the server sees it, and after the server has done it. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Acknowledged, laneStream } from '../../long/lane-writer.ts'
import { freshDatabase, type TestDatabase } from '../../support/postgres.ts'
import { draft, introduce, openLedger } from '../ledger/world.ts'
import { burst, expectAudited, writesOf } from './burst.ts'
import { openWire, type Wire } from './wire.ts'

const WRITER = path.resolve(import.meta.dirname, '../../long/lane-writer.ts')
const LANES = 12

let database: TestDatabase
let wire: Wire

beforeEach(async () => {
  database = await freshDatabase()
  wire = await openWire(database.url)
})

afterEach(async () => {
  await wire.close()
  await database.drop()
})

/** What comes by on the wire while nothing is wrong, for drafts such as the lanes write. */
async function stepsOfAppend(): Promise<string[]> {
  const ledger = await openLedger(database, { databaseUrl: wire.url })
  await introduce(ledger, 'instance')
  wire.steps()
  await burst(
    ledger,
    writesOf('dry').filter(({ by }) => by === 'draft'),
  )
  const steps = wire.steps()
  await ledger.close()
  return steps
}

test.each(['before', 'after'] as const)(
  'killed at each step, %s the server did it: what was acknowledged is there, once',
  { timeout: 120_000 },
  async (when) => {
    const next = Array.from({ length: LANES }, () => 0)
    const all: Acknowledged[] = []
    for (const step of await stepsOfAppend()) {
      const { child, ready, over, acknowledged } = startWriter(next)
      await ready
      await expect.poll(() => acknowledged.length, { timeout: 10_000 }).toBeGreaterThan(LANES) // under load by now
      wire.arm({ step, [when]: async () => void (child.kill('SIGKILL'), await over) })
      await over
      expect(wire.sprung(), step).toBe(true)
      for (const { lane, n } of acknowledged) next[lane] = n + 1
      all.push(...acknowledged)
      await judge(all, next, step)
    }
    expect(all.length).toBeGreaterThan(LANES)
  },
)

/** Starts from the database alone, and audits it from its bytes. */
async function judge(all: readonly Acknowledged[], next: readonly number[], step: string): Promise<void> {
  const ledger = await openLedger(database, { leaseWaitMs: 5_000 })
  for (const { lane, n, position, id } of all.slice(-100)) {
    const [only, ...more] = await ledger.readStream(laneStream(lane, n))
    expect(only, `${step}: ${laneStream(lane, n)}`).toMatchObject({ position })
    expect(more).toEqual([])
    expect((await ledger.find(id))?.position).toBe(position)
  }
  for (const [lane, n] of next.entries()) expect(await ledger.revision(laneStream(lane, n + 1))).toBeNull()
  expect(await expectAudited(database, ledger)).toBeGreaterThanOrEqual(all.length)
  await ledger.append(draft(`after/${step}/${all.length}`))
  await ledger.close()
}

type Writer = {
  readonly child: ChildProcess
  readonly ready: Promise<void>
  readonly over: Promise<unknown>
  readonly acknowledged: readonly Acknowledged[]
}

function startWriter(next: readonly number[]): Writer {
  const child = spawn(process.execPath, [WRITER, wire.url, JSON.stringify(next)], { stdio: ['ignore', 'pipe', 'inherit'] })
  const acknowledged: Acknowledged[] = []
  const lines = createInterface({ input: child.stdout })
  const ready = new Promise<void>((resolve, reject) => {
    lines.on('line', (line) => (line === 'ready' ? resolve() : line.endsWith('}') && acknowledged.push(JSON.parse(line) as Acknowledged)))
    child.once('exit', (code) => reject(new Error(`the writer ended with ${code}`)))
  })
  return { child, ready, over: Promise.all([once(child, 'exit'), once(lines, 'close')]), acknowledged }
}
