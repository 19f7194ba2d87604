/**
 * The indexes of all accounts in one process: made when first asked for, kept level with the read tables, the longest unused dropped when memory
 * runs short. What is erased is found no more from the moment it is told of.
 */
import { setImmediate as turn } from 'node:timers/promises'
import type { Change } from '../../projections/changes.ts'
import { memoriesByIds } from '../../projections/read/memories.ts'
import { messagesByIds, messagesOf } from '../../projections/read/messages.ts'
import type { Db } from '../../projections/read/query.ts'
import type { RowCipher } from '../../projections/row-cipher.ts'
import type { AskedVector } from './embedding.ts'
import { related, search } from './search.ts'
import { searchableText } from './searchable-text.ts'
import { learnTopics } from './topics.ts'
import type { Hit, Query, Related, RetrievalStatus, SearchResult } from './types.ts'
import { VaultIndex } from './vault-index.ts'
import { keepVectors, loadVectors, type Made, type Unmade, unmade } from './vector-store.ts'
import type { Vectors } from './vectors.ts'

export type VaultsDeps = {
  readonly db: Db
  readonly cipher: RowCipher
  readonly log: (level: 'debug' | 'warn', message: string, fields?: Readonly<Record<string, unknown>>) => void
}

/** Bytes of indexes that are kept. */
const MOST_BYTES = 380e6
/** How long an answer waits for what is just coming in, ms. */
const PATIENCE_MS = 200
/** Topics are learnt again when there is so much more to learn from. */
const GROWN = 1.3
const MOST_LIKE = 50

type Entry = {
  index: VaultIndex
  ready: Promise<void>
  complete: boolean
  /** Memories that have to be read again, and whatever messages came; null: nothing. */
  dirty: Set<string> | null
  /** Conversations that were deleted while rows were read. */
  gone: Set<string>
  working: Promise<void> | null
  learning: Promise<void> | null
  /** By the model that was asked for last; null: not read. */
  vectors: Promise<Vectors | null> | null
  vectorBytes: number
  /** What will take its place. */
  next: Entry | null
  used: number
}

export class Vaults {
  readonly #deps: VaultsDeps
  readonly #entries = new Map<string, Entry>()
  #uses = 0
  #closed = false

  constructor(deps: VaultsDeps) {
    this.#deps = deps
  }

