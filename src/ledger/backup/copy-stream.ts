/**
 * Whole tables through one COPY each, in binary form, with only a few pieces in memory however large the table is.
 *
 * @see PostgreSQL documentation: "COPY" and "Message Flow, COPY Operations"
 */
import { once } from 'node:events'
import type { Socket } from 'node:net'
import type pg from 'pg'

/** Bytes of a piece, about. */
const PIECE = 1024 * 1024

/** The part of pg's connection that a COPY needs. */
type Connection = {
  readonly stream: Socket
  query(text: string): void
  sendCopyFromChunk(chunk: Uint8Array): void
  endCopyFrom(): void
  sendCopyFail(message: string): void
}

/**
 * What `copy … to stdout` says, in pieces of about a megabyte. The server is read no faster than the pieces are taken; whoever stops taking
 * them waits until the server is done.
 */
export async function* copyOut(client: pg.ClientBase, statement: string): AsyncGenerator<Uint8Array> {
  const copy = new CopyOut(statement)
  client.query(copy as unknown as pg.Submittable)
  try {
    for (let piece = await copy.next(); piece !== null; piece = await copy.next()) yield piece
  } finally {
    await copy.abandon()
  }
}

/** Feeds `copy … from stdin`. Rejects with what went wrong first, here or at the source; then nothing was stored. @returns rows stored */
export async function copyIn(client: pg.ClientBase, statement: string, pieces: AsyncIterable<Uint8Array>): Promise<number> {
  const copy = new CopyIn(statement, pieces)
  client.query(copy as unknown as pg.Submittable)
  return copy.done
}

class CopyOut {
  /** Called once it is over; pg wraps it to stop its clock. */
  callback: () => void = () => {}
  readonly #text: string
  #stream: Socket | null = null
  #pieces: Uint8Array[] = []
  #piece = Buffer.allocUnsafe(PIECE)
  #length = 0
  #over: { readonly error: Error | null } | null = null
  #abandoned = false
  #wake: () => void = () => {}

  constructor(text: string) {
    this.#text = text
  }

  /** The next piece; null at the end. @throws what the server said */
  async next(): Promise<Uint8Array | null> {
    for (;;) {
      const piece = this.#pieces.shift()
      if (piece !== undefined) return piece
      if (this.#over !== null && this.#over.error !== null) throw this.#over.error
      if (this.#over !== null) return null
      await this.#more()
    }
  }

  /** Lets the server finish, and forgets what it says. */
  async abandon(): Promise<void> {
    this.#abandoned = true
    while (this.#over === null) await this.#more()
  }

  submit(connection: Connection): void {
    this.#stream = connection.stream
    connection.query(this.#text)
  }

  /** The bytes are the parser's, which reuses them: they are copied. */
  handleCopyData({ chunk }: { readonly chunk: Uint8Array }): void {
    if (this.#abandoned) return
    if (this.#length + chunk.length > this.#piece.length) this.#flush(chunk.length)
    this.#piece.set(chunk, this.#length)
    this.#length += chunk.length
  }

  handleError(error: Error): void {
    this.#end(error)
  }

  handleReadyForQuery(): void {
    this.#flush(0)
    this.#end(null)
  }

  handleCommandComplete(): void {}

  #flush(next: number): void {
    if (this.#length > 0) this.#pieces.push(this.#piece.subarray(0, this.#length))
    this.#piece = Buffer.allocUnsafe(Math.max(PIECE, next))
    this.#length = 0
    if (this.#pieces.length > 1) this.#stream?.pause()
    this.#wake()
  }

  #end(error: Error | null): void {
    this.#over ??= { error }
    this.callback()
    this.#wake()
  }

  #more(): Promise<void> {
    this.#stream?.resume()
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }
}

class CopyIn {
  callback: () => void = () => {}
  readonly done: Promise<number>
  readonly #text: string
  readonly #pieces: AsyncIterable<Uint8Array>
  #rows = 0
  #isOver = false
  /** Why we broke it off ourselves. */
  #reason: unknown = null
  #resolve: (rows: number) => void = () => {}
  #reject: (reason: unknown) => void = () => {}

  constructor(text: string, pieces: AsyncIterable<Uint8Array>) {
    this.#text = text
    this.#pieces = pieces
    this.done = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
  }

  submit(connection: Connection): void {
    connection.query(this.#text)
  }

  handleCopyInResponse(connection: Connection): void {
    void this.#send(connection)
  }

  handleCommandComplete({ text }: { readonly text: string }): void {
    this.#rows = Number(/\d+$/.exec(text)?.[0])
  }

  handleError(error: Error): void {
    this.#isOver = true
    this.callback()
    this.#reject(this.#reason ?? error)
  }

  handleReadyForQuery(): void {
    this.#isOver = true
    this.callback()
    this.#resolve(this.#rows)
  }

  async #send(connection: Connection): Promise<void> {
    try {
      for await (const piece of this.#pieces) {
        if (this.#isOver) return
        connection.sendCopyFromChunk(piece)
        if (connection.stream.writableNeedDrain) await Promise.race([once(connection.stream, 'drain'), this.done])
      }
      if (!this.#isOver) connection.endCopyFrom()
    } catch (reason) {
      this.#reason ??= reason
      if (!this.#isOver) connection.sendCopyFail('the source of the rows failed')
    }
  }
}
