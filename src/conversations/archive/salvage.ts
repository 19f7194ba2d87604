/**
 * What is left of a zip whose end is missing: its members, found one after the other by their own headers, the last one as far as it goes.
 * A download that broke off still holds most of what somebody said.
 */
import { createReadStream } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { createInflateRaw } from 'node:zlib'
import { ArchiveError } from './archive-error.ts'
import { type ArchiveLimits, problemWithPath, type Refused, type Source, type SourceMember } from './source.ts'

const HEADER = 30
const LOCAL_HEADER = 0x04034b50
const DESCRIPTOR = 0x08074b50
const [STORED, DEFLATED] = [0, 8]
const UNKNOWN = 0xffffffff
const ENDS_EARLY = 'the zip ends in the middle of it: what came before is taken'

type Header = {
  readonly path: string
  readonly method: number
  readonly encrypted: boolean
  /** Packed; null: to be found by unpacking. */
  readonly packed: number | null
  readonly unpacked: number
  /** Where its bytes begin in the file. */
  readonly start: number
}

/** @throws {ArchiveError} when there is nothing of a zip in it */
export async function salvaged(file: string, limits: ArchiveLimits): Promise<Source> {
  const handle = await open(file, 'r')
  try {
    const { size } = await handle.stat()
    const found = await search(file, handle, size, limits)
    if (found.members.length === 0) throw new ArchiveError('unreadable', 'the zip is damaged: neither its directory nor a member can be read')
    return { ...found, close: async () => {} }
  } finally {
    await handle.close()
  }
}

async function search(file: string, handle: FileHandle, size: number, limits: ArchiveLimits): Promise<Pick<Source, 'members' | 'refused'>> {
  const members = new Map<string, SourceMember>()
  const refused: Refused[] = [{ item: 'the archive', reason: 'truncated', detail: 'the end of the zip is missing: what is there is taken' }]
  let [at, total] = [0, 0]
  while (members.size < limits.members) {
    const header = await headerAt(handle, at)
    if (header === null) break
    const packed = header.packed ?? (await packedSize(file, header, limits))
    const end = header.start + (packed ?? size)
    const isCut = packed === null || end > size
    const problem = refusal(header, members.has(header.path))
    if (problem !== null) refused.push({ item: header.path.slice(0, limits.path), ...problem })
    else if (!header.path.endsWith('/')) {
      const member = memberOf(file, header, isCut ? null : packed, Math.min(end, size), limits)
      members.set(header.path, member)
      total += member.bytes
    }
    if (isCut || total > limits.total) break
    at = await afterDescriptor(handle, end)
  }
  return { members: [...members.values()], refused }
}

async function headerAt(handle: FileHandle, at: number): Promise<Header | null> {
  const fixed = await bytesAt(handle, at, HEADER)
  if (fixed.length < HEADER || fixed.readUInt32LE(0) !== LOCAL_HEADER) return null
  const [flags, nameLength, extraLength] = [fixed.readUInt16LE(6), fixed.readUInt16LE(26), fixed.readUInt16LE(28)]
  const names = await bytesAt(handle, at + HEADER, nameLength + extraLength)
  if (names.length < nameLength + extraLength) return null
  const [packed, unpacked] = sizes(fixed, names.subarray(nameLength))
  const isStreamed = (flags & 8) !== 0 && packed === 0
  return {
    path: names.toString('utf8', 0, nameLength).replaceAll('\\', '/'),
    method: fixed.readUInt16LE(8),
    encrypted: (flags & 1) !== 0,
    packed: isStreamed ? null : packed,
    unpacked,
    start: at + HEADER + nameLength + extraLength,
  }
}

