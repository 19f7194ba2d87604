/** Signatures verified beside the reading, on libuv's thread pool: as many at once as keep every core busy, never more than fit in memory. */
import { verifyAsync } from '../ed25519.ts'

const MOST_WAITING = 512
const RESUME_AT = 256

export class SignatureChecks {
  #waiting = 0
  #valid = 0
  #failure: unknown = null
  #resume: { readonly at: number; readonly done: () => void } | null = null

  /** How many were found valid. */
  get valid(): number {
    return this.#valid
  }

  /** Begins one check; `onFalse` is called later if it fails. */
  check(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array, onFalse: () => void): void {
    this.#waiting++
    verifyAsync(signature, message, publicKey).then(
      (valid) => {
        if (valid) this.#valid++
        else onFalse()
        this.#settle()
      },
      (error: unknown) => {
        this.#failure ??= error
        this.#settle()
      },
    )
  }

  /** Null while there is room for more, otherwise a promise of room. */
  room(): Promise<void> | null {
    return this.#waiting < MOST_WAITING ? null : this.#until(RESUME_AT)
  }

  /** Resolves when all have been decided. @throws what the crypto library threw: no verdict, but a fault of this machine */
  async all(): Promise<void> {
    if (this.#waiting > 0) await this.#until(0)
    if (this.#failure !== null) throw this.#failure
  }

  #until(at: number): Promise<void> {
    return new Promise((done) => {
      this.#resume = { at, done }
    })
  }

  #settle(): void {
    this.#waiting--
    if (this.#resume === null || this.#waiting > this.#resume.at) return
    const { done } = this.#resume
    this.#resume = null
    done()
  }
}
