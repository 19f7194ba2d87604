/** Days that a question speaks of: written out in five languages, as ISO dates, or told from today. Pure. */
import { folded } from './words.ts'

/** Whole days since the epoch, UTC, half-open. */
export type Days = readonly [from: number, to: number]

export type DatesAsked = {
  readonly days: readonly Days[]
  /** Terms of the index (see `dayTerms`), by the word of the question that they go with; as that word is compared. */
  readonly terms: ReadonlyMap<string, string>
}

const MONTHS = [
  'january enero januar janner janvier janeiro jan',
  'february febrero februar fevrier fevereiro feb',
  'march marzo marz mars marco',
  'april abril avril apr',
  'may mayo mai maio',
  'june junio juni juin junho jun',
  'july julio juli juillet julho jul',
  'august agosto aout aug',
  'september septiembre setiembre septembre setembro sep sept',
  'october octubre oktober octobre outubro oct okt',
  'november noviembre novembre novembro nov',
  'december diciembre dezember decembre dezembro dec dez',
].map((names) => names.split(' '))

const NAMES = new Map(MONTHS.flatMap((names, month) => names.map((name) => [name, month] as const)))
const NAME = [...NAMES.keys()].toSorted((a, b) => b.length - a.length).join('|')
const NTH = '(\\d{1,2})(?:st|nd|rd|th|er|\\.)?'
const OF = '(?: de| of| del)?'
const DAY_MONTH = new RegExp(`\\b${NTH}${OF} (${NAME})\\b(?:,?${OF} (\\d{4}))?`, 'g')
const MONTH_DAY = new RegExp(`\\b(${NAME}) ${NTH}\\b(?!\\d)(?:,? (\\d{4}))?`, 'g')
const MONTH_YEAR = new RegExp(`\\b(${NAME}),?${OF} (\\d{4})\\b`, 'g')
const ISO = /\b(\d{4})-(\d{1,2})-(\d{1,2})\b/g
const YEAR = /\b(19|20)\d\d\b/g
const LONE_MONTH = new RegExp(`\\b(${NAME})\\b`, 'g')
/** Months that are words, or names, besides. */
const AMBIGUOUS = new Set(['may', 'march', 'mars', 'august', 'jan', 'mai', 'sep', 'dec', 'oct', 'nov', 'jun', 'jul', 'apr'])

const DAY_MS = 86_400_000
const dayOf = (year: number, month: number, day: number): number => Date.UTC(year, month, day) / DAY_MS

/** @param now  milliseconds since the epoch, for "yesterday" and "last week" */
export function datesAsked(text: string, now: number): DatesAsked {
  const asked = folded(text)
  const terms = new Map<string, string>()
  const days: Days[] = []
  const note = (name: string, day: string | null, year: string | null) => {
    const month = NAMES.get(name) ?? 0
    terms.set(name, `@m${month + 1}`)
    if (day !== null) terms.set(day, `@d${Number(day)}`)
    if (year === null) return
    if (day === null) days.push([dayOf(Number(year), month, 1), dayOf(Number(year), month + 1, 1)])
    else days.push([dayOf(Number(year), month, Number(day)), dayOf(Number(year), month, Number(day) + 1)])
  }
  for (const [, day = '', name = '', year] of asked.matchAll(DAY_MONTH)) note(name, day, year ?? null)
  for (const [, name = '', day = '', year] of asked.matchAll(MONTH_DAY)) note(name, day, year ?? null)
  for (const [, name = '', year = ''] of asked.matchAll(MONTH_YEAR)) if (!terms.has(name)) note(name, null, year)
  for (const [, year, month, day] of asked.matchAll(ISO))
    days.push([dayOf(Number(year), Number(month) - 1, Number(day)), dayOf(Number(year), Number(month) - 1, Number(day) + 1)])
  for (const [year] of asked.matchAll(YEAR)) terms.set(year, `@y${year}`)
  for (const [, name = ''] of asked.matchAll(LONE_MONTH)) if (!terms.has(name) && certain(name, text)) note(name, null, null)
  return { days: [...days, ...fromToday(asked, Math.floor(now / DAY_MS))], terms }
}

/** "May" is a month where it is written with a capital inside the sentence. */
const certain = (name: string, text: string): boolean =>
  !AMBIGUOUS.has(name) || new RegExp(`\\S ${name[0]?.toUpperCase()}${name.slice(1)}\\b`).test(text)

/** Rules of "told from today": words in five languages, and the days they mean. */
const RELATIVE: readonly (readonly [RegExp, from: number, to: number])[] = [
  [/\b(?:today|hoy|heute|aujourd'hui|hoje)\b/, 0, 1],
  [/\b(?:yesterday|last night|ayer|gestern|hier|ontem)\b/, -1, 0],
  [/\b(?:this week|esta semana|diese woche|cette semaine)\b/, -6, 1],
  [/\b(?:last week|past week|la semana pasada|letzte woche|la semaine derniere|semana passada)\b/, -13, -1],
  [/\b(?:this month|este mes|diesen monat|ce mois)\b/, -30, 1],
  [/\b(?:last month|past month|el mes pasado|letzten monat|le mois dernier|mes passado)\b/, -61, -15],
  [/\b(?:last year|el ano pasado|letztes jahr|l'annee derniere|ano passado)\b/, -730, -180],
]
const AGO = /\b(\d{1,3}) (day|week|month|year)s? ago\b/g
const LENGTHS: Readonly<Record<string, number>> = { day: 1, week: 7, month: 30, year: 365 }

function fromToday(asked: string, today: number): readonly Days[] {
  const told = RELATIVE.filter(([words]) => words.test(asked)).map(([, from, to]): Days => [today + from, today + to])
  const ago = Array.from(asked.matchAll(AGO), ([, count, unit = '']): Days => {
    const length = LENGTHS[unit] ?? 1
    const day = today - Number(count) * length
    return [day - Math.floor(length / 2), day + Math.floor(length / 2) + 1]
  })
  return [...told, ...ago]
}

/** 1 on the days, falling to a third over each `fade` days before or after; 0 for a moment that is not known. */
export function nearness(at: number, days: readonly Days[], fade: number): number {
  if (Number.isNaN(at)) return 0
  const day = at / DAY_MS
  return Math.max(0, ...days.map(([from, to]) => Math.exp(-Math.max(0, from - day, day - to) / fade)))
}
