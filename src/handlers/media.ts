/** Uploaded media: recorded once, described again by their owner. */

import type { MediaAttachment } from '../events/catalogue.ts'
import { sameJson } from '../events/same.ts'
import { accept, actsFor, type CommandOf, type Decider, notYours, type Routes, refuse, route, type StreamKey } from './decider.ts'

/** The file as last described, or null. `accountId` is null when the record was erased. */
export type Media = { readonly accountId: string | null; readonly attachment: MediaAttachment | null } | null

export const media: Decider<Media, CommandOf<'AddMedia' | 'DescribeMedia'>, 'media:create' | 'media:update'> = {
  initial: null,

  evolve(state, fact) {
    if (fact.data === null) return state ?? { accountId: null, attachment: null }
    return { accountId: fact.data.accountId, attachment: fact.data.attachment }
  },

  decide(state, command) {
    const { accountId, attachment } = command.do === 'AddMedia' ? command.data : command
    if (!actsFor(command.by, accountId)) return notYours()
    if (state !== null && state.accountId !== accountId) return refuse('NOT_FOUND', 'No such media')
    if (command.do === 'AddMedia') return state === null ? accept({ type: 'media:create', data: command.data }) : accept()
    if (state === null) return refuse('NOT_FOUND', 'No such media')
    return sameJson(state.attachment, attachment) ? accept() : accept({ type: 'media:update', data: { accountId, attachment } })
  },
}

const mediaStream = (attachment: MediaAttachment): StreamKey => ['media', attachment.id]

export const mediaRoutes: Routes<'AddMedia' | 'DescribeMedia'> = {
  AddMedia: route(media, { reads: ({ data }) => [mediaStream(data.attachment)], expectNew: true }),
  DescribeMedia: route(media, { reads: ({ attachment }) => [mediaStream(attachment)] }),
}
