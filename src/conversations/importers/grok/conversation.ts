/** A conversation of a Grok export: `{conversation, responses}`, with each response in a wrapper of its own or flat. Pure. */
import type { Block, Instant, Json, Message } from '../../../events/conversations.ts'
import type { Found, FoundConversation, FoundMessage } from '../../found.ts'
import { fromIso, fromMillis, UNKNOWN } from '../../instants.ts'
import { field, flagOf, isObject, type JsonObject, listOf, objectOf, objectsOf, rest, textOf } from '../../json/fields.ts'
import { attachment, conversation, message, opaque, type Place } from '../drafts.ts'
import { foreign, silent } from '../records.ts'
import { given, label, parsed } from '../values.ts'
import { type Cards, textBlocks } from './text.ts'

export function readConversation(record: Json, place: Place): FoundConversation | readonly Found[] {
  const about = objectOf(record, 'conversation') ?? (isObject(record) ? record : null)
  const nativeId = label(about, 'id', '_id', 'conversation_id')
  if (about === null || nativeId === null) return foreign(place, 'not a conversation of Grok')
  const responses = objectsOf(record, 'responses').map((one) => objectOf(one, 'response') ?? one)
  const title = label(about, 'title')
  if (responses.length === 0) return silent(place, title)
  return conversation(
    {
      nativeId,
      title,
      messages: told(responses, place),
      createdAt: instantOf(field(about, 'create_time')),
      updatedAt: instantOf(field(about, 'modify_time')),
      model: responses.map((one) => modelOf(one)).find((model) => model !== null) ?? null,
      starred: flagOf(about, 'starred'),
      temporary: flagOf(about, 'temporary'),
      activeLeaf: label(about, 'leaf_response_id'),
      extra: rest(about, 'id', '_id', 'user_id', 'title', 'create_time', 'modify_time', 'starred', 'temporary', 'leaf_response_id', 'responses'),
    },
    place,
  )
}

/** `{"$date": {"$numberLong": "ms"}}`, `{"$date": "ISO"}`, or ISO. */
export function instantOf(value: Json | undefined): Instant {
  const date = field(value, '$date') ?? value
  const millis = textOf(date, '$numberLong')
  if (millis !== null) return fromMillis(millis)
  return typeof date === 'number' ? fromMillis(date) : typeof date === 'string' ? fromIso(date) : UNKNOWN
}

/** Exports that tell no parents: one after the other. */
function told(responses: readonly JsonObject[], place: Place): readonly FoundMessage[] {
  const isTree = responses.some((one) => label(one, 'parent_response_id') !== null)
  const ids = responses.map((one, index) => label(one, '_id', 'id', 'response_id') ?? `response ${index}`)
  return responses.map((one, index) => {
    const parent = isTree ? label(one, 'parent_response_id') : (ids[index - 1] ?? null)
    return spoken(one, { nativeId: ids[index] ?? '', parent, pointer: `${place.pointer ?? ''}/responses/${index}` })
  })
}

function spoken(one: JsonObject, at: Pick<FoundMessage, 'nativeId' | 'parent' | 'pointer'>): FoundMessage {
  const role = roleOf(textOf(one, 'sender'))
  const blocks = blocksOf(one)
  const isSilent = blocks.length === 0 && role === 'assistant'
  return message({
    ...at,
    role,
    model: role === 'assistant' ? modelOf(one) : null,
    status: flagOf(one, 'partial') ? 'partial' : isSilent ? 'aborted' : 'complete',
    createdAt: instantOf(field(one, 'create_time')),
    blocks,
    extra: rest(one, ...UNDERSTOOD, ...(role === 'assistant' ? ['model'] : [])),
  })
}

const UNDERSTOOD = [
  '_id',
  'id',
  'conversation_id',
  'message',
  'sender',
  'create_time',
  'parent_response_id',
  'thinking_trace',
  'agent_thinking_traces',
  'web_search_results',
  'file_attachments',
  'card_attachments_json',
  'partial',
] as const

/** The case varies; whoever is not the person is Grok. */
function roleOf(sender: string | null): Message['role'] {
  switch (sender?.toLowerCase()) {
    case 'human':
    case 'user':
      return 'user'
    case 'system':
      return 'system'
    default:
      return 'assistant'
  }
}

const modelOf = (one: JsonObject): string | null => (roleOf(textOf(one, 'sender')) === 'assistant' ? label(one, 'model') : null)

function blocksOf(one: JsonObject): readonly Block[] {
  const reasoning = textOf(one, 'thinking_trace')
  const agents = listOf(one, 'agent_thinking_traces')
  return [
    ...(reasoning === null || reasoning === '' ? [] : [{ t: 'reasoning', text: reasoning } as const]),
    ...agents.map((trace) => agentTrace(trace)),
    ...searched(one),
    ...textBlocks(textOf(one, 'message') ?? '', cardsOf(one)),
    ...listOf(one, 'file_attachments').flatMap(attached),
  ]
}

function agentTrace(trace: Json): Block {
  const text = typeof trace === 'string' ? trace : (textOf(trace, 'thinking_trace') ?? textOf(trace, 'text'))
  return text === null
    ? opaque('agent_thinking_trace', trace)
    : { t: 'reasoning', text, ...given('extra', isObject(trace) ? rest(trace, 'thinking_trace', 'text') : null) }
}

function searched(one: JsonObject): readonly Block[] {
  const results = objectsOf(one, 'web_search_results').map((result) => ({
    url: textOf(result, 'url') ?? '',
    title: textOf(result, 'title') ?? '',
    snippet: textOf(result, 'preview') ?? textOf(result, 'snippet') ?? '',
  }))
  return results.length === 0 ? [] : [{ t: 'search', queries: [], results }]
}

/** Each card is JSON in a text. */
function cardsOf(one: JsonObject): Cards {
  return new Map(
    listOf(one, 'card_attachments_json').flatMap((card) => {
      const about = typeof card === 'string' ? parsed(card) : card
      const [id, url] = [label(about, 'id'), textOf(about, 'url')]
      return id === null || url === null ? [] : [[id, { url, title: label(about, 'title') }] as const]
    }),
  )
}

function attached(file: Json): readonly Block[] {
  const id = typeof file === 'string' ? file : label(file, 'asset_id', 'file_id', 'id', '_id')
  return id === null ? [opaque('file_attachment', file)] : [attachment('file', id, given('name', label(file, 'file_name', 'name')))]
}
