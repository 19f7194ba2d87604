/** An answer that is read as it comes: bounded in bytes, in time without a word, and in time altogether. Part of the guarded fetch, see fetch.ts. */
import type { Dispatcher } from 'undici'
import { asFault, FetchFault } from './fetch-fault.ts'

export type StreamLimits = {
  /** Bytes of the answer, default 64 MiB. */
  readonly maxBytes?: number | undefined
  /** Milliseconds until the answer begins, default 60,000: models think before they speak. */
  readonly timeoutMs?: number | undefined
  /** Milliseconds between two pieces of it while somebody waits for the next, default 60,000. */
  readonly idleMs?: number | undefined
  /** Milliseconds for everything, default 900,000. */
  readonly wholeMs?: number | undefined
}

export type StreamRequest = StreamLimits & {
  readonly method?: 'GET' | 'POST' | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly body?: Uint8Array | undefined
  /** Ends it early, at any time. */
  readonly signal?: AbortSignal | undefined
}

export type StreamAnswer = {
  readonly status: number
  /** Lower-case names; repeated headers are joined with `, `. */
  readonly headers: Readonly<Record<string, string>>
  /** To be read once, or cancelled. Throws {FetchFault}. */
  readonly body: AsyncIterable<Uint8Array>
  /** Leaves it unread, or half read: the connection is closed. */
  readonly cancel: () => void
}

const MAX_BYTES = 64 << 20
const TIMEOUT_MS = 60_000
const IDLE_MS = 60_000
const WHOLE_MS = 900_000

/** The clocks that an answer runs against. */
export class StreamClock {
  readonly #own = new AbortController()
  readonly #limits: StreamLimits
  readonly #whole: NodeJS.Timeout
  /** Aborts the request: its reason is the fault. */
  readonly signal: AbortSignal

  constructor(limits: StreamLimits, outside: AbortSignal | undefined) {
    this.#limits = limits
    this.signal = outside === undefined ? this.#own.signal : AbortSignal.any([this.#own.signal, outside])
    const { wholeMs = WHOLE_MS } = limits
    this.#whole = setTimeout(() => this.end(`the answer took longer than ${wholeMs} ms`), wholeMs)
  }

  /** What `pending` gives; when the answer has not begun by then, nothing. */
  begin<T>(pending: Promise<T>): Promise<T> {
    const { timeoutMs = TIMEOUT_MS } = this.#limits
    return this.#within(timeoutMs, `no answer within ${timeoutMs} ms`, pending)
  }

  next<T>(pending: Promise<T>): Promise<T> {
    const { idleMs = IDLE_MS } = this.#limits
    return this.#within(idleMs, `nothing more came for ${idleMs} ms`, pending)
  }

  stop(): void {
    clearTimeout(this.#whole)
  }

  /** Aborts the request, once. */
  end(why: string): void {
    this.stop()
    this.#own.abort(new FetchFault('RETRY_LATER', why))
  }

  /** Why it ended: our own reason before the socket's. */
  why(error: unknown): unknown {
    return this.#own.signal.aborted ? this.#own.signal.reason : error
  }

  #within<T>(ms: number, otherwise: string, pending: Promise<T>): Promise<T> {
    const timer = setTimeout(() => this.end(otherwise), ms)
    return pending.finally(() => clearTimeout(timer))
  }
}

/**
 * The pieces of a body, until one of its limits.
 *
 * @throws {FetchFault} GIVE_UP beyond the bytes, RETRY_LATER beyond the time or when the connection ends early
 */
export async function* pieces(
  body: Dispatcher.ResponseData['body'],
  clock: StreamClock,
  maxBytes: number | undefined,
): AsyncGenerator<Uint8Array, void> {
  const most = maxBytes ?? MAX_BYTES
  const chunks = (body as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]()
  let size = 0
  try {
    for (;;) {
      const { done, value } = await clock.next(chunks.next())
      if (done === true) return
      size += value.length
      if (size > most) throw new FetchFault('GIVE_UP', `the answer is larger than ${most} bytes`)
      yield value
    }
  } catch (error) {
    throw asFault(clock.why(error))
  } finally {
    clock.stop()
    body.destroy()
  }
}
