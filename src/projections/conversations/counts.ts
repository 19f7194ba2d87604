/** How much is in a message: the numbers that lists and statistics show. Pure. */
import type { Block } from '../../events/conversations.ts'

export type Counts = {
  readonly words: number
  /** UTF-16 units of text and code. */
  readonly characters: number
  readonly code_blocks: number
  readonly images: number
  readonly tool_calls: number
}

/** What a person would read or see of these blocks; what tools answered is not counted as words. */
export function countsOf(blocks: readonly Block[]): Counts {
  const counts = { words: 0, characters: 0, code_blocks: 0, images: 0, tool_calls: 0 }
  for (const block of blocks) {
    if (block.t === 'text' || block.t === 'code') counts.characters += block.text.length
    if (block.t === 'text') {
      counts.words += occurrences(block.text, /\S+/g)
      counts.code_blocks += occurrences(block.text, /^ {0,3}```[^`\n]*$/gm) >> 1
    }
    if (block.t === 'code') counts.code_blocks += 1
    if (block.t === 'image') counts.images += 1
    if (block.t === 'tool_call') counts.tool_calls += 1
  }
  return counts
}

function occurrences(text: string, pattern: RegExp): number {
  let count = 0
  for (const _ of text.matchAll(pattern)) count += 1
  return count
}

/** Files that the blocks show, each once. */
export function assetsOf(blocks: readonly Block[]): string[] {
  const ids = blocks.flatMap((block): readonly (string | null)[] => {
    if (block.t === 'tool_result') return assetsOf(block.content)
    return 'asset' in block ? [block.asset.assetId] : []
  })
  return [...new Set(ids.filter((id) => id !== null))]
}
