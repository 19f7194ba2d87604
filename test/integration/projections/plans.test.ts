/** What reads cost, counted in pages, not in time: a home timeline among 20,000 posts touches about as many pages as among 200. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { statusViews } from '../../../src/projections/read/statuses.ts'
import { home, publicTimeline, tagTimeline } from '../../../src/projections/read/timelines.ts'
import * as given from './given.ts'
import { openStage, type Stage } from './stage.ts'

const AUTHORS = 50
const POSTS = 20_000
const page = { limit: 40 }
let stage: Stage

beforeAll(async () => {
  stage = await openStage()
  const people = Array.from({ length: AUTHORS }, (_, n) => given.appears(String(100 + n), `r${n}`))
  await stage.happens(given.joins('1', 'reader'), ...people, ...people.map((_, n) => given.follows('1', String(100 + n))), given.mutes('1', '107'))
  for (let from = 0; from < POSTS; from += 500) {
    await stage.happens(
      ...Array.from({ length: 500 }, (_, n) =>
        given.posts(String(100 + ((from + n) % AUTHORS)), given.idAt(from + n), { local: false, tags: n % 4 === 0 ? ['often'] : [] }),
      ),
    )
  }
  await stage.pool.query('analyze')
}, 120_000)
afterAll(() => stage.close())

/** Pages of tables and indexes that reading touches, on a connection of its own. */
async function pages(read: (db: Parameters<typeof home>[0]) => Promise<unknown>): Promise<number> {
  const client = await stage.pool.connect()
  const touched = async (): Promise<number> => {
    await client.query('select pg_stat_force_next_flush()')
    const { rows } = await client.query<{ pages: string }>(
      `select coalesce(sum(heap_blks_read + heap_blks_hit + coalesce(idx_blks_read, 0) + coalesce(idx_blks_hit, 0)), 0) as pages from pg_statio_user_tables where schemaname = 'social'`,
    )
    return Number(rows[0]?.pages)
  }
  try {
    await read(client) // the first time also loads catalogues and plans
    const before = await touched()
    await read(client)
    return (await touched()) - before
  } finally {
    client.release()
  }
}

test('a page of home', async () => {
  expect(await home(stage.pool, '1', page)).toHaveLength(40)
  expect(await pages((db) => home(db, '1', page))).toBeLessThan(100)
  expect(await pages((db) => home(db, '1', { ...page, maxId: given.idAt(POSTS / 2) }))).toBeLessThan(100)
})

test('a page of the public timeline', async () => {
  expect(await publicTimeline(stage.pool, page, '1')).toHaveLength(40)
  expect(await pages((db) => publicTimeline(db, page, '1'))).toBeLessThan(150)
})

test('a page of a tag', async () => {
  expect(await tagTimeline(stage.pool, 'often', page, '1')).toHaveLength(40)
  expect(await pages((db) => tagTimeline(db, 'often', page, '1'))).toBeLessThan(150)
})

test('the views of a page', async () => {
  const ids = await home(stage.pool, '1', page)
  expect(await statusViews(stage.pool, ids, '1')).toHaveLength(40)
  expect(await pages((db) => statusViews(db, ids, '1'))).toBeLessThan(1200)
})
