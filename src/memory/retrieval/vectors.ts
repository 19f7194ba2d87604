/** The vectors of one vault by one model, as bytes, and which of them are nearest: every one is looked at, so that none is missed. Pure. */
import { Best } from './best.ts'

/** Vectors brought up for a question. */
const MOST_NEAR = 200

export type Nearest = { readonly id: string; readonly likeness: number }

export class Vectors {
  readonly model: string
  readonly dimensions: number
  #values: Int8Array
  readonly #ids: string[] = []
  readonly #places = new Map<string, number>()

  constructor(model: string, dimensions: number) {
    this.model = model
    this.dimensions = dimensions
    this.#values = new Int8Array(dimensions * 64)
  }

  get size(): number {
    return this.#places.size
  }

  get bytes(): number {
    return this.#values.byteLength + this.#ids.length * 130
  }

  /** Takes the place of what the id had. Vectors of another length are not taken. */
  set(id: string, bytes: Int8Array): void {
    if (bytes.length !== this.dimensions) return
    const place = this.#places.get(id) ?? this.#ids.push(id) - 1
    this.#places.set(id, place)
    this.#hold((place + 1) * this.dimensions)
    this.#values.set(bytes, place * this.dimensions)
  }

  /** What is left of it is overwritten. */
  remove(id: string): void {
    const place = this.#places.get(id)
    if (place === undefined) return
    this.#places.delete(id)
    this.#ids[place] = ''
    this.#values.fill(0, place * this.dimensions, (place + 1) * this.dimensions)
  }

  /** The nearest, with their likeness from 1, of the very nearest, down to 0. */
  near(question: Float32Array): readonly Nearest[] {
    if (question.length !== this.dimensions) return []
    const asked = quantised(question)
    const best = new Best(MOST_NEAR)
    for (const [place, id] of this.#ids.entries()) if (id !== '') best.offer(place, this.#dot(place, asked))
    const found = best.taken()
    const [most, least] = [found[0]?.score ?? 1, found.at(-1)?.score ?? 0]
    return found.map(({ item, score }) => ({ id: this.#ids[item] ?? '', likeness: most > least ? (score - least) / (most - least) : 1 }))
  }

  #dot(place: number, asked: Int8Array): number {
    const values = this.#values
    let sum = 0
    for (let n = 0, at = place * this.dimensions; n < this.dimensions; n++, at++) sum += (values[at] ?? 0) * (asked[n] ?? 0)
    return sum
  }

  #hold(length: number): void {
    if (length <= this.#values.length) return
    const longer = new Int8Array(Math.max(length, this.#values.length * 2))
    longer.set(this.#values)
    this.#values = longer
  }
}

/** Standard deviations that a byte reaches to: of one scale for all vectors, so that they compare. */
const REACH = 4

/** The direction of a vector in a byte per dimension. */
export function quantised(vector: Float32Array): Int8Array {
  const length = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0)) || 1
  const scale = (127 * Math.sqrt(vector.length)) / (REACH * length)
  return Int8Array.from(vector, (value) => Math.max(-127, Math.min(127, Math.round(value * scale))))
}
