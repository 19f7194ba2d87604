/**
 * Finds words, people and moments again in everything that an account ever said or was told: messages and memories, best first, with the reasons.
 *
 * The indexes live in a thread of their own, in memory only; they follow the read tables and are made again from them after a start. See rank.ts for
 * how hits are weighed, weights.ts for the numbers.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import type pg from 'pg'
import type { Change } from '../../projections/changes.ts'
import { type Embed, Embedding } from './embedding.ts'
import type { Answers, Ask, FromWorker, ToWorker, WorkerData } from './protocol.ts'
import { type Hit, MAX_QUERY, type Query, type Related, type RetrievalStatus, type SearchResult } from './types.ts'
import { removeVectors, sweepVectors } from './vector-store.ts'

export type RetrievalDeps = {
  readonly databaseUrl: string
  /** Of the sealed columns, see row-cipher.ts. */
  readonly rowKey: Uint8Array
  readonly projections: {
    waitFor(position: number, timeoutMs?: number): Promise<boolean>
    onChanges(listener: (changes: readonly Change[]) => void): () => void
  }
  readonly pool: pg.Pool
  /** Texts as vectors, by a model that their owner chose. Without it, words alone are compared. */
  readonly embed?: Embed | undefined
  /** Milliseconds since the epoch. */
  readonly now: () => number
  readonly log: (level: 'debug' | 'info' | 'warn' | 'error', message: string, fields?: Readonly<Record<string, unknown>>) => void
}

/** The index cannot be asked just now. */
export class RetrievalFault extends Error {
  readonly code = 'RETRY_LATER'
  constructor(message: string) {
    super(message)
    this.name = 'RetrievalFault'
  }
}

/** How long the thread may take to let go of the database, ms: an index that is being made is not finished first. */
const GRACE_MS = 1_000

/** Megabytes of heap that the thread may use: beyond, it ends and begins anew. Lists and columns lie outside. */
const HEAP_MB = 768

type Waiting = { readonly resolve: (answer: Answers[keyof Answers]) => void; readonly reject: (error: RetrievalFault) => void }

export class Retrieval {
  readonly #deps: RetrievalDeps
  readonly #waiting = new Map<number, Waiting>()
  readonly #unfollow: () => void
  readonly #embedding: Embedding | null
  #worker: Worker | null = null
  #asked = 0
  #closed = false

  private constructor(deps: RetrievalDeps) {
    this.#deps = deps
    const { embed, now, log } = deps
    this.#embedding =
      embed === undefined
        ? null
        : new Embedding({
            embed,
            unmade: (accountId, model, limit) => this.#ask({ do: 'unmade', accountId, model, limit }),
            keep: async (accountId, model, made) => void (await this.#ask({ do: 'keep', accountId, model, made })),
            now,
            log,
          })
    this.#unfollow = deps.projections.onChanges((changes) => this.#tell(changes))
  }

  /** Reads nothing yet: the index of an account is made when it is first asked for. */
  static async open(deps: RetrievalDeps): Promise<Retrieval> {
    await sweepVectors(deps.pool)
    return new Retrieval(deps)
  }

  /** What is found for the question, best first. @throws {RetrievalFault} when the index is lost, e.g. with the database */
  async search(accountId: string, query: Query): Promise<SearchResult> {
    const isWhole = query.prefix !== true && query.text.trim() !== ''
    const vector = isWhole ? ((await this.#embedding?.ask(accountId, query.text.slice(0, MAX_QUERY))) ?? null) : null
    return this.#ask({ do: 'search', accountId, query, now: this.#deps.now(), vector })
  }

  /** Resolves when no more vectors are being made for the account. */
  async embedded(accountId: string): Promise<void> {
    await this.#embedding?.settled(accountId)
  }

  /** More like a message, conversation or memory of the account; of each other conversation its likest message. Empty when it is not there. */
  related(accountId: string, to: Related, limit: number): Promise<readonly Hit[]> {
    return this.#ask({ do: 'related', accountId, to, limit, now: this.#deps.now() })
  }

  status(accountId: string): Promise<RetrievalStatus> {
    return this.#ask({ do: 'status', accountId })
  }

  /** Makes the account's index again from the read tables, and resolves when it answers. */
  async rebuild(accountId: string): Promise<void> {
    await this.#ask({ do: 'rebuild', accountId })
  }

  /** True once what is asked for next knows of the commit at `position`; false when the read tables do not have it after `timeoutMs`. */
  async upTo(position: number, timeoutMs = 30_000): Promise<boolean> {
    if (!(await this.#deps.projections.waitFor(position, timeoutMs))) return false
    if (this.#worker !== null) await this.#ask({ do: 'settle' })
    return true
  }

  async close(): Promise<void> {
    this.#unfollow()
    await this.#embedding?.close()
    const worker = this.#worker
    if (worker !== null) await Promise.race([this.#ask({ do: 'close' }).catch(() => {}), delay(GRACE_MS, undefined, { ref: false })])
    this.#closed = true
    await worker?.terminate()
  }

  async #ask<A extends Ask>(ask: A): Promise<Answers[A['do']]> {
    if (this.#closed) throw new RetrievalFault('The index is closed.')
    const worker = (this.#worker ??= this.#start())
    const id = this.#asked++
    const answer = await new Promise<Answers[keyof Answers]>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      worker.postMessage({ id, ask } satisfies ToWorker, [])
    })
    return answer as Answers[A['do']]
  }

  #tell(changes: readonly Change[]): void {
    const ours = changes.filter(({ kind }) => kind === 'conversation' || kind === 'memory')
    const gone = ours.flatMap((change) => (change.kind === 'conversation' && change.gone ? [change.conversationId] : []))
    if (gone.length > 0)
      removeVectors(this.#deps.pool, gone).catch((error: unknown) =>
        this.#deps.log('warn', 'vectors are left to the next start', { error: String(error) }),
      )
    if (ours.length > 0) this.#worker?.postMessage({ changes: ours } satisfies ToWorker, [])
  }

  #start(): Worker {
    const { databaseUrl, rowKey } = this.#deps
    const worker = new Worker(new URL('./worker.ts', import.meta.url), {
      workerData: { databaseUrl, rowKey } satisfies WorkerData,
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
    })
    worker.unref()
    worker.on('message', (message: FromWorker) => this.#hear(message))
    worker.on('error', (error) => this.#deps.log('error', 'the thread of the indexes failed; it begins anew', { error: String(error) }))
    worker.on('exit', () => this.#lost(worker))
    return worker
  }

  #hear(message: FromWorker): void {
    if ('level' in message) {
      this.#deps.log(message.level, message.message, message.fields)
      return
    }
    const waiting = this.#waiting.get(message.id)
    this.#waiting.delete(message.id)
    if ('error' in message) waiting?.reject(new RetrievalFault(message.error))
    else waiting?.resolve(message.answer)
  }

  #lost(worker: Worker): void {
    if (this.#worker !== worker) return
    this.#worker = null
    for (const { reject } of this.#waiting.values()) reject(new RetrievalFault('The thread of the indexes ended.'))
    this.#waiting.clear()
  }
}
