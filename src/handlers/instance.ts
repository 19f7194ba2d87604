/** The instance itself: created once, owned by its first account, its settings changed by that owner. */

import type { EventData } from '../events/catalogue.ts'
import { sameJson } from '../events/same.ts'
import { accept, actsFor, type CommandOf, type Decider, notYours, type Routes, refuse, route, type StreamKey } from './decider.ts'

export type Instance =
  | { readonly is: 'absent' }
  | {
      readonly is: 'created'
      readonly as: EventData['instance:create'] | null
      readonly settings: EventData['instance:update'] | null
      readonly owner: string | null
    }

type InstanceCommand = CommandOf<'SetUpInstance' | 'UpdateInstance'>
export type InstanceEvent = 'instance:create' | 'instance:update' | 'instance:set_owner'

export const instance: Decider<Instance, InstanceCommand, InstanceEvent> = {
  initial: { is: 'absent' },

  evolve(state, fact): Instance {
    if (state.is === 'absent') return fact.type === 'instance:create' ? { is: 'created', as: fact.data, settings: null, owner: null } : state
    if (fact.data === null) return state
    switch (fact.type) {
      case 'instance:update':
        return { ...state, settings: fact.data }
      case 'instance:set_owner':
        return { ...state, owner: fact.data.accountId }
      default:
        return state
    }
  },

  decide(state, command) {
    if (command.do === 'SetUpInstance') {
      if (command.by !== 'instance') return notYours()
      if (state.is === 'absent') return accept({ type: 'instance:create', data: command.data })
      return sameJson(state.as, command.data) ? accept() : refuse('ALREADY_EXISTS', 'This instance is already set up')
    }
    if (state.is === 'absent') return refuse('NOT_SET_UP', 'This instance is not set up yet')
    if (!actsFor(command.by, state.owner)) return notYours()
    return sameJson(state.settings, command.data) ? accept() : accept({ type: 'instance:update', data: command.data })
  },
}

export const instanceStream = (): StreamKey => ['instance', 'self']

export const instanceRoutes: Routes<'SetUpInstance' | 'UpdateInstance'> = {
  SetUpInstance: route(instance, { reads: () => [instanceStream()] }),
  UpdateInstance: route(instance, { reads: () => [instanceStream()] }),
}
