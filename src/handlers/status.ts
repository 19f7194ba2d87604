/** Posts, of people here and elsewhere alike: written once under a uri, edited and deleted only by their author, never back once deleted. */

import type { StatusBody, Visibility } from '../events/catalogue.ts'
import { LIMITS } from '../events/limits.ts'
import { sameJson } from '../events/same.ts'
import { accept, actsFor, type CommandOf, type Decider, notYours, type Routes, refuse, route, type StreamKey } from './decider.ts'

export type Status =
  | { readonly is: 'absent' }
  | {
      readonly is: 'there'
      readonly id: string
      readonly accountId: string
      readonly visibility: Visibility
      readonly local: boolean
      /** Of the newest edit; ISO 8601 in UTC, so that text order is time order. */
      readonly editedAt: string | null
      readonly edits: number
      readonly body: StatusBody
    }
  /** `accountId` is null when the post was erased. */
  | { readonly is: 'deleted'; readonly accountId: string | null }

type StatusCommand = CommandOf<'PostStatus' | 'EditStatus' | 'DeleteStatus'>
type StatusEvent = 'status:create' | 'status:update' | 'status:delete'

export const status: Decider<Status, StatusCommand, StatusEvent> = {
  initial: { is: 'absent' },

  evolve(state, fact) {
    switch (fact.type) {
      case 'status:create': {
        if (fact.data === null) return { is: 'deleted', accountId: null }
        const { id, accountId, visibility, local } = fact.data
        return { is: 'there', id, accountId, visibility, local, editedAt: null, edits: 0, body: bodyOf(fact.data) }
      }
      case 'status:update':
        return state.is === 'there' && fact.data !== null
          ? { ...state, editedAt: fact.data.editedAt, edits: state.edits + 1, body: bodyOf(fact.data) }
          : state
      case 'status:delete':
        return { is: 'deleted', accountId: state.is === 'there' ? state.accountId : null }
      default:
        return state
    }
  },

  decide(state, command) {
    switch (command.do) {
      case 'PostStatus':
        return post(state, command)
      case 'EditStatus':
        return edit(state, command)
      default:
        return remove(state, command)
    }
  },
}

type StatusDecision = ReturnType<typeof status.decide>
type Asked<D extends StatusCommand['do']> = Extract<Parameters<typeof status.decide>[1], { do: D }>

function post(state: Status, { by, status: data }: Asked<'PostStatus'>): StatusDecision {
  if (!actsFor(by, data.accountId) || data.local === (by === 'instance')) return notYours()
  if (state.is === 'deleted') return refuse('GONE', 'This post was deleted')
  if (state.is === 'there') {
    if (state.accountId !== data.accountId) return notYours()
    return state.id === data.id ? accept() : refuse('ALREADY_EXISTS', 'This post is already known')
  }
  if (data.local && isBlank(data)) return refuse('INVALID', 'A post needs text or media')
  return accept({ type: 'status:create', data })
}

/** Edits of remote posts may overtake each other: an older one that arrives late is already history. */
function edit(state: Status, { by, id, accountId, editedAt, body }: Asked<'EditStatus'>): StatusDecision {
  if (state.is === 'deleted') return refuse('GONE', 'This post was deleted')
  if (state.is === 'absent' || state.id !== id) return refuse('NOT_FOUND', 'No such post')
  if (!isAuthor(state, by, accountId)) return notYours()
  if (state.local && isBlank(body)) return refuse('INVALID', 'A post needs text or media')
  if (state.editedAt !== null && editedAt < state.editedAt) return accept()
  const next = bodyOf(body)
  if (sameJson(state.body, next)) return accept()
  if (state.edits >= LIMITS.edits) return refuse('INVALID', `A post can be edited ${LIMITS.edits} times`)
  return accept({ type: 'status:update', data: { id, accountId, editedAt, ...next } })
}

function remove(state: Status, { by, id, accountId, at }: Asked<'DeleteStatus'>): StatusDecision {
  if (state.is === 'absent') return refuse('NOT_FOUND', 'No such post')
  if (state.is === 'deleted') return state.accountId === null || state.accountId === accountId ? accept() : notYours()
  if (state.id !== id) return refuse('NOT_FOUND', 'No such post')
  return isAuthor(state, by, accountId) ? accept({ type: 'status:delete', data: { id, accountId, at } }) : notYours()
}

/** The author, speaking for themselves: what the instance witnesses from outside never touches a post written here. */
const isAuthor = (state: { readonly accountId: string; readonly local: boolean }, by: Asked<'EditStatus'>['by'], accountId: string): boolean =>
  state.accountId === accountId && actsFor(by, accountId) && state.local !== (by === 'instance')

const isBlank = (body: StatusBody): boolean => (body.text ?? '').trim() === '' && body.spoilerText.trim() === '' && body.media.length === 0

const bodyOf = ({ text, content, spoilerText, sensitive, language, media, mentions, tags, emojis }: StatusBody): StatusBody => ({
  text,
  content,
  spoilerText,
  sensitive,
  language,
  media,
  mentions,
  tags,
  emojis,
})

const statusStream = (uri: string): StreamKey => ['status', uri]

export const statusRoutes: Routes<'PostStatus' | 'EditStatus' | 'DeleteStatus'> = {
  PostStatus: route(status, { reads: (command) => [statusStream(command.status.uri)], expectNew: true }),
  EditStatus: route(status, { reads: ({ uri }) => [statusStream(uri)] }),
  DeleteStatus: route(status, { reads: ({ uri }) => [statusStream(uri)] }),
}
