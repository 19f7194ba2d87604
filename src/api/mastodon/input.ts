/** Readers for what this API's parameters mean, on top of forms.ts: flags, numbers, ids, lists, files, visibilities. Attacker-controlled throughout. */
import type { FastifyRequest } from 'fastify'
import type { Visibility } from '../../events/catalogue.ts'
import { notFound } from '../errors.ts'
import { invalid, isUpload, list, type Params, text, type Upload } from '../forms.ts'

const LARGEST = 2n ** 63n - 1n

/** True for a decimal number that PostgreSQL's bigint holds: what an id of ours may look like. */
export const isId = (value: string): boolean => /^\d{1,19}$/.test(value) && BigInt(value) <= LARGEST

/** The id at `name` in the path. @throws {ApiError} 404 for what cannot be an id */
export function pathId(request: FastifyRequest, name = 'id'): string {
  const value = pathText(request, name)
  if (!isId(value)) throw notFound()
  return value
}

/** What stands at `name` in the path, decoded. @throws {ApiError} 404 for what PostgreSQL cannot even compare */
export function pathText(request: FastifyRequest, name: string): string {
  const value = (request.params as Readonly<Record<string, string>>)[name] ?? ''
  if (value.includes('\0')) throw notFound()
  return value
}

/** An id, or undefined when absent or empty. @throws {ApiError} 422 */
export function id(params: Params, name: string): string | undefined {
  const value = text(params, name)
  if (value === undefined || value === '') return undefined
  if (!isId(value)) throw invalid(name, 'is not an id')
  return value
}

/** Ids of `name[]=…`, each once; empty texts count as absent, as forms send them for an empty list. @throws {ApiError} 422 for what is no id, or for more than `most` */
export function ids(params: Params, name: string, most: number): string[] {
  const values = [...new Set(list(params, name))].filter((value) => value !== '')
  if (values.length > most) throw invalid(name, `has more than ${most} entries`)
  if (!values.every(isId)) throw invalid(name, 'is not a list of ids')
  return values
}

/** One of `choices`; undefined when absent or empty. @throws {ApiError} 422 */
export function choice<T extends string>(params: Params, name: string, choices: readonly T[]): T | undefined {
  const value = text(params, name)
  if (value === undefined || value === '') return undefined
  const chosen = choices.find((option) => option === value)
  if (chosen === undefined) throw invalid(name, `must be one of ${choices.join(', ')}`)
  return chosen
}

export const visibility = (params: Params, name = 'visibility'): Visibility | undefined =>
  choice(params, name, ['public', 'unlisted', 'private', 'direct'])

/** A language as clients name it: ISO 639 with an optional script or region (`en`, `pt-BR`). Undefined when absent, null when empty. @throws {ApiError} 422 */
export function language(params: Params, name = 'language'): string | null | undefined {
  const value = text(params, name)
  if (value === undefined) return undefined
  if (value === '') return null
  if (!/^[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8}){0,3}$/.test(value)) throw invalid(name, 'is not a language')
  return value.replaceAll('_', '-')
}

const FALSE = new Set(['false', 'f', '0', 'off'])

/** Rails' cast: `false f 0 off` in any case are false, everything else is true. Undefined when absent, null or empty. @throws {ApiError} 422 */
export function flag(params: Params, name: string): boolean | undefined {
  const value = text(params, name)
  return value === undefined || value === '' ? undefined : !FALSE.has(value.toLowerCase())
}

/** Whole number. Undefined when absent, null or empty. @throws {ApiError} 422 */
export function integer(params: Params, name: string): number | undefined {
  const value = text(params, name)?.trim()
  if (value === undefined || value === '') return undefined
  const number = Number(value)
  if (!/^[+-]?\d+$/.test(value) || !Number.isSafeInteger(number)) throw invalid(name, 'must be a whole number')
  return number
}

/** The nested record `name[a]=…`. Empty when absent. @throws {ApiError} 422 */
export function record(params: Params, name: string): Params {
  const value = params[name]
  if (value === undefined || value === null) return {}
  if (!isRecord(value)) throw invalid(name, 'must be an object')
  return value
}

/** Records of `name[][a]=…`, `name[0][a]=…` or a JSON array of objects. Undefined when absent. @throws {ApiError} 422 */
export function records(params: Params, name: string): readonly Params[] | undefined {
  const value = params[name]
  if (value === undefined || value === null) return undefined
  const elements: unknown = isRecord(value) ? inOrder(value) : value
  if (!Array.isArray(elements) || !elements.every(isRecord)) throw invalid(name, 'must be a list of objects')
  return elements
}

/** A file. Undefined when absent; an empty text (a form field left empty) counts as absent. @throws {ApiError} 422 */
export function upload(params: Params, name: string): Upload | undefined {
  const value = params[name]
  if (value === undefined || value === null || value === '') return undefined
  if (!isUpload(value)) throw invalid(name, 'must be a file')
  return value
}

const isRecord = (value: unknown): value is Params => typeof value === 'object' && value !== null && !Array.isArray(value) && !isUpload(value)

const inOrder = (numbered: Params): unknown[] =>
  Object.keys(numbered)
    .sort((a, b) => Number(a) - Number(b))
    .map((key) => numbered[key])
