/** The files of a ChatGPT archive: which member holds the bytes of a file id, and how the file is called. */
import type { Json } from '../../../events/conversations.ts'
import type { FoundAsset } from '../../found.ts'
import { wholeJson } from '../../json/elements.ts'
import { isObject, textOf } from '../../json/fields.ts'
import type { Archive } from '../importer.ts'

type About = { readonly name: string | null; readonly mime: string | null }

export type Files = {
  /** Null: its bytes are not in the archive. */
  find(fileId: string): FoundAsset | null
  /** All of them, also those that no message shows. */
  all(): Iterable<FoundAsset>
}

/** `file-AbC123-photo.png`, `file_0000abcd-<uuid>.webp`, `file_0000abcd.dat`, in any folder. */
const FILE = /(?:^|\/)(file[-_][A-Za-z0-9]{4,64})(?:-([^/]*))?(?:\.[A-Za-z0-9]{1,8})?$/
const LARGEST_LIST = 32 * 1024 * 1024

/** @param members  those that are no lists and no conversations */
export async function filesOf(archive: Archive, members: readonly string[]): Promise<Files> {
  const names = await namesOf(archive)
  const byId = new Map<string, FoundAsset>()
  for (const member of members) {
    const [, id = member, rest] = FILE.exec(member) ?? []
    const about = names.get(id) ?? { name: rest === undefined || rest === '' ? (member.split('/').at(-1) ?? null) : rest, mime: null }
    if (!byId.has(id)) byId.set(id, { nativeId: id, content: { member }, ...about })
  }
  return { find: (id) => byId.get(id) ?? null, all: () => byId.values() }
}

async function namesOf(archive: Archive): Promise<ReadonlyMap<string, About>> {
  const names = new Map<string, About>()
  for (const { path } of archive.members) {
    if (/(^|\/)conversation_asset_file_names\.json$/.test(path))
      for (const [id, about] of namedFlat(await listed(archive, path))) names.set(id, about)
    if (/(^|\/)library_files\.json$/.test(path)) for (const [id, about] of namedInLibrary(await listed(archive, path))) names.set(id, about)
  }
  return names
}

async function listed(archive: Archive, path: string): Promise<Json> {
  const read = await wholeJson(archive.open(path), LARGEST_LIST)
  return read.problem === null ? read.value : null
}

function namedFlat(list: Json): readonly (readonly [string, About])[] {
  if (!isObject(list)) return []
  return Object.entries(list).flatMap(([file, name]) =>
    typeof name === 'string' ? [[file.replace(/\.dat$/, ''), { name, mime: null }] as const] : [],
  )
}

function namedInLibrary(list: Json): readonly (readonly [string, About])[] {
  const records = Array.isArray(list) ? list : isObject(list) ? Object.values(list).flat() : []
  return records.flatMap((record: Json) => {
    const id = textOf(record, 'file_id')
    return id === null ? [] : [[id, { name: textOf(record, 'file_name'), mime: textOf(record, 'mime_type') }] as const]
  })
}
