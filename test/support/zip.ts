/** Zips for tests and measurements, well-formed or not: what an archive in the wild may say of itself, each field can be said here. */
import { createWriteStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { crc32, createDeflateRaw, deflateRawSync } from 'node:zlib'

export type ZipEntry = {
  readonly name: string
  readonly content: Uint8Array | string
  /** Not packed. */
  readonly stored?: boolean
  /** Bit 0: encrypted; bit 3: sizes follow the content. */
  readonly flags?: number
  readonly method?: number
  /** Unix mode, e.g. of a link. */
  readonly mode?: number
  /** What it says that it unpacks to. */
  readonly claimed?: number
  /** Where its header is said to be. */
  readonly offset?: number
}

/** @see APPNOTE.TXT 4.3 */
export function zipOf(entries: readonly ZipEntry[]): Buffer {
  const parts: Buffer[] = []
  const directory: Buffer[] = []
  let at = 0
  for (const entry of entries) {
    const content = Buffer.from(entry.content)
    const packed = entry.stored === true ? content : deflateRawSync(content)
    const about = { ...entry, crc: crc32(content), packed: packed.length, unpacked: entry.claimed ?? content.length }
    const head = local(about)
    const tail = ((entry.flags ?? 0) & 8) === 0 ? Buffer.alloc(0) : descriptor(about)
    directory.push(central(about, entry.offset ?? at))
    parts.push(head, packed, tail)
    at += head.length + packed.length + tail.length
  }
  const index = Buffer.concat(directory)
  return Buffer.concat([...parts, index, end(entries.length, index.length, at)])
}

type About = Pick<ZipEntry, 'name' | 'stored' | 'flags' | 'method' | 'mode'> & {
  readonly crc: number
  readonly packed: number
  readonly unpacked: number
}

const methodOf = ({ method, stored }: About): number => method ?? (stored === true ? 0 : 8)
/** Names are UTF-8. */
const flagsOf = ({ flags = 0 }: About): number => flags | 0x800

function local(about: About): Buffer {
  const name = Buffer.from(about.name)
  const isStreamed = (flagsOf(about) & 8) !== 0
  const head = Buffer.alloc(30)
  head.writeUInt32LE(0x04034b50, 0)
  head.writeUInt16LE(20, 4)
  head.writeUInt16LE(flagsOf(about), 6)
  head.writeUInt16LE(methodOf(about), 8)
  head.writeUInt32LE(isStreamed ? 0 : about.crc, 14)
  head.writeUInt32LE(isStreamed ? 0 : about.packed, 18)
  head.writeUInt32LE(isStreamed ? 0 : about.unpacked, 22)
  head.writeUInt16LE(name.length, 26)
  return Buffer.concat([head, name])
}

function descriptor({ crc, packed, unpacked }: About): Buffer {
  const tail = Buffer.alloc(16)
  tail.writeUInt32LE(0x08074b50, 0)
  tail.writeUInt32LE(crc, 4)
  tail.writeUInt32LE(packed, 8)
  tail.writeUInt32LE(unpacked, 12)
  return tail
}

function central(about: About, offset: number): Buffer {
  const name = Buffer.from(about.name)
  const head = Buffer.alloc(46)
  head.writeUInt32LE(0x02014b50, 0)
  head.writeUInt16LE(0x031e, 4)
  head.writeUInt16LE(20, 6)
  head.writeUInt16LE(flagsOf(about), 8)
  head.writeUInt16LE(methodOf(about), 10)
  head.writeUInt32LE(about.crc, 16)
  head.writeUInt32LE(about.packed, 20)
  head.writeUInt32LE(about.unpacked, 24)
  head.writeUInt16LE(name.length, 28)
  head.writeUInt32LE(((about.mode ?? 0o100644) << 16) >>> 0, 38)
  head.writeUInt32LE(offset, 42)
  return Buffer.concat([head, name])
}

function end(entries: number, size: number, at: number): Buffer {
  const record = Buffer.alloc(22)
  record.writeUInt32LE(0x06054b50, 0)
  record.writeUInt16LE(entries, 8)
  record.writeUInt16LE(entries, 10)
  record.writeUInt32LE(size, 12)
  record.writeUInt32LE(at, 16)
  return record
}

/** A zip with one member, written as it comes: below 4 GiB, packed. @returns its size unpacked */
export async function writeZip(file: string, name: string, content: Iterable<string>): Promise<number> {
  let [crc, unpacked, packed] = [0, 0, 0]
  const texts = function* () {
    for (const text of content) {
      const bytes = Buffer.from(text)
      crc = crc32(bytes, crc)
      unpacked += bytes.length
      yield bytes
    }
  }
  const about = () => ({ name, flags: 8, crc, packed, unpacked })
  const whole = async function* () {
    const head = local({ ...about(), flags: 8 })
    yield head
    for await (const chunk of Readable.from(texts()).pipe(createDeflateRaw({ level: 1 })) as AsyncIterable<Buffer>) {
      packed += chunk.length
      yield chunk
    }
    const tail = descriptor(about())
    const index = central(about(), 0)
    yield Buffer.concat([tail, index, end(1, index.length, head.length + packed + tail.length)])
  }
  await pipeline(Readable.from(whole()), createWriteStream(file))
  return unpacked
}
