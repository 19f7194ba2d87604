/**
 * Which documents hold a term, and how often: lists that only grow, in one block of memory. The list of a term is a chain of slices, each longer
 * than the one before, so that rare terms cost little and frequent ones are read mostly in one go.
 * Taking a document out is marked elsewhere: its entries stay until the index is made again.
 */

/** Entries of a slice: the first, and the longest. An entry is `document << 8 | times`; the first word of a slice is where the next one begins. */
const FIRST = 2
const LONGEST = 1_024
const MOST_TIMES = 255
/** Documents that can be told apart. */
export const MOST_DOCUMENTS = 1 << 23

export class Postings {
  #pool = new Uint32Array(1 << 14)
  #used = 1
  /** By term: where its list begins, where the next entry goes, where its last slice ends, and how long that is. */
  #heads = new Uint32Array(1 << 10)
  #next = new Uint32Array(1 << 10)
  #ends = new Uint32Array(1 << 10)
  #slices = new Uint16Array(1 << 10)
  /** Documents of a term, those that were taken out included. */
  #counts = new Uint32Array(1 << 10)
  #terms = 0

  get terms(): number {
    return this.#terms
  }

  get bytes(): number {
    return this.#pool.byteLength + this.#heads.byteLength * 4.5
  }

  /** Documents that hold the term, those taken out included. */
  count(term: number): number {
    return term < this.#terms ? (this.#counts[term] ?? 0) : 0
  }

  /** Notes that the document holds the term so many times. A document is noted of a term once. */
  add(term: number, document: number, times: number): void {
    this.#hold(term)
    const at = this.#place(term)
    this.#pool[at] = ((document << 8) | Math.min(times, MOST_TIMES)) >>> 0
    this.#next[term] = at + 1
    this.#counts[term] = (this.#counts[term] ?? 0) + 1
  }

  /** Calls `each` with every document that holds the term, in the order they were added. */
  read(term: number, each: (document: number, times: number) => void): void {
    if (term >= this.#terms) return
    const pool = this.#pool
    const last = this.#ends[term] ?? 0
    const stop = this.#next[term] ?? 0
    let slice = this.#heads[term] ?? 0
    for (let length = FIRST; slice !== 0; length = grown(length)) {
      const end = slice + 1 + length === last ? stop : slice + 1 + length
      for (let at = slice + 1; at < end; at++) {
        const entry = pool[at] ?? 0
        each(entry >>> 8, entry & 0xff)
      }
      slice = pool[slice] ?? 0
    }
  }

  #place(term: number): number {
    const next = this.#next[term] ?? 0
    const end = this.#ends[term] ?? 0
    if (next < end) return next
    const length = end === 0 ? FIRST : grown(this.#slices[term] ?? FIRST)
    const slice = this.#reserve(length + 1)
    if (end === 0) this.#heads[term] = slice
    else this.#pool[end - 1 - (this.#slices[term] ?? 0)] = slice
    this.#slices[term] = length
    this.#ends[term] = slice + 1 + length
    return slice + 1
  }

  #reserve(words: number): number {
    const at = this.#used
    this.#used += words
    if (this.#used > this.#pool.length)
      this.#pool = longer(this.#pool, Math.max(this.#used, this.#pool.length + Math.min(this.#pool.length, 1 << 21)))
    return at
  }

  #hold(term: number): void {
    if (term < this.#terms) return
    this.#terms = term + 1
    if (term < this.#heads.length) return
    const length = Math.max(term + 1, this.#heads.length * 2)
    this.#heads = longer(this.#heads, length)
    this.#next = longer(this.#next, length)
    this.#ends = longer(this.#ends, length)
    this.#counts = longer(this.#counts, length)
    const slices = new Uint16Array(length)
    slices.set(this.#slices)
    this.#slices = slices
  }
}

const grown = (length: number): number => Math.min(length * 2, LONGEST)

function longer(array: Uint32Array<ArrayBuffer>, length: number): Uint32Array<ArrayBuffer> {
  const made = new Uint32Array(length)
  made.set(array)
  return made
}
