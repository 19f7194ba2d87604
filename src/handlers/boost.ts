/** Boosts: at most one of a post per account at a time. Each has an id and a uri of its own, for it appears in timelines. */
import { accept, actsFor, type CommandOf, type Decider, notYours, type Routes, refuse, route, type StreamKey } from './decider.ts'

/** The standing boost, or null. */
export type Boost = { readonly id: string; readonly uri: string } | null

type BoostCommand = CommandOf<'Boost' | 'Unboost'>

export const boost: Decider<Boost, BoostCommand, 'status:boost' | 'status:unboost'> = {
  initial: null,

  evolve(_state, fact) {
    return fact.type === 'status:boost' && fact.data !== null ? { id: fact.data.id, uri: fact.data.uri } : null
  },

  decide(state, command) {
    if (command.do === 'Unboost') {
      const { accountId, statusId, by } = command
      if (!actsFor(by, accountId)) return notYours()
      return state === null ? accept() : accept({ type: 'status:unboost', data: { id: state.id, accountId, statusId, uri: state.uri } })
    }
    const { data, by } = command
    if (!actsFor(by, data.accountId) || data.local === (by === 'instance')) return notYours()
    if (data.visibility === 'direct') return refuse('INVALID', 'A boost cannot be direct')
    return state === null ? accept({ type: 'status:boost', data }) : accept()
  },
}

const boostStream = (accountId: string, statusId: string): StreamKey => ['boost', `${accountId} ${statusId}`]

export const boostRoutes: Routes<'Boost' | 'Unboost'> = {
  Boost: route(boost, { reads: ({ data }) => [boostStream(data.accountId, data.statusId)], expectNew: true, last: 1 }),
  Unboost: route(boost, { reads: ({ accountId, statusId }) => [boostStream(accountId, statusId)], last: 1 }),
}
