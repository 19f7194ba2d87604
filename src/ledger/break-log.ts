/**
 * Breaking the log: the operator has given up what is missing, and the instance goes on under the next origin. See log-break.ts for what that means.
 *
 * One transaction: the break record as the next entry, the new origin in the head, and the first checkpoint of the new log. That is signed before
 * COMMIT, as nothing else is: it leaves this process only if the transaction holds, and its key has never signed anything.
 */
import { hash } from 'node:crypto'
import type pg from 'pg'
import { admitDraft } from './admission.ts'
import { leafOf, sealDraft } from './entry.ts'
import { Keyring } from './keyring.ts'
import { type Lease, takeLease } from './lease.ts'
import { BREAK_EVENT, BREAK_STREAM, encodeLogBreak, firstOrigin, MAX_BREAK_NOTE, nextOrigin } from './log-break.ts'
import { LogKey } from './log-key.ts'
import { deriveKey } from './secret.ts'
import { Signers } from './signers.ts'
import { type BatchEntry, storeBatch } from './store.ts'
import { Tip } from './tip.ts'
import { leafHash } from './tlog/merkle.ts'
import { TILE_WIDTH } from './tlog/tile.ts'
import { type CommitDraft, LedgerFault } from './types.ts'

export type BreakOptions = {
  readonly pool: Pick<pg.Pool, 'query'>
  readonly databaseUrl: string
  /** Scheme, host and port of the instance. */
  readonly origin: string
  /** The instance secret, 32 bytes. */
  readonly secret: Uint8Array
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** What the operator has to say about it. */
  readonly reason: string
  /** A checkpoint of the log that ends which proves what is missing; null when there is none. */
  readonly note: string | null
}

export type BrokenLog = {
  readonly origin: string
  /** Position of the break record: how many entries the new log has from the old. */
  readonly position: number
  /** C2SP verifier keys of the new log. */
  readonly verifierKeys: readonly string[]
}

/**
 * Ends the log of this database where it is, and begins the next. Needs the database to itself.
 *
 * @throws {LedgerFault} RETRY_LATER while a ledger is open on it; GIVE_UP for an empty log, or a reason that cannot be recorded
 */
export async function breakLog(options: BreakOptions): Promise<BrokenLog> {
  const lease = await takeLease({ databaseUrl: options.databaseUrl, origin: firstOrigin(new URL(options.origin).host) })
  try {
    return await begin(lease, options)
  } finally {
    await lease.release()
  }
}

async function begin(lease: Lease, { pool, secret, now, reason, note }: BreakOptions): Promise<BrokenLog> {
  const keyring = await Keyring.open(pool, secret)
  const logKey = await LogKey.load(keyring, nextOrigin(lease.origin))
  const { tip } = await Tip.load(lease.client)
  const { size, root } = tip.head
  const record = encodeRecord({ origin: lease.origin, size, root, note: fitting(note), reason })
  const draft: CommitDraft = {
    signer: 'instance',
    lane: 'public',
    events: [{ type: BREAK_EVENT, schema: 1, stream: BREAK_STREAM, parts: [{ codec: 'cbor', bytes: record, inline: true }] }],
  }
  const candidate = { draft, sealed: sealDraft(draft, deriveKey(secret, 'part')), digest: null }
  const knowledge = await tip.learn(lease.client, new Signers(keyring), [candidate], false)
  const admitted = admitDraft(candidate, knowledge, { log: hash('sha256', logKey.origin, 'buffer'), seen: tip.head, now: now() })
  const entry: BatchEntry = { ...admitted, signature: await admitted.signer.sign(admitted.bytes), events: draft.events, parts: [], digest: null }
  const edge = tip.nextEdge()
  edge.append(leafHash(leafOf(entry)))
  const head = { size: size + 1, root: edge.root() }
  const text = (value: string): string => lease.client.escapeLiteral(value)
  await storeBatch(lease.client, {
    from: tip.head,
    to: { ...head, latest: knowledge.latest },
    epoch: lease.epoch,
    entries: [entry],
    tiles: edge.takeChanged().filter((tile) => tile.width === TILE_WIDTH),
    also: [
      `update ledger.head set origin = ${text(logKey.origin)}`,
      `insert into ledger.checkpoint (size, note) values (${head.size}, ${text(logKey.sign(head))})`,
      'delete from ledger.restoration',
    ],
  })
  return { origin: logKey.origin, position: size, verifierKeys: logKey.verifierKeys }
}

function encodeRecord(record: Parameters<typeof encodeLogBreak>[0]): Uint8Array {
  try {
    return encodeLogBreak(record)
  } catch (cause) {
    throw new LedgerFault('GIVE_UP', `This break cannot be recorded: ${cause instanceof Error ? cause.message : String(cause)}.`, undefined, cause)
  }
}

/** A note with very many cosignatures is left out: the log's own signature makes it a proof, but cutting it is not ours to do here. */
function fitting(note: string | null): Uint8Array | null {
  const bytes = note === null ? null : Buffer.from(note)
  return bytes === null || bytes.length > MAX_BREAK_NOTE ? null : bytes
}
