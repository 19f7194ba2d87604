import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { allocate } from '../../../../src/memory/context/allocate.ts'
import { LAYERS, type PerLayer, perLayer, rangesFor, type Situation } from '../../../../src/memory/context/layers.ts'

const situation = fc.record({
  budget: fc.integer({ min: 100, max: 200_000 }),
  depth: fc.constantFrom('minimal', 'standard', 'deep'),
  topics: fc.integer({ min: 0, max: 8 }),
  entities: fc.integer({ min: 0, max: 8 }),
  messages: fc.integer({ min: 0, max: 5_000 }),
  conversationTokens: fc.integer({ min: 0, max: 500_000 }),
  messageTokens: fc.integer({ min: 0, max: 4_000 }),
  topicTokens: fc.integer({ min: 0, max: 50_000 }),
  prioritizeHistory: fc.boolean(),
}) satisfies fc.Arbitrary<Situation>
const availability: fc.Arbitrary<PerLayer<number>> = fc
  .tuple(...LAYERS.map(() => fc.integer({ min: 0, max: 60_000 })))
  .map((amounts) => perLayer((layer) => amounts[LAYERS.indexOf(layer)] ?? 0))

const total = (shares: PerLayer<number>): number => LAYERS.reduce((sum, layer) => sum + shares[layer], 0)

describe('shares of a context', () => {
  test('are never together more than the budget, nor more than there is to say, and never negative', () => {
    fc.assert(
      fc.property(situation, availability, (asked, available) => {
        const shares = allocate({ ranges: rangesFor(asked), available, budget: asked.budget })
        expect(total(shares)).toBeLessThanOrEqual(asked.budget)
        for (const layer of LAYERS) {
          expect(shares[layer]).toBeGreaterThanOrEqual(0)
          expect(shares[layer]).toBeLessThanOrEqual(available[layer])
          expect(Number.isInteger(shares[layer])).toBe(true)
        }
      }),
    )
  })

  test('leave no token unused while something that was said, or is known of the matter, waits', () => {
    fc.assert(
      fc.property(situation, availability, (asked, available) => {
        const shares = allocate({ ranges: rangesFor(asked), available, budget: asked.budget })
        const waiting = available.L5_jit - shares.L5_jit + (available.L2_topic - shares.L2_topic)
        expect(Math.min(asked.budget - total(shares), waiting)).toBe(0)
      }),
    )
  })

  test('serve the message first, whole, as far as the budget goes', () => {
    fc.assert(
      fc.property(situation, availability, (asked, available) => {
        const shares = allocate({ ranges: rangesFor(asked), available, budget: asked.budget })
        expect(shares.L7_user_message).toBe(Math.min(asked.budget, available.L7_user_message))
      }),
    )
  })

  test('keep at least a quarter of what is left for the words that were said', () => {
    fc.assert(
      fc.property(situation, availability, (asked, available) => {
        const shares = allocate({ ranges: rangesFor(asked), available, budget: asked.budget })
        const elastic = asked.budget - shares.L7_user_message - shares.L0_identity - shares.L1_global_prefs
        expect(shares.L5_jit).toBeGreaterThanOrEqual(Math.min(available.L5_jit, Math.floor(0.25 * elastic)))
      }),
    )
  })

  test('are the same in two runs', () => {
    fc.assert(
      fc.property(situation, availability, (asked, available) => {
        const once = allocate({ ranges: rangesFor(asked), available, budget: asked.budget })
        expect(allocate({ ranges: rangesFor(asked), available, budget: asked.budget })).toEqual(once)
      }),
      { numRuns: 20 },
    )
  })

  test('of a short question without a conversation go to what was said', () => {
    const asked: Situation = {
      budget: 1_500,
      depth: 'standard',
      topics: 1,
      entities: 1,
      messages: 0,
      conversationTokens: 0,
      messageTokens: 0,
      topicTokens: 200,
      prioritizeHistory: false,
    }
    const available = perLayer((layer) => (layer === 'L6_message_history' || layer === 'L7_user_message' || layer === 'L4_conversation' ? 0 : 3_000))
    const shares = allocate({ ranges: rangesFor(asked), available, budget: 1_500 })
    expect(shares).toMatchInlineSnapshot(`
      {
        "L0_identity": 150,
        "L1_global_prefs": 100,
        "L2_topic": 375,
        "L3_entity": 180,
        "L4_conversation": 0,
        "L5_jit": 695,
        "L6_message_history": 0,
        "L7_user_message": 0,
      }
    `)
    expect(total(shares)).toBe(1_500)
  })
})

describe('ranges of the layers', () => {
  test('are ordered: minimum, ideal, maximum', () => {
    fc.assert(
      fc.property(situation, (asked) => {
        const ranges = rangesFor(asked)
        for (const layer of LAYERS) {
          const { min, ideal, max } = ranges[layer]
          expect(min).toBeLessThanOrEqual(ideal)
          expect(ideal).toBeLessThanOrEqual(max)
        }
      }),
    )
  })

  test('of a budget of 12,000 tokens in the middle of a dialogue are those of the table', () => {
    const ranges = rangesFor({
      budget: 12_000,
      depth: 'standard',
      topics: 2,
      entities: 1,
      messages: 31,
      conversationTokens: 6_000,
      messageTokens: 50,
      topicTokens: 900,
      prioritizeHistory: false,
    })
    expect(ranges).toMatchInlineSnapshot(`
      {
        "L0_identity": {
          "elasticity": 0,
          "ideal": 240,
          "max": 500,
          "min": 150,
          "priority": 100,
        },
        "L1_global_prefs": {
          "elasticity": 0.1,
          "ideal": 360,
          "max": 800,
          "min": 100,
          "priority": 95,
        },
        "L2_topic": {
          "elasticity": 0.6,
          "ideal": 1337,
          "max": 3000,
          "min": 300,
          "priority": 85,
        },
        "L3_entity": {
          "elasticity": 0.7,
          "ideal": 400,
          "max": 1440,
          "min": 150,
          "priority": 65,
        },
        "L4_conversation": {
          "elasticity": 0.3,
          "ideal": 750,
          "max": 2400,
          "min": 200,
          "priority": 88,
        },
        "L5_jit": {
          "elasticity": 0.5,
          "ideal": 600,
          "max": 2160,
          "min": 200,
          "priority": 75,
        },
        "L6_message_history": {
          "elasticity": 0.4,
          "ideal": 4200,
          "max": 7200,
          "min": 500,
          "priority": 80,
        },
        "L7_user_message": {
          "elasticity": 0,
          "ideal": 50,
          "max": 50,
          "min": 50,
          "priority": 100,
        },
      }
    `)
  })
})
