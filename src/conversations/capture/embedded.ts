/** JSON that a page carries for its own scripts: nothing of it is executed. Pure. */
import type { Json } from '../../events/conversations.ts'
import { type HtmlElement, outermost, textIn } from '../html/tree.ts'
import { parsed } from '../importers/values.ts'
import { decodeTurboStream, enqueuedIn } from './turbo-stream.ts'

/** Values in a page's scripts, those of turbo-streams first. */
export function embeddedJson(page: HtmlElement): readonly Json[] {
  const scripts = outermost(page, ({ name }) => name === 'script')
  const texts = scripts.filter(({ attributes }) => !/json/i.test(attributes['type'] ?? '')).map(textIn)
  const stream = texts.flatMap(enqueuedIn).join('')
  const turbo = stream === '' ? null : decodeTurboStream(stream)
  const data = scripts
    .filter(({ attributes }) => /json/i.test(attributes['type'] ?? '') || attributes['id'] === '__NEXT_DATA__')
    .map((script) => parsed(textIn(script)))
  return [turbo, ...data, ...flightIn(texts), ...texts.map(assignedIn)].filter((value) => typeof value === 'object' && value !== null)
}

/** What Next.js pushes to its pages: pieces of a text whose lines are `12:JSON`. */
function flightIn(texts: readonly string[]): readonly Json[] {
  const pieces = texts.flatMap((text) => {
    const pushed = /^(?:\(?self\.__next_f ?= ?self\.__next_f ?\|\| ?\[\]\)?|self\.__next_f)\.push\((\[.*\])\)$/s.exec(bare(text))?.[1]
    const value = pushed === undefined ? undefined : parsed(pushed)
    const piece: Json | undefined = Array.isArray(value) ? (value as readonly Json[])[1] : undefined
    return typeof piece === 'string' ? piece : []
  })
  return pieces
    .join('')
    .split('\n')
    .flatMap((line) => parsed(line.replace(/^[0-9a-f]{1,8}:/, '')) ?? [])
}

/** `window.NAME = {…}` as all that a script does. */
function assignedIn(text: string): Json {
  const value = /^(?:window\.|var |let |const )?[\w$.[\]"']{1,80} ?= ?([{[].*[}\]])$/s.exec(bare(text))?.[1]
  return value === undefined ? null : (parsed(value) ?? null)
}

/** Without the space around, and without the semicolon at the end. */
const bare = (text: string): string => text.trim().replace(/;$/, '').trimEnd()
