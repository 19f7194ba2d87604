/**
 * LibreChat's export of a conversation: `messages` flat with `parentMessageId`, or as a tree of `children` (`recursive`, or under `messagesTree`).
 * See memory.md B.10.
 */
import type { Block, Json } from '../../events/conversations.ts'
import type { FoundMessage } from '../found.ts'
import { fromIso } from '../instants.ts'
import { field, flagOf, idOf, isObject, type JsonObject, listOf, numberOf, objectOf, objectsOf, rest, textOf, wordsOf } from '../json/fields.ts'
import { attachment, conversation, kindOf, markdown, message, opaque, plain, tell } from './drafts.ts'
import type { Importer } from './importer.ts'
import { eachRecord, foreign, type Reading, recognise, silent } from './records.ts'
import { argumentsOf, given, label } from './values.ts'

export const librechat: Importer = {
  name: 'librechat',
  version: 1,
  provider: 'librechat',
  detect: (archive) =>
    recognise(archive, ['.json'], ({ form, values: [first] }) => {
      if ((form !== 'object' && form !== 'list') || textOf(first, 'conversationId') === null) return 0
      const [message] = [...objectsOf(first, 'messages'), ...objectsOf(first, 'messagesTree')]
      return textOf(message, 'messageId') === null ? 0 : 0.95
    }),
  read: (archive, { members }) => eachRecord(archive, members, 'list', readLibrechat),
}

const NO_PARENT = '00000000-0000-0000-0000-000000000000'

/** One conversation. */
export const readLibrechat: Reading = (record, place) => {
  if (!isObject(record)) return foreign(place, 'no LibreChat conversation')
  const title = label(record, 'title')
  const messages = flattened([...objectsOf(record, 'messages'), ...objectsOf(record, 'messagesTree')])
  if (messages.length === 0) return silent(place, title)
  const options = objectOf(record, 'options') ?? undefined
  const told = conversation(
    {
      nativeId: idOf(record, 'conversationId') ?? `record ${place.raw ?? ''}`,
      title,
      createdAt: fromIso(field(record, 'createdAt')),
      updatedAt: fromIso(field(record, 'updatedAt')),
      model: label(options, 'model') ?? messages.map((each) => label(each, 'model')).find((model) => model !== null) ?? null,
      tags: listOf(record, 'tags').filter((tag) => typeof tag === 'string'),
      archived: flagOf(record, 'isArchived'),
      temporary: textOf(record, 'expiredAt') !== null,
      messages: messages.map(toMessage),
      extra: rest(record, 'conversationId', 'title', 'messages', 'messagesTree', 'createdAt', 'updatedAt', 'isArchived', 'tags'),
    },
    place,
  )
  return tell('librechat', told)
}

/** Of trees, parents before their children; level by level through a stack of our own, so that depth costs none. */
function flattened(roots: readonly JsonObject[]): readonly JsonObject[] {
  const [flat, waiting]: [JsonObject[], JsonObject[]] = [[], roots.toReversed()]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    flat.push(next)
    waiting.push(...objectsOf(next, 'children').toReversed())
  }
  return flat
}

function toMessage(from: JsonObject, index: number): FoundMessage {
  const parent = idOf(from, 'parentMessageId')
  const role = roleOf(from)
  const rating = { thumbsUp: 1, thumbsDown: -1 }[textOf(objectOf(from, 'feedback') ?? undefined, 'rating') ?? '']
  return message({
    nativeId: idOf(from, 'messageId') ?? `message ${index}`,
    parent: parent === NO_PARENT ? null : parent,
    role,
    author: role === 'user' ? null : label(from, 'sender'),
    model: role === 'user' ? null : label(from, 'model'),
    status: flagOf(from, 'error') ? 'error' : flagOf(from, 'unfinished') ? 'partial' : 'complete',
    createdAt: fromIso(field(from, 'createdAt')),
    blocks: [...wordsFor(from), ...[...objectsOf(from, 'files'), ...objectsOf(from, 'attachments')].map(fileBlock)],
    ...given('usage', countOf(numberOf(from, 'tokenCount'), role)),
    ...given('rating', rating),
    extra: rest(
      from,
      'messageId',
      'parentMessageId',
      'conversationId',
      'sender',
      'text',
      'content',
      'isCreatedByUser',
      'model',
      'createdAt',
      'files',
      'attachments',
      'children',
      'tokenCount',
      'feedback',
    ),
  })
}

