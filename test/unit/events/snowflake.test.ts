import fc from 'fast-check'
import { expect, test } from 'vitest'
import { snowflake, snowflakes, snowflakeTime } from '../../../src/events/snowflake.ts'

const ms = fc.integer({ min: 0, max: 2 ** 46 })
const sequence = fc.integer({ min: 0, max: 0xffff })
const before = (a: string, b: string): boolean => a.length < b.length || (a.length === b.length && a < b)

test('an id tells its millisecond', () => {
  fc.assert(fc.property(ms, sequence, (at, n) => snowflakeTime(snowflake(at, n)) === at))
})

test('ids sort by (length, text) as their times do', () => {
  fc.assert(
    fc.property(ms, sequence, ms, sequence, (a, m, b, n) => {
      fc.pre(a < b || (a === b && m < n))
      expect(before(snowflake(a, m), snowflake(b, n))).toBe(true)
    }),
  )
})

test('a source never repeats and never goes back, even when the clock does', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1000, max: 1010 }), { minLength: 2, maxLength: 200 }), (clock) => {
      const times = clock.values()
      const next = snowflakes(() => times.next().value ?? 1010, Math.random)
      const ids = clock.map(() => next())
      expect(ids.every((id, index) => index === 0 || before(ids[index - 1]!, id))).toBe(true)
    }),
  )
})

test('more ids than a millisecond holds run into the next one', () => {
  const next = snowflakes(
    () => 1000,
    () => 0,
  )
  const ids = Array.from({ length: 0x10000 + 1 }, () => next())
  expect(new Set(ids).size).toBe(ids.length)
  expect(snowflakeTime(ids.at(-1)!)).toBe(1001)
})

test('an id for a moment in the past carries that moment; one for the future carries now', () => {
  const next = snowflakes(() => 5000, Math.random)
  expect(snowflakeTime(next(1234))).toBe(1234)
  expect(snowflakeTime(next(-5))).toBeLessThan(1000)
  expect(snowflakeTime(next(99_999))).toBe(5000)
})

test('posts that tell only the second of their making do not share ids', () => {
  const next = snowflakes(() => 5_500, Math.random)
  const ids = Array.from({ length: 1_000 }, () => next(3_000))
  expect(ids.every((id) => Math.floor(snowflakeTime(id) / 1_000) === 3)).toBe(true)
  expect(ids.length - new Set(ids).size).toBeLessThan(2) // within one millisecond, seven or so would
  expect(Array.from({ length: 1_000 }, () => next(5_000)).every((id) => snowflakeTime(id) < 5_500)).toBe(true)
})
