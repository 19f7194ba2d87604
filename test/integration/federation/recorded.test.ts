/** Every recorded message, delivered to the instance it was meant for: accepted, or left without effect, for the right reason. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { recordedEvents } from '../../../src/events/codec.ts'
import { createInbox, type Inbox } from '../../../src/federation/inbox.ts'
import { readActor } from '../../../src/federation/wire/read-actor.ts'
import { statusByUri } from '../../../src/projections/read/statuses.ts'
import { type Recorded, recordedActors, recordedPosts, signedRequestOf } from '../../unit/federation/fixtures.ts'
import { type Elsewhere, elsewhere } from './elsewhere.ts'
import { BODY, type FederatingInstance, federatingInstance, PROFILE } from './instance.ts'

const ERIN = 'https://hollo.test/@erin'
const FRANK = 'https://hollo2.test/@frank'
const ALICE = 'https://snac1.test/alice'

/** What each message does: the events it leaves in the log besides its evidence and, for a first contact, its actor; or why nothing. */
const EXPECTED: Readonly<Record<string, readonly string[] | string>> = {
  'snac-Follow-iri.json': ['social:follow', 'social:follow_accept'],
  'snac-Create-Note.json': ['status:create'],
  'snac-Accept-Follow.json': ['social:follow_accept'],
  'hollo-Accept-Follow.json': ['social:follow_accept'],
  'hollo-Follow-iri.json': ['social:follow', 'social:follow_accept'],
  'hollo-Create-Question.json': 'polls are not supported',
  'hollo-Like-iri.json': ['status:like'],
  'hollo-Announce-iri.json': ['status:boost'],
  'hollo-Create-Note.json': ['status:create'],
  'hollo-QuoteRequest-iri.json': 'QuoteRequest is not supported',
  'snac-Like-iri.json': ['status:like'],
  'snac-Announce-iri.json': ['status:boost'],
  'hollo-Accept-QuoteRequest.json': 'Accept of QuoteRequest is not supported',
  'hollo-Update-Note.json': ['status:update'],
  'hollo-Delete-Tombstone.json': ['status:delete'],
  'hollo-Create-Note-vote-rfc9421.json': 'a vote in a poll',
  'hollo-Update-Question.json': 'polls are not supported',
  'hollo-EmojiReact-iri-rfc9421.json': 'EmojiReact is not supported',
  'hollo-Like-iri-rfc9421.json': ['status:like'],
  'hollo-EmojiReact-iri.json': 'somebody forwarded what was done here',
  'hollo-Undo-Like-rfc9421.json': ['status:unlike'],
  'snac-Undo-Like.json': ['status:unlike'],
  'hollo-Undo-Like.json': 'somebody forwarded what was done here',
  'snac-Undo-Announce.json': ['status:unboost'],
  'snac-Update-Note.json': ['status:update'],
  'hollo-Undo-Follow-rfc9421.json': ['social:unfollow'],
  'hollo-Follow-iri-rfc9421.json': ['social:follow', 'social:follow_accept'],
  'snac-Delete-Tombstone.json': ['status:delete'],
  'hollo-Reject-Follow-rfc9421.json': ['social:follow_reject'],
  'hollo-Block-iri-rfc9421.json': ['social:block', 'social:unfollow', 'social:follow_reject'],
  'hollo-Undo-Block-rfc9421.json': ['social:unblock'],
  'hollo-Flag-undefined-rfc9421.json': ['social:report'],
  'snac-Undo-Follow.json': ['social:unfollow'],
}

/** What must be there before a message makes sense: things said before the recording, or to a message that was not recorded. */
type World = { readonly instance: FederatingInstance; readonly inbox: Inbox; readonly me: string; readonly id: string }

const messages = recordedPosts().toSorted(([, a], [, b]) => a.receivedAt.localeCompare(b.receivedAt))
const clock = { now: Date.parse('2026-11-22T16:30:00Z') }
let world: Elsewhere
const instances = new Map<string, World>()

