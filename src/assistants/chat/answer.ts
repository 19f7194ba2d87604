/** An answer as it comes together: the blocks to be recorded, in the order in which they came. */
import type { Block, Json, Usage } from '../../events/conversations.ts'
import { LIMITS } from '../../events/limits.ts'
import { plainText } from '../plain.ts'

type Draft = { readonly t: 'text' | 'reasoning'; readonly key: string; text: string } | { readonly t: 'done'; readonly block: Block }

export class Answer {
  readonly #drafts: Draft[] = []
  #size = 0
  usage: Usage | null = null
  finish: string | null = null

  /** True once there is something to record. */
  get hasWords(): boolean {
    return this.#drafts.some((draft) => draft.t === 'done' || draft.text.trim() !== '')
  }

  /** Characters so far: tells whether anything came since. */
  get size(): number {
    return this.#size
  }

  /** @param key  of the part of the stream that the words belong to */
  say(t: 'text' | 'reasoning', key: string, text: string): void {
    this.#size += text.length
    const open = this.#drafts.findLast((draft) => draft.t === t && draft.key === key)
    if (open?.t === 'text' || open?.t === 'reasoning') open.text += text
    else this.#drafts.push({ t, key, text })
  }

  call(callId: string, name: string, args: Json): void {
    this.#put({ t: 'tool_call', callId, name: plainText(name, LIMITS.name), args })
  }

  /** Says what came of it by ids and counts: the words stay where they are, so that what is forgotten there is not kept here. */
  result(callId: string, name: string, ok: boolean, structured: Json): void {
    this.#put({ t: 'tool_result', callId, name: plainText(name, LIMITS.name), ok, content: [], structured })
  }

  fail(name: string, text: string): void {
    this.#put({ t: 'error', name, text })
  }

  blocks(): Block[] {
    return this.#drafts.slice(0, LIMITS.blocks).flatMap((draft): Block[] => {
      if (draft.t === 'done') return [draft.block]
      const text = plainText(draft.text, LIMITS.message)
      if (text.trim() === '') return []
      return [draft.t === 'text' ? { t: 'text', format: 'markdown', text } : { t: 'reasoning', text }]
    })
  }

  #put(block: Block): void {
    this.#size += 1
    this.#drafts.push({ t: 'done', block })
  }
}
