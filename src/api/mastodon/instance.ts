/** What clients ask first: who this is, and how much one may send. Answers before set-up too. @see https://docs.joinmastodon.org/methods/instance/ */
import type { FastifyInstance } from 'fastify'
import { instance } from '../../projections/read/access.ts'
import { accountById } from '../../projections/read/accounts.ts'
import { type InstanceStats, instanceStats, peers, weeklyActivity } from '../../projections/read/stats.ts'
import type { AccountRow, InstanceRow } from '../../projections/rows.ts'
import { UPLOAD_LIMIT } from '../bodies.ts'
import { deprecatedSince } from '../deprecation.ts'
import type { ApiDeps } from '../deps.ts'
import { SUPPORTED_TYPES } from '../media/types.ts'
import { ICON } from '../pages/assets.ts'
import { remembered } from '../remembered.ts'
import { vapidKey } from '../vapid.ts'
import { CLIENT_VERSION, VERSION } from '../version.ts'
import { accountEntity } from './entities/account.ts'
import {
  LONGEST_BIOGRAPHY,
  LONGEST_DESCRIPTION,
  LONGEST_DISPLAY_NAME,
  LONGEST_FIELD,
  MOST_CHARACTERS,
  MOST_FIELDS,
  MOST_MEDIA,
  MOST_PINNED,
} from './limits.ts'

type Deps = Pick<ApiDeps, 'config' | 'pool' | 'ledger' | 'now'>
type Facts = {
  readonly row: InstanceRow | null
  readonly contact: AccountRow | null
  readonly stats: InstanceStats
  readonly vapid: string
  readonly origin: string
}

/** Counts may be this old. */
const STATS_MS = 10_000

export function registerInstance(app: FastifyInstance, deps: Deps): void {
  const { origin } = deps.config
  const statsNow = remembered(STATS_MS, deps.now, () => instanceStats(deps.pool))

  async function facts(): Promise<Facts> {
    const [row, stats, vapid] = await Promise.all([instance(deps.pool), statsNow(), vapidKey(deps.ledger.keyring)])
    const contact = row?.contact_account_id == null ? null : await accountById(deps.pool, row.contact_account_id)
    return { row, contact, stats, vapid, origin }
  }

  app.get('/api/v2/instance', async () => instanceEntity(await facts()))
  app.get('/api/v1/instance', { preHandler: deprecatedSince('2022-11-14') }, async () => v1InstanceEntity(await facts()))
  app.get('/api/v1/instance/rules', async () => [])
  app.get('/api/v1/instance/domain_blocks', async () => [])
  app.get('/api/v1/instance/translation_languages', async () => ({}))

  app.get('/api/v1/instance/extended_description', async () => ({
    content: (await instance(deps.pool))?.description ?? '',
    updated_at: new Date(deps.ledger.head().size === 0 ? deps.now() : await firstMoment()).toISOString(),
  }))

  app.get('/api/v1/instance/peers', async () => peers(deps.pool))

  /** Twelve weeks, newest first, all numbers as text. */
  app.get('/api/v1/instance/activity', async () => {
    const weeks = await weeklyActivity(deps.pool, Math.floor(deps.now() / 1000), 12)
    return weeks.map(({ start, statuses, registrations }) => ({
      week: String(start),
      statuses: String(statuses),
      logins: '0',
      registrations: String(registrations),
    }))
  })

  async function firstMoment(): Promise<number> {
    return (await deps.ledger.read(0, 1))[0]?.time ?? deps.now()
  }
}

/** @see https://docs.joinmastodon.org/entities/Instance/ */
function instanceEntity({ row, contact, stats, vapid, origin }: Facts) {
  const { host } = new URL(origin)
  return {
    domain: host,
    title: titleOf(row),
    version: CLIENT_VERSION,
    source_url: `${origin}/about`,
    description: row?.description ?? '',
    usage: { users: { active_month: stats.activeMonth } },
    thumbnail: { url: `${origin}${ICON.path}`, blurhash: null, versions: null, description: null },
    icon: [{ src: `${origin}${ICON.path}`, size: '32x32' }],
    languages: ['en'],
    configuration: {
      urls: { streaming: origin.replace(/^http/, 'ws'), about: `${origin}/about`, privacy_policy: null, terms_of_service: null, status: null },
      vapid: { public_key: vapid },
      accounts: {
        max_featured_tags: 0,
        max_pinned_statuses: MOST_PINNED,
        max_profile_fields: MOST_FIELDS,
        profile_field_name_limit: LONGEST_FIELD,
        profile_field_value_limit: LONGEST_FIELD,
        max_display_name_length: LONGEST_DISPLAY_NAME,
        max_note_length: LONGEST_BIOGRAPHY,
        max_avatar_description_length: 0,
        max_header_description_length: 0,
      },
      statuses: { max_characters: MOST_CHARACTERS, max_media_attachments: MOST_MEDIA, characters_reserved_per_url: 23 },
      media_attachments: { ...MEDIA_LIMITS, description_limit: LONGEST_DESCRIPTION },
      polls: POLL_LIMITS,
      translation: { enabled: false },
      limited_federation: false,
      timelines_access: {
        live_feeds: { local: 'public', remote: 'public' },
        hashtag_feeds: { local: 'public', remote: 'public' },
        trending_link_feeds: null,
      },
    },
    registrations: { enabled: false, approval_required: false, reason_required: null, message: null, min_age: null, url: null },
    api_versions: { mastodon: 1, vivim: 1 },
    contact: { email: contactEmail(origin), account: contact === null ? null : accountEntity(contact, origin) },
    rules: [],
  }
}

/** @see https://docs.joinmastodon.org/entities/V1_Instance/ */
function v1InstanceEntity({ row, contact, stats, origin }: Facts) {
  return {
    uri: new URL(origin).host,
    title: titleOf(row),
    short_description: row?.description ?? '',
    description: row?.description ?? '',
    email: contactEmail(origin),
    version: CLIENT_VERSION,
    urls: { streaming_api: origin.replace(/^http/, 'ws') },
    stats: { user_count: stats.users, status_count: stats.statuses, domain_count: stats.domains },
    thumbnail: `${origin}${ICON.path}`,
    languages: ['en'],
    registrations: false,
    approval_required: false,
    invites_enabled: false,
    configuration: {
      accounts: { max_featured_tags: 0, max_pinned_statuses: MOST_PINNED },
      statuses: { max_characters: MOST_CHARACTERS, max_media_attachments: MOST_MEDIA, characters_reserved_per_url: 23 },
      media_attachments: MEDIA_LIMITS,
      polls: POLL_LIMITS,
    },
    contact_account: contact === null ? null : accountEntity(contact, origin),
    rules: [],
    vivim: { version: VERSION },
  }
}

const MEDIA_LIMITS = {
  supported_mime_types: SUPPORTED_TYPES,
  image_size_limit: UPLOAD_LIMIT,
  image_matrix_limit: 33_177_600,
  video_size_limit: UPLOAD_LIMIT,
  video_frame_rate_limit: 120,
  video_matrix_limit: 8_294_400,
}

/** Polls are not offered yet; clients need the keys to be there. */
const POLL_LIMITS = { max_options: 0, max_characters_per_option: 0, min_expiration: 0, max_expiration: 0 }

const titleOf = (row: InstanceRow | null): string => row?.title ?? 'VIVIM'

/** The mailbox that every domain with mail must have. @see RFC 5321 section 4.5.1 */
const contactEmail = (origin: string): string => `postmaster@${new URL(origin).hostname}`
