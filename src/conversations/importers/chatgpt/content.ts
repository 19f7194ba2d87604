/** What a ChatGPT message says, as blocks in its own order: every content type of the exports from 2023 to 2026. Pure. */
import type { Block, Json } from '../../../events/conversations.ts'
import { field, flagOf, isObject, type JsonObject, listOf, numberOf, objectOf, objectsOf, rest, textOf } from '../../json/fields.ts'
import { attachment, kindOf, markdown, opaque, plain } from '../drafts.ts'
import { given } from '../values.ts'
import { citationsOf } from './citations.ts'

/** Blocks of a message, files that it came with included. @param message  a record of the export */
export function blocksOf(message: JsonObject): readonly Block[] {
  const content = objectOf(message, 'content')
  const said = content === null ? [] : contentBlocks(content, message)
  const role = textOf(objectOf(message, 'author'), 'role')
  const blocks = role === 'tool' && said.length > 0 ? [toolResult(message, said)] : said
  return [...cited(blocks, message), ...attachments(message, blocks)]
}

type Reader = (content: JsonObject, message: JsonObject) => readonly Block[]

const readers: Readonly<Record<string, Reader>> = {
  text: (content, message) => (isWords(content) ? called(message, wordsOf(content)) : null) ?? parts(content),
  multimodal_text: (content) => parts(content),
  code: (content, message) => {
    const text = textOf(content, 'text') ?? wordsOf(content)
    return called(message, text) ?? [code(text, textOf(content, 'language'))]
  },
  execution_output: (content, message) => [plain(textOf(content, 'text') ?? ''), ...plots(message)],
  thoughts: (content) => objectsOf(content, 'thoughts').map(thought),
  reasoning_recap: (content, message) => [
    { t: 'reasoning', recap: true, ...given('text', textOf(content, 'content')), ...given('durationMs', thinkingTime(message)) },
  ],
  tether_browsing_display: (content) => [markdown([textOf(content, 'summary'), textOf(content, 'result')].filter(Boolean).join('\n'))],
  tether_browsing_code: (content) => [
    { t: 'tool_call', callId: null, name: 'browser', args: textOf(content, 'text') ?? rest(content, 'content_type') },
  ],
  tether_quote: (content) => [page(content)],
  sonic_webpage: (content) => [page(content)],
  citable_code_output: (content) => [plain(textOf(content, 'output_str') ?? '')],
  computer_output: (content) => screen(content),
  system_error: (content) => [{ t: 'error', name: textOf(content, 'name') ?? 'error', text: textOf(content, 'text') ?? '' }],
  user_editable_context: (content) => spoken(textOf(content, 'user_profile'), textOf(content, 'user_instructions')),
  model_editable_context: (content) => spoken(textOf(content, 'model_set_context')),
}

/** What readers leave out of a content, kept beside the first block. */
const UNDERSTOOD: Readonly<Record<string, readonly string[]>> = {
  text: ['parts'],
  multimodal_text: ['parts'],
  code: ['text', 'parts', 'language'],
  execution_output: ['text'],
  thoughts: ['thoughts'],
  reasoning_recap: ['content'],
  tether_browsing_display: ['summary', 'result'],
  tether_browsing_code: ['text'],
  tether_quote: ['url', 'title', 'text'],
  sonic_webpage: ['url', 'title', 'text', 'snippet'],
  citable_code_output: ['output_str'],
  computer_output: ['screenshot'],
  system_error: ['name', 'text'],
  user_editable_context: ['user_profile', 'user_instructions'],
  model_editable_context: ['model_set_context'],
}

function contentBlocks(content: JsonObject, message: JsonObject): readonly Block[] {
  const type = textOf(content, 'content_type') ?? 'missing'
  const reader = Object.hasOwn(readers, type) ? readers[type] : undefined
  if (reader === undefined) return [opaque(`content/${type}`, content)]
  const blocks = reader(content, message)
  const left = rest(content, 'content_type', ...(UNDERSTOOD[type] ?? []))
  const [first, ...others] = blocks
  if (left === null) return blocks
  return first === undefined ? [opaque(`content/${type}`, content)] : [{ ...first, extra: left }, ...others]
}

