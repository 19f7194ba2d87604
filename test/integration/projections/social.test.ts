/** What each event does to the rows that people read. Every test has a cast of its own: alice and bob here, carol and dave elsewhere. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { DomainEvent, MediaAttachment } from '../../../src/events/catalogue.ts'
import * as accounts from '../../../src/projections/read/accounts.ts'
import { markers } from '../../../src/projections/read/markers.ts'
import { mediaById, mediaByIds } from '../../../src/projections/read/media.ts'
import { notificationById, notifications, unreadCount } from '../../../src/projections/read/notifications.ts'
import * as statuses from '../../../src/projections/read/statuses.ts'
import { home, publicTimeline, tagTimeline } from '../../../src/projections/read/timelines.ts'
import * as given from './given.ts'
import { openStage, type Stage } from './stage.ts'

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage.close())

let act = 0
let alice: string
let bob: string
let carol: string
let dave: string
const happens = (...events: readonly DomainEvent[]) => stage.happens(...events)
/** The n-th post of this test. */
const post = (n: number): string => given.idAt(act * 10_000 + n)
const page = { limit: 40 }

beforeEach(async () => {
  act += 1
  ;[alice, bob, carol, dave] = [1, 2, 3, 4].map((n) => `${act * 10 + n}`) as [string, string, string, string]
  await happens(
    given.joins(alice, `alice${act}`),
    given.joins(bob, `bob${act}`),
    given.appears(carol, `carol${act}`),
    given.appears(dave, `dave${act}`, 'elsewhere.test'),
  )
})

const counters = async (id: string) => {
  const row = await statuses.statusById(stage.pool, id)
  return row && { replies: row.replies_count, reblogs: row.reblogs_count, favourites: row.favourites_count }
}
const told = async (id: string) => (await notifications(stage.pool, id, page)).map((n) => [n.type, n.from_account_id, n.status_id])
const homeOf = (id: string) => home(stage.pool, id, page)

describe('accounts', () => {
  test('are found by id, uri and handle in any case; remote ones by their domain', async () => {
    const found = await accounts.accountById(stage.pool, alice)
    expect(found).toMatchObject({ id: alice, username: `alice${act}`, domain: null, followers_count: 0, type: 'Person', deleted_at: null })
    expect(await accounts.accountByUri(stage.pool, given.here(`alice${act}`))).toEqual(found)
    expect(await accounts.localAccount(stage.pool, `ALICE${act}`)).toEqual(found)
    expect((await accounts.accountByAcct(stage.pool, `Carol${act}`, 'There.Test'))?.id).toBe(carol)
    expect(await accounts.accountByAcct(stage.pool, `carol${act}`, null)).toBeNull()
    expect(await accounts.accountById(stage.pool, '../etc')).toBeNull()
    expect([...(await accounts.accountsByIds(stage.pool, [bob, alice, 'x'])).keys()].sort()).toEqual([alice, bob])
  })

  test('an update changes the profile, a refresh also addresses and keys', async () => {
    await happens({ type: 'identity:update', data: { id: alice, profile: { ...given.profile('Alice!'), locked: true, note: '<p>hi</p>' } } })
    expect(await accounts.accountById(stage.pool, alice)).toMatchObject({ display_name: 'Alice!', locked: true, note: '<p>hi</p>' })
    const keys = [{ id: 'k', kind: 'rsa' as const, material: 'pem' }]
    const links = {
      uri: given.there(`carol${act}`),
      url: 'u',
      inbox: 'i',
      sharedInbox: null,
      outbox: null,
      followers: 'f',
      following: null,
      featured: null,
    }
    await happens({ type: 'identity:refresh', data: { id: carol, profile: given.profile('Carol!'), links, keys } })
    expect(await accounts.accountById(stage.pool, carol)).toMatchObject({
      display_name: 'Carol!',
      inbox: 'i',
      shared_inbox: null,
      followers_uri: 'f',
      keys,
    })
  })

  test('search finds handles by prefix and names by word, and can be kept to those one follows', async () => {
    await happens({ type: 'identity:update', data: { id: bob, profile: given.profile(`Robert Quaint${act}`) } }, given.follows(alice, carol))
    const search = async (query: string, followedBy?: string) =>
      (await accounts.searchAccounts(stage.pool, { query, limit: 5, offset: 0, ...(followedBy === undefined ? {} : { followedBy }) })).map(
        (a) => a.id,
      )
    expect(await search(`@carol${act}@there`)).toEqual([carol])
    expect(await search(`quaint${act}`)).toEqual([bob])
    expect(await search(`bob${act}`)).toEqual([bob])
    expect(await search(`bob${act}`, alice)).toEqual([])
    expect(await search(`carol${act}`, alice)).toEqual([carol])
    expect(await search(`%_'; drop table social.account; --`)).toEqual([])
    expect(await search('')).toEqual([])
  })

  test('deleting one removes its posts, boosts of them, reactions and relations, and corrects every counter', async () => {
    await happens(
      given.follows(alice, bob),
      given.follows(bob, alice),
      given.posts(alice, post(1)),
      given.posts(bob, post(2), { inReplyToId: post(1) }),
      given.likes(bob, post(1)),
      given.boosts(bob, post(1), post(3)),
      given.boosts(alice, post(2), post(4)),
      given.posts(alice, post(5), { inReplyToId: post(2) }),
    )
    const changes = await happens(given.leaves(bob))
    expect(changes.filter((c) => c.kind === 'delete').map((c) => c.statusId)).toEqual([post(2), post(3), post(4)])
    expect(await counters(post(1))).toEqual({ replies: 0, reblogs: 0, favourites: 0 })
    expect((await statuses.statusById(stage.pool, post(5)))?.in_reply_to_id).toBeNull()
    expect(await accounts.accountById(stage.pool, alice)).toMatchObject({ followers_count: 0, following_count: 0, statuses_count: 2 })
    const gone = await accounts.accountById(stage.pool, bob)
    expect(gone).toMatchObject({ display_name: '', statuses_count: 0, username: `bob${act}` })
    expect(gone?.deleted_at).not.toBeNull()
    expect(await accounts.localAccount(stage.pool, `bob${act}`)).toBeNull()
    expect(await homeOf(alice)).toEqual([post(5), post(1)])
    expect(await told(alice)).toEqual([])
    await happens(given.posts(bob, post(6)))
    expect(await statuses.statusById(stage.pool, post(6))).toBeNull()
  })

  test('an actor that comes back under its old uri is a new account', async () => {
    await happens(given.leaves(carol))
    const again = `${act * 10 + 9}`
    await happens(given.appears(again, `carol${act}`))
    expect((await accounts.accountByUri(stage.pool, given.there(`carol${act}`)))?.id).toBe(again)
  })
})

