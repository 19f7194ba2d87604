import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { afterFailure, type Breaker, CLOSED, afterAnswer as closed, retryDelay, standing } from '../../../src/federation/delivery/breaker.ts'
import { afterAnswer, afterFault, MAX_ATTEMPTS } from '../../../src/federation/delivery/verdict.ts'
import { FetchFault } from '../../../src/host/fetch.ts'

const HOUR = 3_600_000
const fail = (state: Breaker, times: number, now: number, every = 0): Breaker =>
  Array.from({ length: times }).reduce<Breaker>((s, _, i) => afterFailure(s, now + i * every, 0.5), state)

describe('the breaker', () => {
  it('opens after five failures in a row, and not before', () => {
    expect(standing(fail(CLOSED, 4, 1_000), 1_000)).toBe('closed')
    expect(fail(CLOSED, 5, 1_000)).toMatchObject({ opens: 1, openUntil: 6_000 })
    expect(standing(fail(CLOSED, 5, 1_000), 1_000)).toBe('open')
  })

  it('failures spread over a long time do not count together', () => {
    expect(standing(fail(CLOSED, 20, 0, 11 * 60_000), 20 * 11 * 60_000)).toBe('closed')
  })

  it('any answer closes it', () => {
    expect(closed()).toBe(CLOSED)
    expect(standing(closed(), 0)).toBe('closed')
  })

  it('after the pause one probe goes out; a failed probe makes the next pause twice as long, up to six hours', () => {
    let state = fail(CLOSED, 5, 0)
    let pause = 5_000
    for (let i = 0; i < 20; i++) {
      const until = state.openUntil ?? 0
      expect(standing(state, until - 1)).toBe('open')
      expect(standing(state, until)).toBe('probe')
      state = afterFailure(state, until, 0.5)
      pause = Math.min(pause * 2, 6 * HOUR)
      expect((state.openUntil ?? 0) - until).toBe(pause)
    }
  })
})

describe('retries', () => {
  it('each pause is at most 1.2 times twice the one before, and never more than 7.2 hours', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.double({ min: 0, max: 0.999, noNaN: true }), (attempt, random) => {
        const ms = retryDelay(attempt, random)
        expect(ms).toBeGreaterThanOrEqual(800)
        expect(ms).toBeLessThanOrEqual(Math.min(1_200 * 2 ** (attempt - 1), 7.2 * HOUR) + 1)
      }),
    )
  })

  it('all tries together last for more than a day', () => {
    const total = Array.from({ length: MAX_ATTEMPTS }, (_, i) => retryDelay(i + 1, 0.5)).reduce((sum, ms) => sum + ms, 0)
    expect(total).toBeGreaterThan(24 * HOUR)
  })
})

describe('what an answer means', () => {
  const now = Date.parse('2026-01-01T00:00:00Z')
  it.each([
    [200, 'delivered', true],
    [202, 'delivered', true],
    [301, 'failed', true],
    [400, 'failed', true],
    [401, 'retry', true],
    [404, 'failed', true],
    [408, 'retry', true],
    [410, 'failed', true],
    [413, 'failed', true],
    [429, 'retry', true],
    [500, 'retry', false],
    [502, 'retry', false],
  ] as const)('%i: %s', (status, outcome, hostIsUp) => {
    expect(afterAnswer({ status, headers: {} }, 0, now)).toMatchObject({ outcome, hostIsUp, status })
  })

  it('Retry-After counts as seconds or as a date, within reason', () => {
    const wait = (value: string) => afterAnswer({ status: 429, headers: { 'retry-after': value } }, 0, now).waitMs
    expect([wait('30'), wait('Thu, 01 Jan 2026 00:02:00 GMT'), wait('soon'), wait('999999999'), wait('-5')]).toEqual([
      30_000,
      120_000,
      null,
      6 * HOUR,
      null,
    ])
  })

  it('nothing is tried for ever', () => {
    for (const status of [401, 429, 500]) expect(afterAnswer({ status, headers: {} }, MAX_ATTEMPTS, now).outcome).toBe('failed')
    expect(afterFault(new FetchFault('RETRY_LATER', 'down'), 0)).toMatchObject({ outcome: 'retry', hostIsUp: false })
    expect(afterFault(new FetchFault('RETRY_LATER', 'down'), MAX_ATTEMPTS).outcome).toBe('failed')
    expect(afterFault(new FetchFault('GIVE_UP', 'not public'), 0)).toMatchObject({ outcome: 'failed', hostIsUp: true })
  })
})
