/**
 * When something was, as people say it: `yesterday`, `next Friday`, `in 2022`, `vor zwei Wochen`, resolved against the moment at which it was said.
 * What is said with less precision is known with less: a day, a month, a year. Pure.
 *
 * Days are those of the calendar in UTC: where the speaker was is not known.
 */
import { everyMatch } from './every-match.ts'
import type { LanguageCode } from './language.ts'
import { TIME_WORDS, type TimeWords, type Unit } from './time-words.ts'

/** A date as far as it is known (`2023`, `2023-05`, `2023-05-07`), and where it was said. */
export type Time = { readonly date: string; readonly start: number; readonly end: number; readonly kind: 'at' | 'since' }

type Reader = {
  readonly form: RegExp
  readonly read: (groups: Readonly<Record<string, string | undefined>>, said: Date | null) => string | null
}

/**
 * Moments named in a text, in its order.
 *
 * @param said  when it was said, ISO 8601; null: relative words say nothing
 */
export function timesIn(text: string, language: LanguageCode, said: string | null): Time[] {
  const at = said === null ? null : new Date(said)
  const found: Time[] = []
  for (const { form, read } of readersOf(language)) {
    for (const match of everyMatch(form, text)) {
      const groups = match.groups ?? {}
      const date = read(groups, at)
      const end = match.index + match[0].length
      if (date === null || found.some((time) => match.index < time.end && time.start < end)) continue
      found.push({ date, start: match.index, end, kind: groups.since === undefined ? 'at' : 'since' })
    }
  }
  return found.sort((a, b) => a.start - b.start)
}

const readers = new Map<LanguageCode, readonly Reader[]>()

function readersOf(language: LanguageCode): readonly Reader[] {
  const known = readers.get(language) ?? build(TIME_WORDS[language])
  readers.set(language, known)
  return known
}

const any = (words: Iterable<string>): string => [...words].sort((a, b) => b.length - a.length).join('|')
/** Not inside a word. */
const form = (source: string): RegExp => new RegExp(`(?<![\\p{L}\\p{N}_-])(?:${source})(?![\\p{L}\\p{N}_-])`, 'giu')

function build(words: TimeWords): Reader[] {
  const month = any(words.months.flat())
  const weekday = any(words.weekdays.flat())
  const unit = any(Object.keys(words.units))
  const number = `(?<n>\\d{1,3}|${any(Object.keys(words.numbers))})`
  const since = `(?:(?<since>${words.since})\\s+)?`
  const day = `(?<day>\\d{1,2})(?:st|nd|rd|th|er|º|ª|\\.)?`
  return [
    { form: form(`${since}(?<year>\\d{4})-(?<month>\\d{2})-(?<day>\\d{2})`), read: (g) => civil(g.year, g.month, g.day) },
    { form: form(`${since}(?<day>\\d{1,2})[./](?<month>\\d{1,2})[./](?<year>\\d{4})`), read: (g) => dayFirst(g.day, g.month, g.year) },
    {
      form: form(
        `${since}(?:${day}\\s+(?:${words.of})?(?<name>${month})|(?<name2>${month})\\s+(?<day2>\\d{1,2})(?:st|nd|rd|th)?)(?:,?\\s+(?:de\\s+|del\\s+)?(?<year>\\d{4}))?`,
      ),
      read: (g, said) => dayOfMonth(words, g.name ?? g.name2, g.day ?? g.day2, g.year, said),
    },
    {
      form: form(`${since}(?:(?:${words.in})\\s+)?(?<name>${month})\\s+(?:${words.of || 'of '})?(?<year>\\d{4})`),
      read: (g) => monthOf(words, g.name, g.year),
    },
    { form: form(`(?:(?<since>${words.since})|${words.in})\\s+(?<year>(?:19|20)\\d{2})`), read: (g) => g.year ?? null },
    { form: form(`(?:(?<since>${words.since})|${words.in})\\s+(?<name>${month})`), read: (g, said) => lastMonthNamed(words, g.name, said) },
    { form: form(any(Object.keys(words.days)).replace(/^/, '(?<word>') + ')'), read: (g, said) => addDays(said, words.days[lower(g.word)] ?? 0) },
    ...distances(words, number, unit),
    ...turns(words, unit, weekday),
  ]
}

function distances(words: TimeWords, number: string, unit: string): Reader[] {
  const count = (sign: 1 | -1) => (g: Readonly<Record<string, string | undefined>>, said: Date | null) => {
    const n = /^\d+$/.test(g.n ?? '') ? Number(g.n) : (words.numbers[lower(g.n)] ?? 0)
    return shift(said, sign * n, words.units[lower(g.unit)])
  }
  const apart = ({ before, after }: { readonly before: string; readonly after: string }, sign: 1 | -1): Reader[] => [
    ...(before === '' ? [] : [{ form: form(`(?:${before})\\s+${number}\\s+(?<unit>${unit})`), read: count(sign) }]),
    ...(after === '' ? [] : [{ form: form(`${number}\\s+(?<unit>${unit})\\s+(?:${after})`), read: count(sign) }]),
  ]
  return [...apart(words.ago, -1), ...apart(words.ahead, 1)]
}