describe('relations', () => {
  test('a request waits, an acceptance counts, and both are told', async () => {
    await happens(given.follows(carol, alice, { state: 'requested' }))
    expect(await told(alice)).toEqual([['follow_request', carol, null]])
    expect((await accounts.followRequests(stage.pool, alice, page)).map((f) => f.account_id)).toEqual([carol])
    expect(await accounts.followers(stage.pool, alice, page)).toEqual([])
    await happens(given.accepts(carol, alice))
    expect(await told(alice)).toEqual([['follow', carol, null]])
    expect((await accounts.followers(stage.pool, alice, page)).map((f) => f.account_id)).toEqual([carol])
    expect(await accounts.counts(stage.pool, alice)).toEqual({ followers: 1, following: 0, statuses: 0, followRequests: 0 })
    await happens(given.accepts(carol, alice))
    expect(await accounts.accountById(stage.pool, carol)).toMatchObject({ following_count: 1 })
    await happens(given.unfollows(carol, alice))
    expect(await told(alice)).toEqual([])
    expect(await accounts.followState(stage.pool, carol, alice)).toBeNull()
  })

  test('relationships tell both directions, in the order asked, and leave strangers to the database out', async () => {
    await happens(given.follows(alice, bob, { notify: true, reblogs: false, languages: ['de'] }), given.follows(carol, alice, { state: 'requested' }))
    await happens(given.blocks(alice, dave), given.mutes(alice, carol))
    const found = await accounts.relationships(stage.pool, alice, [dave, bob, '999999', carol])
    expect(found.map((r) => r.account_id)).toEqual([dave, bob, carol])
    expect(found[0]).toMatchObject({ blocking: true, blocked_by: false, following: false })
    expect(found[1]).toMatchObject({ following: true, showing_reblogs: false, notifying: true, languages: ['de'], followed_by: false })
    expect(found[2]).toMatchObject({ requested: false, requested_by: true, muting: true, muting_notifications: true })
    const [back] = await accounts.relationships(stage.pool, dave, [alice])
    expect(back).toMatchObject({ blocking: false, blocked_by: true })
  })

  test('lists are paged by position in both directions', async () => {
    const many = Array.from({ length: 5 }, (_, n) => `${act * 1000 + n}00`)
    await happens(...many.map((id) => given.appears(id, `fan${id}`)))
    await happens(...many.map((id) => given.follows(id, alice)))
    const ids = async (p: Parameters<typeof accounts.followers>[2]) => (await accounts.followers(stage.pool, alice, p)).map((f) => f.account_id)
    const everyone = await accounts.followers(stage.pool, alice, page)
    expect(everyone.map((f) => f.account_id)).toEqual([...many].reverse())
    const third = everyone[2]?.position ?? ''
    expect(await ids({ limit: 1, maxId: third })).toEqual([many[1]])
    expect(await ids({ limit: 1, sinceId: third })).toEqual([many[4]])
    expect(await ids({ limit: 1, minId: third })).toEqual([many[3]])
    expect(await ids({ limit: 9, maxId: 'nonsense', minId: '99999999999999999999999999' })).toEqual([])
  })

  test('deliveries to followers go to each remote server once', async () => {
    const second = `${act * 10 + 9}`
    await happens(given.appears(second, `second${act}`), ...[carol, dave, second, bob].map((id) => given.follows(id, alice)))
    const inboxes = await accounts.followerInboxes(stage.pool, alice)
    expect(inboxes.map((i) => i.inbox).sort()).toEqual(['https://elsewhere.test/inbox', 'https://there.test/inbox'])
  })

  test('a block takes what each saw of the other from homes and notifications', async () => {
    await happens(
      given.follows(alice, bob),
      given.follows(bob, alice),
      given.posts(alice, post(1)),
      given.posts(bob, post(2)),
      given.likes(bob, post(1)),
    )
    await happens(given.blocks(alice, bob), given.unfollows(alice, bob), given.rejects(bob, alice))
    expect(await homeOf(alice)).toEqual([post(1)])
    expect(await homeOf(bob)).toEqual([post(2)])
    expect(await told(alice)).toEqual([])
    expect((await accounts.blocks(stage.pool, alice, page)).map((b) => b.target_id)).toEqual([bob])
    await happens(given.unblocks(alice, bob))
    expect(await accounts.blocks(stage.pool, alice, page)).toEqual([])
  })

  test('a mute ends by itself', async () => {
    await happens(given.mutes(alice, bob, new Date(Date.now() - 1000).toISOString()))
    expect(await accounts.mutes(stage.pool, alice, page)).toEqual([])
    await happens(given.mutes(alice, bob, new Date(Date.now() + 60_000).toISOString()))
    expect(await accounts.mutes(stage.pool, alice, page)).toHaveLength(1)
  })
})

