/** Consecutive commits on their way into the rows: read ahead, decoded once for all projections, and added to the tree once. */
import type { RecordedEvent } from '../events/catalogue.ts'
import { recordedEvents } from '../events/codec.ts'
import type { CompactRange } from '../ledger/tlog/merkle.ts'
import type { Hash, LedgerCommit, TreeHead } from '../ledger/types.ts'

/** Of the ledger, what folding needs. */
export type Log = {
  read(from: number, limit: number): Promise<readonly LedgerCommit[]>
  head(): TreeHead
  rootAt(size: number): Promise<Hash>
}

/** Commits per transaction, at most. */
export const BATCH = 1000

export class Batch {
  readonly commits: readonly LedgerCommit[]
  readonly events: readonly RecordedEvent[]
  readonly #head: TreeHead | null
  /** The range that was extended last, and what became of it: projections that stand at one place share the work. */
  #extended: { readonly from: number; readonly root: Hash; readonly range: CompactRange } | null = null

  /** @param head  a state of the tree known to the caller, if any */
  constructor(commits: readonly LedgerCommit[], head: TreeHead | null) {
    this.commits = commits
    this.events = commits.flatMap(recordedEvents)
    this.#head = head
  }

  /** The position after the last commit. */
  get end(): number {
    return (this.commits.at(-1)?.position ?? -1) + 1
  }

  /** The range and the leaves of this batch from its size on. The caller has seen that they follow on each other. */
  extend(range: CompactRange): CompactRange {
    const [from, root] = [range.size, range.root()]
    if (this.#extended?.from !== from || Buffer.compare(this.#extended.root, root) !== 0) {
      const next = range.clone()
      for (const { position, leafHash } of this.commits) if (position >= from) next.append(leafHash)
      this.#extended = { from, root, range: next }
    }
    return this.#extended.range.clone()
  }

  /** Root of the log at that size. */
  async rootAt(size: number, log: Log): Promise<Hash> {
    return this.#head?.size === size ? this.#head.root : await log.rootAt(size)
  }
}

/** The commits at [from, to) in batches; the next one is read while the caller works on one. @param prepare  called with each as soon as it is read */
export async function* batches(log: Log, from: number, to: number, prepare: (batch: Batch) => void = () => {}): AsyncGenerator<Batch> {
  const read = async (at: number): Promise<Batch> => {
    const commits = await log.read(at, Math.min(BATCH, to - at))
    if (commits.length === 0) throw new Error(`the log ends at ${at}, expected ${to}`)
    const size = at + commits.length
    const batch = new Batch(commits, { size, root: await log.rootAt(size) })
    prepare(batch)
    return batch
  }
  let next = from < to ? read(from) : null
  while (next !== null) {
    const batch = await next
    next = batch.end < to ? read(batch.end) : null
    next?.catch(() => {}) // reported when it is its turn
    yield batch
  }
}
