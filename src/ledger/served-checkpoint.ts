/**
 * The checkpoint that strangers get: the newest, with the ML-DSA-44 signature that is too slow for each batch.
 *
 * It is made when somebody asks. Whoever asks faster than it can be made gets the one before, which is then at most 200 ms old.
 */
import type { LogKey } from './log-key.ts'
import type { Checkpoint } from './store.ts'

/** Signatures per second in the long run, and how many may be made at once after a pause. */
const RATE = 5
const BURST = 20

export class ServedCheckpoint {
  readonly #logKey: Pick<LogKey, 'cosign'>
  readonly #now: () => number
  #served: { readonly newest: Checkpoint; readonly cosigned: Checkpoint } | null = null
  #left = BURST
  #countedAt: number

  /** @param now  milliseconds that never go back */
  constructor(logKey: Pick<LogKey, 'cosign'>, now: () => number = () => performance.now()) {
    this.#logKey = logKey
    this.#now = now
    this.#countedAt = now()
  }

  /** @param newest  the newest checkpoint, signed with Ed25519 */
  of(newest: Checkpoint): Checkpoint {
    if (this.#served !== null && (this.#served.newest.note === newest.note || !this.#mayCosign())) return this.#served.cosigned
    const cosigned = { size: newest.size, note: this.#logKey.cosign(newest.note) }
    this.#served = { newest, cosigned }
    return cosigned
  }

  #mayCosign(): boolean {
    const now = this.#now()
    this.#left = Math.min(BURST, this.#left + ((now - this.#countedAt) / 1000) * RATE)
    this.#countedAt = now
    if (this.#left < 1) return false
    this.#left -= 1
    return true
  }
}
