/** The terms of an index, numbered; found again by how they begin, or by how nearly they are spelled. */

/** Terms that are looked through for one word. */
const MOST_LOOKED = 50_000

export class Lexicon {
  readonly #numbers = new Map<string, number>()
  readonly #terms: string[] = []
  /** By their first two characters. */
  readonly #beginnings = new Map<string, number[]>()
  #bytes = 0

  get size(): number {
    return this.#terms.length
  }

  get bytes(): number {
    return this.#bytes
  }

  numberOf(term: string): number | undefined {
    return this.#numbers.get(term)
  }

  termOf(number: number): string {
    return this.#terms[number] ?? ''
  }

  /** The number of the term, which is given one when it has none. */
  add(term: string): number {
    const known = this.#numbers.get(term)
    if (known !== undefined) return known
    const number = this.#terms.push(term) - 1
    this.#numbers.set(term, number)
    const beginning = term.slice(0, 2)
    const others = this.#beginnings.get(beginning)
    if (others === undefined) this.#beginnings.set(beginning, [number])
    else others.push(number)
    this.#bytes += 90 + term.length
    return number
  }

  /** Numbers of terms that begin so. @param beginning  two characters or more */
  beginning(beginning: string): readonly number[] {
    return this.#near(beginning).filter((number) => this.termOf(number).startsWith(beginning))
  }

  /**
   * The term that was probably meant: one edit away, two for words of eight letters and more, the first two letters right.
   * Of several, the one in most documents.
   *
   * @param count  in how many documents a term is
   */
  nearest(word: string, count: (term: number) => number): string | null {
    const allowed = word.length >= 8 ? 2 : 1
    let best: { readonly number: number; readonly edits: number; readonly count: number } | null = null
    for (const number of this.#near(word)) {
      const term = this.termOf(number)
      if (Math.abs(term.length - word.length) > allowed) continue
      const edits = editsBetween(word, term, allowed)
      if (edits > allowed || count(number) === 0) continue
      if (best === null || edits < best.edits || (edits === best.edits && count(number) > best.count)) best = { number, edits, count: count(number) }
    }
    return best === null ? null : this.termOf(best.number)
  }

  #near(word: string): readonly number[] {
    return (this.#beginnings.get(word.slice(0, 2)) ?? []).slice(0, MOST_LOOKED)
  }
}

/** Insertions, deletions, replacements and swapped neighbours that make one word the other; more than `most` is `most + 1`. */
export function editsBetween(one: string, other: string, most: number): number {
  let before: number[] = []
  let row = Array.from({ length: other.length + 1 }, (_, n) => n)
  for (let i = 1; i <= one.length; i++) {
    const next = [i]
    for (let j = 1; j <= other.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (one[i - 1] === other[j - 1] ? 0 : 1)
      const swapped =
        i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1] ? (before[j - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY
      next.push(Math.min(replaced, swapped, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    if (Math.min(...next) > most) return most + 1
    before = row
    row = next
  }
  return row[other.length] ?? most + 1
}
