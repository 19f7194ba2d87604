/** Reads a log over HTTP, as anybody may: its checkpoint, bundles and tiles. Believes nothing, bounds everything. */
import { setTimeout as sleep } from 'node:timers/promises'

/** The log could not be read: no verdict about it. The message is for people. */
export class LogUnreachable extends Error {
  override readonly name = 'LogUnreachable'
}

/** 256 entries of at most 65,535 bytes, each after its length. */
const MAX_BYTES = 256 * (2 + 65_535)
const TIMEOUT_MS = 30_000
const ATTEMPTS = 6
const LONGEST_PAUSE_MS = 30_000

export class LogClient {
  /** Scheme, host and port. */
  readonly base: string
  readonly #signal: AbortSignal | undefined

  /** @param base  origin of the instance, such as `https://social.example` */
  constructor(base: string, signal?: AbortSignal) {
    this.base = base.replace(/\/+$/, '')
    this.#signal = signal
  }

  /** The body at a path such as `/log/checkpoint`. Waits when the server asks for patience. @throws {LogUnreachable} */
  async read(path: string): Promise<Uint8Array> {
    for (let attempt = 1; ; attempt++) {
      const response = await this.#get(path)
      if (response.ok) return body(response, path)
      await response.body?.cancel()
      if (attempt === ATTEMPTS || ![429, 502, 503, 504].includes(response.status))
        throw new LogUnreachable(`${this.base}${path} answered ${response.status}`)
      await sleep(pause(response, attempt))
    }
  }

  async #get(path: string): Promise<Response> {
    const timeout = AbortSignal.timeout(TIMEOUT_MS)
    const signal = this.#signal === undefined ? timeout : AbortSignal.any([timeout, this.#signal])
    try {
      return await fetch(`${this.base}${path}`, { signal, headers: { 'user-agent': 'VIVIM-audit' } })
    } catch (error) {
      const { cause } = error as Error
      throw new LogUnreachable(`${this.base}${path} cannot be reached: ${cause instanceof Error ? cause.message : String(error)}`)
    }
  }
}

/** @throws {LogUnreachable} when it is longer than anything a log serves, or breaks off */
async function body(response: Response, path: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let length = 0
  try {
    for await (const chunk of response.body ?? []) {
      length += chunk.length
      if (length > MAX_BYTES) throw new LogUnreachable(`${path} is longer than ${MAX_BYTES} bytes`)
      chunks.push(chunk)
    }
  } catch (error) {
    throw error instanceof LogUnreachable ? error : new LogUnreachable(`${path} broke off: ${String(error)}`)
  }
  return Buffer.concat(chunks)
}

function pause(response: Response, attempt: number): number {
  const asked = Number(response.headers.get('retry-after')) * 1000
  return Math.min(asked > 0 ? asked : 250 * 2 ** attempt, LONGEST_PAUSE_MS)
}
