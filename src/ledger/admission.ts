/**
 * Admission: may this be the next entry, and what are its bytes? One candidate at a time, in order, against what the writer knows.
 *
 * A draft is given its place in chain and time, and is signed afterwards; a commit that was signed elsewhere has chosen them, and is held to
 * them. Nothing is remembered of what was refused, so a conflict costs only its own caller.
 */
import { hash } from 'node:crypto'
import { CommitError, type CommitEvent, type CommitHeader, commitId, encodeCommit, GENESIS_EVENT } from './commit.ts'
import type { SealedDraft } from './entry.ts'
import { compare, type Hlc, tick } from './hlc.ts'
import { isKeyEvent } from './key-operation.ts'
import { judgeKeys, type KeyState, keyName } from './key-state.ts'
import { BREAK_EVENT, BREAK_STREAM, isLogEvent } from './log-break.ts'
import { randomBytes } from './random.ts'
import { type Signer, signingNow } from './signers.ts'
import { hex, type KeyChains, NO_CHAINS, NO_STREAM, withChain } from './store.ts'
import { type SignedCandidate, SubmitFault } from './submit/candidate.ts'
import { type CommitDraft, type Expected, type Hash, LedgerFault, type TreeHead } from './types.ts'
import { type Place, type Warrant, WarrantError, warrantsIn, whyNotErasable } from './warrant.ts'

/** A draft that waits to be admitted. `digest`: of signer and client key, null without an idempotency key. */
export type DraftCandidate = { readonly draft: CommitDraft; readonly sealed: SealedDraft; readonly digest: Uint8Array | null }
export type Candidate = DraftCandidate | SignedCandidate

/** What the writer knows about everything that a batch touches, kept up to date candidate by candidate. */
export type Knowledge = {
  /** Revision by stream; NO_STREAM where there is none. */
  readonly streams: Map<string, number>
  /** Where the chains of each key end, by `keyName`. */
  readonly chains: Map<string, KeyChains>
  /** Position by hex digest of idempotency keys that were used. */
  readonly done: Map<string, number>
  /** Commits at places that signed candidates claim and that are taken, by `placeName`. */
  readonly taken: Map<string, { readonly position: number; readonly id: Hash }>
  /** Keys by actor, 64 hex digits; null where there is no such actor. */
  readonly keys: Map<string, KeyState | null>
  readonly signers: ReadonlyMap<string, Signer>
  /** Commits that warrants name, by position. */
  readonly erasable: ReadonlyMap<number, CommitHeader>
  /** Actor of the instance; null before it has one. */
  readonly instance: Hash | null
  clock: Hlc
  /** Largest HLC time of all entries, ms. */
  latest: number
  /** Position of the next entry. */
  size: number
}

/** Where and by whom: the same for a whole batch. */
export type Circumstances = { readonly log: Hash; readonly seen: TreeHead; readonly now: number }

export type Admitted = {
  readonly position: number
  readonly actor: Hash
  readonly key: Uint8Array
  readonly lane: number
  readonly seq: number
  readonly bytes: Uint8Array
  readonly id: Hash
  readonly time: number
  readonly counter: number
  readonly blinding: Uint8Array | null
  readonly revisions: readonly number[]
  /** What it erases. */
  readonly erases: readonly Place[]
}

/** An admitted draft waits for the signature of its signer. */
export type AdmittedDraft = Admitted & { readonly signer: Signer }

/**
 * The entry this draft becomes. `knowledge` then includes it.
 *
 * @throws {LedgerFault} WRONG_REVISION with detail [stream, expected, actual], or GIVE_UP when the draft can never be admitted
 */
