/** Everything we emit, as files: changing one is a reviewed diff. Run with `UPDATE_GOLDEN=1` to write them anew. */
import { createPrivateKey } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { withProof } from '../../../src/federation/proof/eddsa-jcs.ts'
import { urisOf } from '../../../src/federation/uris.ts'
import { inUsualSpelling } from '../../../src/federation/wire/aliases.ts'
import type { Json, JsonObject } from '../../../src/federation/wire/json.ts'
import { compacted } from '../../../src/federation/wire/json-ld.ts'
import { readActivity } from '../../../src/federation/wire/read-activity.ts'
import * as write from '../../../src/federation/wire/write-activity.ts'
import { actorDocument, instanceActorDocument } from '../../../src/federation/wire/write-actor.ts'
import { audienceOf, type LocalNote } from '../../../src/federation/wire/write-note.ts'
import type { AccountRow } from '../../../src/projections/rows.ts'
import { FIXTURES, fixture } from './fixtures.ts'

const uris = urisOf('https://here.example')
const BOB = 'https://there.example/users/bob'
const origin = { position: 42, index: 0 }

const note: LocalNote = {
  uri: uris.status('alice', '115'),
  url: uris.page('alice', '115'),
  visibility: 'public',
  createdAt: '2026-01-02T03:04:05.678Z',
  editedAt: null,
  inReplyTo: `${BOB}/notes/1`,
  text: 'Hi @bob@there.example #cats',
  content: '<p>Hi <a href="https://there.example/@bob" class="u-url mention">@bob</a> #cats</p>',
  spoilerText: 'cats',
  sensitive: true,
  language: 'en',
  media: [
    {
      id: '1',
      type: 'image',
      mime: 'image/webp',
      url: 'a/b.webp',
      previewUrl: null,
      remoteUrl: null,
      description: 'a cat',
      blurhash: 'LEHV6nWB2yk8pyo0adR*.7kCMdnj',
      meta: { original: { width: 4, height: 3 }, focus: { x: 0.1, y: -0.2 } },
    },
  ],
  mentions: [{ accountId: '2', uri: BOB, url: 'https://there.example/@bob', acct: 'bob@there.example', username: 'bob' }],
  tags: ['cats'],
  emojis: [{ shortcode: 'blob', url: 'https://here.example/blob.png', staticUrl: 'https://here.example/blob.png' }],
}

const keys = [
  { id: `${uris.actor('alice')}#main-key`, kind: 'rsa', material: '-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----\n' },
  { id: `${uris.actor('alice')}#ed25519-key`, kind: 'ed25519', material: 'z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK' },
] as const

const account: AccountRow = {
  id: '1',
  username: 'alice',
  domain: null,
  type: 'Person',
  uri: uris.actor('alice'),
  url: uris.profile('alice'),
  inbox: uris.inbox('alice'),
  shared_inbox: uris.sharedInbox,
  outbox: uris.outbox('alice'),
  followers_uri: uris.followers('alice'),
  following_uri: uris.following('alice'),
  featured_uri: uris.featured('alice'),
  keys,
  role: 'owner',
  display_name: 'Alice',
  note: '<p>hello</p>',
  note_source: 'hello',
  fields: [{ name: 'site', value: '<a href="https://x.example">x</a>', verifiedAt: null }],
  fields_source: [],
  avatar: 'avatars/a.webp',
  header: null,
  locked: true,
  bot: false,
  discoverable: true,
  indexable: false,
  emojis: [],
  default_visibility: 'public',
  default_sensitive: false,
  default_language: null,
  created_at: new Date('2026-01-01T00:00:00Z'),
  followers_count: 0,
  following_count: 0,
  statuses_count: 0,
  last_status_at: null,
  deleted_at: null,
}

const follow = write.simpleActivity('Follow', `${uris.actor('alice')}#follows/7`, BOB, BOB, 'alice', uris)
const announce = write.announceActivity(
  { uri: `${note.uri}/activity`, createdAt: note.createdAt, visibility: 'unlisted', object: `${BOB}/notes/1`, author: BOB },
  'alice',
  uris,
)
const seed = createPrivateKey(fixture('http-signatures', 'test-key-ed25519.pem'))

const DOCUMENTS: Readonly<Record<string, JsonObject>> = {
  actor: actorDocument(account, uris),
  'instance-actor': instanceActorDocument(keys, uris),
  create: write.createActivity(note, 'alice', uris),
  'create-direct': write.createActivity({ ...note, visibility: 'direct', media: [], emojis: [] }, 'alice', uris),
  'create-with-proof': withProof(
    write.createActivity(note, 'alice', uris),
    seed,
    `${uris.actor('alice')}#ed25519-key`,
    Date.parse('2026-01-02T03:04:05Z'),
  ),
  update: write.updateNoteActivity({ ...note, editedAt: '2026-01-03T00:00:00.000Z' }, 'alice', uris, origin),
  delete: write.deleteNoteActivity(note.uri, audienceOf('private', uris.followers('alice'), [BOB]), 'alice', uris),
  'update-actor': write.updateActorActivity(actorDocument(account, uris), 'alice', uris, origin),
  'delete-actor': write.deleteActorActivity('alice', uris),
  announce: announce,
  'undo-announce': write.undoActivity(announce, 'alice', uris, origin),
  like: write.simpleActivity('Like', `${uris.actor('alice')}#likes/7`, `${BOB}/notes/1`, BOB, 'alice', uris),
  follow: follow,
  'undo-follow': write.undoActivity(follow, 'alice', uris, origin),
  accept: write.answerActivity('Accept', { uri: `${BOB}#follows/1`, actor: BOB }, 'alice', uris, origin),
  reject: write.answerActivity('Reject', { uri: `${BOB}#follows/1`, actor: BOB }, 'alice', uris, origin),
  block: write.simpleActivity('Block', `${uris.actor('alice')}#blocks/7`, BOB, BOB, 'alice', uris),
  flag: write.flagActivity({ id: '9', comment: 'spam', objects: [BOB, `${BOB}/notes/1`], to: BOB }, uris),
  'add-featured': write.featureActivity('Add', note.uri, 'alice', uris, origin),
}

describe('golden', () => {
  it.each(Object.entries(DOCUMENTS))('%s', (name, document) => {
    const file = path.join(FIXTURES, 'activitypub', `${name}.json`)
    const written = `${JSON.stringify(document, null, 2)}\n`
    if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(file, written)
    expect(written).toBe(readFileSync(file, 'utf8'))
  })

  it.each(Object.entries(DOCUMENTS))(
    '%s means the same to a JSON-LD processor: every word of ours is defined by its context',
    async (_name, document) => {
      const linked = await compacted(document as Json)
      expect(linked).not.toBeNull()
      const meant = inUsualSpelling(linked) as JsonObject
      expect(meant['id']).toBe(document['id'])
      const unknown = Object.keys(document).filter(
        (key) => key !== '@context' && document[key] !== null && !isEmpty(document[key]) && meant[key] === undefined && key !== 'webfinger',
      )
      expect(unknown).toEqual([])
    },
  )

  it('we understand our own activities', () => {
    for (const [name, document] of Object.entries(DOCUMENTS)) {
      if (name.endsWith('actor') && !name.includes('-')) continue
      if (name === 'instance-actor') continue
      expect([name, readActivity(document).ok]).toEqual([name, true])
    }
  })
})

const isEmpty = (value: Json | undefined): boolean => Array.isArray(value) && value.length === 0
