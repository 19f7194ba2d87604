/** One valid payload of every catalogued type, as full as it may be: the ground for mutation tests and frozen histories. */
import type { EventData, MediaAttachment, Profile, StatusBody } from '../../../src/events/catalogue.ts'
import { conversationSamples } from './conversation-samples.ts'
import { memorySamples } from './memory-samples.ts'

const at = '2026-01-31T12:00:00.000Z'
const remote = 'https://remote.example'
const here = 'https://here.example'
const emoji = { shortcode: 'blobcat', url: `${remote}/emoji/blobcat.png`, staticUrl: `${remote}/emoji/blobcat-static.png` }
const hash = 'n4bQgYhMfWWaL-qgxVrQFaO_TxsrC4Is0V1sFbDwCgg'

export const profile: Profile = {
  displayName: 'Ada Lovelace',
  note: '<p>Analyst &amp; metaphysician</p>',
  noteSource: 'Analyst & metaphysician',
  fields: [{ name: 'Site', value: '<a href="https://ada.example">ada.example</a>', verifiedAt: at }],
  fieldsSource: [{ name: 'Site', value: 'https://ada.example' }],
  avatar: 'accounts/1/avatar.webp',
  header: null,
  locked: false,
  bot: false,
  discoverable: true,
  indexable: true,
  emojis: [emoji],
  defaultVisibility: 'public',
  defaultSensitive: false,
  defaultLanguage: 'en-GB',
}

const links = (origin: string, username: string) => ({
  uri: `${origin}/users/${username}`,
  url: `${origin}/@${username}`,
  inbox: `${origin}/users/${username}/inbox`,
  sharedInbox: `${origin}/inbox`,
  outbox: `${origin}/users/${username}/outbox`,
  followers: `${origin}/users/${username}/followers`,
  following: `${origin}/users/${username}/following`,
  featured: `${origin}/users/${username}/collections/featured`,
})

const keys = (origin: string, username: string) => [
  { id: `${origin}/users/${username}#main-key`, kind: 'rsa' as const, material: '-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----\n' },
  { id: `${origin}/users/${username}#ed25519-key`, kind: 'ed25519' as const, material: 'z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp' },
]

export const attachment: MediaAttachment = {
  id: '115000000000000009',
  type: 'image',
  mime: 'image/webp',
  url: 'attachments/115000000000000009/original.webp',
  previewUrl: 'attachments/115000000000000009/small.webp',
  remoteUrl: `${remote}/media/9.jpg`,
  description: 'A loom',
  blurhash: 'LEHV6nWB2yk8pyo0adR*.7kCMdnj',
  meta: { original: { width: 1200, height: 800 }, small: { width: 480, height: 320 }, focus: { x: 0.25, y: -0.5 } },
}

export const body: StatusBody = {
  text: 'Hello @bob@remote.example #loom :blobcat:',
  content: '<p>Hello <a href="https://remote.example/@bob">@bob</a> #loom :blobcat:</p>',
  spoilerText: 'machines',
  sensitive: true,
  language: 'en',
  media: [attachment],
  mentions: [{ accountId: '2', uri: `${remote}/users/bob`, url: `${remote}/@bob`, acct: 'bob@remote.example', username: 'bob' }],
  tags: ['loom'],
  emojis: [emoji],
}