/** Packed and unpacked, from the header, or from its zip64 field. */
function sizes(fixed: Buffer, extra: Buffer): readonly [packed: number, unpacked: number] {
  const [packed, unpacked] = [fixed.readUInt32LE(18), fixed.readUInt32LE(22)]
  if (packed !== UNKNOWN && unpacked !== UNKNOWN) return [packed, unpacked]
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
    if (extra.readUInt16LE(at) !== 1 || at + 20 > extra.length) continue
    return [Number(extra.readBigUInt64LE(at + 12)), Number(extra.readBigUInt64LE(at + 4))]
  }
  return [packed, unpacked]
}

function refusal({ path, method, encrypted }: Header, isTaken: boolean): Omit<Refused, 'item'> | null {
  const unsafe = problemWithPath(path)
  if (unsafe !== null) return { reason: 'unsafe-path', detail: unsafe }
  if (isTaken) return { reason: 'duplicate', detail: 'two members of this name' }
  if (encrypted) return { reason: 'encrypted', detail: 'it is encrypted' }
  return method === STORED || method === DEFLATED ? null : { reason: 'unreadable', detail: `packed with method ${method}, which is not supported` }
}

/** By unpacking it to nowhere. Null: it does not end. */
async function packedSize(file: string, { method, start }: Header, limits: ArchiveLimits): Promise<number | null> {
  if (method !== DEFLATED) return null
  const inflate = createInflateRaw()
  const input = createReadStream(file, { start })
  input.on('error', (error) => inflate.destroy(error))
  let length = 0
  try {
    for await (const chunk of input.pipe(inflate) as AsyncIterable<Uint8Array>) {
      length += chunk.length
      if (length > limits.member) return null
    }
    return inflate.bytesWritten
  } catch {
    return null
  } finally {
    input.destroy()
  }
}

/** @param packed  null: it is cut off */
function memberOf(file: string, header: Header, packed: number | null, end: number, limits: ArchiveLimits): SourceMember {
  const most = Math.min(limits.member, Math.max(limits.small, limits.ratio * (end - header.start)))
  return {
    path: header.path,
    bytes: header.unpacked || end - header.start,
    open: () => unpacked(file, header, { isCut: packed === null, end, most }),
    file: null,
  }
}

type Reading = { readonly isCut: boolean; readonly end: number; readonly most: number }

async function* unpacked(file: string, { method, start }: Header, { isCut, end, most }: Reading): AsyncGenerator<Uint8Array> {
  if (end <= start) {
    if (isCut) throw new ArchiveError('truncated', ENDS_EARLY)
    return
  }
  const input = createReadStream(file, { start, end: end - 1 })
  const inflate = createInflateRaw()
  input.on('error', (error) => inflate.destroy(error))
  let length = 0
  try {
    for await (const chunk of (method === STORED ? input : input.pipe(inflate)) as AsyncIterable<Uint8Array>) {
      length += chunk.length
      if (length > most) throw new ArchiveError('bomb', 'it grows beyond reason when unpacked')
      yield chunk
    }
  } catch (error) {
    if (error instanceof ArchiveError) throw error
    throw new ArchiveError(isCut ? 'truncated' : 'unreadable', isCut ? ENDS_EARLY : 'damaged in the zip', error)
  } finally {
    input.destroy()
  }
  if (isCut) throw new ArchiveError('truncated', ENDS_EARLY)
}

/** Sizes may follow what was streamed: 12 bytes (20 in zip64), with or without a signature of 4. */
async function afterDescriptor(handle: FileHandle, at: number): Promise<number> {
  const next = await bytesAt(handle, at, 28)
  if (next.length < 4 || next.readUInt32LE(0) === LOCAL_HEADER) return at
  for (const length of next.readUInt32LE(0) === DESCRIPTOR ? [16, 24] : [12, 20])
    if (next.length >= length + 4 && next.readUInt32LE(length) === LOCAL_HEADER) return at + length
  return at
}

async function bytesAt(handle: FileHandle, at: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length)
  const { bytesRead } = await handle.read(buffer, 0, length, at)
  return buffer.subarray(0, bytesRead)
}
