/**
 * What belongs together in one vault, learnt from nothing but its own words: latent semantic analysis of three turns at a time, by a truncated
 * singular value decomposition from a fixed seed. The same vault always learns the same. Pure; long, so it is done in steps that can be apart.
 *
 * @see Deerwester et al., "Indexing by latent semantic analysis", 1990; Halko, Martinsson and Tropp, "Finding structure with randomness", 2011
 */
import { Best } from './best.ts'
import { FLAG } from './documents.ts'
import type { Sought } from './question.ts'
import type { TextIndex } from './text-index.ts'

/** Directions that topics differ in. */
const DIMENSIONS = 64
/** Turns that are taken as one text. */
const TURNS = 3
/** Blocks that are learnt from: of more, the newest. */
const MOST_BLOCKS = 12_000
const ROUNDS = 2
/** Terms that are read in one step. */
const A_STEP = 2_000
const SEED = 0x5eed
/** Blocks brought up for a question, and how like it they are at least. */
const MOST_NEAR = 100
const LIKE = 0.2

export type Near = { readonly document: number; readonly likeness: number }

/** Terms by blocks, by term: the blocks that say it, and how much that means there. */
type Matrix = {
  readonly terms: readonly number[]
  readonly starts: Int32Array
  readonly blocks: Int32Array
  readonly values: Float32Array
  readonly size: number
}

export class Topics {
  readonly #directions: ReadonlyMap<number, Float32Array>
  readonly #vectors: Float32Array
  readonly #blocks: readonly (readonly number[])[]

  constructor(directions: ReadonlyMap<number, Float32Array>, vectors: Float32Array, blocks: readonly (readonly number[])[]) {
    this.#directions = directions
    this.#vectors = vectors
    this.#blocks = blocks
  }

  get bytes(): number {
    return this.#directions.size * (DIMENSIONS * 4 + 120) + this.#vectors.byteLength + this.#blocks.length * 60
  }

