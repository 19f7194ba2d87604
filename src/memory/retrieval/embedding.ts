/**
 * Has texts of a vault made into vectors by the model that its owner chose, in small portions, in the background, begun by a question: whoever never
 * asks never sends anything. Without such a model nothing happens. A model that fails is left alone for a while.
 */

import type { Made, Unmade } from './vector-store.ts'
import { quantised } from './vectors.ts'

/** One vector per text, in order; null when the account has no model for it. @throws {Error} when the model does not answer */
export type Embed = (accountId: string, texts: readonly string[], signal?: AbortSignal) => Promise<EmbeddedTexts | null>
export type EmbeddedTexts = { readonly model: string; readonly vectors: readonly Float32Array[] }
export type AskedVector = { readonly model: string; readonly values: Float32Array }

export type EmbeddingDeps = {
  readonly embed: Embed
  readonly unmade: (accountId: string, model: string, limit: number) => Promise<readonly Unmade[]>
  readonly keep: (accountId: string, model: string, made: readonly Made[]) => Promise<void>
  /** Milliseconds since the epoch. */
  readonly now: () => number
  readonly log: (level: 'debug', message: string, fields?: Readonly<Record<string, unknown>>) => void
}

const PORTION = 32
/** A question does not wait longer for its vector, ms: words answer alone. */
const PATIENCE_MS = 1_500
/** After a model did not answer, or there was none, ms. */
const REST_MS = 60_000

export class Embedding {
  readonly #deps: EmbeddingDeps
  /** By account and model. */
  readonly #working = new Map<string, Promise<void>>()
  /** Until when an account's model is left alone. */
  readonly #resting = new Map<string, number>()
  readonly #closing = new AbortController()

  constructor(deps: EmbeddingDeps) {
    this.#deps = deps
  }

  /** The question as a vector; null when there is no model, or it is too slow. Goes on with what has no vector yet. */
  async ask(accountId: string, question: string): Promise<AskedVector | null> {
    const { now, embed } = this.#deps
    if ((this.#resting.get(accountId) ?? 0) > now()) return null
    try {
      const signal = AbortSignal.any([this.#closing.signal, AbortSignal.timeout(PATIENCE_MS)])
      const embedded = await embed(accountId, [question], signal)
      const [values] = embedded?.vectors ?? []
      if (embedded === null || values === undefined) return this.#rest(accountId)
      this.#make(accountId, embedded.model)
      return { model: embedded.model, values }
    } catch (error) {
      this.#deps.log('debug', 'a question got no vector', { error: String(error) })
      return this.#rest(accountId)
    }
  }

  /** Resolves when nothing is being made for the account. */
  async settled(accountId: string): Promise<void> {
    await Promise.all([...this.#working].flatMap(([key, work]) => (key.startsWith(`${accountId} `) ? [work] : [])))
  }

  async close(): Promise<void> {
    this.#closing.abort()
    await Promise.all(this.#working.values())
  }

  #rest(accountId: string): null {
    this.#resting.set(accountId, this.#deps.now() + REST_MS)
    return null
  }

  #make(accountId: string, model: string): void {
    const key = `${accountId} ${model}`
    if (this.#working.has(key)) return
    const work = this.#portions(accountId, model)
      .catch((error: unknown) => {
        this.#deps.log('debug', 'texts got no vectors', { error: String(error) })
        this.#rest(accountId)
      })
      .finally(() => this.#working.delete(key))
    this.#working.set(key, work)
  }

  async #portions(accountId: string, model: string): Promise<void> {
    const { embed, unmade, keep } = this.#deps
    while (!this.#closing.signal.aborted) {
      const texts = await unmade(accountId, model, PORTION)
      if (texts.length === 0) return
      const embedded = await embed(
        accountId,
        texts.map(({ text }) => text),
        this.#closing.signal,
      )
      if (embedded === null || embedded.model !== model) return // another model was chosen meanwhile: the next question begins with it
      const made = texts.flatMap(({ conversationId, messageId, changed }, n) => {
        const vector = embedded.vectors[n]
        return vector === undefined ? [] : [{ conversationId, messageId, changed, bytes: quantised(vector) }]
      })
      await keep(accountId, model, made)
      if (made.length < texts.length) return
    }
  }
}
