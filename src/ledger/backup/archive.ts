/**
 * What is in a backup, as a sequence of files:
 *
 *   manifest.json                    what it is a backup of
 *   secret                           the instance secret, 32 bytes
 *   tables/<schema>.<table>/000000…  the table's binary COPY, cut into pieces; the head of the log last
 *   assets/<path>, media/<path>      files as they lie in the data directory
 *
 * @see docs/formats.md, "Backup file"
 */
import { type Table } from './tables.ts'

export type ArchiveFile = { readonly name: string; readonly bytes: Uint8Array }

export const FORMAT = 'vivim-backup/1'
export const MANIFEST = 'manifest.json'
export const SECRET = 'secret'

export type Manifest = {
  readonly format: typeof FORMAT
  /** Version of VIVIM that made it. */
  readonly software: string
  /** ISO 8601. */
  readonly made: string
  /** First line of the log's checkpoints. */
  readonly origin: string
  readonly size: number
  /** Newest signed checkpoint; null when the log was still without. */
  readonly checkpoint: string | null
  /** Names of the migrations that made the tables. */
  readonly migrations: readonly string[]
  readonly tables: readonly Table[]
}

export const pieceName = ({ name }: Table, n: number): string => `tables/${name}/${String(n).padStart(6, '0')}`

/** @param bytes  of manifest.json, authentic but perhaps of another version. @returns null when this version cannot read the backup */
export function parseManifest(bytes: Uint8Array): Manifest | null {
  const manifest = JSON.parse(Buffer.from(bytes).toString()) as Manifest
  return manifest.format === FORMAT ? manifest : null
}

/** Files of an archive one after another, with a look at the next: what is read of a table ends where another file begins. */
export class ArchiveReader {
  readonly #files: AsyncIterator<ArchiveFile>
  #next: ArchiveFile | null = null
  #isOver = false

  constructor(files: AsyncIterable<ArchiveFile>) {
    this.#files = files[Symbol.asyncIterator]()
  }

  /** The next file, left where it is; null at the end. */
  async peek(): Promise<ArchiveFile | null> {
    if (this.#next !== null || this.#isOver) return this.#next
    const { value, done } = await this.#files.next()
    this.#isOver = done === true
    this.#next = done === true ? null : value
    return this.#next
  }

  async take(): Promise<ArchiveFile | null> {
    const file = await this.peek()
    this.#next = null
    return file
  }

  /** Bytes of the files that come now and whose names begin so. */
  async *under(prefix: string): AsyncGenerator<Uint8Array> {
    for (let file = await this.peek(); file?.name.startsWith(prefix); file = await this.peek()) {
      this.#next = null
      yield file.bytes
    }
  }

  /** Stops reading, whatever is left. */
  async close(): Promise<void> {
    await this.#files.return?.()
  }
}
