/** A log in memory for tests of projections: commits recorded from domain events, with the ledger's own Merkle tree over them. */
import { createHash } from 'node:crypto'
import type { DomainEvent } from '../../../src/events/catalogue.ts'
import { toDraft } from '../../../src/events/codec.ts'
import { CompactRange } from '../../../src/ledger/tlog/merkle.ts'
import type { Hash, LedgerBatch, LedgerCommit, TreeHead } from '../../../src/ledger/types.ts'
import type { FollowedLog } from '../../../src/projections/projections.ts'

export class RecordedLog implements FollowedLog {
  readonly commits: LedgerCommit[] = []
  readonly rowKey = new Uint8Array(32).fill(5)
  readonly #roots: Hash[] = [CompactRange.empty().root()]
  readonly #range = CompactRange.empty()
  readonly #followers = new Set<(batch: LedgerBatch) => void>()
  #time: number
  #silent = false

  constructor(time = Date.UTC(2026, 0, 1)) {
    this.#time = time
  }

  /** Appends one commit per list of events and tells the followers of all in one batch. @returns the last position */
  append(...commits: readonly (readonly DomainEvent[])[]): number {
    const made = commits.map((events) => this.#record(events))
    this.tell({ commits: made, head: this.head() })
    return this.commits.length - 1
  }

  /** Appends a commit with one event whose payload was erased. */
  appendErased(type: string): number {
    const { length } = this.commits
    this.silently(() => this.append([{ type: 'status:unpin', data: { accountId: '1', statusId: '1' } }]))
    const [commit] = this.commits.splice(length, 1)
    if (commit === undefined) throw new Error('nothing was recorded')
    this.commits.push({ ...commit, events: commit.events.map((event) => ({ ...event, type, parts: [{ codec: 'json', erased: true }] })) })
    this.tell({ commits: this.commits.slice(length), head: this.head() })
    return length
  }

  /** What followers hear, true or not. */
  tell(batch: LedgerBatch): void {
    if (!this.#silent) for (const follower of this.#followers) follower(batch)
  }

  /** Followers hear nothing of what the work appends. */
  silently(work: () => void): void {
    this.#silent = true
    work()
    this.#silent = false
  }

  read(from: number, limit: number): Promise<readonly LedgerCommit[]> {
    return Promise.resolve(this.commits.slice(from, from + limit))
  }

  head(): TreeHead {
    return { size: this.#range.size, root: this.#range.root() }
  }

  rootAt(size: number): Promise<Hash> {
    const root = this.#roots[size]
    return root === undefined ? Promise.reject(new RangeError(`no root at ${size}`)) : Promise.resolve(root)
  }

  follow(listener: (batch: LedgerBatch) => void): () => void {
    this.#followers.add(listener)
    return () => this.#followers.delete(listener)
  }

  #record(events: readonly DomainEvent[]): LedgerCommit {
    const position = this.commits.length
    this.#time += 7
    const drafts = events.map((event) => toDraft({ stream: 'test/stream', event }))
    const leafHash = createHash('sha256')
      .update(JSON.stringify([position, events]))
      .digest()
    const commit: LedgerCommit = {
      position,
      id: createHash('sha256').update(leafHash).digest(),
      leafHash,
      lane: 'private',
      actor: new Uint8Array(32),
      key: new Uint8Array(16),
      time: this.#time,
      counter: 0,
      events: drafts.map((draft, index) => ({
        ...draft,
        position,
        index,
        revision: 0,
        parts: draft.parts.map(({ codec, bytes }) => ({ codec, bytes, erased: false as const })),
      })),
    }
    this.commits.push(commit)
    this.#range.append(leafHash)
    this.#roots.push(this.#range.root())
    return commit
  }
}