async function instanceOf(origin: string, me: string): Promise<World> {
  const instance = await federatingInstance({ origin, fetch: world, now: () => clock.now, deliver: false })
  const { resolver, newId, execute } = instance
  const id = newId()
  const links = {
    uri: me,
    url: me,
    inbox: `${me}/inbox`,
    sharedInbox: `${origin}/inbox`,
    outbox: null,
    followers: `${me}/followers`,
    following: null,
    featured: null,
  }
  const reading = readActor(recordedActors().find((document) => document['id'] === me) ?? {})
  const keys = reading.ok ? reading.actor.keys : []
  const username = me.split('@').at(-1) ?? ''
  const data = { id, username, role: 'owner', createdAt: new Date(clock.now).toISOString(), profile: PROFILE, links, keys } as const
  await instance.perform({
    by: { account: id },
    lane: 'public',
    commands: [{ do: 'CreateAccount', data, credential: { id, email: null, passwordHash: '$argon2id$never' } }],
  })
  const inbox = createInbox({
    pool: instance.database.pool,
    newId,
    now: () => clock.now,
    execute,
    resolver,
    log: () => {},
    limiter: null,
    heardFrom: () => {},
  })
  return { instance, inbox, me, id }
}

async function localPost({ instance, me, id }: World, uri: string): Promise<void> {
  const status = {
    ...BODY,
    id: instance.newId(),
    accountId: id,
    uri,
    url: uri,
    createdAt: new Date(clock.now).toISOString(),
    visibility: 'public',
    inReplyToId: null,
    inReplyToAccountId: null,
    inReplyToUri: null,
    local: true,
    application: null,
    text: 'x',
    content: `<p>post of ${me}</p>`,
  } as const
  await instance.perform({ by: { account: id }, lane: 'public', commands: [{ do: 'PostStatus', status }] })
}

async function remotePost({ instance }: World, author: string, uri: string): Promise<void> {
  world.serve(uri, {
    '@context': 'https://www.w3.org/ns/activitystreams',
    id: uri,
    type: 'Note',
    attributedTo: author,
    content: 'before',
    to: 'https://www.w3.org/ns/activitystreams#Public',
  })
  expect(await instance.resolver.status(uri)).not.toBeNull()
}

async function localFollow({ instance, id, me }: World, target: string, uri: string): Promise<void> {
  const actor = await instance.resolver.actors.find(target)
  const at = new Date(clock.now).toISOString()
  await instance.perform({
    by: { account: id },
    lane: 'private',
    commands: [
      {
        do: 'Follow',
        data: { accountId: id, targetId: actor?.id ?? me, uri, at, state: 'requested', reblogs: true, notify: false, languages: null },
      },
    ],
  })
}

/** Sends the message as it was recorded, with the clock at the time it came. */
async function deliver({ inbox }: World, message: Recorded) {
  clock.now = Math.max(clock.now, Date.parse(message.receivedAt))
  const body = Buffer.from(message.body ?? '')
  const request = signedRequestOf(message)
  return await inbox({ ...request, body, received: body, recipient: /^\/@(\w+)\/inbox$/.exec(request.target)?.[1] ?? null })
}

const eventTypes = async ({ instance }: World, from: number): Promise<string[]> =>
  (await instance.ledger.read(from, 100))
    .flatMap((commit) => recordedEvents(commit).map(({ type }) => type))
    .filter((type) => type !== 'activity:receive' && !type.startsWith('identity:'))

beforeAll(async () => {
  world = elsewhere()
  for (const document of recordedActors()) world.serve(document['id'] as string, document)
  const erin = await instanceOf('https://hollo.test', ERIN)
  const frank = await instanceOf('https://hollo2.test', FRANK)
  instances.set('https://hollo.test', erin)
  instances.set('https://hollo2.test', frank)

  for (const uri of [`${ERIN}/01a2041f-ab75-7d01-97d0-7c6141ac6376`, `${ERIN}/01a20441-f2e4-73d9-a363-4695c0aed103`]) await localPost(erin, uri)
  await localFollow(erin, ALICE, `${ERIN}#follows/441d2e2c-c747-4eb1-a448-b98d513a3e23`)
  await localFollow(erin, FRANK, `${ERIN}#follows/e66a5bdd-f77e-4dab-8a6b-f89340678d8f`)
  await remotePost(erin, FRANK, `${FRANK}/01a2041f-d718-7fee-9ea7-5718e6b0ab14`)
  await remotePost(erin, ALICE, `${ALICE}/p/1795367778.496708`)
  await remotePost(frank, ERIN, `${ERIN}/01a20420-9531-711e-a361-bbace24b2cdd`)
})

