/**
 * Rows of the read tables, as `src/projections/read/*` returns them. Columns are snake_case, so are these.
 * int8 columns arrive as decimal strings, timestamptz as Date, jsonb parsed.
 */
import type { ActorKey, CustomEmoji, MediaAttachment, Mention, ProfileField, StatusBody, Visibility } from '../events/catalogue.ts'

export type AccountRow = {
  readonly id: string
  readonly username: string
  /** Null for accounts of this instance. */
  readonly domain: string | null
  readonly type: string
  readonly uri: string
  readonly url: string
  readonly inbox: string
  readonly shared_inbox: string | null
  readonly outbox: string | null
  readonly followers_uri: string | null
  readonly following_uri: string | null
  readonly featured_uri: string | null
  readonly keys: readonly ActorKey[]
  readonly role: 'owner' | 'user' | null
  readonly display_name: string
  readonly note: string
  readonly note_source: string
  readonly fields: readonly ProfileField[]
  readonly fields_source: readonly { readonly name: string; readonly value: string }[]
  readonly avatar: string | null
  readonly header: string | null
  readonly locked: boolean
  readonly bot: boolean
  readonly discoverable: boolean
  readonly indexable: boolean
  readonly emojis: readonly CustomEmoji[]
  readonly default_visibility: Visibility
  readonly default_sensitive: boolean
  readonly default_language: string | null
  readonly created_at: Date
  readonly followers_count: number
  readonly following_count: number
  readonly statuses_count: number
  readonly last_status_at: Date | null
  readonly deleted_at: Date | null
}

export type StatusRow = {
  readonly id: string
  readonly account_id: string
  readonly uri: string
  readonly url: string
  readonly local: boolean
  readonly visibility: Visibility
  readonly text: string | null
  readonly content: string
  readonly spoiler_text: string
  readonly sensitive: boolean
  readonly language: string | null
  readonly media: readonly MediaAttachment[]
  readonly mentions: readonly Mention[]
  readonly tags: readonly string[]
  readonly emojis: readonly CustomEmoji[]
  readonly in_reply_to_id: string | null
  readonly in_reply_to_account_id: string | null
  readonly in_reply_to_uri: string | null
  /** Set on boosts: the boosted status; every content column is then empty. */
  readonly reblog_of_id: string | null
  readonly application: { readonly name: string; readonly website: string | null } | null
  readonly created_at: Date
  readonly edited_at: Date | null
  readonly replies_count: number
  readonly reblogs_count: number
  readonly favourites_count: number
  /** Ledger position of the event that made it: evidence for receipts. */
  readonly position: string
}

/** What one viewer has done with a status. */
export type ViewerState = {
  readonly favourited: boolean
  readonly reblogged: boolean
  readonly bookmarked: boolean
  readonly pinned: boolean
  readonly muted: boolean
}

/** A status with all that an answer needs, loaded in a fixed number of queries whatever the page length. */
export type StatusView = {
  readonly status: StatusRow
  readonly account: AccountRow
  readonly reblog: StatusView | null
  readonly viewer: ViewerState | null
}

export type RelationshipRow = {
  readonly account_id: string
  readonly following: boolean
  readonly showing_reblogs: boolean
  readonly notifying: boolean
  readonly languages: readonly string[] | null
  readonly followed_by: boolean
  readonly requested: boolean
  readonly requested_by: boolean
  readonly blocking: boolean
  readonly blocked_by: boolean
  readonly muting: boolean
  readonly muting_notifications: boolean
  readonly muting_expires_at: Date | null
}

export type FollowRow = {
  readonly account_id: string
  readonly target_id: string
  readonly uri: string
  readonly state: 'requested' | 'accepted'
  readonly reblogs: boolean
  readonly notify: boolean
  readonly languages: readonly string[] | null
  readonly created_at: Date /** Sort key for paging: ledger position × 1000 + index of the event in its commit. */
  readonly position: string
}
export type BlockRow = {
  readonly account_id: string
  readonly target_id: string
  readonly uri: string
  readonly created_at: Date
  readonly position: string
}
export type MuteRow = {
  readonly account_id: string
  readonly target_id: string
  readonly notifications: boolean
  readonly expires_at: Date | null
  readonly created_at: Date
  readonly position: string
}

export type NotificationType = 'mention' | 'follow' | 'follow_request' | 'favourite' | 'reblog' | 'update' | 'status'
export type NotificationRow = {
  /** Snowflake from the HLC of the causing commit. */
  readonly id: string
  readonly account_id: string
  readonly from_account_id: string
  readonly type: NotificationType
  readonly status_id: string | null
  readonly created_at: Date
}

export type StatusEditRow = { readonly status_id: string; readonly created_at: Date; readonly body: StatusBody }
export type MediaRow = {
  readonly id: string
  readonly account_id: string
  readonly attachment: MediaAttachment
  /** Also of a post whose newest version does not show it any more: its earlier ones do. */
  readonly status_id: string | null
  readonly created_at: Date
  /** When the post that had it was deleted; null when none was. */
  readonly detached_at: Date | null
}
export type MarkerRow = {
  readonly timeline: 'home' | 'notifications'
  readonly last_read_id: string
  readonly version: number
  readonly updated_at: Date
}

export type AppRow = {
  readonly id: string
  readonly client_id: string
  readonly secret_hash: string
  readonly name: string
  readonly website: string | null
  readonly redirect_uris: readonly string[]
  readonly scopes: readonly string[]
  readonly created_at: Date
}
export type GrantRow = {
  readonly id: string
  readonly token_hash: string
  readonly app_id: string | null
  readonly account_id: string | null
  readonly scopes: readonly string[]
  readonly created_at: Date
  readonly expires_at: Date | null
}
export type SessionRow = { readonly id: string; readonly account_id: string; readonly expires_at: Date }
export type InstanceRow = {
  readonly title: string
  readonly description: string
  readonly contact_account_id: string | null
  readonly registrations: 'open' | 'closed'
  readonly origin: string
}
export type CredentialRow = { readonly account_id: string; readonly username: string; readonly email: string | null; readonly password_hash: string }

/** Half-open paging by id, as Mastodon: `max_id` exclusive above, `since_id`/`min_id` exclusive below; `min_id` takes the page next to it. */
export type Page = { readonly limit: number; readonly maxId?: string; readonly sinceId?: string; readonly minId?: string }
