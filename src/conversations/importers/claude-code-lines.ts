/** Lines of a Claude Code session as messages. Pure. */
import { hash } from 'node:crypto'
import type { Block, Json } from '../../events/conversations.ts'
import type { Found, FoundMessage } from '../found.ts'
import { fromIso } from '../instants.ts'
import { field, flagOf, idOf, isObject, type JsonObject, listOf, objectOf, objectsOf, rest, textOf } from '../json/fields.ts'
import { injectedIn } from './claude-code-words.ts'
import { attachment, markdown, message, opaque, plain } from './drafts.ts'
import { argumentsOf, given, label, usageOf } from './values.ts'

/** A line with where it stands. */
export type Line = { readonly value: JsonObject; readonly pointer: string; readonly raw: string }

export type Told = {
  readonly assets: readonly Found[]
  readonly messages: readonly FoundMessage[]
  readonly joints: readonly (readonly [id: string, parent: string | null])[]
}

/** Lines that are about the program, not of the conversation: what hangs on them goes on to what they hang on. */
const SILENT = new Set(['progress', 'file-history-snapshot', 'queue-operation', 'last-prompt', 'mode', 'permission-mode', 'bridge-session'])

export function lineMessages(lines: readonly Line[]): Told {
  const [assets, messages, joints]: [Found[], FoundMessage[], (readonly [string, string | null])[]] = [[], [], []]
  const spread = new Map<string, { index: number; readonly uuids: Set<string> }>()
  for (const line of lines) {
    const { value } = line
    const [uuid, parent] = [idOf(value, 'uuid') ?? line.pointer, idOf(value, 'parentUuid') ?? idOf(value, 'logicalParentUuid')]
    const type = textOf(value, 'type') ?? 'nothing'
    if (SILENT.has(type)) {
      joints.push([uuid, parent])
      continue
    }
    const responseId = type === 'assistant' ? idOf(objectOf(value, 'message') ?? undefined, 'id') : null
    const begun = responseId === null ? undefined : spread.get(responseId)
    const previous = begun === undefined ? undefined : messages[begun.index]
    const blocks = blocksOf(value, assets)
    if (begun !== undefined && previous !== undefined && parent !== null && begun.uuids.has(parent)) {
      messages[begun.index] = { ...previous, blocks: [...previous.blocks, ...blocks], ...usage(value) }
      begun.uuids.add(uuid)
      joints.push([uuid, previous.nativeId])
      continue
    }
    for (const each of toMessages(line, { uuid, parent, type }, blocks)) messages.push(each)
    if (responseId !== null) spread.set(responseId, { index: messages.length - 1, uuids: new Set([uuid]) })
  }
  return { assets, messages, joints }
}

type Node = { readonly uuid: string; readonly parent: string | null; readonly type: string }

/** A line is one message; one of the person's into which something was put is two: what was put in, and the person's answering on it. */
function toMessages({ value, pointer, raw }: Line, { uuid, parent, type }: Node, blocks: readonly Block[]): readonly FoundMessage[] {
  const one = message({
    nativeId: uuid,
    parent,
    role: roleOf(type, value, blocks),
    model: label(objectOf(value, 'message') ?? undefined, 'model'),
    status: flagOf(value, 'isApiErrorMessage') ? 'error' : 'complete',
    hidden: flagOf(value, 'isMeta') || flagOf(value, 'isVisibleInTranscriptOnly') || !['user', 'assistant', 'system'].includes(type),
    injected: type !== 'assistant' && (type !== 'user' || flagOf(value, 'isMeta') || flagOf(value, 'isCompactSummary')),
    createdAt: fromIso(field(value, 'timestamp')),
    blocks,
    ...usage(value),
    pointer,
    raw,
    extra: extraOf(value),
  })
  return one.role === 'user' ? injectedIn(one) : [one]
}

