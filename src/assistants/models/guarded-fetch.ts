/** The `fetch` that the AI SDK is given: the instance's one way out, with its guard. There is no other way to a model. */
import type { Fetch } from '../../host/fetch.ts'
import type { StreamAnswer } from '../../host/fetch-stream.ts'

type StandardFetch = typeof globalThis.fetch
type Body = Parameters<StandardFetch>[1] extends infer I ? NonNullable<I extends { body?: infer B } ? B : never> : never

/** Of one answer of a model. */
const MAX_BYTES = 16 << 20

/** Statuses whose answer has no body. @see https://fetch.spec.whatwg.org/#null-body-status */
const BODILESS = new Set([204, 205, 304])

/**
 * @returns  a `fetch` that rejects with {FetchFault} when there is no answer, or with the reason of its signal when that is aborted
 */
export function guardedFetch(fetch: Pick<Fetch, 'stream'>): StandardFetch {
  return async (input, init) => {
    const url = typeof input === 'string' ? input : input instanceof URL ? input.href : input.url
    const signal = init?.signal ?? undefined
    const headers = Object.fromEntries(new Headers(init?.headers))
    const method = init?.method === 'POST' ? 'POST' : 'GET'
    try {
      const answer = await fetch.stream(url, { method, headers, body: bytesOf(init?.body ?? null), signal, maxBytes: MAX_BYTES })
      return responseOf(answer, signal)
    } catch (error) {
      throw reasonOf(signal, error)
    }
  }
}

function responseOf({ status, headers, body, cancel }: StreamAnswer, signal: AbortSignal | undefined): Response {
  if (!BODILESS.has(status)) return new Response(streamOf(body, cancel, signal), { status, headers })
  cancel()
  return new Response(null, { status, headers })
}

function streamOf(body: AsyncIterable<Uint8Array>, cancel: () => void, signal: AbortSignal | undefined): ReadableStream<Uint8Array> {
  const chunks = body[Symbol.asyncIterator]()
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const next = await chunks.next()
        if (next.done === true) controller.close()
        else controller.enqueue(next.value)
      } catch (error) {
        throw reasonOf(signal, error)
      }
    },
    cancel,
  })
}

/** What ended it: whoever stopped it, before what the socket says of that. */
const reasonOf = (signal: AbortSignal | undefined, error: unknown): Error =>
  signal?.aborted === true && signal.reason instanceof Error
    ? signal.reason
    : error instanceof Error
      ? error
      : new Error('no answer', { cause: error })

/** The SDK sends JSON as text; anything else is a bug. */
function bytesOf(body: Body | null): Uint8Array | undefined {
  if (body === null) return undefined
  if (typeof body === 'string') return Buffer.from(body)
  if (body instanceof Uint8Array) return body
  throw new TypeError('only text and bytes are sent to models')
}
