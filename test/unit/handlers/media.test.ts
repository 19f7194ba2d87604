import { describe, test } from 'vitest'
import { media } from '../../../src/handlers/media.ts'
import { attachment, samples } from '../events/samples.ts'
import { erased, event, given, HERE } from './given.ts'

const STRANGER = { account: '2' } as const

describe('media', () => {
  const data = { ...samples['media:create'], accountId: '1' }
  const added = event('media:create', data)
  const add = { do: 'AddMedia', data } as const
  const described = { ...attachment, description: 'Another loom' }
  const describe = { do: 'DescribeMedia', accountId: '1', attachment: described } as const

  test('a file is recorded once', () => {
    given(media).when(HERE, add).records(added)
    given(media, added).when(HERE, add).nothing()
  })
  test('its owner describes it, once', () => {
    const update = event('media:update', { accountId: '1', attachment: described })
    given(media, added).when(HERE, describe).records(update)
    given(media, added, update).when(HERE, describe).nothing()
  })
  test('to anybody else it does not exist', () => {
    given(media, added)
      .when(STRANGER, { ...describe, accountId: '2' })
      .refused('NOT_FOUND')
    given(media, added)
      .when(STRANGER, { ...add, data: { ...data, accountId: '2' } })
      .refused('NOT_FOUND')
    given(media, added).when(STRANGER, describe).refused('NOT_ALLOWED')
  })
  test('nothing is described that is not there, or no more', () => {
    given(media).when(HERE, describe).refused('NOT_FOUND')
    given(media, erased('media:create')).when(HERE, describe).refused('NOT_FOUND')
  })
})
