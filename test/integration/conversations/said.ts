/** Short ways to say what happened around conversations: events with everything that does not matter to a test filled in. */
import type { DomainEvent } from '../../../src/events/catalogue.ts'
import type { Block, Conversation, Instant, Message, Shelf, ShelfItem } from '../../../src/events/conversations.ts'
import { at } from '../projections/given.ts'

export const instant = (value: string | null): Instant => ({ value, original: value, confidence: value === null ? 'unknown' : 'exact' })
export const text = (words: string): Block => ({ t: 'text', format: 'markdown', text: words })

export const conversation = (accountId: string, id: string, extra: Partial<Conversation> = {}): Conversation => ({
  id,
  accountId,
  title: `conversation ${id}`,
  titleSource: 'provider',
  tags: [],
  starred: false,
  archived: false,
  activeLeafId: null,
  origin: 'import',
  provider: 'chatgpt',
  product: 'web',
  createdAt: instant(at(0)),
  updatedAt: instant(at(0)),
  model: null,
  project: null,
  temporary: false,
  doNotRemember: false,
  groupedBy: 'native',
  forkedFrom: null,
  source: null,
  extra: null,
  at: at(0),
  ...extra,
})

export const message = (accountId: string, conversationId: string, id: string, extra: Partial<Message> = {}): Message => ({
  id,
  conversationId,
  accountId,
  parentId: null,
  role: 'user',
  author: null,
  recipient: null,
  channel: null,
  model: null,
  status: 'complete',
  hidden: false,
  injected: false,
  createdAt: instant(at(Number(id) % 1000)),
  blocks: [text(`message ${id}`)],
  source: null,
  extra: null,
  ...extra,
})

type Extra<T> = Partial<T>
export const begins = (accountId: string, id: string, extra?: Extra<Conversation>): DomainEvent => ({
  type: 'conversation:create',
  data: conversation(accountId, id, extra),
})
export const says = (accountId: string, conversationId: string, id: string, extra?: Extra<Message>): DomainEvent => ({
  type: 'message:add',
  data: message(accountId, conversationId, id, extra),
})
export const corrects = (accountId: string, conversationId: string, id: string, extra?: Extra<Message>): DomainEvent => ({
  type: 'message:update',
  data: message(accountId, conversationId, id, extra),
})
export const renames = (accountId: string, id: string, title: string, extra: Partial<Conversation> = {}): DomainEvent => {
  const { titleSource, tags, starred, archived, activeLeafId, updatedAt, ...rest } = { ...conversation(accountId, id), ...extra }
  return {
    type: 'conversation:update',
    data: { id, accountId, at: rest.at, title, titleSource, tags, starred, archived, activeLeafId, updatedAt },
  }
}
export const deletes = (accountId: string, id: string): DomainEvent => ({ type: 'conversation:delete', data: { id, accountId, at: at(0) } })
export const shares = (accountId: string, id: string, shareId: string, tokenHash: string, expiresAt: string | null = null): DomainEvent => ({
  type: 'conversation:share',
  data: { id, accountId, shareId, tokenHash, leafId: null, expiresAt, at: at(0) },
})
export const unshares = (accountId: string, id: string, shareId: string): DomainEvent => ({
  type: 'conversation:unshare',
  data: { id, accountId, shareId, at: at(0) },
})

export const stores = (accountId: string, id: string): DomainEvent => ({
  type: 'asset:store',
  data: { id, accountId, at: at(0), sha256: 'ab'.repeat(32), bytes: 3, mime: 'image/png', name: `${id}.png`, file: `aa/${id}`, key: 'a2V5' },
})
export const discards = (accountId: string, id: string): DomainEvent => ({ type: 'asset:delete', data: { id, accountId, at: at(0) } })
export const picture = (assetId: string): Block => ({ t: 'image', asset: { assetId, pointer: null, state: 'stored' } })

export const shelf = (accountId: string, id: string, extra: Partial<Shelf> = {}): Shelf & { readonly at: string } => ({
  id,
  accountId,
  kind: 'collection',
  name: `shelf ${id}`,
  description: '',
  icon: null,
  color: null,
  parentId: null,
  at: at(0),
  ...extra,
})
export const shelves = (accountId: string, id: string, extra?: Partial<Shelf>): DomainEvent => ({
  type: 'shelf:create',
  data: shelf(accountId, id, extra),
})
export const reshelves = (accountId: string, id: string, extra?: Partial<Shelf>): DomainEvent => ({
  type: 'shelf:update',
  data: shelf(accountId, id, extra),
})
export const unshelves = (accountId: string, id: string): DomainEvent => ({ type: 'shelf:delete', data: { id, accountId, at: at(0) } })
export const puts = (accountId: string, id: string, item: ShelfItem, place = 0): DomainEvent => ({
  type: 'shelf:put',
  data: { id, accountId, item, note: 'why', place, at: at(0) },
})
export const takes = (accountId: string, id: string, item: ShelfItem): DomainEvent => ({
  type: 'shelf:take',
  data: { id, accountId, item, at: at(0) },
})
