/** Rows as the projections return them, with something in every column. */
import type { CustomEmoji, MediaAttachment, StatusBody } from '../../../../src/events/catalogue.ts'
import type { AccountRow, StatusRow, StatusView, ViewerState } from '../../../../src/projections/rows.ts'

export const ORIGIN = 'https://here.example'
export const EMOJI: CustomEmoji = { shortcode: 'blob', url: 'https://there.example/blob.gif', staticUrl: 'https://there.example/blob.png' }

const CREATED = new Date('2026-11-20T10:11:12.013Z')

export const LOCAL: AccountRow = {
  id: '1',
  username: 'Alice',
  domain: null,
  type: 'Person',
  uri: `${ORIGIN}/users/Alice`,
  url: `${ORIGIN}/@Alice`,
  inbox: `${ORIGIN}/users/Alice/inbox`,
  shared_inbox: `${ORIGIN}/inbox`,
  outbox: null,
  followers_uri: null,
  following_uri: null,
  featured_uri: null,
  keys: [],
  role: 'owner',
  display_name: 'Alice',
  note: '<p>hello</p>',
  note_source: 'hello',
  fields: [{ name: 'web', value: '<a href="https://alice.example">alice.example</a>', verifiedAt: null }],
  fields_source: [{ name: 'web', value: 'https://alice.example' }],
  avatar: 'ab/0123456789abcdef0123456789abcd.png',
  header: null,
  locked: false,
  bot: false,
  discoverable: true,
  indexable: false,
  emojis: [],
  default_visibility: 'unlisted',
  default_sensitive: false,
  default_language: 'en',
  created_at: CREATED,
  followers_count: 4,
  following_count: 5,
  statuses_count: 6,
  last_status_at: CREATED,
  deleted_at: null,
}

export const REMOTE: AccountRow = {
  ...LOCAL,
  id: '2',
  username: 'bob',
  domain: 'there.example',
  type: 'Group',
  uri: 'https://there.example/users/bob',
  url: 'https://there.example/@bob',
  role: null,
  display_name: 'Bob :blob:',
  avatar: 'https://there.example/bob.png',
  header: 'https://there.example/bob-header.png',
  emojis: [EMOJI],
  bot: true,
  locked: true,
  fields: [{ name: 'site', value: 'x', verifiedAt: '2026-11-01T00:00:00.000Z' }],
  last_status_at: null,
}

export const MEDIA: MediaAttachment = {
  id: '900',
  type: 'image',
  mime: 'image/png',
  url: 'cd/0123456789abcdef0123456789abcd.png',
  previewUrl: 'ef/0123456789abcdef0123456789abcd.webp',
  remoteUrl: null,
  description: 'a blue field',
  blurhash: 'LEHV6nWB2yk8pyo0adR*.7kCMdnj',
  meta: { original: { width: 800, height: 600 }, small: { width: 640, height: 480 }, focus: { x: 0, y: 0.5 } },
}

export const BODY: StatusBody = {
  text: 'hi @bob@there.example #cats',
  content: '<p>hi</p>',
  spoilerText: 'careful',
  sensitive: true,
  language: 'en',
  media: [MEDIA],
  mentions: [{ accountId: '2', uri: REMOTE.uri, url: REMOTE.url, acct: 'bob@there.example', username: 'bob' }],
  tags: ['cats'],
  emojis: [EMOJI],
}

export const STATUS: StatusRow = {
  id: '200',
  account_id: '1',
  uri: `${LOCAL.uri}/statuses/200`,
  url: `${LOCAL.url}/200`,
  local: true,
  visibility: 'public',
  text: BODY.text,
  content: BODY.content,
  spoiler_text: BODY.spoilerText,
  sensitive: true,
  language: 'en',
  media: BODY.media,
  mentions: BODY.mentions,
  tags: BODY.tags,
  emojis: BODY.emojis,
  in_reply_to_id: '100',
  in_reply_to_account_id: '2',
  in_reply_to_uri: null,
  reblog_of_id: null,
  application: { name: 'Tusky', website: 'https://tusky.app' },
  created_at: CREATED,
  edited_at: new Date('2026-11-21T00:00:00.000Z'),
  replies_count: 1,
  reblogs_count: 2,
  favourites_count: 3,
  position: '7',
}

export const view = (status: StatusRow, account: AccountRow, viewer: ViewerState | null = null): StatusView => ({
  status,
  account,
  reblog: null,
  viewer,
})
