/** Cursor's conversations ("composers", and the tabs before there were any) as found ones. Pure. */
import type { Block, Json } from '../../events/conversations.ts'
import type { Found, FoundMessage } from '../found.ts'
import { fromIso, fromMillis } from '../instants.ts'
import { field, idOf, isObject, type JsonObject, listOf, numberOf, objectOf, objectsOf, rest, textOf, wordsOf } from '../json/fields.ts'
import { conversation, markdown, message, type Place, plain, tell } from './drafts.ts'
import { silent } from './records.ts'
import { argumentsOf, given, label, usageOf } from './values.ts'

/** @param bubbles  its messages by id; older composers hold them themselves, in `conversation` */
export function readComposer(record: JsonObject, bubbles: ReadonlyMap<string, JsonObject>, place: Place): readonly Found[] {
  const title = label(record, 'name')
  const headers = objectsOf(record, 'fullConversationHeadersOnly')
  const inside = new Map(objectsOf(record, 'conversation').map((each, index) => [idOf(each, 'bubbleId') ?? `bubble ${index}`, each]))
  const named = headers.flatMap((header) => idOf(header, 'bubbleId') ?? [])
  const ordered = (named.length > 0 ? named : [...inside.keys()]).map((id) => [id, bubbles.get(id) ?? inside.get(id)] as const)
  const missing: readonly Found[] = ordered.flatMap(([id, bubble]) =>
    bubble === undefined
      ? [
          {
            kind: 'skipped',
            item: `${place.member ?? ''} bubbleId ${id}`,
            reason: 'missing',
            detail: 'named by its conversation, and not in the database',
          } as const,
        ]
      : [],
  )
  const said = ordered.filter((each): each is readonly [string, JsonObject] => each[1] !== undefined)
  if (said.length === 0) return [...missing, ...silent(place, title)]
  const told = conversation(
    {
      nativeId: idOf(record, 'composerId') ?? place.pointer?.slice('composerData:'.length) ?? '',
      product: 'ide',
      title,
      createdAt: fromMillis(field(record, 'createdAt')),
      updatedAt: fromMillis(field(record, 'lastUpdatedAt')),
      model: label(objectOf(record, 'modelConfig') ?? undefined, 'modelName'),
      project: projectOf(said.map(([, bubble]) => bubble)),
      archived: record['isArchived'] === true,
      messages: said.flatMap(([id, bubble], index) => toMessages(id, bubble, said[index - 1] === undefined ? null : lastOf(said[index - 1]))),
      extra: rest(record, ...HELD),
    },
    place,
  )
  return [...missing, ...tell('cursor', told)]
}

const HELD = [
  'composerId',
  'name',
  'fullConversationHeadersOnly',
  'conversation',
  'conversationMap',
  'createdAt',
  'lastUpdatedAt',
  'modelConfig',
  'isArchived',
]

/** A tool's result is a message of its own after the one that called it. */
const lastOf = (said: readonly [string, JsonObject] | undefined): string | null =>
  said === undefined ? null : resultIn(said[1]) === null ? said[0] : `${said[0]}/result`

const projectOf = (bubbles: readonly JsonObject[]) => {
  const uri = bubbles.flatMap((bubble) => listOf(bubble, 'workspaceUris')).find((each) => typeof each === 'string')
  return typeof uri !== 'string' ? null : { id: uri.slice(0, 2048), name: uri.split('/').findLast((part) => part !== '') ?? null }
}

const USAGE = { input: ['inputTokens'], output: ['outputTokens'] } as const
const UNDERSTOOD = [
  'type',
  'bubbleId',
  'text',
  'richText',
  'thinking',
  'toolFormerData',
  'codeBlocks',
  'tokenCount',
  'createdAt',
  'workspaceUris',
  'modelInfo',
]

