/** At most so many at a time; the rest wait in line, and beyond a bound they are sent away. */
import { unavailable } from '../errors.ts'

export class Gate {
  readonly #width: number
  readonly #longestLine: number
  readonly #line: (() => void)[] = []
  #inside = 0

  constructor(width: number, longestLine = 64) {
    this.#width = width
    this.#longestLine = longestLine
  }

  /** @throws {ApiError} 503 when the line is too long */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#inside >= this.#width) await this.#wait()
    else this.#inside += 1
    try {
      return await work()
    } finally {
      const next = this.#line.shift()
      if (next === undefined) this.#inside -= 1
      else next()
    }
  }

  #wait(): Promise<void> {
    if (this.#line.length >= this.#longestLine) throw unavailable('Too many uploads at once')
    return new Promise((resolve) => this.#line.push(resolve))
  }
}
