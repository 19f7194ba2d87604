import { describe, test } from 'vitest'
import { clearing, dismissal, marker } from '../../../src/handlers/reader.ts'
import { samples } from '../events/samples.ts'
import { AT, event, given, HERE, LATER } from './given.ts'

const STRANGER = { account: '2' } as const

describe('a reader', () => {
  const read = { ...samples['marker:set'], accountId: '1' }
  const set = { do: 'SetMarker', data: read } as const
  test('marks how far they read', () => given(marker).when(HERE, set).records(event('marker:set', read)))
  test('again changes nothing, whenever it is asked', () =>
    given(marker, event('marker:set', read))
      .when(HERE, { ...set, data: { ...read, at: LATER } })
      .nothing())
  test('may go back', () => {
    const back = { ...read, lastReadId: '3' }
    given(marker, event('marker:set', read))
      .when(HERE, { ...set, data: back })
      .records(event('marker:set', back))
  })

  const one = { accountId: '1', notificationId: '5' }
  test('dismisses a notification, once', () => {
    given(dismissal).when(HERE, { do: 'DismissNotification', data: one }).records(event('notification:dismiss', one))
    given(dismissal, event('notification:dismiss', one)).when(HERE, { do: 'DismissNotification', data: one }).nothing()
  })

  const all = { accountId: '1', at: AT }
  test('clears all of them, as often as time goes on', () => {
    given(clearing).when(HERE, { do: 'ClearNotifications', data: all }).records(event('notification:clear', all))
    given(clearing, event('notification:clear', all)).when(HERE, { do: 'ClearNotifications', data: all }).nothing()
    const later = { ...all, at: LATER }
    given(clearing, event('notification:clear', all))
      .when(HERE, { do: 'ClearNotifications', data: later })
      .records(event('notification:clear', later))
  })

  test('does none of it for another', () => {
    given(marker).when(STRANGER, set).refused('NOT_ALLOWED')
    given(dismissal).when(STRANGER, { do: 'DismissNotification', data: one }).refused('NOT_ALLOWED')
    given(clearing).when(STRANGER, { do: 'ClearNotifications', data: all }).refused('NOT_ALLOWED')
  })
})
