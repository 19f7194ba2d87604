import fc from 'fast-check'
import { expect, test } from 'vitest'
import { sameJson } from '../../../src/events/same.ts'

test('a value is the same as itself, stored and read back', () => {
  fc.assert(fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => sameJson(value, JSON.parse(JSON.stringify(value)))))
})

test('two values are the same exactly when their JSON is, up to the order of members', () => {
  const sorted = (value: unknown): unknown =>
    value !== null && typeof value === 'object' && !Array.isArray(value)
      ? Object.fromEntries(
          Object.entries(value)
            .sort(([a], [b]) => (a < b ? -1 : 1))
            .map(([key, item]) => [key, sorted(item)]),
        )
      : Array.isArray(value)
        ? value.map(sorted)
        : value
  const value = fc.letrec((tie) => ({
    any: fc.oneof(
      { maxDepth: 3 },
      fc.constantFrom(null, true, 0, 1, '', 'a'),
      fc.array(tie('any'), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom('a', 'b', 'c'), tie('any')),
    ),
  })).any
  fc.assert(
    fc.property(value, value, (a, b) => sameJson(a, b) === (JSON.stringify(sorted(a)) === JSON.stringify(sorted(b)))),
    { numRuns: 2000 },
  )
})

test('what JSON leaves out does not count', () => {
  expect(sameJson({ a: 1, b: undefined }, { a: 1 })).toBe(true)
  expect(sameJson({ a: undefined }, { b: 1 })).toBe(false)
  expect(sameJson(Object.create(null), {})).toBe(true)
})

test('an array is not an object, and its length counts', () => {
  expect(sameJson([], {})).toBe(false)
  expect(sameJson([1], [1, 2])).toBe(false)
  expect(sameJson(null, {})).toBe(false)
})
