/** Conversations as text for assistants: who said what on which day, from the first turn on. Pure. */
import { dayOf } from '../../memory/context/render.ts'
import { searchableText } from '../../memory/retrieval/searchable-text.ts'
import type { MessageRow } from '../../projections/read/messages.ts'

/** What its source hides, or a machine put there, nobody said. */
export const isShown = ({ hidden, injected }: MessageRow): boolean => !hidden && !injected

export const speakerOf = ({ author, role }: MessageRow): string => author ?? role

/** Turns as text, from the first on, as many as fit; says how many do not. */
export function dialogue(all: readonly MessageRow[], longest: number): string {
  const messages = all.filter(isShown)
  const lines: string[] = []
  let left = longest
  for (const [index, message] of messages.entries()) {
    const when = message.createdAt.value === null ? '' : ` (${dayOf(message.createdAt.value)})`
    const line = `${speakerOf(message)}${when}: ${searchableText(message).trim()}`
    if (line.length > left)
      return [...lines, line.slice(0, Math.max(0, left)).toWellFormed(), `… ${messages.length - index} messages are left out`].join('\n\n')
    left -= line.length
    lines.push(line)
  }
  return lines.join('\n\n')
}
