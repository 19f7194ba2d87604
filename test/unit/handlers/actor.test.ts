import { describe, test } from 'vitest'
import { actor } from '../../../src/handlers/actor.ts'
import { samples } from '../events/samples.ts'
import { AT, erased, event, given, HERE, OUTSIDE } from './given.ts'

const data = samples['identity:discover']
const { id, profile, links, keys } = data
const seen = event('identity:discover', data)
const gone = event('identity:delete', { id, at: AT })
const discover = { do: 'DiscoverActor', data } as const
const refresh = { do: 'RefreshActor', id, uri: links.uri, profile: { ...profile, displayName: 'Robert' }, links, keys } as const
const remove = { do: 'DeleteActor', id, uri: links.uri, at: AT } as const

describe('discovering', () => {
  test('an actor is recorded by uri', () => given(actor).when(OUTSIDE, discover).records(seen))
  test('again, under the same id, changes nothing', () => given(actor, seen).when(OUTSIDE, discover).nothing())
  test('again, under another id, is refused: the first id stays', () =>
    given(actor, seen)
      .when(OUTSIDE, { ...discover, data: { ...data, id: '77' } })
      .refused('ALREADY_EXISTS'))
  test('a deleted actor does not come back', () => given(actor, seen, gone).when(OUTSIDE, discover).refused('GONE'))
  test('an erased one neither', () => given(actor, erased('identity:discover')).when(OUTSIDE, discover).refused('GONE'))
  test('only the instance witnesses', () => given(actor).when(HERE, discover).refused('NOT_ALLOWED'))
})

describe('refreshing', () => {
  test('what changed is recorded whole', () =>
    given(actor, seen)
      .when(OUTSIDE, refresh)
      .records(event('identity:refresh', { id, profile: refresh.profile, links, keys })))
  test('nothing changed, nothing recorded', () =>
    given(actor, seen)
      .when(OUTSIDE, { ...refresh, profile })
      .nothing())
  test('a change back is a change', () =>
    given(actor, seen, event('identity:refresh', { id, profile: refresh.profile, links, keys }))
      .when(OUTSIDE, { ...refresh, profile })
      .records(event('identity:refresh', { id, profile, links, keys })))
  test('an actor whose newest record was erased is gone', () => given(actor, seen, erased('identity:refresh')).when(OUTSIDE, refresh).refused('GONE'))
  test('nobody unknown is refreshed', () => given(actor).when(OUTSIDE, refresh).refused('NOT_FOUND'))
  test('nor anybody under another id', () =>
    given(actor, seen)
      .when(OUTSIDE, { ...refresh, id: '77' })
      .refused('NOT_FOUND'))
  test('the uri stays', () =>
    given(actor, seen)
      .when(OUTSIDE, { ...refresh, links: { ...links, uri: 'https://evil.example/users/bob' } })
      .refused('INVALID'))
  test('the deleted stay deleted', () => given(actor, seen, gone).when(OUTSIDE, refresh).refused('GONE'))
})

describe('deleting', () => {
  test('is recorded once', () => given(actor, seen).when(OUTSIDE, remove).records(gone))
  test('again changes nothing', () => given(actor, seen, gone).when(OUTSIDE, remove).nothing())
  test('nobody unknown is deleted', () => given(actor).when(OUTSIDE, remove).refused('NOT_FOUND'))
})
