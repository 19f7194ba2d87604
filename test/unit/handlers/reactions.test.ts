import { describe, expect, test } from 'vitest'
import { boost } from '../../../src/handlers/boost.ts'
import { reaction, reactionRoutes } from '../../../src/handlers/reaction.ts'
import { samples } from '../events/samples.ts'
import { erased, event, given, HERE, OUTSIDE } from './given.ts'

describe('boosts', () => {
  const data = { ...samples['status:boost'], accountId: '1', local: true }
  const boosted = event('status:boost', data)
  const { id, accountId, statusId, uri } = data
  const unboosted = event('status:unboost', { id, accountId, statusId, uri })
  const take = { do: 'Boost', data } as const
  const back = { do: 'Unboost', accountId, statusId } as const

  test('a boost is recorded', () => given(boost).when(HERE, take).records(boosted))
  test('again, even with another id, changes nothing', () =>
    given(boost, boosted)
      .when(HERE, { ...take, data: { ...data, id: '9' } })
      .nothing())
  test('taking it back names the boost it takes back', () => given(boost, boosted).when(HERE, back).records(unboosted))
  test('taking back what is not there changes nothing', () => {
    given(boost).when(HERE, back).nothing()
    given(boost, boosted, unboosted).when(HERE, back).nothing()
  })
  test('it may come again', () =>
    given(boost, boosted, unboosted)
      .when(HERE, { ...take, data: { ...data, id: '9' } })
      .records(event('status:boost', { ...data, id: '9' })))
  test('it is never direct', () =>
    given(boost)
      .when(HERE, { ...take, data: { ...data, visibility: 'direct' } })
      .refused('INVALID'))
  test('it is one’s own', () => {
    given(boost).when({ account: '2' }, take).refused('NOT_ALLOWED')
    given(boost).when(OUTSIDE, take).refused('NOT_ALLOWED')
    given(boost, boosted).when({ account: '2' }, back).refused('NOT_ALLOWED')
  })
  test('a remote boost is the instance’s to witness', () => {
    const remote = { ...data, accountId: '2', local: false }
    given(boost)
      .when(OUTSIDE, { ...take, data: remote })
      .records(event('status:boost', remote))
  })
})

const pair = { accountId: '1', statusId: '5' }
const like = { ...samples['status:like'], ...pair }
const bookmark = { ...samples['status:bookmark'], ...pair }
const pin = { ...samples['status:pin'], ...pair }

describe.each([
  {
    on: { do: 'Like', data: like },
    off: { do: 'Unlike', ...pair },
    made: event('status:like', like),
    unmade: event('status:unlike', { ...pair, uri: like.uri }),
  },
  {
    on: { do: 'Bookmark', data: bookmark },
    off: { do: 'Unbookmark', data: pair },
    made: event('status:bookmark', bookmark),
    unmade: event('status:unbookmark', pair),
  },
  { on: { do: 'Pin', data: pin }, off: { do: 'Unpin', data: pair }, made: event('status:pin', pin), unmade: event('status:unpin', pair) },
] as const)('$on.do and $off.do', ({ on, off, made, unmade }) => {
  test('on, once', () => {
    given(reaction).when(HERE, on).records(made)
    given(reaction, made).when(HERE, on).nothing()
  })
  test('off, once', () => {
    given(reaction, made).when(HERE, off).records(unmade)
    given(reaction, made, unmade).when(HERE, off).nothing()
    given(reaction).when(HERE, off).nothing()
  })
  test('and on again', () => given(reaction, made, unmade).when(HERE, on).records(made))
  test('only for oneself', () => {
    given(reaction).when({ account: '2' }, on).refused('NOT_ALLOWED')
    given(reaction, made).when({ account: '2' }, off).refused('NOT_ALLOWED')
  })
  test('each kind of each pair has a stream of its own, the same both ways', () => {
    expect(reactionRoutes[on.do].reads(on as never)).toEqual(reactionRoutes[off.do].reads(off as never))
  })
})

test('an erased like is no like: it may be given again', () =>
  given(reaction, erased('status:like')).when(HERE, { do: 'Like', data: like }).records(event('status:like', like)))
