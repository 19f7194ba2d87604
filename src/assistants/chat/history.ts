/** What a model is told of a conversation: the words of people and assistants on one branch, newest first to be kept. Pure. */
import type { ModelMessage } from 'ai'
import type { Message } from '../../events/conversations.ts'
import { wordsOf } from '../words.ts'

/**
 * @param path    of one branch, oldest first
 * @param budget  characters; the newest turns that fit, and never half of one
 * @returns       turns that begin with a person's. What tools did, what machines put there and what is hidden is left out
 */
export function turnsOf(path: readonly Message[], budget: number): ModelMessage[] {
  const turns: { readonly role: 'user' | 'assistant'; readonly content: string }[] = []
  let left = budget
  for (const { role, hidden, injected, blocks } of path.toReversed()) {
    if ((role !== 'user' && role !== 'assistant') || hidden || injected) continue
    const content = wordsOf(blocks)
    if (content === '') continue
    left -= content.length
    if (left < 0 && turns.length > 0) break
    turns.push({ role, content })
  }
  turns.reverse()
  return turns.slice(
    Math.max(
      0,
      turns.findIndex(({ role }) => role === 'user'),
    ),
  )
}
