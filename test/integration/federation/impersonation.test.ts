/** Being taken for somebody else: by keys, by documents, by handles, by what is embedded, by text that only looks like an id of ours. */
import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { JsonObject } from '../../../src/federation/wire/json.ts'
import { accountByUri } from '../../../src/projections/read/accounts.ts'
import { statusByUri } from '../../../src/projections/read/statuses.ts'
import { type Elsewhere, elsewhere, post, type Stranger, stranger } from './elsewhere.ts'
import { type FederatingInstance, federatingInstance, type Person } from './instance.ts'

const ORIGIN = 'https://here.example'
const PUBLIC = 'https://www.w3.org/ns/activitystreams#Public'

let world: Elsewhere
let here: FederatingInstance
let alice: Person
let mallory: Stranger
let zoe: Stranger

beforeAll(async () => {
  world = elsewhere()
  here = await federatingInstance({ origin: ORIGIN, fetch: world, deliver: false })
  alice = await here.person('alice')
  mallory = stranger(world, 'https://evil.example/users/mallory')
  zoe = stranger(world, 'https://far.example/users/zoe')
  expect((await post(here, zoe, zoe.activity('Create', { object: zoe.note(toAlice()) }))).status).toBe(202)
  expect((await post(here, mallory, mallory.activity('Create', { object: mallory.note(toAlice()) }))).status).toBe(202)
  await here.settled()
})
afterAll(async () => here?.close())

const toAlice = () => ({ to: [PUBLIC], cc: [alice.uri] })
const row = async (uri: string) => {
  await here.settled()
  return await statusByUri(here.database.pool, uri)
}
const account = async (uri: string) => {
  await here.settled()
  return await accountByUri(here.database.pool, uri)
}

/** Nothing recorded, whatever was answered: one of these. */
async function withoutEffect(statuses: readonly number[], from: Pick<Stranger, 'keyId' | 'key'>, document: unknown, options = {}) {
  const before = here.ledger.head().size
  const answer = await post(here, from, document, options)
  expect(statuses).toContain(answer.status)
  expect(here.ledger.head().size).toBe(before)
  return answer.error
}

