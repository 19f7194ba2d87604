/** What one message of Open WebUI, Qwen or Z.ai says, as blocks in its order. Pure. */
import type { Block, Citation, Json, Role } from '../../events/conversations.ts'
import { field, idOf, isObject, type JsonObject, listOf, objectOf, objectsOf, rest, textOf, wordsOf } from '../json/fields.ts'
import { attachment, kindOf, markdown, opaque } from './drafts.ts'
import { detailsIn } from './open-webui-details.ts'
import { argumentsOf, given, label } from './values.ts'

/** `understood`: fields of the message that the blocks say. */
export type Told = { readonly blocks: readonly Block[]; readonly understood: readonly string[] }

export function blocksOf(node: JsonObject, role: Role): Told {
  const blocks = [...wordsFor(node, role), ...objectsOf(node, 'files').map(fileBlock), ...errorOf(node)]
  return {
    blocks,
    understood: ['content', 'content_list', 'content_blocks', 'output', 'reasoning_content', 'files', 'sources', 'citations', 'error'],
  }
}

/** The richest of the forms in which a message tells the same. */
function wordsFor(node: JsonObject, role: Role): readonly Block[] {
  const [output, parts, pieces] = [objectsOf(node, 'output'), objectsOf(node, 'content_list'), objectsOf(node, 'content_blocks')]
  const citations = given('citations', citationsOf(node))
  const cited = (blocks: readonly Block[]): readonly Block[] => {
    const last = blocks.findLastIndex(({ t }) => t === 'text')
    return blocks.map((block, index) => (index === last ? { ...block, ...citations } : block))
  }
  if (output.length > 0) return cited(output.flatMap(outputBlocks))
  if (pieces.length > 0) return cited(pieces.map(pieceBlock))
  if (parts.some((part) => textOf(part, 'content') !== '' || field(part, 'extra') !== undefined)) return cited(parts.map(partBlock))
  const thought = wordsOf(node, 'reasoning_content')
  const reasoning: readonly Block[] = thought === null ? [] : [{ t: 'reasoning', text: thought }]
  return cited([...reasoning, ...contentBlocks(field(node, 'content'), role)])
}

function contentBlocks(content: Json | undefined, role: Role): readonly Block[] {
  if (typeof content === 'string') return content === '' ? [] : role === 'assistant' ? detailsIn(content) : [markdown(content)]
  return listOf({ content: content ?? null }, 'content').flatMap((part) =>
    isObject(part) ? openaiPart(part) : typeof part === 'string' ? [markdown(part)] : [],
  )
}

function openaiPart(part: JsonObject): readonly Block[] {
  const type = textOf(part, 'type') ?? 'nothing'
  if (type === 'text') return [markdown(textOf(part, 'text') ?? '')]
  const url = textOf(objectOf(part, 'image_url') ?? undefined, 'url')
  return [url === null || url.startsWith('data:') ? opaque(type, part) : attachment('image', url)]
}

/** Items as OpenAI's Responses API has them. */
function outputBlocks(item: JsonObject): readonly Block[] {
  const type = textOf(item, 'type') ?? 'nothing'
  const texts = (name: string) => objectsOf(item, name).flatMap((part) => textOf(part, 'text') ?? [])
  if (type === 'reasoning') {
    const [text, summary] = [texts('content').join('\n\n'), texts('summary').join('\n\n')]
    const duration = typeof item['duration'] === 'number' && item['duration'] >= 0 ? item['duration'] * 1000 : null
    return [{ t: 'reasoning', ...(text === '' ? {} : { text }), ...(summary === '' ? {} : { summary }), ...given('durationMs', duration) }]
  }
  if (type === 'message')
    return objectsOf(item, 'content').map((part) =>
      textOf(part, 'text') === null ? opaque(textOf(part, 'type') ?? 'nothing', part) : markdown(textOf(part, 'text') ?? ''),
    )
  if (type === 'function_call')
    return [{ t: 'tool_call', callId: idOf(item, 'call_id'), name: label(item, 'name') ?? 'function', args: argumentsOf(item['arguments']) }]
  if (type === 'function_call_output') {
    const content =
      typeof item['output'] === 'string' ? [{ t: 'text', format: 'plain', text: item['output'] } as const] : texts('output').map(markdown)
    return [{ t: 'tool_result', callId: idOf(item, 'call_id'), ok: textOf(item, 'status') === 'failed' ? false : null, content }]
  }
  return [opaque(type, item)]
}

