import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { Best } from '../../../../src/memory/retrieval/best.ts'
import { fitting, tokensOf } from '../../../../src/memory/retrieval/budget.ts'
import { editsBetween, Lexicon } from '../../../../src/memory/retrieval/lexicon.ts'
import { Postings } from '../../../../src/memory/retrieval/postings.ts'

test('the lists of postings hold what was added, in its order', () => {
  const additions = fc.array(fc.record({ term: fc.nat(40), times: fc.integer({ min: 1, max: 255 }) }), { maxLength: 3_000 })
  fc.assert(
    fc.property(additions, (added) => {
      const postings = new Postings()
      const expected = new Map<number, [number, number][]>()
      for (const [document, { term, times }] of added.entries()) {
        postings.add(term, document, times)
        expected.set(term, [...(expected.get(term) ?? []), [document, times]])
      }
      for (let term = 0; term <= 41; term++) {
        const found: [number, number][] = []
        postings.read(term, (document, times) => found.push([document, times]))
        expect(found).toEqual(expected.get(term) ?? [])
        expect(postings.count(term)).toBe(found.length)
      }
    }),
    { numRuns: 30 },
  )
})

test('a list may be very long', () => {
  const postings = new Postings()
  for (let document = 0; document < 50_000; document++) postings.add(7, document, 1)
  let sum = 0
  postings.read(7, (document) => (sum += document))
  expect(sum).toBe((49_999 * 50_000) / 2)
})

test('the best are the first of all, in order', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 20 })), fc.integer({ min: 1, max: 10 }), (scores, limit) => {
      const best = new Best(limit)
      for (const [item, score] of scores.entries()) best.offer(item, score)
      const all = scores.map((score, item) => ({ item, score })).toSorted((a, b) => b.score - a.score || a.item - b.item)
      expect(best.taken()).toEqual(all.slice(0, limit))
    }),
  )
})

describe('a budget', () => {
  test('is kept, in order, and nothing is left out that would fit at the end', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 14, max: 400 })), fc.nat(2_000), (tokens, budget) => {
        const taken = fitting(tokens, budget)
        const used = taken.reduce((sum, place) => sum + (tokens[place] ?? 0), 0)
        expect(used).toBeLessThanOrEqual(budget)
        expect(taken.toSorted((a, b) => a - b)).toEqual(taken)
        const left = budget - used
        if (left >= 20) expect(tokens.every((cost, place) => taken.includes(place) || cost > left)).toBe(true)
      }),
    )
  })

  it('charges a text by its length, and a line for who said it', () => expect(tokensOf(450)).toBe(114))
})

describe('a lexicon', () => {
  const lexicon = new Lexicon()
  for (const term of ['education', 'educate', 'pottery', 'potato', 'potion']) lexicon.add(term)

  it('numbers a term once', () => expect(lexicon.add('pottery')).toBe(lexicon.numberOf('pottery')))
  it('knows how terms begin', () => expect(lexicon.beginning('pot').map((number) => lexicon.termOf(number))).toEqual(['pottery', 'potato', 'potion']))
  it('finds what was meant', () => expect(lexicon.nearest('educaton', () => 1)).toBe('education'))
  it('finds nothing that is too far off, or in no document', () => {
    expect(lexicon.nearest('potpourri', () => 1)).toBeNull()
    expect(lexicon.nearest('educaton', () => 0)).toBeNull()
  })
  test.each([
    ['abcd', 'abdc', 1],
    ['abcd', 'abcd', 0],
    ['abcd', 'acd', 1],
    ['abcd', 'xbcy', 2],
    ['abcd', 'wxyz', 3],
  ])('%s and %s are %d edits apart, three being many', (one, other, edits) => expect(editsBetween(one, other, 2)).toBe(edits))
})
