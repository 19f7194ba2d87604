/** A part of a long text, around what matters in it, cut where sentences end. Pure. */
import type { Span } from '../retrieval/types.ts'

const SENTENCE_END = /[.!?…。！？]["'”’)\]]*\s+|\n+/g
const GAP = ' … '

/**
 * At most about `longest` UTF-16 units of `text`: all of it when it is short, else the sentences around the spans; without spans, its beginning.
 * Marks what is left out with `…`.
 */
export function clip(text: string, spans: readonly Span[], longest: number): string {
  const trimmed = text.trim()
  if (trimmed.length <= longest) return trimmed
  const windows = windowsAround(text, spans.length === 0 ? [[0, 1]] : spans, longest)
  const parts = windows.map(([start, end]) => text.slice(start, end).trim()).filter((part) => part !== '')
  const [first, last] = [windows[0], windows.at(-1)]
  return `${first !== undefined && first[0] > 0 ? '… ' : ''}${parts.join(GAP)}${last !== undefined && last[1] < text.length ? ' …' : ''}`.toWellFormed()
}

/** Stretches of the text in its order, together at most `longest`, each around a span and at the ends of sentences where these are near. */
function windowsAround(text: string, spans: readonly Span[], longest: number): Span[] {
  const each = Math.max(120, Math.floor(longest / Math.min(spans.length, 3)))
  const windows: [number, number][] = []
  let left = longest
  for (const [start, end] of [...spans].sort((a, b) => a[0] - b[0])) {
    const last = windows.at(-1)
    if (last !== undefined && start < last[1]) continue
    if (left < 40) break
    const size = Math.min(each, left)
    const from = Math.max(last?.[1] ?? 0, sentenceStart(text, Math.min(start, Math.max(0, end - size)), start))
    const to = sentenceEnd(text, Math.min(text.length, from + size), Math.max(from + 1, end))
    windows.push([from, to])
    left -= to - from
  }
  return windows
}

const NEAR = 240

/** Where the sentence that holds `at` begins, if that is near; else the beginning of a word before it. */
function sentenceStart(text: string, from: number, at: number): number {
  const begin = Math.max(0, Math.min(from, at - NEAR))
  const before = text.slice(begin, at)
  const ends = [...before.matchAll(SENTENCE_END)].map((match) => match.index + match[0].length)
  const last = ends.at(-1)
  if (last !== undefined) return begin + last
  return begin === 0 ? 0 : begin + Math.max(0, before.indexOf(' ') + 1)
}

/** Where the last sentence that ends before `limit` ends, but not before `least`; else where a word does. */
function sentenceEnd(text: string, limit: number, least: number): number {
  if (limit >= text.length) return text.length
  const window = text.slice(least, limit)
  const ends = [...window.matchAll(SENTENCE_END)].map((match) => match.index + match[0].length)
  const last = ends.at(-1)
  if (last !== undefined) return least + last
  const blank = window.lastIndexOf(' ')
  return blank > 0 ? least + blank : limit
}
