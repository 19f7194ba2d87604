/**
 * Mistral's Le Chat: one file for each conversation, `chat-<id>.json`, a bare list of messages that name it in `chatId`; what was attached lies
 * in `chat-<id>-files/` beside it. There is no title, and there are no parents: an answer given again has the same id with another `version`.
 * See memory.md B.6.
 */
import type { Block, Citation, Json } from '../../events/conversations.ts'
import { type Found, type FoundMessage, skipped } from '../found.ts'
import { fromIso } from '../instants.ts'
import { wholeJson } from '../json/elements.ts'
import { field, flagOf, idOf, isObject, type JsonObject, listOf, numberOf, objectOf, objectsOf, rest, textOf, wordsOf } from '../json/fields.ts'
import type { Peek } from '../json/peek.ts'
import { attachment, conversation, markdown, message, opaque, type Place, plain, tell } from './drafts.ts'
import type { Archive, Importer } from './importer.ts'
import { foreign, recognise, silent } from './records.ts'
import { given, label } from './values.ts'

export const mistral: Importer = {
  name: 'mistral',
  version: 1,
  provider: 'mistral',
  async detect(archive) {
    const detection = await recognise(archive, ['.json'], likeness)
    if (detection === null) return null
    const beside = filesByFolder(archive)
    return { ...detection, members: [...detection.members, ...detection.members.flatMap((member) => beside.get(folderOf(member)) ?? [])] }
  },
  async *read(archive, { members }) {
    const beside = filesByFolder(archive)
    for (const member of members.filter((path) => /\.json$/i.test(path) && !inFolder(path)))
      yield* readMember(archive, member, beside.get(folderOf(member)) ?? [])
  },
}

const likeness = ({ form, values: [first] }: Peek): number =>
  form === 'list' && isObject(first) && textOf(first, 'chatId') !== null && textOf(first, 'role') !== null && field(first, 'createdAt') !== undefined
    ? 0.95
    : 0

const folderOf = (member: string): string => `${member.replace(/\.json$/i, '')}-files/`
const inFolder = (path: string): boolean => /-files\/[^/]*$/.test(path)
/** Paths of what was attached, by the folder that they lie in. */
const filesByFolder = (archive: Archive): ReadonlyMap<string, readonly string[]> =>
  Map.groupBy(archive.members.map(({ path }) => path).filter(inFolder), (path) => path.slice(0, path.lastIndexOf('/') + 1))

async function* readMember(archive: Archive, member: string, files: readonly string[]): AsyncGenerator<Found> {
  for (const path of files) {
    const name = path.slice(path.lastIndexOf('/') + 1)
    yield { kind: 'asset', asset: { nativeId: path, content: { member: path }, name, mime: null } }
  }
  const file = await wholeJson(archive.open(member))
  if (file.problem !== null) yield skipped(member, file.problem, file.detail)
  else yield* readMistral(file.value, { member, pointer: '', raw: file.raw }, folderOf(member))
}

/** @param folder  where the files that messages name lie, with `/` at its end */
export function readMistral(record: Json, place: Place, folder = ''): readonly Found[] {
  const messages = objectsOf({ record }, 'record')
  const chatId = messages.map((each) => idOf(each, 'chatId')).find((id) => id !== null)
  if (chatId === undefined || chatId === null)
    return messages.length === 0 ? silent(place, null) : foreign(place, 'no Mistral conversation: no message names its `chatId`')
  return tell('mistral', conversation({ nativeId: chatId, messages: chained(messages, folder) }, place))
}

/** Each follows the one before it; another version of a message stands beside the first, and what follows goes on from the last. */
function chained(messages: readonly JsonObject[], folder: string): readonly FoundMessage[] {
  const parents = new Map<string, string | null>()
  let last: string | null = null
  return messages.map((each, index) => {
    const id = idOf(each, 'id') ?? `message ${index}`
    const again = parents.has(id)
    const parent = again ? (parents.get(id) ?? null) : last
    const nativeId = again ? `${id}/${numberOf(each, 'version') ?? index}` : id
    if (!again) parents.set(id, parent)
    last = nativeId
    return toMessage(each, { nativeId, parent, index, folder })
  })
}

