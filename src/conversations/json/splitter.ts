/**
 * Cuts JSON that is too large for memory into its elements, byte by byte, without understanding them: the items of a top-level array, or the
 * members of a top-level object with the arrays under chosen keys cut further. Pure; how the bytes arrive in pieces makes no difference.
 *
 * It is lenient about commas and strict about brackets: an element with an error inside is for whoever parses it, and the next one is found.
 */
import type { SkipReason } from '../../events/conversations.ts'

/** `pointer`: RFC 6901, of the element in its file. `bytes`: exactly as they stand there, without the white space around. `depth`: of its brackets. */
export type Piece =
  | { readonly pointer: string; readonly bytes: Buffer; readonly depth?: number }
  | { readonly pointer: string; readonly problem: SkipReason; readonly detail: string }

export type SplitOptions = {
  /** Members of a top-level object whose arrays are cut into their items; without them a top-level object is one element. */
  readonly keys?: readonly string[]
  /** Longest element, bytes; a longer one is passed over. */
  readonly limit?: number
}

export const LONGEST_ELEMENT = 64 * 1024 * 1024

const [QUOTE, BACKSLASH, COMMA, COLON] = [0x22, 0x5c, 0x2c, 0x3a]
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d]

const isSpace = (byte: number): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09
const isDelimiter = (byte: number): boolean => isSpace(byte) || byte === COMMA || byte === CLOSE_LIST || byte === CLOSE_OBJECT

/** Where the next byte stands: outside everything, between items, between members, after a member's name, in a name, in a value, after the end. */
type Place = 'start' | 'list' | 'object' | 'colon' | 'name' | 'value' | 'end' | 'lost'
type Kind = 'container' | 'string' | 'scalar'

/** By its byte order mark. */
export const isUtf16 = (bytes: Uint8Array): boolean => (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)

export class Splitter {
  readonly #keys: ReadonlySet<string>
  readonly #limit: number
  #place: Place = 'start'
  /** Where to be when the value is over. */
  #after: Place = 'end'
  /** Of the list that is being cut. */
  #prefix = ''
  #index = 0
  /** The list is a member of a top-level object. */
  #inside = false
  #name = ''
  #kind: Kind = 'scalar'
  #depth = 0
  #deepest = 0
  #inString = false
  #escaped = false
  #parts: Buffer[] = []
  #length = 0
  #tooLong = false
  #pointer = ''
  #first = true

  constructor({ keys = [], limit = LONGEST_ELEMENT }: SplitOptions = {}) {
    this.#keys = new Set(keys)
    this.#limit = limit
  }

  /** The elements that this piece of the file completes. */
  push(chunk: Uint8Array): Piece[] {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    const found: Piece[] = []
    let at = this.#first && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0
    if (this.#first && isUtf16(bytes)) {
      this.#place = 'lost'
      found.push({ pointer: '', problem: 'encoding', detail: 'UTF-16, not UTF-8' })
    }
    if (bytes.length > 0) this.#first = false
    while (at < bytes.length) at = this.#place === 'value' || this.#place === 'name' ? this.#scan(bytes, at, found) : this.#step(bytes, at, found)
    return found
  }

  /** What is left when the file is over: an element that was cut off, or that there was none. */
  end(): Piece[] {
    if (this.#place === 'value' && this.#kind === 'scalar' && this.#after === 'end') {
      const found: Piece[] = []
      this.#finish(found)
      return found
    }
    if (this.#place === 'end' || this.#place === 'lost') return []
    if (this.#place === 'start') return [{ pointer: '', problem: 'no-content', detail: 'the file is empty' }]
    const pointer = this.#place === 'value' ? this.#pointer : `${this.#prefix}${this.#index > 0 ? `/${this.#index}` : ''}`
    return [{ pointer, problem: 'truncated', detail: 'the file ends in the middle' }]
  }

  /** One byte between values. @returns where to go on */
  #step(bytes: Buffer, at: number, found: Piece[]): number {
    const byte = bytes[at] ?? 0
    if (isSpace(byte)) return at + 1
    switch (this.#place) {
      case 'start':
        return this.#begin(bytes, at)
      case 'list':
        if (byte === COMMA) return at + 1
        if (byte === CLOSE_LIST) return this.#closeList(at)
        if (byte === CLOSE_OBJECT) return this.#lose(bytes, found)
        this.#pointer = `${this.#prefix}/${this.#index++}`
        return this.#enter(byte, at, 'list')
      case 'object':
        if (byte === COMMA) return at + 1
        if (byte === CLOSE_OBJECT) return this.#ended(at)
        if (byte !== QUOTE) return this.#lose(bytes, found)
        this.#enter(byte, at, 'object')
        this.#place = 'name'
        return at
      case 'colon':
        return byte === COLON ? at + 1 : this.#member(bytes, at, found)
      case 'end':
        found.push({ pointer: '', problem: 'unreadable', detail: 'there is more after the end of the JSON' })
        this.#place = 'lost'
        return bytes.length
      default:
        return bytes.length
    }
  }

  #begin(bytes: Buffer, at: number): number {
    const byte = bytes[at] ?? 0
    if (byte === OPEN_LIST) this.#place = 'list'
    else if (byte === OPEN_OBJECT && this.#keys.size > 0) this.#place = 'object'
    else return this.#enter(byte, at, 'end')
    return at + 1
  }

  /** The value of a member: cut further when it is a chosen list. */
  #member(bytes: Buffer, at: number, found: Piece[]): number {
    const byte = bytes[at] ?? 0
    if (byte === COMMA || byte === CLOSE_OBJECT || byte === CLOSE_LIST) return this.#lose(bytes, found)
    const pointer = `/${this.#name.replaceAll('~', '~0').replaceAll('/', '~1')}`
    if (byte === OPEN_LIST && this.#keys.has(this.#name)) {
      this.#place = 'list'
      this.#prefix = pointer
      this.#index = 0
      this.#inside = true
      return at + 1
    }
    this.#pointer = pointer
    return this.#enter(byte, at, 'object')
  }

