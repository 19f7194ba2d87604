/** Keeps what an audit found right so far, now and then, so that one that is interrupted need not begin again. */
import type { AuditState } from './audit-state.ts'
import type { Auditor } from './auditor.ts'

/** So often at most, and so seldom that writing takes no more than a twentieth of the time: the state of a long log takes a second or two. */
const EVERY_MS = 10_000
const COSTS = 20

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
    const began = performance.now()
    const state = await this.#auditor.save()
    if (state !== null) await this.#onState?.(state)
    const now = performance.now()
    this.#next = now + Math.max(EVERY_MS, COSTS * (now - began))
  }
}