const wordsOf = (content: JsonObject): string =>
  listOf(content, 'parts')
    .filter((part) => typeof part === 'string')
    .join('')

const isWords = (content: JsonObject): boolean => listOf(content, 'parts').every((part) => typeof part === 'string')

const spoken = (...texts: readonly (string | null)[]): readonly Block[] =>
  texts.filter((text) => text !== null && text !== '').map((text) => markdown(text ?? ''))

/** What is said to a tool and not to everybody is a call of it. */
function called(message: JsonObject, text: string): readonly Block[] | null {
  const recipient = textOf(message, 'recipient')
  const isCall = recipient !== null && recipient !== 'all' && textOf(objectOf(message, 'author'), 'role') === 'assistant'
  return isCall ? [{ t: 'tool_call', callId: null, name: recipient.slice(0, 1000), args: text }] : null
}

const code = (text: string, lang: string | null): Block => ({ t: 'code', text, ...given('lang', lang === 'unknown' ? null : lang?.slice(0, 1000)) })

const parts = (content: JsonObject): readonly Block[] => listOf(content, 'parts').flatMap(part)

function part(value: Json): readonly Block[] {
  if (typeof value === 'string') return value === '' ? [] : [markdown(value)]
  if (!isObject(value)) return value === null ? [] : [opaque('part', value)]
  switch (textOf(value, 'content_type')) {
    case 'image_asset_pointer':
      return [pointed('image', value)]
    case 'audio_asset_pointer':
      return [pointed('audio', value)]
    case 'video_container_asset_pointer':
      return [pointed('video', value)]
    case 'audio_transcription':
      return [{ ...plain(textOf(value, 'text') ?? ''), ...given('extra', rest(value, 'text')) }]
    case 'real_time_user_audio_video_asset_pointer':
      return conversationAloud(value)
    default:
      return typeof field(value, 'text') === 'string' && Object.keys(value).length === 1
        ? [markdown(textOf(value, 'text') ?? '')]
        : [opaque(`part/${textOf(value, 'content_type') ?? 'missing'}`, value)]
  }
}

