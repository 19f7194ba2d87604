/**
 * Entries of "My Activity" as a page: a cell each, with the prompt, the moment (in the person's language) and the answer, divided by `<br>`. The page is
 * cut into its cells as it comes, so that a long one is never in memory. Nothing in it is executed.
 */
import type { Instant, SkipReason } from '../../../events/conversations.ts'
import { ArchiveError } from '../../archive/archive-error.ts'
import { parseHtml } from '../../html/tree.ts'
import { toMarkdown } from '../../html/tree-markdown.ts'
import { UNKNOWN } from '../../instants.ts'
import type { Place } from '../drafts.ts'
import type { Entry } from './activity.ts'

const CELL = '<div class="outer-cell'
/** A longer one is passed over, characters. */
const LONGEST = 8_000_000

export type Cell =
  | { readonly html: string; readonly number: number }
  | { readonly problem: SkipReason; readonly detail: string; readonly number: number }

/** Whether a page, seen from its beginning, is one. */
export const isActivityPage = (text: string): boolean => text.includes(CELL) && /Gemini|Bard/.test(text)

/** The cells of a page, in its order. */
export async function* cells(page: AsyncIterable<Uint8Array>): AsyncGenerator<Cell> {
  const utf8 = new TextDecoder('utf-8')
  let [rest, number, isTooLong] = ['', -1, false]
  const ended = (html: string): Cell => (isTooLong ? { problem: 'too-large', detail: `over ${LONGEST} characters`, number } : { html, number })
  try {
    for await (const chunk of page) {
      rest += utf8.decode(chunk, { stream: true })
      for (let at = rest.indexOf(CELL, 1); at >= 0; at = rest.indexOf(CELL, 1)) {
        if (number >= 0) yield ended(rest.slice(0, at))
        ;[rest, isTooLong] = [rest.slice(at), false]
        number++
      }
      if (rest.length > LONGEST) [rest, isTooLong] = [rest.slice(-CELL.length), true]
    }
    if (number >= 0) yield ended(rest)
  } catch (error) {
    if (!(error instanceof ArchiveError)) throw error
    yield { problem: error.reason, detail: error.message, number: number + 1 }
  }
}

const wordsOf = (html: string): string => toMarkdown(parseHtml(html))

const CONTENT = /<div class="content-cell[^"]{0,200}mdl-typography--body-1"[^>]{0,200}>/
const CLOCK = /\d{1,2}[:.]\d{2}[:.]\d{2}/

/** Null: a cell of something else. @param verb  see activity-json.ts */
export function readCell(html: string, verb: string | null, place: Place): Entry | null {
  const start = CONTENT.exec(html)
  if (start === null) return null
  const from = start.index + start[0].length
  const next = html.indexOf('<div class="content-cell', from)
  const parts = html.slice(from, next < 0 ? undefined : next).split(/<br\s*\/?>/i)
  const clock = parts.findIndex((part) => part.length < 200 && CLOCK.test(part) && /\d{4}/.test(part))
  if (clock < 1) return null
  const [title = '', ...beside] = parts.slice(0, clock).map((part) => wordsOf(part).replaceAll('\u00a0', ' '))
  const hasVerb = verb !== null && title.startsWith(verb)
  const answer = parts
    .slice(clock + 1)
    .join('<br>')
    .replace(/(<\/div>\s*)+$/, '')
  const hasAnswer = wordsOf(answer) !== ''
  return {
    at: momentOf(wordsOf(parts[clock] ?? '')),
    prompt: hasVerb ? title.slice(verb.length) : title,
    isPrompt: hasVerb || hasAnswer,
    answers: hasAnswer ? [answer] : [],
    files: parts.slice(1, clock).flatMap((part) => [...part.matchAll(/href="([^":]{1,500})"/g)].map(([, file]) => file ?? '')),
    gem: null,
    place,
    extra: beside.length === 0 ? null : { subtitles: beside },
  }
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
/** Hours from UTC, of the names that Google writes. */
const ZONES: Readonly<Record<string, number>> = {
  UTC: 0,
  GMT: 0,
  BST: 1,
  CET: 1,
  CEST: 2,
  EST: -5,
  EDT: -4,
  CST: -6,
  CDT: -5,
  MST: -7,
  MDT: -6,
  PST: -8,
  PDT: -7,
}
const ENGLISH = /^([A-Za-z]{3})[a-z]* (\d{1,2}), (\d{4}),? (\d{1,2}):(\d{2}):(\d{2})\s?([AP]M)?\s?([A-Z]{2,5})?([+-]\d{1,2}:?\d{0,2})?$/

/** As English pages write it; other languages' are kept as they are, and not guessed at. */
export function momentOf(text: string): Instant {
  const original = text
    .replaceAll(/[\s\u202f\u00a0]+/g, ' ')
    .trim()
    .slice(0, 100)
  const [, month = '', day, year, hour, minute, second, half, zone, offset] = ENGLISH.exec(original) ?? []
  const index = MONTHS.indexOf(month.toLowerCase())
  if (index < 0) return { ...UNKNOWN, original }
  const hours = half === undefined ? Number(hour) : (Number(hour) % 12) + (half === 'PM' ? 12 : 0)
  const known = zone === undefined ? undefined : ZONES[zone]
  const ms = Date.UTC(Number(year), index, Number(day), hours, Number(minute), Number(second)) - (known ?? 0) * 3_600_000 - offsetMs(offset)
  return { value: new Date(ms).toISOString(), original, confidence: known === undefined ? 'inferred' : 'exact' }
}

function offsetMs(offset: string | undefined): number {
  const [, sign, hours, minutes] = /^([+-])(\d{1,2}):?(\d{0,2})$/.exec(offset ?? '') ?? []
  return (sign === '-' ? -1 : 1) * (Number(hours ?? 0) * 60 + Number(minutes ?? 0)) * 60_000
}
