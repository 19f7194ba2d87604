/** Collections of an account, page by page: followers, following, outbox, featured. Cursors are ledger positions or post ids, so pages do not shift. */
import type pg from 'pg'
import { accountsByIds, followers, following } from '../projections/read/accounts.ts'
import { accountStatuses, statusById, statusViews } from '../projections/read/statuses.ts'
import type { AccountRow, FollowRow, Page, StatusRow, StatusView } from '../projections/rows.ts'
import type { Uris } from './uris.ts'
import { ACTIVITY_CONTEXT, OBJECT_CONTEXT } from './wire/context.ts'
import type { JsonObject } from './wire/json.ts'
import { announceActivity, createActivity } from './wire/write-activity.ts'
import { noteObject, noteOfRow } from './wire/write-note.ts'

const PAGE = 40

export type CollectionQuery = {
  /** Null asks for the collection itself, anything else for a page. */
  readonly page: string | null
  readonly before: string | null
}

type Items = { readonly items: readonly (string | JsonObject)[]; readonly next: string | null }

/** The collection or one of its pages. @param context of the items */
async function ordered(
  id: string,
  totalItems: number,
  query: CollectionQuery,
  load: (page: Page) => Promise<Items>,
  context = ACTIVITY_CONTEXT,
): Promise<JsonObject> {
  if (query.page === null) return { '@context': context, id, type: 'OrderedCollection', totalItems, first: `${id}?page=true` }
  const before = query.before !== null && /^\d{1,20}$/.test(query.before) ? query.before : null
  const { items, next } = await load({ limit: PAGE, ...(before === null ? {} : { maxId: before }) })
  return {
    '@context': context,
    id: `${id}?page=true${before === null ? '' : `&before=${before}`}`,
    type: 'OrderedCollectionPage',
    partOf: id,
    totalItems,
    ...(next === null ? {} : { next: `${id}?page=true&before=${next}` }),
    orderedItems: [...items],
  }
}

export const followersCollection = (pool: pg.Pool, account: AccountRow, query: CollectionQuery, uris: Uris): Promise<JsonObject> =>
  ordered(uris.followers(account.username), account.followers_count, query, async (page) =>
    people(pool, await followers(pool, account.id, page), (row) => row.account_id),
  )

export const followingCollection = (pool: pg.Pool, account: AccountRow, query: CollectionQuery, uris: Uris): Promise<JsonObject> =>
  ordered(uris.following(account.username), account.following_count, query, async (page) =>
    people(pool, await following(pool, account.id, page), (row) => row.target_id),
  )

async function people(pool: pg.Pool, rows: readonly FollowRow[], who: (row: FollowRow) => string): Promise<Items> {
  const accounts = await accountsByIds(pool, rows.map(who))
  return { items: rows.flatMap((row) => accounts.get(who(row))?.uri ?? []), next: rows.length === PAGE ? (rows.at(-1)?.position ?? null) : null }
}

/** What anybody may see of an account's posts and boosts, newest first. */
export const outboxCollection = (pool: pg.Pool, account: AccountRow, query: CollectionQuery, uris: Uris): Promise<JsonObject> =>
  ordered(
    uris.outbox(account.username),
    account.statuses_count,
    query,
    async (page) => {
      const ids = await accountStatuses(pool, account.id, page, null)
      const views = await statusViews(pool, ids, null)
      return { items: await Promise.all(views.map((view) => activityOf(pool, view, uris))), next: ids.length === PAGE ? (ids.at(-1) ?? null) : null }
    },
    OBJECT_CONTEXT,
  )

/** The Create or Announce that a post or boost came by, embedded. */
export async function activityOf(pool: pg.Pool, { status, account, reblog }: StatusView, uris: Uris): Promise<JsonObject> {
  const { '@context': _context, ...activity } =
    reblog === null
      ? createActivity(noteOfRow(status, await parentUri(pool, status)), account.username, uris)
      : announceActivity(announced(status, reblog), account.username, uris)
  return activity
}

const announced = (boost: StatusRow, { status, account }: StatusView) => ({
  uri: boost.uri,
  createdAt: boost.created_at.toISOString(),
  visibility: boost.visibility,
  object: status.uri,
  author: account.uri,
})

/** Pinned posts, whole: there are few. */
export async function featuredCollection(pool: pg.Pool, account: AccountRow, uris: Uris): Promise<JsonObject> {
  const ids = await accountStatuses(pool, account.id, { limit: PAGE, pinned: true }, null)
  const views = await statusViews(pool, ids, null)
  const items = await Promise.all(
    views.map(async ({ status }) => noteObject(noteOfRow(status, await parentUri(pool, status)), account.username, uris)),
  )
  return { '@context': OBJECT_CONTEXT, id: uris.featured(account.username), type: 'OrderedCollection', totalItems: items.length, orderedItems: items }
}

/** Id of the post that one answers, wherever it lives. */
export async function parentUri(
  pool: pg.Pool,
  { in_reply_to_uri, in_reply_to_id }: Pick<StatusRow, 'in_reply_to_uri' | 'in_reply_to_id'>,
): Promise<string | null> {
  if (in_reply_to_uri !== null || in_reply_to_id === null) return in_reply_to_uri
  return (await statusById(pool, in_reply_to_id))?.uri ?? null
}
