/**
 * The sequencer: the one writer. Drains its queue after each COMMIT (group commit without a timer) and makes each batch durable before
 * anybody hears of it.
 *
 * Drafts are signed here, by the keys the instance keeps; signed commits come checked from the intake (submit/) and only find their place.
 *
 *   admit → sign → root → one COPY transaction that also moves the head → COMMIT → sign checkpoint → store it → publish → acknowledge → followers
 *
 * After any doubt about what was stored it throws away its memory and starts again from the database: recovery is the start.
 */
import { hash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { admitDraft, admitSigned, assertWellFormed, type Circumstances, idempotencyDigest, type Knowledge, placeName } from './admission.ts'
import { decodeCommit } from './commit.ts'
import { sealDraft } from './entry.ts'
import { committed, entryOf, type InFlight, isDraft, leafHashOf, receiptOf, signatureOf, type Waiting } from './in-flight.ts'
import type { KeyState } from './key-state.ts'
import { type LeaseOptions, takeLease } from './lease.ts'
import type { Log } from './log.ts'
import type { LogKey } from './log-key.ts'
import { BatchQueue, type Limits } from './queue.ts'
import { beginSession, type Session } from './session.ts'
import type { Signers } from './signers.ts'
import { type Checkpoint, commitsAt, type Db, hex, isWrongGuess, storeBatch, storeCheckpoint } from './store.ts'
import { type SignedCandidate, SubmitFault } from './submit/candidate.ts'
import { TILE_WIDTH, type TileData } from './tlog/tile.ts'
import type { PublishedTree } from './tree.ts'
import { type CommitDraft, type Hash, type LedgerBatch, type LedgerCommit, LedgerFault, type Receipt, type TreeHead } from './types.ts'

export type SequencerOptions = {
  readonly lease: LeaseOptions
  readonly session: Session
  readonly tree: PublishedTree
  readonly logKey: LogKey
  readonly signers: Signers
  /** The instance's key encryption key, 32 bytes. */
  readonly kek: Uint8Array
  /** Milliseconds since the epoch. */
  readonly now: () => number
  readonly log: Log
  readonly limits: Limits
  /** Commits at [from, to), for followers that a recovery kept waiting. */
  readonly read: (from: number, to: number) => Promise<readonly LedgerCommit[]>
  /** Told of every batch, in order, without gaps. Must not throw. */
  readonly deliver: (batch: LedgerBatch) => void
  /** When the commits that are being checked will have come; null when there are none. */
  readonly coming: () => Promise<void> | null
  /** Told of a commit whose place in its chain another one has, which is at `position`. Must not throw. */
  readonly equivocation: (position: number, second: SignedCandidate) => void
}

/** What a signed commit costs beside its own bytes, about. */
const PER_COMMIT = 300

/** How long a caller waits to learn what became of a batch while the database does not answer. */
const UNKNOWN_FATE_MS = 30_000
/** Fewer than this wait for those that are being checked: a millisecond or two. */
const SMALL_BATCH = 64
/** How long no guesses are made after a wrong one. */
const CERTAIN_MS = 1_000
const FIRST_PAUSE_MS = 20
const LONGEST_PAUSE_MS = 2_000

export class Sequencer {
  readonly #options: SequencerOptions
  readonly #logHash: Hash
  readonly #queue: BatchQueue<Waiting>
  readonly #running: Promise<void>
  #session: Session
  #state: 'open' | 'recovering' | 'closed' = 'open'
  /** Why nothing can be written any more; null while all is well. */
  #failure: unknown = null
  /** Why nothing may be written; null while it may. */
  #readOnly: string | null = null
  /** Settles when the checkpoint that was handed over last is stored: the session does one thing at a time. */
  #storing: Promise<void> = Promise.resolve()
  /** Until then, in ms of the process, streams are looked up that are said to be new. */
  #certainUntil = 0
  /** Followers were told of every commit below. */
  #delivered: number
  /** Drafts that were in a batch that failed. */
  readonly #retried = new WeakSet<Waiting>()

  constructor(options: SequencerOptions) {
    this.#options = options
    this.#session = options.session
    this.#delivered = options.tree.head.size
    this.#logHash = hash('sha256', options.logKey.origin, 'buffer')
    this.#queue = new BatchQueue(options.limits)
    this.#running = this.#run()
  }

  /** The newest signed checkpoint. */
  get checkpoint(): Checkpoint {
    return this.#session.checkpoint
  }

  /** The tree as stored, which may be ahead of what is published. */
  get size(): number {
    return this.#session.tip.head.size
  }

  get readOnly(): string | null {
    return this.#readOnly
  }

  /** From now on nothing new is taken; null: everything again. What waits already is written. */
  set readOnly(reason: string | null) {
    this.#readOnly = reason
  }

  /** See `Ledger.append`. */
  async append(draft: CommitDraft): Promise<Receipt> {
    this.#assertOpen()
    this.#queue.assertRoom()
    const sealed = sealDraft(draft, this.#options.kek)
    assertWellFormed(draft, sealed)
    const candidate = { draft, sealed, digest: idempotencyDigest(draft) }
    return new Promise((acknowledge, refuse) => this.#queue.push({ candidate, bytes: sealed.bytes, acknowledge, refuse }))
  }

  /** Places a commit that the intake found right. One of the two callbacks is called, perhaps at once. */
  submit(candidate: SignedCandidate, acknowledge: Waiting['acknowledge'], refuse: Waiting['refuse']): void {
    try {
      this.#assertOpen()
      this.#queue.assertRoom()
    } catch (reason) {
      return refuse(reason)
    }
    const bytes = candidate.parts.reduce((sum, { ciphertext }) => sum + ciphertext.length, PER_COMMIT + candidate.commit.length)
    this.#queue.push({ candidate, bytes, acknowledge, refuse })
  }

  /** Keys of an actor, 64 hex digits, where the writer remembers them. */
  rememberedKeys(actor: string): KeyState | undefined {
    return this.#session.tip.rememberedKeys(actor)
  }

  /** Writes what waits, then gives up the lease. */
  async close(): Promise<void> {
    this.#state = 'closed'
    this.#queue.close()
    await this.#running
    await this.#storing
    await this.#session.lease.release()
  }

  #assertOpen(): void {
    if (this.#failure !== null) throw new LedgerFault('STOP_AND_RELOAD', 'The ledger stopped: see the cause.', undefined, this.#failure)
    if (this.#state === 'closed') throw new LedgerFault('GIVE_UP', 'The ledger is closed.')
    if (this.#readOnly !== null) throw new LedgerFault('READ_ONLY', this.#readOnly)
    if (this.#state === 'recovering') throw retryLater()
  }

  async #run(): Promise<void> {
    for (;;) {
      await this.#queue.ready()
      if (this.#queue.length < SMALL_BATCH) await this.#options.coming()
      const batch = await this.#queue.take()
      if (batch.length === 0) return
      const inFlight: InFlight[] = []
      await this.#write(batch, inFlight).catch((doubt: unknown) => this.#recover(batch, inFlight, doubt))
    }
  }

  /** Any rejection of this means doubt; whoever has no place in `inFlight` is without an answer then. @param inFlight  filled with the admitted */
  async #write(batch: readonly Waiting[], inFlight: InFlight[]): Promise<void> {
    const guess = performance.now() >= this.#certainUntil
    try {
      await this.#tryWrite(batch, inFlight, guess)
    } catch (error) {
      if (!guess || !isWrongGuess(error)) throw error
      this.#certainUntil = performance.now() + CERTAIN_MS // whoever provokes this slows others down only once in a while
      inFlight.length = 0
      await this.#tryWrite(batch, inFlight, false)
    }
  }

  async #tryWrite(batch: readonly Waiting[], inFlight: InFlight[], guess: boolean): Promise<void> {
    await this.#storing
    const { tip, lease } = this.#session
    const candidates = batch.map(({ candidate }) => candidate)
    const knowledge = await tip.learn(lease.client, this.#options.signers, candidates, guess)
    const circumstances = { log: this.#logHash, seen: tip.head, now: this.#options.now() }
    const repeats = new Map<Waiting, number>()
    const refused = new Map<Waiting, unknown>()
    for (const waiting of batch) {
      try {
        const done = this.#admit(waiting, knowledge, circumstances)
        if (typeof done === 'number') repeats.set(waiting, done)
        else inFlight.push(done)
      } catch (reason) {
        refused.set(waiting, reason)
      }
    }
    if (inFlight.length > 0) await this.#commit(inFlight, knowledge)
    if (repeats.size > 0) await acknowledgeRepeats(lease.client, repeats)
    for (const [waiting, reason] of refused) waiting.refuse(reason) // last: what they conflict with may be in this very batch
  }

  /** @returns the position, when it is in the log already */
  #admit(waiting: Waiting, knowledge: Knowledge, circumstances: Circumstances): InFlight | number {
    const { candidate } = waiting
    if (isDraft(candidate)) {
      const done = candidate.digest === null ? undefined : knowledge.done.get(hex(candidate.digest))
      return done ?? { is: 'draft', waiting, candidate, admitted: admitDraft(candidate, knowledge, circumstances) }
    }
    const place = placeName(candidate.header)
    const taken = knowledge.taken.get(place)
    if (taken !== undefined) {
      if (Buffer.compare(taken.id, candidate.id) === 0) return taken.position
      this.#options.equivocation(taken.position, candidate)
      throw new SubmitFault('EQUIVOCATION', `Its key has signed another commit for this place of its chain: it is at position ${taken.position}.`)
    }
    const admitted = admitSigned(candidate, knowledge)
    knowledge.taken.set(place, { position: admitted.position, id: admitted.id })
    return { is: 'signed', waiting, candidate, admitted }
  }

  async #commit(inFlight: readonly InFlight[], knowledge: Knowledge): Promise<void> {
    const { tip, lease } = this.#session
    const signatures = await Promise.all(inFlight.map(async (flight) => signatureOf(flight)))
    const entries = inFlight.map((flight, i) => entryOf(flight, signatures[i] ?? new Uint8Array()))
    const leaves = inFlight.map((flight, i) => leafHashOf(flight, entries[i] ?? entryOf(flight, new Uint8Array())))
    const edge = tip.nextEdge()
    for (const leaf of leaves) edge.append(leaf)
    const head = { size: knowledge.size, root: edge.root() }
    const tiles = edge.takeChanged()
    const full = tiles.filter((tile) => tile.width === TILE_WIDTH)
    await storeBatch(lease.client, { from: tip.head, to: { ...head, latest: knowledge.latest }, epoch: lease.epoch, entries, tiles: full })
    tip.moveTo(head, edge, knowledge)
    this.#publish(head, tiles)
    for (const { waiting, admitted } of inFlight) waiting.acknowledge(receiptOf(admitted, false))
    this.#deliver({ commits: inFlight.map((flight, i) => committed(flight, leaves[i] ?? head.root)), head })
  }

  /**
   * The head is committed, so it may be signed: never before. That the note is stored is not waited for: what it vouches for is on the disk, and
   * a start that does not find it signs the very same note again.
   */
  #publish(head: TreeHead, tiles: readonly TileData[]): void {
    const { tip, lease } = this.#session
    const checkpoint = { size: head.size, note: this.#options.logKey.sign(head) }
    this.#options.tree.publish(head, tiles)
    this.#session = { tip, lease, checkpoint }
    this.#storing = storeCheckpoint(lease.client, checkpoint).catch((error: unknown) =>
      this.#options.log('warn', 'a checkpoint was not stored', { size: head.size, error: String(error) }),
    )
  }

  #deliver(batch: LedgerBatch): void {
    this.#delivered = batch.head.size
    this.#options.deliver(batch)
  }

  /** Starts again from the database until that works; then everybody learns what became of their draft, or it has a second try. */
  async #recover(batch: readonly Waiting[], inFlight: readonly InFlight[], doubt: unknown): Promise<void> {
    const { log } = this.#options
    log('error', 'the ledger stops and reloads: it is not sure what was stored', { error: String(doubt), drafts: inFlight.length })
    const sent = new Set(inFlight.map(({ waiting }) => waiting))
    const unsent = new Set(batch.filter((waiting) => !sent.has(waiting)))
    const deadline = performance.now() + UNKNOWN_FATE_MS
    for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
      try {
        const unstored = await this.#restart(inFlight)
        return this.#tryAgain(batch.filter((waiting) => unsent.has(waiting) || unstored.has(waiting)))
      } catch (error) {
        if (this.#state === 'open') this.#state = 'recovering'
        for (const waiting of [...unsent, ...this.#queue.clear()]) waiting.refuse(retryLater(error))
        unsent.clear()
        const hopeless = error instanceof LedgerFault && error.code === 'GIVE_UP'
        if (hopeless) this.#failure = error
        if (hopeless || this.#state === 'closed' || performance.now() > deadline)
          for (const { waiting } of inFlight) waiting.refuse(unknownFate(error))
        if (hopeless || this.#state === 'closed') return log('error', 'the ledger stopped', { error: String(error) })
      }
      await sleep(pause)
    }
  }

  /** @returns the drafts that are not stored and, of this try, never will be */
  async #restart(inFlight: readonly InFlight[]): Promise<Set<Waiting>> {
    const { tree, logKey, lease: options } = this.#options
    const { lease: broken } = this.#session
    await broken.release()
    const lease = await takeLease(options, broken)
    this.#session = await beginSession(lease, tree, logKey).catch(async (error: unknown) => {
      await lease.release()
      throw error
    })
    const stored = await storedIds(lease.client, inFlight)
    const unstored = new Set<Waiting>()
    for (const { waiting, admitted } of inFlight) {
      if (stored.has(hex(admitted.id))) waiting.acknowledge(receiptOf(admitted, false))
      else unstored.add(waiting)
    }
    await this.#deliverMissed()
    if (this.#state === 'recovering') this.#state = 'open'
    this.#options.log('info', 'the ledger goes on', { size: tree.head.size })
    return unstored
  }

  /** What was stored without our knowledge, or by another writer meanwhile. */
  async #deliverMissed(): Promise<void> {
    const { tree, read } = this.#options
    const { size } = tree.head
    while (this.#delivered < size) {
      const commits = await read(this.#delivered, size)
      if (commits.length === 0) throw new LedgerFault('GIVE_UP', `There is no commit ${this.#delivered}: the database was altered.`)
      const next = this.#delivered + commits.length
      this.#deliver({ commits, head: { size: next, root: await tree.rootAt(next) } })
    }
  }

  /** A connection may break under anybody. But a draft in two batches that failed may be the reason, and is sent back to its caller. */
  #tryAgain(drafts: readonly Waiting[]): void {
    const again = drafts.filter((waiting) => !this.#retried.has(waiting))
    for (const waiting of drafts) {
      if (this.#retried.has(waiting)) waiting.refuse(retryLater())
      else this.#retried.add(waiting)
    }
    this.#queue.putBack(again)
  }
}

/** Ids in hex of the commits that are in the database after all. */
async function storedIds(db: Db, inFlight: readonly InFlight[]): Promise<Set<string>> {
  const positions = inFlight.map(({ admitted }) => admitted.position)
  return new Set((await commitsAt(db, positions)).map(({ id }) => hex(id)))
}

async function acknowledgeRepeats(db: Db, repeats: ReadonlyMap<Waiting, number>): Promise<void> {
  const stored = await commitsAt(db, [...new Set(repeats.values())])
  const receipts = new Map(stored.map(({ position, id, bytes }) => [position, receiptOf({ position, id, time: decodeCommit(bytes).time }, true)]))
  for (const [waiting, position] of repeats) {
    const receipt = receipts.get(position)
    if (receipt === undefined) waiting.refuse(new LedgerFault('GIVE_UP', `There is no commit ${position}: the database was altered.`))
    else waiting.acknowledge(receipt)
  }
}

const retryLater = (cause?: unknown): LedgerFault =>
  new LedgerFault('RETRY_LATER', 'The ledger is reloading; nothing was appended. Try again.', undefined, cause)

const unknownFate = (cause: unknown): LedgerFault =>
  new LedgerFault('STOP_AND_RELOAD', 'It is not known whether this was appended: the database does not answer.', undefined, cause)
