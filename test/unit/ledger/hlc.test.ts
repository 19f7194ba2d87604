/** The laws of a hybrid logical clock. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CLIENT_DRIFT_MS, compare, type Hlc, isAhead, MAX_COUNTER, MAX_TIME, ORIGIN, PEER_DRIFT_MS, receive, tick } from '../../../src/ledger/hlc.ts'

const wall = fc.integer({ min: 1_700_000_000_000, max: 1_700_000_000_050 })
const reading = fc.record({ time: wall, counter: fc.oneof(fc.nat({ max: 3 }), fc.constant(MAX_COUNTER), fc.constant(MAX_COUNTER - 1)) })

describe('laws', () => {
  test('a tick is always later than the one before, whatever the wall clock does', () => {
    fc.assert(
      fc.property(reading, fc.array(wall), (start, walls) => {
        walls.reduce((last, now) => {
          const next = tick(last, now)
          expect(compare(next, last)).toBeGreaterThan(0)
          expect(next.time).toBeGreaterThanOrEqual(now)
          expect(next.counter).toBeLessThanOrEqual(MAX_COUNTER)
          return next
        }, start)
      }),
    )
  })
  test('what is received comes before what is sent next', () => {
    fc.assert(
      fc.property(reading, reading, wall, (last, remote, now) => {
        const after = receive(last, remote, now) as Hlc
        expect(compare(after, last)).toBeGreaterThan(0)
        expect(compare(after, remote)).toBeGreaterThan(0)
        expect(after.time).toBeGreaterThanOrEqual(now)
      }),
    )
  })
  test('the clock runs ahead of the wall by no more than the greatest it has seen, and one ms on overflow', () => {
    fc.assert(
      fc.property(reading, reading, wall, (last, remote, now) => {
        const after = receive(last, remote, now) as Hlc
        expect(after.time).toBeLessThanOrEqual(Math.max(last.time, remote.time, now) + 1)
      }),
    )
  })
  test('order is total and agrees with itself', () => {
    fc.assert(
      fc.property(reading, reading, (a, b) => {
        expect(Math.sign(compare(a, b))).toBe(-Math.sign(compare(b, a)) + 0)
        expect(compare(a, b) === 0).toBe(a.time === b.time && a.counter === b.counter)
      }),
    )
  })
  test('a chain of messages between clocks that disagree keeps cause before effect', () => {
    const skews = [-40, 0, 17, 39_000]
    const clocks: Hlc[] = skews.map(() => ORIGIN)
    let cause = ORIGIN
    for (let step = 0; step < 500; step++) {
      const to = (step * 7) % skews.length
      const now = 1_700_000_000_000 + Math.floor(step / 5) + (skews[to] ?? 0)
      const received = receive(clocks[to] ?? ORIGIN, cause, now) as Hlc
      expect(compare(received, cause)).toBeGreaterThan(0)
      clocks[to] = received
      cause = received
    }
  })
})

describe('limits', () => {
  test('a full counter moves the time on instead of wrapping', () => {
    expect(tick({ time: 10, counter: MAX_COUNTER }, 10)).toEqual({ time: 11, counter: 0 })
  })
  test('a new millisecond starts at zero, the same one counts', () => {
    expect(tick({ time: 10, counter: 5 }, 11)).toEqual({ time: 11, counter: 0 })
    expect(tick({ time: 10, counter: 5 }, 10)).toEqual({ time: 10, counter: 6 })
    expect(tick({ time: 10, counter: 5 }, 3)).toEqual({ time: 10, counter: 6 })
  })
  test.each([PEER_DRIFT_MS, CLIENT_DRIFT_MS])('%d ms ahead is accepted, one more is not, and the clock stays', (drift) => {
    const now = 1_700_000_000_000
    expect(receive(ORIGIN, { time: now + drift, counter: 3 }, now, drift)).toEqual({ time: now + drift, counter: 4 })
    expect(receive(ORIGIN, { time: now + drift + 1, counter: 0 }, now, drift)).toBeNull()
    expect([isAhead({ time: now + drift, counter: 0 }, now, drift), isAhead({ time: now + drift + 1, counter: 0 }, now, drift)]).toEqual([
      false,
      true,
    ])
  })
  test('late is normal, however late', () => {
    expect(receive({ time: 20, counter: 1 }, ORIGIN, 20)).toEqual({ time: 20, counter: 2 })
  })
  test.each([-1, 0.5, Number.NaN, MAX_TIME + 1])('a wall clock of %d is a bug', (now) => {
    expect(() => tick(ORIGIN, now)).toThrow(RangeError)
    expect(() => receive(ORIGIN, ORIGIN, now)).toThrow(RangeError)
  })
})
