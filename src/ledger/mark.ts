/**
 * The mark: the newest checkpoint of this log in a small file beside the database, so that a database put back from a backup is noticed without
 * asking anybody. It is a reminder, not a record: losing it costs nothing but the reminder, so it is written seldom and without waiting for the disk.
 */
import { readFile, rename, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** At most one write in so many ms. */
const PAUSE_MS = 2_000
const NAME = 'log-checkpoint'

export const markPath = (dataDir: string): string => path.join(dataDir, NAME)

/** The note in the mark, as it was left; null when there is none. @throws when it is there and cannot be read */
export async function readMark(dataDir: string): Promise<string | null> {
  try {
    return await readFile(markPath(dataDir), 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}

/** Replaces the mark as a whole: a reader sees the old note or the new one. */
export async function writeMark(dataDir: string, note: string): Promise<void> {
  const file = markPath(dataDir)
  await writeFile(`${file}.new`, note)
  await rename(`${file}.new`, file)
}

export type MarkOptions = {
  readonly dataDir: string
  /** The newest signed checkpoint. */
  readonly newest: () => string
  readonly log: (level: 'warn', message: string, fields: Readonly<Record<string, unknown>>) => void
  readonly pauseMs?: number
}

/** Keeps the mark up to date from when it is told that the log grew. */
export class Marker {
  readonly #options: MarkOptions
  readonly #closing = new AbortController()
  #written: string | null = null
  #running: Promise<void> | null = null

  constructor(options: MarkOptions) {
    this.#options = options
  }

  /** The log grew. Cheap: the file follows soon. */
  readonly grew = (): void => {
    if (this.#closing.signal.aborted) return
    this.#running ??= this.#follow().finally(() => {
      this.#running = null
    })
  }

  /** Writes the last one. Never rejects. */
  async close(): Promise<void> {
    this.#closing.abort()
    await this.#running
    await this.#write()
  }

  async #follow(): Promise<void> {
    while (!this.#closing.signal.aborted && this.#options.newest() !== this.#written) {
      await this.#write()
      await sleep(this.#options.pauseMs ?? PAUSE_MS, undefined, { signal: this.#closing.signal, ref: false }).catch(() => {})
    }
  }

  async #write(): Promise<void> {
    const { dataDir, newest, log } = this.#options
    const note = newest()
    if (note === this.#written) return
    try {
      await writeMark(dataDir, note)
    } catch (error) {
      log('warn', 'the newest checkpoint could not be noted beside the database', { error: String(error) })
    }
    this.#written = note
  }
}
