/** One commit after the other, in log order: is it what its author signed, and was it allowed to be where it is? */
import {
  actorId,
  CommitError,
  type CommitHeader,
  commitId,
  decodeCommit,
  GENESIS_EVENT,
  keyStream,
  parseKeyOperation,
  signingInput,
} from '../commit.ts'
import { keyId } from '../ed25519.ts'
import type { Expected, Lane } from '../types.ts'
import { Authors } from './authors.ts'
import type { Checks } from './checks.ts'
import type { IndexRow } from './export-format.ts'
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

export class CommitAudit {
  readonly #tree: AuditTree
  readonly #book: AlarmBook
  readonly #checks: Checks
  readonly #counts: Counter
  readonly #authors = new Authors()
  readonly #streams = new StreamRevisions()
  /** True once an entry was passed that this audit cannot read: it may hold keys and events that later commits build on. */
  #partial = false

  constructor(tree: AuditTree, book: AlarmBook, checks: Checks, counts: Counter) {
    this.#tree = tree
    this.#book = book
    this.#checks = checks
    this.#counts = counts
  }

  /** To be called for every entry that cannot be read. */
  passUnread(): void {
    this.#partial = true
  }

  /**
   * Checks everything about the commit but its place in the tree; the tree must hold the entries before it and not yet this one.
   *
   * @param log  SHA-256 of the origin
   * @returns    the header, or null when the bytes are no commit
   */
  take(signed: SignedCommit, log: Uint8Array): CommitHeader | null {
    const header = this.#decode(signed)
    if (header === null) return null
    const { position } = signed
    const id = commitId(signed.commit)
    if (header.lane !== signed.lane) this.#book.raise(position, 'leaf', `a ${header.lane} commit in a ${signed.lane} leaf`)
    if (!same(header.log, log)) this.#book.raise(position, 'log', 'was made for another log')
    this.#author(header, signed, id)
    this.#seen(header, position)
    const revisions = this.#events(header, position)
    if (signed.index !== null) this.#index(header, id, revisions, signed.index, position)
    return header
  }

  /** Fills in what is known only at the end. */
  close(): void {
    this.#counts.actors = this.#authors.actorCount
    this.#counts.keys = this.#authors.keyCount
    this.#counts.chains = this.#authors.chainCount
    this.#counts.streams = this.#streams.count
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
    for (const event of header.events) if (event.type === GENESIS_EVENT) this.#register(header, event, position)
    const chain = this.#authors.link(key, header.lane, { seq: header.seq, prev: header.prev, id, position })
    if (chain !== null) this.#book.raise(position, 'chain', chain)
    const clock = this.#authors.tick(key, header, position)
    if (clock !== null) this.#book.raise(position, 'hlc', clock)
    const author = this.#authors.find(key)
    if (author === null) {
      if (this.#partial) this.#counts.unknownKeys++
      else this.#book.raise(position, 'key', `no key ${key} is registered before this entry`)
      return
    }
    if (author.actor !== hex(header.actor))
      this.#book.raise(position, 'key', `key ${key} belongs to another actor (registered at ${author.registeredAt})`)
    const check = { publicKey: author.publicKey, signature, message: signingInput(commit, header.suite) }
    this.#checks.signature(check, () => this.#book.raise(position, 'signature', `is not signed by key ${key}`))
  }

  /** Key operations are read from the signed bytes themselves: the actor is the hash of its genesis. */
  #register(header: CommitHeader, event: CommitHeader['events'][number], position: number): void {
    const [part] = event.parts
    if (part === undefined || !('inline' in part)) return this.#book.raise(position, 'key', 'a key operation without its bytes')
    const actor = actorId(part.inline)
    if (!same(actor, header.actor)) this.#book.raise(position, 'key', 'registers the keys of another actor')
    if (event.stream !== keyStream(actor)) this.#book.raise(position, 'key', `registers keys in the stream ${event.stream}`)
    try {
      for (const publicKey of parseKeyOperation(part.inline).devices) {
        const problem = this.#authors.register(hex(keyId(publicKey)), { actor: hex(actor), publicKey, registeredAt: position })
        if (problem !== null) this.#book.raise(position, 'key', problem)
      }
    } catch (error) {
      if (!(error instanceof CommitError)) throw error
      this.#book.raise(position, 'key', error.message)
    }
  }

  #seen({ seen }: CommitHeader, position: number): void {
    if (seen === null) return
    if (seen.size > this.#tree.size) this.#book.raise(position, 'seen', `vouches for a tree of ${seen.size}, which did not exist yet`)
    else if (!same(this.#tree.rootAt(seen.size), seen.root))
      this.#book.raise(position, 'seen', `vouches for a root at size ${seen.size} that the log never had`)
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
