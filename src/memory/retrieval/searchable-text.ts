/** What is looked through of a message: what a person would read, in its order; not what machines told each other. Pure. */
import type { Block, Message } from '../../events/conversations.ts'

/** The text that spans of hits point into: its parts, a line apart. */
export function searchableText({ blocks }: Pick<Message, 'blocks'>): string {
  return blocks.flatMap(partsOf).join('\n')
}

function partsOf(block: Block): readonly string[] {
  switch (block.t) {
    case 'text':
    case 'code':
      return [block.text]
    case 'image':
    case 'audio':
    case 'video':
    case 'file':
      return [block.alt, block.transcript, block.asset.name].filter((part) => part !== undefined)
    case 'artifact':
      return [block.title, ...(block.content === undefined ? [] : [block.content])]
    default:
      return []
  }
}

/** Found only when it is asked for: what its source does not show, and what nobody said. */
export const isHidden = ({ hidden, injected, role }: Pick<Message, 'hidden' | 'injected' | 'role'>): boolean =>
  hidden || injected || (role !== 'user' && role !== 'assistant')
