/** Laws of the social fold, over random histories: also of events that refer to what never was or is gone. */
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { DomainEvent, Visibility } from '../../../src/events/catalogue.ts'
import type { Projection } from '../../../src/projections/projection.ts'
import { Projections } from '../../../src/projections/projections.ts'
import { social } from '../../../src/projections/social/projection.ts'
import { freshDatabase, type TestDatabase } from '../../support/postgres.ts'
import { dump } from './dump.ts'
import * as given from './given.ts'
import { RecordedLog } from './recorded-log.ts'

let db: TestDatabase
beforeAll(async () => {
  db = await freshDatabase()
})
afterAll(() => db.drop())

const PEOPLE = ['1', '2', '3', '4', '5', '6'] as const
const POSTS = Array.from({ length: 10 }, (_, i) => given.idAt(i + 1))
const BOOSTS = Array.from({ length: 6 }, (_, i) => given.idAt(1000 + i))

const person = fc.constantFrom(...PEOPLE)
const post = fc.constantFrom(...POSTS)
const visibility = fc.constantFrom<Visibility>('public', 'unlisted', 'private', 'direct')
const mentions = fc.uniqueArray(person, { maxLength: 2 })
const pair = fc.tuple(person, person).filter(([a, b]) => a !== b)
const of = <A, B>(make: (a: A, b: B) => DomainEvent, arbitrary: fc.Arbitrary<readonly [A, B]>): fc.Arbitrary<DomainEvent> =>
  arbitrary.map(([a, b]) => make(a, b))

const parent = fc.oneof(
  fc.constant({ inReplyToId: null, inReplyToUri: null }),
  post.map((id) => ({ inReplyToId: id, inReplyToUri: null })),
  post.map((id) => ({ inReplyToId: null, inReplyToUri: given.statusUri(id) })),
  fc.tuple(post, person).map(([id, inReplyToAccountId]) => ({ inReplyToId: id, inReplyToAccountId, inReplyToUri: given.statusUri(id) })),
)
/** Uploads of the first two people; others show what was never uploaded. */
const PICTURES = ['501', '502', '503'] as const
const media = fc.subarray([...PICTURES], { maxLength: 2 }).map((ids) => ids.map(given.picture))
const uploads = PICTURES.slice(0, 2).map((id, n) => given.uploads(PEOPLE[n * 2] ?? '', id))
const posting = fc
  .record({ author: person, id: post, visibility, mentions, parent, media, tags: fc.subarray(['a', 'b', 'c']) })
  .map(({ author, id, visibility, mentions, parent, media, tags }) =>
    given.posts(author, id, { ...parent, visibility, media, tags, mentions: mentions.map(given.mention), uri: given.statusUri(id) }),
  )
const following = fc
  .record({ pair, state: fc.constantFrom('requested' as const, 'accepted' as const), reblogs: fc.boolean(), notify: fc.boolean() })
  .map(({ pair: [a, b], ...options }) => given.follows(a, b, options))
const boosting = fc.tuple(person, post, fc.constantFrom(...BOOSTS), visibility).map(([a, s, id, v]) => given.boosts(a, s, id, v))
const editing = fc
  .record({ author: person, id: post, mentions, media, tags: fc.subarray(['a', 'b', 'c']), seconds: fc.nat(100) })
  .map(({ author, id, mentions, media, tags, seconds }) =>
    given.edits(author, id, given.at(seconds), { tags, media, mentions: mentions.map(given.mention) }),
  )

const anything = fc.oneof(
  { arbitrary: posting, weight: 8 },
  { arbitrary: following, weight: 5 },
  { arbitrary: boosting, weight: 4 },
  { arbitrary: editing, weight: 2 },
  { arbitrary: of(given.likes, fc.tuple(person, post)), weight: 4 },
  of(given.unlikes, fc.tuple(person, post)),
  of((a, s) => given.unboosts(a, s, BOOSTS[0] ?? ''), fc.tuple(person, post)),
  of(given.deletes, fc.tuple(person, post)),
  of(given.accepts, pair),
  of(given.rejects, pair),
  of(given.unfollows, pair),
  of(given.blocks, pair),
  of(given.unblocks, pair),
  of((a, b) => given.mutes(a, b), pair),
  of(given.unmutes, pair),
  of((a, s) => given.bookmarks(a, s), fc.tuple(person, post)),
  { arbitrary: person.map((id) => given.leaves(id)), weight: 1 },
)

/** Half of the people live here, half elsewhere. */
const people = PEOPLE.map((id, i) => (i % 2 === 0 ? given.joins(id, `p${id}`) : given.appears(id, `p${id}`)))
const histories = fc
  .array(fc.array(anything, { minLength: 1, maxLength: 3 }), { minLength: 20, maxLength: 120 })
  .map((commits) => [people, uploads, ...commits])

const opened: Projections[] = []

async function projected(projection: Projection, commits: readonly (readonly DomainEvent[])[], batch: number): Promise<Projections> {
  await db.pool.query(`drop schema if exists ${projection.name} cascade`)
  const log = new RecordedLog()
  const projections = await Projections.open({ pool: db.pool, ledger: log, projections: [projection] })
  opened.push(projections)
  for (let i = 0; i < commits.length; i += batch) {
    const position = log.append(...commits.slice(i, i + batch))
    if (!(await projections.waitFor(position))) throw new Error(JSON.stringify(await projections.status()))
  }
  return projections
}

