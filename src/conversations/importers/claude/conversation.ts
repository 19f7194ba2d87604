/** A conversation of a Claude export, of its web interface, or of a share: all have `chat_messages`. And one of Claude's design chats. Pure. */
import type { Block, Json, Message } from '../../../events/conversations.ts'
import type { Found, FoundConversation, FoundMessage } from '../../found.ts'
import { fromIso } from '../../instants.ts'
import { field, flagOf, isObject, type JsonObject, objectOf, objectsOf, rest, textOf } from '../../json/fields.ts'
import { conversation, markdown, message, opaque, type Place } from '../drafts.ts'
import { foreign, silent } from '../records.ts'
import { given, label } from '../values.ts'
import { blocksOf } from './content.ts'

/** What a tree begins with. */
const ROOT = '00000000-0000-4000-8000-000000000000'

/** A record as a conversation, or what to say of one that is none. @param projects  their names by id */
export function readConversation(
  record: Json,
  place: Place,
  projects: ReadonlyMap<string, string> = new Map(),
): FoundConversation | readonly Found[] {
  const nativeId = label(record, 'uuid', 'snapshot_uuid')
  if (!isObject(record) || nativeId === null || field(record, 'chat_messages') === undefined) return foreign(place, 'not a conversation of Claude')
  const messages = objectsOf(record, 'chat_messages')
  const title = label(record, 'name', 'snapshot_name')
  if (messages.length === 0) return silent(place, title)
  const project = objectOf(record, 'project')
  const projectId = label(project, 'uuid') ?? label(record, 'project_uuid')
  return conversation(
    {
      nativeId,
      title,
      messages: told(messages, place),
      createdAt: fromIso(field(record, 'created_at')),
      updatedAt: fromIso(field(record, 'updated_at')),
      model: label(record, 'model'),
      project: projectId === null ? null : { id: projectId, name: label(project, 'name') ?? projects.get(projectId) ?? null },
      starred: flagOf(record, 'is_starred'),
      temporary: flagOf(record, 'is_temporary'),
      activeLeaf: label(record, 'current_leaf_message_uuid'),
      extra: rest(record, ...UNDERSTOOD),
    },
    place,
  )
}

const UNDERSTOOD = [
  'uuid',
  'name',
  'created_at',
  'updated_at',
  'chat_messages',
  'project',
  'project_uuid',
  'is_starred',
  'is_temporary',
  'current_leaf_message_uuid',
  'model',
  'account',
] as const

/** Older exports tell no parents: one after the other then. */
function told(messages: readonly JsonObject[], place: Place): readonly FoundMessage[] {
  const isTree = messages.some((one) => label(one, 'parent_message_uuid') !== null)
  const ids = messages.map((one, index) => label(one, 'uuid') ?? `message ${index}`)
  return messages.map((one, index) => {
    const parent = isTree ? label(one, 'parent_message_uuid') : (ids[index - 1] ?? null)
    return spoken(one, {
      nativeId: ids[index] ?? '',
      parent: parent === ROOT ? null : parent,
      pointer: `${place.pointer ?? ''}/chat_messages/${index}`,
    })
  })
}

function spoken(one: JsonObject, at: Pick<FoundMessage, 'nativeId' | 'parent' | 'pointer'>): FoundMessage {
  return message({
    ...at,
    role: roleOf(textOf(one, 'sender')),
    model: label(one, 'model'),
    status: flagOf(one, 'truncated') ? 'partial' : 'complete',
    createdAt: fromIso(field(one, 'created_at')),
    blocks: blocksOf(one),
    extra: rest(
      one,
      'uuid',
      'text',
      'content',
      'sender',
      'created_at',
      'updated_at',
      'index',
      'attachments',
      'files',
      'files_v2',
      'parent_message_uuid',
      'model',
    ),
  })
}

const roleOf = (sender: string | null): Message['role'] =>
  sender === 'human' || sender === 'user' ? 'user' : sender === 'assistant' ? 'assistant' : 'context'

/** A chat about a design: a conversation of its own kind, in which calls and their results are one record. */
export function readDesignChat(record: Json, place: Place): FoundConversation | readonly Found[] {
  const nativeId = label(record, 'uuid')
  if (!isObject(record) || nativeId === null) return foreign(place, 'not a design chat of Claude')
  const messages = objectsOf(record, 'messages')
  const project = objectOf(record, 'project')
  const title = label(record, 'name', 'title') ?? label(project, 'name')
  if (messages.length === 0) return silent(place, title)
  return conversation(
    {
      nativeId,
      title,
      messages: messages.map((one, index) => designMessage(one, index, messages, place)),
      createdAt: fromIso(field(record, 'created_at')),
      updatedAt: fromIso(field(record, 'updated_at')),
      project: project === null ? null : { id: label(project, 'uuid'), name: label(project, 'name') },
      extra: rest(record, 'uuid', 'name', 'title', 'messages', 'project', 'created_at', 'updated_at'),
    },
    place,
  )
}

function designMessage(one: JsonObject, index: number, all: readonly JsonObject[], place: Place): FoundMessage {
  const content = objectOf(one, 'content')
  const before = index === 0 ? null : idAt(all, index - 1)
  return message({
    nativeId: idAt(all, index),
    parent: before,
    role: roleOf(textOf(one, 'role') ?? textOf(content, 'role')),
    author: label(content, 'authorName'),
    createdAt: fromIso(field(content, 'timestamp') ?? field(one, 'created_at')),
    blocks: designBlocks(one, content),
    pointer: `${place.pointer ?? ''}/messages/${index}`,
    extra: rest(one, 'uuid', 'role', 'content', 'created_at'),
  })
}

const idAt = (all: readonly JsonObject[], index: number): string => label(all[index], 'uuid') ?? `message ${index}`

function designBlocks(one: JsonObject, content: JsonObject | null): readonly Block[] {
  const words = textOf(one, 'content') ?? textOf(content, 'content')
  const blocks = objectsOf(content, 'contentBlocks').flatMap(designBlock)
  return [...(words === null || words === '' || blocks.length > 0 ? [] : [markdown(words)]), ...blocks]
}

function designBlock(block: JsonObject): readonly Block[] {
  const call = objectOf(block, 'toolCall')
  if (call !== null) {
    const callId = label(call, 'id')
    const output = field(call, 'output')
    const made: Block = { t: 'tool_call', callId, name: label(call, 'name', 'type') ?? 'tool', args: field(call, 'input') ?? null }
    const answer: Block = {
      t: 'tool_result',
      callId,
      ok: null,
      content: typeof output === 'string' ? [markdown(output)] : [],
      ...given('structured', typeof output === 'string' ? null : output),
    }
    return output === undefined || output === null ? [made] : [made, answer]
  }
  const words = textOf(block, 'text') ?? textOf(block, 'content')
  return words === null ? [opaque(`design/${textOf(block, 'type') ?? 'missing'}`, block)] : [markdown(words)]
}
