/**
 * Reading rows by binary COPY: a third of what a query costs here, because nothing is spelled out as text on the way.
 *
 * @see PostgreSQL documentation: "COPY, Binary Format" and "Message Flow, COPY Operations"
 */
import type pg from 'pg'

/** Signature, flags and header extension. */
const HEADER = 19
const FIRST_SLAB = 64 * 1024

/** The rows of a `select`, in order. @param select  only text made of our own names and numbers: COPY takes no parameters */
export async function copyOut(db: Pick<pg.Pool, 'query'>, select: string): Promise<CopiedRows> {
  const copy = new CopyOut(`copy (${select}) to stdout (format binary)`)
  const query = db.query as unknown as (this: typeof db, submittable: CopyOut) => Promise<unknown> | CopyOut
  const running = query.call(db, copy)
  return running instanceof CopyOut ? await running.done() : await Promise.resolve(running).then(() => copy.rows())
}

/** Rows one after the other: {@link next}, then one call per column. Byte strings are views into one buffer. */
export class CopiedRows {
  readonly #bytes: Buffer
  #at = HEADER

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  /** True when there is another row, and at its beginning. */
  next(): boolean {
    if (this.#at + 2 > this.#bytes.length || this.#bytes.readInt16BE(this.#at) < 0) return false
    this.#at += 2
    return true
  }

  int2(): number {
    this.#at += 6
    return this.#bytes.readInt16BE(this.#at - 2)
  }

  /** @throws {RangeError} beyond 2^53 */
  int8(): number {
    this.#at += 12
    const value = this.#bytes.readInt32BE(this.#at - 8) * 0x1_0000_0000 + this.#bytes.readUInt32BE(this.#at - 4)
    if (!Number.isSafeInteger(value)) throw new RangeError('a number beyond 2^53')
    return value
  }

  bytes(): Buffer {
    return this.bytesOrNull() ?? Buffer.alloc(0)
  }

  bytesOrNull(): Buffer | null {
    const length = this.#bytes.readInt32BE(this.#at)
    this.#at += 4
    if (length < 0) return null
    this.#at += length
    return this.#bytes.subarray(this.#at - length, this.#at)
  }

  /** A bytea of 4 bytes each, big-endian. */
  int4s(): number[] {
    const bytes = this.bytes()
    const values: number[] = []
    for (let at = 0; at < bytes.length; at += 4) values.push(bytes.readInt32BE(at))
    return values
  }
}

type Done = (error: Error | null) => void

/** Collects the data of one COPY. pg calls the handlers; a pool sets `callback`. */
class CopyOut {
  callback: Done | null = null
  readonly #text: string
  #slab = Buffer.allocUnsafeSlow(FIRST_SLAB)
  #length = 0

  constructor(text: string) {
    this.#text = text
  }

  /** When a client, not a pool, runs it. The client has its own end to hear of: it watches the clock until then. */
  done(): Promise<CopiedRows> {
    const ended = this.callback
    return new Promise((resolve, reject) => {
      this.callback = (error) => {
        ended?.(error)
        if (error === null) resolve(this.rows())
        else reject(error)
      }
    })
  }

  rows(): CopiedRows {
    return new CopiedRows(this.#slab.subarray(0, this.#length))
  }

  submit(connection: { query(text: string): void }): void {
    connection.query(this.#text)
  }

  /** The chunk lies in a buffer that is used again for what comes next. */
  handleCopyData({ chunk }: { readonly chunk: Buffer }): void {
    if (this.#length + chunk.length > this.#slab.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(2 * this.#slab.length, this.#length + chunk.length))
      this.#slab.copy(grown, 0, 0, this.#length)
      this.#slab = grown
    }
    this.#slab.set(chunk, this.#length)
    this.#length += chunk.length
  }

  handleError(error: Error): void {
    this.callback?.(error)
  }

  handleReadyForQuery(): void {
    this.callback?.(null)
  }

  // That the COPY begins and ends, and results of other kinds, are of no interest.
  handleCommandComplete(): void {}
  handleRowDescription(): void {}
  handleDataRow(): void {}
  handleEmptyQuery(): void {}
  handlePortalSuspended(): void {}
}
