/** Records out of the chunks of an export, as they arrive: holds one unfinished record, never the file. */
import { decodeBody, EXPORT_MAGIC, type ExportRecord, MAX_BODY, READABLE_MAGICS } from './export-format.ts'

/** A record whose frame is whole and whose body is not: the audit names it and reads on behind it. */
export type Malformed = { readonly is: 'malformed'; readonly type: string; readonly detail: string }

/** The framing is lost: nothing behind `offset` (bytes from the start of the file) can be read. */
export class FramingError extends Error {
  override readonly name = 'FramingError'
  readonly offset: number
  constructor(offset: number, message: string) {
    super(`byte ${offset}: ${message}`)
    this.offset = offset
  }
}

const FRAME = 5
const TYPES = 'HCBPKTE'

export class RecordReader {
  #chunks: Uint8Array[] = []
  #held = 0
  #offset = 0
  #begun = false

  /** To be called when the chunks end. @throws {FramingError} when they end inside a record */
  end(): void {
    if (!this.#begun) throw new FramingError(0, 'the file is too short to be an export')
    if (this.#held > 0) throw new FramingError(this.#offset, `the file ends inside a record (${this.#held} bytes of it are there)`)
  }

  /** Whole records that `chunk` completes, in order. @throws {FramingError} */
  *push(chunk: Uint8Array): Generator<ExportRecord | Malformed> {
    this.#chunks.push(chunk)
    this.#held += chunk.length
    if (!this.#begun && !this.#begin()) return
    for (;;) {
      const head = this.#peek(FRAME)
      if (head === null) return
      const type = String.fromCharCode(head[0] ?? 0)
      const length = new DataView(head.buffer, head.byteOffset).getUint32(1)
      if (!TYPES.includes(type)) throw new FramingError(this.#offset, `no record begins with 0x${(head[0] ?? 0).toString(16).padStart(2, '0')}`)
      if (length > MAX_BODY) throw new FramingError(this.#offset + 1, `a record of ${length} bytes is too long`)
      const framed = this.#peek(FRAME + length)
      if (framed === null) return
      const offset = this.#offset
      this.#skip(FRAME + length)
      yield parsed(type, framed.subarray(FRAME), offset)
    }
  }

  #begin(): boolean {
    const magic = this.#peek(EXPORT_MAGIC.length)
    if (magic === null) return false
    if (!READABLE_MAGICS.some((known) => Buffer.compare(known, magic) === 0)) {
      const wrong = magic.findIndex((byte, i) => byte !== EXPORT_MAGIC[i])
      throw new FramingError(wrong, 'this is not a VIVIM export that can be read, version 1 or 2')
    }
    this.#skip(EXPORT_MAGIC.length)
    this.#begun = true
    return true
  }

  /** The next `length` bytes in one piece, or null while they are not all here. Joins chunks only when a record spans them. */
  #peek(length: number): Uint8Array | null {
    if (this.#held < length) return null
    const [first] = this.#chunks
    if (first !== undefined && first.length >= length) return first.subarray(0, length)
    const joined = Buffer.concat(this.#chunks, this.#held)
    this.#chunks = [joined]
    return joined.subarray(0, length)
  }

  #skip(length: number): void {
    const first = this.#chunks[0]
    this.#held -= length
    this.#offset += length
    if (first === undefined || this.#held === 0) this.#chunks = []
    else this.#chunks[0] = first.subarray(length)
  }
}

function parsed(type: string, body: Uint8Array, offset: number): ExportRecord | Malformed {
  try {
    return decodeBody(type, body)
  } catch (error) {
    return { is: 'malformed', type, detail: `byte ${offset}: ${error instanceof Error ? error.message : String(error)}` }
  }
}
