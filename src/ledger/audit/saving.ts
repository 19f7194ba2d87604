/** Keeps what an audit found right so far, now and then, so that one that is interrupted need not begin again. */
import type { AuditState } from './audit-state.ts'
import type { Auditor } from './auditor.ts'

/** The state of a long log takes a second to write. */
const EVERY_MS = 60_000

export class Saving {
  readonly #auditor: Auditor
  readonly #onState: ((state: AuditState) => Promise<void>) | undefined
  #next = performance.now() + EVERY_MS

  constructor(auditor: Auditor, onState: ((state: AuditState) => Promise<void>) | undefined) {
    this.#auditor = auditor
    this.#onState = onState
  }

  /** To be called between entries. */
  due(): Promise<void> | null {
    return this.#onState === undefined || performance.now() < this.#next ? null : this.#save()
  }

  /** To be called when all was read. */
  async last(): Promise<void> {
    if (this.#onState !== undefined) await this.#save()
  }

  async #save(): Promise<void> {
    const state = await this.#auditor.save()
    if (state !== null) await this.#onState?.(state)
    this.#next = performance.now() + EVERY_MS
  }
}
