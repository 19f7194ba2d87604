/**
 * The ledger: every fact VIVIM records, in one order that cannot fork, signed by whoever acted and provable to anybody.
 *
 * This is the door; the work is done behind it: sequencer.ts writes, reader.ts reads, tree.ts proves.
 */
import { hash } from 'node:crypto'
import path from 'node:path'
import type pg from 'pg'
import { keyStream } from './commit.ts'
import { CosignedCheckpoints } from './cosigned.ts'
import { Custody } from './custody.ts'
import { type Follower, Followers } from './followers.ts'
import { hmacSha256 } from './hmac.ts'
import type { SignedBytes } from './key-operation.ts'
import { type KeyState, keyName } from './key-state.ts'
import { Keyring } from './keyring.ts'
import { type Lease, takeLease } from './lease.ts'
import type { Log } from './log.ts'
import { firstOrigin } from './log-break.ts'
import { LogKey } from './log-key.ts'
import { unwrapKey } from './part.ts'
import { LIMITS, type Limits } from './queue.ts'
import { Reader } from './reader.ts'
import { deriveKey } from './secret.ts'
import { Sequencer } from './sequencer.ts'
import { ServedCheckpoint } from './served-checkpoint.ts'
import { beginSession } from './session.ts'
import { type Identity, Signers } from './signers.ts'
import { type Checkpoint, chainHeads, commitsAt, hex, type StoredCommit } from './store.ts'
import type { SignedCandidate } from './submit/candidate.ts'
import { Intake } from './submit/intake.ts'
import { CheckPool } from './submit/pool.ts'
import { submitAll } from './submit/submit.ts'
import { TileFiles } from './tile-files.ts'
import { loadKeys } from './tip.ts'
import { emptyRoot } from './tlog/merkle.ts'
import { PublishedTree } from './tree.ts'
import type { CommitDraft, Hash, LedgerCommit, LedgerEvent, Receipt, SignedCommit, SubmitResult, TreeHead } from './types.ts'

export type LedgerOptions = {
  /** For reading. Writing has a session of its own. */
  readonly pool: pg.Pool
  readonly databaseUrl: string
  /** Scheme, host and port of the instance. Fixed by the first start. */
  readonly origin: string
  /** The instance secret, 32 bytes, see secret.ts. */
  readonly secret: Uint8Array
  /** Milliseconds since the epoch. */
  readonly now?: () => number
  readonly log?: Log
  /** How long to wait for a writer that was just killed to let go of the database, in ms. */
  readonly leaseWaitMs?: number
  readonly limits?: Limits
  /** A directory for what makes proofs fast and can be made again, 64 bytes per entry; without it the database is asked. */
  readonly cacheDir?: string
}

export type InclusionProof = { readonly index: number; readonly size: number; readonly leafHash: Hash; readonly proof: readonly Hash[] }

/** Two commits that one key signed for one place of its chain. The first is in the log. */
export type Equivocation = {
  readonly actor: Hash
  readonly key: Uint8Array
  readonly position: number
  readonly first: SignedBytes
  readonly second: SignedBytes
}

type Parts = {
  readonly pool: pg.Pool
  readonly checks: CheckPool
  readonly files: TileFiles | null
  readonly intake: Intake
  readonly caught: Set<(caught: Equivocation) => void>
  readonly keyring: Keyring
  readonly logKey: LogKey
  readonly signers: Signers
  /** Milliseconds since the epoch. */
  readonly now: () => number
  readonly log: Log
  readonly tree: PublishedTree
  readonly reader: Reader
  readonly followers: Followers
  readonly cosigned: CosignedCheckpoints
  readonly sequencer: Sequencer
  /** Key encryption key of the parts. */
  readonly kek: Uint8Array
  /** Makes stream names. */
  readonly streamSecret: Uint8Array
  readonly rowKey: Uint8Array
}

export class Ledger {
  /** Named secrets, sealed in the database under the instance secret. */
  readonly keyring: Keyring
  /** `host[:port]/log/1`, or a later number after a break: the first line of every checkpoint. */
  readonly logOrigin: string
  /** C2SP verifier key of the checkpoints. */
  readonly verifierKey: string
  /** All keys that sign served checkpoints: Ed25519 first, then ML-DSA-44. */
  readonly verifierKeys: readonly string[]
  /** What witnesses said of our checkpoints. */
  readonly cosigned: CosignedCheckpoints
  /** The keys that this instance keeps, its own and those of accounts, and what may be done with them. */
  readonly custody: Custody
  readonly #served: ServedCheckpoint
  readonly #parts: Parts

