import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { pack } from '../../../../src/memory/context/pack.ts'

const items = fc.uniqueArray(
  fc.record({
    id: fc.integer({ min: 1, max: 999 }).map(String),
    value: fc.double({ min: 0, max: 10, noNaN: true }),
    tokens: fc.integer({ min: 1, max: 200 }),
    group: fc.option(
      fc.integer({ min: 1, max: 4 }).map((id) => ({ id: String(id), tokens: 12 })),
      { nil: undefined },
    ),
  }),
  { selector: ({ id }) => id, maxLength: 60 },
)

const cost = (taken: readonly { readonly tokens: number; readonly group?: { readonly id: string; readonly tokens: number } | undefined }[]): number =>
  taken.reduce((sum, { tokens }) => sum + tokens, 0) + new Set(taken.flatMap(({ group }) => group?.id ?? [])).size * 12

describe('packing', () => {
  test('never costs more than the budget, and says what it costs', () => {
    fc.assert(
      fc.property(items, fc.integer({ min: 0, max: 3_000 }), (given, budget) => {
        const { taken, tokens } = pack(given, budget)
        expect(cost(taken)).toBe(tokens)
        expect(tokens).toBeLessThanOrEqual(budget)
      }),
    )
  })

  test('takes or drops every item, once', () => {
    fc.assert(
      fc.property(items, fc.integer({ min: 0, max: 3_000 }), (given, budget) => {
        const { taken, dropped } = pack(given, budget)
        expect([...taken, ...dropped].map(({ id }) => id).sort()).toEqual(given.map(({ id }) => id).sort())
      }),
    )
  })

  test('does not depend on the order in which items come', () => {
    fc.assert(
      fc.property(items, fc.integer({ min: 0, max: 3_000 }), (given, budget) => {
        expect(pack([...given].reverse(), budget)).toEqual(pack(given, budget))
      }),
    )
  })

  test('prefers what is worth more per token', () => {
    const { taken } = pack(
      [
        { id: 'long', value: 1, tokens: 100 },
        { id: 'good', value: 3, tokens: 60 },
        { id: 'poor', value: 0.1, tokens: 60 },
      ],
      120,
    )
    expect(taken.map(({ id }) => id)).toEqual(['good', 'poor'])
  })
})
