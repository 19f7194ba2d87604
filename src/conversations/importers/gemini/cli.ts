/** A session of Gemini CLI: `session-*.json` below `~/.gemini`. Pure. */
import type { Block, Json, Message, Usage } from '../../../events/conversations.ts'
import type { Found, FoundConversation, FoundMessage } from '../../found.ts'
import { fromIso } from '../../instants.ts'
import { countOf, field, isObject, type JsonObject, objectsOf, rest, textOf } from '../../json/fields.ts'
import { conversation, markdown, message, opaque, type Place, plain } from '../drafts.ts'
import { foreign, silent } from '../records.ts'
import { given, label } from '../values.ts'

export const isSession = (record: Json | undefined): boolean =>
  label(record, 'sessionId') !== null && field(record, 'messages') !== undefined && label(record, 'projectHash', 'startTime') !== null

export function readSession(record: Json, place: Place): FoundConversation | readonly Found[] {
  const nativeId = label(record, 'sessionId')
  if (!isObject(record) || nativeId === null) return foreign(place, 'not a session of Gemini CLI')
  const lines = objectsOf(record, 'messages')
  if (lines.length === 0) return silent(place, label(record, 'summary'))
  const messages = lines.map((line, index) => said(line, { index, before: lines[index - 1], place }))
  return conversation(
    {
      nativeId,
      title: label(record, 'summary'),
      product: 'cli',
      messages,
      createdAt: fromIso(field(record, 'startTime')),
      updatedAt: fromIso(field(record, 'lastUpdated')),
      model: messages.findLast(({ model }) => model !== null)?.model ?? null,
      project: label(record, 'projectHash') === null ? null : { id: label(record, 'projectHash'), name: null },
      extra: rest(record, 'sessionId', 'summary', 'messages', 'startTime', 'lastUpdated', 'projectHash'),
    },
    place,
  )
}

const idOf = (line: JsonObject | undefined, index: number): string => label(line, 'id') ?? `message ${index}`

type At = { readonly index: number; readonly before: JsonObject | undefined; readonly place: Place }

function said(line: JsonObject, { index, before, place }: At): FoundMessage {
  const type = textOf(line, 'type')
  return message({
    nativeId: idOf(line, index),
    parent: before === undefined ? null : idOf(before, index - 1),
    role: roleOf(type),
    hidden: type === 'info',
    injected: type === 'info',
    status: type === 'error' ? 'error' : 'complete',
    model: label(line, 'model'),
    createdAt: fromIso(field(line, 'timestamp')),
    blocks: blocksOf(line, type),
    ...given('usage', usageOf(line)),
    pointer: `${place.pointer ?? ''}/messages/${index}`,
    extra: rest(line, 'id', 'timestamp', 'type', 'content', 'thoughts', 'tokens', 'toolCalls', 'model'),
  })
}

const roleOf = (type: string | null): Message['role'] =>
  type === 'user' ? 'user' : type === 'gemini' ? 'assistant' : type === 'error' ? 'system' : 'context'

function blocksOf(line: JsonObject, type: string | null): readonly Block[] {
  const text = textOf(line, 'content')
  const parts = objectsOf(line, 'content').map((part) =>
    textOf(part, 'text') === null ? opaque('part', part) : markdown(textOf(part, 'text') ?? ''),
  )
  const words: readonly Block[] = text === null || text === '' ? parts : type === 'error' ? [{ t: 'error', name: 'error', text }] : [markdown(text)]
  return [...objectsOf(line, 'thoughts').map(thought), ...objectsOf(line, 'toolCalls').flatMap(call), ...words]
}

const thought = (one: JsonObject): Block => ({
  t: 'reasoning',
  ...given('summary', textOf(one, 'subject')),
  ...given('text', textOf(one, 'description')),
})

function call(one: JsonObject): readonly Block[] {
  const callId = label(one, 'id')
  const name = label(one, 'name') ?? 'tool'
  const result = field(one, 'result')
  const made: Block = { t: 'tool_call', callId, name, args: field(one, 'args') ?? null }
  if (result === undefined && textOf(one, 'resultDisplay') === null) return [made]
  const shown = textOf(one, 'resultDisplay') ?? (typeof result === 'string' ? result : null)
  const ok = textOf(one, 'status') === null ? null : textOf(one, 'status') === 'success'
  return [
    made,
    {
      t: 'tool_result',
      callId,
      name,
      ok,
      content: shown === null ? [] : [plain(shown)],
      ...given('structured', typeof result === 'string' ? null : result),
    },
  ]
}

function usageOf(line: JsonObject): Usage | null {
  const tokens = field(line, 'tokens')
  if (!isObject(tokens)) return null
  const [input, output, cacheRead, reasoning, total] = ['input', 'output', 'cached', 'thoughts', 'total'].map((name) => countOf(tokens, name))
  return {
    ...given('input', input),
    ...given('output', output),
    ...given('cacheRead', cacheRead),
    ...given('reasoning', reasoning),
    ...given('total', total),
    counted: 'provider',
  }
}
