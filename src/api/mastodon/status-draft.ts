/** What somebody asks to be posted, read from a request and checked: text, warning, language, pictures. Nothing is stored here. */
import type { FastifyRequest } from 'fastify'
import type { MediaAttachment, StatusBody } from '../../events/catalogue.ts'
import { mediaByIds } from '../../projections/read/media.ts'
import type { AccountRow, StatusRow } from '../../projections/rows.ts'
import type { ApiDeps } from '../deps.ts'
import { unprocessable } from '../errors.ts'
import { invalid, type Params, paramsOf, text } from '../forms.ts'
import { isUsable } from '../media/sweep.ts'
import { findAccount } from './facts.ts'
import { flag, ids, language, records } from './input.ts'
import { MOST_CHARACTERS, MOST_MEDIA } from './limits.ts'
import { type MediaChange, mediaChange } from './media-change.ts'
import { cleanText, compose, LONGEST_TEXT, textLength } from './text/compose.ts'
import { characters } from './text/length.ts'

export type DraftDeps = Pick<ApiDeps, 'pool' | 'config' | 'resolve' | 'log'>

/** What was given; undefined members were not. */
export type StatusDraft = {
  readonly text: string | undefined
  readonly spoilerText: string | undefined
  readonly sensitive: boolean | undefined
  /** Null: the author says "none". */
  readonly language: string | null | undefined
  readonly mediaIds: readonly string[]
  readonly mediaChanges: readonly MediaChange[]
}

/** @throws {ApiError} 422 for a wrong type, for too long a text, and for what is not offered (polls, quotes, scheduling): never posted without it */
export function draftOf(request: FastifyRequest): StatusDraft {
  const params = paramsOf(request)
  refuseUnsupported(params)
  const draft = {
    text: cleanOf(params, 'status'),
    spoilerText: cleanOf(params, 'spoiler_text'),
    sensitive: flag(params, 'sensitive'),
    language: language(params),
    mediaIds: ids(params, 'media_ids', MOST_MEDIA),
    mediaChanges: (records(params, 'media_attributes') ?? []).map(mediaChange),
  }
  checkLength(draft.text ?? '', draft.spoilerText ?? '')
  return draft
}

/**
 * The body that a new post, or a post after an edit, has. Asks other servers about people they have not met.
 *
 * @param before  the post being edited; of it only the language stays when none is given: as with Mastodon, an edit says everything else again
 */
export async function bodyOf(
  deps: DraftDeps,
  draft: StatusDraft,
  author: AccountRow,
  media: readonly MediaAttachment[],
  before?: Pick<StatusRow, 'language'>,
): Promise<StatusBody> {
  const [words, warning] = swapped(draft.text ?? '', draft.spoilerText ?? '')
  if (words === '' && media.length === 0) throw invalid('text', "can't be blank")
  checkLength(words, warning)
  const { content, mentions, tags } = await compose(words, deps.config.origin, (acct) => findAccount(deps, acct))
  return {
    text: words,
    content,
    spoilerText: warning,
    sensitive: (draft.sensitive ?? (before === undefined && author.default_sensitive)) || warning !== '',
    language: draft.language ?? before?.language ?? author.default_language,
    media,
    mentions,
    tags,
    emojis: [],
  }
}

/** A warning without a text is the text. */
const swapped = (words: string, warning: string): readonly [string, string] => (words === '' && warning !== '' ? [warning, ''] : [words, warning])

/**
 * The author's uploads, in the order given. Those of a deleted post are free again, for a day: "delete and redraft".
 *
 * @param statusId  the post being edited: its own pictures may stay, or come back
 * @throws {ApiError} 422 for media of somebody else, of another post, too old, or in a mix that clients cannot show
 */
export async function attachments(
  deps: Pick<ApiDeps, 'pool' | 'now'>,
  author: AccountRow,
  mediaIds: readonly string[],
  statusId?: string,
): Promise<MediaAttachment[]> {
  if (mediaIds.length === 0) return []
  const own = await mediaByIds(deps.pool, author.id, mediaIds)
  const found = new Map(own.filter((row) => row.status_id !== null || isUsable(row, deps.now())).map((row) => [row.id, row]))
  const rows = mediaIds.flatMap((id) => found.get(id) ?? [])
  if (rows.length < mediaIds.length)
    throw unprocessable(`Media with IDs ${mediaIds.filter((id) => !found.has(id)).join(', ')} not found or not yours`)
  const used = rows.find(({ status_id }) => status_id !== null && status_id !== statusId)
  if (used !== undefined) throw unprocessable(`Media with IDs ${used.id} already used in another post`)
  if (rows.length > 1 && rows.some(({ attachment }) => attachment.type === 'video' || attachment.type === 'audio')) {
    throw unprocessable('Cannot attach a video or audio file to a post that contains other files')
  }
  return rows.map((row) => row.attachment)
}

function cleanOf(params: Params, name: string): string | undefined {
  const value = text(params, name)
  if (value === undefined) return undefined
  if (value.length > LONGEST_TEXT) throw invalid(name, `is too long (maximum is ${MOST_CHARACTERS} characters)`)
  return cleanText(value)
}

function checkLength(words: string, warning: string): void {
  if (textLength(words) + characters(warning) > MOST_CHARACTERS) throw invalid('text', `character limit of ${MOST_CHARACTERS} exceeded`)
}

function refuseUnsupported(params: Params): void {
  const wanted = ['poll', 'scheduled_at', 'quoted_status_id'].find(
    (name) => params[name] !== undefined && params[name] !== null && params[name] !== '',
  )
  if (wanted !== undefined) throw invalid(wanted, 'is not supported by this instance')
}
