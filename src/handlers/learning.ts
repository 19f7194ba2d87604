/**
 * How memories come about: recorded once under the id of what they were learnt from, supported when the same is said again. No conversation that is
 * gone, or somebody else's, is evidence for anything; and what was forgotten is not learnt again.
 *
 * Judged on the newest event of each stream alone: conversations are long, and a memory is recorded for every few messages.
 */
import type { EventType } from '../events/catalogue.ts'
import type { Evidence, MemoryEvents } from '../events/memories.ts'
import { sameJson } from '../events/same.ts'
import {
  accept,
  actsFor,
  type CommandOf,
  type Decider,
  type FactOf,
  type Issued,
  notYours,
  type Routes,
  refuse,
  route,
  type StreamKey,
} from './decider.ts'

type Supported = MemoryEvents['memory:support']

/** What the newest events say of a memory, and of the conversations that it is to rest on. */
export type Learning = {
  readonly memory: 'absent' | 'there' | 'forgotten'
  /** Null: nobody knows any more. */
  readonly accountId: string | null
  /** What it was supported with just now. */
  readonly supported: Supported | null
  readonly conversations: ReadonlyMap<string, { readonly accountId: string; readonly gone: boolean }>
}

type LearningCommand = CommandOf<'RecordMemory' | 'SupportMemory'>
type OfConversations = Extract<EventType, `conversation:${string}` | `message:${string}`>
type OfMemory = Exclude<Extract<EventType, `memory:${string}`>, 'memory:relate' | 'memory:unrelate' | 'memory:access'>
type LearningEvent = OfMemory | OfConversations

export const learning: Decider<Learning, LearningCommand, LearningEvent> = {
  initial: { memory: 'absent', accountId: null, supported: null, conversations: new Map() },

  evolve(state, fact) {
    if (isOfMemory(fact)) {
      const memory = fact.type === 'memory:forget' ? 'forgotten' : 'there'
      const supported = fact.type === 'memory:support' ? fact.data : null
      return { ...state, memory, accountId: fact.data?.accountId ?? state.accountId, supported }
    }
    if (fact.data === null) return state
    const id = 'conversationId' in fact.data ? fact.data.conversationId : fact.data.id
    if (state.conversations.get(id)?.gone === true) return state
    const conversation = { accountId: fact.data.accountId, gone: fact.type === 'conversation:delete' }
    return { ...state, conversations: new Map(state.conversations).set(id, conversation) }
  },

  decide(state, command) {
    const { by, data } = command
    if (!actsFor(by, data.accountId)) return notYours()
    if (state.memory === 'forgotten') return refuse('GONE', 'This was forgotten, and stays so')
    if (state.accountId !== null && state.accountId !== data.accountId) return refuse('NOT_FOUND', 'No such memory')
    const problem = unfit(state, data.accountId, data.evidence)
    if (problem !== null) return problem
    return command.do === 'RecordMemory' ? record(state, command) : support(state, command)
  },
}

const isOfMemory = (fact: FactOf<LearningEvent>): fact is FactOf<OfMemory> => fact.type.startsWith('memory:')

type LearningDecision = ReturnType<typeof learning.decide>

function record(state: Learning, { by, data }: Issued<CommandOf<'RecordMemory'>>): LearningDecision {
  if (state.memory === 'there') return accept()
  if (data.derivation.engine === 'person' && by === 'instance') return notYours()
  if (isGroundless(data)) return refuse('INVALID', 'A memory needs evidence')
  return accept({ type: 'memory:record', data })
}

function support(state: Learning, { data }: Issued<CommandOf<'SupportMemory'>>): LearningDecision {
  if (state.memory === 'absent') return refuse('NOT_FOUND', 'No such memory')
  if (data.evidence.length === 0 || sameJson(state.supported?.evidence, data.evidence)) return accept()
  return accept({ type: 'memory:support', data })
}

/**
 * A person's word stands for itself, and so does that of another assistant, as long as nobody believes it. All else needs the words it was learnt
 * from, or the memories.
 */
function isGroundless({ derivation: { engine }, status, evidence, members }: MemoryEvents['memory:record']): boolean {
  if (engine === 'person') return false
  if (engine === 'rollup') return members.length === 0
  if (engine === 'import' || engine === 'assistant') return evidence.length === 0 && status !== 'candidate'
  return evidence.length === 0
}

/** What is wrong with the conversations that something rests on; null when nothing is. */
function unfit({ conversations }: Learning, accountId: string, evidence: readonly Evidence[]) {
  for (const { conversationId } of evidence) {
    const conversation = conversations.get(conversationId)
    if (conversation?.gone === true) return refuse('GONE', 'The conversation that this rests on was deleted')
    if (conversation?.accountId !== accountId) return refuse('NOT_FOUND', 'No such conversation')
  }
  return null
}

function readsOf({ data }: LearningCommand): [StreamKey, ...StreamKey[]] {
  const conversations = new Set(data.evidence.map(({ conversationId }) => conversationId))
  return [['memory', data.id], ...[...conversations].map((id): StreamKey => ['conversation', id])]
}

export const learningRoutes: Routes<LearningCommand['do']> = {
  RecordMemory: route(learning, { reads: readsOf, last: 1 }),
  SupportMemory: route(learning, { reads: readsOf, last: 1 }),
}
