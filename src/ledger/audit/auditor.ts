/**
 * The auditor: takes a log entry by entry, in order, and says at the end whether it is what its signatures claim.
 *
 * It shares nothing with the instance but the pure core (bytes, hashes, signatures). It reads once, forwards, and keeps 32 bytes per entry
 * and 20 per stream; everything else passes through.
 */
import { hash } from 'node:crypto'
import { blindedLeaf, CommitError, parseLeaf, publicLeaf } from '../commit.ts'
import { leafHash } from '../tlog/merkle.ts'
import { NoteError } from '../tlog/note.ts'
import { CheckpointAudit, type LogKey, parseLogKey } from './checkpoint-audit.ts'
import { Checks } from './checks.ts'
import { CommitAudit } from './commit-audit.ts'
import type { CommitRecord, Disclosure, EndRecord, PartRecord, TileRecord } from './export-format.ts'
import { PartAudit } from './part-audit.ts'
import { AlarmBook, type AuditReport, zeroCounts } from './report.ts'
import { AuditTree } from './tree.ts'

/** A tree head that an earlier audit found right: the log must still contain it. */
export type EarlierHead = { readonly size: number; readonly root: string; readonly note: string }

export type AuditorOptions = {
  /** How the report names what was audited. */
  readonly source: string
  /** Verifier key that the caller trusts; otherwise the one the audited side names is used, and the report says so. */
  readonly verifierKey?: string | undefined
  readonly earlier?: EarlierHead | undefined
}

/** Stands in for the leaf of an entry that is too broken to have one, so that the entries after it keep their places. */
const NO_LEAF = Buffer.alloc(32)

export class Auditor {
  readonly #options: AuditorOptions
  readonly #started = performance.now()
  readonly #book = new AlarmBook()
  readonly #counts = zeroCounts()
  readonly #tree = new AuditTree()
  readonly #checks = new Checks()
  readonly #commits = new CommitAudit(this.#tree, this.#book, this.#checks, this.#counts)
  readonly #parts = new PartAudit(this.#checks, this.#book, this.#counts)
  readonly #checkpoints = new CheckpointAudit(this.#tree, this.#book, this.#checks, this.#counts)
  #origin: string | null = null
  #verifierKey: string | null = null
  #logKey: LogKey | null = null
  #log: Uint8Array = NO_LEAF
  #disclosure: Disclosure = 'public'
  #lastCheckpoint = ''
  /** How far the numbers of the entries are from their places in the tree: 0 unless some are missing. */
  #shift = 0

  constructor(options: AuditorOptions) {
    this.#options = options
  }

  /** Entries taken so far. */
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

