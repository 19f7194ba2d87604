/**
 * The index of one account at work: filled once, then level with the read tables whatever happens between, its topics and vectors learnt beside.
 * What is gone is found no more from the moment it is told of.
 */
import { setImmediate as turn } from 'node:timers/promises'
import type { Change } from '../../projections/changes.ts'
import { learnTopics } from './topics.ts'
import { VaultIndex, type VaultSource } from './vault-index.ts'
import { loadVectors, type Made } from './vector-store.ts'
import type { Vectors } from './vectors.ts'

export type IndexLog = (level: 'debug' | 'warn', message: string, fields?: Readonly<Record<string, unknown>>) => void
export type OwnChange = Extract<Change, { kind: 'conversation' | 'memory' }>

/** Topics are learnt again when there is so much more to learn from. */
const GROWN = 1.3

export class KeptIndex {
  readonly index: VaultIndex
  /** Resolves when it is filled; rejects when it cannot be. */
  readonly ready: Promise<void>
  complete = false
  readonly #source: VaultSource
  readonly #log: IndexLog
  /** Memories to be read again, beside whatever messages came; null: nothing. */
  #dirty: Set<string> | null = null
  /** Conversations that were deleted while rows were read. */
  readonly #gone = new Set<string>()
  #working: Promise<void> | null = null
  #learning: Promise<void> | null = null
  /** By the model that was asked for last; null: not read. */
  #vectors: Promise<Vectors | null> | null = null
  #vectorBytes = 0
  #closed = false

  constructor(source: VaultSource, log: IndexLog) {
    this.#source = source
    this.#log = log
    this.index = new VaultIndex(source)
    this.ready = this.#fill()
  }

  get bytes(): number {
    return this.index.bytes + this.#vectorBytes
  }

  /** What is still to be done; none when it is level. */
  get busy(): readonly Promise<void>[] {
    return [this.complete ? null : this.ready, this.#working, this.#learning].filter((work) => work !== null)
  }

  /** What is gone is taken out here and now; what is new or changed is read soon. */
  note(change: OwnChange): void {
    this.#dirty ??= new Set()
    if (change.kind === 'memory') {
      this.#dirty.add(change.memoryId)
      if (change.gone) this.index.removeMemory(change.memoryId)
    } else if (change.gone) {
      this.#gone.add(change.conversationId)
      this.#vectors = null // read again without those of the conversation
      this.index.removeConversation(change.conversationId)
    }
  }

  /** Takes in what is new, as long as there is anything; one at a time. Resolves when it is level, or could not be made so. */
  async level(): Promise<void> {
    if (this.complete && this.#dirty !== null && this.#working === null && !this.#closed) {
      this.#working = this.#catchUp()
        .catch((error: unknown) => this.#log('warn', 'an index could not be kept level', { error: String(error) }))
        .finally(() => {
          this.#working = null
        })
    }
    await this.#working
  }

  /** Vectors of one model at a time: of another, when it is asked for. */
  async vectorsOf(model: string): Promise<Vectors | null> {
    const kept = await this.#vectors
    if (kept !== null && kept.model === model) return kept
    const { db, cipher, accountId } = this.#source
    const reading = loadVectors(db, cipher, accountId, model)
    this.#vectors = reading
    try {
      const read = await reading
      this.#vectorBytes = read?.bytes ?? 0
      return read
    } catch (error) {
      this.#vectors = null
      throw error
    }
  }

  /** Vectors that were just stored. */
  async take(model: string, made: readonly Made[]): Promise<void> {
    if (this.#vectors === null) return
    const vectors = await this.#vectors
    if (vectors === null || vectors.model !== model)
      this.#vectors = null // read again by the next question
    else for (const { messageId, bytes } of made) vectors.set(messageId, bytes)
  }

  close(): void {
    this.#closed = true
  }

  async #fill(): Promise<void> {
    await this.index.catchUp()
    this.#forget()
    this.complete = true
    this.#learn()
    void this.level() // says itself what goes wrong
  }

  async #catchUp(): Promise<void> {
    for (let dirty = this.#dirty; dirty !== null && !this.#closed; dirty = this.#dirty) {
      this.#dirty = null
      try {
        await this.index.catchUp(dirty)
      } catch (error) {
        this.#dirty = new Set([...dirty, ...(this.#dirty ?? [])])
        throw error
      }
      this.#forget()
    }
    this.#learn()
  }

  /** Rows that were on their way when their conversation was deleted do not bring it back. */
  #forget(): void {
    for (const conversationId of this.#gone) this.index.removeConversation(conversationId)
    this.#gone.clear()
  }

  #learn(): void {
    const { index } = this
    if (this.#learning !== null || index.messages.documents.alive < index.learntFrom * GROWN) return
    index.learntFrom = index.messages.documents.alive
    this.#learning = this.#learnt()
      .catch((error: unknown) => this.#log('warn', 'topics could not be learnt', { error: String(error) }))
      .finally(() => {
        this.#learning = null
      })
  }

  /** Step by step, so that questions get their turn. */
  async #learnt(): Promise<void> {
    const learning = learnTopics(this.index.messages)
    for (let step = learning.next(); !this.#closed; step = learning.next()) {
      if (step.done === true) {
        this.index.topics = step.value
        return
      }
      await turn()
    }
  }
}