describe('statuses', () => {
  test('a post counts, goes home to its author and accepted followers here, and tells the mentioned', async () => {
    await happens(given.follows(bob, carol), given.follows(alice, carol, { state: 'requested' }))
    const changes = await happens(given.posts(carol, post(1), { local: false, mentions: [given.mention(alice)], tags: ['Cats', 'cats'] }))
    expect(changes).toEqual([
      { kind: 'status', statusId: post(1), accountId: carol, homes: [bob], visibility: 'public', local: false, tags: ['cats'], isBoost: false },
      { kind: 'notification', notificationId: expect.any(String), accountId: alice },
    ])
    expect(await told(alice)).toEqual([['mention', carol, post(1)]])
    expect(await accounts.accountById(stage.pool, carol)).toMatchObject({ statuses_count: 1, last_status_at: expect.any(Date) })
    expect(await tagTimeline(stage.pool, 'CATS', { ...page, sinceId: post(0) }, null)).toEqual([post(1)])
  })

  test('replies come home only when one follows both, or is meant', async () => {
    await happens(given.follows(alice, bob), given.posts(carol, post(1)), given.posts(alice, post(2)))
    await happens(given.posts(bob, post(3), { inReplyToId: post(1) }))
    expect(await homeOf(alice)).not.toContain(post(3))
    await happens(given.posts(bob, post(4), { inReplyToId: post(2) }), given.posts(bob, post(5), { inReplyToId: post(3) }))
    expect(await homeOf(alice)).toEqual([post(5), post(4), post(2)])
    await happens(given.follows(alice, carol), given.posts(bob, post(6), { inReplyToId: post(1) }))
    expect(await homeOf(alice)).toContain(post(6))
  })

  test('boosts come home unless switched off; direct posts only to the mentioned who follow', async () => {
    await happens(given.follows(alice, carol), given.follows(bob, carol, { reblogs: false }), given.posts(dave, post(1)))
    await happens(given.boosts(carol, post(1), post(2)))
    expect(await homeOf(alice)).toEqual([post(2)])
    expect(await homeOf(bob)).toEqual([])
    await happens(given.posts(carol, post(3), { visibility: 'direct', mentions: [given.mention(bob)] }))
    expect(await homeOf(alice)).toEqual([post(2)])
    expect(await homeOf(bob)).toEqual([post(3)])
    expect(await accounts.accountById(stage.pool, carol)).toMatchObject({ statuses_count: 1 })
  })

  test('a new follow brings recent posts home, its end takes them away', async () => {
    await happens(
      given.posts(bob, post(1)),
      given.posts(bob, post(2), { visibility: 'private' }),
      given.posts(bob, post(3), { visibility: 'direct' }),
    )
    await happens(given.follows(alice, bob, { state: 'requested' }))
    expect(await homeOf(alice)).toEqual([])
    await happens(given.accepts(alice, bob))
    expect(await homeOf(alice)).toEqual([post(2), post(1)])
    await happens(given.unfollows(alice, bob))
    expect(await homeOf(alice)).toEqual([])
  })

  test('an edit keeps every version, moves tags, and tells boosters and the newly mentioned', async () => {
    await happens(given.posts(carol, post(1), { tags: ['one', 'both'] }), given.boosts(alice, post(1), post(2)))
    const changes = await happens(
      given.edits(carol, post(1), given.at(9), { tags: ['two', 'both'], mentions: [given.mention(bob)], content: '<p>new</p>' }),
    )
    expect(changes[0]).toMatchObject({ kind: 'status.update', statusId: post(1), tags: ['two', 'both'] })
    expect((await statuses.edits(stage.pool, post(1))).map((e) => e.body.content)).toEqual([`<p>post ${post(1)}</p>`, '<p>new</p>'])
    expect(await tagTimeline(stage.pool, 'one', { ...page, sinceId: post(0) }, null)).toEqual([])
    expect(await tagTimeline(stage.pool, 'two', { ...page, sinceId: post(0) }, null)).toEqual([post(1)])
    expect(await told(alice)).toEqual([['update', carol, post(1)]])
    expect(await told(bob)).toEqual([['mention', carol, post(1)]])
    await happens(given.edits(bob, post(1), given.at(10), { content: 'not mine' }))
    expect((await statuses.statusById(stage.pool, post(1)))?.content).toBe('<p>new</p>')
  })

  test('a deletion takes boosts, notifications and counts along, by the author only', async () => {
    await happens(
      given.follows(bob, alice),
      given.posts(alice, post(1)),
      given.posts(bob, post(2), { inReplyToId: post(1) }),
      given.boosts(bob, post(1), post(3)),
    )
    expect(await counters(post(1))).toEqual({ replies: 1, reblogs: 1, favourites: 0 })
    expect(await happens(given.deletes(bob, post(1)))).toEqual([])
    const changes = await happens(given.deletes(alice, post(1)))
    expect(changes).toMatchObject([
      { kind: 'delete', statusId: post(1), homes: [alice, bob] },
      { kind: 'delete', statusId: post(3), homes: [bob] },
    ])
    expect((await statuses.statusById(stage.pool, post(2)))?.in_reply_to_id).toBeNull()
    expect(await told(alice)).toEqual([['follow', bob, null]])
    expect(await accounts.accountById(stage.pool, bob)).toMatchObject({ statuses_count: 1 })
    expect(await statuses.statusByUri(stage.pool, given.statusUri(post(1)))).toBeNull()
  })

  test('a parent that arrives late adopts its replies, also when they arrive in one batch', async () => {
    const late = { inReplyToUri: given.statusUri(post(9)) }
    await happens(given.posts(carol, post(1), late), given.posts(dave, post(2), { ...late, visibility: 'private' }), given.posts(alice, post(9)))
    expect(await statuses.statusById(stage.pool, post(1))).toMatchObject({ in_reply_to_id: post(9), in_reply_to_account_id: alice })
    expect(await counters(post(9))).toMatchObject({ replies: 1 })
    expect(await statuses.context(stage.pool, post(1), null)).toEqual({ ancestors: [post(9)], descendants: [] })
  })

  test('a loop of replies does not hang anybody', async () => {
    await happens(given.posts(carol, post(1), { inReplyToUri: given.statusUri(post(2)) }), given.posts(carol, post(2), { inReplyToId: post(1) }))
    expect(await statuses.statusById(stage.pool, post(1))).toMatchObject({ in_reply_to_id: post(2), replies_count: 1 })
    expect(await statuses.context(stage.pool, post(1), null)).toEqual({ ancestors: [post(2)], descendants: [post(2)] })
  })

  test('a thread is told oldest first upwards and depth first downwards', async () => {
    const reply = (n: number, to: number, by = alice) => given.posts(by, post(n), { inReplyToId: post(to) })
    await happens(given.posts(alice, post(1)), reply(2, 1), reply(3, 2), reply(4, 3), reply(5, 3, bob), reply(6, 4, bob))
    expect(await statuses.context(stage.pool, post(3), alice)).toEqual({ ancestors: [post(1), post(2)], descendants: [post(4), post(6), post(5)] })
  })

  test('text that PostgreSQL cannot hold is repaired, not refused', async () => {
    await happens(given.posts(carol, post(1), { content: '<p>a\0b\ud800</p>' }))
    expect((await statuses.statusById(stage.pool, post(1)))?.content).toBe('<p>a\ufffdb\ufffd</p>')
  })

  test('uploads are attached to the post that uses them and set free when it goes', async () => {
    const attachment: MediaAttachment = {
      id: post(50),
      type: 'image',
      mime: 'image/png',
      url: 'a.png',
      previewUrl: null,
      remoteUrl: null,
      description: null,
      blurhash: null,
      meta: {},
    }
    await happens({ type: 'media:create', data: { accountId: alice, attachment, sha256: 'x', bytes: 3, at: given.at(0) } })
    await happens({ type: 'media:update', data: { accountId: alice, attachment: { ...attachment, description: 'a cat' } } })
    await happens({ type: 'media:update', data: { accountId: bob, attachment: { ...attachment, description: 'a dog' } } })
    await happens(given.posts(alice, post(1), { media: [attachment] }))
    expect(await mediaById(stage.pool, post(50))).toMatchObject({ status_id: post(1), attachment: { description: 'a cat' } })
    expect(await mediaByIds(stage.pool, bob, [post(50)])).toEqual([])
    await happens(given.deletes(alice, post(1)))
    expect(await mediaByIds(stage.pool, alice, ['x', post(50)])).toMatchObject([{ id: post(50), status_id: null }])
  })
})

