/**
 * Signatures and payloads, checked beside the reading: packed into slabs and handed to as many threads as there are cores, never more at a
 * time than fit in memory. A log too short to fill a slab is checked on this thread and starts no other.
 */
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import {
  type CommitCheck,
  decideAll,
  type NoteCheck,
  type PackedCheck,
  type PartCheck,
  packCommit,
  packedBytes,
  packNote,
  packPart,
  putCheck,
  VERDICT,
} from './check-batch.ts'
import type { Decided, Slab } from './check-worker.ts'

/** Called later, with what is wrong, or null. */
export type OnDecided = (problem: string | null) => void

type Batch = { readonly decided: readonly OnDecided[]; readonly slab: ArrayBuffer; readonly count: number }
type Thread = { readonly worker: Worker; readonly busy: Batch[] }

const SLAB = 1024 * 1024
const FIRST_SLAB = 16 * 1024
const CHECKS = 1024
const MOST_THREADS = 8
/** A thread always has the next slab waiting, and reading stops when all have. */
const PER_THREAD = 2

export class Checks {
  readonly #threads: Thread[] = []
  readonly #free: ArrayBuffer[] = []
  #slab = Buffer.alloc(0)
  #at = 0
  #decided: OnDecided[] = []
  /** Slabs that are full while every thread has enough. */
  readonly #waiting: Batch[] = []
  #failure: Error | null = null
  #settled: (() => void) | null = null

  /** Begins one check of the author's signature. */
  commit(check: CommitCheck, onDecided: OnDecided): void {
    this.#add(packCommit(check), onDecided)
  }

  /** Begins one check of a signature on a checkpoint. */
  note(check: NoteCheck, onDecided: OnDecided): void {
    this.#add(packNote(check), onDecided)
  }

  /** Begins one check of a payload. */
  part(check: PartCheck, onDecided: OnDecided): void {
    this.#add(packPart(check), onDecided)
  }

  /** Null while there is room for more, otherwise a promise of room. */
  room(): Promise<void> | null {
    return this.#waiting.length === 0 ? null : this.#until(() => this.#waiting.length === 0)
  }

  /** Resolves when all have been decided. @throws what broke in a thread: no verdict, but a fault of this machine */
  async all(): Promise<void> {
    if (this.#threads.length === 0) this.#here()
    else this.#seal()
    await this.#until(() => this.#waiting.length === 0 && this.#threads.every(({ busy }) => busy.length === 0))
  }

  /** Ends the threads, whatever they are doing. */
  async close(): Promise<void> {
    await Promise.all(this.#threads.splice(0).map(({ worker }) => worker.removeAllListeners('exit').terminate()))
  }

  #add(check: PackedCheck, onDecided: OnDecided): void {
    const bytes = packedBytes(check)
    if (this.#decided.length >= CHECKS || this.#at + bytes > SLAB) this.#seal()
    if (this.#at + bytes > this.#slab.length) this.#grow(this.#at + bytes)
    this.#at = putCheck(this.#slab, this.#at, check)
    this.#decided.push(onDecided)
  }

  /** The first slab of all grows with the log, which may be short; later ones are whole at once. A check too large for any has one to itself. */
  #grow(bytes: number): void {
    const isFirst = this.#threads.length === 0
    const size = Math.max(bytes, isFirst ? Math.min(SLAB, Math.max(FIRST_SLAB, 2 * this.#slab.length)) : SLAB)
    const grown = Buffer.from(size === SLAB ? (this.#free.pop() ?? new ArrayBuffer(SLAB)) : new ArrayBuffer(size))
    grown.set(this.#slab.subarray(0, this.#at))
    this.#slab = grown
  }

  /** The slab is full, or nothing more will come. */
  #seal(): void {
    if (this.#decided.length === 0) return
    this.#waiting.push({ decided: this.#decided, slab: this.#slab.buffer, count: this.#decided.length })
    this.#decided = []
    this.#at = 0
    this.#slab = Buffer.alloc(0)
    this.#dispatch()
  }

  #here(): void {
    tell(this.#decided, decideAll(this.#slab, this.#decided.length))
    this.#decided = []
    this.#at = 0
  }

  #dispatch(): void {
    for (;;) {
      const thread = this.#idlest()
      const batch = thread === null ? undefined : this.#waiting.shift()
      if (thread === null || batch === undefined) return
      thread.busy.push(batch)
      thread.worker.postMessage({ slab: batch.slab, count: batch.count } satisfies Slab, [batch.slab])
    }
  }

  /** The thread with the least to do, a new one while there are cores; null when all have enough. */
  #idlest(): Thread | null {
    const [thread] = this.#threads.toSorted((a, b) => a.busy.length - b.busy.length)
    if (thread !== undefined && thread.busy.length === 0) return thread
    if (this.#threads.length < Math.min(MOST_THREADS, availableParallelism())) return this.#start()
    return thread !== undefined && thread.busy.length < PER_THREAD ? thread : null
  }

  #start(): Thread {
    const worker = new Worker(new URL('./check-worker.ts', import.meta.url))
    const thread: Thread = { worker, busy: [] }
    worker.on('message', (decided: Decided) => this.#take(thread, decided))
    worker.on('error', (error: Error) => this.#fail(error))
    worker.on('exit', (code) => this.#fail(new Error(`a thread of the audit ended with code ${code}`)))
    this.#threads.push(thread)
    return thread
  }

  #take(thread: Thread, { slab, verdicts }: Decided): void {
    const batch = thread.busy.shift()
    if (slab.byteLength === SLAB) this.#free.push(slab)
    if (batch !== undefined) tell(batch.decided, verdicts)
    this.#dispatch()
    this.#settled?.()
  }

  #fail(error: Error): void {
    this.#failure ??= error
    this.#settled?.()
  }

  async #until(reached: () => boolean): Promise<void> {
    while (!reached() && this.#failure === null) {
      await new Promise<void>((resolve) => {
        this.#settled = resolve
      })
    }
    if (this.#failure !== null) throw this.#failure
  }
}

function tell(decided: readonly OnDecided[], verdicts: Uint8Array): void {
  for (const [i, onDecided] of decided.entries()) onDecided(problemOf(verdicts[i]))
}

/** No verdict at all is no good one. */
function problemOf(verdict: number | undefined): string | null {
  const problem = PROBLEMS[verdict ?? VERDICT.wrong]
  return problem === undefined ? 'could not be checked' : problem
}

/** By verdict; the first is none. */
const PROBLEMS: readonly (string | null)[] = [
  null,
  'is not by this key',
  'does not open: it or its key was altered',
  'is not what was signed',
  'is not of the size class that was signed',
]
