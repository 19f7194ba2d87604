/**
 * One spelling for documents that mean the same: the form that plain JSON readers expect.
 *
 * JSON-LD lets a sender write `as:quoteUrl`, `http://joinmastodon.org/ns#featured`, `@id`, or `{"@value": …}` where others write a bare name.
 * Servers that compact with their own context really do so for embedded objects. The table knows the vocabularies of the Fediverse; what it does
 * not know keeps its name and is simply not read.
 */
import { type Json, type JsonObject } from './json.ts'
import { MAX_DEPTH, MAX_ITEMS, MAX_NODES } from './limits.ts'

export const PUBLIC = 'https://www.w3.org/ns/activitystreams#Public'

/** Vocabularies whose terms are read by their bare name, with the prefixes under which they are usually written. */
const VOCABULARIES: readonly (readonly [namespace: string, ...prefixes: string[]])[] = [
  ['https://www.w3.org/ns/activitystreams#', 'as'],
  ['https://w3id.org/security#', 'sec'],
  ['http://joinmastodon.org/ns#', 'toot'],
  ['http://schema.org#', 'schema'],
  ['https://misskey-hub.net/ns#', 'misskey'],
  ['http://fedibird.com/ns#', 'fedibird'],
  ['http://litepub.social/ns#', 'litepub'],
  ['https://gotosocial.org/ns#', 'gts'],
  ['https://w3id.org/fep/044f#'],
  ['http://www.w3.org/ns/ldp#', 'ldp'],
]
const PREFIXES = new Map(VOCABULARIES.flatMap(([, ...prefixes]) => prefixes.map((prefix) => [prefix, true] as const)))
const NAMESPACES = VOCABULARIES.map(([namespace]) => namespace)

const KEYWORDS = new Map([
  ['@id', 'id'],
  ['@type', 'type'],
  ['http://www.w3.org/ns/ldp#inbox', 'inbox'],
  ['ldp:inbox', 'inbox'],
])
const ADDRESSING = new Set(['to', 'cc', 'bto', 'bcc', 'audience'])

/** Beyond what we look at: too deep, too many values. */
export class TooLarge extends Error {}

/** All of a document, also what nobody will read: others walk over it as well. @throws {TooLarge} */
export function measure(document: Json): void {
  let nodes = 0
  const walk = (input: Json | undefined, depth: number): void => {
    if (++nodes > MAX_NODES || depth > MAX_DEPTH) throw new TooLarge('the document is too large or too deep')
    if (typeof input !== 'object' || input === null) return
    const values: readonly (Json | undefined)[] = Array.isArray(input) ? input : Object.values(input)
    if (Array.isArray(input) && values.length > MAX_ITEMS) throw new TooLarge('a list in the document is too long')
    for (const one of values) walk(one, depth + 1)
  }
  walk(document, 0)
}

/** The document in its usual spelling; signatures and proofs must be checked on the original, not on this. @throws {TooLarge} */
export function inUsualSpelling(document: Json): Json {
  function value(input: Json | undefined, depth: number): Json {
    if (input === undefined || input === null || typeof input !== 'object') return input ?? null
    return Array.isArray(input) ? input.map((item) => value(item, depth + 1)) : object(input as JsonObject, depth)
  }

  function object(input: JsonObject, depth: number): Json {
    if ('@value' in input) return value(input['@value'], depth + 1)
    if ('@list' in input) return value(input['@list'], depth + 1)
    if ('@set' in input) return value(input['@set'], depth + 1)
    const output: Record<string, Json> = {}
    for (const key in input) {
      if (key === '__proto__') continue
      const name = term(key)
      const found = value(input[key], depth + 1)
      if (name in output && name !== key) continue // the plain spelling wins
      output[name] = name === 'type' ? types(found) : ADDRESSING.has(name) ? audience(found) : found
    }
    if (depth > 0 && 'type' in output && isBareValue(output)) return output['value'] ?? null
    return output
  }

  measure(document)
  return value(document, 0)
}

/** `{"type": "sec:multibase", "@value": …}` has become `{type, value}` by now when written with `@type`; only these two keys make it one. */
const isBareValue = (object: Record<string, Json>): boolean => object['type'] === 'multibase' && 'value' in object

/** Bare name of a key or type: `as:Note`, `https://www.w3.org/ns/activitystreams#Note` and `Note` are one. */
function term(name: string): string {
  if (!name.includes(':')) return KEYWORDS.get(name) ?? name
  const known = KEYWORDS.get(name)
  if (known !== undefined) return known
  const namespace = NAMESPACES.find((candidate) => name.startsWith(candidate))
  if (namespace !== undefined) return name.slice(namespace.length)
  const colon = name.indexOf(':')
  return PREFIXES.has(name.slice(0, colon)) ? name.slice(colon + 1) : name
}

const types = (found: Json): Json =>
  typeof found === 'string' ? term(found) : Array.isArray(found) ? found.map((item: Json) => (typeof item === 'string' ? term(item) : item)) : found

/** Everybody has one name, whichever of the three spellings the specification allows was used. */
const audience = (found: Json): Json => (Array.isArray(found) ? found.map(everybody) : everybody(found))
const everybody = (found: Json): Json => (found === 'as:Public' || found === 'Public' ? PUBLIC : found)
