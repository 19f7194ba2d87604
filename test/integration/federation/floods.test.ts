/** Too much of everything: requests, forgeries, keys to look for, threads to climb. What it may cost us, and others through us, is bounded. */
import { connect, type Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { JsonObject } from '../../../src/federation/wire/json.ts'
import { send } from './attacker.ts'
import { type Elsewhere, elsewhere, post, type Stranger, stranger } from './elsewhere.ts'
import { eventually, type FederatingInstance, federatingInstance, type Person } from './instance.ts'

const PUBLIC = 'https://www.w3.org/ns/activitystreams#Public'

let world: Elsewhere
let here: FederatingInstance
let alice: Person
let zoe: Stranger

beforeAll(async () => {
  world = elsewhere()
  here = await federatingInstance({ origin: 'https://here.example', fetch: world, deliver: false })
  alice = await here.person('alice')
  zoe = stranger(world, 'https://far.example/users/zoe')
  expect((await post(here, zoe, zoe.activity('Follow', { object: alice.uri }))).status).toBe(202)
})
afterAll(async () => here?.close())

const size = () => here.ledger.head().size

describe('requests', () => {
  it('429 with Retry-After for an address that sends too much, sooner for one that sends rubbish; others are served', async () => {
    let now = Date.now()
    const limited = await federatingInstance({
      origin: 'https://limited.example',
      fetch: world,
      deliver: false,
      now: () => now,
      limits: { address: { burst: 100, perSecond: 10 }, origin: { burst: 1_000, perSecond: 10 }, atOnce: { all: 1_000, address: 1_000 } },
    })
    const bob = await limited.person('bob')
    const from = (remoteAddress: string, document: unknown, headers = {}) =>
      limited.app.inject({
        method: 'POST',
        url: '/inbox',
        remoteAddress,
        headers: { 'content-type': 'application/activity+json', ...headers },
        payload: JSON.stringify(document),
      })
    for (let i = 0; i < 5; i++) expect((await from('192.0.2.1', { id: 1 })).statusCode).toBe(400)
    const refused = await from('192.0.2.1', { id: 1 })
    expect([refused.statusCode, refused.headers['retry-after'], refused.json()]).toEqual([429, '1', { error: 'too many requests' }])
    expect((await limited.app.inject({ method: 'GET', url: bob.uri, remoteAddress: '192.0.2.1' })).statusCode).toBe(429)
    expect((await limited.app.inject({ method: 'GET', url: bob.uri, remoteAddress: '192.0.2.2' })).statusCode).toBe(200)
    const bye = zoe.activity('Delete', { object: 'https://nowhere.example/x', actor: 'https://nowhere.example/x' })
    const whole = Array.from({ length: 110 }, () => from('2001:db8::1', bye, { signature: 'x' }))
    expect((await Promise.all(whole)).map(({ statusCode }) => statusCode).filter((status) => status === 202)).toHaveLength(100)
    expect((await from('2001:db8::ffff', {})).statusCode).toBe(429)
    expect((await from('2001:db8:0:1::1', {})).statusCode).toBe(400)
    now += 60_000
    expect((await from('192.0.2.1', { id: 1 })).statusCode).toBe(400)
    await limited.close()
  })

  it('an origin has a bucket of its own, which nobody can use up in its name', async () => {
    const limited = await federatingInstance({
      origin: 'https://limited.example',
      fetch: world,
      deliver: false,
      limits: { address: { burst: 100_000, perSecond: 1 }, origin: { burst: 5, perSecond: 0.1 }, atOnce: { all: 10, address: 10 } },
    })
    const bob = await limited.person('bob')
    const mallory = stranger(world, 'https://evil.example/users/mallory')
    for (let i = 0; i < 10; i++)
      expect((await post(limited, { keyId: zoe.keyId, key: mallory.key }, zoe.activity('Follow', { object: bob.uri }))).status).toBe(401)
    for (let i = 0; i < 5; i++) expect((await post(limited, zoe, zoe.activity('Like', { object: bob.uri }))).status).toBe(202)
    const before = limited.ledger.head().size
    expect(await post(limited, zoe, zoe.activity('Follow', { object: bob.uri }))).toEqual({ status: 429, error: 'your server sends too much' })
    expect(limited.ledger.head().size).toBe(before)
    expect((await post(limited, mallory, mallory.activity('Follow', { object: bob.uri }))).status).toBe(202)
    await limited.close()
  })

  it('503 for more requests under way than there are places; those that hang up leave theirs', async () => {
    const bucket = { burst: 10_000, perSecond: 100 }
    const limited = await federatingInstance({
      origin: 'https://limited.example',
      fetch: world,
      deliver: false,
      limits: { address: bucket, origin: bucket, atOnce: { all: 100, address: 8 } },
    })
    await limited.person('bob')
    const head = 'POST /inbox HTTP/1.1\r\nhost: x\r\ncontent-type: application/activity+json\r\ncontent-length: 200000\r\n\r\n{'
    const slow = await Promise.all(
      Array.from(
        { length: 8 },
        () =>
          new Promise<Socket>((resolve) => {
            const socket = connect(limited.port, '127.0.0.1', () => socket.write(head, () => resolve(socket)))
          }),
      ),
    )
    const ask = async () =>
      send(limited, {
        headers: [
          ['host', 'limited.example'],
          ['content-type', 'application/activity+json'],
        ],
        body: '{}',
      })
    const crowded = await eventually('the places are taken', async () => {
      const answer = await ask()
      return answer.status === 503 && answer
    })
    expect([crowded.headers['retry-after'], crowded.body]).toEqual(['5', '{"error":"too many requests at once"}'])
    for (const socket of slow) socket.destroy()
    await eventually('the places are free', async () => (await ask()).status === 400)
    await limited.close()
  })
})

describe('fetches', () => {
  const asked = async (work: () => Promise<unknown>) => {
    const before = world.asked.length
    await work()
    return world.asked.slice(before)
  }

  it('a request that nobody signed for asks the server of its actor at most twice, and no other', async () => {
    const victim = 'https://victim.example/users/x'
    world.serve(victim, { id: 'https://victim2.example/users/x', type: 'Person' })
    world.serve(`${victim}/key`, { id: `${victim}/key`, owner: victim })
    const forged = { ...zoe.activity('Follow', { object: alice.uri }), id: `${victim}#1`, actor: victim }
    for (const keyId of [`${victim}#main-key`, `${victim}/key`, 'https://third.example/key', zoe.keyId]) {
      const proof = {
        type: 'DataIntegrityProof',
        cryptosuite: 'eddsa-jcs-2022',
        verificationMethod: 'https://fourth.example/key',
        proofPurpose: 'assertionMethod',
        proofValue: 'z' + '1'.repeat(64),
      }
      const urls = await asked(() => post(here, { keyId, key: zoe.key }, { ...forged, proof }))
      expect(urls.length).toBeLessThanOrEqual(2)
      expect(urls.every((url) => url.startsWith('https://victim.example/'))).toBe(true)
    }
    expect(await asked(() => post(here, { keyId: `${victim}#main-key`, key: zoe.key }, forged))).toEqual([])
  })

  it('503 for keys never seen once too many of a server are asked for; those that are known go on', async () => {
    const busy = stranger(world, 'https://busy.example/users/known')
    expect((await post(here, busy, busy.activity('Follow', { object: alice.uri }))).status).toBe(202)
    const forged = (i: number) => {
      const actor = `https://busy.example/users/x${i}`
      return post(here, { keyId: `${actor}#main-key`, key: zoe.key }, { ...zoe.activity('Follow', { object: alice.uri }), id: `${actor}#1`, actor })
    }
    const urls = await asked(async () => {
      for (let i = 0; i < 320; i++) await forged(i)
    })
    expect(urls.length).toBeLessThanOrEqual(300)
    expect(await forged(1_000)).toEqual({ status: 503, error: 'try again later' })
    expect((await post(here, busy, busy.activity('Undo', { object: { type: 'Follow', object: alice.uri } }))).status).toBe(202)
  })

  it('a reply climbs no higher than twenty posts, and so many climbs at a time', async () => {
    const chain = 'https://deep.example/notes'
    const deep = stranger(world, 'https://deep.example/users/deep')
    for (let i = 0; i < 60; i++)
      world.serve(`${chain}/${i}`, {
        '@context': 'https://www.w3.org/ns/activitystreams',
        ...deep.note({ id: `${chain}/${i}`, inReplyTo: `${chain}/${i + 1}` }),
      })
    const before = size()
    const urls = await asked(async () => {
      await post(here, deep, deep.activity('Create', { object: deep.note({ to: [PUBLIC], cc: [alice.uri], inReplyTo: `${chain}/0` }) }))
      await eventually('the climb', async () => world.asked.includes(`${chain}/19`))
      await new Promise((resolve) => setTimeout(resolve, 200))
    })
    expect(urls.filter((url) => url.startsWith(chain))).toHaveLength(20)
    expect(size()).toBeLessThanOrEqual(before + 22)
  })

  it('a post that names a hundred strangers asks for none of them', async () => {
    const tag: JsonObject[] = Array.from({ length: 100 }, (_, i) => ({ type: 'Mention', href: `https://h${i}.example/users/x`, name: '@x' }))
    expect(await asked(() => post(here, zoe, zoe.activity('Create', { object: zoe.note({ to: [PUBLIC], cc: [alice.uri], tag }) })))).toEqual([])
  })
})

describe('documents', () => {
  it('the worst that fits into a body costs less than a moment', async () => {
    const scoped = Object.fromEntries(
      Array.from({ length: 1_500 }, (_, i) => [`T${i}`, { '@id': `https://x/${i}`, '@context': { [`p${i}`]: 'https://y' } }]),
    )
    const worst: JsonObject[] = [
      {
        '@context': scoped,
        '@id': `${zoe.uri}#1`,
        '@type': 'zz:Follow',
        o: Array.from({ length: 1_000 }, (_, i) => ({ '@type': [`T${i}`, `T${i + 1}`] })),
      },
      { '@context': Array<string>(4_000).fill('https://www.w3.org/ns/activitystreams'), '@id': `${zoe.uri}#1`, '@type': 'zz:Follow' },
      {
        ...zoe.activity('Follow', { object: alice.uri }),
        to: Array.from({ length: 4_096 }, (_, i) => `https://a/${i}`),
        cc: Array.from({ length: 4_096 }, (_, i) => `https://b/${i}`),
      },
      zoe.activity('Create', { object: zoe.note({ to: [PUBLIC], cc: [alice.uri], content: '<b><i>'.repeat(16_000) }) }),
      zoe.activity('Create', {
        object: zoe.note({ to: [PUBLIC], cc: [alice.uri], tag: Array.from({ length: 4_000 }, () => ({ type: 'Mention', href: alice.uri })) }),
      }),
    ]
    for (const [i, document] of worst.entries()) {
      const start = performance.now()
      const { status } = await post(here, zoe, document)
      expect([i, [202, 400, 413].includes(status), performance.now() - start < 400]).toEqual([i, true, true])
    }
  })
})
