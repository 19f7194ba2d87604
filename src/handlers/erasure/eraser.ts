/**
 * The eraser: follows the log, and takes out of the database what was deleted. Rows go with the deletion itself, in the projections; here go the
 * payloads, by warrants that the instance signs.
 *
 * It waits until a deletion has had its effects, so that whoever must be told of it still can be. It may be killed at any step: what was not
 * erased is found again by its cursor, what was erased is seen to be gone. Deletions of people elsewhere can be sent by anybody and cost a reading
 * of the log each, so they are gathered for some minutes.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import { recorded, recordedEvents } from '../../events/codec.ts'
import type { LedgerBatch, LedgerCommit } from '../../ledger/types.ts'
import { type AccountDeletion, forgetPending, loadCursor, loadPending, markErased, type Pending, saveCursor } from './cursor.ts'
import { assetsIn, before, type Deletion, deletes, deletionsIn, evidenceIn, type Ground, partsOf } from './deletions.ts'
import { erasePeople, type ReadLedger } from './people.ts'
import { Warrants } from './warrants.ts'

/** What erasing needs of the ledger; `Ledger` satisfies it. */
export type EraserLedger = ReadLedger & {
  follow(follower: (batch: LedgerBatch) => void): () => void
  streamName(kind: string, key: string): string
}

export type EraserDeps = {
  readonly ledger: EraserLedger
  readonly pool: pg.Pool
  /** True once the deletion at `position` had its effects: rows are gone, other servers are being told. False when that takes longer. */
  readonly settled: (position: number) => Promise<boolean>
  /** True of an upload that is in a post all the same: the post was faster than the deletion. */
  readonly isShown: (mediaId: string) => Promise<boolean>
  /** True while something that the account's keys sign still waits to be sent. */
  readonly owes: (accountId: string) => Promise<boolean>
  /** Destroys every private key of an account of this instance. */
  readonly destroyKeys: (accountId: string) => Promise<void>
  /** Removes uploads from the disk; names that are none of ours are left alone. */
  readonly removeFiles: (names: readonly string[]) => Promise<void>
  /** Removes files of conversations, which are sealed under keys that go with their events. Those that are gone are no matter. */
  readonly removeAssets: (files: readonly string[]) => Promise<void>
  readonly now: () => number
  readonly log: (level: 'info' | 'warn', message: string, fields?: Readonly<Record<string, unknown>>) => void
  /** How long deletions of people elsewhere are gathered, ms. */
  readonly gatherMs?: number
  /** Pause before what failed is tried again, ms; longer each time. */
  readonly retryMs?: number
}

export type Progress = (done: number, total: number) => void

/** Commits read at once, deletions taken on together, commits passed over before the cursor is saved although nothing was deleted. */
const PAGE = 500
const TOGETHER = 256
const SAVE_EVERY = 4_096
const GATHER_MS = 10 * 60_000
const RETRY_MS = 1_000
const LONGEST_RETRY_MS = 60_000
/** Between two looks at what will be true soon; after each page of what was missed, so that others come to their turn. */
const LOOK_MS = 25
/** Until it is said that a deletion has not had its effects. */
const COMPLAIN_MS = 60_000

/** Begins to follow. */
export async function startEraser(deps: EraserDeps): Promise<Eraser> {
  return new Eraser(deps, await loadCursor(deps.pool), await loadPending(deps.pool))
}

export class Eraser {
  readonly #deps: EraserDeps
  readonly #closing = new AbortController()
  readonly #unfollow: () => void
  readonly #running: Promise<void>
  /** Deletions that nobody has looked at, in order: all there are before `#seen`, once what was missed is caught up. */
  readonly #waiting: Deletion[] = []
  #seen: number
  /** Everything deleted before this position is erased, or pending. */
  #done: number
  #saved: number
  #pending: Pending[]
  #gathered = Number.NEGATIVE_INFINITY
  #progress: Parameters<Progress> = [0, 0]
  #wake: () => void = () => {}

