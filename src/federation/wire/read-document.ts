/**
 * From received bytes to a document in its usual spelling, plus the document exactly as it was parsed (proofs are checked on that one).
 * Plain JSON is the hot path; only what stays without type or id is given to a JSON-LD processor, loaded when the first such document comes.
 */
import { inUsualSpelling, TooLarge } from './aliases.ts'
import { iri, isObject, type Json, type JsonObject, list } from './json.ts'

export type Understood =
  | { readonly ok: true; readonly document: JsonObject; readonly original: JsonObject }
  | { readonly ok: false; readonly tooLarge: boolean; readonly reason: string }

const utf8 = new TextDecoder('utf-8', { fatal: true })

export type Reading = {
  /** Properties without which plain reading has not understood the document, besides `id` and `type`. */
  readonly needed?: readonly string[]
  /** Asked before the processor, which is slow, is used: is the sender worth it? Default: yes. */
  readonly trusted?: () => Promise<boolean>
}

/** Never throws: whatever the bytes are, there is a document or a reason. */
export async function readDocument(bytes: Uint8Array, { needed = [], trusted = async () => true }: Reading = {}): Promise<Understood> {
  const parsed = parse(bytes)
  if (!parsed.ok) return parsed
  const { json } = parsed
  try {
    const plain = readPlain(json)
    if (plain.ok && needed.every((key) => plain.document[key] !== undefined)) return plain
    const only = onlyObject(json)
    if (only === null || !mayBeJsonLd(only) || !(await trusted())) return plain
    return (await readAsJsonLd(only)) ?? plain
  } catch (error) {
    if (error instanceof TooLarge) return { ok: false, tooLarge: true, reason: error.message }
    throw error
  }
}

function parse(bytes: Uint8Array): { readonly ok: true; readonly json: Json } | (Understood & { readonly ok: false }) {
  try {
    return { ok: true, json: JSON.parse(utf8.decode(bytes)) as Json }
  } catch (error) {
    return { ok: false, tooLarge: false, reason: error instanceof SyntaxError ? 'the body is not JSON' : 'the body is not UTF-8' }
  }
}

const NOT_UNDERSTOOD: Understood = { ok: false, tooLarge: false, reason: 'the document has no id or no type that we understand' }

/** @throws {TooLarge} */
function readPlain(json: Json): Understood {
  const spelled = inUsualSpelling(json)
  return isObject(json) && isObject(spelled) && isUnderstood(spelled) ? { ok: true, document: spelled, original: json } : NOT_UNDERSTOOD
}

const isUnderstood = (document: JsonObject): boolean =>
  list(document['type']).some((type) => typeof type === 'string' && !type.includes(':')) && iri(document['id']) !== null

/** Compacted to the ActivityStreams context; contexts come with the program and are never fetched. */
async function readAsJsonLd(original: JsonObject): Promise<Understood | null> {
  const { compacted } = await import('./json-ld.ts')
  const document = await compacted(original)
  const spelled = document === null ? null : inUsualSpelling(document)
  return spelled !== null && isObject(spelled) && isUnderstood(spelled) ? { ok: true, document: spelled, original } : null
}

/** The one object there is, alone in an array as expanded documents are. Of several, one could carry the proof and another the words. */
function onlyObject(json: Json): JsonObject | null {
  const [one, ...others] = list(json)
  return isObject(one) && others.length === 0 ? one : null
}

/** Without a context and without absolute names there is nothing that JSON-LD could tell us. */
const mayBeJsonLd = (document: JsonObject): boolean =>
  '@context' in document || Object.keys(document).some((key) => key.includes(':') || key.startsWith('@'))
