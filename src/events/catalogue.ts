/**
 * The catalogue of events: every fact VIVIM records, by its wire name, with the shape of its payload (JSON, newest schema).
 *
 * Ids are decimal snowflakes as strings (48-bit ms ‖ 16-bit sequence): they sort by (length, text) = by time.
 * Times are ISO 8601 UTC with milliseconds. HTML here is already sanitised. A payload never changes shape: a new shape is a new schema number,
 * see upcast.ts.
 */

import type { ConversationEvents } from './conversations.ts'
import type { MemoryEvents } from './memories.ts'

export type Visibility = 'public' | 'unlisted' | 'private' | 'direct'

export type CustomEmoji = { readonly shortcode: string; readonly url: string; readonly staticUrl: string }
export type ProfileField = { readonly name: string; readonly value: string; readonly verifiedAt: string | null }

/** What one person shows of themselves. `note` and field values are HTML; `noteSource`/`fieldsSource` what the owner typed (local accounts). */
export type Profile = {
  readonly displayName: string
  readonly note: string
  readonly noteSource: string
  readonly fields: readonly ProfileField[]
  readonly fieldsSource: readonly { readonly name: string; readonly value: string }[]
  /** Absolute URL (remote) or a path below the media route (local); null = none. */
  readonly avatar: string | null
  readonly header: string | null
  readonly locked: boolean
  readonly bot: boolean
  readonly discoverable: boolean
  readonly indexable: boolean
  readonly emojis: readonly CustomEmoji[]
  readonly defaultVisibility: Visibility
  readonly defaultSensitive: boolean
  readonly defaultLanguage: string | null
}

/** ActivityPub addresses of an actor. All absolute URLs, all of one origin. */
export type ActorLinks = {
  readonly uri: string
  readonly url: string
  readonly inbox: string
  readonly sharedInbox: string | null
  readonly outbox: string | null
  readonly followers: string | null
  readonly following: string | null
  readonly featured: string | null
}

/** A key others verify our or their messages with. `rsa`: SPKI PEM; `ed25519`: Multikey (z6Mk…). */
export type ActorKey = { readonly id: string; readonly kind: 'rsa' | 'ed25519'; readonly material: string }

export type MediaAttachment = {
  readonly id: string
  readonly type: 'image' | 'gifv' | 'video' | 'audio' | 'unknown'
  readonly mime: string
  /** Path below the media route (local) or absolute URL (remote). */
  readonly url: string
  readonly previewUrl: string | null
  readonly remoteUrl: string | null
  readonly description: string | null
  readonly blurhash: string | null
  readonly meta: {
    readonly original?: { readonly width: number; readonly height: number }
    readonly small?: { readonly width: number; readonly height: number }
    readonly focus?: { readonly x: number; readonly y: number }
  }
}

export type Mention = { readonly accountId: string; readonly uri: string; readonly url: string; readonly acct: string; readonly username: string }

/** Everything of a post that an edit may change. */
export type StatusBody = {
  /** What the author typed; null for remote posts. */
  readonly text: string | null
  /** Sanitised HTML. */
  readonly content: string
  readonly spoilerText: string
  readonly sensitive: boolean
  readonly language: string | null
  readonly media: readonly MediaAttachment[]
  readonly mentions: readonly Mention[]
  /** Lower-case, without `#`. */
  readonly tags: readonly string[]
  readonly emojis: readonly CustomEmoji[]
}

export type StatusIdentity = {
  readonly id: string
  readonly accountId: string
  /** ActivityPub object id. */
  readonly uri: string
  /** Page for people. */
  readonly url: string
  readonly createdAt: string
  readonly visibility: Visibility
  readonly inReplyToId: string | null
  readonly inReplyToAccountId: string | null
  /** Set when the parent is known only by its uri. */
  readonly inReplyToUri: string | null
  readonly local: boolean
  readonly application: { readonly name: string; readonly website: string | null } | null
}

export type Pair = { readonly accountId: string; readonly targetId: string }
export type Reaction = { readonly accountId: string; readonly statusId: string }

/** Everything that is recorded. Conversations and memories have files of their own. */
export type EventData = SocialEvents & ConversationEvents & MemoryEvents

