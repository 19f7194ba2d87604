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

/** Files that belong to what was said: those it shows, and those that hold what was too long to be part of it. Each once. */
export function assetsOf(blocks: readonly Block[], said: unknown): string[] {
  return [...new Set([...shownIn(blocks), ...movedFrom(said)])]
}

function shownIn(blocks: readonly Block[]): string[] {
  return blocks.flatMap((block) => {
    if (block.t === 'tool_result') return shownIn(block.content)
    return 'asset' in block && block.asset.assetId !== null ? [block.asset.assetId] : []
  })
}

/** Importers leave `{"movedToAsset": id}` where JSON was too long, see src/conversations/fit.ts. Inside text the quotes would be escaped. */
export const movedFrom = (said: unknown): string[] =>
  [...JSON.stringify(said).matchAll(/"movedToAsset":"([1-9]\d{0,18})"/g)].map(([, id = '']) => id).filter((id) => BigInt(id) < 2n ** 63n)
