/**
 * Admission: may this draft be the next entry, and what are its signed bytes? One draft at a time, in order, against what the writer knows.
 *
 * Nothing is remembered of a refused draft, so a conflict costs only its own caller.
 */
import { hash } from 'node:crypto'
import { actorId, CommitError, commitId, encodeCommit, GENESIS_EVENT } from './commit.ts'
import type { SealedDraft } from './entry.ts'
import { type Hlc, tick } from './hlc.ts'
import { randomBytes } from './random.ts'
import type { Signer } from './signers.ts'
import { type Chain, chainName, hex, NO_STREAM } from './store.ts'
import { type CommitDraft, type Expected, type Hash, LedgerFault, type TreeHead } from './types.ts'

/** A draft that waits to be admitted. `digest`: of signer and client key, null without an idempotency key. */
export type Candidate = { readonly draft: CommitDraft; readonly sealed: SealedDraft; readonly digest: Uint8Array | null }

/** What the writer knows about everything that a batch touches, kept up to date draft by draft. */
export type Knowledge = {
  /** Revision by stream; NO_STREAM where there is none. */
  readonly streams: Map<string, number>
  /** Newest commit by chain, see `chainName`. */
  readonly chains: Map<string, Chain>
  /** Position by hex digest of idempotency keys that were used. */
  readonly done: Map<string, number>
  readonly signers: ReadonlyMap<string, Signer>
  clock: Hlc
  /** Position of the next entry. */
  size: number
}

/** Where and by whom: the same for a whole batch. */
export type Circumstances = { readonly log: Hash; readonly seen: TreeHead; readonly now: number }

export type Admitted = {
  readonly position: number
  readonly signer: Signer
  readonly lane: number
  readonly seq: number
  readonly bytes: Uint8Array
  readonly id: Hash
  readonly time: number
  readonly counter: number
  readonly blinding: Uint8Array | null
  readonly revisions: readonly number[]
}

/**
 * The entry this draft becomes. `knowledge` then includes it.
 *
 * @throws {LedgerFault} WRONG_REVISION with detail [stream, expected, actual], or GIVE_UP when the draft can never be admitted
 */
export function admit(candidate: Candidate, knowledge: Knowledge, { log, seen, now }: Circumstances): Admitted {
  const { draft, sealed, digest } = candidate
  const signer = knowledge.signers.get(draft.signer)
  if (signer === undefined) throw new LedgerFault('GIVE_UP', `There is no key for the signer ${JSON.stringify(draft.signer)}.`)
  assertKeyEvents(draft, signer, knowledge.streams)
  for (const [stream, expected] of draft.expected ?? []) assertRevision(stream, expected, revisionOf(knowledge.streams, stream))

  const { revisions, streams } = advance(draft, knowledge.streams)
  const lane = draft.lane === 'public' ? 0 : 1
  const chain = knowledge.chains.get(chainName(signer.key, lane))
  const clock = tick(knowledge.clock, now)
  const seq = chain === undefined ? 0 : chain.seq + 1
  const bytes = encode({
    v: 1,
    suite: 1,
    log,
    actor: signer.actor,
    key: signer.key,
    lane: draft.lane,
    seq,
    prev: chain?.id ?? null,
    time: clock.time,
    counter: clock.counter,
    deps: draft.deps ?? [],
    seen: seen.size === 0 ? null : seen,
    pre: draft.expected ?? [],
    events: sealed.events,
  })
  const id = commitId(bytes)
  const position = knowledge.size

  knowledge.size += 1
  knowledge.clock = clock
  knowledge.chains.set(chainName(signer.key, lane), { seq, id })
  for (const [stream, revision] of streams) knowledge.streams.set(stream, revision)
  if (digest !== null) knowledge.done.set(hex(digest), position)
  return { position, signer, lane, seq, bytes, id, ...clock, blinding: draft.lane === 'public' ? null : randomBytes(32), revisions }
}

