import { describe, test } from 'vitest'
import { instance } from '../../../src/handlers/instance.ts'
import { samples } from '../events/samples.ts'
import { event, given, HERE, OUTSIDE } from './given.ts'

const created = event('instance:create', samples['instance:create'])
const owned = event('instance:set_owner', { ...samples['instance:set_owner'], accountId: '1' })
const setUp = { do: 'SetUpInstance', data: samples['instance:create'] } as const
const update = { do: 'UpdateInstance', data: samples['instance:update'] } as const

describe('setting up', () => {
  test('an instance is created once', () => given(instance).when(OUTSIDE, setUp).records(created))
  test('setting it up again in the same words changes nothing', () => given(instance, created).when(OUTSIDE, setUp).nothing())
  test('setting it up again in other words is refused', () =>
    given(instance, created)
      .when(OUTSIDE, { ...setUp, data: { ...setUp.data, title: 'Mine' } })
      .refused('ALREADY_EXISTS'))
  test('no account sets up an instance', () => given(instance).when(HERE, setUp).refused('NOT_ALLOWED'))
})

describe('settings', () => {
  test('nothing is changed before it is set up', () => given(instance).when(OUTSIDE, update).refused('NOT_SET_UP'))
  test('the owner changes them', () => given(instance, created, owned).when(HERE, update).records(event('instance:update', update.data)))
  test('the operator, as the instance, changes them', () =>
    given(instance, created, owned).when(OUTSIDE, update).records(event('instance:update', update.data)))
  test('nobody else does', () => given(instance, created, owned).when({ account: '2' }, update).refused('NOT_ALLOWED'))
  test('without an owner, no account does', () => given(instance, created).when(HERE, update).refused('NOT_ALLOWED'))
  test('the same settings again change nothing', () =>
    given(instance, created, owned, event('instance:update', update.data)).when(HERE, update).nothing())
})
