/**
 * What a payload must look like to be recorded: the catalogue's types again, as checks at run time, with a maximum for everything.
 * Checked once, when written. Text must be storable everywhere: well-formed Unicode without NUL.
 */
import { z } from 'zod'
import type { DomainEvent, EventData, EventType } from './catalogue.ts'
import { file, id, language, link, list, name, text, time, token, uri } from './checks.ts'
import { conversationSchemas } from './conversation-schema.ts'
import { LIMITS } from './limits.ts'
import { memorySchemas } from './memory-schema.ts'

const visibility = z.enum(['public', 'unlisted', 'private', 'direct'])
const emojis = list(z.strictObject({ shortcode: text(LIMITS.shortcode), url: link, staticUrl: link }).readonly(), LIMITS.emojis)
const fieldSource = { name, value: text(LIMITS.note) }

const profile = z
  .strictObject({
    displayName: name,
    note: text(LIMITS.note),
    noteSource: text(LIMITS.note),
    fields: list(z.strictObject({ ...fieldSource, verifiedAt: time.nullable() }).readonly(), LIMITS.fields),
    fieldsSource: list(z.strictObject(fieldSource).readonly(), LIMITS.fields),
    avatar: file.nullable(),
    header: file.nullable(),
    locked: z.boolean(),
    bot: z.boolean(),
    discoverable: z.boolean(),
    indexable: z.boolean(),
    emojis,
    defaultVisibility: visibility,
    defaultSensitive: z.boolean(),
    defaultLanguage: language.nullable(),
  })
  .readonly()

const links = z
  .strictObject({
    uri: link.max(LIMITS.uri),
    url: link,
    inbox: link.max(LIMITS.uri),
    sharedInbox: link.max(LIMITS.uri).nullable(),
    outbox: link.nullable(),
    followers: link.nullable(),
    following: link.nullable(),
    featured: link.nullable(),
  })
  .readonly()

const keys = list(z.strictObject({ id: uri, kind: z.enum(['rsa', 'ed25519']), material: text(LIMITS.keyMaterial) }).readonly(), LIMITS.keys)

const side = z.int().min(0).max(1_000_000)
const size = z.strictObject({ width: side, height: side }).readonly().exactOptional()
const share = z.number().min(-1).max(1)
const attachment = z
  .strictObject({
    id,
    type: z.enum(['image', 'gifv', 'video', 'audio', 'unknown']),
    mime: text(200),
    url: file,
    previewUrl: file.nullable(),
    remoteUrl: link.nullable(),
    description: text(LIMITS.description).nullable(),
    blurhash: token(200).nullable(),
    meta: z.strictObject({ original: size, small: size, focus: z.strictObject({ x: share, y: share }).readonly().exactOptional() }).readonly(),
  })
  .readonly()

const mention = z.strictObject({ accountId: id, uri: link.max(LIMITS.uri), url: link, acct: name, username: name }).readonly()

const statusBody = {
  text: text(LIMITS.content).nullable(),
  content: text(LIMITS.content),
  spoilerText: text(LIMITS.spoilerText),
  sensitive: z.boolean(),
  language: language.nullable(),
  media: list(attachment, LIMITS.media),
  mentions: list(mention, LIMITS.mentions),
  tags: list(text(LIMITS.tag).min(1), LIMITS.tags),
  emojis,
}

const statusIdentity = {
  id,
  accountId: id,
  uri: link.max(LIMITS.uri),
  url: link,
  createdAt: time,
  visibility,
  inReplyToId: id.nullable(),
  inReplyToAccountId: id.nullable(),
  inReplyToUri: uri.nullable(),
  local: z.boolean(),
  application: z
    .strictObject({ name, website: text(LIMITS.uri).nullable() })
    .readonly()
    .nullable(),
}

const pair = { accountId: id, targetId: id }
const reaction = { accountId: id, statusId: id }
const hash = token(100)
const pass = { id, tokenHash: hash, at: time }

