/**
 * Claude's export: one zip, or since autumn 2026 a zip for each category. Each file is told by its shape: conversations, projects, what Claude
 * remembers, design chats. Sign-in data (`users.json`, `light_metadata-*.zip`) is never opened.
 */
import type { Json } from '../../../events/conversations.ts'
import { type Found, type FoundConversation, type FoundMemory, skipped } from '../../found.ts'
import { fromIso, UNKNOWN } from '../../instants.ts'
import { type Element, elements } from '../../json/elements.ts'
import { field, isObject, type JsonObject, objectOf, objectsOf, textOf, wordsOf } from '../../json/fields.ts'
import { peekAll } from '../../json/peek.ts'
import { type Place, tell } from '../drafts.ts'
import type { Archive, Detection, Importer } from '../importer.ts'
import { label } from '../values.ts'
import { readConversation, readDesignChat } from './conversation.ts'

export const claude: Importer = { name: 'claude', version: 1, provider: 'claude', detect, read }

const SIGN_IN = /(^|\/)(users\.json|light_metadata[^/]*\.zip)$/
const MANIFEST = /(^|\/)[^/]*manifest[^/]*\.json$/

type Kind = 'conversations' | 'projects' | 'memories' | 'design'

async function detect(archive: Archive): Promise<Detection | null> {
  const kinds = await kindsOf(archive)
  if (kinds.size === 0) return null
  const around = archive.members.map(({ path }) => path).filter((path) => SIGN_IN.test(path) || MANIFEST.test(path))
  return { score: 1, members: [...kinds.keys(), ...around] }
}

async function kindsOf(archive: Archive): Promise<ReadonlyMap<string, Kind>> {
  const found = new Map<string, Kind>()
  for (const [path, { form, values }] of await peekAll(archive, '.json')) {
    if (SIGN_IN.test(path) || (form !== 'list' && form !== 'object')) continue
    const kind = values.map(kindOf).find((one) => one !== null)
    if (kind !== undefined && kind !== null) found.set(path, kind)
  }
  return found
}

function kindOf(record: Json): Kind | null {
  if (label(record, 'uuid', 'snapshot_uuid') !== null && field(record, 'chat_messages') !== undefined) return 'conversations'
  if (field(record, 'conversations_memory') !== undefined || objectOf(record, 'project_memories') !== null) return 'memories'
  if (label(record, 'uuid') === null) return null
  if (field(record, 'docs') !== undefined && field(record, 'name') !== undefined) return 'projects'
  return objectsOf(record, 'messages').some((one) => label(one, 'uuid') !== null && objectOf(one, 'content') !== null) ? 'design' : null
}

async function* read(archive: Archive, { members }: Detection): AsyncGenerator<Found> {
  const kinds = await kindsOf(archive)
  const projects = new Map<string, string>()
  for (const kind of ['projects', 'conversations', 'design', 'memories'] as const)
    for (const [member, is] of kinds) if (is === kind && members.includes(member)) yield* file(archive, member, kind, projects)
  for (const path of members.filter((member) => SIGN_IN.test(member))) yield skipped(path, 'never-opened', 'about signing in')
}

async function* file(archive: Archive, member: string, kind: Kind, projects: Map<string, string>): AsyncGenerator<Found> {
  for await (const element of elements(archive.open(member))) {
    if (element.problem === null) yield* READERS[kind](element.value, { member, pointer: element.pointer, raw: element.raw }, projects)
    else yield unreadable(member, element)
  }
}

const unreadable = (member: string, { pointer, problem, detail }: Extract<Element, { readonly detail: string }>): Found =>
  skipped(`${member} ${pointer}`.trim(), problem, detail)

type Reader = (record: Json, place: Place, projects: Map<string, string>) => Iterable<Found>

const READERS: Readonly<Record<Kind, Reader>> = {
  conversations: (record, place, projects) => told(readConversation(record, place, projects)),
  design: (record, place) => told(readDesignChat(record, place)),
  projects: readProject,
  memories: readMemories,
}

const told = (reading: FoundConversation | readonly Found[]): readonly Found[] => ('nativeId' in reading ? tell('claude', reading) : reading)

/** A project's instructions and documents, kept as files; its name, for the conversations that belong to it. */
function* readProject(record: Json, _: Place, projects: Map<string, string>): Generator<Found> {
  const [id, name] = [label(record, 'uuid'), label(record, 'name') ?? 'project']
  if (id === null || !isObject(record)) return
  projects.set(id, name)
  const instructions = wordsOf(record, 'prompt_template')
  if (instructions !== null) yield document(`project ${id}`, `${name}: instructions.md`, instructions)
  for (const [index, doc] of objectsOf(record, 'docs').entries()) {
    const text = textOf(doc, 'content')
    if (text !== null)
      yield document(label(doc, 'uuid') ?? `project ${id} ${index}`, label(doc, 'filename') ?? `${name}: document ${index + 1}.txt`, text)
  }
}

const document = (nativeId: string, name: string, text: string): Found => ({
  kind: 'asset',
  asset: { nativeId, content: { bytes: Buffer.from(text.toWellFormed()) }, name, mime: 'text/plain' },
})

/** Claude's memory of the person, and of each project: a paragraph is a memory, a heading says what the next ones are about. */
function* readMemories(record: Json, place: Place, projects: Map<string, string>): Generator<Found> {
  if (!isObject(record)) return
  yield* paragraphs(textOf(record, 'conversations_memory'), null, record, place)
  for (const [id, text] of Object.entries(objectOf(record, 'project_memories') ?? {}))
    if (typeof text === 'string') yield* paragraphs(text, projects.get(id) ?? id, record, place)
}

const HEADING = /^(?:#{1,6}\s+(.{1,200})|\*\*([^*]{1,200})\*\*:?)$/

function* paragraphs(text: string | null, scope: string | null, record: JsonObject, { member, pointer, raw }: Place): Generator<Found> {
  let section: string | null = null
  for (const paragraph of (text ?? '').split(/\n[ \t]*\n/)) {
    const lines = paragraph.trim().split('\n')
    const heading = HEADING.exec(lines[0]?.trim() ?? '')
    if (heading !== null) section = (heading[1] ?? heading[2] ?? '').trim()
    const words = (heading === null ? lines : lines.slice(1)).join('\n').trim()
    if (words === '') continue
    const updated = fromIso(field(record, 'updated_at'))
    const createdAt = updated.original === null ? UNKNOWN : updated
    const memory: FoundMemory = { nativeId: null, text: words, createdAt, scope, member, pointer, raw, extra: section === null ? null : { section } }
    yield { kind: 'memory', memory }
  }
}
