/** Status, StatusEdit, StatusSource: posts as clients see them. Pure. */
import type { StatusEditRow, StatusRow, StatusView, ViewerState } from '../../../projections/rows.ts'
import { tagUrl } from '../text/compose.ts'
import { type AccountEntity, accountEntity } from './account.ts'
import { emojiEntity } from './emoji.ts'
import { mediaEntity } from './media.ts'

export type StatusEntity = ReturnType<typeof ownEntity> & { readonly reblog: StatusEntity | null }

const NOTHING_DONE: ViewerState = { favourited: false, reblogged: false, bookmarked: false, pinned: false, muted: false }

/** @see https://docs.joinmastodon.org/entities/Status/ */
export function statusEntity(view: StatusView, origin: string): StatusEntity {
  const reblog = view.reblog === null ? null : statusEntity(view.reblog, origin)
  return { ...ownEntity(view, origin), ...(reblog !== null && fromBoosted(reblog)), reblog }
}

function ownEntity({ status, account, viewer }: StatusView, origin: string) {
  const done = viewer ?? NOTHING_DONE
  return {
    id: status.id,
    created_at: status.created_at.toISOString(),
    edited_at: status.edited_at?.toISOString() ?? null,
    in_reply_to_id: status.in_reply_to_id,
    in_reply_to_account_id: status.in_reply_to_account_id,
    sensitive: status.sensitive,
    spoiler_text: status.spoiler_text,
    visibility: status.visibility,
    language: status.language,
    uri: status.uri,
    url: status.url,
    replies_count: status.replies_count,
    reblogs_count: status.reblogs_count,
    favourites_count: status.favourites_count,
    quotes_count: 0,
    favourited: done.favourited,
    reblogged: done.reblogged,
    bookmarked: done.bookmarked,
    pinned: done.pinned,
    muted: done.muted,
    content: status.content,
    filtered: [],
    application: status.application,
    account: accountEntity(account, origin),
    media_attachments: status.media.map((media) => mediaEntity(media, origin)),
    mentions: status.mentions.map(({ accountId, username, url, acct }) => ({ id: accountId, username, url, acct })),
    tags: status.tags.map((name) => ({ name, url: tagUrl(origin, name) })),
    emojis: status.emojis.map(emojiEntity),
    card: null,
    poll: null,
    quote: null,
    quote_approval: { automatic: [], manual: [], current_user: 'denied' },
    tagged_collections: [],
  }
}

/** A boost shows the boosted post's own content at the outer level too, as clients that ignore `reblog` expect. */
const fromBoosted = ({ content, spoiler_text, sensitive, language, media_attachments, mentions, tags, emojis, ...rest }: StatusEntity) => ({
  content,
  spoiler_text,
  sensitive,
  language,
  media_attachments,
  mentions,
  tags,
  emojis,
  replies_count: rest.replies_count,
  reblogs_count: rest.reblogs_count,
  favourites_count: rest.favourites_count,
  favourited: rest.favourited,
  reblogged: rest.reblogged,
  bookmarked: rest.bookmarked,
})

/** What DELETE answers: the post with its source text, for "delete and redraft". */
export const deletedStatusEntity = (view: StatusView, origin: string) => ({ ...statusEntity(view, origin), text: view.status.text ?? '' })

/** @see https://docs.joinmastodon.org/entities/StatusSource/ */
export const statusSourceEntity = (status: StatusRow) => ({ id: status.id, text: status.text ?? '', spoiler_text: status.spoiler_text })

/** @see https://docs.joinmastodon.org/entities/StatusEdit/ */
export const statusEditEntity = ({ body, created_at }: StatusEditRow, account: AccountEntity, origin: string) => ({
  content: body.content,
  spoiler_text: body.spoilerText,
  sensitive: body.sensitive,
  created_at: created_at.toISOString(),
  account,
  media_attachments: body.media.map((media) => mediaEntity(media, origin)),
  emojis: body.emojis.map(emojiEntity),
  quote: null,
})
