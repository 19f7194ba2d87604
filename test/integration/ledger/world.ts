/** A ledger on a database of its own, and drafts to append to it. */
import { Ledger, type LedgerOptions } from '../../../src/ledger/ledger.ts'
import type { CommitDraft, EventDraft, LedgerCommit } from '../../../src/ledger/types.ts'
import { freshDatabase, type TestDatabase } from '../../support/postgres.ts'

export const ORIGIN = 'http://127.0.0.1:3000'
export const SECRET = new Uint8Array(32).fill(7)

export type World = {
  readonly database: TestDatabase
  ledger: Ledger
  /** Closes the ledger and opens it again from the same database. */
  reopen(options?: Partial<LedgerOptions>): Promise<Ledger>
  close(): Promise<void>
}

export function openLedger(database: TestDatabase, options: Partial<LedgerOptions> = {}): Promise<Ledger> {
  return Ledger.open({ pool: database.pool, databaseUrl: database.url, origin: ORIGIN, secret: SECRET, leaseWaitMs: 200, ...options })
}

/** A world whose log holds the genesis of the instance at position 0. */
export async function openWorld(options: Partial<LedgerOptions> = {}): Promise<World> {
  const database = await freshDatabase()
  const ledger = await openLedger(database, options)
  await introduce(ledger, 'instance')
  const world: World = {
    database,
    ledger,
    async reopen(again = {}) {
      await world.ledger.close()
      world.ledger = await openLedger(database, { ...options, ...again })
      return world.ledger
    },
    async close() {
      await world.ledger.close()
      await database.drop()
    },
  }
  return world
}

/** Appends the first commit of a signer. */
export async function introduce(ledger: Ledger, signer: string): Promise<void> {
  const { genesis } = await ledger.createIdentity(signer)
  await ledger.append({ signer, lane: 'public', events: [genesis] })
}

/** An event with one sealed JSON part. */
export function event(stream: string, payload: unknown = { stream }): EventDraft {
  return { type: 'status:create', schema: 1, stream, parts: [{ codec: 'json', bytes: Buffer.from(JSON.stringify(payload)) }] }
}

/** A commit of one event, signed by the instance. */
export function draft(stream: string, more: Partial<CommitDraft> = {}): CommitDraft {
  return { signer: 'instance', lane: 'public', events: [event(stream)], ...more }
}

/** Appends `count` commits, public and private in turn, to streams `fill/0`… of their own. */
export async function fill(ledger: Ledger, count: number): Promise<void> {
  const { size } = ledger.head()
  const drafts = Array.from({ length: count }, (_, i) => draft(`fill/${size + i}`, { lane: i % 2 === 0 ? 'public' : 'private' }))
  await Promise.all(drafts.map((one) => ledger.append(one)))
}

/** A commit as plain values, to compare what followers were told with what is read back. */
export function plain(commit: LedgerCommit): unknown {
  return JSON.parse(
    JSON.stringify(commit, (_, value: unknown) => (isBufferJson(value) ? Buffer.from(value.data).toString('hex') : bytesToHex(value))),
  )
}

const isBufferJson = (value: unknown): value is { data: number[] } =>
  typeof value === 'object' && value !== null && 'type' in value && value.type === 'Buffer' && 'data' in value

const bytesToHex = (value: unknown): unknown => (value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value)
