/** Commits that the ledger told of and that are not folded yet: in order, bounded, and a way to wait for the next. */
import type { LedgerBatch, LedgerCommit, TreeHead } from '../ledger/types.ts'

export type Waiting = {
  readonly commits: readonly LedgerCommit[] /** The tree after the last of them, when known. */
  readonly head: TreeHead | null
}

export class Backlog {
  readonly #limit: number
  #commits: LedgerCommit[] = []
  #head: TreeHead | null = null
  #stopped = false
  #wake: () => void = () => {}

  /** @param limit  commits kept; when there are more, all are forgotten: the log still has them, and the gap makes the folders read it */
  constructor(limit: number) {
    this.#limit = limit
  }

  /** What was told before is not kept twice. */
  add({ commits, head }: LedgerBatch): void {
    if (this.#commits.length > this.#limit) this.#commits = []
    const last = this.#commits.at(-1)?.position ?? -1
    for (const commit of commits) if (commit.position > last) this.#commits.push(commit)
    this.#head = head
    this.#wake()
  }

  /** The first commits up to a gap, at most `limit`; they stay until `drop`. Waits for some; null once stopped. */
  async next(limit: number): Promise<Waiting | null> {
    while (this.#commits.length === 0 && !this.#stopped) await new Promise<void>((resolve) => (this.#wake = resolve))
    if (this.#stopped) return null
    const head = this.#commits.slice(0, limit)
    const gap = head.findIndex((commit, n) => commit.position !== (head[0]?.position ?? 0) + n)
    const commits = gap === -1 ? head : head.slice(0, gap)
    return { commits, head: commits.length === this.#commits.length ? this.#head : null }
  }

  /** Forgets commits that were folded. */
  drop({ commits }: Waiting): void {
    const last = commits.at(-1)?.position ?? -1
    this.#commits = this.#commits.filter((commit) => commit.position > last)
  }

  stop(): void {
    this.#stopped = true
    this.#wake()
  }
}