  private constructor(parts: Parts) {
    this.keyring = parts.keyring
    this.logOrigin = parts.logKey.origin
    this.verifierKey = parts.logKey.verifierKey
    this.verifierKeys = parts.logKey.verifierKeys
    this.cosigned = parts.cosigned
    this.#served = new ServedCheckpoint(parts.logKey)
    this.#parts = parts
    this.custody = new Custody({
      signers: parts.signers,
      keysOf: (actor) => this.keysOf(actor),
      append: (draft) => this.append(draft),
      submit: (commits) => this.submit(commits),
      chainOf: async (key, lane) => (await chainHeads(parts.pool, [key])).get(keyName(key))?.[lane === 'public' ? 0 : 1] ?? null,
      log: () => hash('sha256', this.logOrigin, 'buffer'),
      size: () => this.head().size,
      now: parts.now,
    })
    this.onEquivocation(({ actor, key, first, second }) => {
      const failed = (error: unknown) => parts.log('error', 'a key that was caught could not be frozen', { key: hex(key), error: String(error) })
      this.custody.freeze(actor, key, [first, second]).catch(failed)
    })
  }

  /**
   * The ledger of this database, ready to append: schema up to date, writer's lease taken, tip loaded and checked, checkpoint signed.
   *
   * @throws {LedgerFault} RETRY_LATER while another process writes to the database; GIVE_UP for another origin, a wrong secret, or stored
   *   commits, tiles, head and checkpoints that contradict each other
   */
  static async open(options: LedgerOptions): Promise<Ledger> {
    const { databaseUrl, leaseWaitMs: waitMs } = options
    const lease = { databaseUrl, origin: firstOrigin(new URL(options.origin).host), ...(waitMs === undefined ? {} : { waitMs }) }
    const taken = await takeLease(lease)
    const parts = await assemble(options, lease, taken).catch(async (error: unknown) => {
      await taken.release()
      throw error
    })
    const ledger = new Ledger(parts)
    try {
      for (const signer of await ledger.custody.mend())
        parts.log('warn', 'this log was restored: a key is in force again that was exchanged', { signer })
      return ledger
    } catch (error) {
      await ledger.close()
      throw error
    }
  }

  /**
   * Durable when it resolves. The draft is sealed, checked against its conditions, given its place in its chain and in time, and signed
   * by its custodial key; drafts that arrive together are stored together, and a refused one concerns no other.
   *
   * @throws {LedgerFault} WRONG_REVISION with detail [stream, expected, actual or null]; RETRY_LATER: busy or reloading, nothing was
   *   appended; GIVE_UP: not a commit, no such signer, or closed; STOP_AND_RELOAD: nobody knows whether it was appended
   */
  append(draft: CommitDraft): Promise<Receipt> {
    return this.#parts.sequencer.append(draft)
  }

  /**
   * The same for commits that were signed elsewhere: each is checked (signature, keys at its position, chain, time, conditions, payloads against
   * their commitments), its payloads are sealed, and it is appended as it is. One answer for each, in order; those of one chain must come in
   * the order of the chain. A commit that is in the log already gets its first receipt.
   *
   * @param commits  attacker-controlled
   * @throws {LedgerFault} STOP_AND_RELOAD when nobody knows whether they were appended; GIVE_UP when the ledger is closed
   */
  submit(commits: readonly SignedCommit[]): Promise<readonly SubmitResult[]> {
    const { intake, sequencer } = this.#parts
    return submitAll(commits, intake, sequencer)
  }

  /** Why nothing may be appended now; null while it may. Reading and proving go on. */
  get readOnly(): string | null {
    return this.#parts.sequencer.readOnly
  }

  /** Takes nothing any more, and tells everybody why; null: takes everything again. */
  makeReadOnly(reason: string | null): void {
    this.#parts.sequencer.readOnly = reason
  }

  /** Keys of an actor, 64 hex digits, as they are at the head; null when there is no such actor. */
  async keysOf(actor: string): Promise<KeyState | null> {
    return this.#parts.sequencer.rememberedKeys(actor) ?? (await loadKeys(this.#parts.pool, [actor])).get(actor) ?? null
  }

  /** Tells `listener` of every pair of commits by which a key that signs twice for one place was caught. @returns stop listening */
  onEquivocation(listener: (caught: Equivocation) => void): () => void {
    const { caught } = this.#parts
    caught.add(listener)
    return () => caught.delete(listener)
  }

  /**
   * A new Ed25519 key for this signer, sealed, and the actor it makes. The first commit of the signer must contain `genesis`; for the
   * signer `instance` that is the very first commit of the log. Repeated, it gives the same identity.
   */
  createIdentity(signer: string): Promise<Identity> {
    return this.#parts.signers.create(signer)
  }

