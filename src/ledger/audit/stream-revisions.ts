/**
 * Revisions of every stream of a log, in flat memory: 20 bytes per slot whatever the names are, so that millions of streams fit.
 *
 * Open addressing over the first 128 bits of SHA-256(name). Two names that met there would be taken for one; finding such a pair costs 2^64
 * hashes.
 */
import { hash } from 'node:crypto'

const WORDS = 5
const REVISION = 4
const MAX_LOAD = 0.6

export class StreamRevisions {
  #slots: Uint32Array
  #capacity: number
  #count = 0
  /** A condition on a stream and an event of it come one after the other: the last name stays hashed. */
  #last: { readonly stream: string; readonly key: Uint32Array } | null = null

  /** @param capacity  slots to begin with, a power of two */
  constructor(capacity = 1024) {
    this.#capacity = capacity
    this.#slots = new Uint32Array(capacity * WORDS)
  }

  /** Number of streams that have an event. */
  get count(): number {
    return this.#count
  }

  /** Revision of the newest event of a stream, from 0; null when it has none. */
  get(stream: string): number | null {
    const revision = this.#slots[this.#find(this.#key(stream)) + REVISION] ?? 0
    return revision === 0 ? null : revision - 1
  }

  /** Adds one event and gives the revision it makes. */
  advance(stream: string): number {
    const key = this.#key(stream)
    let at = this.#find(key)
    if (this.#slots[at + REVISION] === 0) {
      if (++this.#count > this.#capacity * MAX_LOAD) {
        this.#grow()
        at = this.#find(key)
      }
      this.#slots.set(key, at)
    }
    const revision = this.#slots[at + REVISION] ?? 0
    this.#slots[at + REVISION] = revision + 1
    return revision
  }

  /** The slots in use, to go on from another time: 20 bytes per stream. */
  save(): Uint32Array {
    const used = new Uint32Array(this.#count * WORDS)
    let next = 0
    for (let at = 0; at < this.#slots.length; at += WORDS) {
      if (this.#slots[at + REVISION] === 0) continue
      used.set(this.#slots.subarray(at, at + WORDS), next)
      next += WORDS
    }
    return used
  }

  /** As {@link StreamRevisions.save} gave it. */
  load(used: Uint32Array): void {
    while (used.length / WORDS > this.#capacity * MAX_LOAD) this.#capacity *= 2
    this.#slots = new Uint32Array(this.#capacity * WORDS)
    this.#count = used.length / WORDS
    for (let at = 0; at < used.length; at += WORDS) this.#slots.set(used.subarray(at, at + WORDS), this.#find(used.subarray(at, at + WORDS)))
  }

  #key(stream: string): Uint32Array {
    if (this.#last?.stream !== stream) this.#last = { stream, key: words(Buffer.from(hash('sha256', stream, 'binary'), 'binary')) }
    return this.#last.key
  }

  /** Offset of the stream's slot, or of the free one where it belongs. Stored revisions count from 1; 0 marks a free slot. */
  #find(key: Uint32Array): number {
    for (let slot = (key[0] ?? 0) & (this.#capacity - 1); ; slot = (slot + 1) & (this.#capacity - 1)) {
      const at = slot * WORDS
      if (this.#slots[at + REVISION] === 0 || this.#holds(at, key)) return at
    }
  }

  #holds(at: number, key: Uint32Array): boolean {
    return this.#slots[at] === key[0] && this.#slots[at + 1] === key[1] && this.#slots[at + 2] === key[2] && this.#slots[at + 3] === key[3]
  }

  #grow(): void {
    const old = this.#slots
    this.#capacity *= 2
    this.#slots = new Uint32Array(this.#capacity * WORDS)
    for (let at = 0; at < old.length; at += WORDS) {
      if (old[at + REVISION] === 0) continue
      const slot = old.subarray(at, at + WORDS)
      this.#slots.set(slot, this.#find(slot))
    }
  }
}

function words(digest: Buffer): Uint32Array {
  return Uint32Array.of(digest.readUInt32LE(0), digest.readUInt32LE(4), digest.readUInt32LE(8), digest.readUInt32LE(12))
}
