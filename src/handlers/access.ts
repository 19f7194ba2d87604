/** Access: client applications, what people allowed them, and sessions in a browser. Given once, taken back once; a taken-back id stays taken back. */
import type { EventData } from '../events/catalogue.ts'
import { accept, actsFor, type CommandOf, type Decider, notYours, type Routes, refuse, route, type StreamKey } from './decider.ts'

/** Registered under this client id, or null. */
export const app: Decider<{ readonly clientId: string | null } | null, CommandOf<'RegisterApp'>, 'app:register'> = {
  initial: null,
  evolve: (_state, fact) => ({ clientId: fact.data?.clientId ?? null }),
  decide(state, { by, data }) {
    if (by !== 'instance') return notYours()
    if (state === null) return accept({ type: 'app:register', data })
    return state.clientId === data.clientId ? accept() : refuse('ALREADY_EXISTS', 'This application is already registered')
  },
}

/** A grant or a session: whose it is, and whether it still holds. `tokenHash` tells a repetition from a collision. */
export type Pass =
  | { readonly is: 'absent' }
  | { readonly is: 'valid'; readonly accountId: string | null; readonly tokenHash: string }
  | { readonly is: 'revoked'; readonly accountId: string | null }

/** A pass whose record was erased holds no longer. */
const given = (data: { readonly accountId: string | null; readonly tokenHash: string } | null): Pass =>
  data === null ? { is: 'revoked', accountId: null } : { is: 'valid', accountId: data.accountId, tokenHash: data.tokenHash }

const takenBack = (state: Pass): Pass => ({ is: 'revoked', accountId: state.is === 'absent' ? null : state.accountId })

export const grant: Decider<Pass, CommandOf<'Grant' | 'RevokeGrant'>, 'grant:create' | 'grant:revoke'> = {
  initial: { is: 'absent' },
  evolve: (state, fact) => (fact.type === 'grant:create' ? given(fact.data) : takenBack(state)),
  decide(state, command) {
    if (command.do === 'RevokeGrant') {
      if (state.is === 'absent') return refuse('NOT_FOUND', 'No such grant')
      if (!actsFor(command.by, state.accountId)) return notYours()
      return state.is === 'revoked' ? accept() : accept({ type: 'grant:revoke', data: { id: command.id, at: command.at } })
    }
    return actsFor(command.by, command.data.accountId) ? open(state, { type: 'grant:create', data: command.data } as const) : notYours()
  },
}

export const session: Decider<Pass, CommandOf<'OpenSession' | 'CloseSession'>, 'session:create' | 'session:revoke'> = {
  initial: { is: 'absent' },
  evolve: (state, fact) => (fact.type === 'session:create' ? given(fact.data) : takenBack(state)),
  decide(state, command) {
    if (command.do === 'CloseSession') {
      if (state.is === 'absent') return refuse('NOT_FOUND', 'No such session')
      if (!actsFor(command.by, state.accountId)) return notYours()
      return state.is === 'revoked' ? accept() : accept({ type: 'session:revoke', data: { id: command.id, at: command.at } })
    }
    return actsFor(command.by, command.data.accountId) ? open(state, { type: 'session:create', data: command.data } as const) : notYours()
  },
}

function open<E extends { readonly data: EventData['grant:create' | 'session:create'] }>(state: Pass, event: E) {
  if (state.is === 'absent') return accept(event)
  if (state.is === 'revoked') return refuse('GONE', 'This was revoked')
  return state.tokenHash === event.data.tokenHash ? accept<E>() : refuse('ALREADY_EXISTS', 'This id is taken')
}

const appStream = (id: string): StreamKey => ['app', id]
const grantStream = (id: string): StreamKey => ['grant', id]
const sessionStream = (id: string): StreamKey => ['session', id]

export const accessRoutes: Routes<'RegisterApp' | 'Grant' | 'RevokeGrant' | 'OpenSession' | 'CloseSession'> = {
  RegisterApp: route(app, { reads: ({ data }) => [appStream(data.id)], expectNew: true }),
  Grant: route(grant, { reads: ({ data }) => [grantStream(data.id)], expectNew: true }),
  RevokeGrant: route(grant, { reads: ({ id }) => [grantStream(id)] }),
  OpenSession: route(session, { reads: ({ data }) => [sessionStream(data.id)], expectNew: true }),
  CloseSession: route(session, { reads: ({ id }) => [sessionStream(id)] }),
}
