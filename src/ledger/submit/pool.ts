/**
 * Threads that check signed commits: as many as there are cores, started by the first job. Whatever waits when a thread is free goes to it
 * together, shared out among the free ones.
 */
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { LedgerFault } from '../types.ts'
import { doJobs, type Job, type JobResult, jobBytes, packJobs, unpackResults } from './jobs.ts'

/** Jobs that were given together: `results` fills up, in whatever order threads finish. */
type Order = {
  readonly results: JobResult[]
  left: number
  readonly done: (results: readonly JobResult[]) => void
  readonly failed: (reason: unknown) => void
}
type Pending = { readonly job: Job; readonly order: Order; readonly at: number }
/** `packs`: what the thread was given and has not answered, in order. */
type Thread = { readonly worker: Worker; packs: (readonly Pending[])[] }

const MOST_THREADS = 8
/** While a thread works on one pack, the next one waits for it: it never waits for this thread. */
const MOST_PACKS = 2
/** Fewer jobs are not shared out: to wake a second thread costs more than it helps. */
const FEW_JOBS = 16
/** Jobs that a thread takes at once: few enough that their results are on their way to the disk while the next are checked. */
const MOST_JOBS = 128
/** A job up to this size is done on the calling thread when it is the only one. */
const ALONE_BYTES = 16_384
const MOST_BYTES = 4 * 1024 * 1024

export class CheckPool {
  readonly #kek: Uint8Array
  readonly #size: number
  #threads: Thread[] = []
  #waiting: Pending[] = []
  #watchers: { left: number; readonly resolve: () => void }[] = []
  #due = false
  #closed = false

  /** @param kek  the instance's key encryption key, 32 bytes */
  constructor(kek: Uint8Array, size: number = Math.min(availableParallelism(), MOST_THREADS)) {
    this.#kek = kek
    this.#size = size
  }

  /** The result of each job, in order. @throws {LedgerFault} RETRY_LATER when a thread died, GIVE_UP when the pool is closed */
  check(jobs: readonly Job[]): Promise<readonly JobResult[]> {
    if (this.#closed) return Promise.reject(new LedgerFault('GIVE_UP', 'The ledger is closed.'))
    if (jobs.length === 0) return Promise.resolve([])
    return new Promise((done, failed) => {
      const order: Order = { results: [], left: jobs.length, done, failed }
      for (const [at, job] of jobs.entries()) this.#waiting.push({ job, order, at })
      if (this.#due) return
      this.#due = true
      setImmediate(() => {
        this.#due = false
        this.#share()
      })
    })
  }

  /**
   * When the packs that threads work on now are answered and their answers have been taken further; null when there are none. What is about to
   * be sequenced is worth waiting for them when it is little: a batch costs as much as twenty commits.
   */
  settled(): Promise<void> | null {
    const left = this.#threads.reduce((sum, { packs }) => sum + packs.length, 0)
    return left === 0 ? null : new Promise((resolve) => this.#watchers.push({ left, resolve }))
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#answered(Number.POSITIVE_INFINITY)
    const threads = this.#threads
    this.#threads = []
    for (const { order } of [...this.#waiting.splice(0), ...threads.flatMap(({ packs }) => packs.flat())])
      order.failed(new LedgerFault('GIVE_UP', 'The ledger is closed.'))
    await Promise.all(threads.map(({ worker }) => worker.terminate()))
  }

  #share(): void {
    const [only] = this.#waiting
    if (only !== undefined && this.#waiting.length === 1 && this.#isIdle && jobBytes(only.job) < ALONE_BYTES) return this.#doAlone(only)
    while (!this.#closed && this.#threads.length < this.#size && this.#waiting.length > 0) this.#threads.push(this.#start())
    for (let packs = 0; packs < MOST_PACKS; packs++) {
      const free = this.#threads.filter((thread) => thread.packs.length === packs)
      for (const [i, thread] of free.entries()) {
        if (this.#waiting.length === 0) return
        this.#hand(thread, Math.max(FEW_JOBS, Math.ceil(this.#waiting.length / (free.length - i))))
      }
    }
  }

  get #isIdle(): boolean {
    return this.#threads.every(({ packs }) => packs.length === 0)
  }

  /** One small job, and nothing else to do: to hand it to a thread and back would take as long as doing it. */
  #doAlone({ job, order, at }: Pending): void {
    this.#waiting = []
    const [result] = unpackResults(doJobs(packJobs([job]), this.#kek), [job])
    if (result !== undefined) order.results[at] = result
    if (--order.left === 0) order.done(order.results)
  }

  #hand(thread: Thread, most: number): void {
    let count = 0
    for (let bytes = 0; count < Math.min(most, MOST_JOBS) && bytes < MOST_BYTES; count++) {
      const next = this.#waiting[count]
      if (next === undefined) break
      bytes += jobBytes(next.job)
    }
    const jobs = this.#waiting.splice(0, count)
    thread.packs.push(jobs)
    const packed = packJobs(jobs.map(({ job }) => job))
    thread.worker.postMessage(packed, [packed.buffer])
  }

  #start(): Thread {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: { kek: this.#kek } })
    const thread: Thread = { worker, packs: [] }
    worker.unref()
    worker.on('message', (bytes: Uint8Array) => {
      const jobs = thread.packs.shift() ?? []
      this.#share()
      const results = unpackResults(
        bytes,
        jobs.map(({ job }) => job),
      )
      for (const [i, { order, at }] of jobs.entries()) {
        const result = results[i]
        if (result === undefined) order.failed(lost())
        else order.results[at] = result
        if (--order.left === 0) order.done(order.results)
      }
      this.#answered(1)
    })
    worker.on('error', (cause) => this.#lose(thread, cause))
    return thread
  }

  #answered(packs: number): void {
    for (const watcher of this.#watchers) {
      watcher.left -= packs
      if (watcher.left <= 0) setImmediate(watcher.resolve) // after those who waited for the answers
    }
    this.#watchers = this.#watchers.filter(({ left }) => left > 0)
  }

  /** Another thread takes its place when there is more to do. */
  #lose(thread: Thread, cause: unknown): void {
    this.#threads = this.#threads.filter((other) => other !== thread)
    for (const { order } of thread.packs.flat()) order.failed(lost(cause))
    this.#answered(thread.packs.length)
    this.#share()
  }
}

const lost = (cause?: unknown): LedgerFault => new LedgerFault('RETRY_LATER', 'The thread that checked this commit ended.', undefined, cause)
