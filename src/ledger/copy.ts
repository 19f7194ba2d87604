/**
 * One transaction in one round trip: statements and binary COPYs sent as a single simple query, which PostgreSQL runs as one transaction.
 *
 * The data follows the query at once, without waiting for the server to ask for it: it finds each COPY's data already there when it comes to
 * it, and when a statement fails it ignores the data of the COPYs that it never came to. Waiting would cost a round trip per table.
 *
 * @see PostgreSQL documentation: "COPY, Binary Format" and "Message Flow, Simple Query, COPY Operations"
 */
import type pg from 'pg'

const SIGNATURE = Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1')
const TRAILER = Buffer.from([0xff, 0xff])
/** Head of a CopyData message: `d` and its length, which counts itself. */
const FRAME = 5
const COPY_DONE = Buffer.from([0x63, 0, 0, 0, 4])
/** A buffer that grew beyond this is not kept for the next batch. */
const KEPT = 4 * 1024 * 1024

/** Rows for one table, encoded as they are added, as the messages that carry them. Used again for the next batch. */
export class CopyRows {
  readonly statement: string
  readonly #columns: number
  #buffer = Buffer.allocUnsafeSlow(16_384)
  #length = 0
  #rows = 0

  constructor(table: string, columns: readonly string[]) {
    this.statement = `copy ${table} (${columns.join(', ')}) from stdin (format binary)`
    this.#columns = columns.length
    this.reset()
  }

  /** Forgets all rows. What {@link finish} gave must have been sent. */
  reset(): this {
    if (this.#buffer.length > KEPT) this.#buffer = Buffer.allocUnsafeSlow(16_384)
    this.#length = FRAME
    this.#rows = 0
    this.#put(SIGNATURE)
    return this
  }

  get rows(): number {
    return this.#rows
  }

  /** Begins a row; exactly one value per column must follow. */
  row(): this {
    this.#rows++
    this.#reserve(2)
    this.#length = this.#buffer.writeInt16BE(this.#columns, this.#length)
    return this
  }

  int2(value: number): this {
    this.#reserve(6)
    this.#length = this.#buffer.writeInt16BE(value, this.#buffer.writeInt32BE(2, this.#length))
    return this
  }

  int4(value: number): this {
    this.#reserve(8)
    this.#length = this.#buffer.writeInt32BE(value, this.#buffer.writeInt32BE(4, this.#length))
    return this
  }

  int8(value: number): this {
    this.#reserve(12)
    this.#buffer.writeInt32BE(8, this.#length)
    this.#buffer.writeInt32BE(Math.floor(value / 0x1_0000_0000), this.#length + 4)
    this.#length = this.#buffer.writeUInt32BE(value % 0x1_0000_0000, this.#length + 8)
    return this
  }

  bytes(value: Uint8Array | null): this {
    this.#reserve(4)
    this.#length = this.#buffer.writeInt32BE(value === null ? -1 : value.length, this.#length)
    if (value !== null) this.#put(value)
    return this
  }

  /** A bytea of 4 bytes each, big-endian. */
  int4s(values: readonly number[]): this {
    this.#reserve(4 + 4 * values.length)
    this.#length = this.#buffer.writeInt32BE(4 * values.length, this.#length)
    for (const value of values) this.#length = this.#buffer.writeInt32BE(value, this.#length)
    return this
  }

  text(value: string): this {
    this.#reserve(4 + 3 * value.length)
    const written = this.#buffer.write(value, this.#length + 4)
    this.#buffer.writeInt32BE(written, this.#length)
    this.#length += 4 + written
    return this
  }

  /** The messages CopyData and CopyDone, in one piece that is overwritten after {@link reset}. Call once. */
  finish(): Uint8Array {
    this.#put(TRAILER)
    this.#buffer[0] = 0x64
    this.#buffer.writeInt32BE(this.#length - 1, 1)
    this.#put(COPY_DONE)
    return this.#buffer.subarray(0, this.#length)
  }

  #put(bytes: Uint8Array): void {
    this.#reserve(bytes.length)
    this.#buffer.set(bytes, this.#length)
    this.#length += bytes.length
  }

  #reserve(more: number): void {
    if (this.#length + more <= this.#buffer.length) return
    const grown = Buffer.allocUnsafeSlow(Math.max(this.#buffer.length * 2, this.#length + more))
    this.#buffer.copy(grown, 0, 0, this.#length)
    this.#buffer = grown
  }
}

/**
 * Resolves when the server has committed everything; rejects when nothing, or nobody knows what, was stored.
 *
 * @param statements  run first, in order, without parameters: only text made of our own numbers and hashes
 * @param copies      tables without rows are left out
 */
export function transact(client: pg.ClientBase, statements: readonly string[], copies: readonly CopyRows[]): Promise<void> {
  const filled = copies.filter((copy) => copy.rows > 0)
  const text = [...statements, ...filled.map((copy) => copy.statement)].join(';\n')
  const streams = filled.map((copy) => copy.finish())
  return new Promise((resolve, reject) => {
    client.query(new CopyTransaction(text, streams, (error) => (error === null ? resolve() : reject(error))) as unknown as pg.Submittable)
  })
}

/** The part of pg's connection that a query in COPY mode needs. */
type Connection = {
  readonly stream: { cork(): void; uncork(): void; write(bytes: Uint8Array): boolean }
  query(text: string): void
}

class CopyTransaction {
  /** Called once it is over; pg wraps it to stop its clock. */
  callback: (error: Error | null) => void
  readonly #text: string
  readonly #streams: readonly Uint8Array[]

  constructor(text: string, streams: readonly Uint8Array[], callback: (error: Error | null) => void) {
    this.#text = text
    this.#streams = streams
    this.callback = callback
  }

  submit(connection: Connection): void {
    connection.stream.cork()
    connection.query(this.#text)
    for (const stream of this.#streams) connection.stream.write(stream)
    connection.stream.uncork()
  }

  handleError(error: Error): void {
    this.callback(error)
  }

  handleReadyForQuery(): void {
    this.callback(null)
  }

  // That the server comes to a COPY, and the results of the statements, are of no interest.
  handleCopyInResponse(): void {}
  handleRowDescription(): void {}
  handleDataRow(): void {}
  handleCommandComplete(): void {}
  handleEmptyQuery(): void {}
}
