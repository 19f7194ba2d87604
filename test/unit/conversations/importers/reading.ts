/** Reads fixtures and made-up files as an import does: opened as an archive, each importer for what it recognises. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { openArchive } from '../../../../src/conversations/archive/open-archive.ts'
import type { Found, FoundConversation, FoundMessage } from '../../../../src/conversations/found.ts'
import { assigned } from '../../../../src/conversations/importers/registry.ts'
import type { Json } from '../../../../src/events/conversations.ts'

export const FIXTURES = path.join(import.meta.dirname, '../../../../fixtures/conversations')
export const fixture = (name: string): Promise<string> => readFile(path.join(FIXTURES, name), 'utf8')
export const jsonFixture = async (name: string): Promise<Json> => JSON.parse(await fixture(name)) as Json

export type Read = { readonly importers: readonly string[]; readonly founds: readonly Found[] }

/** Everything that is found in a file or folder. */
export async function read(file: string): Promise<Read> {
  const work = await mkdtemp(path.join(tmpdir(), 'vivim-importers-'))
  const archive = await openArchive(file, { name: path.basename(file), sha256: '0'.repeat(64), workDir: work })
  try {
    const [importers, founds]: [string[], Found[]] = [[], []]
    for (const { importer, detection } of await assigned(archive)) {
      importers.push(importer.name)
      for await (const found of importer.read(archive, detection)) founds.push(found)
    }
    return { importers, founds }
  } finally {
    await archive.close()
    await rm(work, { recursive: true, force: true })
  }
}

export const readFixture = (format: string): Promise<Read> => read(path.join(FIXTURES, format))

/** The same of files that are made up on the spot. */
export async function readFiles(files: Readonly<Record<string, string | Uint8Array>>): Promise<Read> {
  const folder = await mkdtemp(path.join(tmpdir(), 'vivim-files-'))
  try {
    for (const [name, content] of Object.entries(files)) {
      await mkdir(path.dirname(path.join(folder, name)), { recursive: true })
      await writeFile(path.join(folder, name), content)
    }
    return await read(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

export const conversationsIn = ({ founds }: Read): readonly FoundConversation[] =>
  founds.flatMap((found) => (found.kind === 'conversation' ? [found.conversation] : []))
export const unknownIn = ({ founds }: Read): readonly string[] => founds.flatMap((found) => (found.kind === 'unknown' ? [found.type] : []))
export const skippedIn = ({ founds }: Read) => founds.flatMap((found) => (found.kind === 'skipped' ? [found] : []))

export function messageIn(conversation: FoundConversation | undefined, nativeId: string): FoundMessage {
  const message = conversation?.messages.find((one) => one.nativeId === nativeId)
  if (message === undefined) throw new Error(`no message ${nativeId}`)
  return message
}

/** Every value that Cursor's database holds. */
export function valuesOf(database: string): readonly Json[] {
  const open = new DatabaseSync(database, { readOnly: true })
  const rows = open.prepare('SELECT value FROM cursorDiskKV UNION ALL SELECT value FROM ItemTable').all()
  open.close()
  return rows.map(({ value }) => JSON.parse(Buffer.from(value as Uint8Array).toString()) as Json)
}
