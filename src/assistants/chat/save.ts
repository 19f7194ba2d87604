/** Recording an answer: as far as it has come while it is long under way, so that little is lost with the process, and whole at the end. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Json, Message } from '../../events/conversations.ts'
import { record } from '../record.ts'
import type { Answer } from './answer.ts'
import type { ChatDeps } from './deps.ts'
import type { AnswerStatus } from './events.ts'
import type { Job } from './request.ts'

/** Milliseconds until an answer is recorded for the first time before its end; each time after that, twice as long. */
const FIRST_MS = 5_000
/** Milliseconds to wait before the end is recorded again, when it could not be. */
const AGAIN_MS = [200, 1_000, 3_000]

/** `gone`: its conversation was deleted meanwhile. */
export type Saved = 'saved' | 'gone' | 'failed'

export class Saver {
  readonly #deps: ChatDeps
  readonly #job: Job
  readonly #id: string
  readonly #answer: Answer
  readonly #began: string
  readonly #asked: number
  #firstWords: number | null = null
  #under: Promise<unknown> = Promise.resolve()
  #timer: NodeJS.Timeout | undefined
  /** What of it is recorded, as its size; null: nothing. */
  #savedSize: number | null = null
  /** Said of the answer beside its words. */
  extra: Json = null

  constructor(deps: ChatDeps, job: Job, id: string, answer: Answer) {
    this.#deps = deps
    this.#job = job
    this.#id = id
    this.#answer = answer
    this.#asked = deps.now()
    this.#began = new Date(this.#asked).toISOString()
    this.#later(deps.checkpointMs ?? FIRST_MS)
  }

  /** Its first words have come. */
  heard(): void {
    this.#firstWords ??= this.#deps.now()
  }

  /** Records the answer as it is; when that fails for a while, tries again. */
  async end(status: AnswerStatus): Promise<Saved> {
    clearTimeout(this.#timer)
    await this.#under
    for (const pause of AGAIN_MS) {
      const saved = await this.#save(status)
      if (saved !== 'failed') return saved
      await sleep(pause)
    }
    return this.#save(status)
  }

  /** True when some of it was recorded before its end: then its end is, too. */
  get begun(): boolean {
    return this.#savedSize !== null
  }

  /** There is nothing to record. */
  drop(): null {
    clearTimeout(this.#timer)
    return null
  }

  #later(ms: number): void {
    this.#timer = setTimeout(() => {
      this.#under = this.#checkpoint().finally(() => this.#later(ms * 2))
    }, ms).unref()
  }

  async #checkpoint(): Promise<void> {
    if (!this.#answer.hasWords || this.#answer.size === this.#savedSize) return
    const { size } = this.#answer
    if ((await this.#save('partial')) === 'saved') this.#savedSize = size
  }

  async #save(status: AnswerStatus): Promise<Saved> {
    try {
      const outcome = await record(this.#deps, 'instance', [{ do: 'AddMessage', data: this.#message(status) }])
      if (outcome.ok) return 'saved'
      if (outcome.refusal.code === 'GONE' || outcome.refusal.code === 'NOT_FOUND') return 'gone'
      this.#deps.log('error', 'an answer cannot be recorded', { code: outcome.refusal.code })
    } catch (error) {
      this.#deps.log('warn', 'an answer could not be recorded', { error: error instanceof Error ? error.message : String(error) })
    }
    return 'failed'
  }

  #message(status: AnswerStatus): Message {
    const { accountId, conversationId, question, model } = this.#job
    const { usage } = this.#answer
    return {
      id: this.#id,
      conversationId,
      accountId,
      parentId: question.id,
      role: 'assistant',
      author: null,
      recipient: null,
      channel: null,
      model: model.model.model,
      status,
      hidden: false,
      injected: false,
      createdAt: { value: this.#began, original: null, confidence: 'exact' },
      blocks: this.#answer.blocks(),
      ...(usage === null ? {} : { usage }),
      ...(this.#firstWords === null ? {} : { latencyMs: this.#firstWords - this.#asked }),
      source: null,
      extra: this.extra,
    }
  }
}
