/** The inbox against strangers: what is true changes something once, what is not changes nothing and is refused for the right reason. */
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { recordedEvents } from '../../../src/events/codec.ts'
import type { JsonObject } from '../../../src/federation/wire/json.ts'
import { accountByUri, followState, relationships } from '../../../src/projections/read/accounts.ts'
import { boostOf, likeOf, statusByUri } from '../../../src/projections/read/statuses.ts'
import { type Elsewhere, elsewhere, post, type Stranger, stranger } from './elsewhere.ts'
import { eventually, type FederatingInstance, federatingInstance, type Person } from './instance.ts'

const PUBLIC = 'https://www.w3.org/ns/activitystreams#Public'

let world: Elsewhere
let here: FederatingInstance
let alice: Person
let mallory: Stranger
let zoe: Stranger

beforeAll(async () => {
  world = elsewhere()
  here = await federatingInstance({ fetch: world, deliver: false })
  alice = await here.person('alice')
  mallory = stranger(world, 'https://evil.example/users/mallory')
  zoe = stranger(world, 'https://far.example/users/zoe')
})

afterAll(async () => here?.close())

const size = () => here.ledger.head().size
const pool = () => here.database.pool
const row = async (uri: string) => {
  await here.settled()
  return await statusByUri(pool(), uri)
}
const account = async (uri: string) => {
  await here.settled()
  return await accountByUri(pool(), uri)
}

/** The answer, and that nothing at all was stored. */
async function refused(expected: number, from: Pick<Stranger, 'keyId' | 'key'>, document: unknown, options = {}) {
  const before = size()
  const answer = await post(here, from, document, options)
  expect([answer.status, answer.error]).toEqual([expected, expect.any(String)])
  expect(size()).toBe(before)
  return answer.error
}

const toAlice = () => ({ to: [PUBLIC], cc: [alice.uri], tag: [{ type: 'Mention', href: alice.uri, name: '@alice' }] })
const create = (from: Stranger, note: JsonObject) => from.activity('Create', { object: note, to: note['to'] ?? [], cc: note['cc'] ?? [] })