  #closeList(at: number): number {
    this.#prefix = ''
    this.#index = 0
    this.#place = this.#inside ? 'object' : 'end'
    this.#inside = false
    return at + 1
  }

  #ended(at: number): number {
    this.#place = 'end'
    return at + 1
  }

  #lose(bytes: Buffer, found: Piece[]): number {
    found.push({ pointer: `${this.#prefix}/${this.#index}`, problem: 'unreadable', detail: 'this is not JSON, and neither is what follows' })
    this.#place = 'lost'
    return bytes.length
  }

  #enter(byte: number, at: number, after: Place): number {
    this.#kind = byte === QUOTE ? 'string' : byte === OPEN_LIST || byte === OPEN_OBJECT ? 'container' : 'scalar'
    this.#place = 'value'
    this.#after = after
    this.#depth = 0
    this.#deepest = 0
    this.#inString = false
    this.#escaped = false
    return at
  }

  /** Through a value until it ends or the bytes do. This is where the time goes: a loop over bytes with nothing else in it. */
  #scan(bytes: Buffer, from: number, found: Piece[]): number {
    if (this.#kind === 'scalar') return this.#scanScalar(bytes, from, found)
    let [depth, inString, escaped, deepest] = [this.#depth, this.#inString, this.#escaped, this.#deepest]
    const isText = this.#kind === 'string'
    for (let at = from; at < bytes.length; at++) {
      const byte = bytes[at]
      if (inString) {
        if (escaped) escaped = false
        else if (byte === BACKSLASH) escaped = true
        else if (byte === QUOTE) {
          inString = false
          if (isText) return this.#close(bytes, from, at + 1, found)
        }
      } else if (byte === QUOTE) inString = true
      else if (byte === OPEN_OBJECT || byte === OPEN_LIST) {
        if (++depth > deepest) deepest = depth
      } else if ((byte === CLOSE_OBJECT || byte === CLOSE_LIST) && --depth === 0) {
        this.#deepest = deepest
        return this.#close(bytes, from, at + 1, found)
      }
    }
    this.#depth = depth
    this.#inString = inString
    this.#escaped = escaped
    this.#deepest = deepest
    this.#keep(bytes.subarray(from))
    return bytes.length
  }

  #scanScalar(bytes: Buffer, from: number, found: Piece[]): number {
    let at = from
    while (at < bytes.length && !isDelimiter(bytes[at] ?? 0)) at++
    this.#keep(bytes.subarray(from, at))
    if (at < bytes.length) this.#finish(found)
    return at
  }

  #close(bytes: Buffer, from: number, to: number, found: Piece[]): number {
    this.#keep(bytes.subarray(from, to))
    if (this.#place === 'name') this.#finishName()
    else this.#finish(found)
    return to
  }

  #keep(part: Buffer): void {
    this.#length += part.length
    if (this.#length > this.#limit) {
      this.#tooLong = true
      this.#parts = []
    } else this.#parts.push(part)
  }

  #taken(): Buffer {
    const [only] = this.#parts
    const bytes = this.#parts.length === 1 && only !== undefined ? only : Buffer.concat(this.#parts)
    this.#parts = []
    this.#length = 0
    return bytes
  }

  #finish(found: Piece[]): void {
    const [length, tooLong, pointer] = [this.#length, this.#tooLong, this.#pointer]
    const bytes = this.#taken()
    this.#tooLong = false
    this.#place = this.#after
    if (tooLong) found.push({ pointer, problem: 'too-large', detail: `${length} bytes in one record, over the limit of ${this.#limit}` })
    else found.push({ pointer, bytes, depth: this.#deepest })
  }

  #finishName(): void {
    this.#place = 'colon'
    this.#tooLong = false
    try {
      this.#name = String(JSON.parse(this.#taken().toString()))
    } catch {
      this.#name = ''
    }
  }
}
