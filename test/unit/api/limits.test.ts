import { describe, expect, test } from 'vitest'
import { networkOf, RateLimiter } from '../../../src/api/limits.ts'

describe('a rate window', () => {
  test('gives its limit, then nothing until it ends', () => {
    let now = 1_000_000
    const limiter = new RateLimiter({ limit: 2, seconds: 10 }, () => now)
    expect([limiter.take('a'), limiter.take('a'), limiter.take('a')].map(({ allowed, remaining }) => [allowed, remaining])).toEqual([
      [true, 1],
      [true, 0],
      [false, 0],
    ])
    expect(limiter.take('b').allowed).toBe(true)
    const { resetAt } = limiter.take('a')
    now = resetAt - 1
    expect(limiter.take('a').allowed).toBe(false)
    now = resetAt
    expect(limiter.take('a').allowed).toBe(true)
  })

  test('forgets a key on demand', () => {
    const limiter = new RateLimiter({ limit: 1, seconds: 10 }, () => 0)
    limiter.take('a')
    limiter.forget('a')
    expect(limiter.take('a').allowed).toBe(true)
  })

  test('a flood of keys shares some thousand counts: it fills no memory, and shuts nobody out who was there before', () => {
    const limiter = new RateLimiter({ limit: 2, seconds: 10 }, () => 0)
    for (let key = 0; key < 50_000; key += 1) limiter.take(`k${key}`)
    const newcomers = Array.from({ length: 20_000 }, (_, key) => limiter.take(`n${key}`).allowed)
    expect(newcomers.slice(0, 50)).not.toContain(false)
    expect(newcomers.filter((allowed) => allowed).length).toBeLessThanOrEqual(2 * 4_096)
    expect(limiter.take('k0').allowed).toBe(true)
  })
})

test.each([
  ['203.0.113.7', '203.0.113.7'],
  ['::ffff:203.0.113.7', '203.0.113.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['203.0.113.7:50123', '203.0.113.7'],
  ['[2001:db8::1]:443', '2001:db8:0:0::/64'],
  ['nonsense', 'unknown'],
  ['x'.repeat(10_000), 'unknown'],
])('%.40s counts as %s', (ip, network) => {
  expect(networkOf(ip)).toBe(network)
})
