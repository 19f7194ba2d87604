/** What a text of ChatGPT rests on: `citations` (until 2024) and `content_references` (since) of its metadata. Pure. */
import type { Citation } from '../../../events/conversations.ts'
import { countOf, type JsonObject, objectOf, objectsOf, textOf } from '../../json/fields.ts'
import { given } from '../values.ts'

/** @param text  of the message: a place in it counts only where the text there is what the source says */
export function citationsOf(metadata: JsonObject | null, text: string): readonly Citation[] {
  if (metadata === null) return []
  return [...objectsOf(metadata, 'citations').flatMap(older), ...objectsOf(metadata, 'content_references').flatMap((item) => newer(item, text))]
}

function older(citation: JsonObject): readonly Citation[] {
  const about = objectOf(citation, 'metadata')
  const url = textOf(about, 'url')
  const title = textOf(about, 'title')
  if (url === null && title === null) return []
  const [start, end] = [countOf(citation, 'start_ix'), countOf(citation, 'end_ix')]
  const isPlace = start !== undefined && end !== undefined && end >= start
  const kind = textOf(about, 'type') === 'file' ? 'file' : 'web'
  return [{ kind, ...given('url', url), ...given('title', title), ...given('snippet', textOf(about, 'text')), ...(isPlace ? { start, end } : {}) }]
}

function newer(reference: JsonObject, text: string): readonly Citation[] {
  const place = placeOf(reference, text)
  const items = objectsOf(reference, 'items')
  const cited = items.length > 0 ? items : [reference]
  return cited.flatMap((item) => {
    const url = textOf(item, 'url')
    const title = textOf(item, 'title')
    if (url === null && title === null) return []
    const kind = textOf(reference, 'type') === 'file' ? 'file' : 'web'
    return [{ kind, ...given('url', url), ...given('title', title), ...given('snippet', textOf(item, 'snippet')), ...place } as const]
  })
}

/** UTF-16 units; absent when the source counts otherwise and the mark cannot be found. */
function placeOf(reference: JsonObject, text: string): Pick<Citation, 'start' | 'end'> {
  const mark = textOf(reference, 'matched_text')
  const start = countOf(reference, 'start_idx')
  if (mark === null || mark === '' || start === undefined) return {}
  if (text.startsWith(mark, start)) return { start, end: start + mark.length }
  const found = text.indexOf(mark)
  return found >= 0 && found === text.lastIndexOf(mark) ? { start: found, end: found + mark.length } : {}
}