describe('keys', () => {
  it('an actor document of one origin cannot bring keys for another, nor for a neighbour', async () => {
    const ed = mallory.document['assertionMethod'] as JsonObject[]
    const pem = (mallory.document['publicKey'] as JsonObject)['publicKeyPem'] ?? null
    world.serve(mallory.uri, {
      ...mallory.document,
      publicKey: [
        { id: mallory.keyId, owner: mallory.uri, publicKeyPem: pem },
        { id: zoe.keyId, owner: zoe.uri, publicKeyPem: pem },
        { id: zoe.keyId, owner: mallory.uri, publicKeyPem: pem },
        { id: 'https://evil.example/users/victim#main-key', owner: mallory.uri, publicKeyPem: pem },
        { id: 'https://evil.example/users/victim#main-key', owner: 'https://evil.example/users/victim', publicKeyPem: pem },
      ],
      assertionMethod: [...ed, { ...ed[0], id: `${zoe.uri}#ed25519-key` }, { ...ed[0], id: 'https://evil.example/users/victim#ed25519-key' }],
    })
    const victim = stranger(world, 'https://evil.example/users/victim')
    expect((await post(here, mallory, mallory.activity('Update', { object: { ...mallory.document, name: 'M' } }))).status).toBe(202)
    for (const keyId of [zoe.keyId, victim.keyId]) {
      const said = keyId === zoe.keyId ? zoe : victim
      await withoutEffect([401], { keyId, key: mallory.key }, said.activity('Create', { object: said.note(toAlice()) }))
      await withoutEffect([401], { keyId: mallory.keyId, key: mallory.key }, said.activity('Create', { object: said.note(toAlice()) }))
    }
  })

  it('a key document may name an owner, but only the owner can confirm it', async () => {
    const keyId = 'https://far.example/uploads/key'
    const pem = (mallory.document['publicKey'] as JsonObject)['publicKeyPem'] ?? null
    world.serve(keyId, { id: keyId, type: 'CryptographicKey', owner: zoe.uri, publicKeyPem: pem })
    await withoutEffect([401], { keyId, key: mallory.key }, zoe.activity('Create', { object: zoe.note(toAlice()) }))
    world.serve(keyId, { id: zoe.uri, type: 'Person', publicKey: { id: keyId, owner: zoe.uri, publicKeyPem: pem } })
    await withoutEffect([401], { keyId, key: mallory.key }, zoe.activity('Create', { object: zoe.note(toAlice()) }))
  })

  it('keys that cost too much to use, or protect nobody, are no keys', async () => {
    const weak = generateKeyPairSync('rsa', { modulusLength: 512 })
    const { n = '' } = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ format: 'jwk' })
    const slow = createPublicKey({ key: { kty: 'RSA', n, e: n }, format: 'jwk' })
    for (const [name, key] of [
      ['weak', weak.publicKey],
      ['slow', slow],
    ] as const) {
      const uri = `https://odd.example/users/${name}`
      const publicKeyPem = key.export({ type: 'spki', format: 'pem' }).toString()
      const actor = stranger(world, uri, { publicKey: { id: `${uri}#main-key`, owner: uri, publicKeyPem } })
      expect(await withoutEffect([401], { keyId: actor.keyId, key: weak.privateKey }, actor.activity('Follow', { object: alice.uri }))).toBe(
        'the key cannot be found',
      )
    }
  })

  it('a thousand keys in one document cost no more than sixteen', async () => {
    const uri = 'https://odd.example/users/janitor'
    const publicKeyPem = (zoe.document['publicKey'] as JsonObject)['publicKeyPem'] ?? null
    const janitor = stranger(world, uri, {
      publicKey: Array.from({ length: 2_000 }, (_, i) => ({ id: `${uri}#key-${i}`, owner: uri, publicKeyPem })),
    })
    const start = performance.now()
    await withoutEffect([401], janitor, janitor.activity('Follow', { object: alice.uri }))
    expect(performance.now() - start).toBeLessThan(400)
  })
})

describe('what is embedded', () => {
  it('a Create, Update or Announce of words put into the mouth of another leaves none', async () => {
    const words = { ...zoe.note(toAlice()), content: '<p>I never said that</p>' }
    await withoutEffect([401], mallory, mallory.activity('Create', { object: words }))
    await withoutEffect(
      [401],
      mallory,
      mallory.activity('Create', { object: { ...words, id: `${mallory.uri}/notes/1`, attributedTo: [zoe.uri, mallory.uri] } }),
    )
    await withoutEffect([401], mallory, mallory.activity('Update', { object: words }))
    await withoutEffect([202], mallory, mallory.activity('Announce', { object: words, to: [PUBLIC] }))
    await withoutEffect([202, 401], mallory, mallory.activity('Update', { object: { ...zoe.document, name: 'Zoe is a fool' } }))
    await withoutEffect([400], mallory, mallory.activity('Update', { object: { ...zoe.document, id: undefined, href: mallory.uri, name: 'Zoe' } }))
    await withoutEffect(
      [401],
      mallory,
      mallory.activity('Create', { object: { ...words, attributedTo: { id: zoe.uri, type: 'Person' }, actor: mallory.uri } }),
    )
    await withoutEffect([400, 401], mallory, {
      ...mallory.activity('Create', { object: words }),
      '@id': zoe.uri,
      'as:actor': zoe.uri,
      actor: [zoe.uri, mallory.uri],
    })
    expect(await row(words.id)).toBeNull()
    expect((await account(zoe.uri))?.display_name).toBe('zoe')
  })

  it('a page elsewhere is no page of the author', async () => {
    const note = mallory.note({ ...toAlice(), url: 'https://far.example/@zoe/1' })
    expect((await post(here, mallory, mallory.activity('Create', { object: note }))).status).toBe(202)
    expect(await row(note.id)).toMatchObject({ url: note.id })
    const disguised = { ...mallory.document, url: 'https://far.example/@zoe' }
    expect((await post(here, mallory, mallory.activity('Update', { object: disguised }))).status).toBe(202)
    expect(await account(mallory.uri)).toMatchObject({ url: mallory.uri })
  })
})