/** A part of Qwen's `content_list`: `phase` says what it is. */
function partBlock(part: JsonObject): Block {
  const [phase, text] = [textOf(part, 'phase') ?? 'answer', textOf(part, 'content') ?? '']
  const extra = given('extra', rest(part, 'content', 'phase', 'status'))
  if (phase === 'answer') return { ...markdown(text), ...extra }
  if (phase === 'think') return { t: 'reasoning', text, ...extra }
  if (phase === 'thinking_summary') return { t: 'reasoning', summary: text === '' ? thoughtsOf(part) : text, ...extra }
  if (phase === 'web_search') return searched(objectOf(part, 'extra') ?? {}, text)
  return opaque(phase, part)
}

/** The summary of a thought lies beside an empty text. */
function thoughtsOf(part: JsonObject): string {
  const extra = objectOf(part, 'extra') ?? {}
  const lines = ['summary_title', 'summary_thought'].flatMap((name) => {
    const value = field(extra, name)
    return typeof value === 'string' ? value : listOf(isObject(value) ? value : undefined, 'content').filter((line) => typeof line === 'string')
  })
  return lines.join('\n')
}

const searched = (extra: JsonObject, text: string): Block => ({
  t: 'search',
  queries: listOf(extra, 'queries').filter((query) => typeof query === 'string'),
  results: objectsOf(extra, 'web_search_info').map((result) => ({
    url: textOf(result, 'url') ?? '',
    title: textOf(result, 'title') ?? '',
    snippet: textOf(result, 'snippet') ?? '',
    ...given('published', label(result, 'date')),
  })),
  ...(text === '' ? {} : { extra: { text } }),
})

/** A piece of Z.ai's `content_blocks`. */
function pieceBlock(piece: JsonObject): Block {
  const type = textOf(piece, 'type') ?? 'nothing'
  const text = textOf(piece, 'text') ?? textOf(objectOf(piece, 'text') ?? undefined, 'content') ?? textOf(piece, 'content')
  if (type === 'text' && text !== null) return markdown(text)
  if ((type === 'reasoning' || type === 'thinking') && text !== null) return { t: 'reasoning', text }
  return opaque(type, piece)
}

function fileBlock(file: JsonObject): Block {
  const inner = objectOf(file, 'file') ?? file
  const [name, url] = [label(file, 'name') ?? label(inner, 'filename', 'name'), wordsOf(file, 'url')]
  const mime = textOf(inner, 'content_type') ?? textOf(file, 'file_type') ?? textOf(objectOf(inner, 'meta') ?? undefined, 'content_type')
  const kind = textOf(file, 'type') === 'image' ? 'image' : kindOf(mime)
  const inline = url !== null && url.startsWith('data:')
  return attachment(kind, (inline ? null : url) ?? idOf(file, 'id') ?? name, { ...given('name', name), ...given('mime', mime?.slice(0, 200)) })
}

/** What an answer rests on; its places in the text are told by numbers in the text itself. */
function citationsOf(node: JsonObject): readonly Citation[] | null {
  const found = [...objectsOf(node, 'sources'), ...objectsOf(node, 'citations')].flatMap((group) => {
    const source = objectOf(group, 'source') ?? {}
    const documents = listOf(group, 'document').filter((text) => typeof text === 'string')
    const about = objectsOf(group, 'metadata')
    return (documents.length === 0 ? [''] : documents).map((snippet, index): Citation => {
      const url =
        [textOf(about[index], 'source'), textOf(source, 'url'), textOf(source, 'name')].find((each) => each !== null && /^https?:/i.test(each)) ??
        null
      const title = label(about[index], 'title', 'name') ?? label(source, 'name')
      return { kind: url === null ? 'file' : 'web', ...given('url', url), ...given('title', title), ...(snippet === '' ? {} : { snippet }) }
    })
  })
  return found.length === 0 ? null : found.slice(0, 5_000)
}

function errorOf(node: JsonObject): readonly Block[] {
  const error = field(node, 'error')
  if (error === undefined || error === null || error === false || error === '' || error === true) return []
  const text = typeof error === 'string' ? error : (wordsOf(error, 'content') ?? wordsOf(error, 'message') ?? JSON.stringify(error))
  return [{ t: 'error', name: label(error, 'type', 'code') ?? 'error', text }]
}
