/** A folder, or a single file, as a source. Links are not followed: they may lead anywhere. */
import { createReadStream } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import path from 'node:path'
import { ArchiveError } from './archive-error.ts'
import { ARCHIVE_LIMITS, type ArchiveLimits, problemWithPath, type Refused, type Source, type SourceMember } from './source.ts'

export async function folderSource(folder: string, limits: ArchiveLimits = ARCHIVE_LIMITS): Promise<Source> {
  const members: SourceMember[] = []
  const refused: Refused[] = []
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const file = path.join(entry.parentPath, entry.name)
    const name = path.relative(folder, file).split(path.sep).join('/')
    const unsafe = problemWithPath(name)
    if (entry.isSymbolicLink() || unsafe !== null)
      refused.push({ item: name.slice(0, limits.path), reason: 'unsafe-path', detail: unsafe ?? 'it is a link to something else' })
    else if (entry.isFile()) members.push(await memberOf(file, name))
    if (members.length > limits.members) throw new ArchiveError('bomb', `more than ${limits.members} files`)
  }
  return { members: members.sort((a, b) => (a.path < b.path ? -1 : 1)), refused, close: async () => {} }
}

export async function fileSource(file: string, name: string): Promise<Source> {
  return { members: [await memberOf(file, name)], refused: [], close: async () => {} }
}

async function memberOf(file: string, name: string): Promise<SourceMember> {
  const { size } = await stat(file)
  return { path: name, bytes: size, open: () => createReadStream(file), file }
}
