/** One answer under way: what was told of it so far, for whoever listens now or comes back, and the way to stop it. */
import type { ChatEvent } from './events.ts'

export type Listener = (event: ChatEvent) => void

/** Why an answer ended before the model did: its person stopped it, its conversation was deleted, or the instance closes. */
export type StopReason = 'person' | 'deleted' | 'closing'

export class Turn {
  readonly id: string
  readonly accountId: string
  readonly conversationId: string
  readonly #stop = new AbortController()
  readonly #listeners = new Set<Listener>()
  /** Words that follow one another are one event here: a listener who comes late gets them at once. */
  readonly #past: ChatEvent[] = []
  #over = false
  stopped: StopReason | null = null

  constructor({ id, accountId, conversationId }: { readonly id: string; readonly accountId: string; readonly conversationId: string }) {
    this.id = id
    this.accountId = accountId
    this.conversationId = conversationId
  }

  get signal(): AbortSignal {
    return this.#stop.signal
  }

  /** True once its last event was told. */
  get over(): boolean {
    return this.#over
  }

  stop(reason: StopReason): void {
    this.stopped ??= reason
    this.#stop.abort()
  }

  tell(event: ChatEvent): void {
    this.#over = event.type === 'done' || event.type === 'error'
    const last = this.#past.at(-1)
    if ((event.type === 'text' || event.type === 'reasoning') && last?.type === event.type)
      this.#past[this.#past.length - 1] = { type: event.type, text: last.text + event.text }
    else this.#past.push(event)
    for (const listener of this.#listeners) listener(event)
  }

  /** Everything so far, then everything else. @returns stop listening */
  follow(listener: Listener): () => void {
    for (const event of this.#past) listener(event)
    if (!this.#over) this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}
