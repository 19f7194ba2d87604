/** What a Claude message says, as blocks in its own order. Pure. */
import type { Block, Citation, Json } from '../../../events/conversations.ts'
import { countOf, field, isObject, type JsonObject, listOf, objectOf, objectsOf, rest, textOf } from '../../json/fields.ts'
import { attachment, kindOf, markdown, opaque, plain } from '../drafts.ts'
import { given, label } from '../values.ts'

/** Blocks of a message, files that it came with included. Tool calls without an id are paired with their results by order. */
export function blocksOf(message: JsonObject): readonly Block[] {
  const items = objectsOf(message, 'content')
  const ids = new CallIds(label(message, 'uuid') ?? '')
  const blocks = items.flatMap((item) => block(item, ids))
  const text = textOf(message, 'text') ?? ''
  const hasWords = items.some((item) => textOf(item, 'type') !== 'text' || textOf(item, 'text') !== '')
  const said = hasWords || text === '' ? blocks : [markdown(text)]
  return [...said, ...objectsOf(message, 'attachments').map(pasted), ...filesOf(message)]
}

/** Calls and results whose source gave them no id. */
class CallIds {
  readonly #message: string
  readonly #open: string[] = []
  #number = 0

  constructor(message: string) {
    this.#message = message
  }

  call(id: string | null): string {
    if (id !== null) return id
    const made = `${this.#message}#${++this.#number}`
    this.#open.push(made)
    return made
  }

  result(id: string | null): string | null {
    return id ?? this.#open.shift() ?? null
  }
}

function block(item: JsonObject, ids: CallIds): readonly Block[] {
  switch (textOf(item, 'type')) {
    case 'text':
      return text(item)
    case 'thinking':
      return [thinking(item)]
    case 'redacted_thinking':
      return [{ t: 'reasoning', encrypted: true, ...given('extra', rest(item, 'type')) }]
    case 'tool_use':
      return [artifact(item, ids) ?? toolCall(item, ids)]
    case 'tool_result':
      return [toolResult(item, ids)]
    case 'voice_note':
      return [{ ...plain(textOf(item, 'text') ?? ''), ...given('extra', rest(item, 'type', 'text')) }]
    case 'image':
      return [image(item)]
    default:
      return [opaque(textOf(item, 'type') ?? 'missing', item)]
  }
}

/** What every block has, and says nothing beyond its place in time. */
const TIMES = ['start_timestamp', 'stop_timestamp'] as const

function text(item: JsonObject): readonly Block[] {
  const said = textOf(item, 'text') ?? ''
  const citations = objectsOf(item, 'citations').flatMap((citation) => citationOf(citation, said.length))
  const left = rest(item, 'type', 'text', 'citations', ...TIMES)
  if (said === '' && left === null) return []
  return [{ ...markdown(said), ...(citations.length === 0 ? {} : { citations }), ...given('extra', left) }]
}

function citationOf(citation: JsonObject, length: number): readonly Citation[] {
  const details = objectOf(citation, 'details')
  const url = textOf(details, 'url') ?? textOf(citation, 'url')
  const title = textOf(citation, 'title') ?? textOf(details, 'title')
  if (url === null && title === null) return []
  const [start, end] = [countOf(citation, 'start_index'), countOf(citation, 'end_index')]
  const place = start !== undefined && end !== undefined && start <= end && end <= length ? { start, end } : {}
  return [{ kind: 'web', ...given('url', url), ...given('title', title), ...given('refId', label(citation, 'uuid')), ...place }]
}

function thinking(item: JsonObject): Block {
  const said = textOf(item, 'thinking')
  const summary = objectsOf(item, 'summaries').flatMap((one) => textOf(one, 'summary') ?? [])
  return {
    t: 'reasoning',
    ...given('text', said),
    ...given('summary', summary.length === 0 ? null : summary.join('\n')),
    ...given('durationMs', duration(item)),
    ...(said === '' && textOf(item, 'signature') !== null ? { encrypted: true } : {}),
    ...given('extra', rest(item, 'type', 'thinking', 'summaries', ...TIMES)),
  }
}

function duration(item: JsonObject): number | null {
  const [from, to] = TIMES.map((name) => Date.parse(textOf(item, name) ?? ''))
  return from !== undefined && to !== undefined && to >= from ? to - from : null
}

const OPERATIONS: ReadonlyMap<string, 'create' | 'update' | 'rewrite'> = new Map([
  ['create', 'create'],
  ['update', 'update'],
  ['rewrite', 'rewrite'],
])

