/**
 * The runner: follows the log and keeps every projection's rows up to date, in order, whole commits at a time.
 *
 * Live batches arrive from the ledger in memory; what was missed is read. All projections see the same decoded batch, each in its own
 * transaction, and the next batch is everything that waited meanwhile: under load batches grow, at rest a commit is visible in milliseconds.
 */
import { setTimeout as delay } from 'node:timers/promises'
import type pg from 'pg'
import type { LedgerBatch } from '../ledger/types.ts'
import { access } from './access/projection.ts'
import { Backlog, type Waiting } from './backlog.ts'
import { BATCH, Batch, batches, type Log } from './batch.ts'
import type { Change } from './changes.ts'
import { conversationsProjection } from './conversations/projection.ts'
import { codeHash } from './cursor.ts'
import { Folder, ProjectionFault } from './folder.ts'
import { memoriesProjection } from './memories/projection.ts'
import type { Projection } from './projection.ts'
import { RowCipher } from './row-cipher.ts'
import { social } from './social/projection.ts'
import { statisticsDue } from './statistics.ts'
import { Waiters } from './waiters.ts'

/** `rowKey`: 32 bytes that sealed columns are sealed under, see row-cipher.ts. */
export type FollowedLog = Log & { readonly rowKey: Uint8Array; follow(listener: (batch: LedgerBatch) => void): () => void }

export type ProjectionLog = (level: 'debug' | 'info' | 'warn' | 'error', message: string, fields?: Readonly<Record<string, unknown>>) => void

export type ProjectionsOptions = {
  readonly pool: pg.Pool
  readonly ledger: FollowedLog
  readonly projections?: readonly Projection[]
  readonly log?: ProjectionLog
}

export type ProjectionStatus = {
  readonly name: string
  readonly version: number
  /** Commits folded. */
  readonly position: number
  /** Hex; over the leaves of those commits. */
  readonly root: string
  /** Hex; of the code that made the rows. */
  readonly codeHash: string
  /** The root is the log's root at that size. */
  readonly proven: boolean
  /** Commits not yet folded. */
  readonly lag: number
  /** Events whose data could not be stored; see the table `parked`. */
  readonly parked: number
  /** Why it stopped; null while it works. */
  readonly halted: string | null
}

/** Told after every batch of a rebuild: `size` of `total` commits are folded into the projections of these names. */
export type RebuildProgress = { readonly name: string; readonly size: number; readonly total: number }

/** Every projection of an instance. */
export function allProjections(rowKey: Uint8Array): readonly Projection[] {
  const cipher = new RowCipher(rowKey)
  return [social, access, conversationsProjection(cipher), memoriesProjection(cipher)]
}

const RETRY_MS = [50, 200, 1000, 5000] as const

/** More waiting commits than this, or more payload, are dropped and read again later: memory is bounded, the log is not. */
const MAX_WAITING = 20 * BATCH
const MAX_WAITING_BYTES = 32 * 1024 * 1024

export class Projections {
  readonly #log: Log
  readonly #pool: pg.Pool
  readonly #tell: ProjectionLog
  readonly #folders: Folder[]
  readonly #waiters = new Waiters()
  readonly #listeners = new Set<(changes: readonly Change[]) => void>()
  readonly #backlog = new Backlog(MAX_WAITING, MAX_WAITING_BYTES)
  #closed = false
  #loop: Promise<void> = Promise.resolve()
  #unfollow: () => void = () => {}
  /** Held by whoever moves cursors: the loop for a batch, a rebuild for its last step. */
  #turn: Promise<unknown> = Promise.resolve()
  #rebuilding: Promise<unknown> = Promise.resolve()
  #analyzing: Promise<unknown> = Promise.resolve()
  #analyzed = 0

  private constructor(log: Log, pool: pg.Pool, folders: Folder[], tell: ProjectionLog) {
    this.#log = log
    this.#pool = pool
    this.#folders = folders
    this.#tell = tell
  }

