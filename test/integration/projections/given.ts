/** Short ways to say what happened: domain events with everything that does not matter to a test filled in. */
import type {
  DomainEvent,
  EventData,
  MediaAttachment,
  Mention,
  Profile,
  StatusBody,
  StatusIdentity,
  Visibility,
} from '../../../src/events/catalogue.ts'
import { EMPTY_PROFILE } from '../../../src/events/profile.ts'
import { snowflake } from '../../../src/events/snowflake.ts'

const START = Date.UTC(2026, 0, 1)

/** A moment `seconds` after the start of the test's year. */
export const at = (seconds: number): string => new Date(START + seconds * 1000).toISOString()

/** The id made at that moment. */
export const idAt = (seconds: number): string => snowflake(START + seconds * 1000, 0)

export const profile = (displayName: string): Profile => ({ ...EMPTY_PROFILE, displayName, discoverable: true, indexable: true })

const linksOf = (uri: string) => ({
  uri,
  url: uri,
  inbox: `${uri}/inbox`,
  sharedInbox: `${new URL(uri).origin}/inbox`,
  outbox: `${uri}/outbox`,
  followers: `${uri}/followers`,
  following: null,
  featured: null,
})

export const here = (username: string) => `http://here.test/users/${username}`
export const there = (username: string, domain = 'there.test') => `https://${domain}/users/${username}`

export const joins = (id: string, username: string, role: 'owner' | 'user' = 'user'): DomainEvent => ({
  type: 'identity:create',
  data: { id, username, role, createdAt: at(0), profile: profile(username), links: linksOf(here(username)), keys: [] },
})

export const appears = (id: string, username: string, domain = 'there.test'): DomainEvent => ({
  type: 'identity:discover',
  data: { id, username, domain, createdAt: at(0), type: 'Person', profile: profile(username), links: linksOf(there(username, domain)), keys: [] },
})

export const leaves = (id: string): DomainEvent => ({ type: 'identity:delete', data: { id, at: at(0) } })

export const body = (text: string, extra: Partial<StatusBody> = {}): StatusBody => ({
  text,
  content: `<p>${text}</p>`,
  spoilerText: '',
  sensitive: false,
  language: 'en',
  media: [],
  mentions: [],
  tags: [],
  emojis: [],
  ...extra,
})

export const mention = (accountId: string): Mention => ({
  accountId,
  uri: `u:${accountId}`,
  url: `u:${accountId}`,
  acct: accountId,
  username: accountId,
})

export const statusUri = (id: string) => `http://here.test/statuses/${id}`

export const posts = (accountId: string, id: string, extra: Partial<StatusIdentity & StatusBody> = {}): DomainEvent => ({
  type: 'status:create',
  data: {
    id,
    accountId,
    uri: statusUri(id),
    url: statusUri(id),
    createdAt: new Date(Number(BigInt(id) / 65536n)).toISOString(),
    visibility: 'public',
    inReplyToId: null,
    inReplyToAccountId: null,
    inReplyToUri: null,
    local: true,
    application: null,
    ...body(`post ${id}`),
    ...extra,
  },
})

export const edits = (accountId: string, id: string, editedAt: string, extra: Partial<StatusBody> = {}): DomainEvent => ({
  type: 'status:update',
  data: { id, accountId, editedAt, ...body('edited'), ...extra },
})

export const deletes = (accountId: string, id: string): DomainEvent => ({ type: 'status:delete', data: { id, accountId, at: at(0) } })

export const boosts = (accountId: string, statusId: string, id: string, visibility: Visibility = 'public'): DomainEvent => ({
  type: 'status:boost',
  data: { id, accountId, statusId, uri: `${statusUri(id)}/activity`, createdAt: at(0), visibility, local: true },
})

export const unboosts = (accountId: string, statusId: string, id: string): DomainEvent => ({
  type: 'status:unboost',
  data: { id, accountId, statusId, uri: `${statusUri(id)}/activity` },
})

export const likes = (accountId: string, statusId: string): DomainEvent => ({
  type: 'status:like',
  data: { accountId, statusId, uri: `like:${accountId}:${statusId}`, at: at(0) },
})
export const unlikes = (accountId: string, statusId: string): DomainEvent => ({
  type: 'status:unlike',
  data: { accountId, statusId, uri: `like:${accountId}:${statusId}` },
})

const pairOf = (accountId: string, targetId: string) => ({ accountId, targetId, uri: `rel:${accountId}:${targetId}`, at: at(0) })

export const follows = (accountId: string, targetId: string, extra: Partial<EventData['social:follow']> = {}): DomainEvent => ({
  type: 'social:follow',
  data: { ...pairOf(accountId, targetId), state: 'accepted', reblogs: true, notify: false, languages: null, ...extra },
})
export const accepts = (accountId: string, targetId: string): DomainEvent => ({ type: 'social:follow_accept', data: pairOf(accountId, targetId) })
export const rejects = (accountId: string, targetId: string): DomainEvent => ({ type: 'social:follow_reject', data: pairOf(accountId, targetId) })
export const unfollows = (accountId: string, targetId: string): DomainEvent => ({ type: 'social:unfollow', data: pairOf(accountId, targetId) })
export const blocks = (accountId: string, targetId: string): DomainEvent => ({ type: 'social:block', data: pairOf(accountId, targetId) })
export const unblocks = (accountId: string, targetId: string): DomainEvent => ({ type: 'social:unblock', data: pairOf(accountId, targetId) })
export const mutes = (accountId: string, targetId: string, expiresAt: string | null = null): DomainEvent => ({
  type: 'social:mute',
  data: { accountId, targetId, at: at(0), notifications: true, expiresAt },
})
export const unmutes = (accountId: string, targetId: string): DomainEvent => ({ type: 'social:unmute', data: { accountId, targetId } })

export const bookmarks = (accountId: string, statusId: string): DomainEvent => ({
  type: 'status:bookmark',
  data: { accountId, statusId, at: at(0) },
})
export const picture = (id: string): MediaAttachment => ({
  id,
  type: 'image',
  mime: 'image/png',
  url: `/media/${id}`,
  previewUrl: null,
  remoteUrl: null,
  description: null,
  blurhash: null,
  meta: {},
})
export const uploads = (accountId: string, id: string): DomainEvent => ({
  type: 'media:create',
  data: { accountId, attachment: picture(id), sha256: id, bytes: 1, at: at(0) },
})
