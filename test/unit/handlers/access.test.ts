import { describe, test } from 'vitest'
import { app, grant, session } from '../../../src/handlers/access.ts'
import { samples } from '../events/samples.ts'
import { AT, erased, event, given, HERE, LATER, OUTSIDE } from './given.ts'

const STRANGER = { account: '2' } as const

describe('applications', () => {
  const data = samples['app:register']
  const register = { do: 'RegisterApp', data } as const
  const registered = event('app:register', data)
  test('are registered once', () => {
    given(app).when(OUTSIDE, register).records(registered)
    given(app, registered).when(OUTSIDE, register).nothing()
  })
  test('an id is one application’s', () =>
    given(app, registered)
      .when(OUTSIDE, { ...register, data: { ...data, clientId: 'other' } })
      .refused('ALREADY_EXISTS'))
  test('only the instance registers', () => given(app).when(HERE, register).refused('NOT_ALLOWED'))
})

describe('grants', () => {
  const data = { ...samples['grant:create'], accountId: '1' }
  const { id } = data
  const give = { do: 'Grant', data } as const
  const given_ = event('grant:create', data)
  const revoke = { do: 'RevokeGrant', id, at: AT } as const
  const revoked = event('grant:revoke', { id, at: AT })
  test('are given once', () => {
    given(grant).when(OUTSIDE, give).records(given_)
    given(grant).when(HERE, give).records(given_)
    given(grant, given_).when(OUTSIDE, give).nothing()
  })
  test('are taken back once', () => {
    given(grant, given_).when(OUTSIDE, revoke).records(revoked)
    given(grant, given_, revoked)
      .when(OUTSIDE, { ...revoke, at: LATER })
      .nothing()
  })
  test('do not come back', () => {
    given(grant, given_, revoked).when(OUTSIDE, give).refused('GONE')
    given(grant, erased('grant:create')).when(OUTSIDE, give).refused('GONE')
  })
  test('an id is one grant’s', () =>
    given(grant, given_)
      .when(OUTSIDE, { ...give, data: { ...data, tokenHash: 'other' } })
      .refused('ALREADY_EXISTS'))
  test('are one’s own', () => {
    given(grant).when(STRANGER, give).refused('NOT_ALLOWED')
    given(grant, given_).when(STRANGER, revoke).refused('NOT_ALLOWED')
    given(grant, given_).when(HERE, revoke).records(revoked)
  })
  test('nothing is revoked that was not given', () => given(grant).when(OUTSIDE, revoke).refused('NOT_FOUND'))
})

describe('sessions', () => {
  const data = { ...samples['session:create'], accountId: '1' }
  const { id } = data
  const open = { do: 'OpenSession', data } as const
  const opened = event('session:create', data)
  const close = { do: 'CloseSession', id, at: AT } as const
  const closed = event('session:revoke', { id, at: AT })
  test('open once, close once, and stay closed', () => {
    given(session).when(OUTSIDE, open).records(opened)
    given(session, opened).when(OUTSIDE, open).nothing()
    given(session, opened).when(OUTSIDE, close).records(closed)
    given(session, opened, closed).when(OUTSIDE, close).nothing()
    given(session, opened, closed).when(OUTSIDE, open).refused('GONE')
  })
  test('are one’s own', () => {
    given(session).when(STRANGER, open).refused('NOT_ALLOWED')
    given(session, opened).when(STRANGER, close).refused('NOT_ALLOWED')
    given(session).when(OUTSIDE, close).refused('NOT_FOUND')
  })
})
