/** An actor document as we understand it. Pure; the document is attacker-controlled, in its usual spelling. */
import { createPublicKey } from 'node:crypto'
import type { ActorKey, ActorLinks, CustomEmoji, EventData, Profile } from '../../events/catalogue.ts'
import { parseMultikey } from '../proof/multikey.ts'
import { idOf, iri, isObject, type JsonObject, list, natural, objects, sameOrigin, text, time, typesOf } from './json.ts'
import { MAX_DESCRIPTION, MAX_EMOJIS, MAX_FIELDS, MAX_KEYS, MAX_NAME } from './limits.ts'
import { plain, sanitize } from './sanitize.ts'

export type RemoteActor = {
  readonly uri: string
  readonly username: string
  /** Host and port of the actor id: the domain of its handle unless WebFinger says otherwise. */
  readonly domain: string
  readonly type: EventData['identity:discover']['type']
  readonly profile: Profile
  readonly links: ActorLinks
  readonly keys: readonly ActorKey[]
  readonly publishedAt: number | null
  /** Handle the actor claims (FEP-2c59), to be confirmed by WebFinger. */
  readonly claimedHandle: string | null
}

const TYPES = ['Person', 'Service', 'Group', 'Organization', 'Application'] as const

/** The actor, or why the document is none that we could deal with. */
export function readActor(
  document: JsonObject,
): { readonly ok: true; readonly actor: RemoteActor } | { readonly ok: false; readonly reason: string } {
  const uri = iri(document['id'])
  const type = TYPES.find((known) => typesOf(document).includes(known))
  if (uri === null || type === undefined) return { ok: false, reason: 'not an actor' }
  const username = text(document['preferredUsername'], 128)
  if (username === null || !/^[\p{L}\p{N}_]([\p{L}\p{N}_.-]*[\p{L}\p{N}_])?$/u.test(username))
    return { ok: false, reason: 'the actor has no usable preferredUsername' }
  const inbox = own(document['inbox'], uri)
  if (inbox === null) return { ok: false, reason: 'the actor has no inbox of its own' }
  const actor: RemoteActor = {
    uri,
    username,
    domain: new URL(uri).host,
    type,
    profile: profile(document, type),
    links: links(document, uri, inbox),
    keys: keys(document, uri),
    publishedAt: time(document['published']),
    claimedHandle: text(document['webfinger'], 512),
  }
  return { ok: true, actor }
}

/** An address below the actor's own origin; anything else would let one server speak for, or flood, another. */
function own(value: JsonObject[string] | undefined, uri: string): string | null {
  const id = idOf(value)
  return id !== null && sameOrigin(id, uri) ? id : null
}

function links(document: JsonObject, uri: string, inbox: string): ActorLinks {
  const endpoints = isObject(document['endpoints']) ? document['endpoints'] : {}
  return {
    uri,
    url: pageOf(document['url'], uri) ?? uri,
    inbox,
    sharedInbox: own(endpoints['sharedInbox'] ?? document['sharedInbox'], uri),
    outbox: own(document['outbox'], uri),
    followers: own(document['followers'], uri),
    following: own(document['following'], uri),
    featured: own(document['featured'], uri),
  }
}

/** Page for people: a bare URL, or the Link to HTML among several; null when it is of another origin, as if somebody else had written it. */
export function pageOf(value: JsonObject[string], id: string): string | null {
  const html = objects(value).find((link) => link['mediaType'] === 'text/html')
  return own(html, id) ?? own(value, id)
}

function profile(document: JsonObject, type: RemoteActor['type']): Profile {
  const tags = objects(document['tag'])
  return {
    displayName: plain(natural(document, 'name', MAX_NAME)?.text ?? '').slice(0, MAX_NAME),
    note: sanitize(natural(document, 'summary', MAX_DESCRIPTION)?.text ?? ''),
    noteSource: '',
    fields: objects(document['attachment'])
      .filter((field) => typesOf(field).includes('PropertyValue'))
      .slice(0, MAX_FIELDS)
      .map((field) => ({
        name: plain(text(field['name'], MAX_NAME) ?? ''),
        value: sanitize(text(field['value'], MAX_NAME * 4) ?? ''),
        verifiedAt: null,
      })),
    fieldsSource: [],
    avatar: imageOf(document['icon']),
    header: imageOf(document['image']),
    locked: document['manuallyApprovesFollowers'] === true,
    bot: type === 'Service' || type === 'Application',
    discoverable: document['discoverable'] === true,
    indexable: document['indexable'] === true,
    emojis: readEmojis(tags),
    defaultVisibility: 'public',
    defaultSensitive: false,
    defaultLanguage: null,
  }
}

/** URL of an Image given as IRI, object with `url`, or a list of these. */
export function imageOf(value: JsonObject[string]): string | null {
  for (const one of list(value)) {
    const url = isObject(one) ? idOf(one['url'] ?? one['href']) : iri(one)
    if (url !== null) return url
  }
  return null
}

export const readEmojis = (tags: readonly JsonObject[]): CustomEmoji[] =>
  tags
    .filter((tag) => typesOf(tag).includes('Emoji'))
    .slice(0, MAX_EMOJIS)
    .flatMap((tag) => {
      const shortcode = /^:?([A-Za-z0-9_-]{1,64}):?$/.exec(text(tag['name'], 70) ?? '')?.[1]
      const url = imageOf(tag['icon'])
      return shortcode === undefined || url === null ? [] : [{ shortcode, url, staticUrl: url }]
    })

/** Keys the actor owns: `publicKey` (RSA) and `assertionMethod` (Multikey, FEP-521a). A key that another actor owns, or that cannot be read, is left out. */
function keys(document: JsonObject, uri: string): ActorKey[] {
  const rsa = given(document['publicKey']).flatMap((key) => readRsaKey(key, uri) ?? [])
  const ed = given(document['assertionMethod']).flatMap((key) => readMultikey(key, uri) ?? [])
  return [...new Map([...rsa, ...ed].map((key) => [key.id, key])).values()].slice(0, MAX_KEYS)
}

/** Reading a key costs: no more than so many are looked at. */
const given = (value: JsonObject[string]): JsonObject[] => objects(value).slice(0, MAX_KEYS)

/** Bits of a modulus, and the largest exponent: below, anybody can forge; above, each verification would cost milliseconds. */
const RSA = { least: 1_024, most: 8_192, exponent: 0xffff_ffffn } as const

/** @param owner the actor that must own the key */
export function readRsaKey(key: JsonObject, owner: string): ActorKey | null {
  const id = iri(key['id'])
  const pem = text(key['publicKeyPem'], 8_192)
  if (id === null || pem === null || !sameOrigin(id, owner) || (idOf(key['owner'] ?? key['controller']) ?? owner) !== owner) return null
  try {
    const imported = createPublicKey(pem)
    const { modulusLength = 0, publicExponent = 0n } = imported.asymmetricKeyDetails ?? {}
    if (imported.asymmetricKeyType !== 'rsa' || modulusLength < RSA.least || modulusLength > RSA.most || publicExponent > RSA.exponent) return null
    return { id, kind: 'rsa', material: imported.export({ type: 'spki', format: 'pem' }).toString() }
  } catch {
    return null
  }
}

function readMultikey(key: JsonObject, owner: string): ActorKey | null {
  const id = iri(key['id'])
  const multibase = text(key['publicKeyMultibase'], 256)
  if (id === null || multibase === null || !sameOrigin(id, owner) || (idOf(key['controller']) ?? owner) !== owner) return null
  return parseMultikey(multibase) === null ? null : { id, kind: 'ed25519', material: multibase }
}
