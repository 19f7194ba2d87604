/** The `@context` of what we send: standard contexts that every implementation bundles, and inline terms for the few words they lack. */
import type { Json } from './json.ts'

const ACTIVITYSTREAMS = 'https://www.w3.org/ns/activitystreams'
const DATA_INTEGRITY = 'https://w3id.org/security/data-integrity/v1'

const PREFIXES = { toot: 'http://joinmastodon.org/ns#', schema: 'http://schema.org#' }

export const ACTOR_CONTEXT: Json = [
  ACTIVITYSTREAMS,
  'https://w3id.org/security/v1',
  DATA_INTEGRITY,
  'https://w3id.org/security/multikey/v1',
  {
    ...PREFIXES,
    manuallyApprovesFollowers: 'as:manuallyApprovesFollowers',
    featured: { '@id': 'toot:featured', '@type': '@id' },
    discoverable: 'toot:discoverable',
    indexable: 'toot:indexable',
    PropertyValue: 'schema:PropertyValue',
    value: 'schema:value',
    Emoji: 'toot:Emoji',
    Hashtag: 'as:Hashtag',
    webfinger: { '@id': 'https://purl.archive.org/socialweb/webfinger#webfinger' },
  },
]

export const OBJECT_CONTEXT: Json = [
  ACTIVITYSTREAMS,
  DATA_INTEGRITY,
  {
    ...PREFIXES,
    sensitive: 'as:sensitive',
    Hashtag: 'as:Hashtag',
    Emoji: 'toot:Emoji',
    blurhash: 'toot:blurhash',
    focalPoint: { '@container': '@list', '@id': 'toot:focalPoint' },
  },
]

export const ACTIVITY_CONTEXT: Json = [ACTIVITYSTREAMS, DATA_INTEGRITY]

/** An activity about a whole actor (Update) carries the actor's words. */
export const CONTEXTS = { actor: ACTOR_CONTEXT, object: OBJECT_CONTEXT, activity: ACTIVITY_CONTEXT } as const