  /** First of all: whose log this is said to be, and what of it will come. */
  begin(origin: string, verifierKey: string, disclosure: Disclosure): void {
    this.#disclosure = disclosure
    this.#verifierKey = this.#options.verifierKey ?? verifierKey
    this.#origin = origin
    try {
      this.#logKey = parseLogKey(this.#verifierKey)
      this.#origin = this.#logKey.name
    } catch (error) {
      if (!(error instanceof NoteError)) throw error
      this.#book.raise(null, 'checkpoint', `the verifier key is malformed: ${error.message}`)
    }
    if (this.#origin !== origin) this.#book.raise(null, 'checkpoint', `says to be the log ${origin}; the verifier key is for ${this.#origin}`)
    if (this.#verifierKey !== verifierKey) this.#book.raise(null, 'checkpoint', `has another verifier key (${verifierKey}) than the trusted one`)
    this.#log = hash('sha256', this.#origin, 'buffer')
  }

  /** A commit with everything that opens it; its parts follow. */
  commit(record: CommitRecord): void {
    const position = this.#next(record.position)
    const { commit, signature, blinding, index } = record
    const leaf = leafHash(blinding === null ? publicLeaf(commit, signature) : blindedLeaf(commit, signature, blinding))
    if (Buffer.compare(leaf, record.leafHash) !== 0) this.#book.raise(position, 'leaf', 'commit, signature and blinding value do not make its leaf')
    const lane = blinding === null ? 'public' : 'private'
    const header = this.#commits.take({ position, commit, signature, lane, index }, this.#log)
    this.#parts.begin(record.position, header?.events ?? [])
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
        const header = this.#commits.take({ position, commit: parsed.commit, signature: parsed.signature, lane: 'public', index: null }, this.#log)
        this.#parts.begin(at, header?.events ?? [])
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
    this.#checkpoints.take(size, note, this.#origin ?? '', this.#logKey)
  }

  /** A tile as it is stored or served, of the entries taken so far. */
  tile({ level, index, hashes }: Pick<TileRecord, 'level' | 'index' | 'hashes'>): void {
    this.#parts.end()
    this.#counts.tiles++
    const own = this.#tree.tile(level, index)
    const width = hashes.length / 32
    if (own === null || own.length < hashes.length || width === 0 || !Number.isInteger(width)) {
      return this.#book.raise(this.size, 'tile', `tile ${level}/${index} of ${hashes.length} bytes is not of this tree`)
    }
    for (let i = 0; i < width; i++) {
      if (Buffer.compare(own.subarray(i * 32, i * 32 + 32), hashes.subarray(i * 32, i * 32 + 32)) === 0) continue
      return this.#book.raise((index * 256 + i) * 256 ** level, 'tile', `tile ${level}/${index} has another hash ${i} than the entries make`)
    }
  }

  /** The tree head as the store believes it to be. */
  end({ size, root }: EndRecord): void {
    this.#parts.end()
    if (size !== this.size || Buffer.compare(root, this.#tree.root()) === 0) return
    this.#book.raise(size, 'root', 'the stored tree head has another root than the entries make')
  }

  /** The last word: waits for the signatures, judges the whole. @param size  how many entries there should be; null when reading broke off */
  async finish(size: number | null): Promise<AuditReport> {
    this.#parts.end()
    this.#commits.close()
    if (size !== null && size !== this.size) this.#book.raise(this.size, 'position', `has ${this.size} entries and should have ${size}`)
    await this.#checks.all()
    this.#counts.signatures = this.#checks.valid
    if (size !== null) this.#judgeCover()
    this.#judgeEarlier()
    return this.#report()
  }

  /** The position that reports give the next entry. A gap is one alarm, not one for every entry behind it. */
  #next(said: number): number {
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
    const { earlier } = this.#options
    if (earlier === undefined) return
    if (earlier.size > this.size) {
      return this.#book.raise(
        this.size,
        'fork',
        `the log was seen with ${earlier.size} entries and now has ${this.size}: it was set back. Seen then:\n${earlier.note}`,
      )
    }
    const root = hex(this.#tree.rootAt(earlier.size))
    if (root === earlier.root) return
    this.#book.raise(null, 'fork', `the log shows two histories. Seen before:\n${earlier.note}\nNow:\n${this.#lastCheckpoint}`)
  }

  #report(): AuditReport {
    const { right, wrongRoots } = this.#checkpoints
    return {
      ok: this.#book.count === 0,
      source: this.#options.source,
      origin: this.#origin,
      verifierKey: this.#verifierKey,
      pinned: this.#options.verifierKey !== undefined,
      size: this.size,
      root: hex(this.#tree.rootAt(this.size)),
      checkpoint: right,
      note: this.#lastCheckpoint,
      counts: { ...this.#counts },
      alarms: this.#book.sorted(),
      alarmCount: this.#book.count,
      notes: [
        ...(wrongRoots > 1 ? [`${wrongRoots - 1} later checkpoints have other roots than the entries make, as follows from the first.`] : []),
        ...(this.#counts.unknownKeys > 0
          ? [
              `${this.#counts.unknownKeys} public commits are signed by keys that are registered in private ones: their signatures cannot be checked from here.`,
            ]
          : []),
        ...(this.#options.earlier === undefined ? [] : [`The log was seen before, with ${this.#options.earlier.size} entries.`]),
      ],
      seconds: (performance.now() - this.#started) / 1000,
    }
  }
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')
