/** A conversation that is here already, and comes again: what is new in it, what has changed, and what its owner has said meanwhile. Pure. */
import type { Conversation, ConversationDetails, Instant, Message } from '../events/conversations.ts'
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
  const here = new Map(known.messages.map((message) => [message.id, contentOf(message)]))
  const added: Message[] = []
  const changed: Message[] = []
  for (const message of messages) {
    const content = here.get(message.id)
    if (content === undefined) added.push(message)
    else if (!onlyNew && content !== contentOf(message)) changed.push(message)
  }
  const details = onlyNew && added.length === 0 ? null : detailsOf(conversation, known.conversation, added.length > 0)
  return { details, added, changed, unchanged: messages.length - added.length - changed.length }
}

/** A title that a person gave stays, as do stars, tags and places: this is theirs now. The branch shown moves on when there is more. */
function detailsOf(now: Conversation, before: Conversation, hasMore: boolean): Merge['details'] {
  const kept = { tags: before.tags, starred: before.starred, archived: before.archived }
  const retitled = before.titleSource === 'person' || now.titleSource === 'derived' ? before : now
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

/** What makes a message another one, as its decider sees it. */
const contentOf = ({ parentId, role, author, recipient, channel, model, status, hidden, injected, blocks, rating }: Message): string =>
  fingerprint({ parentId, role, author, recipient, channel, model, status, hidden, injected, blocks, rating })
