import { describe, test } from 'vitest'
import { report } from '../../../src/handlers/report.ts'
import { samples } from '../events/samples.ts'
import { event, given, HERE, OUTSIDE } from './given.ts'

const STRANGER = { account: '2' } as const

describe('reports', () => {
  const data = { ...samples['social:report'], accountId: '1' }
  const file = { do: 'Report', data } as const
  test('are filed once', () => {
    given(report).when(HERE, file).records(event('social:report', data))
    given(report, event('social:report', data)).when(HERE, file).nothing()
  })
  test('may be anonymous when they come from another server', () => {
    const anonymous = { ...data, accountId: null }
    given(report)
      .when(OUTSIDE, { ...file, data: anonymous })
      .records(event('social:report', anonymous))
    given(report)
      .when(HERE, { ...file, data: anonymous })
      .refused('NOT_ALLOWED')
  })
  test('nobody reports themselves, or for another', () => {
    given(report)
      .when(HERE, { ...file, data: { ...data, targetId: '1' } })
      .refused('INVALID')
    given(report).when(STRANGER, file).refused('NOT_ALLOWED')
  })
})
