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
  test('its owner, or the instance that tidies up, deletes it, once and for good', () => {
    const deletion = event('media:delete', { accountId: '1', id: attachment.id, at: data.at })
    const remove = { do: 'DeleteMedia', data: deletion.data } as const
    given(media, added).when(HERE, remove).records(deletion)
    given(media, added).when('instance', remove).records(deletion)
    given(media, added, deletion).when(HERE, remove).nothing()
    given(media, added, deletion).when(HERE, describe).refused('GONE')
    given(media, added, deletion).when(HERE, add).refused('GONE')
    given(media).when(HERE, remove).refused('NOT_FOUND')
    given(media, added)
      .when(STRANGER, { ...remove, data: { ...deletion.data, accountId: '2' } })
      .refused('NOT_FOUND')
    given(media, erased('media:create')).when('instance', remove).records(deletion)
  })
  test('nothing is described that is not there, or no more', () => {
    given(media).when(HERE, describe).refused('NOT_FOUND')
    given(media, erased('media:create')).when(HERE, describe).refused('NOT_FOUND')
  })
})
