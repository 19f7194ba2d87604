/** Messages in the forms that tools agree on: a role (or who it is from) and content that is text or parts, as OpenAI and Anthropic have them. Pure. */
import type { Block, Instant, Json } from '../../events/conversations.ts'
import type { FoundMessage } from '../found.ts'
import { fromIso, fromMillis, fromSeconds, UNKNOWN } from '../instants.ts'
import { field, idOf, isObject, type JsonObject, listOf, objectOf, objectsOf, rest, textOf } from '../json/fields.ts'
import { attachment, markdown, message, opaque, plain } from './drafts.ts'
import { argumentsOf, either, given, label, OPENAI_USAGE, usageOf } from './values.ts'

const SPEAKERS = ['role', 'from', 'sender', 'speaker', 'author']
const CONTENTS = ['content', 'value', 'text', 'message', 'body', 'parts']

/** True when a record says who spoke, and has something that was said. */
export const isSaid = (record: JsonObject): boolean =>
  speakerOf(record) !== null && (either(record, ...CONTENTS) !== undefined || listOf(record, 'tool_calls').length > 0)

const speakerOf = (record: JsonObject): string | null => label(record, ...SPEAKERS) ?? label(objectOf(record, 'author') ?? undefined, 'role', 'name')

const ROLES: { readonly [name: string]: FoundMessage['role'] } = {
  user: 'user',
  human: 'user',
  prompter: 'user',
  you: 'user',
  me: 'user',
  assistant: 'assistant',
  ai: 'assistant',
  bot: 'assistant',
  gpt: 'assistant',
  model: 'assistant',
  chatgpt: 'assistant',
  claude: 'assistant',
  gemini: 'assistant',
  grok: 'assistant',
  system: 'system',
  developer: 'developer',
  tool: 'tool',
  function: 'tool',
}

/** In their order, each after the one before where nothing else is said. Somebody whose name is no role is a person. */
export function toMessages(records: readonly JsonObject[]): readonly FoundMessage[] {
  const messages: FoundMessage[] = []
  records.forEach((record, index) => {
    if (!isSaid(record)) return
    const speaker = speakerOf(record) ?? ''
    const role = ROLES[speaker.toLowerCase()] ?? 'user'
    const parent = either(record, 'parent_id', 'parentId', 'parent', 'parent_uuid')
    const told = field(record, 'parent_id') === null || field(record, 'parentId') === null || field(record, 'parent') === null
    const named = label(record, 'name', 'author_name') ?? (ROLES[speaker.toLowerCase()] === undefined ? speaker : null)
    messages.push(
      message({
        nativeId: idOf(record, 'id') ?? idOf(record, 'uuid') ?? idOf(record, 'message_id') ?? `message ${index}`,
        parent: idOf({ parent: parent ?? null }, 'parent') ?? (told ? null : (messages.at(-1)?.nativeId ?? null)),
        role,
        author: named,
        model: label(record, 'model'),
        hidden: field(record, 'hidden') === true,
        injected: role === 'system' || role === 'developer',
        createdAt: moment(record, 'created_at', 'createdAt', 'create_time', 'timestamp', 'time', 'date', 'datetime'),
        blocks: blocksOf(record, role),
        ...given('usage', usageOf(objectOf(record, 'usage') ?? undefined, OPENAI_USAGE)),
        pointer: `/messages/${index}`,
        extra: rest(record, ...SPEAKERS, ...CONTENTS, ...UNDERSTOOD),
      }),
    )
  })
  return messages
}

const UNDERSTOOD = [
  'id',
  'uuid',
  'message_id',
  'parent_id',
  'parentId',
  'parent',
  'parent_uuid',
  'name',
  'author_name',
  'model',
  'hidden',
  'usage',
  'tool_calls',
  'tool_call_id',
  'reasoning_content',
  'reasoning',
  'thinking',
  'created_at',
  'createdAt',
  'create_time',
  'timestamp',
  'time',
  'date',
  'datetime',
]

/** The first of these fields that is a moment: ISO 8601, seconds or milliseconds. */
export function moment(record: JsonObject, ...names: readonly string[]): Instant {
  const value = either(record, ...names)
  if (typeof value === 'number') return value > 1e11 ? fromMillis(value) : fromSeconds(value)
  if (typeof value !== 'string') return UNKNOWN
  return /^\d{12,}$/.test(value) ? fromMillis(value) : /^\d+(\.\d+)?$/.test(value) ? fromSeconds(value) : fromIso(value)
}

function blocksOf(record: JsonObject, role: FoundMessage['role']): readonly Block[] {
  const thought =
    [textOf(record, 'reasoning_content'), textOf(record, 'reasoning'), textOf(record, 'thinking')].find((text) => text !== null && text !== '') ??
    null
  const content = contentBlocks(either(record, ...CONTENTS))
  const calls = objectsOf(record, 'tool_calls').map(callBlock)
  const callId = idOf(record, 'tool_call_id')
  const said: readonly Block[] =
    role === 'tool' ? [{ t: 'tool_result', callId, ok: null, content: content.map(asPlain), ...given('name', label(record, 'name')) }] : content
  return [...(thought === null ? [] : [{ t: 'reasoning', text: thought } as const]), ...said, ...calls]
}

const asPlain = (block: Block): Block => (block.t === 'text' ? { ...block, format: 'plain' } : block)

function contentBlocks(content: Json | undefined): readonly Block[] {
  if (typeof content === 'string') return content === '' ? [] : [markdown(content)]
  if (isObject(content)) return partBlocks(content)
  return listOf({ content: content ?? null }, 'content').flatMap((part) =>
    typeof part === 'string' ? [markdown(part)] : isObject(part) ? partBlocks(part) : [],
  )
}

function callBlock(call: JsonObject): Block {
  const wanted = objectOf(call, 'function') ?? call
  return {
    t: 'tool_call',
    callId: idOf(call, 'id'),
    name: label(wanted, 'name') ?? 'function',
    args: argumentsOf(either(wanted, 'arguments', 'args', 'input')),
  }
}

function partBlocks(part: JsonObject): readonly Block[] {
  const type = textOf(part, 'type') ?? 'text'
  const text = textOf(part, 'text') ?? textOf(objectOf(part, 'text') ?? undefined, 'value') ?? textOf(part, 'content')
  if (['text', 'input_text', 'output_text', 'markdown'].includes(type)) return text === null ? [opaque(type, part)] : [markdown(text)]
  if (['thinking', 'reasoning', 'think'].includes(type)) return [{ t: 'reasoning', text: textOf(part, 'thinking') ?? text ?? '' }]
  if (type === 'code') return [{ t: 'code', text: textOf(part, 'code') ?? text ?? '', ...given('lang', label(part, 'language', 'lang')) }]
  if (type === 'tool_use' || type === 'tool_call') return [callBlock(part)]
  if (type === 'tool_result') {
    const content = contentBlocks(field(part, 'content')).map(asPlain)
    return [
      {
        t: 'tool_result',
        callId: idOf(part, 'tool_use_id') ?? idOf(part, 'tool_call_id'),
        ok: field(part, 'is_error') === true ? false : null,
        content,
      },
    ]
  }
  const url =
    textOf(part, 'image_url') ?? textOf(objectOf(part, 'image_url') ?? undefined, 'url') ?? textOf(objectOf(part, 'source') ?? undefined, 'url')
  if (type.includes('image') && url !== null && !url.startsWith('data:')) return [attachment('image', url)]
  return type === 'refusal' ? [plain(textOf(part, 'refusal') ?? '')] : [opaque(type, part)]
}
