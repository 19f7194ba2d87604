/**
 * Foreign text and JSON, made to fit what can be recorded: Unicode that is none is replaced, and what is too long is moved to a file beside the
 * conversation, whole. Both are told. Pure.
 */
import { hash } from 'node:crypto'
import type { Block, Json } from '../events/conversations.ts'
import { assetIdOf } from '../events/identifiers.ts'
import { LIMITS } from '../events/limits.ts'

/** Something that was too long to be part of a message. */
export type Spill = { readonly assetId: string; readonly sha256: string; readonly bytes: Uint8Array; readonly name: string; readonly mime: string }

/** Most of one message, in characters, before its longest blocks are moved: all of it goes into one commit. */
const LONGEST_MESSAGE = 4_000_000

export class Fitting {
  readonly #accountId: string
  readonly spills: Spill[] = []
  /** How many texts had characters that are none. */
  replaced = 0

  constructor(accountId: string) {
    this.#accountId = accountId
  }

  /** A short text: cut, without a word. */
  label(text: string | null, most: number = LIMITS.name): string | null {
    return text === null ? null : this.#text(text).slice(0, most).toWellFormed()
  }

  /** JSON beside what is understood. What is too long or too deep is moved to a file. */
  json(value: Json, name: string): Json {
    const clean = this.#clean(value)
    if (clean === null || typeof clean !== 'object')
      return typeof clean === 'string' && clean.length > LIMITS.extra ? this.#moved(clean, name) : clean
    return fits(clean) ? clean : this.#moved(JSON.stringify(clean), name)
  }

  blocks(blocks: readonly Block[]): readonly Block[] {
    const fitted = this.#few(blocks).map((block) => this.#block(block, 3))
    let left = LONGEST_MESSAGE
    return fitted.map((block) => {
      const size = sizeOf(block)
      if (size <= left) {
        left -= size
        return block
      }
      return this.#spilled(JSON.stringify(block), `${block.t}.json`, 'application/json')
    })
  }

