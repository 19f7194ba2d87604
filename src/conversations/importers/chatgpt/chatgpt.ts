/**
 * ChatGPT's export, from 2023 (`conversations.json`) to 2026 (`conversations-000.json` …, files as `.dat`, a manifest).
 *
 * The conversations are told by their shape, a tree in `mapping`; the lists and files around them by their names, once there are conversations.
 */
import type { Json } from '../../../events/conversations.ts'
import type { Found, FoundConversation } from '../../found.ts'
import { skipped } from '../../found.ts'
import { elements, wholeJson } from '../../json/elements.ts'
import { field, isObject, listOf, objectOf, objectsOf, textOf } from '../../json/fields.ts'
import { type Peek, peekAll } from '../../json/peek.ts'
import { tell } from '../drafts.ts'
import type { Archive, Detection, Importer } from '../importer.ts'
import { type Beside, readConversation } from './conversation.ts'
import { type Files, filesOf } from './files.ts'

export const chatgpt: Importer = { name: 'chatgpt', version: 1, provider: 'chatgpt', detect, read }

/** Lists that the archive holds beside conversations. What is about the account is never opened. */
const ACCOUNT = /(^|\/)(user|user_settings|ads|shopping)\.json$/
const LISTS =
  /(^|\/)(export_manifest|conversation_asset_file_names|library_files|message_feedback|shared_conversations|sectioned_conversations|model_comparisons|group_chats|sora)\.json$/
const FILE_OF_CHATGPT = /(^|\/)(file[-_][A-Za-z0-9]{4}|(dalle-generations|user-[A-Za-z0-9]+|textdocs)\/[^/]|[^/]+\.dat$)/
const PAGE = /(^|\/)chat\.html$/

async function detect(archive: Archive): Promise<Detection | null> {
  const looks = await peekAll(archive, '.json')
  const conversations = looks.filter(([, look]) => recordsOf(look).some(isConversation)).map(([path]) => path)
  if (conversations.length === 0) return null
  const folders = [...new Set(conversations.map(folderOf))]
  const around = archive.members
    .map(({ path }) => path)
    .filter((path) => !conversations.includes(path) && folders.some((folder) => belongs(path, folder)))
  return { score: 1, members: [...conversations, ...around] }
}

const folderOf = (path: string): string => path.slice(0, path.lastIndexOf('/') + 1)

/** Lists, files and the page come with the conversations of their folder. */
const belongs = (path: string, folder: string): boolean =>
  path.startsWith(folder) && [ACCOUNT, LISTS, PAGE, FILE_OF_CHATGPT].some((pattern) => pattern.test(path.slice(folder.length)))

const recordsOf = ({ form, values }: Peek): readonly Json[] =>
  form === 'object' ? values.flatMap((value) => listOf(value, 'conversations')) : values

/** DeepSeek's has a `mapping` too, and other names for its times. */
const isConversation = (value: Json): boolean =>
  objectOf(value, 'mapping') !== null && field(value, 'inserted_at') === undefined && [...MARKS].some((mark) => field(value, mark) !== undefined)
const MARKS = ['create_time', 'current_node', 'conversation_id', 'moderation_results'] as const

async function* read(archive: Archive, { members }: Detection): AsyncGenerator<Found> {
  const conversations: string[] = []
  for (const [path, look] of await peekAll(archive, '.json'))
    if (members.includes(path) && recordsOf(look).some(isConversation)) conversations.push(path)
  const bytes = members.filter((path) => !conversations.includes(path) && !ACCOUNT.test(path) && !LISTS.test(path) && !PAGE.test(path))
  const files = await filesOf(archive, bytes)
  const beside = { ratings: await ratingsOf(archive, members) }
  const told = new Told(files)
  for (const path of conversations) yield* shard(archive, path, beside, told)
  yield* told.rest()
  yield* leftAlone(archive, members)
  yield* missingShards(archive, members)
}

