/** The files of a data directory, as a backup holds them: what was uploaded, and what came with conversations, sealed. */
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { ArchiveFile } from '../ledger/backup/archive.ts'
import { CommandError } from './command.ts'

const FOLDERS = ['assets', 'media'] as const
/** As the instance names them: nothing else in the directory is ours, and nothing else is ever written there. */
const NAME = /^(?:media\/[0-9a-f]{2}\/[0-9a-f]{30}\.[a-z0-9]{2,4}|assets\/[0-9a-f]{2}\/[0-9a-f]{32})$/

/** Names of all files, as in an archive, in order. */
export async function mediaNames(dataDir: string): Promise<string[]> {
  return (await Promise.all(FOLDERS.map((folder) => namesIn(dataDir, folder)))).flat()
}

async function namesIn(dataDir: string, folder: string): Promise<string[]> {
  const found = await readdir(path.join(dataDir, folder), { recursive: true }).catch(unlessMissing<string[]>([]))
  return found
    .map((name) => `${folder}/${name.replaceAll(path.sep, '/')}`)
    .filter((name) => NAME.test(name))
    .sort()
}

/** Removes them all. */
export async function removeMedia(dataDir: string): Promise<void> {
  for (const folder of FOLDERS) await rm(path.join(dataDir, folder), { recursive: true, force: true })
}

/** Bytes of them all. */
export async function mediaBytes(dataDir: string, names: readonly string[]): Promise<number> {
  let bytes = 0
  for (const name of names) bytes += (await stat(path.join(dataDir, name)).catch(unlessMissing({ size: 0 }))).size
  return bytes
}

/** The files one after another. One that was removed since its name was read is left out: so was its post. */
export async function* readMedia(dataDir: string, names: readonly string[]): AsyncGenerator<ArchiveFile> {
  for (const name of names) {
    const bytes = await readFile(path.join(dataDir, name)).catch(unlessMissing(null))
    if (bytes !== null) yield { name, bytes }
  }
}

/** @throws {CommandError} for a file that is not media */
export async function writeMedia(dataDir: string, { name, bytes }: ArchiveFile): Promise<void> {
  if (!NAME.test(name)) throw new CommandError('FAILED', `The backup holds ${JSON.stringify(name)}, which this version does not know.`)
  const target = path.join(dataDir, name)
  await mkdir(path.dirname(target), { recursive: true })
  await writeFile(target, bytes, { mode: 0o640, flush: true })
}

function unlessMissing<T>(instead: T): (error: NodeJS.ErrnoException) => T {
  return (error) => {
    if (error.code === 'ENOENT') return instead
    throw error
  }
}
