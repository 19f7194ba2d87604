/**
 * React Router's turbo-stream, in which ChatGPT's share pages carry their data: one flat list; what is inside an object or a list is told by its
 * index there, and so are the names of members (`_12`); negative indices are values that JSON lacks; later lines (`P3:…`) are promises kept.
 * Attacker-controlled: shared parts may multiply beyond reason, so what comes out is counted. Pure.
 */
import type { Json } from '../../events/conversations.ts'
import { parsed } from '../importers/values.ts'

/** Values that a page may unfold to. */
const MOST = 3_000_000
const DEEPEST = 200

/** What the scripts of a page hand to the stream, in their order: JSON strings, each the argument of `enqueue`. */
export function enqueuedIn(script: string): readonly string[] {
  const found: string[] = []
  const call = 'streamController.enqueue('
  for (let at = script.indexOf(call); at >= 0; at = script.indexOf(call, at + 1)) {
    const from = at + call.length
    if (script[from] !== '"') continue
    const end = afterString(script, from)
    const text = end < 0 ? undefined : parsed(script.slice(from, end))
    if (typeof text === 'string') found.push(text)
    if (end < 0) break
    at = end
  }
  return found
}

function afterString(text: string, from: number): number {
  for (let at = from + 1; at < text.length; at++) {
    if (text[at] === '\\') at++
    else if (text[at] === '"') return at + 1
  }
  return -1
}

/** The value of a stream; null when it is none, unfolds to too much, or contains itself. */
export function decodeTurboStream(stream: string): Json {
  const [head = '', ...later] = stream.split('\n').filter((line) => line.trim() !== '')
  const flat = parsed(head)
  if (!Array.isArray(flat)) return null
  const values: Json[] = [...flat]
  const promises = new Map<number, number>()
  for (const line of later) {
    const [, id, rest = ''] = /^P(\d{1,9}):(.*)$/s.exec(line) ?? []
    const value = parsed(rest)
    if (id === undefined || value === undefined) continue
    promises.set(Number(id), typeof value === 'number' ? value : values.length)
    if (Array.isArray(value)) for (const one of value) values.push(one as Json)
  }
  return new Unfolding(values, promises).value(0)
}

class Unfolding {
  readonly #values: readonly Json[]
  readonly #promises: ReadonlyMap<number, number>
  readonly #known = new Map<number, { readonly value: Json; readonly size: number }>()
  readonly #under = new Set<number>()

  constructor(values: readonly Json[], promises: ReadonlyMap<number, number>) {
    this.#values = values
    this.#promises = promises
  }

  value(index: number): Json {
    const { value, size } = this.#at(index, 0)
    return size > MOST ? null : value
  }

  #at(index: number, depth: number): { readonly value: Json; readonly size: number } {
    const known = this.#known.get(index)
    if (known !== undefined) return known
    const raw = this.#values[index]
    if (index < 0 || raw === undefined || depth > DEEPEST || this.#under.has(index)) return NOTHING
    this.#under.add(index)
    const unfolded = this.#unfold(raw, depth)
    this.#under.delete(index)
    this.#known.set(index, unfolded)
    return unfolded
  }

  #unfold(raw: Json, depth: number): { readonly value: Json; readonly size: number } {
    if (typeof raw !== 'object' || raw === null) return { value: raw, size: 1 }
    let size = 1
    const at = (reference: Json): Json => {
      const inner = this.#at(typeof reference === 'number' ? reference : -5, depth + 1)
      size += inner.size
      return size > MOST ? null : inner.value
    }
    if (Array.isArray(raw)) {
      const [mark, inner] = raw as readonly Json[]
      if (typeof mark === 'string')
        return mark === 'P' ? this.#at(this.#promises.get(Number(inner)) ?? -5, depth + 1) : { value: special(mark, inner), size: 1 }
      return { value: raw.map(at), size }
    }
    const members = Object.entries(raw).map(([name, reference]: [string, Json]): [string, Json] => {
      const key = /^_\d{1,9}$/.test(name) ? this.#values[Number(name.slice(1))] : name
      return [typeof key === 'string' ? key : name, at(reference)]
    })
    return { value: Object.fromEntries(members), size }
  }
}

const NOTHING = { value: null, size: 1 } as const

/** Dates, addresses and large numbers are told as they are written; sets, maps and errors are of no use here. */
const special = (mark: string, inner: Json | undefined): Json =>
  ['D', 'U', 'B'].includes(mark) && (typeof inner === 'string' || typeof inner === 'number') ? inner : null