export const samples: { readonly [T in keyof EventData]: EventData[T] } = {
  'instance:create': { title: 'Here', origin: here, software: 'vivim 0.1.0' },
  'instance:update': { title: 'Here', description: '<p>Ours</p>', contactAccountId: '1', registrations: 'closed' },
  'instance:set_owner': { accountId: '1', at },

  'identity:create': { id: '1', username: 'ada', role: 'owner', createdAt: at, profile, links: links(here, 'ada'), keys: keys(here, 'ada') },
  'identity:update': { id: '1', profile },
  'identity:credential': { id: '1', email: 'ada@here.example', passwordHash: '$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA' },
  'identity:discover': {
    id: '2',
    username: 'bob',
    domain: 'remote.example',
    createdAt: at,
    type: 'Person',
    profile: { ...profile, displayName: 'Bob' },
    links: links(remote, 'bob'),
    keys: keys(remote, 'bob'),
  },
  'identity:refresh': { id: '2', profile, links: links(remote, 'bob'), keys: keys(remote, 'bob') },
  'identity:delete': { id: '2', at },
  'identity:erase': { id: '2', at },

  'status:create': {
    id: '115000000000000001',
    accountId: '1',
    uri: `${here}/users/ada/statuses/115000000000000001`,
    url: `${here}/@ada/115000000000000001`,
    createdAt: at,
    visibility: 'public',
    inReplyToId: '114999999999999999',
    inReplyToAccountId: '2',
    inReplyToUri: `${remote}/users/bob/statuses/7`,
    local: true,
    application: { name: 'Phanpy', website: 'https://phanpy.social' },
    ...body,
  },
  'status:update': { id: '115000000000000001', accountId: '1', editedAt: at, ...body },
  'status:delete': { id: '115000000000000001', accountId: '1', at },
  'status:boost': {
    id: '115000000000000002',
    accountId: '1',
    statusId: '115000000000000001',
    uri: `${here}/users/ada/statuses/115000000000000002/activity`,
    createdAt: at,
    visibility: 'unlisted',
    local: true,
  },
  'status:unboost': {
    id: '115000000000000002',
    accountId: '1',
    statusId: '115000000000000001',
    uri: `${here}/users/ada/statuses/115000000000000002/activity`,
  },
  'status:like': { accountId: '1', statusId: '115000000000000001', uri: `${here}/users/ada#likes/1`, at },
  'status:unlike': { accountId: '1', statusId: '115000000000000001', uri: `${here}/users/ada#likes/1` },
  'status:bookmark': { accountId: '1', statusId: '115000000000000001', at },
  'status:unbookmark': { accountId: '1', statusId: '115000000000000001' },
  'status:pin': { accountId: '1', statusId: '115000000000000001', at },
  'status:unpin': { accountId: '1', statusId: '115000000000000001' },

  'social:follow': {
    accountId: '1',
    targetId: '2',
    uri: `${here}/follows/1`,
    at,
    state: 'requested',
    reblogs: true,
    notify: false,
    languages: ['en', 'pt-BR'],
  },
  'social:follow_accept': { accountId: '1', targetId: '2', uri: `${here}/follows/1`, at },
  'social:follow_reject': { accountId: '1', targetId: '2', uri: `${here}/follows/1`, at },
  'social:unfollow': { accountId: '1', targetId: '2', uri: `${here}/follows/1` },
  'social:block': { accountId: '1', targetId: '2', uri: `${here}/blocks/1`, at },
  'social:unblock': { accountId: '1', targetId: '2', uri: `${here}/blocks/1` },
  'social:mute': { accountId: '1', targetId: '2', at, notifications: true, expiresAt: '2026-02-01T12:00:00.000Z' },
  'social:unmute': { accountId: '1', targetId: '2' },
  'social:report': {
    id: '115000000000000003',
    accountId: '1',
    targetId: '2',
    statusIds: ['115000000000000001'],
    comment: 'Spam',
    at,
    uri: `${remote}/flags/1`,
    forwarded: true,
  },

  'media:create': { accountId: '1', attachment, sha256: hash, bytes: 123_456, at },
  'media:update': { accountId: '1', attachment },
  'media:delete': { accountId: '1', id: attachment.id, at },
  'marker:set': { accountId: '1', timeline: 'home', lastReadId: '115000000000000001', at },
  'notification:dismiss': { accountId: '1', notificationId: '115000000000000004' },
  'notification:clear': { accountId: '1', at },

  'app:register': {
    id: '115000000000000005',
    clientId: 'pJ4Xn1zQ',
    secretHash: hash,
    name: 'Phanpy',
    website: 'https://phanpy.social',
    redirectUris: ['https://phanpy.social/', 'urn:ietf:wg:oauth:2.0:oob'],
    scopes: ['read', 'write:statuses'],
    at,
  },
  'grant:create': {
    id: '115000000000000006',
    tokenHash: hash,
    appId: '115000000000000005',
    accountId: '1',
    scopes: ['read', 'write'],
    at,
    expiresAt: '2027-01-31T12:00:00.000Z',
  },
  'grant:revoke': { id: '115000000000000006', at },
  'session:create': { id: '115000000000000007', tokenHash: hash, accountId: '1', at, expiresAt: '2026-03-01T12:00:00.000Z' },
  'session:revoke': { id: '115000000000000007', at },

  'witness:add': { vkey: 'remote.example/log/1+0f3b1c2d+AQeVT6SpqAoQxOuoCpMtR8ysqdKVx3BA8QTxJl8rFiBb', url: `${remote}/log`, at },
  'witness:remove': { vkey: 'remote.example/log/1+0f3b1c2d+AQeVT6SpqAoQxOuoCpMtR8ysqdKVx3BA8QTxJl8rFiBb', at },

  ...memorySamples,

  'activity:receive': {
    activityId: `${remote}/activities/1`,
    activityType: 'Create',
    actorUri: `${remote}/users/bob`,
    keyId: `${remote}/users/bob#main-key`,
    scheme: 'cavage',
    receivedAt: at,
  },

  ...conversationSamples,
}
