/** Actor documents of the people here and of the instance itself. Pure. */
import type { ActorKey, CustomEmoji } from '../../events/catalogue.ts'
import type { AccountRow } from '../../projections/rows.ts'
import type { Uris } from '../uris.ts'
import { ACTOR_CONTEXT } from './context.ts'
import type { Json, JsonObject } from './json.ts'

/** @see ActivityPub section 4.1; FEP-521a for `assertionMethod`; FEP-2c59 for `webfinger` */
export function actorDocument(account: AccountRow, uris: Uris): JsonObject {
  const { username } = account
  return {
    '@context': ACTOR_CONTEXT,
    id: account.uri,
    type: account.bot ? 'Service' : 'Person',
    preferredUsername: username,
    webfinger: `${username}@${uris.host}`,
    name: account.display_name === '' ? username : account.display_name,
    summary: account.note,
    url: account.url,
    published: account.created_at.toISOString(),
    inbox: account.inbox,
    outbox: uris.outbox(username),
    followers: uris.followers(username),
    following: uris.following(username),
    featured: uris.featured(username),
    endpoints: { sharedInbox: uris.sharedInbox },
    manuallyApprovesFollowers: account.locked,
    discoverable: account.discoverable,
    indexable: account.indexable,
    ...publicKeys(account.keys, account.uri),
    ...(account.avatar === null ? {} : { icon: image(uris.media(account.avatar)) }),
    ...(account.header === null ? {} : { image: image(uris.media(account.header)) }),
    attachment: account.fields.map(({ name, value }) => ({ type: 'PropertyValue', name, value })),
    tag: account.emojis.map(emojiTag),
  }
}

/** The actor that signs what is nobody's own: fetches and forwarded reports. @see FEP-2677 */
export const instanceActorDocument = (keys: readonly ActorKey[], uris: Uris): JsonObject => ({
  '@context': ACTOR_CONTEXT,
  id: uris.instanceActor,
  type: 'Application',
  preferredUsername: uris.host,
  url: `${uris.origin}/`,
  inbox: uris.sharedInbox,
  outbox: `${uris.instanceActor}/outbox`,
  endpoints: { sharedInbox: uris.sharedInbox },
  manuallyApprovesFollowers: true,
  ...publicKeys(keys, uris.instanceActor),
})

function publicKeys(keys: readonly ActorKey[], owner: string): JsonObject {
  const rsa = keys.find(({ kind }) => kind === 'rsa')
  return {
    ...(rsa === undefined ? {} : { publicKey: { id: rsa.id, type: 'CryptographicKey', owner, publicKeyPem: rsa.material } }),
    assertionMethod: keys
      .filter(({ kind }) => kind === 'ed25519')
      .map(({ id, material }) => ({ id, type: 'Multikey', controller: owner, publicKeyMultibase: material })),
  }
}

const TYPES: Readonly<Record<string, string>> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  webp: 'image/webp',
  gif: 'image/gif',
  avif: 'image/avif',
}

function image(url: string): Json {
  const mediaType = TYPES[/\.([a-z]+)$/i.exec(url)?.[1]?.toLowerCase() ?? '']
  return { type: 'Image', url, ...(mediaType === undefined ? {} : { mediaType }) }
}

export const emojiTag = ({ shortcode, url }: CustomEmoji): JsonObject => ({
  type: 'Emoji',
  id: url,
  name: `:${shortcode}:`,
  icon: { type: 'Image', url },
})