describe('what belongs to others', () => {
  it('nobody edits, deletes, undoes or answers in the name of another', async () => {
    const note = zoe.note(toAlice())
    const like = zoe.activity('Like', { object: (await here.post(alice, { content: '<p>x</p>' })).uri })
    const follow = zoe.activity('Follow', { object: alice.uri })
    for (const said of [zoe.activity('Create', { object: note }), like, follow]) expect((await post(here, zoe, said)).status).toBe(202)
    const twin = stranger(world, 'https://far.example/users/twin')
    expect((await post(here, twin, twin.activity('Create', { object: twin.note(toAlice()) }))).status).toBe(202)
    for (const thief of [mallory, twin]) {
      for (const object of [note.id, { id: note.id, type: 'Tombstone' }, zoe.uri])
        await withoutEffect([202, 401], thief, thief.activity('Delete', { object }))
      await withoutEffect(
        [401],
        thief,
        thief.activity('Update', { object: { ...note, attributedTo: thief.uri, ...(thief === mallory ? {} : { content: 'x' }) } }),
      )
      for (const object of [like, follow]) {
        await withoutEffect([401], thief, thief.activity('Undo', { object }))
        await withoutEffect([202], thief, thief.activity('Undo', { object: object.id }))
        await withoutEffect([202], thief, thief.activity('Undo', { object: { ...object, actor: thief.uri } }))
        await withoutEffect([202], thief, thief.activity('Undo', { object: { id: object.id, type: object['type'] ?? null } }))
      }
    }
    expect(await row(note.id)).toMatchObject({ content: '<p>hello</p>' })
  })

  it('a follow is accepted or rejected by the one it is of, nobody else', async () => {
    const id = (await account(zoe.uri))?.id ?? ''
    const follow = await here.follow(alice, id)
    const whole = { id: follow, type: 'Follow', actor: alice.uri, object: zoe.uri }
    for (const type of ['Accept', 'Reject'])
      for (const object of [follow, whole, { ...whole, object: mallory.uri }, { type: 'Follow', actor: alice.uri, object: zoe.uri }])
        await withoutEffect([202], mallory, mallory.activity(type, { object }))
    expect((await post(here, zoe, zoe.activity('Accept', { object: whole }))).status).toBe(202)
    for (const object of [follow, whole]) await withoutEffect([202], mallory, mallory.activity('Reject', { object }))
  })
})

describe('text that looks like an id', () => {
  it('our own names in another spelling are ours, and nobody is asked for them', async () => {
    const asked = world.asked.length
    for (const spelt of ['HTTPS://HERE.EXAMPLE/users/alice', 'https://here.example:443/users/alice', 'https://HERE.example/users/alice']) {
      await withoutEffect(
        [202, 401],
        { keyId: `${spelt}#main-key`, key: mallory.key },
        { id: `${spelt}#1`, type: 'Follow', actor: spelt, object: zoe.uri },
      )
      expect(await here.resolver.account(spelt)).toBeNull()
      expect(await here.resolver.status(`${spelt}/statuses/1`)).toBeNull()
    }
    expect(world.asked.slice(asked)).toEqual([])
  })

  it('control characters, halves of characters and credentials make no id', async () => {
    for (const odd of [
      'https://evil.example/\u0000',
      'https://evil.example/a\nb',
      'https://ev\til.example/a',
      'https://evil.example/\ud800',
      'https://a@evil.example/x',
      `https://evil.example/${'語'.repeat(700)}`,
    ])
      for (const document of [
        { ...mallory.activity('Like', { object: alice.uri }), id: odd },
        { ...mallory.activity('Like', { object: alice.uri }), actor: odd },
        mallory.activity('Like', { object: odd }),
        mallory.activity('Create', { object: mallory.note({ ...toAlice(), id: odd }) }),
        mallory.activity('Undo', { object: { type: 'Like', object: odd } }),
      ])
        await withoutEffect([202, 400, 401], mallory, document)
    for (const path of [
      '/users/%00',
      '/users/%00/inbox',
      '/users/%00/outbox',
      '/users/a%00/statuses/1',
      '/.well-known/webfinger?resource=acct:%00@here.example',
    ])
      expect([path, (await here.app.inject({ method: path.endsWith('inbox') ? 'POST' : 'GET', url: path })).statusCode]).toEqual([path, 404])
    expect(await here.resolver.account('a\u0000@far.example')).toBeNull()
    const reply = mallory.note({ ...toAlice(), inReplyTo: 'https://far.example/\u0000' })
    expect((await post(here, mallory, mallory.activity('Create', { object: reply }))).status).toBe(202)
    expect(await row(reply.id)).toMatchObject({ in_reply_to_uri: null })
  })
})

