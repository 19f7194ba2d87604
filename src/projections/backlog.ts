/** Commits that the ledger told of and that are not folded yet: in order, bounded, and a way to wait for the next. */
import type { LedgerBatch, LedgerCommit, TreeHead } from '../ledger/types.ts'

export type Waiting = {
  readonly commits: readonly LedgerCommit[] /** The tree after the last of them, when known. */
  readonly head: TreeHead | null
}

export class Backlog {
  readonly #limit: number
  readonly #maxBytes: number
  #bytes = 0
  #commits: LedgerCommit[] = []
  #head: TreeHead | null = null
  #stopped = false
  #wake: () => void = () => {}

  /**
   * When there are more, all are forgotten: the log still has them, and the gap makes the folders read it.
   *
   * @param limit     commits kept
   * @param maxBytes  of payloads kept
   */
  constructor(limit: number, maxBytes: number) {
    this.#limit = limit
    this.#maxBytes = maxBytes
  }

  /** What was told before is not kept twice. */
  add({ commits, head }: LedgerBatch): void {
    if (this.#commits.length > this.#limit || this.#bytes > this.#maxBytes) {
      this.#commits = []
      this.#bytes = 0
    }
    const last = this.#commits.at(-1)?.position ?? -1
    for (const commit of commits) {
      if (commit.position <= last) continue
      this.#commits.push(commit)
      this.#bytes += bytesOf(commit)
    }
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
    const folded = this.#commits.filter((commit) => commit.position <= last)
    this.#commits = this.#commits.slice(folded.length)
    for (const commit of folded) this.#bytes -= bytesOf(commit)
  }

  stop(): void {
    this.#stopped = true
    this.#wake()
  }
}

function bytesOf({ events }: LedgerCommit): number {
  let bytes = 0
  for (const { parts } of events) for (const part of parts) if (!part.erased) bytes += part.bytes.length
  return bytes
}
