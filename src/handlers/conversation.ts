/**
 * A conversation and everything said in it: one stream. Created once, messages added under it in the order of the tree (a parent before its answers),
 * changed when their source changed them, deleted for good: whoever brings it in again is told that its owner deleted it.
 *
 * The state keeps of each message only its parent and a fingerprint, so that thousands of them fit.
 */
import type { ConversationDetails, Instant, Message } from '../events/conversations.ts'
import { fingerprint } from '../events/fingerprint.ts'
import { LIMITS } from '../events/limits.ts'
import { sameJson } from '../events/same.ts'
import { accept, actsFor, type CommandOf, type Decider, notYours, type Routes, refuse, route, type StreamKey } from './decider.ts'
import { type Growing, valueOf, withEntry } from './growing.ts'

type Kept = { readonly parentId: string | null; readonly content: string }
type Share = { readonly tokenHash: string; readonly live: boolean }
type Details = ConversationDetails & { readonly updatedAt: Instant }

type There = {
  readonly is: 'there'
  readonly accountId: string
  readonly details: Details
  readonly messages: Growing<Kept>
  readonly size: number
  readonly shares: ReadonlyMap<string, Share>
}
/** `accountId` is null when even the deletion was erased. */
type Deleted = { readonly is: 'deleted'; readonly accountId: string | null }
export type ConversationState = { readonly is: 'absent' } | There | Deleted

type ConversationCommand = CommandOf<
  'CreateConversation' | 'UpdateConversation' | 'DeleteConversation' | 'ShareConversation' | 'UnshareConversation' | 'AddMessage'
>
type ConversationEvent =
  | 'conversation:create'
  | 'conversation:update'
  | 'conversation:delete'
  | 'conversation:share'
  | 'conversation:unshare'
  | 'message:add'
  | 'message:update'

export const conversation: Decider<ConversationState, ConversationCommand, ConversationEvent> = {
  initial: { is: 'absent' },

  evolve(state, fact) {
    if (fact.type === 'conversation:delete') return { is: 'deleted', accountId: fact.data?.accountId ?? null }
    if (fact.type === 'conversation:create') {
      if (fact.data === null) return { is: 'deleted', accountId: null }
      return { is: 'there', accountId: fact.data.accountId, details: detailsOf(fact.data), messages: [], size: 0, shares: new Map() }
    }
    if (state.is !== 'there' || fact.data === null) return state
    switch (fact.type) {
      case 'conversation:update':
        return { ...state, details: detailsOf(fact.data) }
      case 'conversation:share':
        return { ...state, shares: new Map(state.shares).set(fact.data.shareId, { tokenHash: fact.data.tokenHash, live: true }) }
      case 'conversation:unshare':
        return { ...state, shares: new Map(state.shares).set(fact.data.shareId, { tokenHash: '', live: false }) }
      default:
        return withMessage(state, fact.data)
    }
  },

  decide(state, command) {
    if (!actsFor(command.by, command.data.accountId)) return notYours()
    if (command.do === 'CreateConversation') return create(state, command)
    if (state.is === 'absent') return refuse('NOT_FOUND', 'No such conversation')
    if (state.accountId !== null && state.accountId !== command.data.accountId) return notYours()
    if (state.is === 'deleted') return command.do === 'DeleteConversation' ? accept() : deleted()
    switch (command.do) {
      case 'UpdateConversation':
        return sameJson(state.details, detailsOf(command.data)) ? accept() : accept({ type: 'conversation:update', data: command.data })
      case 'DeleteConversation':
        return accept({ type: 'conversation:delete', data: command.data })
      case 'ShareConversation':
        return share(state, command)
      case 'UnshareConversation':
        return unshare(state, command)
      default:
        return add(state, command)
    }
  },
}

type ConversationDecision = ReturnType<typeof conversation.decide>

const deleted = () => refuse('GONE', 'This conversation was deleted')

