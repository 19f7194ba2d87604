/** Likes, bookmarks and pins: on or off, per account, post and kind; each kind of each pair is a stream of its own. */
import type { Reaction } from '../events/catalogue.ts'
import { accept, actsFor, type CommandOf, type Decider, notYours, type Routes, route, type StreamKey } from './decider.ts'

/** On, with the uri of the Like when there is one; or null. */
export type Standing = { readonly uri: string | null } | null

type On = 'Like' | 'Bookmark' | 'Pin'
type Off = 'Unlike' | 'Unbookmark' | 'Unpin'
type ReactionEvent = 'status:like' | 'status:unlike' | 'status:bookmark' | 'status:unbookmark' | 'status:pin' | 'status:unpin'

export const reaction: Decider<Standing, CommandOf<On | Off>, ReactionEvent> = {
  initial: null,

  evolve(_state, fact) {
    switch (fact.type) {
      case 'status:like':
        return fact.data === null ? null : { uri: fact.data.uri }
      case 'status:bookmark':
      case 'status:pin':
        return { uri: null }
      default:
        return null
    }
  },

  decide(state, command) {
    if (!actsFor(command.by, pairOf(command).accountId)) return notYours()
    switch (command.do) {
      case 'Like':
        return state === null ? accept({ type: 'status:like', data: command.data }) : accept()
      case 'Bookmark':
        return state === null ? accept({ type: 'status:bookmark', data: command.data }) : accept()
      case 'Pin':
        return state === null ? accept({ type: 'status:pin', data: command.data }) : accept()
      case 'Unlike':
        return state?.uri == null ? accept() : accept({ type: 'status:unlike', data: { ...pairOf(command), uri: state.uri } })
      case 'Unbookmark':
        return state === null ? accept() : accept({ type: 'status:unbookmark', data: command.data })
      default:
        return state === null ? accept() : accept({ type: 'status:unpin', data: command.data })
    }
  },
}

function pairOf(command: CommandOf<On | Off>): Reaction {
  const { accountId, statusId } = command.do === 'Unlike' ? command : command.data
  return { accountId, statusId }
}

const streamOf = (kind: 'like' | 'bookmark' | 'pin') => (command: CommandOf<On | Off>) => {
  const { accountId, statusId } = pairOf(command)
  return [['reaction', `${accountId} ${statusId} ${kind}`]] as [StreamKey]
}

export const reactionRoutes: Routes<On | Off> = {
  Like: route(reaction, { reads: streamOf('like'), expectNew: true, last: 1 }),
  Unlike: route(reaction, { reads: streamOf('like'), last: 1 }),
  Bookmark: route(reaction, { reads: streamOf('bookmark'), expectNew: true, last: 1 }),
  Unbookmark: route(reaction, { reads: streamOf('bookmark'), last: 1 }),
  Pin: route(reaction, { reads: streamOf('pin'), expectNew: true, last: 1 }),
  Unpin: route(reaction, { reads: streamOf('pin'), last: 1 }),
}