async function* shard(archive: Archive, member: string, beside: Beside, told: Told): AsyncGenerator<Found> {
  for await (const element of elements(archive.open(member), { keys: ['conversations'] })) {
    const { pointer } = element
    if (element.problem !== null) {
      yield skipped(`${member} ${pointer}`, element.problem, element.detail)
      continue
    }
    if (!pointer.startsWith('/') || /^\/[a-z_]+$/.test(pointer)) continue // a member of the object around the list
    const reading = readConversation(element.value, { member, pointer, raw: element.raw }, beside)
    if ('conversation' in reading) yield* told.conversation(reading)
    else yield* reading
  }
}

/** Files before the conversations that show them, and each memory once, however many conversations it was given to. */
class Told {
  readonly #files: Files
  readonly #assets = new Set<string>()
  readonly #memories = new Set<string>()

  constructor(files: Files) {
    this.#files = files
  }

  *conversation({
    conversation,
    memories,
  }: Extract<ReturnType<typeof readConversation>, { readonly conversation: FoundConversation }>): Generator<Found> {
    for (const pointer of pointersOf(conversation)) {
      const asset = this.#files.find(pointer)
      if (asset === null || this.#assets.has(asset.nativeId)) continue
      this.#assets.add(asset.nativeId)
      yield { kind: 'asset', asset }
    }
    yield* tell('chatgpt', conversation)
    for (const memory of memories) {
      if (this.#memories.has(memory.text)) continue
      this.#memories.add(memory.text)
      yield { kind: 'memory', memory }
    }
  }

  /** Files that no message shows. */
  *rest(): Generator<Found> {
    for (const asset of this.#files.all()) if (!this.#assets.has(asset.nativeId)) yield { kind: 'asset', asset }
  }
}

function pointersOf({ messages }: FoundConversation): readonly string[] {
  const pointers = (blocks: FoundConversation['messages'][number]['blocks']): readonly string[] =>
    blocks.flatMap((block) => ('asset' in block ? [block.asset.pointer ?? ''] : block.t === 'tool_result' ? pointers(block.content) : []))
  return messages.flatMap(({ blocks }) => pointers(blocks))
}

/** `message_feedback.json`: thumbs, by the id of the message. */
async function ratingsOf(archive: Archive, members: readonly string[]): Promise<Beside['ratings']> {
  const path = members.find((member) => /(^|\/)message_feedback\.json$/.test(member))
  if (path === undefined) return new Map()
  const list = await wholeJson(archive.open(path))
  const records = list.problem === null && Array.isArray(list.value) ? list.value : []
  return new Map(
    records.flatMap((record: Json) => {
      const [id, rating] = [textOf(record, 'id'), textOf(record, 'rating')]
      return id === null || rating === null ? [] : [[id, /up/i.test(rating) ? 1 : -1] as const]
    }),
  )
}

function* leftAlone(_: Archive, members: readonly string[]): Generator<Found> {
  for (const path of members.filter((member) => ACCOUNT.test(member))) yield skipped(path, 'never-opened', 'about the account')
}

/** What the manifest promises and the archive does not hold. */
async function* missingShards(archive: Archive, members: readonly string[]): AsyncGenerator<Found> {
  const path = members.find((member) => /(^|\/)export_manifest\.json$/.test(member) && !/(^|\/)sites\//.test(member))
  if (path === undefined) return
  const manifest = await wholeJson(archive.open(path))
  if (manifest.problem !== null) {
    yield skipped(path, manifest.problem, manifest.detail)
    return
  }
  const there = new Set(archive.members.map((member) => member.path))
  for (const name of promised(manifest.value))
    if (!there.has(`${folderOf(path)}${name}`)) yield skipped(name, 'missing', 'the manifest lists it, the archive does not hold it')
}

function promised(manifest: Json): ReadonlySet<string> {
  const logical = objectOf(manifest, 'logical_files') ?? {}
  const shards = Object.values(logical).flatMap((file) => (isObject(file) ? listOf(file, 'files') : []))
  const files = objectsOf(manifest, 'export_files').map((file) => textOf(file, 'path'))
  return new Set([...shards, ...files].filter((name) => typeof name === 'string'))
}