export function admitDraft({ draft, sealed, digest }: DraftCandidate, knowledge: Knowledge, { log, seen, now }: Circumstances): AdmittedDraft {
  const named = knowledge.signers.get(draft.signer)
  if (named === undefined) throw new LedgerFault('GIVE_UP', `There is no key for the signer ${JSON.stringify(draft.signer)}.`)
  const signer = signingNow(named, keysOf(hex(named.actor), knowledge))
  assertConditions(draft.expected ?? [], knowledge.streams)
  if (knowledge.keys.get(hex(signer.actor)) !== null) assertNotBorn(draft, signer)
  const chains = knowledge.chains.get(keyName(signer.key)) ?? NO_CHAINS
  const chain = chains[draft.lane === 'public' ? 0 : 1]
  const newest = later(knowledge.clock, newestOf(chains))
  // Operations on keys may not lag the log, which devices whose clocks are ahead move on.
  const clock = tick(sealed.events.some(isKeyEvent) ? later(newest, { time: knowledge.latest, counter: 0 }) : newest, now)
  const header: CommitHeader = {
    v: 1,
    suite: signer.suite,
    log,
    actor: signer.actor,
    key: signer.key,
    lane: draft.lane,
    seq: chain === null ? 0 : chain.seq + 1,
    prev: chain?.id ?? null,
    time: clock.time,
    counter: clock.counter,
    deps: draft.deps ?? [],
    seen: seen.size === 0 ? null : seen,
    pre: draft.expected ?? [],
    events: sealed.events,
  }
  const bytes = encode(header)
  const admitted = take(header, bytes, commitId(bytes), knowledge, (reason) => new LedgerFault('GIVE_UP', `Not admitted: ${reason}.`))
  knowledge.clock = clock
  if (digest !== null) knowledge.done.set(hex(digest), admitted.position)
  return { ...admitted, signer, blinding: draft.lane === 'public' ? null : randomBytes(32) }
}

/**
 * The entry this commit is. `knowledge` then includes it. That its place is free is for the caller to know.
 *
 * @throws {SubmitFault}
 */
export function admitSigned({ header, commit, id, expected, blinding }: SignedCandidate, knowledge: Knowledge): Admitted {
  if (header.events.some(isLogEvent)) throw new SubmitFault('KEY', 'Not admitted: only the instance speaks of the log itself.')
  try {
    assertConditions(header.pre, knowledge.streams)
    assertConditions(expected, knowledge.streams)
  } catch (error) {
    throw error instanceof LedgerFault ? new SubmitFault('CONDITION', error.message) : error
  }
  const chains = knowledge.chains.get(keyName(header.key)) ?? NO_CHAINS
  const chain = chains[header.lane === 'public' ? 0 : 1]
  const next = chain === null ? 0 : chain.seq + 1
  if (header.seq !== next) throw new SubmitFault('CHAIN', `Commit ${header.seq} of a chain whose next is ${next}.`)
  if (chain !== null && (header.prev === null || Buffer.compare(chain.id, header.prev) !== 0))
    throw new SubmitFault('CHAIN', 'It does not name the commit before it in its chain.')
  const newest = newestOf(chains)
  if (newest !== null && compare(header, newest) <= 0)
    throw new SubmitFault('CLOCK', 'Its time is not after that of the commit before it by the same key.')
  return { ...take(header, commit, id, knowledge, (reason) => new SubmitFault('KEY', `Not admitted: ${reason}.`)), blinding }
}

/** An identity begins once: who comes second finds its key stream begun. */
function assertNotBorn({ events }: CommitDraft, { keyStream }: Signer): void {
  if (events.every(({ type, stream }) => type !== GENESIS_EVENT || stream !== keyStream)) return
  throw new LedgerFault('WRONG_REVISION', `Stream ${keyStream} is begun, not none.`, [keyStream, 'none', 0])
}

/** Everything but the place in chain and time, which are the caller's to check; then the knowledge includes it. */
function take(
  header: CommitHeader,
  bytes: Uint8Array,
  id: Hash,
  knowledge: Knowledge,
  refuse: (reason: string) => Error,
): Omit<Admitted, 'blinding'> {
  const position = knowledge.size
  const verdict = judgeKeys(header, { position, clock: knowledge.latest }, (actor) => keysOf(actor, knowledge))
  if (!verdict.ok) throw refuse(verdict.reason)
  const erases = erasures(header, position, knowledge, refuse)
  const { revisions, streams } = advance(header.events, knowledge.streams)
  const lane = header.lane === 'public' ? 0 : 1
  knowledge.size += 1
  knowledge.latest = Math.max(knowledge.latest, header.time)
  const name = keyName(header.key)
  const newest = { seq: header.seq, id, time: header.time, counter: header.counter }
  knowledge.chains.set(name, withChain(knowledge.chains.get(name) ?? NO_CHAINS, lane, newest))
  for (const [stream, revision] of streams) knowledge.streams.set(stream, revision)
  for (const [actor, state] of verdict.changes) knowledge.keys.set(actor, state)
  const { actor, key, seq, time, counter } = header
  return { position, actor, key, lane, seq, bytes, id, time, counter, revisions, erases }
}

