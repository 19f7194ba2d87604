/** A conversation of a ChatGPT export or share page. Pure. The tree is walked by `parent`: exports of 2026 have no `children`. */
import { type Json, type Message } from '../../../events/conversations.ts'
import type { Found, FoundConversation, FoundMemory, FoundMessage } from '../../found.ts'
import { fromIso, fromSeconds, UNKNOWN } from '../../instants.ts'
import { field, flagOf, idOf, isObject, type JsonObject, numberOf, objectOf, rest, textOf } from '../../json/fields.ts'
import { conversation, message, type Place } from '../drafts.ts'
import { foreign, silent } from '../records.ts'
import { label } from '../values.ts'
import { blocksOf, isInjected } from './content.ts'

/** What is known beside the conversation: ratings by message id. */
export type Beside = { readonly ratings: ReadonlyMap<string, number> }

export type Reading = { readonly conversation: FoundConversation; readonly memories: readonly FoundMemory[] }

/** A record as a conversation with what ChatGPT remembered in it, or what to say of one that is none. */
export function readConversation(record: Json, place: Place, beside: Beside = { ratings: new Map() }): Reading | readonly Found[] {
  const mapping = objectOf(record, 'mapping')
  const nativeId = idOf(record, 'conversation_id') ?? idOf(record, 'id')
  if (!isObject(record) || mapping === null)
    return foreign(place, `no messages in it (no mapping)${nativeId === null ? '' : `: ${nativeId.slice(0, 100)}`}`)
  if (nativeId === null) return foreign(place, 'a conversation without an id')
  const messages = spokenIn(mapping, place, beside)
  const title = label(record, 'title')
  return messages.length === 0
    ? silent(place, title)
    : { conversation: whole(record, { nativeId, title, messages, mapping }, place), memories: remembered(mapping, place) }
}

type Told = { readonly nativeId: string; readonly title: string | null; readonly messages: readonly FoundMessage[]; readonly mapping: JsonObject }

function whole(record: JsonObject, { nativeId, title, messages, mapping }: Told, place: Place): FoundConversation {
  const project = textOf(record, 'conversation_template_id') ?? textOf(record, 'gizmo_id')
  return conversation(
    {
      nativeId,
      title,
      messages,
      joints: jointsOf(mapping),
      createdAt: fromSeconds(field(record, 'create_time')),
      updatedAt: fromSeconds(field(record, 'update_time')),
      model: label(record, 'default_model_slug'),
      project: project?.startsWith('g-p-') === true ? { id: project, name: null } : null,
      archived: flagOf(record, 'is_archived'),
      starred: flagOf(record, 'is_starred') || numberOf(record, 'pinned_time') !== null,
      temporary: flagOf(record, 'is_temporary'),
      doNotRemember: flagOf(record, 'is_do_not_remember'),
      activeLeaf: idOf(record, 'current_node'),
      extra: rest(record, ...UNDERSTOOD, 'linear_conversation'),
    },
    place,
  )
}

const UNDERSTOOD = [
  'id',
  'conversation_id',
  'title',
  'create_time',
  'update_time',
  'mapping',
  'current_node',
  'default_model_slug',
  'is_archived',
  'is_starred',
  'is_temporary',
  'is_do_not_remember',
] as const

/** Every node that says something, in the order of the file; the key is the id, as parents name it. */
function spokenIn(mapping: JsonObject, place: Place, beside: Beside): readonly FoundMessage[] {
  return Object.entries(mapping).flatMap(([id, node]) => {
    const said = objectOf(node, 'message')
    return said === null
      ? []
      : [spoken(id, idOf(node, 'parent'), said, `${place.pointer ?? ''}/mapping/${id.replaceAll('~', '~0').replaceAll('/', '~1')}`, beside)]
  })
}

/** Nodes without a message: roots, and what was taken out. */
const jointsOf = (mapping: JsonObject): FoundConversation['joints'] =>
  Object.entries(mapping).flatMap(([id, node]) => (objectOf(node, 'message') === null ? [[id, idOf(node, 'parent')] as const] : []))

function spoken(id: string, parent: string | null, said: JsonObject, pointer: string, { ratings }: Beside): FoundMessage {
  const author = objectOf(said, 'author')
  const metadata = objectOf(said, 'metadata')
  const recipient = label(said, 'recipient')
  const injected = isInjected(said)
  const rating = ratings.get(id)
  return message({
    nativeId: id,
    parent,
    role: injected ? 'context' : roleOf(textOf(author, 'role')),
    author: label(author, 'name'),
    recipient: recipient === 'all' ? null : recipient,
    channel: label(said, 'channel'),
    model: label(metadata, 'model_slug'),
    status: statusOf(said, metadata),
    hidden: flagOf(metadata, 'is_visually_hidden_from_conversation'),
    injected,
    createdAt: fromSeconds(field(said, 'create_time')),
    blocks: blocksOf(said),
    ...(rating === undefined ? {} : { rating }),
    pointer: pointer.length <= 2048 ? pointer : null,
    extra: extraOf(said, metadata),
  })
}

function extraOf(said: JsonObject, metadata: JsonObject | null): Json {
  const beside = rest(said, 'id', 'author', 'content', 'create_time', 'recipient', 'channel', 'status', 'metadata', 'weight', 'end_turn')
  const about = metadata === null ? null : rest(metadata, 'model_slug', 'is_visually_hidden_from_conversation', 'attachments', 'citations')
  const left = { ...(isObject(beside) ? beside : {}), ...(about === null ? {} : { metadata: about }) }
  return Object.keys(left).length === 0 ? null : left
}

const ROLES: ReadonlyMap<string, Message['role']> = new Map([
  ['user', 'user'],
  ['assistant', 'assistant'],
  ['system', 'system'],
  ['tool', 'tool'],
  ['developer', 'developer'],
])

const roleOf = (role: string | null): Message['role'] => ROLES.get(role ?? '') ?? 'context'

function statusOf(said: JsonObject, metadata: JsonObject | null): Message['status'] {
  if (textOf(objectOf(metadata, 'finish_details'), 'type') === 'interrupted') return 'aborted'
  switch (textOf(said, 'status')) {
    case 'in_progress':
    case 'finished_partial_completion':
      return 'partial'
    case 'error':
      return 'error'
    default:
      return 'complete'
  }
}

/** ChatGPT's own memory, as it stood when this was said: `1. [2025-03-04]. Has a dog.` on each line. */
function remembered(mapping: JsonObject, place: Place): readonly FoundMemory[] {
  return Object.values(mapping).flatMap((node) => {
    const content = objectOf(objectOf(node, 'message'), 'content')
    const text = textOf(content, 'content_type') === 'model_editable_context' ? textOf(content, 'model_set_context') : null
    return text === null ? [] : text.split(/\n+/).flatMap((line) => memoryOf(line.trim(), place))
  })
}

const ENTRY = /^(?:\d{1,5}\.\s*)?(?:\[(\d{4}-\d{2}-\d{2})\]\.?\s*)?(\S.*)$/

function memoryOf(line: string, { member, pointer, raw }: Place): readonly FoundMemory[] {
  const [, day, text] = ENTRY.exec(line) ?? []
  if (text === undefined) return []
  return [{ nativeId: null, text, createdAt: day === undefined ? UNKNOWN : fromIso(day), scope: null, member, pointer, raw, extra: null }]
}