const named = (name: string): Projection => ({ ...social, name })

test('batch size does not matter, a rebuild gives the same bytes, and every counter is what counting gives', { timeout: 240_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(histories, async (commits) => {
      try {
        const single = await projected(named('batch_1'), commits, 1)
        await projected(named('batch_7'), commits, 7)
        await projected(named('batch_1000'), commits, 1000)
        const expected = await dump(db.pool, named('batch_1'))
        expect(expected['parked']).toEqual([])
        expect(await dump(db.pool, named('batch_7'))).toEqual(expected)
        expect(await dump(db.pool, named('batch_1000'))).toEqual(expected)
        await single.rebuild()
        expect(await dump(db.pool, named('batch_1'))).toEqual(expected)
        await expectConsistent('batch_1')
      } finally {
        await Promise.all(opened.splice(0).map((projections) => projections.close()))
      }
    }),
    { numRuns: Number(process.env['VIVIM_FUZZ_RUNS'] ?? 12), endOnFailure: process.env['VIVIM_FUZZ_SHRINK'] === undefined },
  )
})

/** Queries that find rows which break an invariant. */
const violations = {
  'statuses are counted': `select a.id from account a where a.deleted_at is null and a.statuses_count <> (select count(*) from status s where s.account_id = a.id and s.visibility in ('public', 'unlisted'))`,
  'followers are counted': `select a.id from account a where a.followers_count <> (select count(*) from follow f where f.target_id = a.id and f.state = 'accepted')`,
  'following is counted': `select a.id from account a where a.following_count <> (select count(*) from follow f where f.account_id = a.id and f.state = 'accepted')`,
  'favourites are counted': `select s.id from status s where s.favourites_count <> (select count(*) from favourite f where f.status_id = s.id)`,
  'boosts are counted': `select s.id from status s where s.reblogs_count <> (select count(*) from status b where b.reblog_of_id = s.id)`,
  'replies are counted': `select s.id from status s where s.replies_count <> (select count(*) from status r where r.in_reply_to_id = s.id and r.visibility in ('public', 'unlisted'))`,
  'parents exist': `select s.id from status s where s.in_reply_to_id is not null and not exists (select from status p where p.id = s.in_reply_to_id)`,
  'known parents are linked': `select s.id from status s join status p on p.uri = s.in_reply_to_uri and p.id <> s.id and p.reblog_of_id is null where s.in_reply_to_id is null`,
  'boosted statuses exist': `select s.id from status s where s.reblog_of_id is not null and not exists (select from status o where o.id = s.reblog_of_id and o.reblog_of_id is null)`,
  'the deleted have no posts': `select s.id from status s join account a on a.id = s.account_id where a.deleted_at is not null`,
  'the deleted have no relations': `select f.account_id from (select account_id, target_id from follow union all select account_id, target_id from block union all select account_id, target_id from mute) f
    join account a on a.id in (f.account_id, f.target_id) where a.deleted_at is not null`,
  'homes hold what exists': `select h.status_id from home_entry h where not exists (select from status s where s.id = h.status_id)`,
  'homes are local': `select h.account_id from home_entry h join account a on a.id = h.account_id where a.domain is not null or a.deleted_at is not null`,
  'homes hold only own posts and posts of the followed': `select h.status_id from home_entry h where h.author_id <> h.account_id
    and not exists (select from follow f where f.account_id = h.account_id and f.target_id = h.author_id and f.state = 'accepted')`,
  'direct posts reach only the mentioned': `select h.status_id from home_entry h join status s on s.id = h.status_id
    where s.visibility = 'direct' and s.reblog_of_id is null and h.account_id <> s.account_id and h.account_id <> all (s.mention_ids)`,
  'mentions told are mentions': `select n.id from notification n join status s on s.id = n.status_id where n.type = 'mention' and n.account_id <> all (s.mention_ids)`,
  'boosts show what may be shown': `select b.id from status b join status o on o.id = b.reblog_of_id where o.visibility = 'direct' or (o.visibility = 'private' and o.account_id <> b.account_id)`,
  'notifications are local': `select n.id from notification n join account a on a.id = n.account_id where a.domain is not null or a.deleted_at is not null`,
  'notifications name what exists': `select n.id from notification n where n.status_id is not null and not exists (select from status s where s.id = n.status_id)`,
  'likes told are likes': `select n.id from notification n where n.type = 'favourite' and not exists (select from favourite f where f.status_id = n.status_id and f.account_id = n.from_account_id)`,
  'tags are those of the status': `select s.id from status s where s.tags <> coalesce((select array_agg(t.tag order by array_position(s.tags, t.tag)) from status_tag t where t.status_id = s.id), '{}')`,
  'marks are on what exists': `select x.status_id from (select status_id from favourite union all select status_id from bookmark union all select status_id from pin union all select status_id from status_edit union all select status_id from status_tag) x
    where not exists (select from status s where s.id = x.status_id)`,
}

async function expectConsistent(schema: string): Promise<void> {
  const client = await db.pool.connect()
  try {
    await client.query(`set search_path = ${schema}`)
    const found: Record<string, unknown[]> = {}
    for (const [law, query] of Object.entries(violations)) {
      const { rows } = await client.query<object>(query)
      if (rows.length > 0) found[law] = rows
    }
    expect(found).toEqual({})
  } finally {
    await client.query('reset search_path')
    client.release()
  }
}
