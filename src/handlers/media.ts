/** Uploaded media: recorded once, described again by their owner, deleted for good. */

import type { MediaAttachment } from '../events/catalogue.ts'
import { sameJson } from '../events/same.ts'
import { accept, actsFor, type CommandOf, type Decider, type Issued, notYours, type Routes, refuse, route, type StreamKey } from './decider.ts'

/** `accountId` and `attachment` (the file as last described) are null when the record was erased. */
export type Media =
  | { readonly is: 'absent' }
  | { readonly is: 'there'; readonly accountId: string | null; readonly attachment: MediaAttachment | null }
  | { readonly is: 'deleted'; readonly accountId: string | null }

type MediaCommand = CommandOf<'AddMedia' | 'DescribeMedia' | 'DeleteMedia'>
type MediaEvent = 'media:create' | 'media:update' | 'media:delete'

export const media: Decider<Media, MediaCommand, MediaEvent> = {
  initial: { is: 'absent' },

  evolve(state, fact) {
    if (fact.type === 'media:delete') return { is: 'deleted', accountId: ownerOf(state) ?? fact.data?.accountId ?? null }
    if (fact.data === null) return state.is === 'absent' ? { is: 'there', accountId: null, attachment: null } : state
    return { is: 'there', accountId: fact.data.accountId, attachment: fact.data.attachment }
  },

  decide(state, command) {
    if (!actsFor(command.by, accountOf(command))) return notYours()
    if (command.do === 'AddMedia' && state.is === 'absent') return accept({ type: 'media:create', data: command.data })
    if (!belongsTo(state, command)) return refuse('NOT_FOUND', 'No such media')
    if (command.do === 'DeleteMedia') return state.is === 'deleted' ? accept() : accept({ type: 'media:delete', data: command.data })
    if (state.is === 'deleted') return refuse('GONE', 'This media was deleted')
    if (command.do === 'AddMedia' || sameJson(attachmentOf(state), command.attachment)) return accept()
    return accept({ type: 'media:update', data: { accountId: command.accountId, attachment: command.attachment } })
  },
}

const accountOf = (command: MediaCommand): string => (command.do === 'DescribeMedia' ? command.accountId : command.data.accountId)
const ownerOf = (state: Media): string | null => (state.is === 'absent' ? null : state.accountId)
const attachmentOf = (state: Media): MediaAttachment | null => (state.is === 'there' ? state.attachment : null)

/** What was erased may still be deleted: nobody is left to say whose it was. */
function belongsTo(state: Media, command: Issued<MediaCommand>): boolean {
  const owner = ownerOf(state)
  return state.is !== 'absent' && (owner === accountOf(command) || (owner === null && command.do === 'DeleteMedia'))
}

const mediaStream = (id: string): StreamKey => ['media', id]

export const mediaRoutes: Routes<MediaCommand['do']> = {
  AddMedia: route(media, { reads: ({ data }) => [mediaStream(data.attachment.id)], expectNew: true }),
  DescribeMedia: route(media, { reads: ({ attachment }) => [mediaStream(attachment.id)] }),
  DeleteMedia: route(media, { reads: ({ data }) => [mediaStream(data.id)] }),
}
