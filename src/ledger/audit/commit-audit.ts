/** One commit after the other, in log order: is it what its author signed, and was it allowed to be where it is? */
import { CommitError, type CommitHeader, commitId, decodeCommit } from '../commit.ts'
import type { Expected, Lane } from '../types.ts'
import { Chains } from './chains.ts'
import type { Checks } from './checks.ts'
import type { ErasureAudit } from './erasure-audit.ts'
import { judgeEvidence } from './evidence-audit.ts'
import type { IndexRow } from './export-format.ts'
import { KeyAudit } from './key-audit.ts'
import type { OriginAudit } from './origin-audit.ts'
import type { AlarmBook, AlarmKind, Counter } from './report.ts'
import { StreamRevisions } from './stream-revisions.ts'
import type { AuditTree } from './tree.ts'

/** A commit with its signature, as it lies in the log. `index`: what the store says about it; null where there is no store. */
export type SignedCommit = {
  readonly position: number
  readonly commit: Uint8Array
  readonly signature: Uint8Array
  readonly lane: CommitHeader['lane']
  readonly index: IndexRow | null
}

/** By their number in the signed bytes. */
const LANES: readonly Lane[] = ['public', 'private']

/** What an audit of commits works with. */
type Desk = {
  readonly tree: AuditTree
  readonly book: AlarmBook
  readonly checks: Checks
  readonly counts: Counter
  readonly origins: OriginAudit
  readonly erasures: ErasureAudit
}

export class CommitAudit {
  readonly #tree: AuditTree
  readonly #book: AlarmBook
  readonly #checks: Checks
  readonly #counts: Counter
  readonly #origins: OriginAudit
  readonly #erasures: ErasureAudit
  readonly #keys: KeyAudit
  readonly #chains = new Chains()
  readonly #streams = new StreamRevisions()
  /** True once an entry was passed that this audit cannot read: it may hold keys and events that later commits build on. */
  #partial = false
  /** Signatures before this position are not checked. */
  #trustedBefore = 0
  /** True when the log was not read from its beginning: chains may have begun before. */
  #midway = false

  constructor({ tree, book, checks, counts, origins, erasures }: Desk) {
    this.#tree = tree
    this.#book = book
    this.#checks = checks
    this.#counts = counts
    this.#origins = origins
    this.#erasures = erasures
    this.#keys = new KeyAudit(book, counts)
  }

  /** To be called for every entry that cannot be read. */
  passUnread(): void {
    this.#partial = true
  }

  /** What stands before `position` is under a checkpoint that is trusted: its signatures were checked before. */
  trustBefore(position: number): void {
    this.#trustedBefore = position
  }

  /** To be called when the entries before the first are passed altogether. */
  startMidway(): void {
    this.#partial = true
    this.#midway = true
  }

