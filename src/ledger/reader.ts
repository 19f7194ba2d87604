/** Reading the log back: commits and streams with their parts opened, up to the published head and never beyond. */
import { idempotencyDigest } from './admission.ts'
import { decodeCommit } from './commit.ts'
import { openCommits, openRecords } from './entry.ts'
import {
  commitRange,
  commitsAt,
  type Db,
  donePositions,
  hex,
  NO_STREAM,
  partRange,
  partsOf,
  positionOf,
  type StoredCommit,
  streamHeads,
  streamRecords,
} from './store.ts'
import type { PublishedTree } from './tree.ts'
import type { CommitDraft, LedgerCommit, LedgerEvent } from './types.ts'

/** What one reading may hold in memory at once, as stored; opening it takes several times as much. */
const READ_BYTES = 16 * 1024 * 1024
/** So few commits are not measured first. */
const SMALL = 32

export class Reader {
  readonly #db: Db
  readonly #tree: PublishedTree
  readonly #kek: Uint8Array

  /** @param kek  the instance's key encryption key, 32 bytes */
  constructor(db: Db, tree: PublishedTree, kek: Uint8Array) {
    this.#db = db
    this.#tree = tree
    this.#kek = kek
  }

  /** Commits as they are stored, at positions [from, from + limit): fewer at the end of the log, or when they are large, but at least one. */
  async entries(from: number, limit: number): Promise<StoredCommit[]> {
    const end = Math.min(from + limit, this.#tree.head.size)
    if (from >= end) return []
    return commitRange(this.#db, from, end, end - from <= SMALL ? null : READ_BYTES)
  }

  /** All entries at positions [from, to), page by page: while one is looked at, the next is on its way. */
  async *scan(from: number, to: number, page: number): AsyncGenerator<StoredCommit[]> {
    const next = (at: number): Promise<StoredCommit[]> => settled(this.entries(at, Math.min(page, to - at)))
    let coming = next(from)
    for (let at = from; at < to; ) {
      const entries = await coming
      if (entries.length === 0) return
      at += entries.length
      if (at < to) coming = next(at)
      yield entries
    }
  }

  /** Entries opened, fewer also when their payloads are large. */
  async read(from: number, limit: number): Promise<LedgerCommit[]> {
    const commits = await this.entries(from, limit)
    const fitting = commits.slice(0, countWithParts(commits))
    return openCommits(fitting, await partRange(this.#db, from, from + fitting.length), this.#kek)
  }

  /** Events of a stream, oldest first: all of them, or only the `last` so many. */
  async readStream(stream: string, last?: number): Promise<LedgerEvent[]> {
    const records = await streamRecords(this.#db, stream, this.#tree.head.size, last ?? null)
    if (records.length === 0) return []
    const positions = [...new Set(records.map((record) => record.position))]
    const [commits, parts] = await Promise.all([commitsAt(this.#db, positions), partsOf(this.#db, records)])
    return openRecords(records, commits, parts, this.#kek)
  }

  /** Newest revision of a stream, or null when it has no events. */
  async revision(stream: string): Promise<number | null> {
    const revision = (await streamHeads(this.#db, [stream])).get(stream) ?? NO_STREAM
    return revision === NO_STREAM ? null : revision
  }

  /** The commit at a decimal position, or with an id of 64 hex digits. */
  async find(ref: string): Promise<LedgerCommit | null> {
    const position = await this.#locate(ref)
    return position === null ? null : ((await this.read(position, 1))[0] ?? null)
  }

  /** Position of what was appended under an idempotency key, or null. */
  async appended(draft: Pick<CommitDraft, 'signer' | 'idempotencyKey'>): Promise<number | null> {
    const digest = idempotencyDigest(draft)
    return digest === null ? null : ((await donePositions(this.#db, [digest])).get(hex(digest)) ?? null)
  }

  async #locate(ref: string): Promise<number | null> {
    if (/^(0|[1-9]\d{0,14})$/.test(ref)) return Number(ref)
    return /^[0-9a-f]{64}$/i.test(ref) ? positionOf(this.#db, Buffer.from(ref, 'hex')) : null
  }
}

/** A rejection that is awaited later is not an unhandled one. */
function settled<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {})
  return promise
}

/** How many of these commits fit into READ_BYTES with their parts, of which the signed size class tells the size within a factor of two. */
function countWithParts(commits: readonly StoredCommit[]): number {
  let total = 0
  for (const [i, { bytes }] of commits.entries()) {
    total += bytes.length + sealedBytes(bytes)
    if (total > READ_BYTES) return Math.max(1, i)
  }
  return commits.length
}

function sealedBytes(bytes: Uint8Array): number {
  let sum = 0
  for (const { parts } of decodeCommit(bytes).events) for (const part of parts) if ('sizeClass' in part) sum += 2 ** part.sizeClass
  return sum
}
