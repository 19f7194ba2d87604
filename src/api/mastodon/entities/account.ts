/** Account, CredentialAccount, MutedAccount: people as clients see them. Pure. */
import type { AccountRow } from '../../../projections/rows.ts'
import { MISSING_AVATAR, MISSING_HEADER, mediaUrl } from '../../media/urls.ts'
import { acctOf } from '../text/compose.ts'
import { emojiEntity } from './emoji.ts'

export type AccountEntity = ReturnType<typeof accountEntity>

/** @see https://docs.joinmastodon.org/entities/Account/ */
export function accountEntity(row: AccountRow, origin: string) {
  const avatar = mediaUrl(origin, row.avatar ?? MISSING_AVATAR)
  const header = mediaUrl(origin, row.header ?? MISSING_HEADER)
  return {
    id: row.id,
    username: row.username,
    acct: acctOf(row),
    display_name: row.display_name,
    locked: row.locked,
    bot: row.bot,
    discoverable: row.discoverable,
    indexable: row.indexable,
    group: row.type === 'Group',
    created_at: `${day(row.created_at)}T00:00:00.000Z`,
    note: row.note,
    url: row.url,
    uri: row.uri,
    avatar,
    avatar_static: avatar,
    avatar_description: '',
    header,
    header_static: header,
    header_description: '',
    followers_count: row.followers_count,
    following_count: row.following_count,
    statuses_count: row.statuses_count,
    last_status_at: row.last_status_at === null ? null : day(row.last_status_at),
    hide_collections: false,
    noindex: !row.indexable,
    emojis: row.emojis.map(emojiEntity),
    fields: row.fields.map(fieldEntity),
    roles: row.role === 'owner' ? [{ id: OWNER.id, name: OWNER.name, color: OWNER.color }] : [],
    moved: null,
    suspended: row.deleted_at !== null,
    limited: false,
    memorial: false,
    show_featured: true,
    show_media: true,
    show_media_replies: true,
    feature_approval: { automatic: [], manual: [], current_user: 'denied' },
  }
}

/** The owner's own view: with what they typed. @see https://docs.joinmastodon.org/entities/Account/#CredentialAccount */
export const credentialAccountEntity = (row: AccountRow, origin: string, followRequests: number) => ({
  ...accountEntity(row, origin),
  source: {
    privacy: row.default_visibility,
    sensitive: row.default_sensitive,
    language: row.default_language,
    note: row.note_source,
    fields: row.fields_source.map(({ name, value }, index) => ({ name, value, verified_at: row.fields[index]?.verifiedAt ?? null })),
    follow_requests_count: followRequests,
    hide_collections: false,
    discoverable: row.discoverable,
    indexable: row.indexable,
    attribution_domains: [],
    quote_policy: 'nobody',
  },
  role: roleEntity(row.role),
})

/** @param expiresAt when the mute ends by itself; null: never */
export const mutedAccountEntity = (row: AccountRow, origin: string, expiresAt: Date | null) => ({
  ...accountEntity(row, origin),
  mute_expires_at: expiresAt?.toISOString() ?? null,
})

const fieldEntity = (field: AccountRow['fields'][number]) => ({ name: field.name, value: field.value, verified_at: field.verifiedAt })

/** Bit 0 of `permissions` is "administrator". Highlighted: everyone sees it. @see https://docs.joinmastodon.org/entities/Role/ */
const OWNER = { id: '3', name: 'Owner', color: '', permissions: '1', highlighted: true, collection_limit: 0 }
const EVERYONE = { id: '-99', name: '', color: '', permissions: '0', highlighted: false, collection_limit: 0 }

const roleEntity = (role: AccountRow['role']) => (role === 'owner' ? OWNER : EVERYONE)

const day = (date: Date): string => date.toISOString().slice(0, 10)
