/**
 * Signatures and payloads, checked beside the reading: packed into slabs and handed to as many threads as there are cores, never more at a
 * time than fit in memory. A log too short to fill a slab is checked on this thread and starts no other.
 */
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { checkBytes, decideAll, type PartCheck, putPart, putSignature, type SignatureCheck, VERDICT } from './check-batch.ts'
import type { Decided, Slab } from './check-worker.ts'

type Batch = { readonly decide: readonly ((verdict: number) => void)[]; readonly slab: ArrayBuffer; readonly count: number }
type Thread = { readonly worker: Worker; readonly busy: Batch[] }

const SLAB = 256 * 1024
const CHECKS = 256
const MOST_THREADS = 8
/** A thread always has the next slab waiting, and reading stops when all have. */
const PER_THREAD = 2

export class Checks {
  readonly #threads: Thread[] = []
  readonly #free: ArrayBuffer[] = []
  #slab = Buffer.alloc(0)
  #at = 0
  #decide: ((verdict: number) => void)[] = []
  /** Slabs that are full while every thread has enough. */
  readonly #waiting: Batch[] = []
  #failure: Error | null = null
  #settled: (() => void) | null = null
  #valid = 0

  /** How many signatures were found valid. */
  get valid(): number {
    return this.#valid
  }

  /** Begins one check; `onFalse` is called later if it fails. */
  signature(check: SignatureCheck, onFalse: () => void): void {
    this.#at = putSignature(this.#room(check.publicKey, check.signature, check.message), this.#at, check)
    this.#add((verdict) => {
      if (verdict === VERDICT.right) this.#valid++
      else onFalse()
    })
  }

  /** Begins one check; `onDecided` is called later, with what is wrong or null. */
  part(check: PartCheck, onDecided: (problem: string | null) => void): void {
    this.#at = putPart(this.#room(check.commitment, check.key, check.ciphertext), this.#at, check)
    this.#add((verdict) => onDecided(partProblem(verdict, check.sizeClass)))
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

  /** A slab in which there is room for a check of these fields. */
  #room(a: Uint8Array, b: Uint8Array, c: Uint8Array): Buffer {
    const bytes = checkBytes(a, b, c)
    if (this.#decide.length >= CHECKS || this.#at + bytes > this.#slab.length) {
      this.#seal()
      this.#slab = Buffer.from(bytes > SLAB ? new ArrayBuffer(bytes) : (this.#free.pop() ?? new ArrayBuffer(SLAB)))
    }
    return this.#slab
  }

  #add(decide: (verdict: number) => void): void {
    this.#decide.push(decide)
  }

  /** The slab is full, or nothing more will come. */
  #seal(): void {
    if (this.#decide.length === 0) return
    this.#waiting.push({ decide: this.#decide, slab: this.#slab.buffer, count: this.#decide.length })
    this.#decide = []
    this.#at = 0
    this.#slab = Buffer.alloc(0)
    this.#dispatch()
  }

  #here(): void {
    const verdicts = decideAll(this.#slab, this.#decide.length)
    for (const [i, decide] of this.#decide.splice(0).entries()) decide(verdicts[i] ?? VERDICT.false)
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
    for (const [i, decide] of (batch?.decide ?? []).entries()) decide(verdicts[i] ?? VERDICT.false)
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

function partProblem(verdict: number, sizeClass: number): string | null {
  switch (verdict) {
    case VERDICT.right:
      return null
    case VERDICT.sealed:
      return 'does not open: it or its key was altered'
    case VERDICT.size:
      return `is not of the size class that was signed, ${sizeClass}`
    default:
      return 'is not what was signed'
  }
}