function toMessages(id: string, bubble: JsonObject, parent: string | null): readonly FoundMessage[] {
  const createdAt = typeof bubble['createdAt'] === 'number' ? fromMillis(bubble['createdAt']) : fromIso(field(bubble, 'createdAt'))
  const isPerson = numberOf(bubble, 'type') === 1 || textOf(bubble, 'type') === 'user'
  const tokens = usageOf(objectOf(bubble, 'tokenCount') ?? undefined, USAGE)
  const one = message({
    nativeId: id,
    parent,
    role: isPerson ? 'user' : 'assistant',
    model: isPerson ? null : label(objectOf(bubble, 'modelInfo') ?? undefined, 'modelName'),
    createdAt,
    blocks: blocksOf(bubble, isPerson),
    ...(tokens === null || (tokens.input === 0 && tokens.output === 0) ? {} : { usage: tokens }),
    pointer: id,
    extra: rest(bubble, ...UNDERSTOOD),
  })
  const result = resultIn(bubble)
  return result === null ? [one] : [one, message({ nativeId: `${id}/result`, parent: id, role: 'tool', createdAt, blocks: [result], pointer: id })]
}

function blocksOf(bubble: JsonObject, isPerson: boolean): readonly Block[] {
  const text = wordsOf(bubble, 'text') ?? richTextOf(bubble)
  const thought = wordsOf(objectOf(bubble, 'thinking') ?? undefined, 'text') ?? wordsOf(bubble, 'thinking')
  const tool = objectOf(bubble, 'toolFormerData')
  const code = objectsOf(bubble, 'codeBlocks').flatMap((each): readonly Block[] => {
    const content = wordsOf(each, 'content')
    if (content === null || text?.includes(content) === true) return []
    return [
      {
        t: 'code',
        text: content,
        ...given('lang', label(each, 'languageId')),
        ...given('filename', label(objectOf(each, 'uri') ?? undefined, 'path')),
      },
    ]
  })
  return [
    ...(thought === null ? [] : [{ t: 'reasoning', text: thought } as const]),
    ...(text === null ? [] : [isPerson ? plain(text) : markdown(text)]),
    ...code,
    ...(tool === null || label(tool, 'name') === null ? [] : [callOf(tool)]),
  ]
}

const callOf = (tool: JsonObject): Block => ({
  t: 'tool_call',
  callId: idOf(tool, 'toolCallId'),
  name: label(tool, 'name') ?? 'tool',
  args: argumentsOf(field(tool, 'rawArgs') ?? field(tool, 'params')),
})

function resultIn(bubble: JsonObject): Block | null {
  const tool = objectOf(bubble, 'toolFormerData')
  const result = tool === null ? undefined : field(tool, 'result')
  if (tool === null || result === undefined || result === null || result === '') return null
  const text = typeof result === 'string' ? result : JSON.stringify(result)
  const status = textOf(tool, 'status')
  return {
    t: 'tool_result',
    callId: idOf(tool, 'toolCallId'),
    ok: status === 'completed' ? true : status === 'error' ? false : null,
    content: [plain(text)],
  }
}

/** Lexical's JSON in text: its texts, paragraph by paragraph. */
function richTextOf(bubble: JsonObject): string | null {
  const rich = argumentsOf(field(bubble, 'richText'))
  const paragraphs = objectsOf(objectOf(rich, 'root') ?? undefined, 'children').map((paragraph) => textIn(paragraph, 0))
  const text = paragraphs.join('\n')
  return text.trim() === '' ? null : text
}

function textIn(node: Json, depth: number): string {
  if (!isObject(node) || depth > 20) return ''
  return (
    textOf(node, 'text') ??
    objectsOf(node, 'children')
      .map((child) => textIn(child, depth + 1))
      .join('')
  )
}

/** A chat of before there were composers. */
export function readTab(tab: JsonObject, place: Place): readonly Found[] {
  const bubbles = objectsOf(tab, 'bubbles')
  const title = label(tab, 'chatTitle')
  const nativeId = idOf(tab, 'tabId')
  if (bubbles.length === 0 || nativeId === null) return silent(place, title)
  const ids = bubbles.map((bubble, index) => idOf(bubble, 'id') ?? `bubble ${index}`)
  const messages = bubbles.flatMap((bubble, index) => toMessages(ids[index] ?? '', bubble, ids[index - 1] ?? null))
  return tell('cursor', conversation({ nativeId, product: 'ide', title, updatedAt: fromMillis(field(tab, 'lastSendTime')), messages }, place))
}
