/** Who sees what: every way of reading against the rules written a second time, in words of sets. */
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { DomainEvent, Visibility } from '../../../src/events/catalogue.ts'
import { accountStatuses, context, statusViews, visibleTo } from '../../../src/projections/read/statuses.ts'
import { home, publicTimeline, tagTimeline } from '../../../src/projections/read/timelines.ts'
import * as given from './given.ts'
import { openStage, type Stage } from './stage.ts'

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage.close())

type Post = {
  readonly author: number
  readonly visibility: Visibility
  readonly mentioned: readonly number[]
  readonly booster: number | null
  readonly boost: Visibility
}
type World = { readonly posts: readonly Post[]; readonly follows: ReadonlySet<string>; readonly blocks: ReadonlySet<string> }

const PEOPLE = 5
const person = fc.nat(PEOPLE - 1)
const pairs = fc
  .array(fc.tuple(person, person), { maxLength: 6 })
  .map((list) => new Set(list.filter(([a, b]) => a !== b).map(([a, b]) => `${a} ${b}`)))
const visibility = fc.constantFrom<Visibility>('public', 'unlisted', 'private', 'direct')
const worlds: fc.Arbitrary<World> = fc.record({
  posts: fc.array(
    fc.record({ author: person, visibility, mentioned: fc.uniqueArray(person, { maxLength: 2 }), booster: fc.option(person), boost: visibility }),
    { minLength: 1, maxLength: 8 },
  ),
  follows: pairs,
  blocks: pairs,
})

/** The rules, once more. `viewer` null: a stranger. */
function sees(world: World, viewer: number | null, post: Pick<Post, 'author' | 'visibility' | 'mentioned'>): boolean {
  if (viewer === post.author) return true
  if (viewer === null) return post.visibility === 'public' || post.visibility === 'unlisted'
  if (world.blocks.has(`${post.author} ${viewer}`)) return false
  if (post.mentioned.includes(viewer)) return true
  return (
    post.visibility === 'public' || post.visibility === 'unlisted' || (post.visibility === 'private' && world.follows.has(`${viewer} ${post.author}`))
  )
}

/** Nobody boosts what is direct, and only its author what is private. */
const boostable = ({ author, visibility, booster }: Post): boolean => visibility !== 'direct' && (visibility !== 'private' || author === booster)

const seesBoost = (world: World, viewer: number | null, post: Post): boolean =>
  post.booster !== null &&
  boostable(post) &&
  sees(world, viewer, { author: post.booster, visibility: post.boost, mentioned: [] }) &&
  sees(world, viewer, post)

let run = 0

test('every way of reading shows a viewer exactly what the rules allow', { timeout: 120_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(worlds, async (world) => {
      run += 1
      const account = (n: number): string => `${run * 10 + n}`
      const id = (n: number): string => given.idAt(run * 1000 + n * 2)
      const boostId = (n: number): string => given.idAt(run * 1000 + n * 2 + 1)
      const tag = `run${run}`
      const pair = (names: string): [string, string] => names.split(' ').map((n) => account(Number(n))) as [string, string]
      const events: DomainEvent[] = [
        ...Array.from({ length: PEOPLE }, (_, n) => given.joins(account(n), `p${run}x${n}`)),
        ...[...world.follows].map((names) => given.follows(...pair(names))),
        ...[...world.blocks].map((names) => given.blocks(...pair(names))),
        ...world.posts.map((post, n) =>
          given.posts(account(post.author), id(n), {
            visibility: post.visibility,
            mentions: post.mentioned.map((m) => given.mention(account(m))),
            tags: [tag],
            inReplyToId: n === 0 ? null : id(0),
          }),
        ),
        ...world.posts.flatMap((post, n) => (post.booster === null ? [] : [given.boosts(account(post.booster), id(n), boostId(n), post.boost)])),
      ]
      await stage.happens(...events)

      const blocked = (viewer: number, other: number): boolean => world.blocks.has(`${viewer} ${other}`) || world.blocks.has(`${other} ${viewer}`)
      for (const viewer of [null, ...Array.from({ length: PEOPLE }, (_, n) => n)]) {
        const viewerId = viewer === null ? null : account(viewer)
        const allowed = new Set([
          ...world.posts.flatMap((post, n) => (sees(world, viewer, post) ? [id(n)] : [])),
          ...world.posts.flatMap((post, n) => (seesBoost(world, viewer, post) ? [boostId(n)] : [])),
        ])
        const every = [...world.posts.keys()].flatMap((n) => (world.posts[n]?.booster === null ? [id(n)] : [id(n), boostId(n)]))
        const sorted = (ids: Iterable<string>): string[] => [...ids].sort()
        expect(sorted((await statusViews(stage.pool, every, viewerId)).map((v) => v.status.id))).toEqual(sorted(allowed))
        for (const one of every) expect(await visibleTo(stage.pool, { id: one }, viewerId)).toBe(allowed.has(one))

        const page = { limit: 80, sinceId: given.idAt(run * 1000 - 1) }
        for (let author = 0; author < PEOPLE; author++) {
          const unhidden = (post: Post): boolean => viewer === null || viewer === author || !blocked(viewer, post.author)
          const own = [...allowed].filter((one) =>
            world.posts.some(
              (post, n) => (one === id(n) && post.author === author) || (one === boostId(n) && post.booster === author && unhidden(post)),
            ),
          )
          expect(sorted(await accountStatuses(stage.pool, account(author), page, viewerId))).toEqual(sorted(own))
        }
        const wanted = (post: Post): boolean => viewer === null || viewer === post.author || !blocked(viewer, post.author)
        const listed = world.posts.flatMap((post, n) => {
          const own = n === 0 || post.author === world.posts[0]?.author
          return post.visibility === 'public' && own && wanted(post) ? [id(n)] : []
        })
        expect(sorted(await publicTimeline(stage.pool, page, viewerId))).toEqual(sorted(listed))
        const tagged = world.posts.flatMap((post, n) => (post.visibility === 'public' && wanted(post) ? [id(n)] : []))
        expect(sorted(await tagTimeline(stage.pool, tag, page, viewerId))).toEqual(sorted(tagged))
        const replies = world.posts.flatMap((post, n) => (n > 0 && sees(world, viewer, post) && wanted(post) ? [id(n)] : []))
        expect(sorted((await context(stage.pool, id(0), viewerId)).descendants)).toEqual(sorted(replies))
        if (viewerId !== null) for (const one of await home(stage.pool, viewerId, page)) expect(allowed).toContain(one)
      }
    }),
    { numRuns: Number(process.env['VIVIM_FUZZ_RUNS'] ?? 15) },
  )
})
