import { expect, test } from 'vitest'
import { namesIn } from '../../../../src/memory/context/names.ts'
import { DEFAULT_SETTINGS, readSettings, withPreset } from '../../../../src/memory/context/settings.ts'

test('the people and things that a task names, alone and together, without the beginnings of sentences', () => {
  expect(namesIn('What did Ana Maria tell Bruno’s sister?')).toEqual(['ana maria', 'ana', 'maria', 'bruno'])
  expect(namesIn('What is the weather?')).toEqual([])
  expect(namesIn('Kommt Jürgen nach Köln?')).toEqual(['kommt jürgen', 'kommt', 'jürgen', 'köln'])
})

test('a text of names alone is looked through at once, and gives a few', () => {
  const began = performance.now()
  expect(namesIn('Ab '.repeat(500_000)).length).toBeLessThanOrEqual(8)
  expect(performance.now() - began).toBeLessThan(1_000)
})

test('settings that are not understood any more count as not set', () => {
  expect(readSettings({ magic: 1 })).toEqual(DEFAULT_SETTINGS)
  expect(readSettings(null)).toEqual(DEFAULT_SETTINGS)
  expect(readSettings({ recall: false }).recall).toBe(false)
})

test('a preset leaves out what was left out before', () => {
  const exclude = { memories: ['7'], conversations: [], tags: ['health'] }
  expect(withPreset({ ...DEFAULT_SETTINGS, exclude }, 'knowledge')).toMatchObject({ maxContextTokens: 32_000, exclude })
})
