/** What was said, as a reader sees it: text as it was written, everything else folded behind its name. Nothing of it is markup. Pure. */
import type { Block } from '../../../events/conversations.ts'
import { type Html, href, html } from '../html.ts'

const LONGEST = 40_000

export const blocksOf = (blocks: readonly Block[]): Html => html`${blocks.map(blockOf)}`

function blockOf(block: Block): Html | null {
  switch (block.t) {
    case 'text':
      return block.text.trim() === '' ? null : html`<div class="said">${clipped(block.text)}</div>`
    case 'code':
      return html`<pre tabindex="0"><code>${clipped(block.text)}</code></pre>`
    case 'reasoning':
      return folded('Thinking', block.text ?? block.summary ?? '')
    case 'tool_call':
      return folded(`Used ${block.name}`, typeof block.args === 'string' ? block.args : JSON.stringify(block.args, null, 2))
    case 'tool_result':
      return html`<details><summary>Answer${block.name === undefined ? '' : ` of ${block.name}`}</summary>${block.content.map(blockOf)}</details>`
    case 'artifact':
      return folded(block.title === '' ? 'Document' : block.title, block.content ?? '')
    case 'search':
      return searched(block)
    case 'error':
      return html`<p class="problem">${block.name}: ${clipped(block.text)}</p>`
    case 'opaque':
      return folded(`Something of the kind “${block.nativeType}”`, JSON.stringify(block.raw, null, 2))
    default:
      return html`<p class="muted small">${KINDS[block.t]}: ${block.alt ?? block.asset.name ?? block.asset.pointer ?? 'without a name'}${
        block.asset.state === 'missing-in-export' ? ' (not in the export)' : ''
      }</p>`
  }
}

const KINDS = { image: 'Picture', audio: 'Sound', video: 'Film', file: 'File' } as const

const folded = (name: string, text: string): Html | null =>
  text.trim() === '' ? null : html`<details><summary>${name}</summary><div class="said">${clipped(text)}</div></details>`

const searched = ({ queries, results }: Extract<Block, { t: 'search' }>): Html => html`<details><summary>Searched: ${queries.join(', ')}</summary>
<ul>${results.slice(0, 50).map(({ url, title }) => html`<li><a href="${href(url)}" rel="noopener noreferrer nofollow">${title === '' ? url : title}</a></li>`)}</ul></details>`

/** A page is for reading; all of it is in the export. */
const clipped = (text: string): string =>
  text.length <= LONGEST ? text : `${text.slice(0, LONGEST).toWellFormed()} … (${text.length - LONGEST} more characters)`