/** What the warrants in it erase. */
function erasures(header: CommitHeader, position: number, { erasable, instance }: Knowledge, refuse: (reason: string) => Error): readonly Place[] {
  const warrants = orRefuse(header.events, refuse)
  if (warrants.length === 0) return []
  if (instance === null) throw refuse('nothing is erased before the instance has its keys')
  const by = { position, actor: header.actor, lane: header.lane, instance }
  const places = warrants.flatMap((warrant) => warrant.places)
  for (const place of places) {
    const erased = erasable.get(place.position)
    const why = erased === undefined ? 'there is no such entry' : whyNotErasable(by, place, erased)
    if (why !== null) throw refuse(`part ${place.index} of event ${place.event} at position ${place.position} cannot be erased: ${why}`)
  }
  return places
}

function orRefuse(events: readonly CommitEvent[], refuse: (reason: string) => Error): Warrant[] {
  try {
    return warrantsIn(events)
  } catch (error) {
    throw error instanceof WarrantError ? refuse(error.message) : error
  }
}

/**
 * Refuses what can never be a commit before it waits, so that nothing malformed reaches the database or delays others.
 *
 * @throws {LedgerFault} GIVE_UP
 */
export function assertWellFormed(draft: CommitDraft, { events }: SealedDraft): void {
  if (!SIGNER.test(draft.signer)) throw new LedgerFault('GIVE_UP', 'A signer is named by 1 to 200 printable ASCII characters.')
  if (events.some((event) => isLogEvent(event) && (draft.signer !== INSTANCE || isBreak(event))))
    throw new LedgerFault('GIVE_UP', 'Not admitted: only the instance speaks of the log itself, and a break of it is no append.')
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

const isBreak = ({ type, stream }: CommitEvent): boolean => type === BREAK_EVENT || stream === BREAK_STREAM
const INSTANCE = 'instance'
const SIGNER = /^[!-~]{1,200}$/
const NOTHING = new Uint8Array(32)

/** Names one append of one signer for ever: SHA-256(signer 0x00 client key). */
export function idempotencyDigest({ signer, idempotencyKey }: Pick<CommitDraft, 'signer' | 'idempotencyKey'>): Uint8Array | null {
  return idempotencyKey === undefined ? null : hash('sha256', `${signer}\0${idempotencyKey}`, 'buffer')
}

/** A place in a chain. */
export const placeName = ({ key, lane, seq }: Pick<CommitHeader, 'key' | 'lane' | 'seq'>): string =>
  `${keyName(key)}${lane === 'public' ? 0 : 1}${seq}`

function assertConditions(conditions: CommitHeader['pre'], streams: ReadonlyMap<string, number>): void {
  for (const [stream, expected] of conditions) assertRevision(stream, expected, revisionOf(streams, stream))
}

function assertRevision(stream: string, expected: Expected, actual: number): void {
  const met = expected === 'any' || (expected === 'none' ? actual === NO_STREAM : expected === 'exists' ? actual !== NO_STREAM : actual === expected)
  if (met) return
  const found = actual === NO_STREAM ? null : actual
  throw new LedgerFault('WRONG_REVISION', `Stream ${stream} is at ${found ?? 'nothing'}, not ${expected}.`, [stream, expected, found])
}

/** The revision each event makes, and where that leaves each stream. */
function advance(events: readonly CommitEvent[], known: ReadonlyMap<string, number>) {
  const streams = new Map<string, number>()
  const revisions = events.map(({ stream }) => {
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

function keysOf(actor: string, { keys }: Knowledge): KeyState | null {
  const state = keys.get(actor)
  if (state === undefined) throw new TypeError(`the keys of ${actor} were not loaded`)
  return state
}

/** Time of the newest commit of a key in either lane. */
const newestOf = ([open, closed]: KeyChains): Hlc | null => (open === null || closed === null ? (open ?? closed) : later(open, closed))

const later = (a: Hlc, b: Hlc | null): Hlc => (b === null || compare(a, b) >= 0 ? a : b)

function encode(header: CommitHeader): Uint8Array {
  try {
    return encodeCommit(header)
  } catch (cause) {
    throw cause instanceof CommitError ? new LedgerFault('GIVE_UP', `Not a commit: ${cause.message}.`, undefined, cause) : cause
  }
}
