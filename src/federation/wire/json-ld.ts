/** JSON-LD for documents that plain reading cannot understand: compaction to the ActivityStreams context, with bundled contexts only. */
import { readFile } from 'node:fs/promises'
import jsonld from 'jsonld'
import type { Json } from './json.ts'

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

/** The document in the ActivityStreams context, or null when it is not JSON-LD that can be read with the bundled contexts. */
export const compacted = (document: Json): Promise<Json | null> => compact(document, ACTIVITYSTREAMS, { documentLoader }).catch(() => null)
