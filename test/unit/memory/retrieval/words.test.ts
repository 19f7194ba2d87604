import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { termOf } from '../../../../src/memory/retrieval/stem.ts'
import { stemEnglish } from '../../../../src/memory/retrieval/stem-english.ts'
import { type Language, languageOf } from '../../../../src/memory/retrieval/stop-words.ts'
import { folded, MAX_TEXT, wordsOf } from '../../../../src/memory/retrieval/words.ts'

const words = (text: string) => Array.from(wordsOf(text), ({ word }) => word)

describe('words', () => {
  test('lie where they say, one after the other, in any text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' })), (text) => {
        let at = -1
        for (const { word, start, end } of wordsOf(text)) {
          expect(start).toBeGreaterThan(at)
          expect(end).toBeLessThanOrEqual(text.length)
          expect(end).toBeGreaterThan(start)
          expect(word).not.toBe('')
          at = start
        }
      }),
    )
  })

  test.each([
    ["Ana's café, 10:30 at O'Brien — 1,000.50 €", ["ana's", 'cafe', '10:30', 'at', "o'brien", '1000.50']],
    ['L’été à Paris', ['ete', 'a', 'paris']],
    ['Straße œuvre smørrebrød', ['strasse', 'oeuvre', 'smorrebrod']],
    ['foo_bar(v2)', ['foo', 'bar', 'v2']],
    ['我喜欢绿茶', ['我喜', '喜欢', '欢绿', '绿茶']],
    ['東京 tea', ['東京', 'tea']],
    ['한국어', ['한국', '국어']],
    ['हिन्दी में', ['हिन्दी', 'में']],
    ['Привет, ёлка', ['привет', 'елка']],
    ['茶', ['茶']],
    ['', []],
  ])('%j', (text, expected) => expect(words(text)).toEqual(expected))

  it('looks at so much of a text, however long it is', () => {
    const last = Array.from(wordsOf('ab '.repeat(MAX_TEXT))).at(-1)
    expect(last?.end).toBeLessThanOrEqual(MAX_TEXT)
  })

  it('folds a folded word to itself', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(folded(folded(text))).toBe(folded(text))
      }),
    )
  })
})

describe('stems', () => {
  test.each([
    ['en', ['running', 'runs', 'ran']],
    ['en', ['children', 'child']],
    ['en', ['adopted', 'adoption', 'adopting', 'adopts']],
    ['en', ['organisations', 'organisation']],
    ['en', ['bought', 'buying', 'buys']],
    ['es', ['canciones', 'cancion']],
    ['es', ['trabajando', 'trabajado', 'trabajar', 'trabajo']],
    ['de', ['kinder', 'kindern', 'kindes']],
    ['de', ['freundlich', 'freundliche', 'freundlichen']],
    ['fr', ['chanteuse', 'chanteuses']],
    ['fr', ['jouer', 'jouait', 'jouez']],
    ['pt', ['viajando', 'viajar', 'viajado']],
    ['pt', ['flores', 'flor']],
  ] as const)('%s: %j are one', (language, forms) => {
    expect(new Set(forms.map((form) => termOf(language, form))).size).toBe(1)
  })

  // from the vocabulary of the Porter2 stemmer
  test.each([
    ['consistently', 'consist'],
    ['consolations', 'consol'],
    ['knightly', 'knight'],
    ['kneeling', 'kneel'],
    ['generously', 'generous'],
    ['skating', 'skate'],
    ['happy', 'happi'],
    ['sensational', 'sensat'],
    ['rationally', 'ration'],
    ['electricity', 'electr'],
    ['hopping', 'hop'],
    ['hoping', 'hope'],
    ['cries', 'cri'],
    ['ties', 'tie'],
  ])('%s → %s', (word, stem) => expect(stemEnglish(word)).toBe(stem))

  it('leaves something of every word', () => {
    const languages = fc.constantFrom<Language>('en', 'es', 'de', 'fr', 'pt')
    fc.assert(
      fc.property(languages, fc.stringMatching(/^[a-z]{1,20}$/), (language, word) => {
        expect(termOf(language, word)).not.toBe('')
      }),
    )
  })
})

test.each([
  ['I have been to the sea with my sister', 'en'],
  ['Ayer fui con mi hermana a la playa y no hacía sol', 'es'],
  ['Gestern bin ich mit meiner Schwester ans Meer gefahren', 'de'],
  ['Hier nous sommes allés à la mer avec ma sœur', 'fr'],
  ['Ontem eu fui para a praia com a minha irmã', 'pt'],
  ['Kyoto 2024', null],
] as const)('the language of %j is %s', (text, language) => expect(languageOf(words(text))).toBe(language))
