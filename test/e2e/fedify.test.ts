/** Interoperability with an implementation that is not ours: a Fedify server follows, receives, replies, likes and is followed back. */
import { Create, Note } from '@fedify/vocab'
import { afterAll, expect, test } from 'vitest'
import { scratch } from '../../demo/instance-process.ts'
import { startFedifyPeer } from './fedify-peer.ts'
import { openSide, until } from './two-instances.ts'

const place = await scratch('e2e')
const closers: (() => Promise<void>)[] = [() => place.remove()]
afterAll(async () => {
  for (const close of closers.toReversed()) await close()
})

test('a Fedify server follows an account here, receives a post, replies, likes, and is followed back', async () => {
  const alice = await openSide(place.dir, 'alice')
  closers.push(() => alice.instance.stop())
  const peer = await startFedifyPeer('fred')
  closers.push(() => peer.close())
  const aliceUri = `${alice.person.origin}/users/alice`
  const { client } = alice.person
  const notified = (type: string) =>
    until(`a ${type} notification`, async () => (await client.v1.notifications.list()).find((entry) => entry.type === type))

  await peer.follow(aliceUri)
  await until('the Accept', async () => peer.received.some(({ type }) => type === 'Accept'))
  expect((await notified('follow')).account.acct).toBe(`fred@${new URL(peer.origin).host}`)

  const post = await client.v1.statuses.create({ status: 'Hello #fediverse', spoilerText: 'greeting', visibility: 'public' })
  const created = await until('the Create', async () => peer.received.find(({ type }) => type === 'Create'))
  const note = created.activity instanceof Create ? await created.activity.getObject() : null
  if (!(note instanceof Note)) throw new Error('the Create carries no Note')
  expect(note.id?.href).toBe(post.uri)
  expect(String(note.summary)).toBe('greeting')
  expect(String(note.content)).toContain('Hello')

  const replyUri = await peer.reply({ objectUri: post.uri, authorUri: aliceUri, acct: 'alice' }, '<p>Hello back <script>alert(1)</script></p>')
  await until('the reply in the thread', async () =>
    (await client.v1.statuses.$select(post.id).context.fetch()).descendants.some(({ uri }) => uri === replyUri),
  )
  const thread = await client.v1.statuses.$select(post.id).context.fetch()
  expect(thread.descendants[0]?.content).toContain('Hello back')
  expect(thread.descendants[0]?.content).not.toContain('script')

  await peer.like(post.uri, aliceUri)
  expect((await notified('favourite')).status?.id).toBe(post.id)

  const { accounts } = await client.v2.search.list({ q: peer.actorUri, resolve: true, type: 'accounts' })
  const fred = accounts[0]
  if (fred === undefined) throw new Error('the Fedify actor was not found')
  expect(fred.acct).toBe(`fred@${new URL(peer.origin).host}`)
  await client.v1.accounts.$select(fred.id).follow()
  await until('the follow back is accepted', async () => (await client.v1.accounts.relationships.fetch({ id: [fred.id] }))[0]?.following)
  expect(peer.received.filter(({ type }) => type === 'Follow')).toHaveLength(1)

  await peer.unfollow(aliceUri)
  await until('the unfollow', async () => (await client.v1.accounts.relationships.fetch({ id: [fred.id] }))[0]?.followedBy === false)
  expect(peer.received.filter(({ type }) => type === 'Create')).toHaveLength(1)
})