function create(state: ConversationState, { data }: CommandOf<'CreateConversation'>): ConversationDecision {
  if (state.is === 'absent') return accept({ type: 'conversation:create', data })
  if (state.is === 'deleted') return deleted()
  return state.accountId === data.accountId ? accept() : refuse('ALREADY_EXISTS', 'This id is taken')
}

function share({ shares }: There, { data }: CommandOf<'ShareConversation'>): ConversationDecision {
  const known = shares.get(data.shareId)
  if (known === undefined) {
    return shares.size < LIMITS.shares ? accept({ type: 'conversation:share', data }) : refuse('INVALID', `At most ${LIMITS.shares} links`)
  }
  if (!known.live) return refuse('GONE', 'This link was taken back')
  return known.tokenHash === data.tokenHash ? accept() : refuse('ALREADY_EXISTS', 'This id is taken')
}

function unshare({ shares }: There, { data }: CommandOf<'UnshareConversation'>): ConversationDecision {
  const known = shares.get(data.shareId)
  if (known === undefined) return refuse('NOT_FOUND', 'No such link')
  return known.live ? accept({ type: 'conversation:unshare', data }) : accept()
}

function add(state: There, { data }: CommandOf<'AddMessage'>): ConversationDecision {
  const known = valueOf(state.messages, data.id)
  if (known?.content === contentOf(data)) return accept()
  if (data.parentId !== null && valueOf(state.messages, data.parentId) === undefined)
    return refuse('INVALID', `message ${data.id}: its parent ${data.parentId} is not in this conversation`)
  if (known !== undefined) return isBelow(state.messages, data.parentId, data.id) ? cycle(data) : accept({ type: 'message:update', data })
  if (state.size >= LIMITS.messages) return refuse('INVALID', `A conversation has at most ${LIMITS.messages} messages`)
  return accept({ type: 'message:add', data })
}

const cycle = ({ id, parentId }: Message) => refuse('INVALID', `message ${id}: ${parentId} comes after it`)

/** Whether `id` is `above`, or comes after it. What is recorded is a forest, so this ends. */
function isBelow(messages: Growing<Kept>, id: string | null, above: string): boolean {
  for (let at = id; at !== null; at = valueOf(messages, at)?.parentId ?? null) if (at === above) return true
  return false
}

function withMessage(state: There, message: Message): There {
  const size = valueOf(state.messages, message.id) === undefined ? state.size + 1 : state.size
  return { ...state, size, messages: withEntry(state.messages, message.id, { parentId: message.parentId, content: contentOf(message) }) }
}

/** Judged and folded, a message is the same object: read once. */
const contents = new WeakMap<Message, string>()

/** What makes a message another one: not when it was brought in, from where, or what its source noted beside it. */
function contentOf(message: Message): string {
  const known = contents.get(message)
  if (known !== undefined) return known
  const { parentId, role, author, recipient, channel, model, status, hidden, injected, blocks, rating } = message
  const content = fingerprint({ parentId, role, author, recipient, channel, model, status, hidden, injected, blocks, rating })
  contents.set(message, content)
  return content
}

const detailsOf = ({ title, titleSource, tags, starred, archived, activeLeafId, updatedAt }: Details): Details => ({
  title,
  titleSource,
  tags,
  starred,
  archived,
  activeLeafId,
  updatedAt,
})

/** Of a conversation, and of everything said in it. */
export const conversationStream = (id: string): StreamKey => ['conversation', id]

const reads = ({ data }: { readonly data: { readonly id: string } }): [StreamKey] => [conversationStream(data.id)]

export const conversationRoutes: Routes<ConversationCommand['do']> = {
  CreateConversation: route(conversation, { reads, expectNew: true, remembered: true }),
  UpdateConversation: route(conversation, { reads, remembered: true }),
  DeleteConversation: route(conversation, { reads, remembered: true }),
  ShareConversation: route(conversation, { reads, remembered: true }),
  UnshareConversation: route(conversation, { reads, remembered: true }),
  // Most messages come with their conversation: what is then new costs no look.
  AddMessage: route(conversation, { reads: ({ data }) => [conversationStream(data.conversationId)], expectNew: true, remembered: true }),
}
