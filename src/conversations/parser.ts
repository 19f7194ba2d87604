/** Reads an archive in a thread of its own, and gives what it finds as fast as it is taken: a parser that hangs or eats memory is ended, not the instance. */
import { Worker } from 'node:worker_threads'
import type { SkipReason } from '../events/conversations.ts'
import { ArchiveError } from './archive/archive-error.ts'
import type { Found } from './found.ts'
import type { ReadBy } from './recorder.ts'

export type ParserTask = {
  readonly file: string
  readonly name: string
  readonly sha256: string
  readonly workDir: string
  /** Names of importers or providers; null: all. */
  readonly only: readonly string[] | null
}

export type FromParser =
  /** Unpacked bytes of all that will be read. */
  | { readonly is: 'plan'; readonly bytes: number; readonly importers: readonly string[] }
  | { readonly is: 'found'; readonly by: ReadBy; readonly founds: readonly Found[]; readonly bytesRead: number }
  | { readonly is: 'done' }
  /** `reason` null: a bug of ours. */
  | { readonly is: 'failed'; readonly reason: SkipReason | null; readonly detail: string }

/** An archive to read, or: one more batch may come. */
export type ToParser = ParserTask | 'more'

/** Founds and characters of one batch, and how many may wait to be taken. */
export const BATCH = { founds: 100, size: 500_000, underWay: 4 } as const

/** Megabytes: a record of 64 MiB as text, as a tree and as a copy on its way fits; more is a bug or an attack. */
const LIMITS = { maxOldGenerationSizeMb: 1_024, maxYoungGenerationSizeMb: 8 }

/** How long a thread that has nothing to do stays, in milliseconds: loading its code takes longer than reading a small archive. */
const IDLE_MS = 20_000

/** One archive at a time. */
export class Parser {
  #thread: Thread | null = null
  #idle: NodeJS.Timeout | undefined

  /** @throws {ArchiveError} when there is nothing that can be read; the reason of `signal` */
  async *parse(task: ParserTask, signal: AbortSignal): AsyncGenerator<Exclude<FromParser, { readonly is: 'done' | 'failed' }>> {
    signal.throwIfAborted()
    clearTimeout(this.#idle)
    const thread = (this.#thread ??= new Thread())
    const stop = () => thread.fail(signal.reason)
    signal.addEventListener('abort', stop)
    let isDone = false
    try {
      thread.tell(task)
      for (;;) {
        const message = await thread.next()
        isDone = message.is === 'done' || message.is === 'failed'
        if (message.is === 'done') return
        if (message.is === 'failed') throw new ArchiveError(message.reason ?? 'unreadable', message.detail)
        yield message
        if (message.is === 'found') thread.tell('more')
      }
    } finally {
      signal.removeEventListener('abort', stop)
      if (isDone) this.#rest()
      else await this.close()
    }
  }

  #rest(): void {
    this.#idle = setTimeout(() => void this.close(), IDLE_MS)
    this.#idle.unref()
  }

  async close(): Promise<void> {
    clearTimeout(this.#idle)
    const thread = this.#thread
    this.#thread = null
    await thread?.end()
  }
}

/** The thread, and what it sent, in order; or why nothing more will come. */
class Thread {
  readonly #worker = new Worker(new URL('./parse-worker.ts', import.meta.url), { resourceLimits: LIMITS })
  readonly #messages: FromParser[] = []
  #failure: { readonly error: unknown } | null = null
  #wake: () => void = () => {}

  constructor() {
    this.#worker.on('message', (message: FromParser) => {
      this.#messages.push(message)
      this.#wake()
    })
    this.#worker.on('error', (error: Error & { readonly code?: string }) => this.fail(ended(error)))
    this.#worker.on('exit', (code) => this.fail(new ArchiveError('unreadable', `the parser ended unexpectedly (${code})`)))
    this.#worker.unref() // who waits for it keeps the process
  }

  tell(message: ToParser): void {
    this.#worker.postMessage(message, [])
  }

  fail(error: unknown): void {
    this.#failure ??= { error }
    this.#wake()
  }

  async next(): Promise<FromParser> {
    this.#worker.ref()
    try {
      for (;;) {
        const message = this.#messages.shift()
        if (message !== undefined) return message
        if (this.#failure !== null) throw this.#failure.error
        await new Promise<void>((resolve) => {
          this.#wake = resolve
        })
      }
    } finally {
      this.#worker.unref()
    }
  }

  async end(): Promise<void> {
    await this.#worker.terminate()
  }
}

const ended = (error: Error & { readonly code?: string }): Error =>
  error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? new ArchiveError('too-large', 'reading it took more memory than an import may have', error) : error
