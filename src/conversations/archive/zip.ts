/**
 * A zip as a source: zip64 too, members by their central directory, nothing extracted to disk. Attacker-controlled: sizes are believed only
 * as limits, names are checked, members that overlap or grow beyond reason are refused.
 *
 * @see APPNOTE.TXT (PKWARE) 6.3; D. Fifield, "A better zip bomb" (overlapping members)
 */
import yauzl, { type Entry, type ZipFile } from 'yauzl'
import { ArchiveError } from './archive-error.ts'
import { salvaged } from './salvage.ts'
import { ARCHIVE_LIMITS, type ArchiveLimits, atMost, problemWithPath, type Refused, type Source, type SourceMember } from './source.ts'

const ENCRYPTED = 'it is encrypted'
const [STORED, DEFLATED] = [0, 8]
const SYMBOLIC_LINK = 0o12

/** @throws {ArchiveError} when it is no zip, or a bomb. Of one that was cut off, what can be found in it */
export async function zipSource(file: string, limits: ArchiveLimits = ARCHIVE_LIMITS): Promise<Source> {
  const zip = await opened(file)
  if (zip === null) return salvaged(file, limits)
  try {
    return { ...(await listed(zip, limits)), close: async () => zip.close() }
  } catch (error) {
    zip.close()
    throw error instanceof ArchiveError ? error : new ArchiveError('unreadable', `the zip's directory is damaged: ${messageOf(error)}`, error)
  }
}

/** Null: its directory, at the end of the file, is missing. */
async function opened(file: string): Promise<ZipFile | null> {
  try {
    return await yauzl.openPromise(file, { autoClose: false, decodeStrings: false, validateEntrySizes: true })
  } catch (error) {
    if (error instanceof Error && 'code' in error) throw error // the disk's, not the zip's
    return null
  }
}

async function listed(zip: ZipFile, limits: ArchiveLimits): Promise<Pick<Source, 'members' | 'refused'>> {
  if (zip.entryCount > limits.members) throw new ArchiveError('bomb', `${zip.entryCount} members, over the limit of ${limits.members}`)
  const members = new Map<string, SourceMember>()
  const refused: Refused[] = []
  const places: Entry[] = []
  let total = 0
  for await (const entry of zip.eachEntry()) {
    const path = nameOf(entry)
    if (path.endsWith('/')) continue
    places.push(entry)
    const refusal = members.has(path) ? ({ reason: 'duplicate', detail: 'two members of this name' } as const) : refusalOf(entry, path, limits)
    if (refusal !== null) {
      refused.push({ item: path.slice(0, limits.path), ...refusal })
      continue
    }
    total += entry.uncompressedSize
    if (total > limits.total) throw new ArchiveError('bomb', `it unpacks to more than ${limits.total} bytes`)
    members.set(path, { path, bytes: entry.uncompressedSize, open: () => unpacked(zip, entry), file: null })
  }
  assertApart(places)
  return { members: [...members.values()], refused }
}

function nameOf(entry: Entry): string {
  // Not checked by yauzl: one bad name would end the whole directory.
  return yauzl.getFileNameLowLevel(entry.generalPurposeBitFlag, entry.fileNameRaw, entry.extraFields, false)
}

function refusalOf(entry: Entry, path: string, limits: ArchiveLimits): Omit<Refused, 'item'> | null {
  const unsafe = problemWithPath(path)
  if (unsafe !== null) return { reason: 'unsafe-path', detail: unsafe }
  if (entry.externalFileAttributes >>> 28 === SYMBOLIC_LINK) return { reason: 'unsafe-path', detail: 'it is a link to something else' }
  if (entry.isEncrypted()) return { reason: 'encrypted', detail: ENCRYPTED }
  if (entry.compressionMethod !== STORED && entry.compressionMethod !== DEFLATED)
    return { reason: 'unreadable', detail: `packed with method ${entry.compressionMethod}, which is not supported` }
  if (entry.uncompressedSize > limits.member)
    return { reason: 'too-large', detail: `${entry.uncompressedSize} bytes, over the limit of ${limits.member}` }
  const isBomb = entry.uncompressedSize > limits.small && entry.uncompressedSize > limits.ratio * Math.max(entry.compressedSize, 1)
  return isBomb ? { reason: 'bomb', detail: `${entry.compressedSize} bytes unpack to ${entry.uncompressedSize}` } : null
}

/** @throws {ArchiveError} when members share bytes: only a bomb does that */
function assertApart(entries: readonly Entry[]): void {
  let end = 0
  for (const entry of entries.toSorted((a, b) => a.relativeOffsetOfLocalHeader - b.relativeOffsetOfLocalHeader)) {
    if (entry.relativeOffsetOfLocalHeader < end) throw new ArchiveError('bomb', 'members of the zip overlap')
    end = entry.relativeOffsetOfLocalHeader + entry.compressedSize
  }
}

async function* unpacked(zip: ZipFile, entry: Entry): AsyncGenerator<Uint8Array> {
  try {
    const stream: AsyncIterable<Uint8Array> = await zip.openReadStreamPromise(entry)
    yield* atMost(stream, entry.uncompressedSize)
  } catch (error) {
    if (error instanceof ArchiveError) throw error
    throw new ArchiveError('unreadable', `damaged in the zip: ${messageOf(error)}`, error)
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error)).slice(0, 200)
