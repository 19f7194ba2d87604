/** What depends on today: hashtag history and the instance's own numbers. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { snowflake } from '../../../src/events/snowflake.ts'
import { instanceStats } from '../../../src/projections/read/stats.ts'
import { searchTags, tagHistory } from '../../../src/projections/read/tags.ts'
import * as given from './given.ts'
import { openStage, type Stage } from './stage.ts'

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage.close())

const DAY = 86_400_000

test('a tag is counted per UTC day for a week, by uses and by people; the instance counts its own', async () => {
  const today = Math.floor(Date.now() / DAY) * DAY
  let n = 0
  const tagged = (accountId: string, ms: number, tag = 'cats', visibility: 'public' | 'unlisted' = 'public') =>
    given.posts(accountId, snowflake(ms, n++), { tags: [tag], visibility, createdAt: new Date(ms).toISOString() })
  await stage.happens(given.joins('1', 'alice'), given.joins('2', 'bob'), given.appears('3', 'carol'), given.appears('4', 'dave', 'other.test'))
  await stage.happens(
    tagged('1', today),
    tagged('1', today + 1),
    tagged('2', today),
    tagged('3', today - 1),
    tagged('1', today - 6 * DAY),
    tagged('1', today - 6 * DAY - 1),
    tagged('1', today, 'cats', 'unlisted'),
    tagged('1', today, 'catalogue'),
  )
  const history = await tagHistory(stage.pool, 'Cats')
  expect(history.map((day) => [Number(day.day) * 1000, day.uses, day.accounts])).toEqual([
    [today, '3', '2'],
    [today - DAY, '1', '1'],
    ...[2, 3, 4, 5].map((ago) => [today - ago * DAY, '0', '0']),
    [today - 6 * DAY, '1', '1'],
  ])
  expect(await searchTags(stage.pool, '#CAT', 10)).toEqual([
    { name: 'cats', uses: 6 },
    { name: 'catalogue', uses: 1 },
  ])
  expect(await instanceStats(stage.pool)).toEqual({ users: 2, activeMonth: 2, statuses: 7, domains: 2 })
})
