/** Timelines: ids of statuses, newest first, without what the viewer mutes or blocks. Load them with `statusViews`. */
import sql from 'sql-template-tag'
import type { Page } from '../rows.ts'
import { type Db, newestFirst, paged, rows } from './query.ts'
import { all } from './statuses.ts'
import { hiddenFrom } from './visibility.ts'

/** The account's own posts and those of accounts it follows. */
export async function home(db: Db, accountId: string, page: Page): Promise<string[]> {
  const { where, order } = paged(sql`h.status_id`, page)
  const found = await rows<{ id: string }>(
    db,
    sql`with hidden as materialized ${hiddenFrom(accountId)}
      select h.status_id as id from social.home_entry h where h.account_id = ${accountId}
        and h.author_id not in (table hidden) and (h.origin_id is null or h.origin_id not in (table hidden)) and ${where} ${order}`,
  )
  return newestFirst(page, found).map((s) => s.id)
}

export type PublicPage = Page & { readonly local?: boolean; readonly remote?: boolean; readonly onlyMedia?: boolean }

/** Public posts known here, without boosts and without replies to others. */
export async function publicTimeline(db: Db, page: PublicPage, viewerId: string | null): Promise<string[]> {
  const { where, order } = paged(sql`s.id`, page)
  const filters = [page.local && sql`s.local`, page.remote && sql`not s.local`, page.onlyMedia && sql`s.media <> '[]'::jsonb`]
  const found = await rows<{ id: string }>(
    db,
    sql`with hidden as materialized ${hiddenFrom(viewerId)}
      select s.id from social.status s where s.listed and s.account_id not in (table hidden) and ${all(filters)} and ${where} ${order}`,
  )
  return newestFirst(page, found).map((s) => s.id)
}

export type TagPage = PublicPage & { readonly any?: readonly string[]; readonly all?: readonly string[]; readonly none?: readonly string[] }

/**
 * Public posts with the tag or one of `any`, with each of `all`, with none of `none`. Tags without `#`, in any case.
 * One tag alone is walked along its index, newest first, so that a rare tag costs no more than a common one.
 */
export async function tagTimeline(db: Db, tag: string, page: TagPage, viewerId: string | null): Promise<string[]> {
  const { where, order } = paged(sql`t.status_id`, page)
  const lower = (tags: readonly string[] | undefined): string[] => (tags ?? []).map((name) => name.toLowerCase())
  const filters = [
    page.local && sql`s.local`,
    page.remote && sql`not s.local`,
    page.onlyMedia && sql`s.media <> '[]'::jsonb`,
    page.all && sql`s.tags @> ${lower(page.all)}::text[]`,
    page.none && sql`not s.tags && ${lower(page.none)}::text[]`,
  ]
  const tagged =
    page.any === undefined
      ? sql`social.status_tag t where t.tag = ${tag.toLowerCase()}`
      : sql`(select distinct on (x.status_id) x.* from social.status_tag x where x.tag = any (${lower([tag, ...page.any])}::text[])) t where true`
  const found = await rows<{ id: string }>(
    db,
    sql`with hidden as materialized ${hiddenFrom(viewerId)}
      select t.status_id as id from ${tagged} and t.public and t.account_id not in (table hidden)
        and ${filters.some(Boolean) ? sql`exists (select from social.status s where s.id = t.status_id and ${all(filters)})` : sql`true`}
        and ${where} ${order}`,
  )
  return newestFirst(page, found).map((s) => s.id)
}
