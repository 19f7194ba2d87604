import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Limiter } from '../../../src/federation/limiter.ts'

describe('a bucket', () => {
  it('gives its burst at once, then as much as flows in', () => {
    let now = 0
    const limiter = new Limiter({ burst: 10, perSecond: 2 }, () => now)
    expect(Array.from({ length: 12 }, () => limiter.take('a'))).toEqual([...Array<number>(10).fill(0), 500, 500])
    expect(limiter.take('b')).toBe(0)
    now = 500
    expect([limiter.take('a'), limiter.take('a')]).toEqual([0, 500])
    now = 60_000
    expect(Array.from({ length: 11 }, () => limiter.take('a')).filter((wait) => wait === 0)).toHaveLength(10)
  })

  it('waits longer after a charge, but never longer than two bursts take', () => {
    const limiter = new Limiter({ burst: 10, perSecond: 2 }, () => 0)
    limiter.charge('a', 15)
    expect(limiter.take('a')).toBe(3_000)
    for (let i = 0; i < 100; i++) limiter.charge('a', 15)
    expect(limiter.take('a')).toBe(5_500)
  })

  it('whatever is asked when, no more than the burst and what flowed in is given', () => {
    const step = fc.record({ after: fc.nat(2_000), cost: fc.integer({ min: 1, max: 5 }) })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
        let now = 0
        let given = 0
        const limiter = new Limiter({ burst: 10, perSecond: 2 }, () => now)
        for (const { after, cost } of steps) {
          now += after
          if (limiter.take('a', cost) === 0) given += cost
        }
        expect(given).toBeLessThanOrEqual(10 + (now / 1_000) * 2 + 1e-6)
      }),
    )
  })

  it('a clock that goes back gives nothing', () => {
    let now = 1_000
    const limiter = new Limiter({ burst: 1, perSecond: 1 }, () => now)
    expect(limiter.take('a')).toBe(0)
    now = 0
    expect(limiter.take('a')).toBe(1_000)
  })
})