  /** Documents on the topic of what is sought, the likest first; `likeness` 0 … 1. Those that came later than the learning are not among them. */
  near(sought: readonly Sought[]): readonly Near[] {
    const asked = new Float32Array(DIMENSIONS)
    for (const { terms, rarity } of sought)
      for (const [term, weight] of terms) {
        const direction = this.#directions.get(term)
        if (direction !== undefined) for (let n = 0; n < DIMENSIONS; n++) asked[n] = (asked[n] ?? 0) + rarity * weight * (direction[n] ?? 0)
      }
    if (normalise(asked, 0) === 0) return []
    const best = new Best(MOST_NEAR)
    for (let block = 0; block < this.#blocks.length; block++) {
      const likeness = dot(this.#vectors, block * DIMENSIONS, asked)
      if (likeness > LIKE) best.offer(block, likeness)
    }
    return best.taken().flatMap(({ item, score }) => (this.#blocks[item] ?? []).map((document) => ({ document, likeness: score })))
  }
}

/** Learns, yielding now and then so that others get their turn; returns the topics, null when there is too little to learn from. */
export function* learnTopics(index: TextIndex): Generator<void, Topics | null> {
  const blocks = blocksOf(index)
  const matrix = yield* matrixOf(index, blocks)
  if (matrix.terms.length < DIMENSIONS || blocks.length < DIMENSIONS) return null
  yield
  let basis = randomColumns(matrix.terms.length)
  for (let round = 0; round < ROUNDS; round++) {
    const images: Float64Array[] = []
    for (const column of basis) {
      images.push(toBlocks(matrix, column))
      yield
    }
    basis = []
    for (const column of images) {
      basis.push(toTerms(matrix, column))
      yield
    }
    yield* orthogonalise(basis)
  }
  const directions = new Map(matrix.terms.map((term, row) => [term, Float32Array.from(basis, (column) => column[row] ?? 0)] as const))
  return new Topics(directions, yield* vectorsOf(matrix, basis), blocks)
}

function blocksOf(index: TextIndex): readonly (readonly number[])[] {
  const blocks: number[][] = []
  for (let session = index.documents.sessions.length - 1; session >= 0 && blocks.length < MOST_BLOCKS; session--) {
    let block: number[] = []
    for (const document of index.sessionDocuments(session)) {
      if (block.length === 0) blocks.push(block)
      block.push(document)
      if (block.length === TURNS) block = []
    }
  }
  return blocks
}

/** Weights of tf-idf, of each block together of length 1. Terms of one block tell nothing, those of every fourth nothing either. */
function* matrixOf(index: TextIndex, blocks: readonly (readonly number[])[]): Generator<void, Matrix> {
  const blockOf = new Int32Array(index.documents.size).fill(-1)
  for (const [n, documents] of blocks.entries()) for (const document of documents) blockOf[document] = n
  const terms: number[] = []
  const starts: number[] = [0]
  const [found, values]: [number[], number[]] = [[], []]
  const lengths = new Float64Array(blocks.length)
  for (let term = 0; term < index.lexicon.size; term++) {
    if (term % A_STEP === 0) yield
    if (index.lexicon.termOf(term).startsWith('@')) continue
    const times = timesIn(index, term, blockOf)
    if (times.size < 2 || times.size * 4 > blocks.length) continue
    const rarity = Math.log(blocks.length / times.size)
    for (const [block, said] of times) {
      const value = (1 + Math.log(said)) * rarity
      found.push(block)
      values.push(value)
      lengths[block] = (lengths[block] ?? 0) + value * value
    }
    terms.push(term)
    starts.push(found.length)
  }
  const scaled = Float32Array.from(values, (value, n) => value / Math.sqrt(lengths[found[n] ?? 0] || 1))
  return { terms, starts: Int32Array.from(starts), blocks: Int32Array.from(found), values: scaled, size: blocks.length }
}

function timesIn(index: TextIndex, term: number, blockOf: Int32Array): ReadonlyMap<number, number> {
  const times = new Map<number, number>()
  index.postings.read(term, (document, said) => {
    const block = blockOf[document] ?? -1
    if (block !== -1 && index.documents.is(document, FLAG.alive)) times.set(block, (times.get(block) ?? 0) + said)
  })
  return times
}

function toBlocks({ terms, starts, blocks, values, size }: Matrix, column: Float64Array): Float64Array {
  const made = new Float64Array(size)
  for (let row = 0; row < terms.length; row++) {
    const much = column[row] ?? 0
    const end = starts[row + 1] ?? 0
    for (let at = starts[row] ?? 0; at < end; at++) {
      const block = blocks[at] ?? 0
      made[block] = (made[block] ?? 0) + (values[at] ?? 0) * much
    }
  }
  return made
}

function toTerms({ terms, starts, blocks, values }: Matrix, column: Float64Array): Float64Array {
  const made = new Float64Array(terms.length)
  for (let row = 0; row < terms.length; row++) {
    let sum = 0
    const end = starts[row + 1] ?? 0
    for (let at = starts[row] ?? 0; at < end; at++) sum += (values[at] ?? 0) * (column[blocks[at] ?? 0] ?? 0)
    made[row] = sum
  }
  return made
}

function* vectorsOf(matrix: Matrix, basis: readonly Float64Array[]): Generator<void, Float32Array> {
  const vectors = new Float32Array(matrix.size * DIMENSIONS)
  for (const [n, column] of basis.entries()) {
    const image = toBlocks(matrix, column)
    for (let block = 0; block < matrix.size; block++) vectors[block * DIMENSIONS + n] = image[block] ?? 0
    yield
  }
  for (let block = 0; block < matrix.size; block++) normalise(vectors, block * DIMENSIONS)
  return vectors
}

/** Gram-Schmidt, column by column. */
function* orthogonalise(columns: readonly Float64Array[]): Generator<void> {
  for (const [n, column] of columns.entries()) {
    for (let other = 0; other < n; other++) subtract(column, columns[other] ?? column)
    const length = Math.sqrt(along(column, column)) || 1
    for (let row = 0; row < column.length; row++) column[row] = (column[row] ?? 0) / length
    yield
  }
}

function subtract(column: Float64Array, other: Float64Array): void {
  const much = along(column, other)
  for (let row = 0; row < column.length; row++) column[row] = (column[row] ?? 0) - much * (other[row] ?? 0)
}

function along(column: Float64Array, other: Float64Array): number {
  let sum = 0
  for (let row = 0; row < column.length; row++) sum += (column[row] ?? 0) * (other[row] ?? 0)
  return sum
}

/** A linear congruential generator: the numbers only have to be spread, and to be the same every time. */
function randomColumns(rows: number): Float64Array[] {
  let state = SEED
  const next = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32 - 0.5
  }
  return Array.from({ length: DIMENSIONS }, () => Float64Array.from({ length: rows }, next))
}

function dot(vectors: Float32Array, from: number, other: Float32Array): number {
  let sum = 0
  for (let n = 0; n < DIMENSIONS; n++) sum += (vectors[from + n] ?? 0) * (other[n] ?? 0)
  return sum
}

/** Makes it of length 1. @returns its length before */
function normalise(vectors: Float32Array, from: number): number {
  const length = Math.sqrt(dot(vectors, from, vectors.subarray(from, from + DIMENSIONS)))
  if (length > 0) for (let n = from; n < from + DIMENSIONS; n++) vectors[n] = (vectors[n] ?? 0) / length
  return length
}
