/**
 * DeepSeek's export (a list of conversations, each a tree of nodes "1", "2", … under `root`) and what its share links answer (a list of messages).
 * Who speaks follows from a message's fragments. Nothing tells which branch was shown.
 *
 * The shapes are those of memory.md B.5, of exports since 2025; older ones have `content`, `reasoning_content` and `search_results` instead.
 */
import type { Block, Citation, Json } from '../../events/conversations.ts'
import { LIMITS } from '../../events/limits.ts'
import type { FoundMessage } from '../found.ts'
import { fromIso, fromSeconds } from '../instants.ts'
import { field, idOf, isObject, type JsonObject, listOf, numberOf, objectOf, objectsOf, rest, textOf, wordsOf } from '../json/fields.ts'
import { attachment, conversation, kindOf, markdown, message, opaque, type Place, tell } from './drafts.ts'
import type { Importer } from './importer.ts'
import { eachRecord, foreign, type Reading, recognise, silent } from './records.ts'
import { given, label } from './values.ts'

export const deepseek: Importer = {
  name: 'deepseek',
  version: 1,
  provider: 'deepseek',
  detect: (archive) =>
    recognise(archive, ['.json'], ({ form, values: [first] }) => {
      if (form !== 'list' || !isObject(first) || objectOf(first, 'mapping') === null) return 0
      return textOf(first, 'inserted_at') === null ? 0 : 0.95
    }),
  read: (archive, { members }) => eachRecord(archive, members, 'list', readDeepseek),
}

/** One conversation of an export. */
export const readDeepseek: Reading = (record, place) => {
  const mapping = objectOf(record, 'mapping')
  if (!isObject(record) || mapping === null) return foreign(place, 'no DeepSeek conversation: it has no `mapping`')
  const nodes = Object.entries(mapping).filter((entry): entry is [string, JsonObject] => isObject(entry[1]))
  const spoken = nodes.filter(([, node]) => objectOf(node, 'message') !== null)
  if (spoken.length === 0) return silent(place, label(record, 'title'))
  const told = conversation(
    {
      nativeId: idOf(record, 'id') ?? `record ${place.raw ?? ''}`,
      title: label(record, 'title'),
      createdAt: fromIso(field(record, 'inserted_at')),
      updatedAt: fromIso(field(record, 'updated_at')),
      model: label(objectOf(spoken[0]?.[1], 'message') ?? undefined, 'model'),
      messages: spoken.map(([id, node]) => nodeMessage(id, node)),
      joints: nodes.filter(([, node]) => objectOf(node, 'message') === null).map(([id, node]) => [id, idOf(node, 'parent')] as const),
      extra: rest(record, 'id', 'title', 'inserted_at', 'updated_at', 'mapping'),
    },
    place,
  )
  return tell('deepseek', told)
}

const nodeMessage = (id: string, node: JsonObject): FoundMessage =>
  toMessage(objectOf(node, 'message') ?? {}, { id, parent: idOf(node, 'parent'), pointer: `/mapping/${id}` })

/** What `GET /api/v0/share/content` answers. `id`: of the share, which its answer does not repeat. */
export function readDeepseekShare(answer: Json, place: Place, id: string) {
  const body = objectOf(objectOf(answer, 'data') ?? undefined, 'biz_data')
  const messages = [...objectsOf(body ?? undefined, 'messages'), ...objectsOf(body ?? undefined, 'chat_messages')]
  if (body === null || messages.length === 0) return silent(place, label(body ?? undefined, 'title'))
  const ids = messages.map((each, index) => idOf(each, 'message_id') ?? `message ${index}`)
  const title = label(body, 'title')
  const told = conversation(
    {
      nativeId: `share:${id}`,
      product: 'share',
      title: title === 'Shared Conversation' ? null : title,
      model: label(body, 'model_type'),
      messages: messages.map((each, index) =>
        toMessage(each, {
          id: ids[index] ?? '',
          parent: idOf(each, 'parent_id') ?? ids[index - 1] ?? null,
          pointer: `/data/biz_data/messages/${index}`,
        }),
      ),
      extra: rest(body, 'title', 'messages', 'chat_messages', 'model_type'),
    },
    place,
  )
  return tell('deepseek', told)
}

type Node = { readonly id: string; readonly parent: string | null; readonly pointer: string }