describe('handles', () => {
  const finger = (host: string, user: string, subject: string, self: string) =>
    world.serve(`https://${host}/.well-known/webfinger?resource=${encodeURIComponent(`acct:${user}@${host}`)}`, {
      subject: `acct:${subject}`,
      links: [{ rel: 'self', type: 'application/activity+json', href: self }],
    })

  it('a host cannot give its name to people of another who do not claim it', async () => {
    const bob = stranger(world, 'https://bobs.example/users/bob')
    finger('bobs.example', 'bob', 'bob@bobs.example', bob.uri)
    finger('evil.example', 'bob', 'bob@evil.example', bob.uri)
    const found = await here.resolver.account('bob@evil.example')
    expect(found).toMatchObject({ username: 'bob', domain: 'bobs.example' })
  })

  it('a host that has moved its handles to another name is believed when both say so, name for name', async () => {
    const carol = stranger(world, 'https://social.carols.example/users/carol')
    finger('social.carols.example', 'carol', 'carol@carols.example', carol.uri)
    finger('carols.example', 'carol', 'carol@carols.example', carol.uri)
    expect(await here.resolver.account('carol@carols.example')).toMatchObject({ username: 'carol', domain: 'carols.example' })

    const admin = stranger(world, 'https://evil.example/users/admin')
    finger('evil.example', 'admin', 'mallory@bank.example', admin.uri)
    finger('bank.example', 'mallory', 'mallory@bank.example', admin.uri)
    expect(await here.resolver.account(admin.uri)).toMatchObject({ username: 'admin', domain: 'evil.example' })
    const root = stranger(world, 'https://evil.example/users/root', { webfinger: 'mallory@bank.example' })
    finger('bank.example', 'mallory', 'mallory@bank.example', root.uri)
    expect(await here.resolver.account(root.uri)).toMatchObject({ username: 'root', domain: 'evil.example' })
    const boss = stranger(world, 'https://evil.example/users/boss', { webfinger: 'boss@bank.example' })
    expect(await here.resolver.account(boss.uri)).toMatchObject({ username: 'boss', domain: 'evil.example' })
  })

  it('nobody elsewhere is called as if they were here', async () => {
    finger('evil.example', 'eve', 'eve@here.example', 'https://evil.example/users/eve')
    const eve = stranger(world, 'https://evil.example/users/eve', { webfinger: 'eve@here.example' })
    expect(await here.resolver.account(eve.uri)).toMatchObject({ username: 'eve', domain: 'evil.example' })
    const shadow = stranger(world, 'http://here.example/users/alice')
    await withoutEffect([202, 401], shadow, shadow.activity('Follow', { object: alice.uri }))
    expect(await here.resolver.account(shadow.uri)).toBeNull()
    const odd = stranger(world, 'https://here.example:8443/users/alice')
    expect(await here.resolver.account(odd.uri)).toMatchObject({ domain: 'here.example:8443' })
  })

  it('hosts are compared as the network sees them: case, ports, and letters that look alike', async () => {
    const dora = stranger(world, 'https://xn--ample-9ra.example/users/dora')
    finger('xn--ample-9ra.example', 'dora', 'dora@xn--ample-9ra.example', dora.uri)
    expect(await here.resolver.account('dora@éample.example')).toMatchObject({ domain: 'xn--ample-9ra.example' })
    expect(await here.resolver.account('@DORA@XN--AMPLE-9RA.EXAMPLE:443')).toMatchObject({ uri: dora.uri })
  })
})