export type SocialEvents = {
  // The instance itself
  'instance:create': { readonly title: string; readonly origin: string; readonly software: string }
  'instance:update': {
    readonly title: string
    readonly description: string
    readonly contactAccountId: string | null
    readonly registrations: 'open' | 'closed'
  }
  /** The first account of an instance owns it; there is never a second owner. */
  'instance:set_owner': { readonly accountId: string; readonly at: string }

  // Accounts: of people here, and actors seen elsewhere
  'identity:create': {
    readonly id: string
    readonly username: string
    readonly role: 'owner' | 'user'
    readonly createdAt: string
    readonly profile: Profile
    readonly links: ActorLinks
    readonly keys: readonly ActorKey[]
  }
  'identity:update': { readonly id: string; readonly profile: Profile }
  'identity:credential': { readonly id: string; readonly email: string | null; readonly passwordHash: string }
  'identity:discover': {
    readonly id: string
    readonly username: string
    readonly domain: string
    readonly createdAt: string
    readonly type: 'Person' | 'Service' | 'Group' | 'Organization' | 'Application'
    readonly profile: Profile
    readonly links: ActorLinks
    readonly keys: readonly ActorKey[]
  }
  'identity:refresh': { readonly id: string; readonly profile: Profile; readonly links: ActorLinks; readonly keys: readonly ActorKey[] }
  'identity:delete': { readonly id: string; readonly at: string }
  /** After all that they recorded was erased: nothing but the id is left, and the deletion. */
  'identity:erase': { readonly id: string; readonly at: string }

  // Posts
  'status:create': StatusIdentity & StatusBody
  'status:update': { readonly id: string; readonly accountId: string; readonly editedAt: string } & StatusBody
  'status:delete': { readonly id: string; readonly accountId: string; readonly at: string }
  'status:boost': {
    readonly id: string
    readonly accountId: string
    readonly statusId: string
    readonly uri: string
    readonly createdAt: string
    readonly visibility: Visibility
    readonly local: boolean
  }
  'status:unboost': { readonly id: string; readonly accountId: string; readonly statusId: string; readonly uri: string }
  'status:like': Reaction & { readonly uri: string; readonly at: string }
  'status:unlike': Reaction & { readonly uri: string }
  'status:bookmark': Reaction & { readonly at: string }
  'status:unbookmark': Reaction
  'status:pin': Reaction & { readonly at: string }
  'status:unpin': Reaction

  // Relationships. `uri` is the Follow/Block activity's id.
  'social:follow': Pair & {
    readonly uri: string
    readonly at: string
    readonly state: 'requested' | 'accepted'
    readonly reblogs: boolean
    readonly notify: boolean
    readonly languages: readonly string[] | null
  }
  'social:follow_accept': Pair & { readonly uri: string; readonly at: string }
  'social:follow_reject': Pair & { readonly uri: string; readonly at: string }
  'social:unfollow': Pair & { readonly uri: string }
  'social:block': Pair & { readonly uri: string; readonly at: string }
  'social:unblock': Pair & { readonly uri: string }
  'social:mute': Pair & { readonly at: string; readonly notifications: boolean; readonly expiresAt: string | null }
  'social:unmute': Pair
  'social:report': {
    readonly id: string
    readonly accountId: string | null
    readonly targetId: string
    readonly statusIds: readonly string[]
    readonly comment: string
    readonly at: string
    readonly uri: string | null
    readonly forwarded: boolean
  }

  // Media, and a reader's own state
  'media:create': {
    readonly accountId: string
    readonly attachment: MediaAttachment
    readonly sha256: string
    readonly bytes: number
    readonly at: string
  }
  'media:update': { readonly accountId: string; readonly attachment: MediaAttachment }
  /** The upload is of no more use to anybody: its files go. */
  'media:delete': { readonly accountId: string; readonly id: string; readonly at: string }
  'marker:set': { readonly accountId: string; readonly timeline: 'home' | 'notifications'; readonly lastReadId: string; readonly at: string }
  'notification:dismiss': { readonly accountId: string; readonly notificationId: string }
  'notification:clear': { readonly accountId: string; readonly at: string }

  // Access: client applications and what people allowed them. Secrets appear only as SHA-256 (base64url).
  'app:register': {
    readonly id: string
    readonly clientId: string
    readonly secretHash: string
    readonly name: string
    readonly website: string | null
    readonly redirectUris: readonly string[]
    readonly scopes: readonly string[]
    readonly at: string
  }
  'grant:create': {
    readonly id: string
    readonly tokenHash: string
    readonly appId: string | null
    readonly accountId: string | null
    readonly scopes: readonly string[]
    readonly at: string
    readonly expiresAt: string | null
  }
  'grant:revoke': { readonly id: string; readonly at: string }
  'session:create': { readonly id: string; readonly tokenHash: string; readonly accountId: string; readonly at: string; readonly expiresAt: string }
  'session:revoke': { readonly id: string; readonly at: string }

  // Witnessing: the logs whose checkpoints this instance cosigns. `vkey`: C2SP verifier key, whose name is the log's origin
  'witness:add': { readonly vkey: string; readonly url: string | null; readonly at: string }
  'witness:remove': { readonly vkey: string; readonly at: string }

  // Evidence: an activity that came in and changed something. Part 1 (raw) holds the received request, byte for byte.
  'activity:receive': {
    readonly activityId: string
    readonly activityType: string
    readonly actorUri: string
    readonly keyId: string | null
    readonly scheme: 'cavage' | 'rfc9421' | 'proof' | 'fetched'
    readonly receivedAt: string
  }
}

export type EventType = keyof EventData

/** An event as deciders make it. `evidence`: raw bytes kept as a second sealed part. */
export type DomainEvent = { [T in EventType]: { readonly type: T; readonly data: EventData[T]; readonly evidence?: Uint8Array } }[EventType]

/** A domain event with the stream it goes to. */
export type AddressedEvent = { readonly stream: string; readonly event: DomainEvent }

/** An event as projections read it back. `data` is null when its payload was erased. */
export type RecordedEvent = {
  [T in EventType]: {
    readonly type: T
    readonly data: EventData[T] | null
    readonly stream: string
    readonly revision: number
    readonly position: number
    readonly index: number
    /** HLC milliseconds of the commit. */
    readonly time: number
  }
}[EventType]