describe('what is true', () => {
  it('a first contact is recorded with the activity, its bytes and its verdict', async () => {
    const note = zoe.note({ ...toAlice(), contentMap: { pt: '<p>olá</p>' }, content: '<p>olá</p>', summary: 'hm' })
    const before = size()
    expect((await post(here, zoe, create(zoe, note))).status).toBe(202)
    const events = (await here.ledger.read(before, 10)).flatMap(recordedEvents)
    expect(events.map(({ type }) => type)).toEqual(['identity:discover', 'activity:receive', 'status:create', 'activity:receive'])
    expect(events[3]?.data).toMatchObject({ actorUri: zoe.uri, keyId: zoe.keyId, scheme: 'cavage', activityType: 'Create' })
    expect(await row(note.id)).toMatchObject({ language: 'pt', spoiler_text: 'hm', sensitive: true, visibility: 'public' })
    const commit = (await here.ledger.read(before + 1, 1))[0]
    const evidence = commit?.events.at(-1)?.parts[1]
    expect(evidence !== undefined && !evidence.erased && Buffer.from(evidence.bytes).toString()).toMatch(
      /^POST \/inbox HTTP\/1\.1\r\n[\s\S]*signature: keyId=[\s\S]*\r\n\r\n\{/i,
    )
  })

  it('the same activity has one effect, whichever inboxes it comes to and however often', async () => {
    const activity = create(zoe, zoe.note(toAlice()))
    const before = size()
    const answers = await Promise.all(['/inbox', '/users/alice/inbox', '/inbox'].map((path) => post(here, zoe, activity, { path })))
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 202])
    expect((await post(here, zoe, activity)).status).toBe(202)
    expect(size()).toBe(before + 1)
  })

  it('visibility comes from the addressing', async () => {
    const followers = `${zoe.uri}/followers`
    const cases = [
      ['public', { to: 'as:Public', cc: [alice.uri] }],
      ['unlisted', { to: followers, cc: ['Public', alice.uri] }],
      ['private', { to: [followers, alice.uri] }],
      ['direct', { to: alice.uri }],
    ] as const
    for (const [visibility, addressing] of cases) {
      const note = zoe.note(addressing as unknown as JsonObject)
      expect((await post(here, zoe, create(zoe, note))).status).toBe(202)
      const stored = await row(note.id)
      expect(stored?.visibility).toBe(visibility)
      if (visibility === 'direct' || visibility === 'private') expect(stored?.mentions.map(({ accountId }) => accountId)).toEqual([alice.id])
    }
  })

  it('a reply to an unknown post brings its thread, up to a bound', async () => {
    const chain = Array.from({ length: 5 }, (_, i) => `${zoe.uri}/notes/thread-${i}`)
    for (const [i, id] of chain.entries())
      world.serve(id, {
        '@context': 'https://www.w3.org/ns/activitystreams',
        ...zoe.note({ id, ...(i === 0 ? {} : { inReplyTo: chain[i - 1] ?? null }) }),
      })
    const reply = zoe.note({ ...toAlice(), inReplyTo: chain[4] ?? null })
    expect((await post(here, zoe, create(zoe, reply))).status).toBe(202)
    const top = await eventually('the top of the thread', () => row(chain[0] ?? ''))
    expect(top.in_reply_to_uri).toBeNull()
    await eventually('the parent is known', async () => (await row(reply.id))?.in_reply_to_id)
  })

  it('an announced post is fetched before the boost is recorded, if anybody here follows the one who boosts', async () => {
    const far = stranger(world, 'https://third.example/users/writer')
    const note = { '@context': 'https://www.w3.org/ns/activitystreams', ...far.note({ content: '<p>worth reading</p>' }) }
    world.serve(note.id, note)
    const announce = () => zoe.activity('Announce', { object: note.id, to: PUBLIC })
    await refused(202, zoe, announce())
    const zoeHere = await account(zoe.uri)
    const follow = await here.follow(alice, zoeHere?.id ?? '')
    expect((await post(here, zoe, zoe.activity('Accept', { object: follow }))).status).toBe(202)
    await here.settled()
    expect((await post(here, zoe, announce())).status).toBe(202)
    const stored = await row(note.id)
    expect(stored?.content).toBe('<p>worth reading</p>')
    expect(await boostOf(pool(), zoeHere?.id ?? '', stored?.id ?? '')).not.toBeNull()
  })

  it('likes and boosts of posts here, and taking them back by nothing but their id', async () => {
    const mine = await here.post(alice, { content: '<p>like me</p>' })
    const like = zoe.activity('Like', { object: mine.uri })
    const boost = zoe.activity('Announce', { object: { id: mine.uri, type: 'Note' }, to: [PUBLIC] })
    for (const activity of [like, boost]) expect((await post(here, zoe, activity)).status).toBe(202)
    const zoeHere = (await account(zoe.uri))?.id ?? ''
    expect(await likeOf(pool(), zoeHere, mine.id)).toMatchObject({ uri: like.id })
    expect(await boostOf(pool(), zoeHere, mine.id)).toMatchObject({ uri: boost.id })
    for (const undone of [like, boost]) expect((await post(here, zoe, zoe.activity('Undo', { object: undone.id }))).status).toBe(202)
    await here.settled()
    expect(await likeOf(pool(), zoeHere, mine.id)).toBeNull()
    expect(await boostOf(pool(), zoeHere, mine.id)).toBeNull()
  })

  it('a follow of a locked account waits for its owner', async () => {
    const locked = await here.person('locked', { locked: true })
    expect((await post(here, zoe, zoe.activity('Follow', { object: locked.uri }), { path: '/users/locked/inbox' })).status).toBe(202)
    await here.settled()
    const zoeHere = (await account(zoe.uri))?.id ?? ''
    expect((await followState(pool(), zoeHere, locked.id))?.state).toBe('requested')
  })

  it('an actor who changes is seen as changed; one who blocks is not followed any more', async () => {
    const shy = stranger(world, 'https://far.example/users/shy')
    const shyHere = await here.resolver.account(shy.uri)
    await here.follow(alice, shyHere?.id ?? '')
    const changed = { ...shy.document, name: 'Shy <b>no more</b>', summary: '<p>hi<script>alert(1)</script></p>' }
    expect((await post(here, shy, shy.activity('Update', { object: changed, to: PUBLIC }))).status).toBe(202)
    expect(await account(shy.uri)).toMatchObject({ display_name: 'Shy no more', note: '<p>hi</p>' })
    expect((await post(here, shy, shy.activity('Block', { object: alice.uri }))).status).toBe(202)
    await here.settled()
    expect(await relationships(pool(), alice.id, [shyHere?.id ?? ''])).toMatchObject([{ following: false, requested: false, blocked_by: true }])
  })

  it('a report names its subject and posts; the one who complains stays unknown when it is a server', async () => {
    const mine = await here.post(alice, { content: '<p>rude</p>' })
    const server = stranger(world, 'https://far.example/actor', { type: 'Application', preferredUsername: 'far.example' })
    const before = size()
    expect((await post(here, server, server.activity('Flag', { object: [alice.uri, mine.uri], content: 'spam' }))).status).toBe(202)
    const events = (await here.ledger.read(before, 10)).flatMap(recordedEvents)
    expect(events.find(({ type }) => type === 'social:report')?.data).toMatchObject({
      accountId: null,
      targetId: alice.id,
      statusIds: [mine.id],
      comment: 'spam',
    })
  })

  it('a forwarded activity counts by its own proof, whoever signs the request', async () => {
    const forwarded = zoe.note({ ...toAlice(), content: '<p>forwarded</p>' })
    const activity = zoe.proven(create(zoe, forwarded))
    expect((await post(here, mallory, activity)).status).toBe(202)
    expect(await row(forwarded.id)).toMatchObject({ content: '<p>forwarded</p>' })
    const events = (await here.ledger.read(size() - 1, 1)).flatMap(recordedEvents)
    expect(events.at(-1)?.data).toMatchObject({ scheme: 'proof', actorUri: zoe.uri })
  })

  it('a rotated key is asked for once, and the actor is recorded anew', async () => {
    const changing = stranger(world, 'https://far.example/users/changing')
    expect((await post(here, changing, create(changing, changing.note(toAlice())))).status).toBe(202)
    changing.rotate(true)
    expect((await post(here, changing, create(changing, changing.note(toAlice())))).status).toBe(202)
    expect((await account(changing.uri))?.keys.find(({ kind }) => kind === 'rsa')?.material).toBe(
      (changing.document['publicKey'] as JsonObject)['publicKeyPem'],
    )
  })

  it('whole JSON-LD is understood: expanded, or under names of its own', async () => {
    const expanded = [
      {
        '@id': `${zoe.uri}/activities/expanded`,
        '@type': ['https://www.w3.org/ns/activitystreams#Follow'],
        'https://www.w3.org/ns/activitystreams#actor': [{ '@id': zoe.uri }],
        'https://www.w3.org/ns/activitystreams#object': [{ '@id': alice.uri }],
      },
    ]
    expect((await post(here, zoe, expanded)).status).toBe(202)
    await here.settled()
    expect((await followState(pool(), (await account(zoe.uri))?.id ?? '', alice.id))?.state).toBe('accepted')
    const renamed = {
      '@context': {
        wer: { '@id': 'https://www.w3.org/ns/activitystreams#actor', '@type': '@id' },
        was: { '@id': 'https://www.w3.org/ns/activitystreams#object', '@type': '@id' },
        Undo: 'https://www.w3.org/ns/activitystreams#Undo',
      },
      '@id': `${zoe.uri}/activities/renamed`,
      '@type': 'Undo',
      wer: zoe.uri,
      was: `${zoe.uri}/activities/expanded`,
    }
    expect((await post(here, zoe, renamed)).status).toBe(202)
    await here.settled()
    expect(await followState(pool(), (await account(zoe.uri))?.id ?? '', alice.id)).toBeNull()
  })

  it('what concerns nobody here is not kept, nor is who said it', async () => {
    const loud = stranger(world, 'https://loud.example/users/loud')
    await refused(202, loud, create(loud, loud.note({})))
    expect(await account(loud.uri)).toBeNull()
    expect((await post(here, loud, create(loud, loud.note({})), { path: '/users/alice/inbox' })).status).toBe(202)
    expect(await account(loud.uri)).not.toBeNull()
  })

  it('a deletion by somebody never heard of costs no question', async () => {
    const before = world.asked.length
    await refused(
      202,
      { keyId: 'https://gone.example/users/x#main-key', key: mallory.key },
      { id: 'https://gone.example/users/x#delete', type: 'Delete', actor: 'https://gone.example/users/x', object: 'https://gone.example/users/x' },
    )
    expect(world.asked.length).toBe(before)
  })

  it('a deleted post does not come back', async () => {
    const note = zoe.note(toAlice())
    const first = create(zoe, note)
    expect((await post(here, zoe, first)).status).toBe(202)
    expect((await post(here, zoe, zoe.activity('Delete', { object: { id: note.id, type: 'Tombstone' } }))).status).toBe(202)
    expect(await row(note.id)).toBeNull()
    await refused(202, zoe, create(zoe, note))
    expect(await row(note.id)).toBeNull()
  })
})

