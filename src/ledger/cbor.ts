/**
 * Strict DAG-CBOR subset: the byte form of everything that is signed.
 *
 * Unsigned integers, byte strings, NFC text, arrays, null and booleans; nothing else. Every accepted byte string has exactly one value and
 * every value exactly one byte string, so `encode(decode(b))` equals `b`: common CBOR libraries accept several spellings of one value,
 * which would make hashes and signatures ambiguous. Maps, negatives, floats, tags, `undefined` and indefinite lengths are refused.
 *
 * @see RFC 8949 section 4.2.1 (core deterministic encoding); https://ipld.io/specs/codecs/dag-cbor/spec/
 */
export type Cbor = number | string | Uint8Array | null | boolean | readonly Cbor[]

/** Bytes that are not in the subset, or a value that has no form in it. */
export class CborError extends Error {
  /** Offset in bytes of the offending item; null when encoding. */
  readonly at: number | null
  constructor(message: string, at: number | null = null) {
    super(at === null ? message : `${message} at byte ${at}`)
    this.name = 'CborError'
    this.at = at
  }
}

/** Arrays may nest this deep. */
export const MAX_DEPTH = 16

const UINT = 0
const BYTES = 2
const TEXT = 3
const ARRAY = 4
const FALSE = 0xf4
const TRUE = 0xf5
const NULL = 0xf6

/**
 * Canonical bytes of a value.
 *
 * @throws {CborError} when the value has no canonical form: negative or unsafe numbers, text that is not well-formed NFC, depth over 16
 */
export function encode(value: Cbor): Uint8Array {
  const writer = new CborWriter()
  write(writer, value, 0)
  return writer.take()
}

/**
 * The one value these bytes stand for. Byte strings are views into `bytes`, not copies.
 *
 * @param bytes  attacker-controlled
 * @throws {CborError} for any byte that the canonical encoding of the value would not hold, trailing bytes included
 */
export function decode(bytes: Uint8Array): Cbor {
  const reader = new CborReader(bytes)
  const value = read(reader, 0)
  reader.end()
  return value
}

function write(writer: CborWriter, value: Cbor, depth: number): void {
  if (typeof value === 'number') writer.uint(value)
  else if (typeof value === 'string') writer.text(value)
  else if (value instanceof Uint8Array) writer.bytes(value)
  else if (value === null) writer.null()
  else if (typeof value === 'boolean') writer.boolean(value)
  else if (Array.isArray(value)) {
    if (depth === MAX_DEPTH) throw new CborError(`arrays nested deeper than ${MAX_DEPTH}`)
    writer.array(value.length)
    for (const item of value) write(writer, item, depth + 1)
  } else throw new CborError(`no canonical form for a value of type ${typeof value}`)
}

function read(reader: CborReader, depth: number): Cbor {
  switch (reader.major()) {
    case UINT:
      return reader.uint()
    case BYTES:
      return reader.bytes()
    case TEXT:
      return reader.text()
    case ARRAY: {
      if (depth === MAX_DEPTH) throw new CborError(`arrays nested deeper than ${MAX_DEPTH}`, reader.at)
      const length = reader.array()
      const items: Cbor[] = []
      for (let i = 0; i < length; i++) items.push(read(reader, depth + 1))
      return items
    }
    default:
      return reader.simple()
  }
}

/** Writes canonical items one after the other; the caller answers for the array structure. Reusable after `take`. */
export class CborWriter {
  #buffer = Buffer.allocUnsafeSlow(1024)
  #at = 0

  uint(value: number): void {
    if (!Number.isSafeInteger(value) || value < 0) throw new CborError(`${value} is not a non-negative safe integer`)
    this.#head(UINT, value)
  }

  /** Head of an array; exactly `length` items must follow. */
  array(length: number): void {
    this.#head(ARRAY, length)
  }

  bytes(value: Uint8Array): void {
    this.#head(BYTES, value.length)
    this.#reserve(value.length)
    this.#buffer.set(value, this.#at)
    this.#at += value.length
  }

  /** @throws {CborError} unless `value` is well-formed UTF-16 in normalisation form C */
  text(value: string): void {
    const length = Buffer.byteLength(value)
    if (length !== value.length && !(value.isWellFormed() && value.normalize('NFC') === value)) throw new CborError('text is not well-formed NFC')
    this.#head(TEXT, length)
    this.#reserve(length)
    this.#at += this.#buffer.write(value, this.#at, length === value.length ? 'latin1' : 'utf8')
  }

  null(): void {
    this.#byte(NULL)
  }

  boolean(value: boolean): void {
    this.#byte(value ? TRUE : FALSE)
  }

  /** Forgets what was written, for instance by a caller that threw half-way. */
  reset(): this {
    this.#at = 0
    return this
  }

