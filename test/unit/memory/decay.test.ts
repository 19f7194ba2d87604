import { expect, test } from 'vitest'
import { importanceNow } from '../../../src/memory/decay.ts'

const seen = {
  type: 'episodic',
  importance: 0.8,
  pinned: false,
  observedAt: '2024-01-01T00:00:00.000Z',
  at: '2026-01-01T00:00:00.000Z',
  lastUsedAt: null,
  useCount: 0,
} as const

test('half of an event’s importance is gone after 90 days, and it never grows', () => {
  expect(importanceNow(seen, seen.observedAt)).toBe(0.8)
  expect(importanceNow(seen, '2024-03-31T00:00:00.000Z')).toBeCloseTo(0.4)
  expect(importanceNow(seen, '2023-01-01T00:00:00.000Z')).toBe(0.8)
})

test('what is used fades less, and later', () => {
  const later = '2024-06-01T00:00:00.000Z'
  expect(importanceNow({ ...seen, useCount: 3 }, later)).toBeGreaterThan(importanceNow(seen, later))
  expect(importanceNow({ ...seen, lastUsedAt: '2024-05-01T00:00:00.000Z' }, later)).toBeGreaterThan(importanceNow(seen, later))
})

test('who somebody is, and what they asked for, does not fade; what is pinned matters most', () => {
  expect(importanceNow({ ...seen, type: 'identity' }, '2054-01-01T00:00:00.000Z')).toBe(0.8)
  expect(importanceNow({ ...seen, type: 'procedural' }, '2054-01-01T00:00:00.000Z')).toBe(0.8)
  expect(importanceNow({ ...seen, pinned: true }, '2054-01-01T00:00:00.000Z')).toBe(1)
})
