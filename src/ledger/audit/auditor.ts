/**
 * The auditor: takes a log entry by entry, in order, and says at the end whether it is what its signatures claim. What is judged stands in the
 * files beside this one; here is the order in which it happens, from `begin` to `finish`, and what holds of the log as a whole.
 *
 * It shares nothing with the instance but the pure core (bytes, hashes, signatures). It reads once, forwards, and keeps 32 bytes per entry
 * and 33 per stream at most; everything else passes through. It can begin where another audit stopped, or behind a checkpoint that is trusted.
 */
import { blindedLeaf, CommitError, parseLeaf, publicLeaf } from '../commit.ts'
import { leafHash } from '../tlog/merkle.ts'
import { NoteError, splitVerifierKey } from '../tlog/note.ts'
import type { Policy } from '../tlog/policy.ts'
import type { AuditState } from './audit-state.ts'
import { CheckpointAudit } from './checkpoint-audit.ts'
import { Checks } from './checks.ts'
import { CommitAudit } from './commit-audit.ts'
import { ErasureAudit } from './erasure-audit.ts'
import type { CommitRecord, Disclosure, EndRecord, PartRecord, TileRecord } from './export-format.ts'
import { type Circumstances, notesOn } from './notes.ts'
import { OriginAudit } from './origin-audit.ts'
import { PartAudit } from './part-audit.ts'
import { AlarmBook, type AuditReport, zeroCounts } from './report.ts'
import { AuditTree, type TileHashes, tileProblem } from './tree.ts'

/** A tree head that was found right before: the log must still contain it. */
export type EarlierHead = { readonly size: number; readonly root: string; readonly note: string }

export type AuditorOptions = {
  /** How the report names what was audited. */
  readonly source: string
  /** Verifier key that the caller trusts; otherwise the one the audited side names is used, and the report says so. */
  readonly verifierKey?: string | undefined
  /** Which witnesses count, and how many of them it takes. */
  readonly policy?: Policy | undefined
  readonly earlier?: EarlierHead | undefined
  /** A tree head that the caller trusts: the log must still contain it, and what is under it need not be checked again. */
  readonly since?: EarlierHead | undefined
  /** Where another audit of this log stopped: this one goes on behind it. */
  readonly resume?: AuditState | undefined
}

/** Stands in for the leaf of an entry that is too broken to have one, so that the entries after it keep their places. */
const NO_LEAF = Buffer.alloc(32)

/** A log signs with two. */
const MOST_KEYS = 16

