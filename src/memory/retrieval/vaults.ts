/** The indexes of all accounts in one process: made when first asked for, the longest unused dropped when memory runs short. */
import type { Change } from '../../projections/changes.ts'
import { memoriesByIds } from '../../projections/read/memories.ts'
import { messagesByIds, messagesOf } from '../../projections/read/messages.ts'
import type { Db } from '../../projections/read/query.ts'
import type { RowCipher } from '../../projections/row-cipher.ts'
import type { AskedVector } from './embedding.ts'
import { type IndexLog, KeptIndex } from './kept-index.ts'
import { related, search } from './search.ts'
import { searchableText } from './searchable-text.ts'
import type { Hit, Query, Related, RetrievalStatus, SearchResult } from './types.ts'
import { keepVectors, type Made, type Unmade, unmade } from './vector-store.ts'

export type VaultsDeps = { readonly db: Db; readonly cipher: RowCipher; readonly log: IndexLog }

/** Bytes of indexes that are kept. */
const MOST_BYTES = 380e6
/** How long an answer waits for what is just coming in, ms. */
const PATIENCE_MS = 200
/** Messages of a conversation that others like it are found by. */
const MOST_LIKE = 50

export class Vaults {
  readonly #deps: VaultsDeps
  /** By account, the longest unused first. */
  readonly #kept = new Map<string, KeptIndex>()
  /** What will take their place, once it is filled. */
  readonly #coming = new Map<string, KeptIndex>()

  constructor(deps: VaultsDeps) {
    this.#deps = deps
  }

  async search(
    accountId: string,
    query: Query,
    { now, vector }: { readonly now: number; readonly vector: AskedVector | null },
  ): Promise<SearchResult> {
    const began = performance.now()
    const kept = await this.#current(accountId)
    const near = vector === null ? [] : ((await kept.vectorsOf(vector.model))?.near(vector.values) ?? [])
    const found = await search(kept.index, query, { ...this.#deps, accountId, now, near })
    return { ...found, tookMs: performance.now() - began, indexedTo: kept.index.indexedTo }
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
    await this.#kept.get(accountId)?.take(model, made)
  }

  status(accountId: string): RetrievalStatus {
    const kept = this.#kept.get(accountId)
    if (kept === undefined) return { messages: 0, memories: 0, terms: 0, bytes: 0, indexedTo: 0, ready: false }
    const { messages, memories, indexedTo } = kept.index
    return {
      messages: messages.documents.alive,
      memories: memories.documents.alive,
      terms: messages.lexicon.size,
      bytes: kept.bytes,
      indexedTo,
      ready: kept.complete,
    }
  }

  /** What a batch changed. Indexes that nobody asked for yet will find it in the tables. */
  changed(changes: readonly Change[]): void {
    for (const change of changes) {
      if (change.kind !== 'conversation' && change.kind !== 'memory') continue
      this.#kept.get(change.accountId)?.note(change)
      this.#coming.get(change.accountId)?.note(change)
    }
    for (const [accountId, kept] of this.#kept) void kept.level().then(() => this.#renew(accountId, kept))
  }

  /** Resolves when every index has taken in what it was told of. */
  async settled(): Promise<void> {
    for (let busy = this.#busy(); busy.length > 0; busy = this.#busy()) await Promise.all(busy)
  }

  /** Makes the account's index anew; resolves when it answers. */
  async rebuild(accountId: string): Promise<void> {
    this.#drop(accountId)
    await this.#open(accountId).ready
  }

  async close(): Promise<void> {
    for (const kept of [...this.#kept.values(), ...this.#coming.values()]) kept.close()
    await this.settled().catch(() => {})
  }

  #busy(): readonly Promise<void>[] {
    return [...this.#kept.values(), ...this.#coming.values()].flatMap(({ busy }) => busy)
  }

  /** An index that is complete, and as far as patience allows, level. */
  async #current(accountId: string): Promise<KeptIndex> {
    const kept = this.#open(accountId)
    await kept.ready
    await Promise.race([kept.level(), later(PATIENCE_MS)])
    return this.#kept.get(accountId) ?? kept
  }

  #open(accountId: string): KeptIndex {
    const kept = this.#kept.get(accountId) ?? this.#begin(accountId)
    this.#kept.delete(accountId)
    this.#kept.set(accountId, kept) // the one used last
    return kept
  }

  #begin(accountId: string): KeptIndex {
    const made = new KeptIndex({ ...this.#deps, accountId }, this.#deps.log)
    made.ready.then(
      () => this.#makeRoom(accountId),
      () => this.#kept.get(accountId) === made && this.#drop(accountId), // the next question tries again
    )
    return made
  }

  /** One that is worn is made again without what was taken out; the old one answers until then. */
  #renew(accountId: string, kept: KeptIndex): void {
    if (!kept.index.worn || this.#coming.has(accountId) || this.#kept.get(accountId) !== kept) return
    const made = this.#begin(accountId)
    this.#coming.set(accountId, made)
    made.ready
      .then(
        () => this.#kept.get(accountId) === kept && this.#kept.set(accountId, made),
        (error: unknown) => this.#deps.log('warn', 'an index could not be made again', { error: String(error) }),
      )
      .finally(() => this.#coming.delete(accountId))
  }

  /** Drops the longest unused, never the one in hand. */
  #makeRoom(inHand: string): void {
    let bytes = [...this.#kept.values()].reduce((sum, kept) => sum + kept.bytes, 0)
    for (const [accountId, kept] of this.#kept) {
      if (bytes <= MOST_BYTES) return
      if (accountId === inHand || !kept.complete) continue
      this.#drop(accountId)
      bytes -= kept.bytes
      this.#deps.log('debug', 'an index was dropped to make room', { accountId })
    }
  }

  #drop(accountId: string): void {
    this.#kept.get(accountId)?.close()
    this.#kept.delete(accountId)
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

const later = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms).unref())
