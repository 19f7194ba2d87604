import fc from 'fast-check'
import { expect, test } from 'vitest'
import { clip } from '../../../../src/memory/context/clip.ts'
import { chooseHistory } from '../../../../src/memory/context/history.ts'
import { turn } from './world.ts'

const dialogue = fc
  .array(fc.integer({ min: 1, max: 300 }), { maxLength: 80 })
  .map((sizes) => sizes.map((tokens, index) => ({ turn: turn(String(index + 1), 'word '.repeat(tokens)), tokens })))
const strategies = fc.constantFrom('auto', 'full', 'windowed', 'compacted', 'multi_level', 'none')

test('the turns that are kept of a dialogue stay in their order and within the budget', () => {
  fc.assert(
    fc.property(dialogue, fc.integer({ min: 0, max: 5_000 }), strategies, (turns, budget, strategy) => {
      const kept = chooseHistory(turns, budget, strategy)
      expect(kept.reduce((sum, { tokens }) => sum + tokens, 0)).toBeLessThanOrEqual(budget)
      expect(kept.map(({ turn }) => turn.ordinal)).toEqual(kept.map(({ turn }) => turn.ordinal).sort((a, b) => a - b))
    }),
  )
})

test('a dialogue that fits is kept whole', () => {
  fc.assert(
    fc.property(dialogue, (turns) => {
      expect(chooseHistory(turns, 80 * 300, 'auto')).toHaveLength(turns.length)
    }),
  )
})

test('of a long dialogue the last turn is kept, and the turn with code and a decision rather than small talk', () => {
  const turns = Array.from({ length: 40 }, (_, index) => ({
    turn: turn(String(index + 1), index === 5 ? 'We decided: ```sql\nselect 1\n``` is the problem?' : 'ok'),
    tokens: 50,
  }))
  const kept = chooseHistory(turns, 600, 'compacted').map(({ turn }) => turn.ordinal)
  expect(kept).toContain(40)
  expect(kept).toContain(6)
})

test('a clipped text is a part of the text around what fitted, and no longer than asked', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom('A sentence here. ', 'Another one! ', 'word ', 'long\n'), { minLength: 60, maxLength: 400 }),
      fc.nat(),
      (parts, seed) => {
        const text = parts.join('')
        const at = seed % (text.length - 10)
        const clipped = clip(text, [[at, at + 4]], 300)
        expect(clipped.length).toBeLessThanOrEqual(300 + 10)
        expect(clipped).toContain(text.slice(at, at + 4).trim())
      },
    ),
  )
})
