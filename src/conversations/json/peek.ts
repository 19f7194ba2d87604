/**
 * A look at the beginning of a file, enough to tell what it is: its form, and as much of its JSON as fits into the first bytes. An unfinished
 * record is shown as far as it goes. For detection only: what is recorded is read whole.
 */
import type { Json } from '../../events/conversations.ts'
import type { Archive } from '../importers/importer.ts'

export type Peek = {
  /** `list`, `object`: JSON; `lines`: a JSON value on each line; `binary`: with bytes that no text has. */
  readonly form: 'list' | 'object' | 'lines' | 'html' | 'text' | 'binary' | 'empty'
  /** The items of a list, the object, or the lines, as far as they were seen; the last may be unfinished. Empty for other forms. */
  readonly values: readonly Json[]
  /** The first characters. */
  readonly text: string
}

const PEEK = 64 * 1024

const seen = new WeakMap<Archive, Map<string, Promise<Peek>>>()

/** Remembered for each archive: every importer looks at the same files. */
export function peek(archive: Archive, path: string): Promise<Peek> {
  const known = seen.get(archive) ?? new Map<string, Promise<Peek>>()
  seen.set(archive, known)
  const peeked = known.get(path) ?? archive.head(path, PEEK).then(peekAt)
  known.set(path, peeked)
  return peeked
}

/** Members whose names end so (lower case, e.g. `.json`), each with a look at it; one that is alone, whatever it is called. */
export async function peekAll(archive: Archive, ...endings: readonly string[]): Promise<readonly (readonly [path: string, peek: Peek])[]> {
  const isAlone = archive.members.length === 1
  const named = archive.members.filter(({ path }) => isAlone || endings.some((ending) => path.toLowerCase().endsWith(ending)))
  const looks: (readonly [string, Peek])[] = []
  for (const { path } of named) looks.push([path, await peek(archive, path)])
  return looks
}

const utf8 = new TextDecoder('utf-8')

/** Pure. @param head  the first bytes of a file */
export function peekAt(head: Uint8Array): Peek {
  const text = utf8.decode(head)
  const start = text.trimStart()
  const other = (form: Peek['form']): Peek => ({ form, values: [], text })
  if (start === '') return other('empty')
  if (head.includes(0)) return other('binary')
  if (start.startsWith('[')) return { form: 'list', values: listed(begun(start)), text }
  if (start.startsWith('{')) return { ...objects(start), text }
  if (/^(<!doctype html|<html|<head|<body|<div|<meta)/i.test(start)) return other('html')
  return other('text')
}

const listed = (value: Json | undefined): readonly Json[] => (Array.isArray(value) ? value : [])

/** One object, or one on each line. */
function objects(text: string): Pick<Peek, 'form' | 'values'> {
  const [first = '', ...others] = text.split('\n').filter((line) => line.trim() !== '')
  const next = others[0]?.trimStart() ?? ''
  if (parsed(first) !== undefined && (next === '' || next.startsWith('{'))) {
    const values = [first, ...others].map(begun).filter((value) => value !== undefined)
    return { form: others.length === 0 ? 'object' : 'lines', values }
  }
  const value = begun(text)
  return { form: 'object', values: value === undefined ? [] : [value] }
}

function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json
  } catch {
    return undefined
  }
}

/** JSON that breaks off, as far as it goes: cut after its last complete value, and closed. */
export function begun(text: string): Json | undefined {
  const whole = parsed(text)
  if (whole !== undefined) return whole
  const { cuts } = openAt(text)
  for (const { at, closing } of cuts) {
    const value = parsed(text.slice(0, at) + closing)
    if (value !== undefined) return value
  }
  return undefined
}

type Cut = { readonly at: number; readonly closing: string }

/** Places where the text could be cut so that it is JSON again once it is closed, the last first; a few are enough. */
function openAt(text: string): { readonly cuts: readonly Cut[] } {
  const open: string[] = []
  const cuts: Cut[] = []
  const cut = (at: number) => {
    cuts.push({ at, closing: open.toReversed().join('') })
    if (cuts.length > 64) cuts.splice(0, 32)
  }
  for (let at = 0; at < text.length; at++) {
    const character = text[at] ?? ''
    if (character === '"') {
      at = afterString(text, at)
      if (at >= text.length) break
    } else if (character === '{' || character === '[') {
      open.push(character === '{' ? '}' : ']')
      cut(at + 1)
    } else if (character === '}' || character === ']') {
      open.pop()
      cut(at + 1)
      if (open.length === 0) break // what follows belongs to something else
    } else if (character === ',') cut(at)
  }
  return { cuts: cuts.toReversed() }
}

/** Of the quote that ends the string beginning at `from`. */
function afterString(text: string, from: number): number {
  let at = from + 1
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1
  return at
}
