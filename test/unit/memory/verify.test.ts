import fc from 'fast-check'
import { expect, test } from 'vitest'
import { verifyQuote } from '../../../src/memory/verify.ts'
import { message } from './messages.ts'

test('any stretch of a message is found in it, where it stands or where the same stands before', () =>
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 4, maxLength: 80 }), fc.nat(), fc.nat(), (text, a, b) => {
      const units = [...new Intl.Segmenter().segment(text)].map(({ segment }) => segment)
      const [from, to] = [a % units.length, (a % units.length) + 1 + (b % 10)]
      const quote = units.slice(from, to).join('').trim()
      fc.pre(quote.normalize('NFC').length >= 2)
      const span = verifyQuote(message(text), quote)
      if (span === null) throw new Error(`not found: ${JSON.stringify(quote)}`)
      expect(text.slice(span.start, span.end)).toBe(span.quote)
      const plain = (some: string) =>
        some
          .normalize('NFC')
          .replace(/\s+/g, ' ')
          .replace(/[“”„«»]/g, '"')
          .replace(/[’‘]/g, "'")
          .trim()
      expect(plain(span.quote)).toBe(plain(quote))
    }),
  ))

test('typographic marks, spaces and forms of letters do not matter', () => {
  const said = message('I’m   from Cafe\u0301 Müller')
  expect(verifyQuote(said, "I'm from Café Müller")).toEqual({ block: 0, start: 0, end: 23, quote: 'I’m   from Cafe\u0301 Müller' })
})

test.each(['', 'x', 'I live in Rome', 'i live in lisbon'])('%j is not in it', (quote) => {
  expect(verifyQuote(message('I live in Lisbon'), quote)).toBeNull()
})