describe('reactions', () => {
  test('likes count once, tell the author, and are taken back whole', async () => {
    await happens(given.posts(alice, post(1)), given.likes(carol, post(1)), given.likes(carol, post(1)), given.likes(bob, post(1)))
    expect(await counters(post(1))).toMatchObject({ favourites: 2 })
    expect(await told(alice)).toEqual([
      ['favourite', bob, post(1)],
      ['favourite', carol, post(1)],
    ])
    expect((await statuses.favouritedBy(stage.pool, post(1), page)).map((r) => r.account_id)).toEqual([bob, carol])
    expect((await statuses.favourites(stage.pool, bob, page)).map((r) => r.status_id)).toEqual([post(1)])
    expect(await statuses.likeOf(stage.pool, carol, post(1))).toMatchObject({ uri: `like:${carol}:${post(1)}` })
    await happens(given.unlikes(carol, post(1)), given.unlikes(carol, post(1)))
    expect(await counters(post(1))).toMatchObject({ favourites: 1 })
    expect(await told(alice)).toEqual([['favourite', bob, post(1)]])
    expect(await statuses.likeOf(stage.pool, carol, post(1))).toBeNull()
  })

  test('boosts count once per person and are undone', async () => {
    await happens(given.posts(alice, post(1)), given.boosts(carol, post(1), post(2)), given.boosts(carol, post(1), post(3)))
    expect(await counters(post(1))).toMatchObject({ reblogs: 1 })
    expect((await statuses.rebloggedBy(stage.pool, post(1), page)).map((r) => r.account_id)).toEqual([carol])
    expect(await statuses.boostOf(stage.pool, carol, post(1))).toMatchObject({ id: post(2), reblog_of_id: post(1) })
    expect(await told(alice)).toEqual([['reblog', carol, post(1)]])
    await happens(given.unboosts(carol, post(1), post(2)))
    expect(await counters(post(1))).toMatchObject({ reblogs: 0 })
    expect(await statuses.boostOf(stage.pool, carol, post(1))).toBeNull()
    expect(await told(alice)).toEqual([])
  })

  test('views carry author, boosted original and the viewer’s own marks, in the order asked', async () => {
    const mark = (type: 'status:bookmark' | 'status:pin'): DomainEvent => ({ type, data: { accountId: alice, statusId: post(1), at: given.at(0) } })
    await happens(
      given.posts(alice, post(1)),
      given.boosts(bob, post(1), post(2)),
      given.boosts(alice, post(1), post(3)),
      given.likes(alice, post(1)),
    )
    await happens(mark('status:bookmark'), mark('status:pin'))
    const views = await statuses.statusViews(stage.pool, [post(2), 'x', post(1), '1'], alice)
    const marks = { favourited: true, reblogged: true, bookmarked: true, pinned: true, muted: false }
    expect(views).toMatchObject([
      {
        status: { id: post(2) },
        account: { id: bob },
        viewer: marks,
        reblog: { status: { id: post(1) }, account: { id: alice }, viewer: marks, reblog: null },
      },
      { status: { id: post(1), favourites_count: 1, reblogs_count: 2 }, account: { id: alice }, viewer: marks, reblog: null },
    ])
    expect((await statuses.statusViews(stage.pool, [post(1)], null))[0]?.viewer).toBeNull()
    expect((await statuses.bookmarks(stage.pool, alice, page)).map((b) => b.status_id)).toEqual([post(1)])
    expect(await statuses.accountStatuses(stage.pool, alice, { ...page, pinned: true }, null)).toEqual([post(1)])
    await happens(
      { type: 'status:unbookmark', data: { accountId: alice, statusId: post(1) } },
      { type: 'status:unpin', data: { accountId: alice, statusId: post(1) } },
    )
    expect(await statuses.bookmarks(stage.pool, alice, page)).toEqual([])
  })
})

