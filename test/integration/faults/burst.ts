/** A burst of appends of every kind, what its writers were told, and whether the log agrees: read back, and audited from its bytes. */
import { expect } from 'vitest'
import { auditExport } from '../../../src/ledger/audit/audit-export.ts'
import { exportLedger } from '../../../src/ledger/export.ts'
import type { Ledger } from '../../../src/ledger/ledger.ts'
import { type CommitDraft, LedgerFault, type Receipt } from '../../../src/ledger/types.ts'
import type { TestDatabase } from '../../support/postgres.ts'
import { draft, event, openLedger } from '../ledger/world.ts'

/** What one writer was told. `unknown`: that nobody knows. */
export type Told = { readonly draft: CommitDraft; readonly is: 'acknowledged' | 'refused' | 'unknown'; readonly receipt: Receipt | null }

const WRITERS = 12

/** Public and private, one event and several, with conditions and without; each under a key of its own, as whoever repeats needs one. */
export function draftsOf(name: string): CommitDraft[] {
  return Array.from({ length: WRITERS }, (_, i) => {
    const stream = `${name}/${i}`
    const more = i % 4 === 0 ? [event(`${stream}/also`), event(`${stream}/and`)] : []
    return {
      ...draft(stream, { lane: i % 2 === 0 ? 'public' : 'private', idempotencyKey: stream }),
      events: [event(stream), ...more],
      ...(i % 3 === 0 ? { expected: [[stream, 'none']] as const } : {}),
    }
  })
}

/** Appends all of them at once. */
export async function burst(ledger: Ledger, drafts: readonly CommitDraft[]): Promise<Told[]> {
  const results = await Promise.allSettled(drafts.map((one) => ledger.append(one)))
  return results.map((result, i) => told(drafts[i]!, result))
}

function told(draft: CommitDraft, result: PromiseSettledResult<Receipt>): Told {
  if (result.status === 'fulfilled') return { draft, is: 'acknowledged', receipt: result.value }
  const { reason } = result as { readonly reason: unknown }
  if (!(reason instanceof LedgerFault)) throw reason
  return { draft, is: reason.code === 'STOP_AND_RELOAD' ? 'unknown' : 'refused', receipt: null }
}

/** Everything that was acknowledged is where its receipt says, once; nothing that was refused is anywhere. */
export async function expectTold(ledger: Ledger, all: readonly Told[]): Promise<void> {
  const { places, ids } = await contents(ledger)
  for (const { draft, is, receipt } of all) {
    for (const { stream } of draft.events) {
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
  const bytes = exportLedger(pool, { origin: ledger.logOrigin, verifierKey: ledger.verifierKey, unwrap, disclosure: 'full' })
  const report = await auditExport(bytes, { source: 'the database', verifierKey: ledger.verifierKey })
  expect(report.alarms).toEqual([])
  expect(report.size).toBe(ledger.head().size)
  return report.size
}

/** Repeats every draft under its key until it is acknowledged: whatever became of it the first time, it is in the log once. */
export async function repeatAll(ledger: Ledger, all: readonly Told[]): Promise<void> {
  const repeated = async ({ draft, receipt }: Told) => {
    const again = await acknowledged(ledger, draft)
    if (receipt !== null) expect(again).toMatchObject({ position: receipt.position, repeated: true })
  }
  await Promise.all(all.map(repeated))
  const { places } = await contents(ledger)
  for (const { stream } of all.flatMap(({ draft }) => draft.events)) expect(places.get(stream), stream).toHaveLength(1)
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

/** Appends, and again for as long as the ledger is busy with itself. */
export async function acknowledged(ledger: Ledger, draft: CommitDraft): Promise<Receipt> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await ledger.append(draft)
    } catch (error) {
      if (!(error instanceof LedgerFault) || error.code === 'WRONG_REVISION' || error.code === 'GIVE_UP' || attempt === 200) throw error
      await new Promise((resolve) => setTimeout(resolve, 25))
    }
  }
}
