/**
 * Grok writes tool calls and citations into its text, as tags. Calls become blocks in their place, with the tag kept as it was; citations stay in
 * the text and are told beside it. Pure; one pass, whatever the text.
 */
import type { Block, Citation } from '../../../events/conversations.ts'
import { markdown } from '../drafts.ts'
import { argumentsOf, given } from '../values.ts'

/** `url`, `title` of a citation by the id that tags give it. */
export type Cards = ReadonlyMap<string, { readonly url: string; readonly title: string | null }>

const [CALL, CALL_END] = ['<xai:tool_usage_card', '</xai:tool_usage_card>']
const [CARD, CARD_END] = ['<grok:render', '</grok:render>']

/** The text in blocks: what is said, and the calls in between. */
export function textBlocks(text: string, cards: Cards): readonly Block[] {
  const blocks: Block[] = []
  const say = (words: string) => {
    if (words.trim() !== '') blocks.push(said(words, cards))
  }
  let at = 0
  for (const [from, to] of tags(text, CALL, CALL_END)) {
    say(text.slice(at, from))
    blocks.push(callOf(text.slice(from, to)))
    at = to
  }
  say(text.slice(at))
  return blocks
}

/** Where whole tags begin and end. */
function* tags(text: string, open: string, close: string): Generator<readonly [from: number, to: number]> {
  for (let from = text.indexOf(open); from >= 0; ) {
    const end = text.indexOf(close, from)
    if (end < 0) return
    yield [from, end + close.length]
    from = text.indexOf(open, end + close.length)
  }
}

function said(text: string, cards: Cards): Block {
  const citations = [...tags(text, CARD, CARD_END)].flatMap(([start, end]): readonly Citation[] => {
    const tag = text.slice(start, Math.min(end, start + 2_000))
    const id = between(tag, '<argument name="citation_id">', '</argument>')
    const card = id === null ? undefined : cards.get(id.trim())
    return card === undefined ? [] : [{ kind: 'web', url: card.url, ...given('title', card.title), ...given('refId', id?.trim()), start, end }]
  })
  return citations.length === 0 ? markdown(text) : { ...markdown(text), citations }
}

function callOf(tag: string): Block {
  const name = between(tag, '<xai:tool_name>', '</xai:tool_name>')?.trim() ?? 'tool'
  const args = between(tag, '<xai:tool_args>', '</xai:tool_args>')?.trim() ?? ''
  const words = args.startsWith('<![CDATA[') && args.endsWith(']]>') ? args.slice('<![CDATA['.length, -']]>'.length) : args
  const callId = between(tag, '<xai:tool_usage_card_id>', '</xai:tool_usage_card_id>')?.trim() ?? null
  return { t: 'tool_call', callId, name: name.slice(0, 1_000), args: argumentsOf(words), extra: { tag } }
}

function between(text: string, open: string, close: string): string | null {
  const from = text.indexOf(open)
  const to = from < 0 ? -1 : text.indexOf(close, from)
  return to < 0 ? null : text.slice(from + open.length, to)
}
