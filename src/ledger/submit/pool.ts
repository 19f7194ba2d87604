/**
 * Threads that check signed commits: as many as there are cores, started by the first job. Whatever waits when a thread is free goes to it
 * together, shared out among the free ones.
 */
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { LedgerFault } from '../types.ts'
import { type Job, type JobResult, jobBytes, packJobs, unpackResults } from './jobs.ts'

type Pending = { readonly job: Job; readonly done: (result: JobResult) => void; readonly failed: (reason: unknown) => void }
type Thread = { readonly worker: Worker; busy: readonly Pending[] }

const MOST_THREADS = 8
/** Jobs that a thread takes at once: few enough that their results are on their way to the disk while the next are checked. */
const MOST_JOBS = 128
const MOST_BYTES = 4 * 1024 * 1024

export class CheckPool {
  readonly #kek: Uint8Array
  readonly #size: number
  #threads: Thread[] = []
  #waiting: Pending[] = []
  #due = false
  #closed = false

  /** @param kek  the instance's key encryption key, 32 bytes */
  constructor(kek: Uint8Array, size: number = Math.min(availableParallelism(), MOST_THREADS)) {
    this.#kek = kek
    this.#size = size
  }

  /** @throws {LedgerFault} RETRY_LATER when the thread died, GIVE_UP when the pool is closed */
  check(job: Job): Promise<JobResult> {
    if (this.#closed) return Promise.reject(new LedgerFault('GIVE_UP', 'The ledger is closed.'))
    return new Promise((done, failed) => {
      this.#waiting.push({ job, done, failed })
      if (this.#due) return
      this.#due = true
      setImmediate(() => {
        this.#due = false
        this.#share()
      })
    })
  }

  async close(): Promise<void> {
    this.#closed = true
    const threads = this.#threads
    this.#threads = []
    for (const { failed } of [...this.#waiting.splice(0), ...threads.flatMap(({ busy }) => busy)])
      failed(new LedgerFault('GIVE_UP', 'The ledger is closed.'))
    await Promise.all(threads.map(({ worker }) => worker.terminate()))
  }

  #share(): void {
    while (!this.#closed && this.#threads.length < this.#size && this.#waiting.length > 0) this.#threads.push(this.#start())
    const free = this.#threads.filter(({ busy }) => busy.length === 0)
    for (const [i, thread] of free.entries()) {
      if (this.#waiting.length === 0) return
      this.#hand(thread, Math.ceil(this.#waiting.length / (free.length - i)))
    }
  }

  #hand(thread: Thread, most: number): void {
    let count = 0
    for (let bytes = 0; count < Math.min(most, MOST_JOBS) && bytes < MOST_BYTES; count++) {
      const next = this.#waiting[count]
      if (next === undefined) break
      bytes += jobBytes(next.job)
    }
    const jobs = this.#waiting.splice(0, count)
    thread.busy = jobs
    const packed = packJobs(jobs.map(({ job }) => job))
    thread.worker.postMessage(packed, [packed.buffer])
  }

  #start(): Thread {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: { kek: this.#kek } })
    const thread: Thread = { worker, busy: [] }
    worker.unref()
    worker.on('message', (bytes: Uint8Array) => {
      const jobs = thread.busy
      thread.busy = []
      this.#share()
      const results = unpackResults(
        bytes,
        jobs.map(({ job }) => job),
      )
      for (const [i, { done, failed }] of jobs.entries()) {
        const result = results[i]
        if (result === undefined) failed(lost())
        else done(result)
      }
    })
    worker.on('error', (cause) => this.#lose(thread, cause))
    return thread
  }

  /** Another thread takes its place when there is more to do. */
  #lose(thread: Thread, cause: unknown): void {
    this.#threads = this.#threads.filter((other) => other !== thread)
    for (const { failed } of thread.busy) failed(lost(cause))
    this.#share()
  }
}

const lost = (cause?: unknown): LedgerFault => new LedgerFault('RETRY_LATER', 'The thread that checked this commit ended.', undefined, cause)
