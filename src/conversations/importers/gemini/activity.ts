/**
 * Entries of "My Activity", Gemini's own record: one prompt each with its answers, and no conversation around them. They are put together by time,
 * which is a guess, and called one (`groupedBy: 'time-gap'`). Pure.
 */
import type { Block, Instant, Json } from '../../../events/conversations.ts'
import type { FoundConversation, FoundMessage } from '../../found.ts'
import { parseHtml } from '../../html/tree.ts'
import { toMarkdown } from '../../html/tree-markdown.ts'
import { UNKNOWN } from '../../instants.ts'
import { attachment, conversation, message, type Place } from '../drafts.ts'
import { digest } from '../values.ts'

/** `prompt`: without the verb around it. `answers`: HTML; several are the same asked again. `isPrompt` false: something else was done. */
export type Entry = {
  readonly at: Instant
  readonly prompt: string
  readonly isPrompt: boolean
  readonly answers: readonly string[]
  /** Names of files beside the record. */
  readonly files: readonly string[]
  readonly gem: string | null
  readonly place: Place
  readonly extra: Json
}

/** Longer silence begins another conversation. Milliseconds. */
const GAP = 30 * 60 * 1000
/** More entries are never one conversation: memory is bounded, whatever the dates say. */
const MOST = 500

/** Puts entries together as they come, newest or oldest first; nothing is held but the conversation under way. */
export class Grouping {
  #entries: Entry[] = []

  /** The conversation that this entry ends by being too far from it. */
  add(entry: Entry): FoundConversation | null {
    const before = this.#entries.at(-1)
    const isNext = before === undefined || (this.#entries.length < MOST && areNear(before.at, entry.at))
    const ended = isNext ? null : this.end()
    this.#entries.push(entry)
    return ended
  }

  /** What is left. */
  end(): FoundConversation | null {
    const entries = this.#entries
    this.#entries = []
    return entries.length === 0 ? null : together(inOrder(entries))
  }
}

function areNear(a: Instant, b: Instant): boolean {
  if (a.value === null || b.value === null) return a.value === b.value
  return Math.abs(Date.parse(a.value) - Date.parse(b.value)) <= GAP
}

/** Oldest first; of one moment, as the source's own direction has them. */
function inOrder(entries: readonly Entry[]): readonly Entry[] {
  const isNewestFirst = (entries[0]?.at.value ?? '') > (entries.at(-1)?.at.value ?? '')
  return (isNewestFirst ? entries.toReversed() : [...entries]).sort((a, b) =>
    (a.at.value ?? '') < (b.at.value ?? '') ? -1 : (a.at.value ?? '') > (b.at.value ?? '') ? 1 : 0,
  )
}

function together(entries: readonly Entry[]): FoundConversation {
  const [first] = entries
  const messages: FoundMessage[] = []
  const ids = new Map<string, number>()
  let leaf: string | null = null
  for (const entry of entries) leaf = turn(entry, leaf, messages, ids)
  const nativeId = `time:${digest(first?.at.value ?? null, first?.prompt ?? null)}`
  const place = first?.place ?? { member: null, pointer: null, raw: null }
  const times = { createdAt: known(first?.at), updatedAt: known(entries.at(-1)?.at) }
  return conversation({ nativeId, messages, groupedBy: 'time-gap', activeLeaf: leaf, project: gemOf(entries), ...times }, place)
}

/** An entry's moment, as that of the conversation around it. */
const known = (at: Instant = UNKNOWN): Instant => ({ ...at, confidence: at.value === null ? 'unknown' : 'derived' })

function gemOf(entries: readonly Entry[]): FoundConversation['project'] {
  const name = entries.map(({ gem }) => gem).find((gem) => gem !== null)
  return name === undefined || name === null ? null : { id: null, name }
}

/** A prompt and its answers. @returns the message that the next one follows */
function turn(entry: Entry, before: string | null, messages: FoundMessage[], ids: Map<string, number>): string {
  const { at, prompt, isPrompt, answers, files, place, extra } = entry
  const id = unused(digest(at.value, prompt), ids)
  const said: readonly Block[] = [
    ...(prompt === '' ? [] : [{ t: 'text', format: 'plain', text: prompt } as const]),
    ...files.map((file) => attachment(kindOf(file), file, { name: nameOf(file) })),
  ]
  const { pointer, raw } = place
  messages.push(
    message({
      nativeId: id,
      parent: before,
      role: isPrompt ? 'user' : 'context',
      injected: !isPrompt,
      createdAt: at,
      blocks: said,
      pointer,
      raw,
      extra,
    }),
  )
  for (const [index, html] of answers.entries())
    messages.push(
      message({
        nativeId: `${id}/${index}`,
        parent: id,
        role: 'assistant',
        createdAt: known(at),
        blocks: [answer(html)],
        pointer,
        raw,
      }),
    )
  return answers.length === 0 ? id : `${id}/0`
}

function unused(id: string, ids: Map<string, number>): string {
  const number = (ids.get(id) ?? 0) + 1
  ids.set(id, number)
  return number === 1 ? id : `${id}~${number}`
}

/** The words as Markdown; the source's own HTML beside them. */
const answer = (html: string): Block => ({ t: 'text', format: 'markdown', text: toMarkdown(parseHtml(html)), extra: { html } })

const nameOf = (file: string): string => file.split('/').at(-1) ?? file
const kindOf = (file: string): 'image' | 'audio' | 'video' | 'file' => {
  if (/\.(png|jpe?g|gif|webp|heic|bmp)$/i.test(file)) return 'image'
  if (/\.(mp3|m4a|wav|ogg)$/i.test(file)) return 'audio'
  return /\.(mp4|mov|webm)$/i.test(file) ? 'video' : 'file'
}
