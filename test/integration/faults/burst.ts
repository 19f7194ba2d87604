/** A burst of writes of every kind, what their writers were told, and whether the log agrees: read back, and audited from its bytes. */
import { expect } from 'vitest'
import { auditExport } from '../../../src/ledger/audit/audit-export.ts'
import { Device } from '../../../src/ledger/device.ts'
import { generateKeyPair } from '../../../src/ledger/ed25519.ts'
import { exportLedger } from '../../../src/ledger/export.ts'
import type { Ledger } from '../../../src/ledger/ledger.ts'
import { type CommitDraft, LedgerFault, type Receipt } from '../../../src/ledger/types.ts'
import type { TestDatabase } from '../../support/postgres.ts'
import { draft, event, openLedger } from '../ledger/world.ts'

/** Something to be written, once, however often it is tried. `run` throws a LedgerFault when it is refused. */
export type Write = {
  readonly by: 'draft' | 'device'
  readonly streams: readonly string[]
  readonly run: (ledger: Ledger) => Promise<Receipt>
}

/** What a writer was told. `unknown`: that nobody knows. */
export type Told = { readonly write: Write; readonly is: 'acknowledged' | 'refused' | 'unknown'; readonly receipt: Receipt | null }

const DRAFTS = 9
const DEVICES = 4
/** Refusals that concern this moment: the same again may be taken. */
const FOR_NOW: readonly string[] = ['BUSY', 'CLOCK']

/** Drafts and commits that devices signed, public and private, of one event and several, with conditions and without. @param name  of their streams */
export function writesOf(name: string, now: () => number = Date.now): Write[] {
  return [
    ...Array.from({ length: DRAFTS }, (_, i) => drafted(`${name}/${i}`, i)),
    ...Array.from({ length: DEVICES }, (_, i) => signed(`${name}/device/${i}`, i, now)),
  ]
}

/** Of one event, for a signer that the instance keeps the key of; under a key of its own, as whoever repeats needs one. */
export const once = (stream: string): Write => appended({ ...draft(stream), idempotencyKey: stream })

function drafted(stream: string, i: number): Write {
  const more = i % 4 === 0 ? [event(`${stream}/also`), event(`${stream}/and`)] : []
  return appended({
    ...draft(stream, { lane: i % 2 === 0 ? 'public' : 'private', idempotencyKey: stream }),
    events: [event(stream), ...more],
    ...(i % 3 === 0 ? { expected: [[stream, 'none']] as const } : {}),
  })
}

const appended = (one: CommitDraft): Write => ({
  by: 'draft',
  streams: one.events.map(({ stream }) => stream),
  run: (ledger) => ledger.append(one),
})

/** The first commit of a new device, which brings its own beginning. The same bytes every time. */
function signed(stream: string, i: number, now: () => number): Write {
  let commit: ReturnType<Device['commit']> | null = null
  return {
    by: 'device',
    streams: [stream],
    async run(ledger) {
      const device = new Device({ keys: generateKeyPair(), log: ledger.logOrigin, now })
      commit ??= device.commit({ lane: i % 2 === 0 ? 'public' : 'private', events: [device.genesis, event(stream)] })
      const [result] = await ledger.submit([await commit])
      if (result?.ok === true) return result.receipt
      if (result === undefined || !FOR_NOW.includes(result.code)) throw new Error(`refused: ${result?.code} ${result?.reason}`)
      throw new LedgerFault('RETRY_LATER', result.reason)
    },
  }
}

/** All of them at once. */
export async function burst(ledger: Ledger, writes: readonly Write[]): Promise<Told[]> {
  return Promise.all(writes.map((write) => tell(ledger, write)))
}

/** What becomes of one. */
export async function tell(ledger: Ledger, write: Write): Promise<Told> {
  try {
    return { write, is: 'acknowledged', receipt: await write.run(ledger) }
  } catch (error) {
    if (!(error instanceof LedgerFault) && !isDatabaseAway(error)) throw error
    return { write, is: error instanceof LedgerFault && error.code === 'STOP_AND_RELOAD' ? 'unknown' : 'refused', receipt: null }
  }
}