describe('what is not', () => {
  it('401: no signature, a wrong one, another body, another time', async () => {
    const activity = create(zoe, zoe.note(toAlice()))
    const before = size()
    expect(
      (
        await here.app.inject({
          method: 'POST',
          url: '/inbox',
          headers: { 'content-type': 'application/activity+json' },
          payload: JSON.stringify(activity),
        })
      ).statusCode,
    ).toBe(401)
    expect(size()).toBe(before)
    expect(await refused(401, { keyId: zoe.keyId, key: mallory.key }, activity)).toBe('the signature is wrong')
    expect(await refused(401, zoe, activity, { headers: { digest: 'SHA-256=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=' } })).toMatch(
      /body|signature/,
    )
    expect(await refused(401, zoe, activity, { at: Date.now() - 13 * 3_600_000 })).toBe('the signature is not of this time')
    expect(await refused(401, zoe, activity, { at: Date.now() + 2 * 3_600_000 })).toBe('the signature is not of this time')
    const nobody = { keyId: 'https://nowhere.example/x#main-key', key: mallory.key }
    expect(await refused(401, nobody, { ...activity, id: 'https://nowhere.example/1', actor: 'https://nowhere.example/x' })).toBe(
      'the key cannot be found',
    )
    const asked = world.asked.length
    expect(await refused(401, nobody, activity)).toBe('the key belongs to somebody else than the actor')
    expect(world.asked.length).toBe(asked)
  })

  it('401: speaking for somebody else', async () => {
    const forged = create(zoe, zoe.note(toAlice()))
    expect(await refused(401, mallory, forged)).toBe('the key belongs to somebody else than the actor')
    expect(await refused(401, mallory, { ...mallory.activity('Follow', { object: alice.uri }), actor: alice.uri })).toMatch(/somebody else/)
    expect(await refused(401, mallory, mallory.activity('Follow', { id: 'https://far.example/activities/1', object: alice.uri }))).toBe(
      'the activity is of another server than its actor',
    )
    expect(await refused(401, mallory, mallory.activity('Create', { object: zoe.note(toAlice()) }))).toBe('the post is attributed to somebody else')
    expect(
      await refused(401, mallory, mallory.activity('Create', { object: mallory.note({ ...toAlice(), id: 'https://far.example/notes/1' }) })),
    ).toBe('the post is of another server')
    expect(await refused(401, mallory, mallory.activity('Undo', { object: zoe.activity('Follow', { object: alice.uri }) }))).toMatch(/somebody else/)
    const proven = zoe.proven(create(zoe, zoe.note(toAlice())))
    expect(await refused(401, mallory, { ...proven, object: mallory.note(toAlice()) })).toMatch(/somebody else/)
  })

  it('401: editing or deleting the posts of others', async () => {
    const note = zoe.note(toAlice())
    expect((await post(here, zoe, create(zoe, note))).status).toBe(202)
    expect((await post(here, mallory, create(mallory, mallory.note(toAlice())))).status).toBe(202)
    const mine = await here.post(alice, { content: '<p>mine</p>' })
    for (const uri of [note.id, mine.uri]) {
      expect(await refused(401, mallory, mallory.activity('Delete', { object: uri }))).toMatch(/somebody else/)
      expect(await refused(401, mallory, mallory.activity('Update', { object: { ...note, id: uri, content: 'hacked' } }))).toMatch(/somebody else/)
    }
    expect((await row(mine.uri))?.content).toBe('<p>mine</p>')
  })

  it('a key published by one actor does not sign for another, even of the same server', async () => {
    const other = stranger(world, 'https://evil.example/users/other')
    expect(await refused(401, mallory, create(other, other.note(toAlice())))).toBe('the key belongs to somebody else than the actor')
    const thief = stranger(world, 'https://evil.example/users/thief', {
      publicKey: {
        id: 'https://far.example/users/zoe#main-key',
        owner: 'https://far.example/users/zoe',
        publicKeyPem: (mallory.document['publicKey'] as JsonObject)['publicKeyPem'] ?? null,
      },
    })
    expect(await refused(401, { keyId: 'https://evil.example/users/thief#main-key', key: mallory.key }, create(thief, thief.note(toAlice())))).toBe(
      'the key cannot be found',
    )
  })

  it('400: not JSON, not UTF-8, no activity', async () => {
    const bodies = [
      Buffer.from('{'),
      Buffer.from('null'),
      Buffer.from('[]'),
      Buffer.from('"x"'),
      Buffer.from('{}'),
      Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]),
      Buffer.alloc(0),
    ]
    for (const body of bodies) await refused(400, zoe, body)
    for (const wrong of [
      { id: 1 },
      { actor: 2 },
      { type: 3 },
      { object: null },
      { actor: [] },
      { id: 'javascript:alert(1)' },
      { actor: 'https://user:pass@far.example/x' },
    ])
      await refused(400, zoe, { ...zoe.activity('Follow', { object: alice.uri }), ...wrong })
    await refused(400, zoe, create(zoe, { ...zoe.note(toAlice()), id: 5 }))
    await refused(400, zoe, { '@context': 'https://evil.example/context', '@type': 'ex:Follow', 'ex:actor': zoe.uri })
  })

  it('413: too many bytes, too deep, too long', async () => {
    await refused(413, zoe, create(zoe, zoe.note({ ...toAlice(), content: 'x'.repeat(300_000) })))
    const nested = `${'['.repeat(5_000)}${']'.repeat(5_000)}`
    await refused(
      413,
      zoe,
      Buffer.from(JSON.stringify({ ...zoe.activity('Follow', { object: alice.uri }), deep: 0 }).replace('"deep":0', `"deep":${nested}`)),
    )
    await refused(413, zoe, Buffer.from(`${'['.repeat(100_000)}${']'.repeat(100_000)}`))
    await refused(413, zoe, { ...zoe.activity('Follow', { object: alice.uri }), long: Array(10_000).fill(1) } as JsonObject)
  })

  it('404 for an inbox of nobody, 400 for another kind of body', async () => {
    await refused(404, zoe, zoe.activity('Follow', { object: alice.uri }), { path: '/users/nobody/inbox' })
    await refused(400, zoe, zoe.activity('Follow', { object: alice.uri }), { headers: { 'content-type': 'text/plain' } })
  })

  it('markup is made safe, whatever it is', async () => {
    const note = zoe.note({
      ...toAlice(),
      content:
        '<p onclick="x()">a<img src=x onerror=alert(1)><a href="javascript:alert(1)" class="mention evil">b</a><script>c</script></p><h1>d</h1>',
      summary: '<b>w</b>',
    })
    expect((await post(here, zoe, create(zoe, note))).status).toBe(202)
    const stored = await row(note.id)
    expect(stored?.content).toBe('<p>a<a class="mention" rel="nofollow noopener noreferrer" target="_blank">b</a></p><strong>d</strong>')
    expect(stored?.spoiler_text).toBe('w')
  })

  it('whatever is sent, the answer is one of ours and nothing crashes', async () => {
    const json = fc.jsonValue({ maxDepth: 4 })
    const key = fc.constantFrom(
      'id',
      'type',
      'actor',
      'object',
      'to',
      'cc',
      'tag',
      'content',
      'contentMap',
      'attachment',
      'inReplyTo',
      'published',
      '@context',
      'proof',
      'url',
      'as:to',
      '@type',
      '__proto__',
    )
    const note = fc.dictionary(key, json).map((extra) => ({ ...zoe.note(toAlice()), ...extra }))
    const activity = fc.oneof(
      fc
        .tuple(
          fc.constantFrom('Create', 'Update', 'Delete', 'Announce', 'Like', 'Follow', 'Accept', 'Undo', 'Block', 'Flag', 'Move', 'x:y'),
          fc.oneof(note, json, fc.constant(alice.uri)),
          fc.dictionary(key, json),
        )
        .map(([type, object, extra]) => ({ ...zoe.activity(type, { object: object as never }), ...extra })),
      json,
    )
    await fc.assert(
      fc.asyncProperty(activity, async (document) => {
        const { status } = await post(here, zoe, document ?? null)
        expect([202, 400, 401, 413]).toContain(status)
      }),
      { numRuns: 300 },
    )
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 500 }), async (bytes) => {
        expect([400, 401, 413]).toContain((await post(here, zoe, bytes)).status)
      }),
      { numRuns: 200 },
    )
    expect(here.logged.filter((line) => line.startsWith('error'))).toEqual([])
  })
})