const UNDERSTOOD = [
  'type',
  'uuid',
  'parentUuid',
  'logicalParentUuid',
  'sessionId',
  'timestamp',
  'message',
  'cwd',
  'version',
  'gitBranch',
  'isSidechain',
  'isMeta',
  'userType',
  'content',
  'toolUseResult',
  'agentId',
  'isVisibleInTranscriptOnly',
]
const extraOf = (value: JsonObject): Json => rest(value, ...UNDERSTOOD)

function roleOf(type: string, value: JsonObject, blocks: readonly Block[]): FoundMessage['role'] {
  if (type === 'assistant') return 'assistant'
  if (type !== 'user') return 'system'
  if (blocks.length > 0 && blocks.every(({ t }) => t === 'tool_result')) return 'tool'
  return flagOf(value, 'isMeta') || flagOf(value, 'isCompactSummary') ? 'context' : 'user'
}

const USAGE = {
  input: ['input_tokens'],
  output: ['output_tokens'],
  cacheRead: ['cache_read_input_tokens'],
  cacheWrite: ['cache_creation_input_tokens'],
} as const
const usage = (value: JsonObject) => given('usage', usageOf(objectOf(objectOf(value, 'message') ?? undefined, 'usage') ?? undefined, USAGE))

function blocksOf(value: JsonObject, assets: Found[]): readonly Block[] {
  const inner = objectOf(value, 'message')
  if (inner === null) {
    const content = field(value, 'content')
    return typeof content === 'string'
      ? [plain(content)]
      : [opaque(`line ${textOf(value, 'type') ?? ''}`, rest(value, 'uuid', 'parentUuid', 'sessionId', 'timestamp', 'cwd', 'version', 'gitBranch'))]
  }
  const content = field(inner, 'content')
  if (typeof content === 'string') return [markdown(content)]
  return listOf(inner, 'content').flatMap((part) =>
    isObject(part) ? partBlock(part, value, assets) : typeof part === 'string' ? markdown(part) : [],
  )
}

function partBlock(part: JsonObject, line: JsonObject, assets: Found[]): Block {
  const type = textOf(part, 'type') ?? 'nothing'
  if (type === 'text') return markdown(textOf(part, 'text') ?? '')
  if (type === 'thinking') return { t: 'reasoning', text: textOf(part, 'thinking') ?? '', ...given('extra', rest(part, 'type', 'thinking')) }
  if (type === 'redacted_thinking') return { t: 'reasoning', encrypted: true, extra: rest(part, 'type') }
  if (type === 'tool_use')
    return { t: 'tool_call', callId: idOf(part, 'id'), name: label(part, 'name') ?? 'tool', args: argumentsOf(field(part, 'input')) }
  if (type === 'tool_result') return resultBlock(part, line, assets)
  if (type === 'image') return imageBlock(part, assets)
  return opaque(type, part)
}

function resultBlock(part: JsonObject, line: JsonObject, assets: Found[]): Block {
  const content = field(part, 'content')
  const blocks =
    typeof content === 'string'
      ? [plain(content)]
      : objectsOf(part, 'content').map((each) => (textOf(each, 'type') === 'text' ? plain(textOf(each, 'text') ?? '') : partBlock(each, {}, assets)))
  const structured = field(line, 'toolUseResult')
  return {
    t: 'tool_result',
    callId: idOf(part, 'tool_use_id'),
    ok: part['is_error'] === true ? false : part['is_error'] === false ? true : null,
    content: blocks,
    ...(typeof structured === 'string' ? {} : given('structured', structured)),
  }
}

/** An image lies in the line itself: it is told as a file, named by its own hash. */
function imageBlock(part: JsonObject, assets: Found[]): Block {
  const source = objectOf(part, 'source') ?? {}
  const [data, mime, url] = [textOf(source, 'data'), label(source, 'media_type'), textOf(source, 'url')]
  if (data === null) return url === null ? opaque('image', part) : attachment('image', url, given('mime', mime))
  const bytes = Buffer.from(data, 'base64')
  const nativeId = `sha256:${hash('sha256', bytes)}`
  assets.push({ kind: 'asset', asset: { nativeId, content: { bytes }, name: null, mime } })
  return attachment('image', nativeId, { ...given('mime', mime), bytes: bytes.length })
}
