/** Two instances on loopback, speaking to each other over real sockets. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { accountByUri, followState } from '../../../src/projections/read/accounts.ts'
import { boostOf, likeOf, statusByUri } from '../../../src/projections/read/statuses.ts'
import type { AccountRow } from '../../../src/projections/rows.ts'
import { BODY, eventually, type FederatingInstance, federatingInstance, type Person } from './instance.ts'

let a: FederatingInstance
let b: FederatingInstance
let alice: Person
let bob: Person
let bobAtA: AccountRow
let aliceAtB: AccountRow

beforeAll(async () => {
  a = await federatingInstance()
  b = await federatingInstance()
  alice = await a.person('alice', { displayName: 'Alice', note: '<p>hello</p>' })
  bob = await b.person('bob')
})

afterAll(async () => {
  await a?.close()
  await b?.close()
})

const known = (instance: FederatingInstance, uri: string) =>
  eventually(`${uri} at ${instance.origin}`, () => statusByUri(instance.database.pool, uri))

describe('two instances', () => {
  it('find each other by handle and by URL', async () => {
    const byHandle = await a.resolver.account(`@bob@${b.host}`)
    const byUrl = await a.resolver.account(bob.uri)
    expect(byHandle?.uri).toBe(bob.uri)
    expect(byHandle?.domain).toBe(b.host)
    expect(byUrl?.id).toBe(byHandle?.id)
    expect(byHandle?.keys.map(({ kind }) => kind).toSorted()).toEqual(['ed25519', 'rsa'])
    bobAtA = byHandle as AccountRow
  })

  it('a follow of an unlocked account is accepted at once, and both sides know', async () => {
    await a.follow(alice, bobAtA.id)
    const state = await eventually('the acceptance', async () => {
      const row = await followState(a.database.pool, alice.id, bobAtA.id)
      return row?.state === 'accepted' && row
    })
    expect(state.uri).toContain(`${alice.uri}#follows/`)
    aliceAtB = (await accountByUri(b.database.pool, alice.uri)) as AccountRow
    expect(aliceAtB.display_name).toBe('Alice')
    expect((await followState(b.database.pool, aliceAtB.id, bob.id))?.state).toBe('accepted')
  })

  it('a post reaches the followers with content warning, language, tags, mentions and media', async () => {
    const mention = { accountId: aliceAtB.id, uri: alice.uri, url: aliceAtB.url, acct: `alice@${a.host}`, username: 'alice' }
    const image = {
      id: b.newId(),
      type: 'image',
      mime: 'image/png',
      url: 'x/y.png',
      previewUrl: null,
      remoteUrl: null,
      description: 'a cat',
      blurhash: 'LEHV6nWB2yk8pyo0adR*.7kCMdnj',
      meta: { original: { width: 640, height: 480 }, focus: { x: 0.5, y: -0.5 } },
    } as const
    const sent = await b.post(bob, {
      content: '<p>hi <b>there</b></p>',
      spoilerText: 'cats',
      sensitive: true,
      language: 'en',
      tags: ['cats'],
      mentions: [mention],
      media: [image],
    })
    const got = await known(a, sent.uri)
    expect(got).toMatchObject({
      content: sent.content,
      spoiler_text: 'cats',
      sensitive: true,
      language: 'en',
      tags: ['cats'],
      visibility: 'public',
      local: false,
      account_id: bobAtA.id,
    })
    expect(got.mentions.map(({ accountId }) => accountId)).toEqual([alice.id])
    expect(got.media[0]).toMatchObject({
      type: 'image',
      mime: 'image/png',
      url: `${b.origin}/media/x/y.png`,
      description: 'a cat',
      blurhash: image.blurhash,
      meta: image.meta,
    })
  })

  it('edits and deletions follow the post', async () => {
    const sent = await b.post(bob, { content: '<p>first</p>' })
    await known(a, sent.uri)
    await b.perform({
      by: { account: bob.id },
      lane: 'private',
      commands: [
        {
          do: 'EditStatus',
          id: sent.id,
          uri: sent.uri,
          accountId: bob.id,
          editedAt: new Date().toISOString(),
          body: { ...BODY, text: 'second', content: '<p>second</p>' },
        },
      ],
    })
    await eventually('the edit', async () => (await statusByUri(a.database.pool, sent.uri))?.content === '<p>second</p>')
    await b.perform({
      by: { account: bob.id },
      lane: 'private',
      commands: [{ do: 'DeleteStatus', id: sent.id, uri: sent.uri, accountId: bob.id, at: new Date().toISOString() }],
    })
    await eventually('the deletion', async () => (await statusByUri(a.database.pool, sent.uri)) === null)
  })

  it('a reply, a like and a boost come back to the author, and can be taken back', async () => {
    const sent = await b.post(bob, { content: '<p>talk to me</p>' })
    const got = await known(a, sent.uri)
    const at = new Date().toISOString()
    const reply = await a.post(alice, { content: '<p>I do</p>', inReplyToId: got.id, inReplyToAccountId: bobAtA.id })
    const boost = {
      id: a.newId(),
      accountId: alice.id,
      statusId: got.id,
      uri: `${alice.uri}/statuses/${a.newId()}/activity`,
      createdAt: at,
      visibility: 'public',
      local: true,
    } as const
    await a.perform({
      by: { account: alice.id },
      lane: 'private',
      commands: [
        { do: 'Like', data: { accountId: alice.id, statusId: got.id, uri: `${alice.uri}#likes/1`, at } },
        { do: 'Boost', data: boost },
      ],
    })
    const replyAtB = await known(b, reply.uri)
    expect(replyAtB.in_reply_to_id).toBe(sent.id)
    await eventually('the like', () => likeOf(b.database.pool, aliceAtB.id, sent.id))
    await eventually('the boost', () => boostOf(b.database.pool, aliceAtB.id, sent.id))
    await a.perform({
      by: { account: alice.id },
      lane: 'private',
      commands: [
        { do: 'Unlike', accountId: alice.id, statusId: got.id },
        { do: 'Unboost', accountId: alice.id, statusId: got.id },
      ],
    })
    await eventually('the like taken back', async () => (await likeOf(b.database.pool, aliceAtB.id, sent.id)) === null)
    await eventually('the boost taken back', async () => (await boostOf(b.database.pool, aliceAtB.id, sent.id)) === null)
  })

  it('a direct post reaches only the one it names', async () => {
    const mention = { accountId: aliceAtB.id, uri: alice.uri, url: aliceAtB.url, acct: `alice@${a.host}`, username: 'alice' }
    const sent = await b.post(bob, { content: '<p>psst</p>', visibility: 'direct', mentions: [mention] })
    expect((await known(a, sent.uri)).visibility).toBe('direct')
    expect((await fetch(sent.uri, { headers: { accept: 'application/activity+json' } })).status).toBe(404)
  })

  it('a changed profile reaches the followers', async () => {
    await b.perform({
      by: { account: bob.id },
      lane: 'public',
      commands: [{ do: 'UpdateProfile', id: bob.id, profile: { ...(await import('./instance.ts')).PROFILE, displayName: 'Bob the Builder' } }],
    })
    await eventually('the new name', async () => (await accountByUri(a.database.pool, bob.uri))?.display_name === 'Bob the Builder')
  })

  it('unfollowing is told, and a block ends what there was', async () => {
    await a.perform({
      by: { account: alice.id },
      lane: 'private',
      commands: [{ do: 'Unfollow', pair: { accountId: alice.id, targetId: bobAtA.id } }],
    })
    await eventually('the unfollow', async () => (await followState(b.database.pool, aliceAtB.id, bob.id)) === null)
    await a.follow(alice, bobAtA.id)
    await eventually('the second acceptance', async () => (await followState(a.database.pool, alice.id, bobAtA.id))?.state === 'accepted')
    await b.perform({
      by: { account: bob.id },
      lane: 'private',
      commands: [{ do: 'Block', data: { accountId: bob.id, targetId: aliceAtB.id, uri: `${bob.uri}#blocks/1`, at: new Date().toISOString() } }],
    })
    await eventually('the end of the follow', async () => (await followState(a.database.pool, alice.id, bobAtA.id)) === null)
    expect(a.logged.filter((line) => line.startsWith('error'))).toEqual([])
    expect(b.logged.filter((line) => line.startsWith('error'))).toEqual([])
  })
})
