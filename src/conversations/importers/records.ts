/** What importers of JSON have in common: they look at each file's beginning, and then turn one record after the other into what it tells. */
import type { Json } from '../../events/conversations.ts'
import { type Found, skipped } from '../found.ts'
import { type Element, elements, jsonLines } from '../json/elements.ts'
import { type Peek, peekAll } from '../json/peek.ts'
import type { Place } from './drafts.ts'
import type { Archive, Detection } from './importer.ts'

/** How records lie in a file: items of a list (or one object alone), items of the list under a key of the object around, lines. */
export type Layout = 'list' | 'lines' | { readonly under: string }

/** Pure: what one record tells. Never throws, whatever the record. */
export type Reading = (record: Json, place: Place) => readonly Found[]

/**
 * Members whose records look like those of a format.
 *
 * @param likeness  0 … 1, how much a file's first records look like it; 0: not at all
 * @returns         null when none does
 */
export async function recognise(
  archive: Archive,
  endings: readonly string[],
  likeness: (peek: Peek, path: string) => number,
): Promise<Detection | null> {
  let score = 0
  const members: string[] = []
  for (const [path, peek] of await peekAll(archive, ...endings)) {
    const like = likeness(peek, path)
    if (like > 0) members.push(path)
    score = Math.max(score, like)
  }
  return members.length === 0 ? null : { score, members }
}

/** Each record of the members, one in memory at a time; what cannot be read is told in its place. */
export async function* eachRecord(archive: Archive, members: readonly string[], layout: Layout, read: Reading): AsyncGenerator<Found> {
  for (const member of members) for await (const element of elementsOf(archive, member, layout)) yield* told(element, member, read)
}

function elementsOf(archive: Archive, member: string, layout: Layout): AsyncGenerator<Element> {
  if (layout === 'lines') return jsonLines(archive.open(member))
  return elements(archive.open(member), layout === 'list' ? {} : { keys: [layout.under] })
}

function told(element: Element, member: string, read: Reading): readonly Found[] {
  const { pointer } = element
  if (element.problem !== null) return [skipped(`${member} ${pointer}`.trim(), element.problem, element.detail)]
  return read(element.value, { member, pointer, raw: element.raw })
}

/** What a reading says of a record that is none of its format. */
export const foreign = ({ member, pointer }: Place, detail: string): readonly Found[] => [skipped(itemOf(member, pointer), 'invalid', detail)]
/** What a reading says of a conversation in which nothing was said. */
export const silent = ({ member, pointer }: Place, title: string | null): readonly Found[] => [
  skipped(`${itemOf(member, pointer)}${title === null ? '' : ` "${title.slice(0, 200)}"`}`, 'no-messages', 'nothing was said in it'),
]

const itemOf = (member: string | null, pointer: string | null): string =>
  [member, pointer].filter((part) => part !== null && part !== '').join(' ') || 'record'
