/** Messages as models read them. Pure. */
import type { Block } from '../events/conversations.ts'

/** The words of a message, as a model can read them. */
export function wordsOf(blocks: readonly Block[]): string {
  return blocks
    .map(words)
    .filter((one) => one.trim() !== '')
    .join('\n\n')
}

function words(block: Block): string {
  switch (block.t) {
    case 'text':
      return block.text
    case 'code':
      return `\`\`\`${block.lang ?? ''}\n${block.text}\n\`\`\``
    case 'image':
    case 'audio':
    case 'video':
    case 'file':
      return block.transcript ?? `[${block.t}: ${block.alt ?? block.asset.name ?? 'not shown'}]`
    case 'artifact':
      return block.content === undefined ? '' : `[${block.title}]\n\`\`\`\n${block.content}\n\`\`\``
    default:
      return ''
  }
}