  /** See {@link startEraser}. */
  constructor(deps: EraserDeps, cursor: number, pending: readonly Pending[]) {
    this.#deps = deps
    this.#pending = [...pending]
    this.#done = this.#saved = cursor
    this.#unfollow = deps.ledger.follow(({ commits, head }) => this.#note(commits, head.size))
    this.#seen = deps.ledger.head().size
    this.#running = this.#run(this.#seen)
  }

  /** True once what the deletion at `position` lets go is erased; false when the eraser is closed before. @param onProgress  entries read */
  async finished(position: number, onProgress: Progress = () => {}): Promise<boolean> {
    while (!this.#closing.signal.aborted) {
      if (this.#done > position && !this.#pending.some((account) => account.position === position && !account.erased)) return true
      onProgress(...this.#progress)
      await this.#pause(LOOK_MS)
    }
    return false
  }

  async close(): Promise<void> {
    this.#unfollow()
    this.#closing.abort()
    this.#wake()
    await this.#running
    if (this.#done > this.#saved) await saveCursor(this.#deps.pool, this.#done).catch(() => {}) // else the next start looks again
  }

  #note(commits: readonly LedgerCommit[], size: number): void {
    this.#waiting.push(...this.#deletionsIn(commits))
    this.#seen = size
    if (this.#waiting.length > 0 || size - this.#saved >= SAVE_EVERY) this.#wake()
  }

  #deletionsIn(commits: readonly LedgerCommit[]): Deletion[] {
    const streamName = (kind: string, key: string) => this.#deps.ledger.streamName(kind, key)
    return commits.filter(deletes).flatMap((commit) => deletionsIn(recordedEvents(commit), streamName))
  }

  async #run(seen: number): Promise<void> {
    await this.#persistently(() => this.#catchUp(seen))
    while (!this.#closing.signal.aborted) {
      const woken = new Promise<void>((resolve) => {
        this.#wake = resolve
      })
      await this.#persistently(() => this.#eraseWaiting())
      await this.#persistently(() => this.#eraseAccounts())
      if (this.#waiting.length === 0) await this.#rest(woken)
    }
  }

  /** Until there is something to do: also for accounts that are gathered, or whose keys still sign. */
  async #rest(woken: Promise<void>): Promise<void> {
    if (this.#pending.length === 0) return woken
    const over = new AbortController()
    const gathered = sleep(this.#gatherMs, undefined, { ref: false, signal: over.signal }).catch(() => {})
    await Promise.race([woken, gathered]).finally(() => over.abort())
  }

  /** What was deleted while nobody followed. */
  async #catchUp(to: number): Promise<void> {
    while (this.#done < to && !this.#closing.signal.aborted) {
      const commits = await this.#deps.ledger.read(this.#done, Math.min(PAGE, to - this.#done))
      if (commits.length === 0) throw new Error(`the log ends at ${this.#done}, expected ${to}`)
      await this.#erase(this.#deletionsIn(commits), this.#done + commits.length)
      await this.#pause(LOOK_MS)
    }
  }

  async #eraseWaiting(): Promise<void> {
    while (!this.#closing.signal.aborted) {
      const deletions = this.#waiting.slice(0, TOGETHER)
      const rest = this.#waiting[deletions.length]
      await this.#erase(deletions, rest?.position ?? this.#seen)
      this.#waiting.splice(0, deletions.length)
      if (deletions.length < TOGETHER) return
    }
  }

  /** @param next  where the cursor moves to */
  async #erase(deletions: readonly Deletion[], next: number): Promise<void> {
    const last = deletions.at(-1)
    if (last !== undefined) await this.#settled(last.position)
    const things = deletions.filter((deletion) => deletion.of === 'thing')
    const media = deletions.filter((deletion) => deletion.of === 'media')
    const shown = await Promise.all(media.map(({ id }) => this.#deps.isShown(id)))
    for (const [ground, group] of Map.groupBy(things, (thing) => thing.ground)) await this.#eraseStreams(group, ground)
    await this.#eraseStreams(
      media.filter((_, n) => shown[n] === false),
      'media-deleted',
    )
    const accounts = deletions.filter((deletion) => deletion.of === 'account')
    if (last !== undefined || next - this.#saved >= SAVE_EVERY) {
      await saveCursor(this.#deps.pool, next, accounts)
      this.#saved = next
    }
    for (const account of accounts) if (!this.#pending.some((one) => isSame(one, account))) this.#pending.push({ ...account, erased: false })
    this.#done = Math.max(this.#done, next)
  }

  /** As long as it takes, but not in silence: read tables that halted would keep what was deleted for ever. */
  async #settled(position: number): Promise<void> {
    let complaint = this.#deps.now() + COMPLAIN_MS
    while (!(await this.#deps.settled(position))) {
      this.#closing.signal.throwIfAborted()
      if (this.#deps.now() >= complaint) {
        this.#deps.log('warn', 'what was deleted is not erased yet: read tables or deliveries are behind', { position })
        complaint += COMPLAIN_MS
      }
      await this.#pause(LOOK_MS)
    }
  }

  async #eraseStreams(deletions: readonly Deletion[], ground: Exclude<Ground, 'account-deleted'>): Promise<void> {
    const { ledger, removeAssets } = this.#deps
    const warrants = new Warrants(ledger, ground)
    for (const deletion of deletions) {
      for (const stream of [deletion.stream, ...(deletion.of === 'thing' ? deletion.also : [])]) {
        const events = before(deletion, await ledger.readStream(stream))
        await removeAssets(events.flatMap((event) => assetsIn(recorded(event, 0)))) // the event is what names the file: it goes first
        for (const [position, own] of Map.groupBy(events, (event) => event.position)) {
          const [commit] = await ledger.read(position, 1)
          if (commit !== undefined) await warrants.add(commit.lane, [...own.flatMap(partsOf), ...evidenceIn(commit)])
        }
      }
    }
    await warrants.flush()
  }

  async #eraseAccounts(): Promise<void> {
    const { ledger, pool, now, log, removeFiles, removeAssets } = this.#deps
    const isGathered = now() - this.#gathered >= this.#gatherMs
    const due = this.#pending.filter(({ erased, local }) => !erased && (local || isGathered))
    if (due.length > 0) {
      if (due.some(({ local }) => !local)) this.#gathered = now()
      const onProgress: Progress = (...progress) => {
        this.#progress = progress
      }
      const at = new Date(now()).toISOString()
      await erasePeople(due, { ledger, signal: this.#closing.signal, at, onProgress, removeFiles, removeAssets })
      for (const account of due) await markErased(pool, account)
      this.#pending = this.#pending.map((one) => (due.includes(one) ? { ...one, erased: true } : one))
      log('info', 'deleted accounts were erased', { accounts: due.length })
    }
    for (const account of this.#pending.filter(({ erased }) => erased)) await this.#lockUp(account)
  }

  /** The keys go when nothing is left for them to sign. */
  async #lockUp(account: AccountDeletion): Promise<void> {
    const { owes, destroyKeys, pool } = this.#deps
    if (account.local && (await owes(account.id))) return
    if (account.local) await destroyKeys(account.id)
    await forgetPending(pool, account)
    this.#pending = this.#pending.filter((one) => !isSame(one, account))
  }

  /** Tries again until it works, less and less often: the database may be away, the ledger reloading or read-only. */
  async #persistently(work: () => Promise<void>): Promise<void> {
    for (let pause = this.#deps.retryMs ?? RETRY_MS; !this.#closing.signal.aborted; pause = Math.min(2 * pause, LONGEST_RETRY_MS)) {
      try {
        return await work()
      } catch (error) {
        if (this.#closing.signal.aborted) return
        this.#deps.log('warn', 'what was deleted could not be erased; trying again', { error: String(error) })
        await this.#pause(pause)
      }
    }
  }

  get #gatherMs(): number {
    return this.#deps.gatherMs ?? GATHER_MS
  }

  async #pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { ref: false, signal: this.#closing.signal }).catch(() => {})
  }
}

const isSame = (a: Deletion, b: Deletion): boolean => a.position === b.position && a.index === b.index