/** A tool call that writes a document. */
function artifact(item: JsonObject, ids: CallIds): Block | null {
  const input = objectOf(item, 'input')
  const id = label(input, 'id')
  const op = OPERATIONS.get(textOf(input, 'command') ?? '')
  if (textOf(item, 'name') !== 'artifacts' || input === null || id === null || op === undefined) return null
  const callId = ids.call(label(item, 'id'))
  const change = [textOf(input, 'old_str'), textOf(input, 'new_str')]
  return {
    t: 'artifact',
    artifactId: id,
    version: label(input, 'version_uuid'),
    kind: label(input, 'type') ?? '',
    title: label(input, 'title') ?? '',
    op,
    ...given('content', textOf(input, 'content')),
    ...(change.some((part) => part !== null) ? { patch: { old_str: change[0] ?? '', new_str: change[1] ?? '' } } : {}),
    extra: { callId, ...about(input, 'id', 'version_uuid', 'type', 'title', 'command', 'content', 'old_str', 'new_str') },
  }
}

const about = (record: JsonObject, ...understood: readonly string[]): JsonObject => {
  const left = rest(record, ...understood)
  return isObject(left) ? left : {}
}

const toolCall = (item: JsonObject, ids: CallIds): Block => ({
  t: 'tool_call',
  callId: ids.call(label(item, 'id')),
  name: label(item, 'name') ?? 'tool',
  args: field(item, 'input') ?? null,
  ...given('server', label(item, 'integration_name')),
  ...given('extra', rest(item, 'type', 'id', 'name', 'input', 'integration_name', 'icon_name', ...TIMES)),
})

function toolResult(item: JsonObject, ids: CallIds): Block {
  const failed = field(item, 'is_error')
  const content = field(item, 'content')
  return {
    t: 'tool_result',
    callId: ids.result(label(item, 'tool_use_id')),
    ...given('name', label(item, 'name')),
    ok: typeof failed === 'boolean' ? !failed : null,
    content: typeof content === 'string' ? [plain(content)] : listOf(item, 'content').map(resultPart),
    ...given('structured', field(item, 'structured_content')),
    ...given('extra', rest(item, 'type', 'tool_use_id', 'name', 'content', 'is_error', 'structured_content', 'icon_name', ...TIMES)),
  }
}

function resultPart(part: Json): Block {
  if (!isObject(part)) return typeof part === 'string' ? plain(part) : opaque('tool_result/missing', part)
  switch (textOf(part, 'type')) {
    case 'text':
      return { ...plain(textOf(part, 'text') ?? ''), ...given('extra', rest(part, 'type', 'text')) }
    case 'knowledge':
      return knowledge(part)
    case 'image':
      return image(part)
    case 'local_resource':
      return attachment(kindOf(label(part, 'mime_type')), label(part, 'uuid', 'file_uuid', 'file_path'), given('name', label(part, 'name')))
    default:
      return opaque(`tool_result/${textOf(part, 'type') ?? 'missing'}`, part)
  }
}

/** A page or document that was found: its words, resting on its address. */
function knowledge(part: JsonObject): Block {
  const [url, title] = [textOf(part, 'url'), textOf(part, 'title')]
  const citations: readonly Citation[] = url === null && title === null ? [] : [{ kind: 'web', ...given('url', url), ...given('title', title) }]
  return {
    ...plain(textOf(part, 'text') ?? ''),
    ...(citations.length === 0 ? {} : { citations }),
    ...given('extra', rest(part, 'type', 'text', 'url', 'title')),
  }
}

function image(part: JsonObject): Block {
  const source = objectOf(part, 'source')
  const block = attachment('image', label(part, 'file_uuid', 'uuid') ?? label(source, 'file_uuid', 'url'), given('mime', label(source, 'media_type')))
  return { ...block, ...given('extra', rest(part, 'type', 'file_uuid', 'uuid')) }
}

/** Its bytes are never in the export; the text that Claude read from it is. */
function pasted(file: JsonObject): Block {
  const type = label(file, 'file_type')
  const mime = type?.includes('/') === true ? type.slice(0, 200) : null
  const of = { ...given('name', label(file, 'file_name')), ...given('mime', mime), ...given('bytes', countOf(file, 'file_size')) }
  return { ...attachment(kindOf(mime), label(file, 'id'), of), ...given('transcript', textOf(file, 'extracted_content')) } as Block
}

function filesOf(message: JsonObject): readonly Block[] {
  const seen = new Set<string>()
  return [...objectsOf(message, 'files'), ...objectsOf(message, 'files_v2')].flatMap((file) => {
    const id = label(file, 'file_uuid', 'uuid')
    const name = label(file, 'file_name')
    if (seen.has(id ?? name ?? '')) return []
    seen.add(id ?? name ?? '')
    const isImage = textOf(file, 'file_kind') === 'image' || /\.(png|jpe?g|gif|webp|heic)$/i.test(name ?? '')
    return [attachment(isImage ? 'image' : 'file', id, given('name', name))]
  })
}