export class Auditor {
  readonly #options: AuditorOptions
  readonly #started = performance.now()
  readonly #book = new AlarmBook()
  readonly #counts = zeroCounts()
  readonly #tree = new AuditTree()
  readonly #checks = new Checks()
  readonly #origins = new OriginAudit(this.#tree, this.#book, this.#counts)
  readonly #erasures = new ErasureAudit(this.#book, this.#counts)
  readonly #commits = new CommitAudit({
    tree: this.#tree,
    book: this.#book,
    checks: this.#checks,
    counts: this.#counts,
    origins: this.#origins,
    erasures: this.#erasures,
  })
  readonly #parts = new PartAudit(this.#checks, this.#book, this.#counts, this.#erasures)
  readonly #checkpoints = new CheckpointAudit(this.#tree, this.#book, this.#checks, this.#counts)
  #origin: string | null = null
  #verifierKeys: readonly string[] = []
  #disclosure: Disclosure = 'public'
  #lastCheckpoint = ''
  /** Entries before this one are not this audit's to check. */
  #from = 0
  /** Size of a log that was not read, because it is shorter than it was. */
  #unread: number | null = null
  /** True when those entries were not even read. */
  #behind = false
  /** How far the numbers of the entries are from their places in the tree: 0 unless some are missing. */
  #shift = 0

  constructor(options: AuditorOptions) {
    this.#options = options
  }

  /** Entries taken so far, or passed. */
  get size(): number {
    return this.#tree.size
  }

  get alarms(): AlarmBook {
    return this.#book
  }

  /** Null while more can be taken at once, otherwise a promise to wait for. */
  room(): Promise<void> | null {
    return this.#checks.room()
  }

  /** Lets go of the threads it checks with. To be called in any case, also when reading broke off. */
  close(): Promise<void> {
    return this.#checks.close()
  }

  /**
   * First of all: whose log this is said to be, and what of it will come.
   *
   * @param named  verifier keys as the audited side gives them, Ed25519 first
   */
  begin(origin: string, named: readonly string[], disclosure: Disclosure): void {
    const { verifierKey, policy = null, resume, since } = this.#options
    if (named.length > MOST_KEYS) this.#book.raise(null, 'checkpoint', `names ${named.length} verifier keys`)
    const verifierKeys = named.slice(0, MOST_KEYS)
    this.#disclosure = disclosure
    this.#verifierKeys = verifierKey === undefined ? verifierKeys : [verifierKey, ...verifierKeys.filter((vkey) => vkey !== verifierKey)]
    this.#origin = this.#signersOrigin(origin, policy)
    if (this.#origin !== origin) this.#book.raise(null, 'checkpoint', `says to be the log ${origin}; the verifier key is for ${this.#origin}`)
    if (verifierKey !== undefined && !verifierKeys.includes(verifierKey))
      this.#book.raise(null, 'checkpoint', `has another verifier key (${verifierKeys.join(', ')}) than the trusted one`)
    this.#origins.begin(this.#origin)
    if (disclosure === 'public') this.#erasures.trustBefore(Number.POSITIVE_INFINITY)
    if (resume !== undefined) this.#load(resume)
    if (since === undefined) return
    this.#from = since.size
    this.#commits.trustBefore(since.size)
    this.#parts.trustBefore(since.size)
  }

  /**
   * Instead of reading them, passes the entries under the checkpoint that is trusted. What their keys and streams were is then not known. To be
   * called right after {@link Auditor.begin}.
   *
   * @param tiles  those that end each level of the tree of this head, read from the audited side
   * @returns      false when they make no tree: then there is nothing to go on from
   */
  startBehind({ size }: EarlierHead, tiles: Iterable<TileHashes>): boolean {
    this.#erasures.trustBefore(Number.POSITIVE_INFINITY)
    this.#commits.startMidway()
    this.#behind = true
    try {
      this.#tree.startAt(size, tiles)
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      this.#book.raise(size, 'tile', `the tiles at the edge of the trusted tree are none: ${error.message}`)
      return false
    }
    return true
  }

  /** A commit with everything that opens it; its parts follow. */
  commit(record: CommitRecord): void {
    const position = this.#next(record.position)
    const { commit, signature, blinding, index } = record
    const leaf = leafHash(blinding === null ? publicLeaf(commit, signature) : blindedLeaf(commit, signature, blinding))
    if (Buffer.compare(leaf, record.leafHash) !== 0) this.#book.raise(position, 'leaf', 'commit, signature and blinding value do not make its leaf')
    const lane = blinding === null ? 'public' : 'private'
    const header = this.#commits.take({ position, commit, signature, lane, index })
    this.#parts.begin(record.position, header)
    if (this.#disclosure === 'public') this.#parts.endWithheld()
    this.#counts[lane]++
    this.#append(leaf)
  }

  /** A leaf as strangers see it: a public commit in full, or 33 bytes of a private one. @param leaf attacker-controlled */
  leaf(at: number, leaf: Uint8Array): void {
    const position = this.#next(at)
    try {
      const parsed = parseLeaf(leaf)
      if (parsed.kind === 'blinded') {
        this.#counts.blinded++
        this.#commits.passUnread()
      } else {
        const header = this.#commits.take({ position, commit: parsed.commit, signature: parsed.signature, lane: 'public', index: null })
        this.#parts.begin(at, header)
        this.#parts.endWithheld()
        this.#counts.public++
      }
    } catch (error) {
      if (!(error instanceof CommitError)) throw error
      this.#book.raise(position, 'encoding', error.message)
      this.#commits.passUnread()
    }
    this.#append(leafHash(leaf))
  }

  /** An entry that is there and cannot be read. Its place in the tree stays empty. */
  unreadable(detail: string): void {
    this.#book.raise(this.#next(this.size + this.#shift), 'encoding', detail)
    this.#commits.passUnread()
    this.#append(NO_LEAF)
  }

  part(record: PartRecord): void {
    this.#parts.take(record)
  }

  checkpoint(size: number, note: Uint8Array): void {
    this.#parts.end()
    this.#lastCheckpoint = Buffer.from(note).toString()
    this.#checkpoints.take(size, note, this.#origins.current)
  }

  /** A tile as it is stored or served, of the entries taken so far. */
  tile({ level, index, hashes }: Pick<TileRecord, 'level' | 'index' | 'hashes'>): void {
    this.#parts.end()
    this.#counts.tiles++
    const problem = tileProblem(this.#tree, { level, index, hashes })
    if (problem !== null) this.#book.raise(problem.position, 'tile', `tile ${level}/${index} ${problem.detail}`)
  }

  /** The tree head as the store believes it to be. */
  end({ size, root }: EndRecord): void {
    this.#parts.end()
    if (size !== this.size || Buffer.compare(root, this.#tree.root()) === 0) return
    this.#book.raise(size, 'root', 'the stored tree head has another root than the entries make')
  }

  /** The last word: waits for the checks, judges the whole. @param size  how many entries there should be; null when reading broke off */
  async finish(size: number | null): Promise<AuditReport> {
    this.#parts.end()
    this.#commits.close()
    if (size !== null && size !== this.size) this.#book.raise(this.size, 'position', `has ${this.size} entries and should have ${size}`)
    if (size !== null && this.#origin !== null) this.#origins.end()
    this.#erasures.end()
    await this.#checks.all()
    if (size !== null) this.#judgeCover()
    this.#judgeEarlier()
    return this.#report()
  }

  /** The last word on a log that is shorter than it was seen before. */
  finishSetBack(size: number, note: string): Promise<AuditReport> {
    const { resume } = this.#options
    if (resume !== undefined) this.#setBack(resume, size)
    this.#lastCheckpoint = note
    this.#unread = size
    return this.finish(null)
  }

  /**
   * What another audit needs to go on from here; null when anything was wrong so far, or no log has begun. Waits for the checks. To be called
   * between entries: no part of the last one may follow.
   */
  async save(): Promise<AuditState | null> {
    this.#parts.end()
    await this.#checks.all()
    const [verifierKey] = this.#verifierKeys
    if (this.#book.count > 0 || verifierKey === undefined) return null
    this.#commits.close()
    return {
      verifierKey,
      size: this.size,
      root: hex(this.#tree.root()),
      note: this.#lastCheckpoint,
      counts: { ...this.#counts },
      origins: this.#origins.save(),
      commits: this.#commits.save(),
      erasures: this.#erasures.save(),
      checkpoints: this.#checkpoints.save(),
      tiles: this.#tree.tiles(),
    }
  }

  #load(state: AuditState): void {
    this.#from = state.size
    this.#lastCheckpoint = state.note
    Object.assign(this.#counts, state.counts)
    this.#tree.startAt(state.size, state.tiles)
    this.#origins.load(state.origins)
    this.#commits.load(state.commits)
    this.#erasures.load(state.erasures)
    this.#erasures.trustBefore(this.#disclosure === 'public' ? Number.POSITIVE_INFINITY : state.size)
    this.#checkpoints.load(state.checkpoints)
  }

  /** The origin that the first verifier key is for, once all of them are known to the checkpoints. */
  #signersOrigin(origin: string, policy: Policy | null): string {
    try {
      const [first = ''] = this.#verifierKeys
      const { name } = splitVerifierKey(first)
      this.#checkpoints.begin({ origin: name, log: this.#verifierKeys, policy })
      return name
    } catch (error) {
      if (!(error instanceof NoteError)) throw error
      this.#book.raise(null, 'checkpoint', `the verifier key is malformed: ${error.message}`)
      return origin
    }
  }

  /** The position that reports give the next entry. A gap is one alarm, not one for every entry behind it. */
  #next(said: number): number {
    this.#parts.end() // before the next commit speaks: it may be the warrant
    const expected = this.size + this.#shift
    if (said === expected) return said
    this.#shift = said - this.size
    this.#book.raise(
      expected,
      'position',
      said > expected ? `entry ${expected} is missing: ${said} follows` : `entry ${said} comes where ${expected} belongs`,
    )
    return said
  }

  #append(leaf: Uint8Array): void {
    this.#tree.append(leaf)
    this.#counts.commits++
  }

  /** What no checkpoint covers, nobody answers for. */
  #judgeCover(): void {
    const covered = this.#checkpoints.newest
    if (this.#counts.checkpoints === 0) this.#book.raise(null, 'checkpoint', 'there is no checkpoint')
    else if (covered < this.size) this.#book.raise(covered, 'checkpoint', `entries ${covered} to ${this.size - 1} are under no checkpoint`)
  }

  #judgeEarlier(): void {
    const { earlier, since } = this.#options
    for (const seen of [earlier, since]) {
      if (seen === undefined) continue
      const size = this.#unread ?? this.size
      const root = seen.size > size ? null : this.#tree.rootAt(seen.size)
      if (seen.size > size) this.#setBack(seen, size)
      else if (root !== null && hex(root) !== seen.root)
        this.#book.raise(null, 'fork', `the log shows two histories. Seen before:\n${seen.note}\nNow:\n${this.#lastCheckpoint}`)
    }
  }

  #setBack(seen: EarlierHead, size: number): void {
    this.#book.raise(size, 'fork', `the log was seen with ${seen.size} entries and now has ${size}: it was set back. Seen then:\n${seen.note}`)
  }

  #report(): AuditReport {
    const witnessed = this.#options.policy === undefined ? undefined : this.#checkpoints.witnessed()
    if (witnessed === null) this.#book.raise(null, 'witness', 'no checkpoint is witnessed as the policy demands')
    return {
      ok: this.#book.count === 0,
      source: this.#options.source,
      origin: this.#origin,
      verifierKey: this.#verifierKeys[0] ?? null,
      pinned: this.#options.verifierKey !== undefined,
      from: this.#from,
      size: this.size,
      root: hex(this.#tree.root()),
      checkpoint: this.#checkpoints.right,
      witnessed,
      note: this.#lastCheckpoint,
      counts: { ...this.#counts },
      alarms: this.#book.sorted(),
      alarmCount: this.#book.count,
      erasures: [...this.#erasures.erasures],
      notes: notesOn({
        counts: this.#counts,
        wrongRoots: this.#checkpoints.wrongRoots,
        from: this.#from,
        earlier: this.#options.earlier?.size ?? null,
        before: this.#before(),
      }),
      seconds: (performance.now() - this.#started) / 1000,
    }
  }

  #before(): Circumstances['before'] {
    const { since, resume } = this.#options
    if (since !== undefined) return this.#behind ? 'not read' : 'not checked again'
    if (resume === undefined) return 'nothing'
    return resume.commits.partial && this.#disclosure === 'full' ? 'audited partly' : 'audited'
  }
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')
