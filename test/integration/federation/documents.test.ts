/** What other servers read here: discovery, actors, posts, collections; and who may read what is not for everybody. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { signedHeaders } from '../../../src/federation/signature/sign.ts'
import type { JsonObject } from '../../../src/federation/wire/json.ts'
import { readActor } from '../../../src/federation/wire/read-actor.ts'
import { readNote } from '../../../src/federation/wire/read-note.ts'
import { VERSION } from '../../../src/host/version.ts'
import { type Elsewhere, elsewhere, post, type Stranger, stranger } from './elsewhere.ts'
import { type FederatingInstance, federatingInstance, type Person } from './instance.ts'

const ORIGIN = 'https://here.example'
const ACTIVITY = { accept: 'application/activity+json' }

let world: Elsewhere
let here: FederatingInstance
let alice: Person
let zoe: Stranger

beforeAll(async () => {
  world = elsewhere()
  here = await federatingInstance({ origin: ORIGIN, fetch: world, deliver: false })
  alice = await here.person('alice', {
    displayName: 'Alice',
    note: '<p>hi</p>',
    avatar: 'a/b.png',
    fields: [{ name: 'site', value: '<a href="https://x.example">x</a>', verifiedAt: null }],
  })
  zoe = stranger(world, 'https://far.example/users/zoe')
})
afterAll(async () => here?.close())

const get = (url: string, headers: Record<string, string> = ACTIVITY) => here.app.inject({ method: 'GET', url: url.replace(ORIGIN, ''), headers })
const json = async (url: string): Promise<JsonObject> => {
  const answer = await get(url)
  expect([url, answer.statusCode]).toEqual([url, 200])
  return answer.json<JsonObject>()
}

describe('discovery', () => {
  it('WebFinger knows the people here, by handle and by URL, in any case', async () => {
    for (const resource of ['acct:alice@here.example', 'acct:ALICE@HERE.example', alice.uri, 'https://here.example/@alice', 'alice@here.example']) {
      const answer = await get(`/.well-known/webfinger?resource=${encodeURIComponent(resource)}`, {})
      expect([resource, answer.statusCode, answer.headers['access-control-allow-origin']]).toEqual([resource, 200, '*'])
      expect(answer.headers['content-type']).toContain('application/jrd+json')
      const jrd = answer.json<{ subject: string; links: { rel: string; type?: string; href?: string }[] }>()
      expect(jrd.subject).toBe('acct:alice@here.example')
      expect(jrd.links.find(({ rel }) => rel === 'self')).toEqual({ rel: 'self', type: 'application/activity+json', href: alice.uri })
    }
  })

  it('400 without a resource; 404 for nobody, and for people of other hosts', async () => {
    expect((await get('/.well-known/webfinger')).statusCode).toBe(400)
    for (const resource of [
      'acct:nobody@here.example',
      'acct:alice@there.example',
      'https://there.example/users/alice',
      'mailto:alice@here.example',
      'x',
      `acct:${'a'.repeat(5_000)}@here.example`,
    ]) {
      expect([resource, (await get(`/.well-known/webfinger?resource=${encodeURIComponent(resource)}`)).statusCode]).toEqual([resource, 404])
    }
  })

  it('host-meta and NodeInfo lead on', async () => {
    expect((await get('/.well-known/host-meta')).body).toContain('https://here.example/.well-known/webfinger?resource={uri}')
    const { links } = (await json('/.well-known/nodeinfo')) as unknown as { links: { rel: string; href: string }[] }
    for (const version of ['2.0', '2.1']) {
      const href = links.find(({ rel }) => rel.endsWith(version))?.href ?? ''
      expect(await json(href)).toMatchObject({
        version,
        software: { name: 'vivim' },
        protocols: ['activitypub'],
        usage: { users: { total: 1 } },
        openRegistrations: false,
      })
    }
    expect((await json('/nodeinfo/2.1'))['software']).toEqual({ name: 'vivim', version: VERSION })
    expect((await get('/nodeinfo/1.0')).statusCode).toBe(404)
  })
})

describe('actors', () => {
  it('an actor document is one we would understand ourselves', async () => {
    const document = await json(alice.uri)
    const reading = readActor(document)
    if (!reading.ok) throw new Error(reading.reason)
    expect(reading.actor).toMatchObject({
      uri: alice.uri,
      username: 'alice',
      claimedHandle: 'alice@here.example',
      profile: { displayName: 'Alice', note: '<p>hi</p>', avatar: 'https://here.example/media/a/b.png' },
    })
    expect(reading.actor.keys.map(({ id, kind }) => [id, kind])).toEqual([
      [`${alice.uri}#main-key`, 'rsa'],
      [`${alice.uri}#ed25519-key`, 'ed25519'],
    ])
    expect(reading.actor.links).toMatchObject({
      inbox: `${alice.uri}/inbox`,
      sharedInbox: 'https://here.example/inbox',
      followers: `${alice.uri}/followers`,
    })
  })

  it('a browser is sent to the page for people', async () => {
    const answer = await get('/users/alice', { accept: 'text/html,application/xhtml+xml' })
    expect([answer.statusCode, answer.headers.location]).toEqual([302, 'https://here.example/@alice'])
  })

  it('the instance has an actor and a name of its own, and its keys are there for anybody', async () => {
    const document = await json('/actor')
    expect(document).toMatchObject({ type: 'Application', preferredUsername: 'here.example', inbox: 'https://here.example/inbox' })
    expect((document['publicKey'] as JsonObject)['id']).toBe('https://here.example/actor#main-key')
    const jrd = await json(`/.well-known/webfinger?resource=${encodeURIComponent('acct:here.example@here.example')}`)
    expect(JSON.stringify(jrd)).toContain('https://here.example/actor')
    expect(await json('/actor')).toEqual(document)
  })

  it('404 for nobody', async () => {
    for (const path of [
      '/users/nobody',
      '/users/nobody/outbox',
      '/users/nobody/followers',
      '/users/nobody/statuses/1',
      '/users/alice/statuses/1',
      '/users/alice/statuses/x',
      '/users/alice/statuses/99999999999999999999999',
    ]) {
      expect([path, (await get(path)).statusCode]).toEqual([path, 404])
    }
  })
})

describe('posts', () => {
  it('a post, the activity it came by, its place in the outbox, and its replies', async () => {
    const sent = await here.post(alice, { content: '<p>hello</p>', language: 'en', tags: ['tag'] })
    const reply = await here.post(alice, { content: '<p>again</p>', inReplyToId: sent.id, inReplyToAccountId: alice.id })
    const note = await json(sent.uri)
    const reading = readNote(note)
    expect(reading.ok && reading.note).toMatchObject({
      uri: sent.uri,
      url: sent.url,
      attributedTo: alice.uri,
      content: '<p>hello</p>',
      language: 'en',
      tags: ['tag'],
      inReplyTo: null,
    })
    expect((await json(reply.uri))['inReplyTo']).toBe(sent.uri)
    const activity = await json(`${sent.uri}/activity`)
    expect(activity).toMatchObject({ id: `${sent.uri}/activity`, type: 'Create', actor: alice.uri, object: { id: sent.uri } })
    const outbox = await json(`${alice.uri}/outbox`)
    expect(outbox).toMatchObject({ type: 'OrderedCollection', totalItems: 2 })
    const page = await json(outbox['first'] as string)
    expect((page['orderedItems'] as JsonObject[]).map(({ id }) => id)).toEqual([`${reply.uri}/activity`, `${sent.uri}/activity`])
    expect((await json(`${sent.uri}/replies`))['first']).toMatchObject({ items: [reply.uri] })
  })

  it('410 and a Tombstone for what everybody could read; 404 for what was for few, and for what never was', async () => {
    const gone = async (visibility: 'public' | 'unlisted' | 'private' | 'direct') => {
      const { id, uri } = await here.post(alice, { content: '<p>gone</p>', visibility })
      const at = new Date().toISOString()
      await here.perform({ by: { account: alice.id }, lane: 'private', commands: [{ do: 'DeleteStatus', id, uri, accountId: alice.id, at }] })
      return { uri, at }
    }
    for (const visibility of ['public', 'unlisted'] as const) {
      const { uri, at } = await gone(visibility)
      const answer = await get(uri)
      expect([answer.statusCode, answer.headers['content-type']]).toEqual([410, 'application/activity+json; charset=utf-8'])
      expect(answer.json()).toMatchObject({ id: uri, type: 'Tombstone', deleted: at })
      expect((await get(uri.replace('/users/alice/', '/users/bob/'))).statusCode).toBe(404)
    }
    for (const visibility of ['private', 'direct'] as const) expect((await get((await gone(visibility)).uri)).statusCode).toBe(404)
  })

  it('followers and following are collections of ids', async () => {
    const follow = zoe.activity('Follow', { object: alice.uri })
    expect((await post(here, zoe, follow)).status).toBe(202)
    await here.settled()
    expect(await json(`${alice.uri}/followers`)).toMatchObject({
      type: 'OrderedCollection',
      totalItems: 1,
      first: `${alice.uri}/followers?page=true`,
    })
    expect(await json(`${alice.uri}/followers?page=true`)).toMatchObject({
      type: 'OrderedCollectionPage',
      partOf: `${alice.uri}/followers`,
      orderedItems: [zoe.uri],
    })
    expect(await json(`${alice.uri}/following?page=true`)).toMatchObject({ orderedItems: [] })
    expect(await json(`${alice.uri}/collections/featured`)).toMatchObject({ type: 'OrderedCollection', orderedItems: [] })
  })

  it('what is for followers is read by followers who sign, and by nobody else', async () => {
    const secret = await here.post(alice, { content: '<p>for friends</p>', visibility: 'private' })
    const { pathname } = new URL(secret.uri)
    const signedBy = async (who: Stranger, keyId = who.keyId) =>
      get(pathname, { ...ACTIVITY, ...(await signedHeaders('GET', new URL(secret.uri), null, { id: keyId, key: who.key }, Date.now())) })
    const stalker = stranger(world, 'https://evil.example/users/stalker')
    expect((await get(pathname)).statusCode).toBe(404)
    expect((await signedBy(stalker)).statusCode).toBe(404)
    expect((await signedBy(stalker, zoe.keyId)).statusCode).toBe(404)
    const answer = await signedBy(zoe)
    expect([answer.statusCode, answer.headers['cache-control']]).toEqual([200, 'private, no-store'])
    expect(answer.json<JsonObject>()['content']).toBe('<p>for friends</p>')
    expect((await get(`${pathname}/activity`)).statusCode).toBe(404)
    expect(JSON.stringify(await json(`${alice.uri}/outbox?page=true`))).not.toContain('for friends')
  })
})