/** Last week, next Friday, this year. */
function turns(words: TimeWords, unit: string, weekday: string): Reader[] {
  const turn = (source: string, sign: -1 | 0 | 1, isAfter: boolean): Reader[] => {
    if (source === '') return []
    const what = `(?:(?<unit>${unit})|(?<weekday>${weekday}))`
    const whole = isAfter ? `${what}\\s+(?:${source})` : `(?:${source})\\s+${what}`
    return [
      {
        form: form(whole),
        read: (g, said) => (g.unit === undefined ? weekdayFrom(words, g.weekday, sign, said) : shift(said, sign, words.units[lower(g.unit)])),
      },
    ]
  }
  const month = any(words.months.flat())
  const named = (source: string, sign: -1 | 0 | 1, isAfter: boolean): Reader[] =>
    source === ''
      ? []
      : [
          {
            form: form(isAfter ? `(?<name>${month})\\s+(?:${source})` : `(?:${source})\\s+(?<name>${month})`),
            read: (g, said) => monthFrom(words, g.name, sign, said),
          },
        ]
  return [
    ...named(words.last, -1, false),
    ...named(words.after.last, -1, true),
    ...named(words.next, 1, false),
    ...named(words.after.next, 1, true),
    ...named(words.this, 0, false),
    ...turn(words.last, -1, false),
    ...turn(words.after.last, -1, true),
    ...turn(words.next, 1, false),
    ...turn(words.after.next, 1, true),
    ...turn(words.this, 0, false),
  ]
}

const lower = (word: string | undefined): string => (word ?? '').toLowerCase()
const pad = (n: number): string => String(n).padStart(2, '0')
const iso = (date: Date): string => date.toISOString().slice(0, 10)

/** A day that there is, in years that people talk of. */
function civil(year: string | undefined, month: string | undefined, day: string | undefined): string | null {
  const date = `${year}-${pad(Number(month))}-${pad(Number(day))}`
  const ms = Date.parse(date)
  return Number.isNaN(ms) || iso(new Date(ms)) !== date || Number(year) < 1850 || Number(year) > 2200 ? null : date
}

/** Where day and month might be swapped, the day is not known, and neither is the month. */
function dayFirst(day: string | undefined, month: string | undefined, year: string | undefined): string | null {
  const [first, second] = [Number(day), Number(month)]
  if (first > 12) return civil(year, month, day)
  if (second > 12) return civil(year, day, month)
  return first === second ? civil(year, month, day) : (year ?? null)
}

const monthNumber = (words: TimeWords, name: string | undefined): number => words.months.findIndex((names) => names.includes(lower(name))) + 1

function monthOf(words: TimeWords, name: string | undefined, year: string | undefined): string | null {
  const month = monthNumber(words, name)
  return month === 0 || Number(year) < 1850 || Number(year) > 2200 ? null : `${year}-${pad(month)}`
}

/** Without a year: the one nearest to when it was said. */
function dayOfMonth(words: TimeWords, name: string | undefined, day: string | undefined, year: string | undefined, said: Date | null): string | null {
  const month = String(monthNumber(words, name))
  if (year !== undefined) return civil(year, month, day)
  if (said === null) return null
  const near = [-1, 0, 1].flatMap((n) => civil(String(said.getUTCFullYear() + n), month, day) ?? [])
  return near.sort((a, b) => Math.abs(Date.parse(a) - said.getTime()) - Math.abs(Date.parse(b) - said.getTime()))[0] ?? null
}

/** A month without a year was the last of its name, said of what was. */
function lastMonthNamed(words: TimeWords, name: string | undefined, said: Date | null): string | null {
  const month = monthNumber(words, name)
  if (month === 0 || said === null) return null
  const year = said.getUTCFullYear() - (month > said.getUTCMonth() + 1 ? 1 : 0)
  return `${year}-${pad(month)}`
}

/** `last May`, `next May`, `this May`. */
function monthFrom(words: TimeWords, name: string | undefined, sign: -1 | 0 | 1, said: Date | null): string | null {
  const month = monthNumber(words, name)
  if (month === 0 || said === null) return null
  const now = said.getUTCMonth() + 1
  const years = sign === 1 && month <= now ? 1 : sign === -1 && month >= now ? -1 : 0
  return `${said.getUTCFullYear() + years}-${pad(month)}`
}

function addDays(said: Date | null, days: number): string | null {
  return said === null ? null : iso(new Date(said.getTime() + days * 86_400_000))
}

/** As precise as the unit: `two years ago` is a year, `three weeks ago` the day seven times three before. */
function shift(said: Date | null, n: number, unit: Unit | undefined): string | null {
  if (said === null || unit === undefined) return null
  if (unit === 'day') return addDays(said, n)
  if (unit === 'week') return addDays(said, 7 * n)
  const months = said.getUTCFullYear() * 12 + said.getUTCMonth() + n * (unit === 'year' ? 12 : 1)
  const year = Math.floor(months / 12)
  return unit === 'year' ? String(year) : `${year}-${pad((months % 12) + 1)}`
}

/** `last`: the one before today; `next`: the one after; `this`: of the seven days from today. */
function weekdayFrom(words: TimeWords, name: string | undefined, sign: -1 | 0 | 1, said: Date | null): string | null {
  const wanted = words.weekdays.findIndex((names) => names.includes(lower(name)))
  if (wanted === -1 || said === null) return null
  const today = (said.getUTCDay() + 6) % 7
  const ahead = (wanted - today + 7) % 7
  if (sign === -1) return addDays(said, ahead === 0 ? -7 : ahead - 7)
  return addDays(said, sign === 1 && ahead === 0 ? 7 : ahead)
}
