/**
 * JSON of strangers: typed access that never throws. ActivityStreams lets every property be a value, an object, a link or an array of these,
 * so each reader here takes whatever is there and gives back what it can.
 */
import { MAX_ADDRESSED, MAX_IRI } from './limits.ts'

export type Json = null | boolean | number | string | readonly Json[] | JsonObject
export type JsonObject = { readonly [key: string]: Json | undefined }

export const isObject = (value: Json | undefined): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value)

/** The value as a list: nothing, one or many. */
export const list = (value: Json | undefined): readonly Json[] =>
  value === undefined || value === null ? [] : Array.isArray(value) ? value : [value]

export const first = (value: Json | undefined): Json | undefined => list(value)[0]

export const objects = (value: Json | undefined): JsonObject[] => list(value).filter(isObject)

/** An absolute http(s) URL without credentials or control characters, exactly as written, or null: ids are compared as text. */
export function iri(value: Json | undefined): string | null {
  if (typeof value !== 'string' || Buffer.byteLength(value) > MAX_IRI || !/^https?:\/\/[^\p{Cc}\p{Cs}]+$/iu.test(value) || !URL.canParse(value))
    return null
  const { username, password, hostname } = new URL(value)
  return username === '' && password === '' && hostname !== '' ? value : null
}

/** The id of what stands there: a bare IRI, an object's `id`, or a Link's `href`. */
export function idOf(value: Json | undefined): string | null {
  const one = first(value)
  if (!isObject(one)) return iri(one)
  return iri(one['id']) ?? iri(one['href'])
}

/** Every id there, each once, of the first thousand. */
export const idsOf = (value: Json | undefined): string[] => [
  ...new Set(
    list(value)
      .slice(0, MAX_ADDRESSED)
      .flatMap((one) => idOf(one) ?? []),
  ),
]

/** Text, cut to `max` characters (never inside a surrogate pair); the first one when there are several. */
export function text(value: Json | undefined, max: number): string | null {
  const one = first(value)
  if (typeof one !== 'string') return null
  const wellFormed = one.toWellFormed().replaceAll('\u0000', '')
  return wellFormed.length <= max ? wellFormed : wellFormed.slice(0, max).replace(/[\uD800-\uDBFF]$/, '')
}

/** The value of a natural-language property: plain, or the first of its language map. */
export function natural(object: JsonObject, key: string, max: number): { readonly text: string; readonly language: string | null } | null {
  const plain = text(object[key], max)
  const map = object[`${key}Map`]
  const entries = isObject(map) ? Object.entries(map).filter((entry): entry is [string, string] => typeof entry[1] === 'string') : []
  const same = entries.find(([, value]) => text(value, max) === plain) ?? (entries.length === 1 || plain === null ? entries[0] : undefined)
  const chosen = plain ?? (same === undefined ? null : text(same[1], max))
  return chosen === null ? null : { text: chosen, language: same === undefined ? null : languageTag(same[0]) }
}

/** A BCP 47 tag of sane length, or null (`und` says nothing). */
const languageTag = (tag: string): string | null => (/^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,4}$/.test(tag) && tag !== 'und' ? tag : null)

/** The types, without repetitions, those of other vocabularies left as they are. */
export const typesOf = (object: JsonObject): string[] => list(object['type']).filter((type): type is string => typeof type === 'string')

/** A point in time as milliseconds since the epoch, or null, also for times before it: nobody was there. Accepts `xsd:dateTime`, nanoseconds included. */
export function time(value: Json | undefined): number | null {
  const one = first(value)
  if (typeof one !== 'string' || one.length > 64 || !/^\d{4}-\d{2}-\d{2}T/.test(one)) return null
  const ms = Date.parse(one)
  return ms >= 0 ? ms : null
}

export const wholeNumber = (value: Json | undefined, max: number): number | null =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= max ? value : null

/** Host and port of a URL already checked by `iri`: the unit of authority between servers. */
export const originOf = (id: string): string => new URL(id).origin

export const sameOrigin = (a: string, b: string): boolean => originOf(a) === originOf(b)