describe('timelines', () => {
  test('the public ones have public posts, no boosts, no replies to others, and follow the filters', async () => {
    const media: MediaAttachment[] = [
      { id: '1', type: 'image', mime: 'image/png', url: 'a', previewUrl: null, remoteUrl: null, description: null, blurhash: null, meta: {} },
    ]
    await happens(
      given.posts(alice, post(1), { media }),
      given.posts(carol, post(2), { local: false, tags: ['x', 'y'] }),
      given.posts(bob, post(3), { inReplyToId: post(1) }),
      given.posts(alice, post(4), { inReplyToId: post(1), tags: ['x'] }),
      given.posts(alice, post(5), { visibility: 'unlisted' }),
      given.boosts(bob, post(1), post(6)),
    )
    const shown = (filter: object, viewer: string | null = null) => publicTimeline(stage.pool, { ...page, sinceId: post(0), ...filter }, viewer)
    expect(await shown({})).toEqual([post(4), post(2), post(1)])
    expect(await shown({ local: true })).toEqual([post(4), post(1)])
    expect(await shown({ remote: true })).toEqual([post(2)])
    expect(await shown({ onlyMedia: true })).toEqual([post(1)])
    expect(await shown({ minId: post(0), limit: 1 })).toEqual([post(1)])
    await happens(given.mutes(bob, alice), given.blocks(carol, bob))
    expect(await shown({}, bob)).toEqual([])
    const tagged = (tag: string, filter: object = {}) => tagTimeline(stage.pool, tag, { ...page, sinceId: post(0), ...filter }, null)
    expect(await tagged('x')).toEqual([post(4), post(2)])
    expect(await tagged('x', { all: ['Y'] })).toEqual([post(2)])
    expect(await tagged('x', { none: ['y'] })).toEqual([post(4)])
    expect(await tagged('zzz', { any: ['y'] })).toEqual([post(2)])
  })

  test('an account’s posts follow the filters; replies to oneself are posts', async () => {
    await happens(
      given.posts(alice, post(1)),
      given.posts(alice, post(2), { inReplyToId: post(1) }),
      given.posts(bob, post(3)),
      given.posts(alice, post(4), { inReplyToId: post(3), tags: ['t'] }),
      given.boosts(alice, post(3), post(5)),
      given.posts(alice, post(6), { visibility: 'private' }),
    )
    const of = (filter: object, viewer: string | null = null) => statuses.accountStatuses(stage.pool, alice, { ...page, ...filter }, viewer)
    expect(await of({})).toEqual([post(5), post(4), post(2), post(1)])
    expect(await of({}, alice)).toEqual([post(6), post(5), post(4), post(2), post(1)])
    expect(await of({ excludeReplies: true })).toEqual([post(5), post(2), post(1)])
    expect(await of({ excludeReblogs: true, tagged: 'T' })).toEqual([post(4)])
    expect(await of({ onlyMedia: true })).toEqual([])
  })

  test('search finds only what one wrote or has seen, and reads words, not markup', async () => {
    const word = `zebra${act}`
    await happens(
      given.posts(carol, post(1), { content: `<p class="striped">A <b>${word}</b></p>` }),
      given.posts(alice, post(2), { content: `<p>${word} too</p>` }),
    )
    const search = (viewer: string, query = word) => statuses.searchStatuses(stage.pool, viewer, { query, limit: 10, offset: 0 })
    expect(await search(alice)).toEqual([post(2)])
    await happens(given.likes(alice, post(1)))
    expect(await search(alice)).toEqual([post(2), post(1)])
    expect(await search(alice, `${word} striped`)).toEqual([])
    expect(await search(bob)).toEqual([])
  })
})

