/**
 * Kimi has no export of its own. What is read here is what its share links and its pages are answered by `kimi.gateway.chat.v1.ChatService`
 * (`GetChatShare`: `{share: {chat, messages}}`; `GetChat` and `ListMessages` together: `{chat, messages}`), one or a list of them.
 *
 * It is protobuf as JSON: a field whose value is empty is left out. A message is a list of blocks, each of one kind.
 */
import type { Block, Citation, Json } from '../../events/conversations.ts'
import type { FoundMessage } from '../found.ts'
import { fromIso } from '../instants.ts'
import { field, idOf, isObject, type JsonObject, listOf, objectOf, objectsOf, rest, textOf } from '../json/fields.ts'
import { conversation, markdown, message, opaque, tell } from './drafts.ts'
import type { Importer } from './importer.ts'
import { eachRecord, foreign, type Reading, recognise, silent } from './records.ts'
import { argumentsOf, given, label } from './values.ts'

export const kimi: Importer = {
  name: 'kimi',
  version: 1,
  provider: 'kimi',
  detect: (archive) =>
    recognise(archive, ['.json'], ({ form, values: [first] }) => {
      if ((form !== 'list' && form !== 'object') || !isObject(first)) return 0
      const { messages } = partsOf(first)
      return messages.some((each) => field(each, 'blocks') !== undefined && /^MESSAGE_STATUS_|^$/.test(textOf(each, 'status') ?? '')) ? 0.9 : 0
    }),
  read: (archive, { members }) => eachRecord(archive, members, 'list', readKimi),
}

const partsOf = (record: Json) => {
  const share = objectOf(record, 'share')
  return { share, chat: objectOf(share ?? record, 'chat') ?? {}, messages: objectsOf(share ?? record, 'messages') }
}

/** One conversation, shared or not. */
export const readKimi: Reading = (record, place) => {
  if (!isObject(record)) return foreign(place, 'no Kimi conversation')
  const { share, chat, messages } = partsOf(record)
  const title = label(chat, 'name')
  if (messages.length === 0) return silent(place, title)
  const chatId = idOf(chat, 'id')
  const shareId = share === null ? null : idOf(share, 'id')
  const told = conversation(
    {
      nativeId: chatId ?? (shareId === null ? `record ${place.raw ?? ''}` : `share:${shareId}`),
      product: share === null ? 'web' : 'share',
      title,
      createdAt: fromIso(field(chat, 'createTime')),
      updatedAt: fromIso(field(chat, 'updateTime')),
      messages: inOrder(messages).map((each, index) => toMessage(each, index, { chatId, under: share === null ? '' : '/share' })),
      extra: rest(
        { ...chat, ...(share === null ? {} : given('share', rest(share, 'chat', 'messages'))) },
        'id',
        'name',
        'createTime',
        'updateTime',
        'messageContent',
      ),
    },
    place,
  )
  return tell('kimi', told)
}

/** Lists of messages come newest first; those of a share oldest first. */
function inOrder(messages: readonly JsonObject[]): readonly JsonObject[] {
  const [first, last] = [textOf(messages[0], 'createTime'), textOf(messages.at(-1), 'createTime')]
  return first !== null && last !== null && first > last ? messages.toReversed() : messages
}

/** The first message names the conversation as its parent. */
function toMessage(from: JsonObject, index: number, { chatId, under }: { readonly chatId: string | null; readonly under: string }): FoundMessage {
  const parent = idOf(from, 'parentId')
  const status = textOf(from, 'status')
  return message({
    nativeId: idOf(from, 'id') ?? `message ${index}`,
    parent: parent === chatId ? null : parent,
    role: roleOf(textOf(from, 'role')),
    status: status === null || status === 'MESSAGE_STATUS_COMPLETED' ? 'complete' : status.includes('CANCEL') ? 'aborted' : 'partial',
    createdAt: fromIso(field(from, 'createTime')),
    blocks: objectsOf(from, 'blocks').flatMap((block) => toBlocks(block, from)),
    pointer: `${under}/messages/${index}`,
    extra: rest(from, 'id', 'parentId', 'childrenMessageIds', 'role', 'status', 'createTime', 'blocks', 'references'),
  })
}

const roleOf = (role: string | null): FoundMessage['role'] => (role === 'user' || role === 'system' || role === 'tool' ? role : 'assistant')

const ENVELOPE = ['id', 'parentId', 'messageId', 'createTime']

function toBlocks(block: JsonObject, from: JsonObject): readonly Block[] {
  const [kind = 'nothing', ...more] = Object.keys(block).filter((name) => !ENVELOPE.includes(name))
  const body = objectOf(block, kind)
  if (more.length > 0 || body === null) return [opaque(kind, block)]
  if (kind === 'text') return textOf(body, 'content') === null ? [] : [cited(textOf(body, 'content') ?? '', from)]
  if (kind === 'think') return [{ t: 'reasoning', text: textOf(body, 'content') ?? '', ...given('summary', textOf(body, 'summary')) }]
  if (kind === 'tool') return toolBlocks(body)
  if (kind === 'multiStage' || kind === 'stage') return [] // how far the answer had come
  return [opaque(kind, block)]
}

/** A call of a tool and what came of it. A search's results are one block, whatever called it. */
function toolBlocks(tool: JsonObject): readonly Block[] {
  const [callId, name] = [idOf(tool, 'toolCallId'), label(tool, 'name') ?? 'tool']
  const contents = objectsOf(tool, 'contents')
  const results = contents.map((content) => objectOf(content, 'searchResult')).filter((result) => result !== null)
  const args = argumentsOf(field(tool, 'args'))
  const call: Block = { t: 'tool_call', callId, name, args }
  const others = contents
    .filter((content) => objectOf(content, 'searchResult') === null)
    .map((content) => opaque(`tool ${Object.keys(content)[0] ?? ''}`, content))
  const queries = isObject(args) ? listOf(args, 'queries').filter((query) => typeof query === 'string') : []
  const search: readonly Block[] = results.length === 0 ? [] : [{ t: 'search', queries, results: results.map(resultOf) }]
  return [call, { t: 'tool_result', callId, name, ok: textOf(tool, 'status') === 'STATUS_DONE' ? true : null, content: [...search, ...others] }]
}

const resultOf = (result: JsonObject) => {
  const base = objectOf(result, 'base') ?? {}
  return { url: textOf(base, 'url') ?? '', title: textOf(base, 'title') ?? '', snippet: textOf(base, 'snippet') ?? '' }
}

/** Each is looked for in the text. */
const MOST_REFERENCES = 500

/** What a text rests on lies beside it: a reference tells the words that it supports. */
function cited(text: string, from: JsonObject): Block {
  const references = objectsOf(from, 'references').slice(0, MOST_REFERENCES)
  const citations = references.flatMap((reference): readonly Citation[] => {
    const words = textOf(reference, 'matchedText') ?? ''
    const start = words === '' ? -1 : text.indexOf(words)
    const place = start < 0 ? {} : { start, end: start + words.length }
    return objectsOf(reference, 'items').flatMap((item) => {
      const base = objectOf(objectOf(item, 'search') ?? undefined, 'base')
      if (base === null || start < 0) return []
      const [url, title, snippet] = [textOf(base, 'url'), textOf(base, 'title'), textOf(base, 'snippet')]
      return { ...place, kind: 'web' as const, ...given('url', url), ...given('title', title), ...given('snippet', snippet) }
    })
  })
  return citations.length === 0 ? markdown(text) : { ...markdown(text), citations: citations.slice(0, 5_000) }
}
