/** The rest of the world for a test: documents by URL, and strangers who sign. No sockets. */
import { generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto'
import type { InboxAnswer } from '../../../src/federation/inbox.ts'
import { withProof } from '../../../src/federation/proof/eddsa-jcs.ts'
import { formatMultikey } from '../../../src/federation/proof/multikey.ts'
import { signedHeaders } from '../../../src/federation/signature/sign.ts'
import type { JsonObject } from '../../../src/federation/wire/json.ts'
import { type Fetch, FetchFault } from '../../../src/host/fetch.ts'
import type { FederatingInstance } from './instance.ts'

export type Elsewhere = Fetch & {
  /** What a URL answers. */
  serve(url: string, document: JsonObject): void
  remove(url: string): void
  /** URLs asked for so far. */
  readonly asked: string[]
}

/** Knows nothing until told. Unknown URLs answer 404, unknown hosts do not answer. */
export function elsewhere(): Elsewhere {
  const documents = new Map<string, JsonObject>()
  const asked: string[] = []
  return {
    asked,
    serve: (url, document) => void documents.set(url, document),
    remove: (url) => void documents.delete(url),
    async request(url) {
      const { origin } = new URL(url)
      const plain = url.replace(/#.*$/, '')
      asked.push(plain)
      const document = documents.get(plain)
      if (document !== undefined)
        return { status: 200, url: plain, headers: { 'content-type': 'application/activity+json' }, body: Buffer.from(JSON.stringify(document)) }
      if (![...documents.keys()].some((known) => known.startsWith(`${origin}/`))) throw new FetchFault('RETRY_LATER', 'no such host')
      return { status: 404, url: plain, headers: {}, body: Buffer.alloc(0) }
    },
    stream: () => Promise.reject(new FetchFault('RETRY_LATER', 'no such host')),
    schemeFor: () => 'https',
    close: async () => {},
  }
}

/** Something a stranger says, by its id. */
export type Said = JsonObject & { readonly id: string }

export type Stranger = {
  readonly uri: string
  readonly keyId: string
  readonly document: JsonObject
  readonly key: KeyObject
  /** An activity of theirs: id and actor are filled in. */
  activity(type: string, rest: JsonObject): Said
  note(rest: JsonObject): Said
  /** The same with a proof of theirs. @param options of the proof, signed with it, e.g. `expires` */
  proven(document: JsonObject, options?: JsonObject): JsonObject
  /** New keys, published or not. */
  rotate(publish: boolean): void
}

/** Somebody at another server, whose documents the world serves. */
export function stranger(world: Elsewhere, uri: string, rest: JsonObject = {}): Stranger {
  const { origin } = new URL(uri)
  const username = uri.split('/').at(-1) ?? 'somebody'
  const keyId = `${uri}#main-key`
  const ed = generateKeyPairSync('ed25519')
  let rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const document = (): JsonObject => ({
    '@context': ['https://www.w3.org/ns/activitystreams', 'https://w3id.org/security/v1'],
    id: uri,
    type: 'Person',
    preferredUsername: username,
    name: username,
    inbox: `${uri}/inbox`,
    outbox: `${uri}/outbox`,
    followers: `${uri}/followers`,
    endpoints: { sharedInbox: `${origin}/inbox` },
    publicKey: { id: keyId, owner: uri, publicKeyPem: rsa.publicKey.export({ type: 'spki', format: 'pem' }).toString() },
    assertionMethod: [
      {
        id: `${uri}#ed25519-key`,
        type: 'Multikey',
        controller: uri,
        publicKeyMultibase: formatMultikey(Buffer.from(ed.publicKey.export({ format: 'jwk' }).x ?? '', 'base64url')),
      },
    ],
    ...rest,
  })
  world.serve(uri, document())
  return {
    uri,
    keyId,
    get document() {
      return document()
    },
    get key() {
      return rsa.privateKey
    },
    activity: (type, more) => ({
      '@context': 'https://www.w3.org/ns/activitystreams',
      id: `${uri}/activities/${randomUUID()}`,
      type,
      actor: uri,
      ...more,
    }),
    note: (more) => ({
      id: `${uri}/notes/${randomUUID()}`,
      type: 'Note',
      attributedTo: uri,
      to: 'https://www.w3.org/ns/activitystreams#Public',
      content: '<p>hello</p>',
      ...more,
    }),
    proven: (plain, more = {}) => withProof(plain, ed.privateKey, `${uri}#ed25519-key`, Date.now(), more),
    rotate(publish) {
      rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
      if (publish) world.serve(uri, document())
    },
  }
}

export type PostOptions = { readonly path?: string; readonly headers?: Readonly<Record<string, string>>; readonly at?: number }

/** The instance's answer to a signed POST. */
export async function post(
  instance: FederatingInstance,
  from: Pick<Stranger, 'keyId' | 'key'>,
  document: unknown,
  options: PostOptions = {},
): Promise<{ readonly status: InboxAnswer['status']; readonly error: string }> {
  const body = document instanceof Uint8Array ? Buffer.from(document) : Buffer.from(JSON.stringify(document))
  const url = new URL(options.path ?? '/inbox', instance.origin)
  const headers = await signedHeaders('POST', url, body, { id: from.keyId, key: from.key }, options.at ?? Date.now())
  const answer = await instance.app.inject({
    method: 'POST',
    url: url.pathname + url.search,
    headers: { ...headers, 'content-type': 'application/activity+json', ...options.headers },
    payload: body,
  })
  return { status: answer.statusCode as InboxAnswer['status'], error: answer.body === '' ? '' : (answer.json<{ error: string }>().error ?? '') }
}
