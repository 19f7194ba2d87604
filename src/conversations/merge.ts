/** A conversation that is here already, and comes again: what is new in it, what has changed, and what its owner has said meanwhile. Pure. */
import type { AssetRef, Block, Conversation, ConversationDetails, Instant, Message } from '../events/conversations.ts'
import { fingerprint } from '../events/fingerprint.ts'
import { sameJson } from '../events/same.ts'
import type { Draft } from './record.ts'

/** What is here of it. */
export type Known = { readonly conversation: Conversation; readonly messages: readonly Message[] }

export type Merge = {
  /** Null: nothing about the conversation itself changes. */
  readonly details: (ConversationDetails & { readonly updatedAt: Instant }) | null
  readonly added: readonly Message[]
  readonly changed: readonly Message[]
  readonly unchanged: number
}

/** @param onlyNew  the archive has told this conversation before: what it said first stays */
export function merged({ conversation, messages }: Draft, known: Known, onlyNew = false): Merge {
  const here = new Map(known.messages.map((message) => [message.id, message]))
  const added: Message[] = []
  const changed: Message[] = []
  for (const message of messages) {
    const before = here.get(message.id)
    if (before === undefined) added.push(message)
    else if (!onlyNew) {
      const now = { ...message, blocks: withStored(message.blocks, storedIn(before.blocks)) }
      if (contentOf(now) !== contentOf(before)) changed.push(now)
    }
  }
  const details = onlyNew && added.length === 0 ? null : detailsOf(conversation, known.conversation, added.length > 0)
  return { details, added, changed, unchanged: messages.length - added.length - changed.length }
}

/** A title that a person gave stays, as do stars, tags and places: this is theirs now. The branch shown moves on when there is more. */
function detailsOf(now: Conversation, before: Conversation, hasMore: boolean): Merge['details'] {
  const kept = { tags: before.tags, starred: before.starred, archived: before.archived }
  const keepsTitle = before.titleSource === 'person' || now.titleSource === 'derived' || now.title === before.title
  const retitled = keepsTitle ? before : now
  const details = {
    title: retitled.title,
    titleSource: retitled.titleSource,
    ...kept,
    activeLeafId: hasMore ? now.activeLeafId : before.activeLeafId,
    updatedAt: (now.updatedAt.value ?? '') > (before.updatedAt.value ?? '') ? now.updatedAt : before.updatedAt,
  }
  const { title, titleSource, activeLeafId, updatedAt } = before
  return sameJson(details, { title, titleSource, ...kept, activeLeafId, updatedAt }) ? null : details
}

/** Files that are here stay named, also when a later export comes without them. */
function storedIn(blocks: readonly Block[]): ReadonlyMap<string, AssetRef> {
  const stored = new Map<string, AssetRef>()
  for (const block of blocks) {
    if (block.t === 'tool_result') for (const [pointer, asset] of storedIn(block.content)) stored.set(pointer, asset)
    if ('asset' in block && block.asset.state === 'stored' && block.asset.pointer !== null) stored.set(block.asset.pointer, block.asset)
  }
  return stored
}

function withStored(blocks: readonly Block[], stored: ReadonlyMap<string, AssetRef>): readonly Block[] {
  if (stored.size === 0) return blocks
  return blocks.map((block) => {
    if (block.t === 'tool_result') return { ...block, content: withStored(block.content, stored) }
    if (!('asset' in block) || block.asset.state !== 'missing-in-export') return block
    return { ...block, asset: stored.get(block.asset.pointer ?? '') ?? block.asset }
  })
}

/** What makes a message another one, as its decider sees it. */
const contentOf = ({ parentId, role, author, recipient, channel, model, status, hidden, injected, blocks, rating }: Message): string =>
  fingerprint({ parentId, role, author, recipient, channel, model, status, hidden, injected, blocks, rating })