  /** Creates what is missing, replays what is behind, then follows. A projection whose proof fails is halted, not served as true: see `status`. */
  static async open({ pool, ledger, projections = allProjections(ledger.rowKey), log = () => {} }: ProjectionsOptions): Promise<Projections> {
    const folders: Folder[] = []
    try {
      for (const projection of projections) folders.push(await Folder.open(projection, ledger, connectionOf(pool)))
      const opened = new Projections(ledger, pool, folders, log)
      opened.#unfollow = ledger.follow((batch) => opened.#backlog.add(batch))
      await opened.#start()
      opened.#loop = opened.#run()
      return opened
    } catch (error) {
      await Promise.all(folders.map((folder) => folder.close()))
      throw error
    }
  }

  /**
   * True once the rows of every projection include the commit at `position`; false after `timeoutMs`, or when a projection is halted.
   * Waits for that commit only, never for the end of the log.
   */
  async waitFor(position: number, timeoutMs = 2000): Promise<boolean> {
    if (this.#folders.some((folder) => folder.halted !== null)) return false
    return this.#size() > position || (await this.#waiters.wait(position, timeoutMs))
  }

  /** Calls the listener with what each batch changed, after all projections have it. @returns a function that ends this */
  onChanges(listener: (changes: readonly Change[]) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /**
   * Makes the rows again from the whole log, beside the ones being read, and swaps them in when they are complete: readers see no gap.
   *
   * @param name  one projection, or all
   * @throws {RangeError} when there is no projection of that name
   */
  async rebuild(name?: string, onProgress: (progress: RebuildProgress) => void = () => {}): Promise<void> {
    const chosen = this.#folders.filter((folder) => name === undefined || folder.projection.name === name)
    if (chosen.length === 0)
      throw new RangeError(`there is no projection ${JSON.stringify(name)}; there are ${this.#folders.map((f) => f.projection.name).join(', ')}`)
    const run = this.#rebuilding.then(() =>
      this.#rebuildAll(
        chosen.map(({ projection }) => projection),
        onProgress,
      ),
    )
    this.#rebuilding = run.catch(() => {})
    await run
  }