describe('readers', () => {
  test('notifications are paged, filtered, dismissed and cleared; ids grow with the log', async () => {
    await happens(given.posts(alice, post(1)))
    await happens(given.likes(bob, post(1)), given.likes(carol, post(1)), given.boosts(carol, post(1), post(2)), given.follows(bob, alice))
    const found = await notifications(stage.pool, alice, page)
    expect(found.map((n) => n.type)).toEqual(['follow', 'reblog', 'favourite', 'favourite'])
    expect(new Set(found.map((n) => n.id)).size).toBe(4)
    const types = async (filter: object) => (await notifications(stage.pool, alice, { ...page, ...filter })).map((n) => n.type)
    expect(await types({ types: ['reblog'] })).toEqual(['reblog'])
    expect(await types({ excludeTypes: ['favourite'] })).toEqual(['follow', 'reblog'])
    expect(await types({ fromAccountId: bob })).toEqual(['follow', 'favourite'])
    expect(await types({ maxId: found[1]?.id, limit: 1 })).toEqual(['favourite'])
    const one = found[2]?.id ?? ''
    expect(await notificationById(stage.pool, alice, one)).toMatchObject({ type: 'favourite' })
    expect(await notificationById(stage.pool, bob, one)).toBeNull()
    expect(await unreadCount(stage.pool, alice)).toBe(4)
    await happens({ type: 'marker:set', data: { accountId: alice, timeline: 'notifications', lastReadId: one, at: given.at(1) } })
    expect(await unreadCount(stage.pool, alice)).toBe(2)
    await happens({ type: 'notification:dismiss', data: { accountId: alice, notificationId: one } })
    expect(await types({})).toEqual(['follow', 'reblog', 'favourite'])
    await happens({ type: 'notification:clear', data: { accountId: alice, at: given.at(2) } })
    expect(await types({})).toEqual([])
  })

  test('nobody is told of the muted or the blocked, and followers who asked are told of posts', async () => {
    await happens(given.posts(alice, post(1)), given.mutes(alice, bob), given.blocks(alice, carol))
    await happens(given.likes(bob, post(1)), given.likes(carol, post(1)), given.likes(alice, post(1)))
    expect(await told(alice)).toEqual([])
    await happens(given.follows(alice, dave, { notify: true }))
    await happens(given.posts(dave, post(2)), given.posts(dave, post(3), { inReplyToId: post(1) }))
    expect(await told(alice)).toEqual([['status', dave, post(2)]])
  })

  test('a marker remembers how often it moved', async () => {
    const set = (lastReadId: string): DomainEvent => ({
      type: 'marker:set',
      data: { accountId: alice, timeline: 'home', lastReadId, at: given.at(3) },
    })
    await happens(set('5'), set('7'))
    expect(await markers(stage.pool, alice)).toEqual([{ timeline: 'home', last_read_id: '7', version: 2, updated_at: new Date(given.at(3)) }])
  })
})