const schemas: { readonly [T in EventType]: z.ZodType<EventData[T]> } = {
  'instance:create': z.strictObject({ title: name.min(1), origin: link.max(LIMITS.uri), software: name }),
  'instance:update': z.strictObject({
    title: name.min(1),
    description: text(LIMITS.note),
    contactAccountId: id.nullable(),
    registrations: z.enum(['open', 'closed']),
  }),
  'instance:set_owner': z.strictObject({ accountId: id, at: time }),

  'identity:create': z.strictObject({ id, username: token(30), role: z.enum(['owner', 'user']), createdAt: time, profile, links, keys }),
  'identity:update': z.strictObject({ id, profile }),
  'identity:credential': z.strictObject({ id, email: text(320).nullable(), passwordHash: token(1000) }),
  'identity:discover': z.strictObject({
    id,
    username: name.min(1),
    domain: token(260),
    createdAt: time,
    type: z.enum(['Person', 'Service', 'Group', 'Organization', 'Application']),
    profile,
    links,
    keys,
  }),
  'identity:refresh': z.strictObject({ id, profile, links, keys }),
  'identity:delete': z.strictObject({ id, at: time }),
  'identity:erase': z.strictObject({ id, at: time }),

  'status:create': z.strictObject({ ...statusIdentity, ...statusBody }),
  'status:update': z.strictObject({ id, accountId: id, editedAt: time, ...statusBody }),
  'status:delete': z.strictObject({ id, accountId: id, at: time }),
  'status:boost': z.strictObject({ id, ...reaction, uri, createdAt: time, visibility, local: z.boolean() }),
  'status:unboost': z.strictObject({ id, ...reaction, uri }),
  'status:like': z.strictObject({ ...reaction, uri, at: time }),
  'status:unlike': z.strictObject({ ...reaction, uri }),
  'status:bookmark': z.strictObject({ ...reaction, at: time }),
  'status:unbookmark': z.strictObject(reaction),
  'status:pin': z.strictObject({ ...reaction, at: time }),
  'status:unpin': z.strictObject(reaction),

  'social:follow': z.strictObject({
    ...pair,
    uri,
    at: time,
    state: z.enum(['requested', 'accepted']),
    reblogs: z.boolean(),
    notify: z.boolean(),
    languages: list(language, LIMITS.languages).nullable(),
  }),
  'social:follow_accept': z.strictObject({ ...pair, uri, at: time }),
  'social:follow_reject': z.strictObject({ ...pair, uri, at: time }),
  'social:unfollow': z.strictObject({ ...pair, uri }),
  'social:block': z.strictObject({ ...pair, uri, at: time }),
  'social:unblock': z.strictObject({ ...pair, uri }),
  'social:mute': z.strictObject({ ...pair, at: time, notifications: z.boolean(), expiresAt: time.nullable() }),
  'social:unmute': z.strictObject(pair),
  'social:report': z.strictObject({
    id,
    accountId: id.nullable(),
    targetId: id,
    statusIds: list(id, LIMITS.reportedStatuses),
    comment: text(LIMITS.comment),
    at: time,
    uri: uri.nullable(),
    forwarded: z.boolean(),
  }),

  'media:create': z.strictObject({ accountId: id, attachment, sha256: hash, bytes: z.int().min(0), at: time }),
  'media:update': z.strictObject({ accountId: id, attachment }),
  'media:delete': z.strictObject({ accountId: id, id, at: time }),
  'marker:set': z.strictObject({ accountId: id, timeline: z.enum(['home', 'notifications']), lastReadId: id, at: time }),
  'notification:dismiss': z.strictObject({ accountId: id, notificationId: id }),
  'notification:clear': z.strictObject({ accountId: id, at: time }),

  'app:register': z.strictObject({
    id,
    clientId: token(200),
    secretHash: hash,
    name,
    website: text(LIMITS.uri).nullable(),
    redirectUris: list(uri, LIMITS.redirectUris),
    scopes: list(token(LIMITS.scope), LIMITS.scopes),
    at: time,
  }),
  'grant:create': z.strictObject({
    ...pass,
    appId: id.nullable(),
    accountId: id.nullable(),
    scopes: list(token(LIMITS.scope), LIMITS.scopes),
    expiresAt: time.nullable(),
  }),
  'grant:revoke': z.strictObject({ id, at: time }),
  'session:create': z.strictObject({ ...pass, accountId: id, expiresAt: time }),
  'session:revoke': z.strictObject({ id, at: time }),

  'witness:add': z.strictObject({ vkey: token(LIMITS.keyMaterial), url: link.nullable(), at: time }),
  'witness:remove': z.strictObject({ vkey: token(LIMITS.keyMaterial), at: time }),

  'activity:receive': z.strictObject({
    activityId: uri,
    activityType: token(200),
    actorUri: uri,
    keyId: uri.nullable(),
    scheme: z.enum(['cavage', 'rfc9421', 'proof', 'fetched']),
    receivedAt: time,
  }),

  ...conversationSchemas,
  ...memorySchemas,
}

/** Every type of the catalogue, in its order. */
export const eventTypes = Object.keys(schemas) as readonly EventType[]

/**
 * What keeps an event from being recorded: one sentence that names the type and the path, or null when all is well.
 * Costs a few microseconds for a typical post.
 */
export function problemWith({ type, data, evidence }: DomainEvent): string | null {
  if (evidence !== undefined && evidence.length > LIMITS.evidence) return `${type} evidence: must be at most ${LIMITS.evidence} bytes`
  const result = schemas[type].safeParse(data)
  if (result.success) return null
  const [issue] = result.error.issues
  return issue === undefined ? `${type} is not valid` : `${[type, ...issue.path.map(String)].join(' › ')}: ${issue.message}`
}
