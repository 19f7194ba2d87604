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

/** Founds and characters of one batch, and how many may wait to be taken. */
export const BATCH = { founds: 100, size: 500_000, underWay: 4 } as const

/** Megabytes: a record of 64 MiB as text, as a tree and as a copy on its way fits; more is a bug or an attack. */
const LIMITS = { maxOldGenerationSizeMb: 1_024, maxYoungGenerationSizeMb: 16 }

/** @throws {ArchiveError} when there is nothing that can be read; the reason of `signal` */
export async function* parse(task: ParserTask, signal: AbortSignal): AsyncGenerator<Exclude<FromParser, { readonly is: 'done' | 'failed' }>> {
  signal.throwIfAborted()
  const worker = new Worker(new URL('./parse-worker.ts', import.meta.url), { workerData: task, resourceLimits: LIMITS, stdin: false })
  const inbox = new Inbox(worker)
  const stop = () => inbox.fail(signal.reason)
  signal.addEventListener('abort', stop)
  try {
    for (;;) {
      const message = await inbox.next()
      if (message.is === 'done') return
      if (message.is === 'failed') throw new ArchiveError(message.reason ?? 'unreadable', message.detail)
      yield message
      if (message.is === 'found') worker.postMessage('more', [])
    }
  } finally {
    signal.removeEventListener('abort', stop)
    await worker.terminate()
  }
}

/** What the thread sent, in order; or why nothing more will come. */
class Inbox {
  readonly #messages: FromParser[] = []
  #failure: { readonly error: unknown } | null = null
  #wake: () => void = () => {}

  constructor(worker: Worker) {
    worker.on('message', (message: FromParser) => {
      this.#messages.push(message)
      this.#wake()
    })
    worker.on('error', (error: Error & { readonly code?: string }) => this.fail(ended(error)))
    worker.on('exit', (code) => this.fail(new ArchiveError('unreadable', `the parser ended unexpectedly (${code})`)))
  }

  fail(error: unknown): void {
    this.#failure ??= { error }
    this.#wake()
  }

  async next(): Promise<FromParser> {
    for (;;) {
      const message = this.#messages.shift()
      if (message !== undefined) return message
      if (this.#failure !== null) throw this.#failure.error
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }
}

const ended = (error: Error & { readonly code?: string }): Error =>
  error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? new ArchiveError('too-large', 'reading it took more memory than an import may have', error) : error
