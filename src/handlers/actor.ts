/** Actors seen elsewhere: known by uri, refreshed when they change, gone for good when deleted. Only the instance witnesses them. */

import type { EventData } from '../events/catalogue.ts'
import { sameJson } from '../events/same.ts'
import { accept, type CommandOf, type Decider, notYours, type Routes, refuse, route, type StreamKey } from './decider.ts'

type Shown = Omit<EventData['identity:refresh'], 'id'>

export type Actor = { readonly is: 'unknown' } | { readonly is: 'known'; readonly id: string; readonly shown: Shown } | { readonly is: 'gone' }

type ActorCommand = CommandOf<'DiscoverActor' | 'RefreshActor' | 'DeleteActor'>
type ActorEvent = 'identity:discover' | 'identity:refresh' | 'identity:delete' | 'identity:erase'

export const actor: Decider<Actor, ActorCommand, ActorEvent> = {
  initial: { is: 'unknown' },

  /** The newest event tells all: an actor may be refreshed any number of times. One whose newest record was erased is gone. */
  evolve(_state, fact) {
    if (fact.type === 'identity:delete' || fact.type === 'identity:erase' || fact.data === null) return { is: 'gone' }
    return { is: 'known', id: fact.data.id, shown: shown(fact.data) }
  },

  decide(state, command) {
    if (command.by !== 'instance') return notYours()
    if (command.do === 'DeleteActor' && state.is === 'gone') return accept()
    if (state.is === 'gone') return refuse('GONE', 'This account was deleted')
    if (command.do === 'DiscoverActor') return discover(state, command.data)
    if (state.is === 'unknown' || state.id !== command.id) return refuse('NOT_FOUND', 'No such account')
    if (command.do === 'DeleteActor') return accept({ type: 'identity:delete', data: { id: command.id, at: command.at } })
    if (command.links.uri !== command.uri) return refuse('INVALID', 'The links belong to another account')
    const now = shown(command)
    return sameJson(state.shown, now) ? accept() : accept({ type: 'identity:refresh', data: { id: command.id, ...now } })
  },
}

/** Two requests may discover one actor at once: the second learns that its id lost. */
function discover(state: Exclude<Actor, { is: 'gone' }>, data: EventData['identity:discover']): ReturnType<typeof actor.decide> {
  if (state.is === 'unknown') return accept({ type: 'identity:discover', data })
  return state.id === data.id ? accept() : refuse('ALREADY_EXISTS', 'This account is already known')
}

const shown = ({ profile, links, keys }: Shown): Shown => ({ profile, links, keys })
const actorStream = (uri: string): StreamKey => ['actor', uri]

export const actorRoutes: Routes<'DiscoverActor' | 'RefreshActor' | 'DeleteActor'> = {
  DiscoverActor: route(actor, { reads: ({ data }) => [actorStream(data.links.uri)], expectNew: true, last: 1 }),
  RefreshActor: route(actor, { reads: ({ uri }) => [actorStream(uri)], last: 1 }),
  DeleteActor: route(actor, { reads: ({ uri }) => [actorStream(uri)], last: 1 }),
}
