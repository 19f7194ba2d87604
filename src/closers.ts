/** What has to be closed again: in reverse order, each thing once, and none for ever. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { ApiDeps } from './api/deps.ts'

type Log = ApiDeps['log']

/** Everything survives a kill, so what does not close in this time is left behind. */
const PATIENCE_MS = 35_000

export class Closers {
  readonly #all: { readonly name: string; readonly close: () => Promise<unknown> }[] = []
  readonly #log: Log
  #closed: Promise<void> | null = null

  constructor(log: Log) {
    this.#log = log
  }

  add(name: string, close: () => Promise<unknown>): void {
    if (this.#closed !== null) throw new Error(`closed before the ${name} was open`)
    this.#all.push({ name, close })
  }

  /** The opened thing; it is closed even when everything is closed while it still opens. */
  async opening<T>(name: string, opening: Promise<T>, close: (opened: T) => Promise<unknown>): Promise<T> {
    this.add(name, () => opening.then(close, () => {}))
    return await opening
  }

  /** Never rejects. Repeated, it waits for the same. */
  close(): Promise<void> {
    return (this.#closed ??= this.#closeAll())
  }

  async #closeAll(): Promise<void> {
    for (const { name, close } of this.#all.toReversed()) {
      const late = new AbortController()
      const timeout = sleep(PATIENCE_MS, undefined, { signal: late.signal }).then(() => Promise.reject(new Error('it takes too long')))
      await Promise.race([close(), timeout])
        .catch((error: unknown) => this.#log('error', `could not close cleanly: ${name}`, { error: String(error) }))
        .finally(() => {
          timeout.catch(() => {})
          late.abort()
        })
    }
  }
}