afterAll(async () => {
  for (const { instance } of instances.values()) await instance.close()
})

describe('recorded messages', () => {
  it('each has an expectation', () => {
    expect(Object.keys(EXPECTED).toSorted()).toEqual(messages.map(([name]) => name).toSorted())
  })

  it.each(messages)('%s', async (name, message) => {
    const to = instances.get(new URL(message.url).origin)
    const expected = EXPECTED[name]
    if (to === undefined || expected === undefined) throw new Error(`nobody expects ${name}`)
    if (name === 'snac-Undo-Like.json' || name === 'snac-Undo-Announce.json') await beforeUndo(to, name)
    if (name === 'hollo-Block-iri-rfc9421.json') await localFollow(to, FRANK, `${ERIN}#follows/again`)
    const before = to.instance.ledger.head().size
    const answer = await deliver(to, message)
    expect(answer.status).toBe(202)
    if (typeof expected === 'string') {
      expect(answer.reason).toBe(expected)
      expect(to.instance.ledger.head().size).toBe(before)
    } else {
      expect(answer.reason).toBe('done')
      await to.instance.settled()
      expect(await eventTypes(to, before)).toEqual(expected)
    }
  })

  /** The Like and Announce that are taken back were not recorded themselves; they are put in as a resolver would see them. */
  async function beforeUndo({ instance }: World, name: string): Promise<void> {
    const status = await statusByUri(instance.database.pool, `${ERIN}/01a20441-f2e4-73d9-a363-4695c0aed103`)
    const actor = await instance.resolver.actors.known(ALICE)
    const at = new Date(clock.now).toISOString()
    const pair = { accountId: actor?.id ?? '', statusId: status?.id ?? '' }
    const uri = `${ALICE}/${name === 'snac-Undo-Like.json' ? 'l' : 'a'}/9c019b5a5680a29d62f5cbeb509c885e`
    await instance.perform({
      by: 'instance',
      lane: 'private',
      commands: [
        name === 'snac-Undo-Like.json'
          ? { do: 'Like', data: { ...pair, uri, at } }
          : { do: 'Boost', data: { ...pair, id: instance.newId(), uri, createdAt: at, visibility: 'public', local: false } },
      ],
    })
  }

  it.each(messages)('%s, sent again, changes nothing more', async (_name, message) => {
    const to = instances.get(new URL(message.url).origin)
    if (to === undefined) throw new Error('nobody there')
    const before = to.instance.ledger.head().size
    expect((await deliver(to, message)).status).toBe(202)
    expect(to.instance.ledger.head().size).toBe(before)
  })

  it('the post is what its author wrote', async () => {
    const row = await statusByUri((instances.get('https://hollo.test') as World).instance.database.pool, `${ALICE}/p/1795365352.348159`)
    expect(row).toMatchObject({ visibility: 'public', tags: ['vivim'], spoiler_text: '', sensitive: false, language: null })
    expect(row?.content).toContain('class="u-url mention"')
    expect(row?.mentions.map(({ uri }) => uri)).toEqual([ERIN])
  })

  it('half-compacted JSON-LD is understood: the answer to a follow embeds two whole actors with prefixed names', async () => {
    const [, message] = messages.find(([name]) => name === 'hollo-Accept-Follow.json') ?? []
    expect(message?.body).toContain('"sec:publicKeyMultibase"')
    expect(message?.body).toContain('"http://joinmastodon.org/ns#featured"')
  })
})
