/**
 * The tree that Open WebUI and its relatives (Qwen, Z.ai) keep of a conversation: `chat.history.messages`, by id, each with its `parentId`.
 * What a message says is in `output`, `content_list` or `content_blocks` where it has one of them, otherwise in `content`. See memory.md B.9.
 */
import type { Instant, Json } from '../../events/conversations.ts'
import type { Found, FoundMessage } from '../found.ts'
import { fromIso, fromMillis, fromSeconds } from '../instants.ts'
import { field, flagOf, idOf, isObject, type JsonObject, listOf, numberOf, objectOf, objectsOf, rest, textOf, wordsOf } from '../json/fields.ts'
import { conversation, message, type Place, tell } from './drafts.ts'
import { blocksOf } from './open-webui-blocks.ts'
import { foreign, silent } from './records.ts'
import { given, label, OPENAI_USAGE, usageOf } from './values.ts'

export type Relative = { readonly provider: 'open-webui' | 'qwen' | 'zai'; readonly product?: 'web' | 'share'; readonly nativeId?: string }

/** True when a record looks like a conversation of the family. */
export const isTree = (record: Json | undefined): record is JsonObject =>
  objectOf(objectOf(objectOf(record, 'chat') ?? undefined, 'history') ?? undefined, 'messages') !== null

/** The first messages of it, as far as they are there. */
export const nodesOf = (record: JsonObject): readonly JsonObject[] => Object.values(treeOf(record) ?? {}).filter(isObject)

const treeOf = (record: JsonObject): JsonObject | null =>
  objectOf(objectOf(objectOf(record, 'chat') ?? undefined, 'history') ?? undefined, 'messages')

/** One conversation, also one that a share link answers. */
export function readTree(record: Json, place: Place, { provider, product = 'web', nativeId }: Relative): readonly Found[] {
  const tree = isObject(record) ? treeOf(record) : null
  if (!isObject(record) || tree === null) return foreign(place, 'no conversation: it has no `chat.history.messages`')
  const chat = objectOf(record, 'chat') ?? {}
  const title = label(record, 'title') ?? label(chat, 'title')
  const nodes = Object.entries(tree).filter((entry): entry is [string, JsonObject] => isObject(entry[1]))
  if (nodes.length === 0) return silent(place, title)
  const told = conversation(
    {
      nativeId: nativeId ?? idOf(record, 'id') ?? `record ${place.raw ?? ''}`,
      product,
      title,
      createdAt: moment(field(record, 'created_at') ?? field(chat, 'timestamp')),
      updatedAt: moment(field(record, 'updated_at')),
      model:
        listOf(chat, 'models')
          .find((model) => typeof model === 'string')
          ?.toString() ?? null,
      project: projectOf(record),
      tags: tagsOf(record, chat),
      starred: flagOf(record, 'pinned'),
      archived: flagOf(record, 'archived'),
      activeLeaf: idOf(objectOf(chat, 'history') ?? undefined, 'currentId') ?? idOf(record, 'currentId'),
      messages: nodes.map(([id, node]) => toMessage(id, node)),
      extra: extraOf(record, chat),
    },
    place,
  )
  return tell(provider, told)
}

/** The flat copy of the messages says nothing new. */
const extraOf = (record: JsonObject, chat: JsonObject): Json => {
  const around = rest(record, 'id', 'title', 'chat', 'created_at', 'updated_at', 'pinned', 'archived', 'currentId')
  const inside = rest(chat, 'title', 'history', 'messages', 'models', 'tags', 'timestamp', 'id')
  return around === null && inside === null ? null : { ...(isObject(around) ? around : {}), ...given('chat', inside) }
}

const projectOf = (record: JsonObject) => {
  const id = idOf(record, 'folder_id') ?? idOf(record, 'project_id')
  return id === null ? null : { id, name: label(objectOf(record, 'folder') ?? undefined, 'name') }
}

function tagsOf(record: JsonObject, chat: JsonObject): readonly string[] {
  const tags = [...listOf(chat, 'tags'), ...listOf(objectOf(record, 'meta') ?? undefined, 'tags')].flatMap((tag) =>
    typeof tag === 'string' ? tag : (label(tag, 'name') ?? []),
  )
  return [...new Set(tags.map((tag) => tag.trim().toLowerCase().replace(/^#/, '').slice(0, 200)).filter((tag) => tag !== ''))].slice(0, 100)
}

function toMessage(id: string, node: JsonObject): FoundMessage {
  const role = roleOf(node)
  const { blocks, understood } = blocksOf(node, role)
  const usage = usageOf(objectOf(node, 'usage') ?? objectOf(node, 'info') ?? undefined, OPENAI_USAGE)
  return message({
    nativeId: id,
    parent: idOf(node, 'parentId'),
    role,
    model:
      label(node, 'model', 'modelName') ??
      (role === 'assistant'
        ? (listOf(node, 'models')
            .find((model) => typeof model === 'string')
            ?.toString() ?? null)
        : null),
    status: statusOf(node, role),
    createdAt: moment(field(node, 'timestamp')),
    blocks,
    ...given('usage', usage),
    ...given('rating', ratingOf(node)),
    pointer: `/chat/history/messages/${id.replaceAll('~', '~0').replaceAll('/', '~1')}`,
    extra: rest(node, 'id', 'parentId', 'childrenIds', 'role', 'author', 'model', 'modelName', 'timestamp', 'usage', 'done', ...understood),
  })
}

function roleOf(node: JsonObject): FoundMessage['role'] {
  const role = textOf(node, 'role') ?? textOf(objectOf(node, 'author') ?? undefined, 'role')
  return role === 'user' || role === 'system' || role === 'tool' || role === 'developer' ? role : 'assistant'
}

function statusOf(node: JsonObject, role: FoundMessage['role']): FoundMessage['status'] {
  const error = field(node, 'error')
  if (error !== undefined && error !== null && error !== false && error !== '') return 'error'
  if (flagOf(node, 'is_stop')) return 'aborted'
  return role === 'assistant' && field(node, 'done') === false ? 'partial' : 'complete'
}

/** Thumbs are 1 and -1. */
const ratingOf = (node: JsonObject): number | null => {
  const rating = numberOf(objectOf(node, 'annotation') ?? undefined, 'rating')
  return rating === null || Math.abs(rating) > 10 ? null : rating
}

/** Seconds; some hold milliseconds or nanoseconds, which no seconds of this millennium are; others ISO 8601. */
function moment(value: Json | undefined): Instant {
  if (typeof value === 'string' && wordsOf({ value }, 'value') !== null) return fromIso(value)
  if (typeof value !== 'number') return fromSeconds(undefined)
  if (value > 1e17) return { ...fromMillis(value / 1e6), original: value }
  return value > 1e11 ? fromMillis(value) : fromSeconds(value)
}

/** The objects under `data` of an answer, whether it is one or a list. */
export const dataOf = (answer: Json): readonly JsonObject[] => {
  const one = objectOf(answer, 'data')
  return one === null ? objectsOf(answer, 'data') : [one]
}