  /**
   * Checks everything about the commit but its place in the tree; the tree must hold the entries before it and not yet this one.
   *
   * @returns the header, or null when the bytes are no commit
   */
  take(signed: SignedCommit): CommitHeader | null {
    const header = this.#decode(signed)
    if (header === null) return null
    const { position } = signed
    const id = commitId(signed.commit)
    if (header.lane !== signed.lane) this.#book.raise(position, 'leaf', `a ${header.lane} commit in a ${signed.lane} leaf`)
    this.#origins.take(header, position)
    this.#author(header, signed, id)
    this.#seen(header, position)
    this.#erasures.take(header, position, this.#origins.instance)
    judgeEvidence(header, position, this.#book, this.#counts)
    const revisions = this.#events(header, position)
    if (signed.index !== null) this.#index(header, id, revisions, signed.index, position)
    return header
  }

  /** Fills in what is known only at the end. */
  close(): void {
    this.#keys.close()
    this.#counts.chains = this.#chains.count
    this.#counts.streams = this.#streams.count
  }

  /** All of it, to go on from another time. */
  save() {
    return { partial: this.#partial, midway: this.#midway, keys: this.#keys.save(), chains: this.#chains.save(), streams: this.#streams.save() }
  }

  /** As {@link CommitAudit.save} gave it. */
  load({ partial, midway, keys, chains, streams }: ReturnType<CommitAudit['save']>): void {
    this.#partial = partial
    this.#midway = midway
    this.#keys.load(keys)
    this.#chains.load(chains)
    this.#streams.load(streams)
  }

  #decode({ commit, position }: SignedCommit): CommitHeader | null {
    try {
      return decodeCommit(commit)
    } catch (error) {
      if (!(error instanceof CommitError)) throw error
      this.#book.raise(position, 'encoding', `is no commit: ${error.message}`)
      this.#partial = true
      return null
    }
  }

  #author(header: CommitHeader, { position, commit, signature }: SignedCommit, id: Uint8Array): void {
    const key = hex(header.key)
    const next = { seq: header.seq, prev: header.prev, id, position }
    const chain = this.#chains.link(key, header.lane, next, this.#midway)
    if (chain !== null) this.#book.raise(position, 'chain', chain)
    const clock = this.#chains.tick(key, header, position)
    if (clock !== null) this.#book.raise(position, 'hlc', clock)
    const publicKey = this.#keys.judge(header, commit, position, this.#partial)
    if (publicKey === null || position < this.#trustedBefore) return
    this.#checks.commit({ publicKey, signature, commit }, (problem) => {
      if (problem !== null) return this.#book.raise(position, 'signature', `is not signed by key ${key}`)
      this.#counts.signatures++
      if (header.suite === 2) this.#counts.hybrid++
    })
  }

  #seen({ seen }: CommitHeader, position: number): void {
    if (seen === null) return
    const { size } = seen
    const root = size > this.#tree.size ? null : this.#tree.rootAt(size)
    if (size > this.#tree.size) this.#book.raise(position, 'seen', `vouches for a tree of ${size}, which did not exist yet`)
    else if (root !== null && !same(root, seen.root)) this.#book.raise(position, 'seen', `vouches for a root at size ${size} that the log never had`)
  }

  /** Conditions hold on the streams as they were; then the events go on. @returns the revision each event makes */
  #events({ pre, events }: CommitHeader, position: number): number[] {
    if (!this.#partial) {
      for (const [stream, expected] of pre) {
        const actual = this.#streams.get(stream)
        this.#counts.conditions++
        if (!holds(expected, actual)) this.#book.raise(position, 'condition', `${stream} was to be at ${expected} and is at ${actual ?? 'none'}`)
      }
    }
    this.#counts.events += events.length
    return events.map(({ stream }) => this.#streams.advance(stream))
  }

  #index(header: CommitHeader, id: Uint8Array, revisions: readonly number[], row: IndexRow, position: number): void {
    const wrong = (what: AlarmKind, detail: string) => this.#book.raise(position, what, detail)
    if (!same(row.id, id)) wrong('index', 'is stored under another id')
    if (!same(row.key, header.key)) wrong('index', 'is stored under another key')
    if (row.lane !== LANES.indexOf(header.lane) || row.seq !== header.seq) wrong('index', 'is stored at another place of its chain')
    if (row.events.length !== header.events.length) wrong('index', `has ${header.events.length} events, of which ${row.events.length} are indexed`)
    for (const [i, { type, stream }] of header.events.entries()) {
      const stored = row.events[i]
      if (stored === undefined) continue
      if (stored.stream !== stream || (stored.type ?? type) !== type)
        wrong('index', `event ${i} (${type}) is indexed as ${stored.type ?? 'one'} of ${stored.stream}`)
      else if (stored.revision !== revisions[i] && !this.#partial)
        wrong('stream', `event ${i} is indexed as revision ${stored.revision} of ${stream}, it is ${revisions[i]}`)
    }
  }
}

function holds(expected: Expected, actual: number | null): boolean {
  if (expected === 'any') return true
  if (expected === 'none') return actual === null
  return expected === 'exists' ? actual !== null : actual === expected
}

const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0
const hex = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')