type Node = { readonly nativeId: string; readonly parent: string | null; readonly index: number; readonly folder: string }

function toMessage(from: JsonObject, { nativeId, parent, index, folder }: Node): FoundMessage {
  const role = textOf(from, 'role')
  const files = objectsOf(from, 'files').map((file) => {
    const [name, type] = [label(file, 'name'), textOf(file, 'type')]
    return attachment(type === 'image' ? 'image' : 'file', name === null ? null : folder + name, given('name', name))
  })
  const canvas = listOf(from, 'canvas').map((each) => opaque('canvas', each))
  return message({
    nativeId,
    parent,
    role: role === 'user' || role === 'system' || role === 'tool' ? role : 'assistant',
    model: label(from, 'model'),
    createdAt: fromIso(field(from, 'createdAt')),
    blocks: [...wordsFor(from), ...canvas, ...files],
    ...given('rating', ({ like: 1, dislike: -1 } as const)[(textOf(from, 'reaction') ?? '') as 'like']),
    pointer: `/${index}`,
    extra: rest(
      from,
      'id',
      'chatId',
      'content',
      'contentChunks',
      'role',
      'createdAt',
      'files',
      'canvas',
      'model',
      ...(textOf(from, 'reaction') === 'neutral' ? ['reaction'] : []),
    ),
  })
}

/** The chunks say more than the content; where they hold no text, it is in the content alone. */
function wordsFor(from: JsonObject): readonly Block[] {
  const content = wordsOf(from, 'content')
  const blocks = merged(objectsOf(from, 'contentChunks'))
  if (content === null || blocks.some(({ t }) => t === 'text')) return blocks
  return [...blocks, markdown(content)]
}

/** A reference belongs to the text before it. */
function merged(chunks: readonly JsonObject[]): readonly Block[] {
  const blocks: Block[] = []
  let references: Citation[] = []
  for (const chunk of chunks) {
    const last = blocks.at(-1)
    if (textOf(chunk, 'type') !== 'reference' || last?.t !== 'text') {
      blocks.push(...chunkBlocks(chunk))
      references = []
      continue
    }
    references.push(...referred(chunk))
    if (last.citations === undefined) blocks[blocks.length - 1] = { ...last, citations: references }
  }
  return blocks
}

const referred = (chunk: JsonObject): readonly Citation[] =>
  listOf(chunk, 'referenceIds').flatMap((id) => (typeof id === 'number' || typeof id === 'string' ? { kind: 'web' as const, refId: String(id) } : []))

function chunkBlocks(chunk: JsonObject): readonly Block[] {
  const type = textOf(chunk, 'type') ?? 'nothing'
  if (type === 'text') return [markdown(textOf(chunk, 'text') ?? '')]
  if (type === 'thinking')
    return [
      {
        t: 'reasoning',
        text:
          objectsOf(chunk, 'thinking')
            .flatMap((part) => textOf(part, 'text') ?? [])
            .join('') ||
          (textOf(chunk, 'thinking') ?? ''),
      },
    ]
  if (type === 'tool_call') return toolBlocks(chunk)
  const url = textOf(chunk, 'imageUrl') ?? textOf(objectOf(chunk, 'imageUrl') ?? undefined, 'url')
  if (type === 'image_url' && url !== null && !url.startsWith('data:')) return [attachment('image', url)]
  return [opaque(type, chunk)]
}

function toolBlocks(chunk: JsonObject): readonly Block[] {
  const [callId, name, result] = [idOf(chunk, 'id'), label(chunk, 'name') ?? 'tool', field(chunk, 'publicResult')]
  const call: Block = { t: 'tool_call', callId, name, args: field(chunk, 'publicArguments') ?? null }
  if (!flagOf(chunk, 'isDone') && (result === undefined || result === null)) return [call]
  const content = result === undefined || result === null ? [] : [plain(typeof result === 'string' ? result : JSON.stringify(result))]
  const ok = typeof chunk['success'] === 'boolean' ? chunk['success'] : null
  return [call, { t: 'tool_result', callId, name, ok, content, ...(typeof result === 'string' ? {} : given('structured', result)) }]
}
