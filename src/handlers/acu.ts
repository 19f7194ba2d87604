/** Atomic chat units: spans that the rules find in messages, units that people write themselves, and links between any two. */
import type { EventType } from '../events/catalogue.ts'
import type { MemoryEvents } from '../events/memories.ts'
import { sameJson } from '../events/same.ts'
import { accept, actsFor, type CommandOf, type Decider, notYours, type Routes, refuse, route, type StreamKey } from './decider.ts'

type OfConversations = Extract<EventType, `conversation:${string}` | `message:${string}`>

/** What the newest events say of a conversation (null: nothing), and how some of it was cut just now. */
export type Segmenting = {
  readonly conversation: { readonly accountId: string | null; readonly gone: boolean } | null
  readonly cut: MemoryEvents['acu:segment'] | null
}

export const segmenting: Decider<Segmenting, CommandOf<'SegmentMessages'>, 'acu:segment' | OfConversations> = {
  initial: { conversation: null, cut: null },

  evolve(state, fact) {
    if (fact.type === 'acu:segment') return { ...state, cut: fact.data }
    if (fact.type === 'conversation:delete' || state.conversation?.gone === true) return { ...state, conversation: { accountId: null, gone: true } }
    return { ...state, conversation: { accountId: fact.data?.accountId ?? state.conversation?.accountId ?? null, gone: false } }
  },

  decide({ conversation, cut }, { by, data }) {
    if (!actsFor(by, data.accountId)) return notYours()
    if (conversation?.gone === true) return refuse('GONE', 'This conversation was deleted')
    if (conversation?.accountId !== data.accountId) return refuse('NOT_FOUND', 'No such conversation')
    const isSame = cut !== null && cut.rules === data.rules && sameJson(cut.acus, data.acus)
    return isSame || data.acus.length === 0 ? accept() : accept({ type: 'acu:segment', data })
  },
}

/** `accountId` is null when it was erased. */
export type Written = { readonly is: 'absent' } | { readonly is: 'there'; readonly accountId: string | null } | { readonly is: 'deleted' }

/** A unit that a person wrote. It is not rewritten: whoever wants another writes another. */
export const acu: Decider<Written, CommandOf<'CreateAcu' | 'DeleteAcu'>, 'acu:create' | 'acu:delete'> = {
  initial: { is: 'absent' },

  evolve: (state, fact) =>
    fact.type === 'acu:delete' || state.is === 'deleted' ? { is: 'deleted' } : { is: 'there', accountId: fact.data?.accountId ?? null },

  decide(state, command) {
    const { by, data } = command
    if (!actsFor(by, data.accountId)) return notYours()
    if (state.is === 'deleted') return command.do === 'DeleteAcu' ? accept() : refuse('GONE', 'This unit was deleted')
    if (command.do === 'CreateAcu' && state.is === 'absent') return accept({ type: 'acu:create', data: command.data })
    if (state.is === 'absent' || state.accountId !== data.accountId) return refuse('NOT_FOUND', 'No such unit')
    return command.do === 'CreateAcu' ? accept() : accept({ type: 'acu:delete', data: command.data })
  },
}

/** The weight of a link, or null. */
export const acuLink: Decider<number | null, CommandOf<'LinkAcus' | 'UnlinkAcus'>, 'acu:link' | 'acu:unlink'> = {
  initial: null,

  evolve: (_state, fact) => (fact.type === 'acu:link' ? (fact.data?.weight ?? null) : null),

  decide(state, command) {
    const { by, data } = command
    if (!actsFor(by, data.accountId)) return notYours()
    if (data.sourceId === data.targetId) return refuse('INVALID', 'A link needs two ends')
    if (command.do === 'LinkAcus') return state === command.data.weight ? accept() : accept({ type: 'acu:link', data: command.data })
    return state === null ? accept() : accept({ type: 'acu:unlink', data: command.data })
  },
}

type Linked = { readonly data: { readonly accountId: string; readonly sourceId: string; readonly targetId: string; readonly relation: string } }

/** One link of one account: whoever names the same units has links of their own. */
export const linkStream =
  (kind: 'acu-link' | 'memory-link') =>
  ({ data: { accountId, sourceId, targetId, relation } }: Linked): [StreamKey] => [[kind, `${accountId} ${sourceId} ${targetId} ${relation}`]]

const acuStream = ({ data }: CommandOf<'CreateAcu' | 'DeleteAcu'>): [StreamKey] => [['acu', data.id]]

export const acuRoutes: Routes<'SegmentMessages' | 'CreateAcu' | 'DeleteAcu' | 'LinkAcus' | 'UnlinkAcus'> = {
  SegmentMessages: route(segmenting, {
    reads: ({ data }) => [
      ['acus', data.conversationId],
      ['conversation', data.conversationId],
    ],
    last: 1,
  }),
  CreateAcu: route(acu, { reads: acuStream, expectNew: true }),
  DeleteAcu: route(acu, { reads: acuStream }),
  LinkAcus: route(acuLink, { reads: linkStream('acu-link'), last: 1 }),
  UnlinkAcus: route(acuLink, { reads: linkStream('acu-link'), last: 1 }),
}
