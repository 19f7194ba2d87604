/** Reader of the CBOR subset that commits are written in: one spelling for each value, anything else is refused. See docs/formats.md section 1.1. */
import type { Bytes } from './bytes.ts'

export type Cbor = number | string | Bytes | null | boolean | readonly Cbor[]

const MAX_DEPTH = 16

/** @param bytes attacker-controlled @throws {Error} for what is not in the subset */
export function decode(bytes: Bytes): Cbor {
  const reader = { bytes, at: 0 }
  const value = read(reader, 0)
  if (reader.at !== bytes.length) throw new Error('bytes after the end of a value')
  return value
}

type Reader = { readonly bytes: Bytes; at: number }

function read(reader: Reader, depth: number): Cbor {
  const first = byte(reader)
  const major = first >> 5
  if (first === 0xf6) return null
  if (first === 0xf4 || first === 0xf5) return first === 0xf5
  if (![0, 2, 3, 4].includes(major) || depth > MAX_DEPTH) throw new Error('not in the subset of CBOR')
  const n = argument(reader, first & 31)
  if (major === 0) return n
  if (major === 4) return items(reader, n, depth)
  const content = take(reader, n)
  return major === 2 ? content : text(content)
}

function items(reader: Reader, length: number, depth: number): Cbor[] {
  if (length > reader.bytes.length - reader.at) throw new Error('an array longer than its bytes')
  return Array.from({ length }, () => read(reader, depth + 1))
}

/** A number in its shortest form. */
function argument(reader: Reader, info: number): number {
  if (info < 24) return info
  if (info > 27) throw new Error('an indefinite length')
  const width = 1 << (info - 24)
  const n = Array.from({ length: width }, () => byte(reader)).reduce((value, next) => value * 256 + next, 0)
  const least = [24, 0x100, 0x1_0000, 0x1_0000_0000][info - 24] ?? 0
  if (n < least || !Number.isSafeInteger(n)) throw new Error('a number that is not in its shortest form')
  return n
}

function byte(reader: Reader): number {
  const value = reader.bytes[reader.at]
  if (value === undefined) throw new Error('bytes that end too early')
  reader.at += 1
  return value
}

function take(reader: Reader, length: number): Bytes {
  if (length > reader.bytes.length - reader.at) throw new Error('bytes that end too early')
  reader.at += length
  return reader.bytes.slice(reader.at - length, reader.at)
}

function text(bytes: Bytes): string {
  const value = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  if (value.normalize('NFC') !== value) throw new Error('text that is not normalised')
  return value
}
