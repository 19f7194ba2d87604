/** Moments as people say them, in five languages, against the day on which they are said: Friday, 15 March 2024. */
import { expect, test } from 'vitest'
import type { LanguageCode } from '../../../src/memory/language.ts'
import { timesIn } from '../../../src/memory/time.ts'

const SAID = '2024-03-15T10:00:00.000Z'
const dates = (text: string, language: LanguageCode, said: string | null = SAID) => timesIn(text, language, said).map(({ date }) => date)

const cases: readonly (readonly [LanguageCode, string, ...string[]])[] = [
  ['en', 'I went there yesterday and come back tomorrow', '2024-03-14', '2024-03-16'],
  ['en', 'last Friday', '2024-03-08'],
  ['en', 'next Friday', '2024-03-22'],
  ['en', 'this Friday', '2024-03-15'],
  ['en', 'next Monday', '2024-03-18'],
  ['en', 'three weeks ago', '2024-02-23'],
  ['en', 'two months ago', '2024-01'],
  ['en', 'a year ago', '2023'],
  ['en', 'in 2 days', '2024-03-17'],
  ['en', 'in 2019', '2019'],
  ['en', 'in May 2021', '2021-05'],
  ['en', 'on May 12th, 2024', '2024-05-12'],
  ['en', '12 May 2024', '2024-05-12'],
  ['en', 'May 12', '2024-05-12'],
  ['en', 'on December 30', '2023-12-30'],
  ['en', 'since 2020', '2020'],
  ['en', 'in November', '2023-11'],
  ['en', 'next April', '2024-04'],
  ['en', '2024-02-29', '2024-02-29'],
  ['en', '31.12.2023', '2023-12-31'],
  ['en', '03/04/2023', '2023'], // the third of April, or the fourth of March
  ['de', 'gestern und übermorgen', '2024-03-14', '2024-03-17'],
  ['de', 'vor drei Wochen', '2024-02-23'],
  ['de', 'letzten Freitag', '2024-03-08'],
  ['de', 'nächstes Jahr', '2025'],
  ['de', 'am 12. Mai 2024', '2024-05-12'],
  ['de', 'seit 2019', '2019'],
  ['es', 'ayer', '2024-03-14'],
  ['es', 'hace dos años', '2022'],
  ['es', 'la semana pasada', '2024-03-08'],
  ['es', 'el 12 de mayo de 2024', '2024-05-12'],
  ['es', 'el viernes que viene', '2024-03-22'],
  ['fr', 'hier', '2024-03-14'],
  ['fr', 'il y a trois semaines', '2024-02-23'],
  ['fr', 'la semaine dernière', '2024-03-08'],
  ['fr', 'le 12 mai 2024', '2024-05-12'],
  ['pt', 'ontem', '2024-03-14'],
  ['pt', 'há dois anos', '2022'],
  ['pt', 'na semana passada', '2024-03-08'],
  ['pt', 'no dia 12 de maio de 2024', '2024-05-12'],
]

test.each(cases.map(([language, text, ...expected]) => ({ language, text, expected })))('$language: $text', ({ language, text, expected }) => {
  expect(dates(text, language)).toEqual(expected)
})

test('a day that there is not is no date', () => {
  expect(dates('on February 30, 2024', 'en')).not.toContain('2024-02-30')
  expect(dates('2023-02-29', 'en')).toEqual([])
})

test('words that rely on the day say nothing when nobody knows it', () => {
  expect(dates('yesterday, next Friday, two weeks ago, on May 12', 'en', null)).toEqual([])
  expect(dates('since 2019', 'en', null)).toEqual(['2019'])
})