function toMessage(from: JsonObject, { id, parent, pointer }: Node): FoundMessage {
  const fragments = objectsOf(from, 'fragments')
  const cited = fragments.flatMap((fragment) => objectsOf(fragment, 'results'))
  const blocks = [...fragments.map((fragment) => toBlock(fragment, cited)), ...(fragments.length === 0 ? older(from) : []), ...filesOf(from)]
  const at = field(from, 'inserted_at')
  return message({
    nativeId: id,
    parent,
    role: roleOf(from, fragments),
    model: label(from, 'model'),
    status: textOf(from, 'status') === 'INCOMPLETE' || textOf(from, 'status') === 'WIP' ? 'partial' : 'complete',
    createdAt: typeof at === 'number' ? fromSeconds(at) : fromIso(at),
    blocks,
    ...given('rating', ratingOf(from)),
    pointer,
    extra: rest(
      from,
      'message_id',
      'parent_id',
      'files',
      'fragments',
      'model',
      'inserted_at',
      'role',
      'content',
      'reasoning_content',
      'search_results',
      'status',
    ),
  })
}

function roleOf(from: JsonObject, fragments: readonly JsonObject[]): FoundMessage['role'] {
  const role = textOf(from, 'role')?.toLowerCase()
  if (role === 'user' || role === 'assistant' || role === 'system' || role === 'tool') return role
  return fragments.some((fragment) => textOf(fragment, 'type') === 'REQUEST') ? 'user' : 'assistant'
}

const ratingOf = (from: JsonObject): number | null => {
  const feedback = textOf(objectOf(from, 'feedback') ?? from, 'type')?.toLowerCase()
  return feedback === 'good' || feedback === 'like' ? 1 : feedback === 'bad' || feedback === 'dislike' ? -1 : null
}

function toBlock(fragment: JsonObject, cited: readonly JsonObject[]): Block {
  const type = textOf(fragment, 'type') ?? 'nothing'
  const text = textOf(fragment, 'content')
  if (type === 'REQUEST' && text !== null) return markdown(text)
  if (type === 'RESPONSE' && text !== null) return { ...markdown(text), ...given('citations', citationsIn(text, cited)) }
  if (type === 'THINK' && text !== null) return { t: 'reasoning', text, ...given('durationMs', seconds(numberOf(fragment, 'elapsed_secs'))) }
  if (type === 'SEARCH') return searched(fragment)
  return opaque(type, fragment)
}

const seconds = (value: number | null): number | null => (value === null || value < 0 ? null : value * 1000)

function searched(fragment: JsonObject): Block {
  const queries = listOf(fragment, 'queries').flatMap((query) => (typeof query === 'string' ? query : (label(query, 'query') ?? [])))
  const results = objectsOf(fragment, 'results').map((result) => ({
    url: textOf(result, 'url') ?? '',
    title: textOf(result, 'title') ?? '',
    snippet: textOf(result, 'snippet') ?? '',
  }))
  return { t: 'search', queries, results, ...given('extra', rest(fragment, 'type', 'content', 'queries', 'results')) }
}

/** `[citation:3]` names the result with `cite_index` 3, or the third one where results are not numbered. */
function citationsIn(text: string, cited: readonly JsonObject[]): readonly Citation[] | null {
  const numbered = new Map(cited.map((result, index) => [numberOf(result, 'cite_index') ?? index + 1, result]))
  const marks = [...text.matchAll(/\[citation:(\d{1,4})\]/g)].slice(0, LIMITS.citations)
  const found = marks.map(({ 0: mark, 1: number = '', index }): Citation => {
    const result = numbered.get(Number(number))
    const [url, title, snippet] = [textOf(result, 'url'), textOf(result, 'title'), textOf(result, 'snippet')]
    const place = { start: index, end: index + mark.length, kind: 'web', refId: number } as const
    return { ...place, ...given('url', url), ...given('title', title), ...given('snippet', snippet) }
  })
  return found.length === 0 ? null : found
}

/** Messages before there were fragments. */
function older(from: JsonObject): readonly Block[] {
  const [thought, text, results] = [wordsOf(from, 'reasoning_content'), wordsOf(from, 'content'), objectsOf(from, 'search_results')]
  return [
    ...(results.length === 0 ? [] : [searched({ results })]),
    ...(thought === null ? [] : [{ t: 'reasoning', text: thought } as const]),
    ...(text === null ? [] : [{ ...markdown(text), ...given('citations', citationsIn(text, results)) }]),
  ]
}

const filesOf = (from: JsonObject): readonly Block[] =>
  objectsOf(from, 'files').map((file) => {
    const name = label(file, 'file_name', 'name')
    return attachment(kindOf(textOf(file, 'mime_type')), idOf(file, 'id') ?? name, given('name', name))
  })
