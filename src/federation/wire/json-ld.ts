/** JSON-LD for documents that plain reading cannot understand: compaction to the ActivityStreams context, with bundled contexts only. */
import { readFile } from 'node:fs/promises'
import jsonld from 'jsonld'
import { type Json, type JsonObject, list } from './json.ts'
import { JSON_LD } from './limits.ts'

const ACTIVITYSTREAMS = 'https://www.w3.org/ns/activitystreams'

/** Contexts that come with the program; any other is refused. Sources: src/federation/contexts/README.md */
const BUNDLED: ReadonlyMap<string, string> = new Map([
  [ACTIVITYSTREAMS, 'activitystreams.json'],
  ['http://www.w3.org/ns/activitystreams', 'activitystreams.json'],
  ['https://w3id.org/security/v1', 'security-v1.json'],
  ['https://w3id.org/identity/v1', 'identity-v1.json'],
  ['https://w3id.org/security/data-integrity/v1', 'data-integrity-v1.json'],
  ['https://w3id.org/security/data-integrity/v2', 'data-integrity-v2.json'],
  ['https://w3id.org/security/multikey/v1', 'multikey-v1.json'],
  ['https://www.w3.org/ns/did/v1', 'did-v1.json'],
  ['https://gotosocial.org/ns', 'gotosocial.json'],
  ['https://w3id.org/fep/ef61', 'fep-ef61.json'],
  ['https://w3id.org/fep/7aa9', 'fep-7aa9.json'],
])

const loaded = new Map<string, Promise<object>>()

function context(url: string): Promise<object> {
  const file = BUNDLED.get(url.replace(/[#/]$/, ''))
  if (file === undefined) return Promise.reject(new Error(`the context ${url.slice(0, 200)} is not bundled`))
  const known = loaded.get(file) ?? readFile(new URL(`../contexts/${file}`, import.meta.url), 'utf8').then((text) => JSON.parse(text) as object)
  loaded.set(file, known)
  return known
}

type Compact = (
  document: Json,
  context: string,
  options: { documentLoader: (url: string) => Promise<{ documentUrl: string; document: object }> },
) => Promise<Json>

/** The library's published types know neither bare context URLs nor its promise form. */
const compact = jsonld.compact as unknown as Compact

const documentLoader = async (url: string) => ({ documentUrl: url, document: await context(url) })

/** The document in the ActivityStreams context, or null when it is not JSON-LD that can be read with the bundled contexts and bounded work. */
export async function compacted(document: Json): Promise<Json | null> {
  return isAffordable(document) ? await compact(document, ACTIVITYSTREAMS, { documentLoader }).catch(() => null) : null
}

/** Few values, few contexts, and none inside the definition of a term, where each use would cost as much as a context. @param document measured already */
function isAffordable(document: Json): boolean {
  let values = 0
  let contexts = 0
  let terms = 0

  function context(given: Json | undefined): boolean {
    return list(given).every((one) => {
      contexts++
      if (typeof one !== 'object' || one === null || Array.isArray(one)) return true
      const definitions = Object.values(one as JsonObject)
      terms += definitions.length
      return definitions.every((definition) => typeof definition !== 'object' || definition === null || !('@context' in definition))
    })
  }

  function affordable(value: Json | undefined): boolean {
    if (++values > JSON_LD.values) return false
    if (typeof value !== 'object' || value === null) return true
    if (Array.isArray(value)) return value.every((item: Json) => affordable(item))
    return Object.entries(value).every(([key, item]) => (key === '@context' ? context(item as Json) : affordable(item as Json)))
  }

  return affordable(document) && contexts <= JSON_LD.contexts && terms <= JSON_LD.terms
}
