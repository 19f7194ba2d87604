import { describe, test } from 'vitest'
import { MAX_WITNESSED_LOGS, witnessing } from '../../../src/handlers/witness.ts'
import { AT, event, given, HERE, LATER, OUTSIDE } from './given.ts'

const data = { vkey: 'remote.example/log/1+0f3b1c2d+AQ', url: 'https://remote.example/log', at: AT }
const add = { do: 'WitnessLog', data } as const
const stop = { do: 'StopWitnessing', data: { vkey: data.vkey, at: LATER } } as const

describe('logs to witness', () => {
  test('are named once, and again when their address changes', () => {
    given(witnessing).when(OUTSIDE, add).records(event('witness:add', data))
    given(witnessing, event('witness:add', data)).when(OUTSIDE, add).nothing()
    const moved = { ...data, url: 'https://elsewhere.example/log' }
    given(witnessing, event('witness:add', data))
      .when(OUTSIDE, { ...add, data: moved })
      .records(event('witness:add', moved))
  })

  test('are let go once', () => {
    given(witnessing, event('witness:add', data)).when(OUTSIDE, stop).records(event('witness:remove', stop.data))
    given(witnessing).when(OUTSIDE, stop).nothing()
    given(witnessing, event('witness:add', data), event('witness:remove', stop.data)).when(OUTSIDE, stop).nothing()
  })

  test('are the operator’s to name, and no more than the instance can look after', () => {
    given(witnessing).when(HERE, add).refused('NOT_ALLOWED')
    given(witnessing, event('witness:add', data)).when(HERE, stop).refused('NOT_ALLOWED')
    const many = Array.from({ length: MAX_WITNESSED_LOGS }, (_, i) => event('witness:add', { ...data, vkey: `log ${i}` }))
    given(witnessing, ...many)
      .when(OUTSIDE, add)
      .refused('INVALID')
  })
})
