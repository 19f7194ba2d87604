/** Every entity we emit is a file in fixtures/mastodon/entities: changing one is a reviewed diff. */
import { describe, expect, test } from 'vitest'
import { accountEntity, credentialAccountEntity, mutedAccountEntity } from '../../../../src/api/mastodon/entities/account.ts'
import { emojiEntity } from '../../../../src/api/mastodon/entities/emoji.ts'
import { markersEntity } from '../../../../src/api/mastodon/entities/marker.ts'
import { mediaEntity } from '../../../../src/api/mastodon/entities/media.ts'
import { notificationEntity } from '../../../../src/api/mastodon/entities/notification.ts'
import { relationshipEntity } from '../../../../src/api/mastodon/entities/relationship.ts'
import { deletedStatusEntity, statusEditEntity, statusEntity, statusSourceEntity } from '../../../../src/api/mastodon/entities/status.ts'
import { tagEntity } from '../../../../src/api/mastodon/entities/tag.ts'
import { entityProblems } from '../../../support/openapi.ts'
import { BODY, EMOJI, LOCAL, MEDIA, ORIGIN, REMOTE, STATUS, view } from './rows.ts'

const at = new Date('2026-11-22T12:00:00.000Z')
const post = view(STATUS, LOCAL, { favourited: true, reblogged: false, bookmarked: true, pinned: false, muted: false })
const boost = {
  ...view(
    { ...STATUS, id: '300', account_id: REMOTE.id, reblog_of_id: STATUS.id, content: '', text: null, media: [], mentions: [], tags: [], emojis: [] },
    REMOTE,
  ),
  reblog: post,
}
const relationship = {
  account_id: '2',
  following: true,
  showing_reblogs: true,
  notifying: false,
  languages: ['en'],
  followed_by: false,
  requested: false,
  requested_by: false,
  blocking: false,
  blocked_by: false,
  muting: true,
  muting_notifications: true,
  muting_expires_at: at,
}
const notification = { id: '500', account_id: '1', from_account_id: '2', type: 'favourite', status_id: STATUS.id, created_at: at } as const

const golden: readonly (readonly [file: string, schema: string, entity: object])[] = [
  ['account-local', 'Account', accountEntity(LOCAL, ORIGIN)],
  ['account-remote', 'Account', accountEntity(REMOTE, ORIGIN)],
  ['credential-account', 'CredentialAccount', credentialAccountEntity(LOCAL, ORIGIN, 3)],
  ['muted-account', 'MutedAccount', mutedAccountEntity(REMOTE, ORIGIN, at)],
  ['custom-emoji', 'CustomEmoji', emojiEntity(EMOJI)],
  ['media-attachment', 'MediaAttachment', mediaEntity(MEDIA, ORIGIN)],
  ['relationship', 'Relationship', relationshipEntity(relationship)],
  ['status', 'Status', statusEntity(post, ORIGIN)],
  ['status-boost', 'Status', statusEntity(boost, ORIGIN)],
  ['status-deleted', 'Status', deletedStatusEntity(post, ORIGIN)],
  ['status-edit', 'StatusEdit', statusEditEntity({ status_id: STATUS.id, created_at: at, body: BODY }, accountEntity(LOCAL, ORIGIN), ORIGIN)],
  ['status-source', 'StatusSource', statusSourceEntity(STATUS)],
  ['notification', 'Notification', notificationEntity(notification, REMOTE, statusEntity(post, ORIGIN), ORIGIN)],
  ['tag', 'Tag', tagEntity('cats', [{ day: '1795305600', uses: '2', accounts: '1' }], ORIGIN)],
]

describe('entities', () => {
  test.each(golden)('%s is what it was, and what the schema says', async (file, schema, entity) => {
    expect(entityProblems(schema, entity)).toEqual([])
    await expect(`${JSON.stringify(entity, null, 2)}\n`).toMatchFileSnapshot(`../../../../fixtures/mastodon/entities/${file}.json`)
  })

  test('markers go by their timeline', () => {
    expect(markersEntity([{ timeline: 'home', last_read_id: '9', version: 2, updated_at: at }])).toEqual({
      home: { last_read_id: '9', version: 2, updated_at: '2026-11-22T12:00:00.000Z' },
    })
  })

  test('the day of joining is told, not the moment', () => {
    expect(accountEntity(LOCAL, ORIGIN).created_at).toBe('2026-11-20T00:00:00.000Z')
  })
})