  async search(
    accountId: string,
    query: Query,
    { now, vector }: { readonly now: number; readonly vector: AskedVector | null },
  ): Promise<SearchResult> {
    const began = performance.now()
    const { index } = await this.#current(accountId)
    const near = vector === null ? [] : ((await this.#vectorsOf(accountId, vector.model))?.near(vector.values) ?? [])
    const found = await search(index, query, { ...this.#deps, accountId, now, near })
    return { ...found, tookMs: performance.now() - began, indexedTo: index.indexedTo }
  }

  async related(accountId: string, to: Related, limit: number, now: number): Promise<readonly Hit[]> {
    const { index } = await this.#current(accountId)
    const text = await this.#textOf(accountId, to)
    return text === '' ? [] : related(index, to, text, { ...this.#deps, accountId, now, limit, near: [] })
  }

  /** Texts of the account that the model made no vector of yet. */
  unmade(accountId: string, model: string, limit: number): Promise<readonly Unmade[]> {
    return unmade(this.#deps.db, this.#deps.cipher, accountId, { model, limit })
  }

  async keep(accountId: string, model: string, made: readonly Made[]): Promise<void> {
    await keepVectors(this.#deps.db, this.#deps.cipher, accountId, { model, made })
    const entry = this.#entries.get(accountId)
    if (entry === undefined || entry.vectors === null) return
    const vectors = await entry.vectors
    if (vectors?.model !== model)
      entry.vectors = null // read again by the next question
    else for (const { messageId, bytes } of made) vectors.set(messageId, bytes)
  }

  status(accountId: string): RetrievalStatus {
    const entry = this.#entries.get(accountId)
    if (entry === undefined) return { messages: 0, memories: 0, terms: 0, bytes: 0, indexedTo: 0, ready: false }
    const { index, complete } = entry
    return {
      messages: index.messages.documents.alive,
      memories: index.memories.documents.alive,
      terms: index.messages.lexicon.size,
      bytes: index.bytes,
      indexedTo: index.indexedTo,
      ready: complete,
    }
  }

  /** What a batch changed. Indexes that nobody asked for yet will find it in the tables. */
  changed(changes: readonly Change[]): void {
    for (const change of changes) {
      if (change.kind !== 'conversation' && change.kind !== 'memory') continue
      for (let entry = this.#entries.get(change.accountId) ?? null; entry !== null; entry = entry.next) note(entry, change)
    }
    for (const entry of this.#entries.values()) this.#work(entry)
  }

  /** Resolves when every index has taken in what it was told of. */
  async settled(): Promise<void> {
    for (let busy = this.#busy(); busy.length > 0; busy = this.#busy()) await Promise.all(busy)
  }

  /** Forgets an account's index; the next question makes it anew. */
  async rebuild(accountId: string): Promise<void> {
    this.#entries.delete(accountId)
    await this.#entry(accountId).ready
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.settled().catch(() => {})
  }

  /** Of one model at a time: of another, when it is asked for. */
  async #vectorsOf(accountId: string, model: string): Promise<Vectors | null> {
    const entry = this.#entries.get(accountId)
    if (entry === undefined) return null
    const kept = await entry.vectors
    if (kept !== null && kept.model === model) return kept
    entry.vectors = loadVectors(this.#deps.db, this.#deps.cipher, accountId, model)
    entry.vectors.then(
      (read) => (entry.vectorBytes = read?.bytes ?? 0),
      () => (entry.vectors = null),
    )
    return entry.vectors
  }

  #busy(): readonly Promise<void>[] {
    return [...this.#entries.values()].flatMap(({ complete, ready, working, learning, next }) =>
      [complete ? null : ready, working, learning, next?.ready ?? null].filter((work) => work !== null),
    )
  }

  /** An index that is complete, and as far as patience allows, level. */
  async #current(accountId: string): Promise<Entry> {
    const entry = this.#entry(accountId)
    await entry.ready
    if (entry.working !== null) await Promise.race([entry.working, later(PATIENCE_MS)])
    return this.#entries.get(accountId) ?? entry
  }

  #entry(accountId: string): Entry {
    const known = this.#entries.get(accountId)
    if (known !== undefined) {
      known.used = this.#uses++
      return known
    }
    const made = this.#begin(accountId)
    this.#entries.set(accountId, made)
    made.ready.catch(() => this.#entries.delete(accountId)) // the next question tries again
    return made
  }

  #begin(accountId: string): Entry {
    const index = new VaultIndex({ ...this.#deps, accountId })
    const entry: Entry = {
      index,
      ready: Promise.resolve(),
      complete: false,
      dirty: null,
      gone: new Set(),
      working: null,
      learning: null,
      vectors: null,
      vectorBytes: 0,
      next: null,
      used: this.#uses++,
    }
    entry.ready = this.#fill(entry)
    return entry
  }

  async #fill(entry: Entry): Promise<void> {
    await entry.index.catchUp()
    forget(entry)
    entry.complete = true
    this.#makeRoom(entry)
    this.#work(entry)
    this.#learn(entry)
  }

  /** Takes in what is new, as long as there is anything; one at a time. */
  #work(entry: Entry): void {
    if (!entry.complete || entry.dirty === null || entry.working !== null || this.#closed) return
    entry.working = this.#catchUp(entry)
      .catch((error: unknown) => this.#deps.log('warn', 'an index could not be kept level', { error: String(error) }))
      .finally(() => {
        entry.working = null
      })
  }

  async #catchUp(entry: Entry): Promise<void> {
    for (let dirty = entry.dirty; dirty !== null && !this.#closed; dirty = entry.dirty) {
      entry.dirty = null
      try {
        await entry.index.catchUp(dirty)
      } catch (error) {
        entry.dirty = new Set([...dirty, ...(entry.dirty ?? [])])
        throw error
      }
      forget(entry)
    }
    if (entry.index.worn) this.#replace(entry)
    else this.#learn(entry)
    this.#makeRoom(entry)
  }

  /** Made again without what was taken out; the old one answers until then. */
  #replace(entry: Entry): void {
    if (entry.next !== null) return
    const { accountId } = entry.index
    const made = this.#begin(accountId)
    entry.next = made
    made.ready.then(
      () => this.#entries.get(accountId) === entry && this.#entries.set(accountId, made),
      () => (entry.next = null),
    )
  }

  /** Step by step, so that questions get their turn. */
  #learn(entry: Entry): void {
    const { index } = entry
    if (entry.learning !== null || index.messages.documents.alive < index.learntFrom * GROWN) return
    index.learntFrom = index.messages.documents.alive
    entry.learning = this.#learnt(index)
      .catch((error: unknown) => this.#deps.log('warn', 'topics could not be learnt', { error: String(error) }))
      .finally(() => {
        entry.learning = null
      })
  }

  async #learnt(index: VaultIndex): Promise<void> {
    const learning = learnTopics(index.messages)
    for (let step = learning.next(); !this.#closed; step = learning.next()) {
      if (step.done === true) {
        index.topics = step.value
        return
      }
      await turn()
    }
  }

  /** Drops the longest unused, never the one in hand. */
  #makeRoom(inHand: Entry): void {
    const others = [...this.#entries].filter(([, entry]) => entry !== inHand && entry.complete).toSorted(([, a], [, b]) => a.used - b.used)
    let bytes = [...this.#entries.values()].reduce((sum, entry) => sum + bytesOf(entry), 0)
    for (const [accountId, entry] of others) {
      if (bytes <= MOST_BYTES) return
      this.#entries.delete(accountId)
      bytes -= bytesOf(entry)
      this.#deps.log('debug', 'an index was dropped to make room', { accountId })
    }
  }

  async #textOf(accountId: string, to: Related): Promise<string> {
    const { db, cipher } = this.#deps
    if ('memoryId' in to) return (await memoriesByIds(db, cipher, accountId, [to.memoryId])).get(to.memoryId)?.text ?? ''
    const messages =
      'messageId' in to
        ? [...(await messagesByIds(db, cipher, accountId, [to.messageId])).values()]
        : (await messagesOf(db, cipher, to.conversationId, { limit: MOST_LIKE })).filter((message) => message.accountId === accountId)
    return messages.map(searchableText).join('\n')
  }
}

const bytesOf = ({ index, vectorBytes }: Entry): number => index.bytes + vectorBytes

/** What is gone is found no more from here on; what is new or changed is read soon. */
function note(entry: Entry, change: Extract<Change, { kind: 'conversation' | 'memory' }>): void {
  entry.dirty ??= new Set()
  if (change.kind === 'memory') {
    entry.dirty.add(change.memoryId)
    if (change.gone) entry.index.removeMemory(change.memoryId)
  } else if (change.gone) {
    entry.gone.add(change.conversationId)
    entry.vectors = null // read again without those of the conversation
    entry.index.removeConversation(change.conversationId)
  }
}

/** Rows that were on their way when their conversation was deleted do not bring it back. */
function forget({ index, gone }: Entry): void {
  for (const conversationId of gone) index.removeConversation(conversationId)
  gone.clear()
}

const later = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms).unref())