const countOf = (tokens: number | null, role: FoundMessage['role']) =>
  tokens === null || tokens <= 0 || !Number.isSafeInteger(tokens)
    ? null
    : { [role === 'user' ? 'input' : 'output']: tokens, counted: 'local' as const }

function roleOf(from: JsonObject): FoundMessage['role'] {
  const by = field(from, 'isCreatedByUser')
  if (typeof by === 'boolean') return by ? 'user' : 'assistant'
  return /^(user|human)$/i.test(textOf(from, 'sender') ?? '') ? 'user' : 'assistant'
}

/** Newer messages have parts, older ones a text. */
function wordsFor(from: JsonObject): readonly Block[] {
  const parts = listOf(from, 'content').flatMap((part) => (typeof part === 'string' ? [markdown(part)] : isObject(part) ? partBlocks(part) : []))
  const text = wordsOf(from, 'text')
  if (text === null || parts.some(({ t }) => t === 'text')) return parts
  return flagOf(from, 'error') ? [...parts, { t: 'error', name: 'error', text }] : [...parts, markdown(text)]
}

/** `{text: "…"}` and `{text: {value: "…"}}` both occur. */
const textIn = (part: JsonObject, name: string): string | null => textOf(part, name) ?? textOf(objectOf(part, name) ?? undefined, 'value')

function partBlocks(part: JsonObject): readonly Block[] {
  const type = textOf(part, 'type') ?? 'nothing'
  if (type === 'text') return [markdown(textIn(part, 'text') ?? '')]
  if (type === 'think') return [{ t: 'reasoning', text: textIn(part, 'think') ?? '' }]
  if (type === 'error') return [{ t: 'error', name: 'error', text: textIn(part, 'error') ?? textIn(part, 'text') ?? '' }]
  if (type === 'tool_call') return callBlocks(objectOf(part, 'tool_call') ?? {})
  if (type === 'image_file' || type === 'image_url') return [imageBlock(part, type)]
  return [opaque(type, part)]
}

function callBlocks(call: JsonObject): readonly Block[] {
  const [callId, output] = [idOf(call, 'id'), field(call, 'output')]
  const wanted = objectOf(call, 'function') ?? call
  const name = label(wanted, 'name') ?? 'tool'
  const asked: Block = { t: 'tool_call', callId, name, args: argumentsOf(field(wanted, 'arguments') ?? field(wanted, 'args')) }
  if (output === undefined || output === null) return [asked]
  return [
    asked,
    { t: 'tool_result', callId, name, ok: null, content: [plain(typeof output === 'string' ? output : JSON.stringify(output satisfies Json))] },
  ]
}

function imageBlock(part: JsonObject, type: string): Block {
  const file = objectOf(part, type) ?? {}
  const url = textOf(file, 'filepath') ?? textOf(file, 'url')
  const [name, mime] = [label(file, 'filename'), label(file, 'type')]
  return url?.startsWith('data:') === true
    ? opaque(`${type} inside`, part)
    : attachment('image', url ?? idOf(file, 'file_id'), { ...given('name', name), ...given('mime', mime) })
}

function fileBlock(file: JsonObject): Block {
  const [name, mime] = [label(file, 'filename'), label(file, 'type')]
  return attachment(kindOf(mime), textOf(file, 'filepath') ?? idOf(file, 'file_id') ?? name, {
    ...given('name', name),
    ...given('mime', mime?.slice(0, 200)),
  })
}