/** `file-service://file-x`, `sediment://file_x#part`: the id of the file, by which archives name its bytes. */
export const fileIdOf = (pointer: string): string => pointer.replace(/^[a-z-]{1,20}:\/\//, '').replace(/[#?].*$/, '')

function pointed(kind: 'image' | 'audio' | 'video', value: JsonObject): Block {
  const bytes = numberOf(value, 'size_bytes')
  const block = attachment(kind, fileIdOf(textOf(value, 'asset_pointer') ?? ''), bytes === null || bytes < 0 ? {} : { bytes: Math.round(bytes) })
  const generated = objectOf(objectOf(value, 'metadata'), 'dalle')
  return {
    ...block,
    ...given('width', size(value, 'width')),
    ...given('height', size(value, 'height')),
    ...given('prompt', textOf(generated, 'prompt')),
    ...given('extra', rest(value, 'content_type', 'size_bytes', 'width', 'height')),
  } as Block
}

const size = (value: JsonObject, name: string): number | null => {
  const pixels = numberOf(value, name)
  return pixels !== null && pixels >= 0 ? Math.round(pixels) : null
}

function conversationAloud(value: JsonObject): readonly Block[] {
  const audio = objectOf(value, 'audio_asset_pointer')
  const [first, ...others] = [
    ...(audio === null ? [] : [pointed('audio', audio)]),
    ...objectsOf(value, 'frames_asset_pointers').map((frame) => pointed('image', frame)),
  ]
  const left = rest(value, 'content_type', 'audio_asset_pointer', 'frames_asset_pointers')
  if (first === undefined) return [opaque('part/real_time', value)]
  return left === null ? [first, ...others] : [{ ...first, extra: { file: first.extra ?? null, recording: left } }, ...others]
}

const thought = (value: JsonObject): Block => ({
  t: 'reasoning',
  ...given('text', textOf(value, 'content')),
  ...given('summary', textOf(value, 'summary')),
  ...given('extra', rest(value, 'content', 'summary', 'finished', 'chunks')),
})

function thinkingTime(message: JsonObject): number | null {
  const seconds = numberOf(objectOf(message, 'metadata'), 'finished_duration_sec')
  return seconds !== null && seconds >= 0 ? seconds * 1000 : null
}

/** A page that was read: its words, resting on its address. */
function page(content: JsonObject): Block {
  const url = textOf(content, 'url')
  const title = textOf(content, 'title')
  const text = textOf(content, 'text') ?? textOf(content, 'snippet') ?? ''
  const citation = { kind: 'web', ...given('url', url), ...given('title', title), ...given('snippet', textOf(content, 'snippet')) } as const
  return { ...markdown(text), ...(url === null && title === null ? {} : { citations: [citation] }) }
}

function screen(content: JsonObject): readonly Block[] {
  const screenshot = objectOf(content, 'screenshot')
  return screenshot === null ? [opaque('content/computer_output', content)] : [pointed('image', screenshot)]
}

/** Pictures that code drew. */
function plots(message: JsonObject): readonly Block[] {
  const result = objectOf(objectOf(message, 'metadata'), 'aggregate_result')
  return objectsOf(result, 'messages').flatMap((made) => {
    const url = textOf(made, 'image_url')
    return url === null ? [] : [attachment('image', fileIdOf(url))]
  })
}

function toolResult(message: JsonObject, content: readonly Block[]): Block {
  const failed = content.some(({ t }) => t === 'error')
  const name = textOf(objectOf(message, 'author'), 'name')?.slice(0, 1000)
  return { t: 'tool_result', callId: null, ...given('name', name), ok: failed ? false : null, content }
}

/** The text with what it rests on. */
function cited(blocks: readonly Block[], message: JsonObject): readonly Block[] {
  const at = blocks.findLastIndex(({ t }) => t === 'text')
  const text = blocks[at]
  if (text?.t !== 'text') return blocks
  const citations = citationsOf(objectOf(message, 'metadata'), text.text)
  return citations.length === 0 ? blocks : blocks.with(at, { ...text, citations: [...(text.citations ?? []), ...citations] })
}

/** Files that the message came with, but for those that it shows already. */
function attachments(message: JsonObject, shown: readonly Block[]): readonly Block[] {
  const known = new Set(shown.flatMap((block) => ('asset' in block ? [block.asset.pointer] : [])))
  return objectsOf(objectOf(message, 'metadata'), 'attachments').flatMap((file) => {
    const id = textOf(file, 'id') ?? textOf(file, 'file_id')
    if (id !== null && known.has(fileIdOf(id))) return []
    const mime = textOf(file, 'mime_type')?.slice(0, 200) ?? textOf(file, 'mimeType')?.slice(0, 200) ?? null
    const bytes = numberOf(file, 'size')
    const about = {
      ...given('name', textOf(file, 'name')),
      ...given('mime', mime),
      ...given('bytes', bytes !== null && bytes >= 0 ? Math.round(bytes) : null),
    }
    return [attachment(kindOf(mime), id === null ? null : fileIdOf(id), about)]
  })
}

/** Put there by the machine: the person's standing instructions, what ChatGPT remembers. */
export function isInjected(message: JsonObject): boolean {
  const type = textOf(objectOf(message, 'content'), 'content_type')
  return type === 'user_editable_context' || type === 'model_editable_context' || flagOf(objectOf(message, 'metadata'), 'is_user_system_message')
}
