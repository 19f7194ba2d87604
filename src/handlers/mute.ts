/** Mutes: private to the one who mutes; muting again changes how long and how much. */

import type { EventData, Pair } from '../events/catalogue.ts'
import { sameJson } from '../events/same.ts'
import { accept, actsFor, type CommandOf, type Decider, notYours, type Routes, refuse, route, type StreamKey } from './decider.ts'

/** The standing mute, or null. One that has expired stands until it is taken back: readers compare `expiresAt` with their clock. */
export type Mute = { readonly notifications: boolean; readonly expiresAt: string | null } | null

export const mute: Decider<Mute, CommandOf<'Mute' | 'Unmute'>, 'social:mute' | 'social:unmute'> = {
  initial: null,

  evolve(_state, fact) {
    return fact.type === 'social:mute' && fact.data !== null ? termsOf(fact.data) : null
  },

  decide(state, command) {
    if (command.do === 'Unmute') {
      const { accountId, targetId } = command.pair
      if (!actsFor(command.by, accountId)) return notYours()
      return state === null ? accept() : accept({ type: 'social:unmute', data: { accountId, targetId } })
    }
    const { data, by } = command
    if (!actsFor(by, data.accountId)) return notYours()
    if (data.accountId === data.targetId) return refuse('INVALID', 'You cannot mute yourself')
    return sameJson(state, termsOf(data)) ? accept() : accept({ type: 'social:mute', data })
  },
}

const termsOf = ({ notifications, expiresAt }: EventData['social:mute']): Mute => ({ notifications, expiresAt })
const muteStream = ({ accountId, targetId }: Pair): StreamKey => ['mute', `${accountId} ${targetId}`]

export const muteRoutes: Routes<'Mute' | 'Unmute'> = {
  Mute: route(mute, { reads: ({ data }) => [muteStream(data)], expectNew: true, last: 1 }),
  Unmute: route(mute, { reads: ({ pair }) => [muteStream(pair)], last: 1 }),
}
