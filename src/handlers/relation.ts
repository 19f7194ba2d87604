/**
 * Follows and blocks between two accounts, judged on both directions at once: a block either way refuses a follow, and making one ends both follows.
 * `there` is from the one who acts to the other, `back` from the other to the one who acts; events name their own direction.
 */
import type { EventData, Pair } from '../events/catalogue.ts'
import {
  accept,
  actsFor,
  type CommandOf,
  type Decider,
  type EventOf,
  type FactOf,
  type Issued,
  notYours,
  type Routes,
  refuse,
  route,
  type StreamKey,
} from './decider.ts'

type Follow = EventData['social:follow']
type FollowEvent = 'social:follow' | 'social:follow_accept' | 'social:follow_reject' | 'social:unfollow'
type BlockEvent = 'social:block' | 'social:unblock'
type RelationEvent = FollowEvent | BlockEvent
type RelationCommand = CommandOf<'Follow' | 'AcceptFollow' | 'RejectFollow' | 'Unfollow' | 'Block' | 'Unblock'>

/** What stands between accounts, by direction (`direction(pair)`). */
export type Relation = { readonly follows: ReadonlyMap<string, Follow>; readonly blocks: ReadonlyMap<string, { readonly uri: string }> }

export const relation: Decider<Relation, RelationCommand, RelationEvent> = {
  initial: { follows: new Map(), blocks: new Map() },

  /** An erased event leaves things as they stood. */
  evolve(state, fact) {
    if (fact.data === null) return state
    if (fact.type === 'social:block') return { ...state, blocks: withEntry(state.blocks, direction(fact.data), { uri: fact.data.uri }) }
    if (fact.type === 'social:unblock') return { ...state, blocks: withEntry(state.blocks, direction(fact.data), undefined) }
    const key = direction(fact.data)
    return { ...state, follows: withEntry(state.follows, key, followAfter(state.follows.get(key), fact)) }
  },

  decide(state, command) {
    switch (command.do) {
      case 'Follow':
        return follow(state, command)
      case 'AcceptFollow':
      case 'RejectFollow':
        return answer(state, command)
      case 'Unfollow':
        return unfollow(state, command)
      case 'Block':
        return block(state, command)
      default:
        return unblock(state, command)
    }
  },
}

type RelationDecision = ReturnType<typeof relation.decide>

function followAfter(current: Follow | undefined, fact: FactOf<FollowEvent>): Follow | undefined {
  switch (fact.type) {
    case 'social:follow':
      return fact.data ?? current
    case 'social:follow_accept':
      return current && { ...current, state: 'accepted' }
    default:
      return undefined
  }
}

/**
 * Following again changes the options and never takes back an acceptance. A remote server that asks again under a new uri has lost our answer,
 * so the new uri is recorded and gets its own; a follow from here keeps the uri the other side already knows.
 */
function follow(state: Relation, { by, data }: Issued<CommandOf<'Follow'>>): RelationDecision {
  if (!actsFor(by, data.accountId)) return notYours()
  if (data.accountId === data.targetId) return refuse('INVALID', 'You cannot follow yourself')
  if (state.blocks.has(direction(data)) || state.blocks.has(direction(reverse(data)))) return refuse('NOT_ALLOWED', 'You cannot follow this account')
  const standing = state.follows.get(direction(data))
  if (standing === undefined) return accept({ type: 'social:follow', data })
  const next: Follow = { ...data, uri: by === 'instance' ? data.uri : standing.uri, state: standing.state === 'accepted' ? 'accepted' : data.state }
  return sameFollow(standing, next) ? accept() : accept({ type: 'social:follow', data: next })
}

function answer(state: Relation, { do: verb, by, pair, at }: Issued<CommandOf<'AcceptFollow' | 'RejectFollow'>>): RelationDecision {
  if (!actsFor(by, pair.targetId)) return notYours()
  const standing = state.follows.get(direction(pair))
  if (verb === 'RejectFollow') return standing === undefined ? accept() : accept(rejection(standing, at))
  if (standing === undefined) return refuse('NOT_FOUND', 'No such follow request')
  return standing.state === 'accepted' ? accept() : accept({ type: 'social:follow_accept', data: { ...direct(pair), uri: standing.uri, at } })
}