  #few(blocks: readonly Block[]): readonly Block[] {
    if (blocks.length <= LIMITS.blocks) return blocks
    const rest = JSON.stringify(this.#clean(blocks.slice(LIMITS.blocks - 1) as unknown as Json))
    return [...blocks.slice(0, LIMITS.blocks - 1), this.#spilled(rest, 'blocks.json', 'application/json')]
  }

  #block(block: Block, depth: number): Block {
    if (block.t === 'tool_result') {
      const content = depth === 0 ? [] : this.#few(block.content).map((inner) => this.#block(inner, depth - 1))
      const deeper =
        depth === 0 && block.content.length > 0 ? [this.#spilled(JSON.stringify(block.content), 'tool-result.json', 'application/json')] : []
      return { ...this.#fields(block), content: [...content, ...deeper] } as unknown as Block
    }
    const [text, name] = longText(block)
    return text.length > LIMITS.message ? this.#spilled(text, name, 'text/plain') : (this.#fields(block) as unknown as Block)
  }

  /** Every member by its kind: labels are cut, words are cleaned, JSON is fitted. */
  #fields(block: Block): Record<string, unknown> {
    return Object.fromEntries(
      Object.entries(block).map(([name, value]: [string, Json]) => {
        if (JSON_FIELDS.has(name)) return [name, this.json(value, `${block.t}-${name}.json`)]
        if (typeof value === 'string') return [name, LABELS.has(name) ? this.label(value, LABELS.get(name)) : this.#text(value)]
        if (name === 'citations' && Array.isArray(value)) return [name, value.slice(0, LIMITS.citations).map((one: Json) => this.#short(one))]
        if (name === 'queries' && Array.isArray(value))
          return [
            name,
            value.slice(0, LIMITS.citations).map((one: Json) => this.label(typeof one === 'string' ? one : JSON.stringify(one), LIMITS.note)),
          ]
        if (name === 'results' && Array.isArray(value)) return [name, value.slice(0, LIMITS.citations).map((one: Json) => this.#short(one))]
        return [name, name === 'asset' ? this.#short(value) : value]
      }),
    )
  }

  /** A flat record of short texts. */
  #short(record: Json): Json {
    if (record === null || typeof record !== 'object') return record
    return Object.fromEntries(
      Object.entries(record).map(([name, value]: [string, Json]) => [
        name,
        typeof value === 'string' ? this.label(value, SHORT.get(name) ?? LIMITS.url) : value,
      ]),
    )
  }

  #text(text: string): string {
    if (text.isWellFormed() && !text.includes('\0')) return text
    this.replaced++
    return text.toWellFormed().replaceAll('\0', '\ufffd')
  }

  #clean(value: Json): Json {
    if (typeof value === 'string') return this.#text(value)
    if (value === null || typeof value !== 'object') return value
    if (Array.isArray(value)) return value.map((item: Json) => this.#clean(item))
    return Object.fromEntries(Object.entries(value).map(([name, item]: [string, Json]) => [this.#text(name), this.#clean(item)]))
  }

  #moved(text: string, name: string): Json {
    const { assetId, bytes } = this.#kept(text, name, 'application/json')
    return { movedToAsset: assetId, bytes: bytes.length }
  }

  #spilled(text: string, name: string, mime: string): Block {
    const { assetId, bytes } = this.#kept(this.#text(text), name, mime)
    return {
      t: 'file',
      asset: { assetId, pointer: null, name, mime, bytes: bytes.length, state: 'stored' },
      alt: 'Too long to be part of the message',
    }
  }

  #kept(text: string, name: string, mime: string): Spill {
    const bytes = Buffer.from(text)
    const sha256 = hash('sha256', bytes)
    const spill = { assetId: assetIdOf(this.#accountId, sha256), sha256, bytes, name, mime }
    this.spills.push(spill)
    return spill
  }
}

const JSON_FIELDS = new Set(['extra', 'args', 'structured', 'patch', 'raw'])
/** Members of blocks that are names, and how long they may be; the others are words. */
const LABELS = new Map<string, number>([
  ['t', 40],
  ['lang', LIMITS.name],
  ['filename', LIMITS.uri],
  ['callId', LIMITS.uri],
  ['name', LIMITS.name],
  ['server', LIMITS.uri],
  ['artifactId', LIMITS.uri],
  ['version', LIMITS.uri],
  ['kind', LIMITS.name],
  ['title', LIMITS.name],
  ['nativeType', LIMITS.name],
])
/** The same of citations, results and files. */
const SHORT = new Map<string, number>([
  ['title', LIMITS.note],
  ['snippet', LIMITS.message],
  ['refId', LIMITS.uri],
  ['published', LIMITS.name],
  ['name', LIMITS.uri],
  ['mime', 200],
])

/** The text that a block is mostly made of, and what to call it as a file. */
function longText(block: Block): readonly [text: string, name: string] {
  switch (block.t) {
    case 'text':
      return [block.text, block.format === 'markdown' ? 'text.md' : block.format === 'html' ? 'text.html.txt' : 'text.txt']
    case 'code':
    case 'error':
      return [block.text, `${block.t}.txt`]
    case 'reasoning':
      return [(block.text?.length ?? 0) >= (block.summary?.length ?? 0) ? (block.text ?? '') : (block.summary ?? ''), 'reasoning.txt']
    case 'artifact':
      return [block.content ?? '', 'artifact.txt']
    case 'image':
    case 'audio':
    case 'video':
    case 'file':
      return [block.transcript ?? '', 'transcript.txt']
    default:
      return ['', '']
  }
}

/** In characters, roughly. */
export function sizeOf(value: unknown): number {
  if (typeof value === 'string') return value.length
  if (value === null || typeof value !== 'object') return 8
  return Object.entries(value).reduce((sum, [name, item]) => sum + name.length + sizeOf(item), 8)
}

/** As schema.ts counts. */
function fits(value: Json): boolean {
  let left: number = LIMITS.extra
  const walk = (item: Json, depth: number): boolean => {
    if (depth > LIMITS.depth) return false
    left -= typeof item === 'string' ? item.length + 8 : 8
    if (left < 0) return false
    if (item === null || typeof item !== 'object') return true
    return Object.entries(item).every(([name, inner]: [string, Json]) => walk(name, depth) && walk(inner, depth + 1))
  }
  return walk(value, 0)
}
