import { describe, expect, test } from 'vitest'
import { account } from '../../../src/handlers/account.ts'
import { isReserved, isUsername } from '../../../src/handlers/username.ts'
import { profile, samples } from '../events/samples.ts'
import { AT, erased, event, given, HERE, OUTSIDE } from './given.ts'

const instance = event('instance:create', samples['instance:create'])
const owner = event('instance:set_owner', { accountId: '1', at: AT })
const identity = { ...samples['identity:create'], createdAt: AT, role: 'user' as const }
const credential = { ...samples['identity:credential'], id: identity.id }
const create = { do: 'CreateAccount', data: identity, credential } as const
const named = (username: string) => ({ ...create, data: { ...identity, username } })

describe('creating an account', () => {
  test('the first one owns the instance, whatever was asked', () =>
    given(account, instance)
      .when(OUTSIDE, create)
      .records(event('identity:credential', credential), event('identity:create', { ...identity, role: 'owner' }), owner))
  test('every later one is a user', () =>
    given(account, instance, owner).when(OUTSIDE, create).records(event('identity:credential', credential), event('identity:create', identity)))
  test('there is no second owner', () =>
    given(account, instance, owner)
      .when(OUTSIDE, { ...create, data: { ...identity, role: 'owner' } })
      .refused('NOT_ALLOWED'))
  test('nobody comes before the instance', () => given(account).when(OUTSIDE, create).refused('NOT_SET_UP'))
  test('a name is held by one', () =>
    given(account, instance, owner, event('identity:create', { ...identity, id: '9' }))
      .when(OUTSIDE, create)
      .refused('ALREADY_EXISTS'))
  test('an erased name stays taken', () => given(account, instance, owner, erased('identity:create')).when(OUTSIDE, create).refused('ALREADY_EXISTS'))
  test('the same request again changes nothing', () =>
    given(account, instance, owner, event('identity:credential', credential), event('identity:create', identity)).when(OUTSIDE, create).nothing())
  test('a request that was cut off after the credential continues with the identity', () =>
    given(account, instance, owner, event('identity:credential', credential)).when(OUTSIDE, create).records(event('identity:create', identity)))
  test('the credential is the account’s own', () =>
    given(account, instance)
      .when(OUTSIDE, { ...create, credential: { ...credential, id: '9' } })
      .refused('INVALID'))
  test('a name that is no name is refused', () => {
    for (const username of ['', 'a'.repeat(31), 'ad a', 'ada@here', 'ädä', 'ada-l', '../etc', 'ada\n'])
      given(account, instance).when(OUTSIDE, named(username)).refused('INVALID')
  })
  test('names of authority are the owner’s alone', () => {
    given(account, instance, owner).when(OUTSIDE, named('Admin')).refused('INVALID')
    given(account, instance)
      .when(OUTSIDE, named('Admin'))
      .records(event('identity:credential', credential), event('identity:create', { ...identity, username: 'Admin', role: 'owner' }), owner)
  })
  test('names of the server itself are nobody’s', () => given(account, instance).when(OUTSIDE, named('ACTOR')).refused('INVALID'))
})

test('names are compared without case and allow digits and underscores', () => {
  expect(['a', 'A', '0', '_', 'Ada_Lovelace_1815', 'a'.repeat(30)].every(isUsername)).toBe(true)
  expect(isReserved('Instance_Actor', 'owner')).toBe(true)
  expect(isReserved('ada', 'user')).toBe(false)
})

describe('profile', () => {
  const update = { do: 'UpdateProfile', id: '1', profile } as const
  test('its owner changes it', () =>
    given(account)
      .when(HERE, update)
      .records(event('identity:update', { id: '1', profile })))
  test('nobody else does', () => given(account).when({ account: '2' }, update).refused('NOT_ALLOWED'))
  test('the same profile again changes nothing', () =>
    given(account, event('identity:update', { id: '1', profile }))
      .when(HERE, update)
      .nothing())
})

describe('credential', () => {
  const before = event('identity:credential', credential)
  const set = { do: 'SetCredential', data: { ...credential, passwordHash: 'other' } } as const
  test('its owner changes it', () => given(account, before).when(HERE, set).records(event('identity:credential', set.data)))
  test('nobody else does', () => given(account, before).when({ account: '2' }, set).refused('NOT_ALLOWED'))
  test('an account that never had one gets none', () => given(account).when(OUTSIDE, set).refused('NOT_FOUND'))
  test('the same credential again changes nothing', () =>
    given(account, before)
      .when(HERE, { ...set, data: credential })
      .nothing())
})

describe('deleting an account', () => {
  const remove = { do: 'DeleteAccount', id: identity.id, username: identity.username, at: AT } as const
  const there = [event('identity:credential', credential), event('identity:create', identity)] as const
  const deleted = event('identity:delete', { id: identity.id, at: AT })
  const user = [instance, event('instance:set_owner', { accountId: '9', at: AT }), ...there] as const

  test('whoever it is deletes it, or the operator', () => {
    given(account, ...user)
      .when(HERE, remove)
      .records(deleted)
    given(account, ...user)
      .when(OUTSIDE, remove)
      .records(deleted)
  })
  test('nobody else does', () =>
    given(account, ...user)
      .when({ account: '2' }, remove)
      .refused('NOT_ALLOWED'))
  test('the owner of the instance stays', () =>
    given(account, instance, owner, ...there)
      .when(OUTSIDE, remove)
      .refused('NOT_ALLOWED'))
  test('again changes nothing, also when all that was recorded is erased', () => {
    given(account, ...user, deleted)
      .when(OUTSIDE, remove)
      .nothing()
    given(account, instance, erased('identity:credential'), erased('identity:create'), deleted, event('identity:erase', { id: identity.id, at: AT }))
      .when(OUTSIDE, remove)
      .nothing()
  })
  test('nobody is deleted under another name', () => given(account, instance).when(OUTSIDE, remove).refused('NOT_FOUND'))
  test('whoever is deleted changes nothing any more', () => {
    given(account, ...user, deleted)
      .when(OUTSIDE, { do: 'SetCredential', data: { ...credential, email: null } })
      .refused('GONE')
    given(account, ...user, deleted)
      .when(OUTSIDE, { do: 'UpdateProfile', id: identity.id, profile })
      .refused('GONE')
  })
})
