/**
 * Grok's export: one JSON with all conversations, files in `prod-mc-asset-server//<id>/content`, and data about signing in and paying beside it,
 * which is never opened. Most files are shown by no message; they are kept all the same.
 */
import type { Json } from '../../../events/conversations.ts'
import { type Found, type FoundAsset, type FoundConversation, skipped } from '../../found.ts'
import { elements } from '../../json/elements.ts'
import { objectOf, objectsOf } from '../../json/fields.ts'
import { type Peek, peekAll } from '../../json/peek.ts'
import { tell } from '../drafts.ts'
import type { Archive, Detection, Importer } from '../importer.ts'
import { label } from '../values.ts'
import { readConversation } from './conversation.ts'

export const grok: Importer = { name: 'grok', version: 1, provider: 'grok', detect, read }

const ACCOUNT = /(^|\/)prod-mc-(auth-mgmt-api|billing)[^/]*\.json$/
const FILE = /(?:^|\/)prod-mc-asset-server\/+([^/]{1,100})\/content$/
const THUMBNAIL = /(^|\/)canvas_thumbnails\//

async function detect(archive: Archive): Promise<Detection | null> {
  const conversations = await conversationsIn(archive)
  if (conversations.length === 0) return null
  const around = archive.members.map(({ path }) => path).filter((path) => ACCOUNT.test(path) || FILE.test(path) || THUMBNAIL.test(path))
  return { score: 1, members: [...conversations, ...around] }
}

async function conversationsIn(archive: Archive): Promise<readonly string[]> {
  const looks = await peekAll(archive, '.json')
  return looks.filter(([path, look]) => !ACCOUNT.test(path) && recordsOf(look).some(isConversation)).map(([path]) => path)
}

const recordsOf = ({ form, values }: Peek): readonly Json[] =>
  form === 'object' ? values.flatMap((value) => objectsOf(value, 'conversations')) : values

/** A `conversation` beside its `responses`; the record may break off before those. */
const isConversation = (record: Json): boolean =>
  (objectOf(record, 'conversation') !== null && label(objectOf(record, 'conversation'), 'id') !== null) ||
  objectsOf(record, 'responses').some((one) => label(one, '_id') !== null || label(objectOf(one, 'response'), '_id') !== null)

async function* read(archive: Archive, { members }: Detection): AsyncGenerator<Found> {
  const conversations = (await conversationsIn(archive)).filter((path) => members.includes(path))
  const files = filesOf(members)
  const told = new Set<string>()
  for (const member of conversations) yield* file(archive, member, files, told)
  for (const asset of files.values()) if (!told.has(asset.nativeId)) yield { kind: 'asset', asset }
  for (const path of members.filter((one) => ACCOUNT.test(one))) yield skipped(path, 'never-opened', 'about signing in and paying')
}

function filesOf(members: readonly string[]): ReadonlyMap<string, FoundAsset> {
  return new Map(
    members.flatMap((member) => {
      const id = FILE.exec(member)?.[1] ?? (THUMBNAIL.test(member) ? member : null)
      return id === null
        ? []
        : [[id, { nativeId: id, content: { member }, name: THUMBNAIL.test(member) ? (member.split('/').at(-1) ?? null) : null, mime: null }]]
    }),
  )
}

/** What else the file holds, and nobody here understands. */
const BESIDE = ['/projects', '/tasks', '/media_posts']

async function* file(archive: Archive, member: string, files: ReadonlyMap<string, FoundAsset>, told: Set<string>): AsyncGenerator<Found> {
  for await (const element of elements(archive.open(member), { keys: ['conversations', 'projects', 'tasks', 'media_posts'] })) {
    const { pointer } = element
    if (element.problem !== null) yield skipped(`${member} ${pointer}`, element.problem, element.detail)
    else if (BESIDE.some((list) => pointer.startsWith(`${list}/`))) yield beside(member, pointer)
    else if (/^(\/conversations)?\/\d+$/.test(pointer)) yield* shown(readConversation(element.value, { member, pointer, raw: element.raw }))
  }

  function* shown(reading: FoundConversation | readonly Found[]): Generator<Found> {
    if (!('nativeId' in reading)) return yield* reading
    for (const { blocks } of reading.messages)
      for (const block of blocks) {
        const asset = 'asset' in block ? files.get(block.asset.pointer ?? '') : undefined
        if (asset === undefined || told.has(asset.nativeId)) continue
        told.add(asset.nativeId)
        yield { kind: 'asset', asset }
      }
    yield* tell('grok', reading)
    return undefined
  }
}

const beside = (member: string, pointer: string): Found =>
  skipped(`${member} ${pointer.split('/')[1] ?? ''}`, 'unknown-format', 'kept by Grok beside conversations: not taken over')