function unfollow(state: Relation, { by, pair }: Issued<CommandOf<'Unfollow'>>): RelationDecision {
  if (!actsFor(by, pair.accountId)) return notYours()
  const standing = state.follows.get(direction(pair))
  return standing === undefined ? accept() : accept(unfollowing(standing))
}

function block(state: Relation, { by, data }: Issued<CommandOf<'Block'>>): RelationDecision {
  if (!actsFor(by, data.accountId)) return notYours()
  if (data.accountId === data.targetId) return refuse('INVALID', 'You cannot block yourself')
  if (state.blocks.has(direction(data))) return accept()
  const there = state.follows.get(direction(data))
  const back = state.follows.get(direction(reverse(data)))
  return accept<EventOf<RelationEvent>>(
    { type: 'social:block', data },
    ...(there === undefined ? [] : [unfollowing(there)]),
    ...(back === undefined ? [] : [rejection(back, data.at)]),
  )
}

function unblock(state: Relation, { by, pair }: Issued<CommandOf<'Unblock'>>): RelationDecision {
  if (!actsFor(by, pair.accountId)) return notYours()
  const standing = state.blocks.get(direction(pair))
  return standing === undefined ? accept() : accept({ type: 'social:unblock', data: { ...direct(pair), uri: standing.uri } })
}

const unfollowing = (standing: Follow): EventOf<'social:unfollow'> => ({ type: 'social:unfollow', data: { ...direct(standing), uri: standing.uri } })
const rejection = (standing: Follow, at: string): EventOf<'social:follow_reject'> => ({
  type: 'social:follow_reject',
  data: { ...direct(standing), uri: standing.uri, at },
})

const sameFollow = (a: Follow, b: Follow): boolean =>
  a.uri === b.uri &&
  a.state === b.state &&
  a.reblogs === b.reblogs &&
  a.notify === b.notify &&
  (a.languages ?? ['*']).join() === (b.languages ?? ['*']).join()

/** Only the pair, whatever else the value carries. */
const direct = ({ accountId, targetId }: Pair): Pair => ({ accountId, targetId })
const reverse = ({ accountId, targetId }: Pair): Pair => ({ accountId: targetId, targetId: accountId })
const direction = ({ accountId, targetId }: Pair): string => `${accountId} ${targetId}`

function withEntry<V>(map: ReadonlyMap<string, V>, key: string, value: V | undefined): ReadonlyMap<string, V> {
  const next = new Map(map)
  if (value === undefined) next.delete(key)
  else next.set(key, value)
  return next
}

const followStream = (pair: Pair): StreamKey => ['follow', direction(pair)]
const blockStream = (pair: Pair): StreamKey => ['block', direction(pair)]

/** Each event goes to the stream of its own direction. */
const to = ({ type, data }: EventOf<RelationEvent>): StreamKey =>
  type === 'social:block' || type === 'social:unblock' ? blockStream(data) : followStream(data)

/** An acceptance says nothing of what was accepted: the follow before it does. Every other event tells all by itself. */
const LAST = 2

export const relationRoutes: Routes<RelationCommand['do']> = {
  Follow: route(relation, {
    reads: ({ data }) => [followStream(data), blockStream(data), blockStream(reverse(data))],
    expectNew: true,
    to,
    last: LAST,
  }),
  AcceptFollow: route(relation, { reads: ({ pair }) => [followStream(pair)], to, last: LAST }),
  RejectFollow: route(relation, { reads: ({ pair }) => [followStream(pair)], to, last: LAST }),
  Unfollow: route(relation, { reads: ({ pair }) => [followStream(pair)], to, last: LAST }),
  Block: route(relation, { reads: ({ data }) => [blockStream(data), followStream(data), followStream(reverse(data))], to, last: LAST }),
  Unblock: route(relation, { reads: ({ pair }) => [blockStream(pair)], to, last: LAST }),
}
