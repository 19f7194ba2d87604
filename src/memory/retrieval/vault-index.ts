/** The index of one account's vault: filled from its read tables, then kept level with them. */

import { conversationsByIds } from '../../projections/read/conversations.ts'
import { type MemoryRow, memoriesByIds, memoriesFrom } from '../../projections/read/memories.ts'
import type { MessageRow } from '../../projections/read/messages.ts'
import { messagesFrom } from '../../projections/read/messages.ts'
import type { Db } from '../../projections/read/query.ts'
import type { RowCipher } from '../../projections/row-cipher.ts'
import { isHidden, searchableText } from './searchable-text.ts'
import { TextIndex } from './text-index.ts'
import type { Topics } from './topics.ts'

const PAGE = 1_000
/** Texts taken out are forgotten when there are so many of them, and when they are this share of the rest. */
const MOST_REMOVED = 500
const REMOVED_SHARE = 0.2

/** What is known of a memory besides its words. */
export type Claimed = {
  readonly status: MemoryRow['status']
  readonly evidence: readonly { readonly conversationId: string; readonly messageId: string }[]
}

export type VaultSource = { readonly db: Db; readonly cipher: RowCipher; readonly accountId: string }

export class VaultIndex {
  readonly messages = new TextIndex()
  readonly memories = new TextIndex()
  readonly claims = new Map<string, Claimed>()
  topics: Topics | null = null
  /** Documents there were when topics were learnt. */
  learntFrom = 0
  /** Commits whose conversations are known. */
  indexedTo = 0
  readonly #source: VaultSource
  #after: readonly [position: number, index: number] = [0, -1]
  #memoriesAfter = '0'

  constructor(source: VaultSource) {
    this.#source = source
  }

  get accountId(): string {
    return this.#source.accountId
  }

  get bytes(): number {
    return this.messages.bytes + this.memories.bytes + this.claims.size * 300 + (this.topics?.bytes ?? 0)
  }

  /** True when it is better made again: much of what it holds was taken out. */
  get worn(): boolean {
    return [this.messages, this.memories].some(({ removed, documents }) => removed > MOST_REMOVED && removed > documents.alive * REMOVED_SHARE)
  }

  /** Takes in what is new in the read tables. @param memoryIds  memories that may have changed */
  async catchUp(memoryIds: Iterable<string> = []): Promise<void> {
    const { db, cipher, accountId } = this.#source
    const position = await folded(db)
    for (let coming: Promise<MessageRow[]> | null = this.#next(this.#after); coming !== null; ) {
      const page: readonly MessageRow[] = await coming
      const last = page.at(-1)
      coming = last === undefined || page.length < PAGE ? null : this.#next([last.position, last.index]) // read while this one is taken in
      coming?.catch(() => {}) // reported where it is awaited
      await this.#takeMessages(page)
    }
    for (;;) {
      const page = await memoriesFrom(db, cipher, { accountId, after: this.#memoriesAfter, limit: PAGE })
      for (const memory of page) this.#takeMemory(memory)
      this.#memoriesAfter = page.at(-1)?.cursor ?? this.#memoriesAfter
      if (page.length < PAGE) break
    }
    await this.#refresh([...memoryIds])
    this.indexedTo = position
  }

  removeConversation(conversationId: string): void {
    this.messages.removeConversation(conversationId)
  }

  removeMemory(id: string): void {
    this.memories.remove(id)
    this.claims.delete(id)
  }

  #next(after: readonly [position: number, index: number]): Promise<MessageRow[]> {
    const { db, cipher, accountId } = this.#source
    return messagesFrom(db, cipher, { accountId, after, limit: PAGE })
  }

  async #takeMessages(page: readonly MessageRow[]): Promise<void> {
    const { db, cipher, accountId } = this.#source
    const conversations = await conversationsByIds(db, cipher, accountId, [...new Set(page.map(({ conversationId }) => conversationId))])
    for (const message of page) {
      const conversation = conversations.get(message.conversationId)
      this.messages.add({
        id: message.id,
        conversationId: message.conversationId,
        ordinal: message.ordinal,
        at: momentOf(message.createdAt.value),
        speaker: message.author,
        role: message.role,
        provider: conversation?.provider ?? '',
        hidden: isHidden(message),
        text: searchableText(message),
        title: conversation?.title ?? null,
      })
      this.#after = [message.position, message.index]
    }
  }

  /** Memories that changed are read again; those that are no more are taken out. */
  async #refresh(ids: readonly string[]): Promise<void> {
    const { db, cipher, accountId } = this.#source
    if (ids.length === 0) return
    const found = await memoriesByIds(db, cipher, accountId, ids)
    for (const id of ids) {
      const memory = found.get(id)
      if (memory === undefined) this.removeMemory(id)
      else this.#takeMemory(memory)
    }
  }

  #takeMemory(memory: MemoryRow): void {
    this.claims.set(memory.id, {
      status: memory.status,
      evidence: memory.evidence.map(({ conversationId, messageId }) => ({ conversationId, messageId })),
    })
    this.memories.add({
      id: memory.id,
      conversationId: null,
      ordinal: 0,
      at: momentOf(memory.observedAt ?? memory.at),
      speaker: null,
      role: '',
      provider: '',
      hidden: memory.status === 'superseded' || memory.status === 'archived',
      text: memory.text,
      title: null,
    })
  }
}

export const momentOf = (iso: string | null): number => (iso === null ? Number.NaN : Date.parse(iso))

/** Commits that are folded into both kinds of rows. Read before the rows: they are at least so new. */
async function folded(db: Db): Promise<number> {
  const { rows } = await db.query<{ position: string }>(
    'select least(c.position, m.position) as position from conversations.cursor c, memories.cursor m',
  )
  return Number(rows[0]?.position ?? 0)
}