/**
 * Refuses what can never be a commit before it waits, so that nothing malformed reaches the database or delays others.
 *
 * @throws {LedgerFault} GIVE_UP
 */
export function assertWellFormed(draft: CommitDraft, { events }: SealedDraft): void {
  if (!SIGNER.test(draft.signer)) throw new LedgerFault('GIVE_UP', 'A signer is named by 1 to 200 printable ASCII characters.')
  const place = {
    v: 1,
    suite: 1,
    log: NOTHING,
    actor: NOTHING,
    key: NOTHING.subarray(16),
    seq: 0,
    prev: null,
    time: 0,
    counter: 0,
    seen: null,
  } as const
  encode({ ...place, lane: draft.lane, deps: draft.deps ?? [], pre: draft.expected ?? [], events })
}

const SIGNER = /^[!-~]{1,200}$/
const NOTHING = new Uint8Array(32)

/** Names one append of one signer for ever: SHA-256(signer 0x00 client key). */
export function idempotencyDigest({ signer, idempotencyKey }: Pick<CommitDraft, 'signer' | 'idempotencyKey'>): Uint8Array | null {
  return idempotencyKey === undefined ? null : hash('sha256', `${signer}\0${idempotencyKey}`, 'buffer')
}

/** Key operations stand only in their own actor's stream; the first commit of a signer, and no other, holds its genesis. */
function assertKeyEvents(draft: CommitDraft, signer: Signer, streams: ReadonlyMap<string, number>): void {
  let geneses = 0
  for (const { type, stream, parts } of draft.events) {
    if (!type.startsWith('key:') && !stream.startsWith('key/')) continue
    const [operation] = parts
    const own = type === GENESIS_EVENT && stream === signer.keyStream && parts.length === 1
    if (!own || operation?.inline !== true || Buffer.compare(actorId(operation.bytes), signer.actor) !== 0) {
      throw new LedgerFault('GIVE_UP', `Only the genesis of ${JSON.stringify(draft.signer)} itself may stand in a key stream.`)
    }
    geneses += 1
  }
  const known = revisionOf(streams, signer.keyStream)
  if (geneses === 0 && known === NO_STREAM) {
    throw new LedgerFault('GIVE_UP', `The first commit of ${JSON.stringify(draft.signer)} must contain its genesis.`)
  }
  if (geneses > 1) throw new LedgerFault('GIVE_UP', 'An identity has one genesis.')
  if (geneses === 1) assertRevision(signer.keyStream, 'none', known)
}

function assertRevision(stream: string, expected: Expected, actual: number): void {
  const met = expected === 'any' || (expected === 'none' ? actual === NO_STREAM : expected === 'exists' ? actual !== NO_STREAM : actual === expected)
  if (met) return
  const found = actual === NO_STREAM ? null : actual
  throw new LedgerFault('WRONG_REVISION', `Stream ${stream} is at ${found ?? 'nothing'}, not ${expected}.`, [stream, expected, found])
}

/** The revision each event makes, and where that leaves each stream. */
function advance(draft: CommitDraft, known: ReadonlyMap<string, number>) {
  const streams = new Map<string, number>()
  const revisions = draft.events.map(({ stream }) => {
    const revision = (streams.get(stream) ?? revisionOf(known, stream)) + 1
    streams.set(stream, revision)
    return revision
  })
  return { revisions, streams }
}

function revisionOf(streams: ReadonlyMap<string, number>, stream: string): number {
  const revision = streams.get(stream)
  if (revision === undefined) throw new TypeError(`the head of stream ${stream} was not loaded`)
  return revision
}

function encode(header: Parameters<typeof encodeCommit>[0]): Uint8Array {
  try {
    return encodeCommit(header)
  } catch (cause) {
    throw cause instanceof CommitError ? new LedgerFault('GIVE_UP', `Not a commit: ${cause.message}.`, undefined, cause) : cause
  }
}
