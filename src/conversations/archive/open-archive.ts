/**
 * Opens what somebody brings (a zip, a folder, a file) as one `Archive`. Zips in a folder, and in a zip that holds little else, are opened too:
 * providers split large exports. A zip among other things is a file like any other: somebody may have sent it in a chat.
 */
import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdtemp, open, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { Archive } from '../importers/importer.ts'
import { ArchiveError } from './archive-error.ts'
import { fileSource, folderSource } from './folder.ts'
import { ARCHIVE_LIMITS, type ArchiveLimits, type Refused, type Source, type SourceMember } from './source.ts'
import { zipSource } from './zip.ts'

export type OpenArchive = Archive & {
  readonly refused: readonly Refused[]
  /** Unpacked bytes that were read so far, of all members. */
  bytesRead(): number
  close(): Promise<void>
}

export type ArchiveOptions = {
  readonly name: string
  /** Hex. */
  readonly sha256: string
  /** A folder for copies, which are removed again. */
  readonly workDir: string
  readonly limits?: ArchiveLimits
}

/** A zip with sign-in data: none of our business. */
const NEVER_OPENED = /(^|\/)light_metadata[^/]*\.zip$/i
const ZIP = Buffer.from('PK\u0003\u0004')
/** How much else a zip may hold whose zips are opened. */
const LITTLE = { members: 10, bytes: 4 * 1024 * 1024 }

/** @throws {ArchiveError} when there is nothing that can be read */
export async function openArchive(file: string, { name, sha256, workDir, limits = ARCHIVE_LIMITS }: ArchiveOptions): Promise<OpenArchive> {
  const work = await mkdtemp(path.join(workDir, 'open-'))
  const opened: Source[] = []
  const close = async () => {
    for (const source of opened) await source.close()
    await rm(work, { recursive: true, force: true })
  }
  try {
    const whole = await unfolded(file, name, { work, limits, opened, depth: 0 })
    return { name, sha256, ...archiveOf(whole, work), close }
  } catch (error) {
    await close()
    throw error
  }
}

type Unfolding = { readonly work: string; readonly limits: ArchiveLimits; readonly opened: Source[]; readonly depth: number }
type Whole = Pick<Source, 'members' | 'refused'>

/** The members of a file or folder, with those of the zips inside. */
async function unfolded(file: string, name: string, how: Unfolding): Promise<Whole> {
  const { limits, opened, depth } = how
  const isFolder = (await stat(file)).isDirectory()
  const isZip = !isFolder && (await beginsAsZip(file))
  const source = await (isFolder ? folderSource(file, limits) : isZip ? zipSource(file, limits) : fileSource(file, name))
  opened.push(source)
  const zips = isFolder || (isZip && holdsLittleElse(source.members)) ? source.members.filter(isArchive) : []
  if (zips.length === 0 || depth === limits.nested) return source
  const inner: Whole[] = []
  for (const zip of zips) inner.push(await inside(zip, how))
  const rest = source.members.filter((member) => !zips.includes(member))
  return { members: [...rest, ...inner.flatMap(({ members }) => members)], refused: [...source.refused, ...inner.flatMap(({ refused }) => refused)] }
}

const isArchive = ({ path: name }: SourceMember): boolean => name.toLowerCase().endsWith('.zip') && !NEVER_OPENED.test(name)

function holdsLittleElse(members: readonly SourceMember[]): boolean {
  const others = members.filter(({ path: name }) => !name.toLowerCase().endsWith('.zip'))
  return others.length <= LITTLE.members && others.every(({ bytes }) => bytes <= LITTLE.bytes)
}

/** A zip that cannot be read does not keep the others from being. */
async function inside(zip: SourceMember, how: Unfolding): Promise<Whole> {
  try {
    const file = zip.file ?? (await copied(zip, how.work))
    const { members, refused } = await unfolded(file, zip.path, { ...how, depth: how.depth + 1 })
    const under = (name: string) => `${zip.path}/${name}`
    return {
      members: members.map((member) => ({ ...member, path: under(member.path), open: () => member.open() })),
      refused: refused.map((line) => ({ ...line, item: under(line.item) })),
    }
  } catch (error) {
    if (!(error instanceof ArchiveError)) throw error
    return { members: [], refused: [{ item: zip.path, reason: error.reason, detail: error.message }] }
  }
}

async function beginsAsZip(file: string): Promise<boolean> {
  const handle = await open(file, 'r')
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(ZIP.length), 0, ZIP.length, 0)
    return bytesRead === ZIP.length && buffer.equals(ZIP)
  } finally {
    await handle.close()
  }
}

let copies = 0

/** A copy on disk that only this process may read. */
async function copied(member: SourceMember, work: string): Promise<string> {
  const file = path.join(work, `copy-${++copies}`)
  await pipeline(member.open(), createWriteStream(file, { mode: 0o600, flags: 'wx' }))
  return file
}

function archiveOf({ members, refused }: Whole, work: string): Omit<OpenArchive, 'name' | 'sha256' | 'close'> {
  const byPath = new Map(members.map((member) => [member.path, member]))
  let bytes = 0
  const find = (name: string): SourceMember => {
    const member = byPath.get(name)
    if (member === undefined) throw new ArchiveError('missing', `${name} is not in the archive`)
    return member
  }
  const opening = async function* (name: string): AsyncGenerator<Uint8Array> {
    for await (const chunk of find(name).open()) {
      bytes += chunk.length
      yield chunk
    }
  }
  return {
    members: members.map(({ path: name, bytes: size }) => ({ path: name, bytes: size })),
    refused,
    open: opening,
    head: (name, most) => headOf(find(name), most),
    copy: (name) => copied(find(name), work),
    bytesRead: () => bytes,
  }
}

async function headOf(member: SourceMember, most: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  let length = 0
  try {
    for await (const chunk of member.open()) {
      parts.push(chunk)
      length += chunk.length
      if (length >= most) break
    }
  } catch (error) {
    if (!(error instanceof ArchiveError)) throw error
  }
  return Buffer.concat(parts).subarray(0, most)
}

/** Size and SHA-256 (hex) of a file; of a folder, of the names and hashes of its files. */
export async function fingerprint(file: string): Promise<{ readonly bytes: number; readonly sha256: string }> {
  if (!(await stat(file)).isDirectory()) return fingerprintOf(createReadStream(file))
  const all = createHash('sha256')
  let bytes = 0
  for (const member of (await folderSource(file)).members) {
    const one = await fingerprintOf(member.open())
    all.update(`${JSON.stringify(member.path)} ${one.sha256}\n`)
    bytes += one.bytes
  }
  return { bytes, sha256: all.digest('hex') }
}

async function fingerprintOf(content: AsyncIterable<Uint8Array>): Promise<{ readonly bytes: number; readonly sha256: string }> {
  const digest = createHash('sha256')
  let bytes = 0
  for await (const chunk of content) {
    digest.update(chunk)
    bytes += chunk.length
  }
  return { bytes, sha256: digest.digest('hex') }
}
