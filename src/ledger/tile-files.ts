/**
 * Expanded tiles in files beside the database, one file per level: what a proof needs of any tile is one short read away, however large the
 * log. Disposable: whatever is missing, torn or of another history is made again from the database.
 *
 *   slot (16,384 bytes) = expanded tile ‖ SHA-256 of it
 */
import { hash } from 'node:crypto'
import { closeSync, mkdirSync, openSync, readSync, writeSync } from 'node:fs'
import path from 'node:path'
import type { Log } from './log.ts'
import { EXPANDED_BYTES } from './tlog/expanded-tile.ts'

const CHECK = 32
const SLOT = EXPANDED_BYTES + CHECK

export class TileFiles {
  readonly #directory: string
  readonly #log: Log
  readonly #files = new Map<number, number>()
  #broken = false
  #closed = false

  /** @param directory  of its own; made when the first tile is kept */
  constructor(directory: string, log: Log) {
    this.#directory = directory
    this.#log = log
  }

  /** What was kept of this tile, or null. It is whole, but may be of another history: compare its root. About 15 µs. */
  read(level: number, index: number): Uint8Array | null {
    const file = this.#file(level)
    if (file === null) return null
    const slot = Buffer.allocUnsafe(SLOT)
    try {
      if (readSync(file, slot, 0, SLOT, index * SLOT) < SLOT) return null
    } catch (error) {
      return this.#fail(error)
    }
    const expanded = slot.subarray(0, EXPANDED_BYTES)
    return Buffer.compare(hash('sha256', expanded, 'buffer'), slot.subarray(EXPANDED_BYTES)) === 0 ? expanded : null
  }

  /** Keeps a tile; the disk may take its time. */
  keep(level: number, index: number, expanded: Uint8Array): void {
    const file = this.#file(level)
    if (file === null) return
    const slot = Buffer.concat([expanded, hash('sha256', expanded, 'buffer')])
    try {
      writeSync(file, slot, 0, SLOT, index * SLOT)
    } catch (error) {
      this.#fail(error)
    }
  }

  close(): void {
    this.#closed = true
    for (const file of this.#files.values()) closeSync(file)
    this.#files.clear()
  }

  #file(level: number): number | null {
    if (this.#broken || this.#closed) return null
    const known = this.#files.get(level)
    if (known !== undefined) return known
    try {
      mkdirSync(this.#directory, { recursive: true })
      const file = openSync(path.join(this.#directory, `level-${level}`), 'a+')
      closeSync(file)
      const opened = openSync(path.join(this.#directory, `level-${level}`), 'r+')
      this.#files.set(level, opened)
      return opened
    } catch (error) {
      return this.#fail(error)
    }
  }

  /** Proofs are slower without, and as right. */
  #fail(error: unknown): null {
    if (!this.#broken) this.#log('warn', 'tiles are not kept in files', { directory: this.#directory, error: String(error) })
    this.#broken = true
    return null
  }
}