  /** A copy of everything written since the last `take` or `reset`. */
  take(): Uint8Array {
    const bytes = new Uint8Array(this.#at)
    bytes.set(this.#buffer.subarray(0, this.#at))
    this.#at = 0
    return bytes
  }

  #byte(value: number): void {
    this.#reserve(1)
    this.#buffer[this.#at++] = value
  }

  /** Major type and argument in the shortest form. */
  #head(major: number, argument: number): void {
    this.#reserve(9)
    const type = major << 5
    if (argument < 24) this.#buffer[this.#at++] = type | argument
    else if (argument < 0x100) {
      this.#buffer[this.#at++] = type | 24
      this.#buffer[this.#at++] = argument
    } else if (argument < 0x1_0000) {
      this.#buffer[this.#at++] = type | 25
      this.#at = this.#buffer.writeUInt16BE(argument, this.#at)
    } else if (argument < 0x1_0000_0000) {
      this.#buffer[this.#at++] = type | 26
      this.#at = this.#buffer.writeUInt32BE(argument, this.#at)
    } else {
      this.#buffer[this.#at++] = type | 27
      this.#at = this.#buffer.writeUInt32BE(Math.floor(argument / 0x1_0000_0000), this.#at)
      this.#at = this.#buffer.writeUInt32BE(argument % 0x1_0000_0000, this.#at)
    }
  }

  #reserve(more: number): void {
    if (this.#at + more <= this.#buffer.length) return
    const grown = Buffer.allocUnsafeSlow(Math.max(this.#buffer.length * 2, this.#at + more))
    grown.set(this.#buffer.subarray(0, this.#at))
    this.#buffer = grown
  }
}

/** Reads canonical items one after the other and refuses the first byte that is not canonical. `bytes` is attacker-controlled. */
export class CborReader {
  readonly #source: Buffer
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#source = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  /** Offset of the next item. */
  get at(): number {
    return this.#at
  }

  /** Major type, 0 to 7, of the next item, which stays unread. */
  major(): number {
    const byte = this.#source[this.#at]
    if (byte === undefined) throw new CborError('the bytes end too early', this.#at)
    return byte >> 5
  }

  uint(): number {
    return this.#head(UINT)
  }

  /** Number of items that must follow. Never more than there are bytes left, so that a length alone cannot claim memory. */
  array(): number {
    const start = this.#at
    const length = this.#head(ARRAY)
    if (length > this.#source.length - this.#at) throw new CborError('array longer than the bytes', start)
    return length
  }

  /** A view, not a copy. */
  bytes(): Uint8Array {
    const length = this.#length(BYTES)
    const view = new Uint8Array(this.#source.buffer, this.#source.byteOffset + this.#at, length)
    this.#at += length
    return view
  }

  text(): string {
    const length = this.#length(TEXT)
    const start = this.#at
    const end = start + length
    this.#at = end
    if (this.#isAscii(start, end)) return this.#source.toString('latin1', start, end)
    return this.#unicode(start, end)
  }

  /** True and past it when the next item is null; otherwise nothing is read. */
  null(): boolean {
    if (this.#source[this.#at] !== NULL) return false
    this.#at += 1
    return true
  }

  /** null, true or false. */
  simple(): null | boolean {
    const byte = this.#source[this.#at]
    if (byte !== NULL && byte !== TRUE && byte !== FALSE) throw new CborError('not a type of the subset', this.#at)
    this.#at += 1
    return byte === NULL ? null : byte === TRUE
  }

  /** @throws {CborError} when bytes are left */
  end(): void {
    if (this.#at !== this.#source.length) throw new CborError('bytes after the end', this.#at)
  }

  #length(major: number): number {
    const start = this.#at
    const length = this.#head(major)
    if (length > this.#source.length - this.#at) throw new CborError('string longer than the bytes', start)
    return length
  }

  #head(major: number): number {
    const start = this.#at
    if (this.major() !== major) throw new CborError(`major type ${this.major()} where ${major} belongs`, start)
    const info = (this.#source[start] ?? 0) & 31
    this.#at += 1
    if (info < 24) return info
    if (info > 27) throw new CborError('indefinite or reserved length', start)
    const width = 2 ** (info - 24)
    if (this.#source.length - this.#at < width) throw new CborError('the bytes end too early', start)
    const argument = this.#argument(width)
    this.#at += width
    if (argument < (width === 1 ? 24 : 2 ** (width * 4))) throw new CborError('length or integer not in its shortest form', start)
    if (!Number.isSafeInteger(argument)) throw new CborError('integer beyond 2^53 - 1', start)
    return argument
  }

  #argument(width: number): number {
    if (width < 8) return this.#source.readUIntBE(this.#at, width)
    return this.#source.readUInt32BE(this.#at) * 0x1_0000_0000 + this.#source.readUInt32BE(this.#at + 4)
  }

  #isAscii(start: number, end: number): boolean {
    for (let i = start; i < end; i++) if ((this.#source[i] ?? 0) > 0x7f) return false
    return true
  }

  #unicode(start: number, end: number): string {
    const text = decodeUtf8(this.#source.subarray(start, end))
    if (text === null) throw new CborError('text is not UTF-8', start)
    if (text.normalize('NFC') !== text) throw new CborError('text is not in normalisation form C', start)
    return text
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function decodeUtf8(bytes: Uint8Array): string | null {
  try {
    return utf8.decode(bytes)
  } catch {
    return null
  }
}