  async status(): Promise<ProjectionStatus[]> {
    const { size } = this.#log.head()
    return await Promise.all(
      this.#folders.map(async (folder) => ({
        name: folder.projection.name,
        version: folder.projection.version,
        position: folder.size,
        root: Buffer.from(folder.root).toString('hex'),
        codeHash: folder.codeHash.toString('hex'),
        proven: folder.halted === null && Buffer.compare(folder.root, await this.#log.rootAt(folder.size)) === 0,
        lag: Math.max(0, size - folder.size),
        parked: folder.parked,
        halted: folder.halted?.message ?? null,
      })),
    )
  }

  /** Finishes the batch in hand and lets go of the database. */
  async close(): Promise<void> {
    this.#closed = true
    this.#unfollow()
    this.#backlog.stop()
    await this.#rebuilding
    await this.#loop
    await this.#analyzing
    this.#waiters.giveUp()
    await Promise.all(this.#folders.map((folder) => folder.close()))
  }

  /** Commits that all projections have folded. */
  #size(): number {
    return Math.min(...this.#folders.map((folder) => folder.size))
  }

  async #start(): Promise<void> {
    const { size } = this.#log.head()
    const before = this.#folders.map((folder) => folder.size)
    for (const { codeHash: made, projection } of this.#folders) {
      if (!made.equals(codeHash(projection))) {
        this.#tell('warn', 'a projection was made by other code of the same version: rebuild it', { projection: projection.name })
      }
    }
    await replay(this.#log, this.#folders, size)
    for (const [n, folder] of this.#folders.entries()) {
      await folder.index()
      if (folder.halted !== null) this.#halted(folder.halted)
      else if (statisticsDue(before[n] ?? 0, size)) await folder.analyze()
    }
    this.#analyzed = size
  }

  async #run(): Promise<void> {
    let failures = 0
    for (let waiting = await this.#backlog.next(BATCH); waiting !== null; waiting = await this.#backlog.next(BATCH)) {
      const batch = waiting
      try {
        await this.#inTurn(() => this.#step(batch))
        this.#backlog.drop(batch)
        failures = 0
      } catch (error) {
        this.#tell('warn', 'a projection could not be written; trying again', { error: String(error) })
        await delay(RETRY_MS[Math.min(failures++, RETRY_MS.length - 1)], undefined, { ref: false })
      }
    }
  }

  /** Folds what waits into every projection. Those that have it already, from a try that failed for another, pass over it. */
  async #step({ commits, head }: Waiting): Promise<void> {
    const batch = new Batch(commits, head)
    const outcomes = await Promise.allSettled(this.#folders.map((folder) => this.#advance(folder, batch)))
    this.#publish(outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? outcome.value : [])))
    this.#waiters.reached(this.#size())
    this.#refreshStatistics()
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
  }

  async #advance(folder: Folder, batch: Batch): Promise<Change[]> {
    if (folder.halted !== null) return []
    const changes = await folder.advance(batch)
    if (folder.halted !== null) this.#halted(folder.halted)
    return changes
  }

  #halted(fault: ProjectionFault): void {
    this.#tell('error', fault.message)
    this.#waiters.giveUp()
  }

  /** Beside the work, on another connection. */
  #refreshStatistics(): void {
    const size = this.#size()
    if (!statisticsDue(this.#analyzed, size)) return
    this.#analyzed = size
    const tables = this.#folders.flatMap(({ projection: { name, tables } }) => tables.map((table) => `${name}.${table}`))
    this.#analyzing = this.#pool
      .query(`analyze ${tables.join(', ')}`)
      .catch((error: unknown) => this.#tell('debug', 'no fresh statistics', { error: String(error) }))
  }

  #publish(changes: readonly Change[]): void {
    if (changes.length === 0) return
    for (const listener of this.#listeners) {
      try {
        listener(changes)
      } catch (error) {
        this.#tell('error', 'a listener of changes failed', { error: String(error) })
      }
    }
  }

  /** All in one pass over the log. They are swapped in one after the other, and what fails before that leaves no trace. */
  async #rebuildAll(projections: readonly Projection[], onProgress: (progress: RebuildProgress) => void): Promise<void> {
    const shadows: Folder[] = []
    const follow = async (): Promise<void> => {
      const total = this.#log.head().size
      await replay(this.#log, shadows, total, () => {
        if (this.#closed) throw new ProjectionFault('closed before the rebuild was done')
        onProgress({ name: projections.map(({ name }) => name).join(', '), size: Math.min(...shadows.map(({ size }) => size)), total })
      })
      for (const { halted } of shadows) if (halted !== null) throw halted
    }
    try {
      for (const projection of projections) shadows.push(await Folder.open(projection, this.#log, connectionOf(this.#pool), 'shadow'))
      await follow()
      for (const shadow of shadows) {
        await shadow.index()
        await shadow.analyze()
      }
      await this.#inTurn(async () => {
        await follow()
        for (const shadow of shadows) await this.#swapIn(shadow)
      })
    } catch (error) {
      for (const shadow of shadows) if (!this.#folders.includes(shadow)) await shadow.discard()
      throw error
    }
  }

  async #swapIn(shadow: Folder): Promise<void> {
    await shadow.publish()
    const index = this.#folders.findIndex((folder) => folder.projection.name === shadow.projection.name)
    const [replaced] = this.#folders.splice(index, 1, shadow)
    await replaced?.close()
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work)
    this.#turn = turn.catch(() => {})
    return turn
  }
}

/** Folds into all of them what is missing below `size`, each commit read once. @param onBatch  called after every batch */
async function replay(log: Log, folders: readonly Folder[], size: number, onBatch: () => void = () => {}): Promise<void> {
  const behind = () => folders.filter((folder) => folder.halted === null && folder.size < size)
  const from = Math.min(...behind().map((folder) => folder.size))
  let range = behind().find((folder) => folder.size === from)?.range
  const prepare = (batch: Batch) => {
    range = range === undefined ? range : batch.extend(range)
    for (const { projection } of folders) projection.prepare?.(batch.events)
  }
  for await (const batch of batches(log, from, size, prepare)) {
    await Promise.all(behind().map((folder) => folder.replay(batch)))
    onBatch()
    if (behind().length === 0) return
  }
}

/** What the pool connects with; its password is not enumerable. */
const connectionOf = ({ options }: pg.Pool): pg.ClientConfig => ({ ...options, password: options.password })
