/**
 * Records of a file, one in memory at a time: the elements of a large JSON file, or the lines of a JSONL file, each with its exact bytes' hash.
 * What cannot be read is told in its place, and the next one follows. Everything here is attacker-controlled.
 */
import { hash } from 'node:crypto'
import type { Json, SkipReason } from '../../events/conversations.ts'
import { ArchiveError } from '../archive/archive-error.ts'
import { isUtf16, LONGEST_ELEMENT, type Piece, type SplitOptions, Splitter } from './splitter.ts'

export type Element =
  | {
      /** JSON pointer, or `line 12`. */
      readonly pointer: string
      readonly value: Json
      /** SHA-256 (hex) of the exact bytes. */
      readonly raw: string
      readonly bytes: number
      readonly problem: null
    }
  | { readonly pointer: string; readonly problem: SkipReason; readonly detail: string }

/** Deeper than anything that people export, and shallow enough for code that walks it. */
const DEEPEST = 256

/** The items of a top-level array, or the members of a top-level object, with the arrays at `keys` cut into items; see splitter.ts. */
export async function* elements(bytes: AsyncIterable<Uint8Array>, options: SplitOptions = {}): AsyncGenerator<Element> {
  const splitter = new Splitter(options)
  try {
    for await (const chunk of bytes) for (const piece of splitter.push(chunk)) yield parsed(piece)
    for (const piece of splitter.end()) yield parsed(piece)
  } catch (error) {
    yield damaged(error, 'what follows')
  }
}

/** The archive ends or is damaged here. @throws what is no fault of the archive's */
function damaged(error: unknown, pointer: string): Element {
  if (!(error instanceof ArchiveError)) throw error
  return { pointer, problem: error.reason, detail: error.message }
}

/** A whole file as one record. */
export async function wholeJson(bytes: AsyncIterable<Uint8Array>, limit = LONGEST_ELEMENT): Promise<Element> {
  const parts: Uint8Array[] = []
  let length = 0
  try {
    for await (const part of bytes) {
      length += part.length
      if (length > limit) return { pointer: '', problem: 'too-large', detail: `over the limit of ${limit} bytes` }
      parts.push(part)
    }
  } catch (error) {
    return damaged(error, '')
  }
  return parsed({ pointer: '', bytes: withoutMark(Buffer.concat(parts)) })
}

const withoutMark = (bytes: Buffer): Buffer => (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes)

/** The lines of a JSONL file; `pointer` is `line 1` and so on. Empty ones are passed over. */
export async function* jsonLines(bytes: AsyncIterable<Uint8Array>, limit = LONGEST_ELEMENT): AsyncGenerator<Element> {
  let number = 0
  try {
    for await (const line of lines(bytes, limit)) {
      number++
      const pointer = `line ${number}`
      if (line === null) yield { pointer, problem: 'too-large', detail: `over the limit of ${limit} bytes` }
      else if (line.some((byte) => byte > 0x20)) yield parsed({ pointer, bytes: number === 1 ? withoutMark(line) : line })
    }
  } catch (error) {
    yield damaged(error, `after line ${number}`)
  }
}

/** Lines without their ends; null for one that is longer than the limit. */
async function* lines(bytes: AsyncIterable<Uint8Array>, limit: number): AsyncGenerator<Buffer | null> {
  let [parts, length]: [Buffer[], number] = [[], 0]
  const keep = (part: Buffer) => {
    length += part.length
    if (length <= limit) parts.push(part)
    else parts = []
  }
  const taken = (): Buffer | null => {
    const line = length > limit ? null : Buffer.concat(parts)
    ;[parts, length] = [[], 0]
    return line?.at(-1) === 0x0d ? line.subarray(0, -1) : line
  }
  for await (const chunk of bytes) {
    const buffer = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    let from = 0
    for (let at = buffer.indexOf(0x0a); at >= 0; at = buffer.indexOf(0x0a, from)) {
      keep(buffer.subarray(from, at))
      yield taken()
      from = at + 1
    }
    keep(buffer.subarray(from))
  }
  if (length > 0) yield taken()
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function parsed(piece: Piece): Element {
  if ('problem' in piece) return piece
  const { pointer, bytes, depth = nesting(bytes) } = piece
  const text = decoded(bytes)
  if (text === null) return { pointer, problem: 'encoding', detail: encodingOf(bytes) }
  if (depth > DEEPEST) return { pointer, problem: 'unreadable', detail: `nested deeper than ${DEEPEST}` }
  try {
    const value = JSON.parse(text) as Json
    return { pointer, value, raw: hash('sha256', bytes), bytes: bytes.length, problem: null }
  } catch (error) {
    return { pointer, problem: 'unreadable', detail: whyNot(error) }
  }
}

function decoded(bytes: Buffer): string | null {
  try {
    return utf8.decode(bytes)
  } catch {
    return null
  }
}

const encodingOf = (bytes: Buffer): string => (isUtf16(bytes) ? 'UTF-16, not UTF-8' : 'not UTF-8')

/** How deep the brackets go, strings apart. */
function nesting(bytes: Buffer): number {
  let [depth, deepest, inString, escaped] = [0, 0, false, false]
  for (const byte of bytes) {
    if (escaped) escaped = false
    else if (inString) [inString, escaped] = [byte !== 0x22, byte === 0x5c]
    else if (byte === 0x22) inString = true
    else if (byte === 0x7b || byte === 0x5b) deepest = Math.max(deepest, ++depth)
    else if (byte === 0x7d || byte === 0x5d) depth--
  }
  return deepest
}

/** The parser's own words quote what it read: its position says enough. */
function whyNot(error: unknown): string {
  const at = error instanceof Error ? /at position (\d+)/.exec(error.message)?.[1] : undefined
  return at === undefined ? 'not JSON' : `not JSON, at byte ${at} of the record`
}
