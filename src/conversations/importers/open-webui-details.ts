/**
 * Thoughts and tool calls that Open WebUI writes into the text of an answer, as `<details type="reasoning" …>…</details>`. Each becomes a block
 * at its place. Text that only looks like it stays text. Pure, linear.
 */
import { decodeHTML } from 'entities'
import type { Block, Json } from '../../events/conversations.ts'
import { markdown } from './drafts.ts'
import { argumentsOf, given } from './values.ts'

const OPEN = '<details type="'
const CLOSE = '</details>'
/** Longer ones are no tags. */
const LONGEST_TAG = 1_000_000

/** The blocks of an answer's text: the text around is kept as it is, but for the line ends next to what is taken out. */
export function detailsIn(text: string): readonly Block[] {
  const blocks: Block[] = []
  let from = 0
  const keep = (until: number) => {
    const between = text.slice(from, until)
    const words = from === 0 && until === text.length ? between : between.replace(/^\n+/, '').replace(/(?<!\n)\n+$/, '')
    if (words.trim() !== '') blocks.push(markdown(words))
  }
  for (let at = text.indexOf(OPEN); at >= 0; at = text.indexOf(OPEN, from)) {
    const end = text.indexOf('>', at)
    const close = end < 0 || end - at > LONGEST_TAG ? -1 : text.indexOf(CLOSE, end)
    if (close < 0) break
    keep(at)
    blocks.push(...detailBlocks(text.slice(at, end), text.slice(end + 1, close)))
    from = close + CLOSE.length
  }
  keep(text.length)
  return blocks
}

function detailBlocks(tag: string, body: string): readonly Block[] {
  const { type, ...attributes } = attributesOf(tag)
  const inner = withoutSummary(body)
  const callId = attributes['id'] ?? null
  if (type === 'reasoning') {
    const seconds = Number(attributes['duration'])
    return [{ t: 'reasoning', text: unquoted(inner), ...given('durationMs', seconds > 0 ? seconds * 1000 : null) }]
  }
  if (type === 'tool_calls') {
    const call: Block = { t: 'tool_call', callId, name: attributes['name'] ?? 'tool', args: argumentsOf(attributes['arguments']) }
    const result = attributes['result']
    if (result === undefined) return [call]
    const content = argumentsOf(result)
    const text = typeof content === 'string' ? content : JSON.stringify(content)
    return [call, { t: 'tool_result', callId, ok: null, content: [{ t: 'text', format: 'plain', text }] }]
  }
  return [{ t: 'opaque', nativeType: `details ${type ?? ''}`.slice(0, 1000), raw: { ...attributes, body } satisfies Json }]
}

/** `name="value"` pairs; values hold no quotes but as entities. */
function attributesOf(tag: string): { readonly [name: string]: string | undefined } {
  return Object.fromEntries([...tag.matchAll(/ ([a-z_-]{1,40})="([^"]*)"/g)].map(([, name = '', value = '']) => [name, decodeHTML(value)]))
}

function withoutSummary(body: string): string {
  const end = body.indexOf('</summary>')
  return end < 0 ? body : body.slice(end + '</summary>'.length)
}

/** Reasoning is written as a quotation, with entities. */
const unquoted = (body: string): string =>
  decodeHTML(body.trim())
    .split('\n')
    .map((line) => line.replace(/^> ?/, ''))
    .join('\n')
