/**
 * Framed records out of chunks as they arrive: exports and the states of audits are both a magic line and then records of
 * type (1 byte) ‖ length of body (uint32, big-endian) ‖ body. Holds one unfinished record, never the file.
 */

export type FileFormat = {
  /** First bytes of the file, any of these, all of one length. */
  readonly magics: readonly Uint8Array[]
  /** The letters that a record can begin with. */
  readonly types: string
  /** Bytes of a body. */
  readonly maxBody: number
  /** What a file is called that begins otherwise: `a VIVIM export`. */
  readonly name: string
}

/** `offset`: bytes from the start of the file. */
export type Frame = { readonly type: string; readonly body: Uint8Array; readonly offset: number }

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

export class FrameReader {
  readonly #format: FileFormat
  #chunks: Uint8Array[] = []
  #held = 0
  #offset = 0
  #begun = false

  constructor(format: FileFormat) {
    this.#format = format
  }

  /** To be called when the chunks end. @throws {FramingError} when they end inside a record */
  end(): void {
    if (!this.#begun) throw new FramingError(0, `the file is too short to be ${this.#format.name}`)
    if (this.#held > 0) throw new FramingError(this.#offset, `the file ends inside a record (${this.#held} bytes of it are there)`)
  }

  /** Whole records that `chunk` completes, in order; their bodies are views. @param chunk attacker-controlled. @throws {FramingError} */
  *push(chunk: Uint8Array): Generator<Frame> {
    this.#chunks.push(chunk)
    this.#held += chunk.length
    if (!this.#begun && !this.#begin()) return
    for (;;) {
      const head = this.#peek(FRAME)
      if (head === null) return
      const type = String.fromCharCode(head[0] ?? 0)
      const length = new DataView(head.buffer, head.byteOffset).getUint32(1)
      if (!this.#format.types.includes(type))
        throw new FramingError(this.#offset, `no record begins with 0x${(head[0] ?? 0).toString(16).padStart(2, '0')}`)
      if (length > this.#format.maxBody) throw new FramingError(this.#offset + 1, `a record of ${length} bytes is too long`)
      const framed = this.#peek(FRAME + length)
      if (framed === null) return
      const offset = this.#offset
      this.#skip(FRAME + length)
      yield { type, body: framed.subarray(FRAME), offset }
    }
  }

  #begin(): boolean {
    const { magics, name } = this.#format
    const [first = new Uint8Array()] = magics
    const magic = this.#peek(first.length)
    if (magic === null) return false
    if (!magics.some((known) => Buffer.compare(known, magic) === 0)) {
      const wrong = magic.findIndex((byte, i) => byte !== first[i])
      throw new FramingError(wrong, `this is not ${name}, of a version that can be read`)
    }
    this.#skip(first.length)
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

/** A record's frame and body. */
export function frame(type: string, body: Uint8Array): Uint8Array {
  const framed = new Uint8Array(FRAME + body.length)
  framed[0] = type.charCodeAt(0)
  new DataView(framed.buffer).setUint32(1, body.length)
  framed.set(body, FRAME)
  return framed
}