  /** The actor of this signer, also when its keys were handed over to its owner; null when there is no such signer. */
  actorOf(signer: string): Promise<Hash | null> {
    return this.#parts.signers.actorOf(signer)
  }

  /** True when the genesis of this signer is in the log. */
  async hasSigner(signer: string): Promise<boolean> {
    const actor = await this.actorOf(signer)
    return actor !== null && (await this.revision(keyStream(actor))) !== null
  }

  /** True when this instance may sign for it now: its keys are in the log and were neither handed over nor ended. */
  async signsFor(signer: string): Promise<boolean> {
    return ((await this.custody.kept(signer))?.key ?? null) !== null
  }

  /** Destroys the custodial keys of this signer: what it signed stays valid, and nothing more is signed. */
  forgetSigner(signer: string): Promise<void> {
    return this.#parts.signers.forget(signer)
  }

  /** A stream name that says nothing to strangers: `kind/` and 22 characters of base64url, an HMAC of the key under the instance secret. */
  streamName(kind: string, key: string): string {
    const digest = hmacSha256(this.#parts.streamSecret, Buffer.from(`${kind}\0${key}`))
    return `${kind}/${Buffer.from(digest).toString('base64url', 0, 16)}`
  }

  /** What read tables seal their rows under, 32 bytes: follows from the instance secret, and is not in the database. */
  get rowKey(): Uint8Array {
    return this.#parts.rowKey
  }

  /** Events of a stream, oldest first, opened: all of them or, given `last`, so many of the newest. */
  readStream(stream: string, last?: number): Promise<readonly LedgerEvent[]> {
    return this.#parts.reader.readStream(stream, last)
  }

  /** Newest revision of a stream, from 0; null when it has no events. */
  revision(stream: string): Promise<number | null> {
    return this.#parts.reader.revision(stream)
  }

  /**
   * Entries at positions [from, from + limit) as they are stored: signed bytes, signature, and what opens a blinded leaf. Equally fast at any
   * depth. Fewer at the end of the log, or when they are large (16 MiB), but at least one.
   */
  entries(from: number, limit: number): Promise<readonly StoredCommit[]> {
    return this.#parts.reader.entries(from, limit)
  }

  /** The same for all entries at positions [from, to), page by page, the next one read ahead. Ends early at the end of the log. */
  scan(from: number, to: number, page = 2_000): AsyncGenerator<readonly StoredCommit[]> {
    return this.#parts.reader.scan(from, to, page)
  }

  /** Commits at positions [from, from + limit), opened: fewer at the end of the log, or when they are large (16 MiB), but at least one. */
  read(from: number, limit: number): Promise<readonly LedgerCommit[]> {
    return this.#parts.reader.read(from, limit)
  }

  /** The commit at a decimal position or with an id of 64 hex digits, opened; null when there is none. */
  find(ref: string): Promise<LedgerCommit | null> {
    return this.#parts.reader.find(ref)
  }

  /** Position of the commit that this signer appended under this key; null when there is none. */
  appended(signer: string, idempotencyKey: string): Promise<number | null> {
    return this.#parts.reader.appended({ signer, idempotencyKey })
  }

  /** Tells `follower` of every batch from now on, in order and without gaps. Catch up with {@link read}. @returns stop following */
  follow(follower: Follower): () => void {
    return this.#parts.followers.add(follower)
  }

  /** The published tree: everything that was acknowledged. */
  head(): TreeHead {
    return this.#parts.tree.head
  }

  /** Root of the tree of `size`. @throws {RangeError} beyond the published size */
  rootAt(size: number): Promise<Hash> {
    return this.#parts.tree.rootAt(size)
  }

  /** The newest signed checkpoint. */
  checkpoint(): Checkpoint {
    return this.#parts.sequencer.checkpoint
  }

  /** The newest checkpoint with every signature of the log and the cosignatures that came for it, as it is served; under many requests up to 200 ms old. */
  servedCheckpoint(): Checkpoint {
    return this.cosigned.dress(this.#served.of(this.checkpoint()))
  }

  /** The checkpoint that says most of the entry at `position`: one that the witnesses' quorum cosigned, else the newest; null when none covers it. */
  checkpointCovering(position: number): Checkpoint | null {
    const [witnessed, served, newest] = [this.cosigned.witnessed, this.servedCheckpoint(), this.checkpoint()]
    if (witnessed !== null && position < witnessed.size) return witnessed
    if (position < served.size) return served
    return position < newest.size ? { size: newest.size, note: this.#parts.logKey.cosign(newest.note) } : null
  }

  /** `width` × 32 bytes; null beyond the published size. @see https://c2sp.org/tlog-tiles */
  tile(level: number, index: number, width: number): Promise<Uint8Array | null> {
    return this.#parts.tree.tile({ level, index, width })
  }

  /** Leaves [256·index, 256·index + width), each after its length; null beyond the published size. @see https://c2sp.org/tlog-tiles */
  entryBundle(index: number, width: number): Promise<Uint8Array | null> {
    return this.#parts.tree.entryBundle(index, width)
  }

  /** That the entry at `position` is in the tree of `size`. @throws {RangeError} unless position < size ≤ published size */
  async inclusionProof(position: number, size: number = this.head().size): Promise<InclusionProof> {
    const { tree } = this.#parts
    const proof = await tree.inclusionProof(position, size)
    return { index: position, size, leafHash: await tree.leafHashAt(position), proof }
  }

  /** That the tree of `from` is a prefix of the tree of `to`; empty from 0. @throws {RangeError} unless 0 ≤ from ≤ to ≤ published size */
  consistencyProof(from: number, to: number): Promise<Hash[]> {
    return this.#parts.tree.consistencyProof(from, to)
  }

  /** Opens the stored key of a part, 32 bytes, for an export by the operator. @throws {PartError} when it was altered */
  unwrapPartKey(wrapped: Uint8Array): Uint8Array {
    return unwrapKey(wrapped, this.#parts.kek)
  }

  /** Writes what waits, then lets go of the database. Reading still works afterwards. */
  async close(): Promise<void> {
    await this.#parts.sequencer.close()
    await this.#parts.checks.close()
    this.#parts.files?.close()
  }
}

async function assemble(options: LedgerOptions, lease: Parameters<typeof takeLease>[0], taken: Lease): Promise<Parts> {
  const { pool, secret, now = Date.now, log = () => {}, limits, cacheDir } = options
  const keyring = await Keyring.open(pool, secret)
  const logKey = await LogKey.load(keyring, taken.origin)
  const signers = new Signers(keyring)
  const kek = deriveKey(secret, 'part')
  const files = cacheDir === undefined ? null : new TileFiles(path.join(cacheDir, hash('sha256', logKey.verifierKey, 'hex').slice(0, 16)), log)
  const tree = new PublishedTree(pool, { size: 0, root: emptyRoot() }, [], files)
  const session = await beginSession(taken, tree, logKey)
  const reader = new Reader(pool, tree, kek)
  const followers = new Followers(log)
  const cosigned = await CosignedCheckpoints.open(pool, logKey.origin)
  const caught = new Set<(caught: Equivocation) => void>()
  const checks = new CheckPool(kek)
  const sequencer = new Sequencer({
    lease,
    session,
    tree,
    logKey,
    signers,
    kek,
    now,
    log,
    read: (from, to) => reader.read(from, to - from),
    deliver: (batch) => followers.tell(batch),
    coming: () => checks.settled(),
    equivocation: (position, second) => void tellEquivocation(pool, position, second, caught, log),
    limits: limits ?? LIMITS,
  })
  const logHash = hash('sha256', logKey.origin, 'buffer')
  const keysOf = (actor: string) => sequencer.rememberedKeys(actor) ?? loadKeys(pool, [actor]).then((found) => found.get(actor) ?? null)
  const intake = new Intake({ pool: checks, log: () => logHash, now, tree, keysOf })
  return {
    pool,
    keyring,
    logKey,
    signers,
    now,
    log,
    tree,
    reader,
    followers,
    cosigned,
    sequencer,
    checks,
    files,
    intake,
    caught,
    kek,
    streamSecret: deriveKey(secret, 'stream'),
    rowKey: deriveKey(secret, 'rows'),
  }
}

/** Whoever listens is told once both commits are at hand. */
async function tellEquivocation(
  pool: pg.Pool,
  position: number,
  { header, commit, signature }: SignedCandidate,
  listeners: ReadonlySet<(caught: Equivocation) => void>,
  log: Log,
): Promise<void> {
  try {
    const [first] = await commitsAt(pool, [position])
    log('error', 'a key has signed two commits for one place of its chain', { actor: hex(header.actor), key: hex(header.key), position })
    if (first === undefined) return
    const pair = { first: { commit: first.bytes, signature: first.signature }, second: { commit, signature } }
    for (const listener of listeners) listener({ actor: header.actor, key: header.key, position, ...pair })
  } catch (error) {
    log('error', 'the evidence of an equivocation could not be read', { error: String(error), position })
  }
}
