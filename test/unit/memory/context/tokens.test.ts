import { expect, test } from 'vitest'
import { tokenCounter } from '../../../../src/memory/context/tokens.ts'

test('tokens are counted as the o200k models count them', async () => {
  const count = await tokenCounter()
  expect(count('')).toBe(0)
  expect(count('hello world')).toBe(2)
  expect(count('The quick brown fox jumps over the lazy dog.')).toBe(10)
})

test('what looks like a control token is text', async () => {
  const count = await tokenCounter()
  expect(count('<|endoftext|>')).toBeGreaterThan(1)
})

test('a word of a million letters, and a million blanks, are counted at once', async () => {
  const count = await tokenCounter()
  const began = performance.now()
  expect(count('a'.repeat(1_000_000))).toBeGreaterThan(1_000)
  expect(count('語'.repeat(100_000))).toBeGreaterThan(1_000)
  expect(count(' '.repeat(1_000_000))).toBeGreaterThan(100)
  expect(performance.now() - began).toBeLessThan(5_000)
})
