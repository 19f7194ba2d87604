/**
 * The pipeline: follows what people say through the read tables, by a cursor of its own, and records what is learnt. It may be killed at any step:
 * what it does again names the same things again, so that nothing is learnt twice.
 */
import { hash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import type { Execute, MemoryCommand, Outcome } from '../handlers/commands.ts'
import { decodeCommit } from '../ledger/commit.ts'
import type { Change } from '../projections/changes.ts'
import { staleMemories } from '../projections/read/memories.ts'
import { type MessageRow, messagesFrom } from '../projections/read/messages.ts'
import type { RowCipher } from '../projections/row-cipher.ts'
import { consequence } from './consequences.ts'
import { loadCursor, saveCursor } from './cursor.ts'
import { learn } from './learn.ts'

export type PipelineDeps = {
  readonly pool: pg.Pool
  readonly ledger: { entries(from: number, limit: number): Promise<readonly { readonly position: number; readonly bytes: Uint8Array }[]> }
  readonly projections: {
    waitFor(position: number, timeoutMs?: number): Promise<boolean>
    onChanges(listener: (changes: readonly Change[]) => void): () => void
  }
  readonly execute: Execute
  readonly cipher: RowCipher
  /** Milliseconds since the epoch. */
  readonly now: () => number
  readonly log: (level: 'debug' | 'info' | 'warn' | 'error', message: string, fields?: Readonly<Record<string, unknown>>) => void
  /** Messages looked at together. */
  readonly batch?: number
}

export type MemoryPipeline = {
  /** True once everything said up to `position` was learnt from; false when it was closed before, or the read tables do not get there. */
  caughtUp(position: number): Promise<boolean>
  close(): Promise<void>
}

const BATCH = 100
const RETRY_MS = 500
const LONGEST_RETRY_MS = 30_000
/** How long read tables may take to show a commit. */
const PATIENCE_MS = 30_000
/** Of one request. */
const COMMANDS = 300
const BYTES = 2_000_000
/** Memories whose ground is gone, looked at together. */
const SWEPT = 100

export async function startMemoryPipeline(deps: PipelineDeps): Promise<MemoryPipeline> {
  return new Pipeline(deps, await loadCursor(deps.pool))
}

class Pipeline implements MemoryPipeline {
  readonly #deps: PipelineDeps
  readonly #closing = new AbortController()
  readonly #unfollow: () => void
  readonly #running: Promise<void>
  #cursor: number
  /** Of commits looked at last: many messages share one. */
  readonly #times = new Map<number, string>()
  #wake: () => void = () => {}
  /** Something may be there to read, or to sweep up. */
  #news = true
  #gone = true
  /** How often it has found nothing more to do. */
  #rests = 0
  readonly #resting = new Set<() => void>()

  constructor(deps: PipelineDeps, cursor: number) {
    this.#deps = deps
    this.#cursor = cursor
    this.#unfollow = deps.projections.onChanges((changes) => this.#note(changes))
    this.#running = this.#run()
  }

  async caughtUp(position: number): Promise<boolean> {
    if (!(await this.#deps.projections.waitFor(position, PATIENCE_MS))) return false
    const rests = this.#rests
    this.#news = this.#gone = true
    this.#wake()
    // Two rests from here: the first may have begun to look before this was asked.
    while (this.#rests < rests + 2 && !this.#closing.signal.aborted) {
      this.#news = true
      this.#wake()
      await new Promise<void>((resolve) => this.#resting.add(resolve))
    }
    return !this.#closing.signal.aborted
  }

  async close(): Promise<void> {
    this.#unfollow()
    this.#closing.abort()
    this.#wake()
    await this.#running
    this.#tellResting()
  }

  #note(changes: readonly Change[]): void {
    for (const change of changes) {
      if (change.kind !== 'conversation') continue
      if (change.gone) this.#gone = true
      else this.#news = true
    }
    if (this.#news || this.#gone) this.#wake()
  }

  async #run(): Promise<void> {
    while (!this.#closing.signal.aborted) {
      const woken = new Promise<void>((resolve) => {
        this.#wake = resolve
      })
      await this.#persistently(() => this.#read())
      await this.#persistently(() => this.#sweep())
      this.#rests++
      this.#tellResting()
      if (!this.#news && !this.#gone && !this.#closing.signal.aborted) await woken
    }
  }

  #tellResting(): void {
    for (const resolve of this.#resting) resolve()
    this.#resting.clear()
  }

  /** Everything that was said since the cursor. */
  async #read(): Promise<void> {
    const { pool, cipher, batch = BATCH } = this.#deps
    while (this.#news && !this.#closing.signal.aborted) {
      this.#news = false
      for (;;) {
        const after = [Math.floor(this.#cursor / 1000), this.#cursor % 1000] as const
        const messages = await messagesFrom(pool, cipher, { after, limit: batch })
        if (messages.length === 0 || this.#closing.signal.aborted) break
        await this.#learn(messages)
      }
    }
  }

  async #learn(messages: readonly MessageRow[]): Promise<void> {
    const { pool, cipher } = this.#deps
    const times = await this.#timesOf(messages)
    const lessons = await learn(pool, cipher, messages, ({ position }) => times.get(position) ?? '')
    for (const { commands } of lessons) await this.#record(commands)
    const last = messages.at(-1)
    if (last !== undefined) this.#cursor = last.position * 1000 + last.index
    await saveCursor(pool, this.#cursor)
    await sleep(0, undefined, { signal: this.#closing.signal }).catch(() => {}) // others have their turn
  }

  /** When the commits of these messages were made. */
  async #timesOf(messages: readonly MessageRow[]): Promise<ReadonlyMap<number, string>> {
    const positions = [...new Set(messages.map(({ position }) => position))]
    for (const known of this.#times.keys()) if (!positions.includes(known)) this.#times.delete(known)
    const missing = positions.filter((position) => !this.#times.has(position))
    const entries = (await Promise.all(missing.map((position) => this.#deps.ledger.entries(position, 1)))).flat()
    for (const { position, bytes } of entries) this.#times.set(position, new Date(decodeCommit(bytes).time).toISOString())
    return this.#times
  }

  /** In requests of a size that the ledger takes. One that is refused keeps none of the others back. */
  async #record(commands: readonly MemoryCommand[]): Promise<void> {
    let position = -1
    for (const some of chunked(commands)) {
      const outcome = await this.#execute(some)
      if (outcome.ok) position = Math.max(position, outcome.position ?? -1)
      else position = Math.max(position, await this.#oneByOne(some))
    }
    if (position >= 0 && !(await this.#deps.projections.waitFor(position, PATIENCE_MS))) throw new Error('read tables do not show what was learnt')
  }

  async #oneByOne(commands: readonly MemoryCommand[]): Promise<number> {
    let position = -1
    for (const command of commands) {
      const outcome = await this.#execute([command])
      if (outcome.ok) position = Math.max(position, outcome.position ?? -1)
      else this.#deps.log('debug', 'something was not learnt', { command: command.do, code: outcome.refusal.code })
    }
    return position
  }

  /** The same commands again, after a kill, are the same request. */
  #execute(commands: readonly MemoryCommand[]): Promise<Outcome> {
    const idempotencyKey = `memory-${hash('sha256', JSON.stringify(commands), 'hex')}`
    return this.#deps.execute({ by: 'instance', lane: 'private', commands, idempotencyKey })
  }

  /** Memories that lost their ground with a conversation. */
  async #sweep(): Promise<void> {
    const { pool, cipher, now } = this.#deps
    if (!this.#gone) return
    this.#gone = false
    for (let rows = await staleMemories(pool, cipher, SWEPT); rows.length > 0; rows = await staleMemories(pool, cipher, SWEPT)) {
      this.#closing.signal.throwIfAborted()
      const at = new Date(now()).toISOString()
      await this.#record(rows.flatMap((row) => consequence(row, row.evidence, { at, by: 'instance' })))
    }
  }

  /** Tries again until it works, less and less often: the database may be away, the ledger read-only. */
  async #persistently(work: () => Promise<void>): Promise<void> {
    for (let pause = RETRY_MS; !this.#closing.signal.aborted; pause = Math.min(2 * pause, LONGEST_RETRY_MS)) {
      try {
        return await work()
      } catch (error) {
        if (this.#closing.signal.aborted) return
        this.#news = this.#gone = true
        this.#deps.log('warn', 'what was said could not be learnt from; trying again', { error: String(error) })
        await sleep(pause, undefined, { ref: false, signal: this.#closing.signal }).catch(() => {})
      }
    }
  }
}

function chunked(commands: readonly MemoryCommand[]): MemoryCommand[][] {
  const chunks: MemoryCommand[][] = []
  let current: MemoryCommand[] = []
  let bytes = 0
  for (const command of commands) {
    const size = JSON.stringify(command).length
    if (current.length > 0 && (current.length >= COMMANDS || bytes + size > BYTES)) {
      chunks.push(current)
      current = []
      bytes = 0
    }
    current.push(command)
    bytes += size
  }
  return current.length > 0 ? [...chunks, current] : chunks
}
