/** Whether somebody really said a thing: where a quote stands in a message, to the character. Pure, linear. */
import type { Block, Message } from '../events/conversations.ts'

/** Half-open, UTF-16 units of the text of block `block`; `quote`: the characters that stand there. */
export type QuoteSpan = { readonly block: number; readonly start: number; readonly end: number; readonly quote: string }

/** Longer ones are no quotes. */
const LONGEST = 2_000

/**
 * Where a quote stands in a message; null when it does not. Letter for letter, but for the form of letters (NFC), typographic quotation marks and the
 * width of spaces, which models do not keep. @param quote  attacker-controlled
 */
export function verifyQuote(message: Pick<Message, 'blocks'>, quote: string): QuoteSpan | null {
  const wanted = plain(quote)
  if (wanted.text.length < 2 || quote.length > LONGEST) return null
  for (const [block, { text }] of message.blocks.map((one) => ({ text: textOf(one) })).entries()) {
    if (text === null) continue
    const have = plain(text)
    const at = have.text.indexOf(wanted.text)
    if (at === -1) continue
    const [start, end] = [have.starts[at] ?? 0, have.ends[at + wanted.text.length - 1] ?? 0]
    return { block, start, end, quote: text.slice(start, end) }
  }
  return null
}

const textOf = (block: Block): string | null => (block.t === 'text' || block.t === 'code' ? block.text : null)

/** The text as it is compared, trimmed; and where what each of its units stands for begins and ends. */
type Plain = { readonly text: string; readonly starts: readonly number[]; readonly ends: readonly number[] }

function plain(text: string): Plain {
  const starts: number[] = []
  const ends: number[] = []
  let compared = ''
  let spaced = true
  for (let at = 0; at < text.length; ) {
    const size = sizeOf(text, at)
    const unit = text.slice(at, at + size)
    const form: string = /^\s$/.test(unit)
      ? spaced
        ? ''
        : ' '
      : unit
          .normalize('NFC')
          .replace(/[“”„«»]/g, '"')
          .replace(/[’‘]/g, "'")
    spaced = form === ' ' || (form === '' && spaced)
    compared += form
    for (let n = 0; n < form.length; n++) {
      starts.push(at)
      ends.push(at + size)
    }
    at += size
  }
  return { text: compared.trimEnd(), starts, ends }
}

/** A letter with its marks. */
function sizeOf(text: string, at: number): number {
  let size = (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1
  while (size < 16 && /^\p{M}/u.test(text.slice(at + size, at + size + 2))) size++
  return size
}
