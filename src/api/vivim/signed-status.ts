/** Posts, edits, boosts and pins that a device signed: are they what this instance would have made of the same words? */
import type { EventData, MediaAttachment, StatusBody } from '../../events/catalogue.ts'
import { sameJson } from '../../events/same.ts'
import { snowflakeTime } from '../../events/snowflake.ts'
import { accountStatuses, statusById } from '../../projections/read/statuses.ts'
import type { AccountRow, StatusRow } from '../../projections/rows.ts'
import type { SignedIn } from '../auth.ts'
import type { ApiDeps } from '../deps.ts'
import { refused } from '../errors.ts'
import { originalOf, visibleStatus } from '../mastodon/facts.ts'
import { MOST_MEDIA, MOST_PINNED } from '../mastodon/limits.ts'
import { attachments, bodyOf, type DraftDeps, type StatusDraft } from '../mastodon/status-draft.ts'
import { cleanText, LONGEST_TEXT } from '../mastodon/text/compose.ts'

export type FactDeps = Pick<ApiDeps, 'pool' | 'config' | 'resolve' | 'log' | 'now'>

const invalid = (message: string): Error => refused({ code: 'INVALID', message })

/** @throws {ApiError} 422 or 404 naming what is not so */
export async function checkPost(deps: FactDeps, viewer: SignedIn, status: EventData['status:create']): Promise<void> {
  const { account, app } = viewer
  if (status.uri !== `${account.uri}/statuses/${status.id}` || status.url !== `${account.url}/${status.id}`)
    throw invalid('uri and url must be those of the author, with the id at the end')
  checkId(status.id, status.createdAt)
  if (status.application !== null && !(app !== null && sameJson(status.application, { name: app.name, website: app.website })))
    throw invalid('application must be the one that asks, or null')
  await checkParent(deps, account, status)
  const media = await attachments(deps, account, idsOf(status))
  await checkBody(deps, account, status, media)
}

/** @param described  files that the same commit describes anew */
export async function checkEdit(
  deps: FactDeps,
  { account }: SignedIn,
  edit: EventData['status:update'],
  described: ReadonlyMap<string, MediaAttachment>,
): Promise<void> {
  const before = await statusById(deps.pool, edit.id)
  const media = await attachments(deps, account, idsOf(edit), edit.id)
  const now = media.map((attachment) => described.get(attachment.id) ?? attachment)
  await checkBody(deps, account, edit, now, before ?? undefined)
}

export async function checkBoost(deps: FactDeps, { account }: SignedIn, boost: EventData['status:boost']): Promise<void> {
  if (boost.uri !== `${account.uri}/statuses/${boost.id}/activity`) throw invalid('uri must be that of the author, with the id in it')
  checkId(boost.id, boost.createdAt)
  const status = await visibleStatus(deps, boost.statusId, account.id)
  if ((await originalOf(deps, status, account.id)).id !== status.id) throw invalid('A boost is of the post itself, not of another boost')
  const isOpen = status.visibility === 'public' || status.visibility === 'unlisted'
  const again = status.visibility === 'private' && status.account_id === account.id && boost.visibility === 'private'
  if (!isOpen && !again) throw refused({ code: 'NOT_ALLOWED', message: 'This post is not for everyone to boost' })
}

export async function checkPin(deps: FactDeps, { account }: SignedIn, statusId: string): Promise<void> {
  const status = await visibleStatus(deps, statusId, account.id)
  if (status.account_id !== account.id || status.reblog_of_id !== null) throw invalid("Someone else's post cannot be pinned")
  if (status.visibility === 'direct') throw invalid('Posts that are only visible to mentioned users cannot be pinned')
  const pinned = await accountStatuses(deps.pool, account.id, { limit: MOST_PINNED, pinned: true }, account.id)
  if (pinned.length >= MOST_PINNED && !pinned.includes(statusId)) throw invalid('You have already pinned the maximum number of posts')
}

/** Ids sort by time, everywhere: one may not claim another time than the post does. */
function checkId(id: string, createdAt: string): void {
  if (snowflakeTime(id) !== Date.parse(createdAt)) throw invalid('id must be a snowflake of createdAt: 48 bits of milliseconds, 16 of sequence')
}

async function checkParent(deps: FactDeps, account: AccountRow, status: EventData['status:create']): Promise<void> {
  if (status.inReplyToUri !== null) throw invalid('inReplyToUri is for posts from elsewhere')
  const parent = status.inReplyToId === null ? null : await visibleStatus(deps, status.inReplyToId, account.id)
  if (parent?.reblog_of_id != null) throw invalid('A reply goes to the post itself, not to a boost of it')
  if (status.inReplyToAccountId !== (parent?.account_id ?? null)) throw invalid('inReplyToAccountId must be the author of the post replied to')
}

/** The body rendered again from the words in it. @throws {ApiError} 422 when it differs */
async function checkBody(
  deps: DraftDeps,
  author: AccountRow,
  body: StatusBody,
  media: readonly MediaAttachment[],
  before?: Pick<StatusRow, 'language'>,
): Promise<void> {
  if ((body.text ?? '').length > LONGEST_TEXT) throw invalid('text is too long')
  if (body.text === null || cleanText(body.text) !== body.text || cleanText(body.spoilerText) !== body.spoilerText)
    throw invalid('text and spoilerText must be clean: NFC, line ends as \\n, no control characters, no blank edges')
  const draft: StatusDraft = {
    text: body.text,
    spoilerText: body.spoilerText,
    sensitive: body.sensitive,
    language: body.language,
    mediaIds: [],
    mediaChanges: [],
  }
  const rendered = await bodyOf(deps, draft, author, media, before)
  const different = membersOf(rendered).find((name) => name !== 'language' && !sameJson(rendered[name], body[name]))
  if (different !== undefined) throw invalid(`${different} is not what this instance makes of these words`)
}

const membersOf = (body: StatusBody): (keyof StatusBody)[] => Object.keys(body) as (keyof StatusBody)[]

function idsOf({ media }: StatusBody): string[] {
  if (media.length > MOST_MEDIA) throw invalid(`A post has at most ${MOST_MEDIA} files`)
  return media.map(({ id }) => id)
}