/** A device's key could not even be looked up. */
const isDatabaseAway = (error: unknown): boolean =>
  error instanceof Error && /terminated|recovery mode|starting up|shutting down|ECONN/.test(error.message)

/** Everything that was acknowledged is where its receipt says, once; nothing that was refused is anywhere. */
export async function expectTold(ledger: Ledger, all: readonly Told[]): Promise<void> {
  const { places, ids } = await contents(ledger)
  for (const { write, is, receipt } of all) {
    for (const stream of write.streams) {
      const found = places.get(stream) ?? []
      if (is === 'acknowledged') expect(found, stream).toEqual([receipt?.position])
      else if (is === 'refused') expect(found, stream).toEqual([])
      else expect(found.length, stream).toBeLessThanOrEqual(1)
    }
    if (receipt !== null) expect(ids.get(hex(receipt.id))).toBe(receipt.position)
  }
}

/** The whole log: positions of the events of each stream, and of each commit. */
async function contents(ledger: Ledger): Promise<{ readonly places: Map<string, number[]>; readonly ids: Map<string, number> }> {
  const places = new Map<string, number[]>()
  const ids = new Map<string, number>()
  const { size } = ledger.head()
  for (let from = 0; from < size; ) {
    const commits = await ledger.read(from, 1_000)
    for (const { position, id, events } of commits) {
      ids.set(hex(id), position)
      for (const { stream } of events) places.set(stream, [...(places.get(stream) ?? []), position])
    }
    from += commits.length
  }
  return { places, ids }
}

/** Starts anew from the database alone, audits every byte of it, and closes again. @returns entries */
export async function expectSound(database: TestDatabase, all: readonly Told[]): Promise<number> {
  const ledger = await openLedger(database, { leaseWaitMs: 5_000 })
  try {
    await expectTold(ledger, all)
    return await expectAudited(database, ledger)
  } finally {
    await ledger.close()
  }
}

/** Every leaf, root, checkpoint, signature, chain, clock, condition and payload, from the bytes that are stored. @returns entries */
export async function expectAudited({ pool }: Pick<TestDatabase, 'pool'>, ledger: Ledger): Promise<number> {
  const unwrap = (wrapped: Uint8Array) => ledger.unwrapPartKey(wrapped)
  const bytes = exportLedger(pool, { origin: ledger.logOrigin, verifierKey: ledger.verifierKeys.join('\n'), unwrap, disclosure: 'full' })
  const report = await auditExport(bytes, { source: 'the database', verifierKey: ledger.verifierKey })
  expect(report.alarms).toEqual([])
  expect(report.size).toBe(ledger.head().size)
  return report.size
}

/** Tries everything again until it is acknowledged: whatever became of it the first time, it is in the log once. */
export async function repeatAll(ledger: Ledger, all: readonly Told[]): Promise<void> {
  const repeated = async ({ write, receipt }: Told) => {
    const again = await acknowledged(ledger, write)
    if (receipt !== null) expect(again).toMatchObject({ position: receipt.position, repeated: true })
  }
  await Promise.all(all.map(repeated))
  const { places } = await contents(ledger)
  for (const stream of all.flatMap(({ write }) => write.streams)) expect(places.get(stream), stream).toHaveLength(1)
}

/** Tries again for as long as the ledger is busy with itself. */
export async function acknowledged(ledger: Ledger, write: Write): Promise<Receipt> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await write.run(ledger)
    } catch (error) {
      const isFinal = error instanceof LedgerFault ? error.code === 'WRONG_REVISION' || error.code === 'GIVE_UP' : !isDatabaseAway(error)
      if (isFinal || attempt === 400) throw error
      await new Promise((resolve) => setTimeout(resolve, 25))
    }
  }
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
