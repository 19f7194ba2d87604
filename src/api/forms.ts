/**
 * Parameters as Mastodon clients send them: query, form, multipart or JSON, nested by brackets (Rails' rules). Pure.
 * Parsing is `parseForm` and `nest`; reading is `text`, `requiredText`, `list`, each of which answers 422 on a wrong type.
 */
import type { FastifyRequest } from 'fastify'
import { ApiError, unprocessable } from './errors.ts'

/** A file of a multipart request, whole in memory: its size is limited in bodies.ts. `type` is only what the client claims. */
export type Upload = { readonly filename: string; readonly type: string; readonly bytes: Buffer }

/** Attacker-controlled: read it through the functions of this file. */
export type Params = Readonly<Record<string, unknown>>

const MAX_PAIRS = 1_000
const MAX_DEPTH = 6

/** Query and body together, as Rails' `params`; the body wins. */
export function paramsOf(request: FastifyRequest): Params {
  return Object.assign(emptyRecord(), request.query, isRecord(request.body) ? request.body : undefined)
}

/**
 * Decodes `a=1&b[]=2&c[d]=3&e[][id]=4`. A repeated plain name keeps its last value; `e[][id]` starts a new element when the last one has it.
 *
 * @throws {ApiError} 400 when it is not UTF-8, too long, too deep, or names one thing as two shapes
 */
export function parseForm(encoded: string): Params {
  if (encoded === '') return emptyRecord()
  const pairs = encoded.split('&', MAX_PAIRS + 1)
  if (pairs.length > MAX_PAIRS) throw new ApiError(400, 'Too many parameters')
  return nest(pairs.filter((pair) => pair !== '').map(decodePair))
}

/** Builds the nested value from names with brackets. `value` may be an upload. */
export function nest(pairs: readonly (readonly [name: string, value: unknown])[]): Params {
  const root = emptyRecord()
  for (const [name, value] of pairs) insert(root, pathOf(name), value)
  return root
}

function decodePair(pair: string): [string, string] {
  const at = pair.indexOf('=')
  return at < 0 ? [decode(pair), ''] : [decode(pair.slice(0, at)), decode(pair.slice(at + 1))]
}

function decode(value: string): string {
  try {
    return withoutNull(decodeURIComponent(value.replaceAll('+', ' ')))
  } catch (error) {
    throw error instanceof ApiError ? error : new ApiError(400, 'The request is not valid UTF-8')
  }
}

/** No text here has a null character: databases and C libraries end at it. @throws {ApiError} 400 */
export function withoutNull(text: string): string {
  if (text.includes('\0')) throw new ApiError(400, 'The request contains null characters')
  return text
}

/** `a[b][]` → ['a', 'b', '']. A name whose brackets do not match up is taken literally. */
function pathOf(name: string): string[] {
  const match = /^([^[\]]+)((?:\[[^[\]]*\])*)$/.exec(name)
  if (match === null) return [name]
  const [, base = '', brackets = ''] = match
  const path = [base, ...[...brackets.matchAll(/\[([^[\]]*)\]/g)].map(([, key = '']) => key)]
  if (path.length > MAX_DEPTH) throw new ApiError(400, 'Parameters are nested too deeply')
  return path
}

type Node = Record<string, unknown> | unknown[]

/** Walks to where the value belongs, making records and arrays on the way. */
function insert(root: Record<string, unknown>, path: readonly string[], value: unknown): void {
  let node: Node = root
  for (const [index, key] of path.entries()) {
    const rest = path.slice(index + 1)
    if (rest.length === 0) return put(node, key, value)
    node = Array.isArray(node) ? elementFor(node, rest) : childOf(node, key, rest)
  }
}

function put(node: Node, key: string, value: unknown): void {
  if (Array.isArray(node)) node.push(value)
  else if (isNode(node[key])) throw conflict(key)
  else node[key] = value
}

function childOf(node: Record<string, unknown>, key: string, rest: readonly string[]): Node {
  const child = (node[key] ??= emptyNode(rest))
  if (!isNode(child) || Array.isArray(child) !== (rest[0] === '')) throw conflict(key)
  return child
}

/** The element of an array that `rest` goes into: its last one, or a new one when the last has that name already. */
function elementFor(array: unknown[], rest: readonly string[]): Node {
  const last = array.at(-1)
  const [key = ''] = rest
  if (isRecord(last) && key !== '' && !(key in last && rest.length === 1)) return last as Record<string, unknown>
  const element = emptyNode(rest)
  array.push(element)
  return element
}

const emptyNode = (rest: readonly string[]): Node => (rest[0] === '' ? [] : emptyRecord())
/** Without a prototype, so that no parameter name means anything special. */
const emptyRecord = (): Record<string, unknown> => Object.create(null) as Record<string, unknown>
const isRecord = (value: unknown): value is Params => typeof value === 'object' && value !== null && !Array.isArray(value) && !isUpload(value)
const isNode = (value: unknown): value is Node => Array.isArray(value) || isRecord(value)
const conflict = (key: string): ApiError => new ApiError(400, `The parameter ${JSON.stringify(key)} is given in two shapes`)

export const isUpload = (value: unknown): value is Upload =>
  typeof value === 'object' && value !== null && 'bytes' in value && Buffer.isBuffer(value.bytes)

/** Text; numbers and booleans of JSON count as their text. Undefined when absent or null. @throws {ApiError} 422 */
export function text(params: Params, name: string): string | undefined {
  const value = params[name]
  if (value === undefined || value === null) return undefined
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  if (typeof value !== 'string') throw invalid(name, 'must be text')
  return value
}

/** Text that must be there and not blank. @throws {ApiError} 422 */
export function requiredText(params: Params, name: string): string {
  const value = text(params, name)
  if (value === undefined || value.trim() === '') throw invalid(name, "can't be blank")
  return value
}

/** Texts of `name[]=…`, `name[0]=…`, a JSON array, or one plain value. Empty when absent. @throws {ApiError} 422 */
export function list(params: Params, name: string): string[] {
  return elements(params, name).flatMap((value) => text({ [name]: value }, name) ?? [])
}

/** An array, a record with numbers as names (in their order), or one value. */
function elements(params: Params, name: string): readonly unknown[] {
  const value = params[name]
  if (value === undefined || value === null) return []
  if (Array.isArray(value)) return value
  if (!isRecord(value)) return [value]
  const keys = Object.keys(value)
  if (!keys.every((key) => /^\d{1,6}$/.test(key))) throw invalid(name, 'must be a list')
  return keys.sort((a, b) => Number(a) - Number(b)).map((key) => value[key])
}

/** 422 in Mastodon's words, with the attribute named in `details`. */
export function invalid(name: string, description: string): ApiError {
  const label = name.charAt(0).toUpperCase() + name.slice(1).replaceAll('_', ' ')
  return unprocessable(`Validation failed: ${label} ${description}`, { details: { [name]: [{ error: 'ERR_INVALID', description }] } })
}
