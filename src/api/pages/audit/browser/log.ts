/** The log as it is served: fetched piece by piece, believed only once it adds up. */
import { type Bytes, fromBase64 } from './bytes.ts'
import { type Checkpoint, openCheckpoint, type VerifierKey } from './note.ts'
import { nodeHash, type ReadNode } from './tree.ts'

const WIDTH = 256
const HEIGHT = 8

/** Entries of one bundle, given by their index. */
export class Log {
  readonly #get: typeof fetch
  readonly #tiles = new Map<string, Promise<Bytes>>()

  constructor(get: typeof fetch = (...request) => fetch(...request)) {
    this.#get = get
  }

  async text(path: string): Promise<string> {
    return (await this.#ask(path)).text()
  }

  async json(path: string): Promise<unknown> {
    return (await this.#ask(path)).json()
  }

  async checkpoint(key: VerifierKey): Promise<Checkpoint> {
    return openCheckpoint(await this.text('/log/checkpoint'), key)
  }

  /** Entries [from, to) of the tree of `size`, in order, a bundle at a time. */
  async *entries(from: number, to: number, size: number): AsyncGenerator<Bytes> {
    for (let index = Math.floor(from / WIDTH); index * WIDTH < to; index++) {
      const first = index * WIDTH
      const entries = splitBundle(await this.#bytes(tilePath('entries', index, widthOf(0, index, size))))
      for (const [i, entry] of entries.entries()) if (first + i >= from && first + i < to) yield entry
    }
  }

  /** Hashes of complete subtrees of the tree of `size`, from its tiles. */
  nodes(size: number): ReadNode {
    return async (level, index) => {
      const row = level % HEIGHT
      const across = 2 ** (HEIGHT - row)
      const tile = await this.#tile(Math.floor(level / HEIGHT), Math.floor(index / across), size)
      const first = (index % across) * 2 ** row
      return subtree(Array.from({ length: 2 ** row }, (_, i) => tile.slice((first + i) * 32, (first + i + 1) * 32)))
    }
  }

  #tile(level: number, index: number, size: number): Promise<Bytes> {
    const path = tilePath(level, index, widthOf(level, index, size))
    const known = this.#tiles.get(path) ?? this.#bytes(path)
    this.#tiles.set(path, known)
    return known
  }

  async #bytes(path: string): Promise<Bytes> {
    return new Uint8Array(await (await this.#ask(path)).arrayBuffer())
  }

  async #ask(path: string): Promise<Response> {
    const response = await this.#get(path)
    if (response.ok) return response
    if (response.status === 404) throw new Error('The log has nothing there.')
    if (response.status === 429) throw new Error('Too much at once: wait a minute, then go on.')
    throw new Error(`The instance answered ${response.status} for ${path}.`)
  }
}

/** Hashes as base64, as this API has them. @throws {Error} */
export function hashes(value: unknown): Bytes[] {
  const list = Array.isArray(value) ? value.map((text) => (typeof text === 'string' ? fromBase64(text) : null)) : [null]
  if (!list.every((hash) => hash?.length === 32)) throw new Error('The instance sent a proof that is none.')
  return list as Bytes[]
}

async function subtree(nodes: readonly Bytes[]): Promise<Bytes> {
  const [first] = nodes
  if (first === undefined || nodes.some((node) => node.length !== 32)) throw new Error('The instance sent a tile that is too short.')
  if (nodes.length === 1) return first
  const middle = nodes.length / 2
  return nodeHash(await subtree(nodes.slice(0, middle)), await subtree(nodes.slice(middle)))
}

/** Width of a tile in the tree of `size`: full, or as far as that goes. */
const widthOf = (level: number, index: number, size: number): number => Math.min(WIDTH, Math.floor(size / WIDTH ** level) - index * WIDTH)

/** @see https://c2sp.org/tlog-tiles */
function tilePath(level: number | 'entries', index: number, width: number): string {
  const digits = String(index).padStart(Math.ceil(String(index).length / 3) * 3, '0')
  const groups = digits.match(/\d{3}/g) ?? []
  const name = groups.map((group, i) => (i < groups.length - 1 ? `x${group}` : group)).join('/')
  return `/log/tile/${level}/${name}${width < WIDTH ? `.p/${width}` : ''}`
}

function splitBundle(bundle: Bytes): Bytes[] {
  const entries: Bytes[] = []
  for (let at = 0; at < bundle.length; ) {
    const length = (bundle[at] ?? 0) * 256 + (bundle[at + 1] ?? 0)
    const entry = bundle.slice(at + 2, at + 2 + length)
    if (entry.length !== length) throw new Error('The instance sent a bundle of entries that is cut off.')
    entries.push(entry)
    at += 2 + length
  }
  return entries
}
