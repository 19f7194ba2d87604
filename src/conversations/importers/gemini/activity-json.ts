/** Entries of "My Activity" as JSON. The verb before each prompt is in the person's language: what most titles begin with is taken to be it. Pure. */
import type { Json } from '../../../events/conversations.ts'
import { fromIso } from '../../instants.ts'
import { field, isObject, listOf, objectsOf, rest, textOf } from '../../json/fields.ts'
import type { Place } from '../drafts.ts'
import { label } from '../values.ts'
import type { Entry } from './activity.ts'

const PRODUCT = /gemini|bard/i

/** Whether a record is one of Gemini's. */
export function isActivity(record: Json): boolean {
  if (label(record, 'time') === null || textOf(record, 'title') === null) return false
  return (
    PRODUCT.test(textOf(record, 'header') ?? '') || listOf(record, 'products').some((product) => typeof product === 'string' && PRODUCT.test(product))
  )
}

/** @param verb  what precedes prompts, with the space after it; null: not known */
export function readActivity(record: Json, verb: string | null, place: Place): Entry | null {
  if (!isObject(record) || !isActivity(record)) return null
  const title = textOf(record, 'title') ?? ''
  const answers = objectsOf(record, 'safeHtmlItem').flatMap((item) => textOf(item, 'html') ?? [])
  const hasVerb = verb !== null && title.startsWith(verb)
  const subtitles = objectsOf(record, 'subtitles')
  return {
    at: fromIso(field(record, 'time')),
    prompt: hasVerb ? title.slice(verb.length) : title,
    isPrompt: hasVerb || answers.length > 0,
    answers,
    files: filesOf(record),
    gem:
      subtitles
        .map((subtitle) => /\bGems?\b/.test(textOf(subtitle, 'name') ?? '') && label(subtitle, 'name'))
        .find((name) => typeof name === 'string') || null,
    place,
    extra: rest(record, 'header', 'title', 'time', 'products', 'activityControls', 'safeHtmlItem', 'imageFile', 'attachedFiles'),
  }
}

function filesOf(record: Json): readonly string[] {
  const attached = listOf(record, 'attachedFiles').filter((file) => typeof file === 'string')
  const linked = objectsOf(record, 'subtitles').flatMap((subtitle) => textOf(subtitle, 'url') ?? [])
  const image = textOf(record, 'imageFile')
  const all = [...(image === null ? [] : [image]), ...attached, ...linked.filter((url) => !/^[a-z]+:/i.test(url))]
  return [...new Set(all)]
}

const KNOWN = 'Prompted '
/** Of titles, and of words in a verb. */
const [ENOUGH, SHARE, WORDS] = [5, 0.6, 4]

/** What most titles begin with, up to four words; Google's English verb when it is among them. */
export function verbOf(titles: readonly string[]): string | null {
  if (titles.some((title) => title.startsWith(KNOWN))) return KNOWN
  if (titles.length < ENOUGH) return null
  let verb: string | null = null
  for (let words = 1; words <= WORDS; words++) {
    const starts = titles.flatMap((title) => {
      const parts = title.split(' ')
      return parts.length > words ? [`${parts.slice(0, words).join(' ')} `] : []
    })
    const [most] = [...Map.groupBy(starts, (start) => start)].sort(([, a], [, b]) => b.length - a.length)
    if (most === undefined || most[1].length < titles.length * SHARE) break
    verb = most[0]
  }
  return verb
}
