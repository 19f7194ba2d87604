/** A reader's own state: how far a timeline was read, which notifications were put away. */
import { accept, actsFor, type CommandOf, type Decider, notYours, type Routes, route } from './decider.ts'

/** Last id read in a timeline, or null. */
export type Marker = string | null

export const marker: Decider<Marker, CommandOf<'SetMarker'>, 'marker:set'> = {
  initial: null,
  evolve: (state, fact) => fact.data?.lastReadId ?? state,
  decide(state, { by, data }) {
    if (!actsFor(by, data.accountId)) return notYours()
    return state === data.lastReadId ? accept() : accept({ type: 'marker:set', data })
  },
}

/** Whether one notification was dismissed. */
export const dismissal: Decider<boolean, CommandOf<'DismissNotification'>, 'notification:dismiss'> = {
  initial: false,
  evolve: () => true,
  decide(dismissed, { by, data }) {
    if (!actsFor(by, data.accountId)) return notYours()
    return dismissed ? accept() : accept({ type: 'notification:dismiss', data })
  },
}

/** When everything was last cleared (ISO 8601 in UTC), or null. */
export const clearing: Decider<string | null, CommandOf<'ClearNotifications'>, 'notification:clear'> = {
  initial: null,
  evolve: (state, fact) => fact.data?.at ?? state,
  decide(cleared, { by, data }) {
    if (!actsFor(by, data.accountId)) return notYours()
    return cleared !== null && data.at <= cleared ? accept() : accept({ type: 'notification:clear', data })
  },
}

export const readerRoutes: Routes<'SetMarker' | 'DismissNotification' | 'ClearNotifications'> = {
  SetMarker: route(marker, { reads: ({ data }) => [['marker', `${data.accountId} ${data.timeline}`]], last: 1 }),
  DismissNotification: route(dismissal, { reads: ({ data }) => [['notification', `${data.accountId} ${data.notificationId}`]], expectNew: true }),
  ClearNotifications: route(clearing, { reads: ({ data }) => [['notifications', data.accountId]], last: 1 }),
}
