import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { leafOf } from '../../../src/ledger/entry.ts'
import { commitRange } from '../../../src/ledger/store.ts'
import { openCheckpoint } from '../../../src/ledger/tlog/checkpoint.ts'
import { leafHash, rootOf } from '../../../src/ledger/tlog/merkle.ts'
import { parseVerifierKey } from '../../../src/ledger/tlog/note.ts'
import { freshDatabase } from '../../support/postgres.ts'
import { draft, openLedger } from './world.ts'

const WRITER = fileURLToPath(new URL('killed-writer.ts', import.meta.url))
const CYCLES = 5

test('kill -9 at any moment loses nothing that was acknowledged, and every checkpoint ever signed stays true', async () => {
  const database = await freshDatabase()
  const acknowledged: string[] = []
  for (let cycle = 0; cycle < CYCLES; cycle++) {
    const { child, ready } = startWriter(database.url, cycle, acknowledged)
    await ready
    await sleep(50 + 97 * cycle) // ends at another step each time
    const exited = once(child, 'exit')
    child.kill('SIGKILL')
    await exited
  }
  const ledger = await openLedger(database, { leaseWaitMs: 5_000 })
  const commits = await ledger.read(0, ledger.head().size)
  const found = new Set(commits.map(({ position, id, events }) => `${events[0]?.stream} ${position} ${Buffer.from(id).toString('hex')}`))
  expect(acknowledged.length).toBeGreaterThan(CYCLES)
  expect(acknowledged.filter((line) => !found.has(line))).toEqual([])

  const stored = await commitRange(database.pool, 0, ledger.head().size + 1)
  const leaves = stored.map((commit) => leafHash(leafOf(commit)))
  const { rows } = await database.pool.query<{ note: string }>('select note from ledger.checkpoint order by size')
  const log = parseVerifierKey(ledger.verifierKey)
  for (const { note } of rows) {
    const { size, root } = openCheckpoint(note, log)
    expect(rootOf(leaves.slice(0, size))).toEqual(root)
  }
  expect(openCheckpoint(ledger.checkpoint().note, log).size).toBe(leaves.length)
  await ledger.append(draft('kill/after', { expected: [['kill/after', 'none']] }))
  await ledger.close()
  await database.drop()
}, 60_000)

/** `acknowledged` receives a line for each receipt that the writer had. */
function startWriter(url: string, cycle: number, acknowledged: string[]): { child: ChildProcess; ready: Promise<void> } {
  const child = spawn(process.execPath, [WRITER, url, String(cycle)], { stdio: ['ignore', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout ?? process.stdin })
  const ready = new Promise<void>((resolve, reject) => {
    lines.on('line', (line) => (line === 'ready' ? resolve() : acknowledged.push(line)))
    child.once('exit', (code) => reject(new Error(`the writer ended with ${code}`)))
  })
  return { child, ready }
}
