/** The few best of many: a heap that keeps the worst of them on top. Of equal scores the one offered first, by number, is the better. */

type Entry = { readonly item: number; readonly score: number }

export class Best {
  readonly #limit: number
  readonly #heap: Entry[] = []

  constructor(limit: number) {
    this.#limit = limit
  }

  offer(item: number, score: number): void {
    const worst = this.#heap[0]
    if (this.#heap.length < this.#limit) {
      this.#heap.push({ item, score })
      this.#rise(this.#heap.length - 1)
    } else if (worst !== undefined && better({ item, score }, worst)) {
      this.#heap[0] = { item, score }
      this.#sink(0)
    }
  }

  /** The best, in order. */
  taken(): readonly Entry[] {
    return this.#heap.toSorted((a, b) => (better(a, b) ? -1 : 1))
  }

  #rise(start: number): void {
    for (let at = start; at > 0; ) {
      const parent = (at - 1) >> 1
      if (!this.#swapIfWorse(at, parent)) return
      at = parent
    }
  }

  #sink(start: number): void {
    for (let at = start; ; ) {
      const left = 2 * at + 1
      const right = left + 1
      const [one, other] = [this.#heap[left], this.#heap[right]]
      if (one === undefined) return
      const worse = other !== undefined && better(one, other) ? right : left
      if (!this.#swapIfWorse(worse, at)) return
      at = worse
    }
  }

  /** Puts the worse of both nearer the top. */
  #swapIfWorse(below: number, above: number): boolean {
    const [low, high] = [this.#heap[below], this.#heap[above]]
    if (low === undefined || high === undefined || !better(high, low)) return false
    this.#heap[below] = high
    this.#heap[above] = low
    return true
  }
}

const better = (a: Entry, b: Entry): boolean => a.score > b.score || (a.score === b.score && a.item < b.item)
