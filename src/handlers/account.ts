/**
 * Accounts of people here: a unique name, a profile, a way to sign in. The first account owns the instance.
 * The name is claimed in a stream of its own (`username`, lower-case); profile and credential live in `account`.
 */

import type { EventData, Profile } from '../events/catalogue.ts'
import { sameJson } from '../events/same.ts'
import { accept, actsFor, type CommandOf, type Decider, type Issued, notYours, type Routes, refuse, route, type StreamKey } from './decider.ts'
import { type Instance, type InstanceEvent, instance, instanceStream } from './instance.ts'
import { canonicalUsername, isReserved, isUsername } from './username.ts'

export type Account = {
  readonly instance: Instance
  /** Who holds the name; null id when that was erased: an erased name is never given again. */
  readonly holder: { readonly id: string | null } | null
  /** As last set; the profile of `identity:create` belongs to the name's stream and is not repeated here. */
  readonly profile: Profile | null
  readonly credential: EventData['identity:credential'] | null
  readonly isDeleted: boolean
}

type AccountCommand = CommandOf<'CreateAccount' | 'UpdateProfile' | 'SetCredential' | 'DeleteAccount'>
type AccountEvent = 'identity:create' | 'identity:update' | 'identity:credential' | 'identity:delete' | 'identity:erase' | InstanceEvent

export const account: Decider<Account, AccountCommand, AccountEvent> = {
  initial: { instance: instance.initial, holder: null, profile: null, credential: null, isDeleted: false },

  evolve(state, fact) {
    switch (fact.type) {
      case 'instance:create':
      case 'instance:update':
      case 'instance:set_owner':
        return { ...state, instance: instance.evolve(state.instance, fact) }
      case 'identity:create':
        return { ...state, holder: { id: fact.data?.id ?? null } }
      case 'identity:update':
        return { ...state, profile: fact.data?.profile ?? state.profile }
      case 'identity:credential':
        return { ...state, credential: fact.data }
      case 'identity:delete':
      case 'identity:erase':
        return { ...state, isDeleted: true }
      default:
        return state
    }
  },

  decide(state, command) {
    switch (command.do) {
      case 'CreateAccount':
        return create(state, command)
      case 'DeleteAccount':
        return remove(state, command)
      case 'UpdateProfile':
        if (!actsFor(command.by, command.id)) return notYours()
        if (state.isDeleted) return gone()
        if (sameJson(state.profile, command.profile)) return accept()
        return accept({ type: 'identity:update', data: { id: command.id, profile: command.profile } })
      default:
        if (!actsFor(command.by, command.data.id)) return notYours()
        if (state.isDeleted) return gone()
        if (state.credential === null) return refuse('NOT_FOUND', 'No such account')
        return sameJson(state.credential, command.data) ? accept() : accept({ type: 'identity:credential', data: command.data })
    }
  },
}

/** The credential comes first: it is recorded before the public identity, so that no crash leaves a name nobody can sign in to. */
function create(state: Account, { data, credential }: CommandOf<'CreateAccount'>): ReturnType<typeof account.decide> {
  if (state.instance.is === 'absent') return refuse('NOT_SET_UP', 'This instance is not set up yet')
  if (state.holder?.id === data.id) return accept()
  const { owner } = state.instance
  const role = owner === null ? 'owner' : data.role
  if (owner !== null && role === 'owner') return refuse('NOT_ALLOWED', 'This instance already has an owner')
  if (!isUsername(data.username)) return refuse('INVALID', 'A username is 1 to 30 letters (a–z), digits or underscores')
  if (isReserved(data.username, role)) return refuse('INVALID', 'This username is reserved')
  if (state.holder !== null) return refuse('ALREADY_EXISTS', 'This username is already taken')
  if (credential.id !== data.id) return refuse('INVALID', 'The credential belongs to another account')
  return accept(
    ...(sameJson(state.credential, credential) ? [] : [{ type: 'identity:credential', data: credential } as const]),
    { type: 'identity:create', data: { ...data, role } },
    ...(owner === null ? [{ type: 'instance:set_owner', data: { accountId: data.id, at: data.createdAt } } as const] : []),
  )
}

/** For good: what the account recorded is erased later, see eraser.ts. An instance is never without its owner. */
function remove(state: Account, { by, id, at }: Issued<CommandOf<'DeleteAccount'>>): ReturnType<typeof account.decide> {
  if (!actsFor(by, id)) return notYours()
  if (state.isDeleted) return accept()
  if (state.holder?.id !== id) return refuse('NOT_FOUND', 'No such account')
  if (state.instance.is === 'created' && state.instance.owner === id) return refuse('NOT_ALLOWED', 'The owner of the instance cannot be deleted')
  return accept({ type: 'identity:delete', data: { id, at } })
}

const gone = () => refuse('GONE', 'This account was deleted')

const accountStream = (id: string): StreamKey => ['account', id]
export const usernameStream = (username: string): StreamKey => ['username', canonicalUsername(username)]

export const accountRoutes: Routes<'CreateAccount' | 'UpdateProfile' | 'SetCredential' | 'DeleteAccount'> = {
  CreateAccount: route(account, {
    reads: ({ data }) => [usernameStream(data.username), accountStream(data.id), instanceStream()],
    to: ({ type }, { data }) =>
      type === 'identity:create' ? usernameStream(data.username) : type === 'identity:credential' ? accountStream(data.id) : instanceStream(),
  }),
  UpdateProfile: route(account, { reads: ({ id }) => [accountStream(id)] }),
  SetCredential: route(account, { reads: ({ data }) => [accountStream(data.id)] }),
  DeleteAccount: route(account, { reads: ({ id, username }) => [accountStream(id), usernameStream(username), instanceStream()] }),
}
