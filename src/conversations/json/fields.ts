/** Fields of records that nobody has checked: each asked for by its type, and absent when it has another. Pure. */
import type { Json } from '../../events/conversations.ts'

export type JsonObject = { readonly [name: string]: Json }

export const isObject = (value: Json | undefined): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value)
const isList = (value: Json | undefined): value is readonly Json[] => Array.isArray(value)

/** Own members only: `constructor` is no field of anything. */
export const field = (from: Json | undefined, name: string): Json | undefined =>
  isObject(from) && Object.hasOwn(from, name) ? from[name] : undefined

export const objectOf = (from: Json | undefined, name: string): JsonObject | null => {
  const value = field(from, name)
  return isObject(value) ? value : null
}
export const listOf = (from: Json | undefined, name: string): readonly Json[] => {
  const value = field(from, name)
  return isList(value) ? value : []
}
export const objectsOf = (from: Json | undefined, name: string): readonly JsonObject[] => listOf(from, name).filter(isObject)
export const textOf = (from: Json | undefined, name: string): string | null => {
  const value = field(from, name)
  return typeof value === 'string' ? value : null
}
/** Text that says something. */
export const wordsOf = (from: Json | undefined, name: string): string | null => {
  const value = textOf(from, name)
  return value === null || value.trim() === '' ? null : value
}
/** Text, or a number as text: what ids are. */
export const idOf = (from: Json | undefined, name: string): string | null => {
  const value = field(from, name)
  if (typeof value === 'number') return String(value)
  return typeof value === 'string' && value !== '' ? value : null
}
export const numberOf = (from: Json | undefined, name: string): number | null => {
  const value = field(from, name)
  return typeof value === 'number' && Number.isFinite(value) ? value : null
}
/** A count: a whole number that is not negative. */
export const countOf = (from: Json | undefined, name: string): number | undefined => {
  const value = numberOf(from, name)
  return value !== null && Number.isSafeInteger(value) && value >= 0 ? value : undefined
}
export const flagOf = (from: Json | undefined, name: string): boolean => field(from, name) === true

/** All members but these, and but those that say nothing (null, empty text, empty list, empty object). Null when nothing is left. */
export function rest(from: JsonObject, ...understood: readonly string[]): Json {
  const left = Object.entries(from).filter(([name, value]) => !understood.includes(name) && saysSomething(value))
  return left.length === 0 ? null : Object.fromEntries(left)
}

const saysSomething = (value: Json): boolean =>
  value !== null && value !== '' && !(isList(value) && value.length === 0) && !(isObject(value) && Object.keys(value).length === 0)
