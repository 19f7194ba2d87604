import { get as httpGet, type IncomingMessage } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { StreamHub } from '../../../../src/api/mastodon/streaming/hub.ts'
import { secretHash } from '../../../../src/api/oauth/secrets.ts'
import { grantByTokenHash } from '../../../../src/projections/read/access.ts'
import { accountById } from '../../../../src/projections/read/accounts.ts'
import { type TestAccount, type TestInstance, testInstance } from '../../../support/instance.ts'

type Frame = { stream?: string[]; event?: string; payload?: string; error?: string; status?: number }

let here: TestInstance
let alice: TestAccount
let bob: TestAccount
let port: number
beforeAll(async () => {
  here = await testInstance()
  alice = await here.createAccount('alice')
  bob = await here.createAccount('bob')
  await here.ask('POST', `/api/v1/accounts/${bob.id}/follow`, { as: alice })
  await here.app.listen({ host: '127.0.0.1', port: 0 })
  port = (here.app.server.address() as AddressInfo).port
})
afterAll(() => here.close())

const post = async (as: TestAccount, status: string, more: object = {}) =>
  (await here.ask('POST', '/api/v1/statuses', { as, body: { status, ...more } })).json<{ id: string }>().id
const attempt = (work: () => unknown): string => {
  try {
    return String(work())
  } catch (error) {
    return String(error)
  }
}
const idOf = (payload: string | undefined) => (JSON.parse(payload ?? '{}') as { id?: string }).id

/** A WebSocket and what it has received. */
class Listener {
  readonly frames: Frame[] = []
  readonly socket: WebSocket
  readonly closed: Promise<number>
  readonly #opened: Promise<void>

  constructor(query = '', options: { protocol?: string; headers?: Record<string, string> } = {}) {
    this.socket = new WebSocket(`ws://127.0.0.1:${port}/api/v1/streaming${query}`, options.protocol ?? [], { headers: options.headers ?? {} })
    this.socket.on('message', (data: Buffer) => this.frames.push(JSON.parse(data.toString()) as Frame))
    this.closed = new Promise((resolve) => this.socket.on('close', resolve))
    this.#opened = new Promise((resolve, reject) => this.socket.on('open', resolve).on('error', reject))
    this.#opened.catch(() => {})
  }

  async opened(): Promise<this> {
    await this.#opened
    return this
  }

  say(message: object): void {
    this.socket.send(JSON.stringify(message))
  }

  /** The next frame of this event, in order. */
  async next(event: string): Promise<Frame> {
    await expect.poll(() => this.frames.some((frame) => frame.event === event), { timeout: 5_000 }).toBe(true)
    return this.frames.splice(0, this.frames.findIndex((frame) => frame.event === event) + 1).at(-1)!
  }
}

/** Subscriptions take effect in the order sent, and a bad one is answered: when that answer is here, so are those before it. */
async function settled(listener: Listener): Promise<void> {
  listener.say({ type: 'subscribe', stream: 'nothing' })
  await expect.poll(() => listener.frames.some(({ error }) => error === 'Unknown stream type')).toBe(true)
  listener.frames.length = 0
}

async function listen(token: string, ...streams: object[]): Promise<Listener> {
  const listener = await new Listener(`?access_token=${token}`).opened()
  for (const stream of streams) listener.say({ type: 'subscribe', ...stream })
  await settled(listener)
  return listener
}

describe('one WebSocket', () => {
  test('takes its token from the query, the header or the sub-protocol, and echoes the latter', async () => {
    const ways = [
      new Listener(`?access_token=${alice.token}&stream=user`),
      new Listener('?stream=user', { headers: { authorization: `Bearer ${alice.token}` } }),
      new Listener('?stream=user', { protocol: alice.token }),
    ]
    for (const way of ways) await way.opened()
    expect(ways[2]?.socket.protocol).toBe(alice.token)
    for (const way of ways) await settled(way)
    const id = await post(bob, 'for all three')
    for (const way of ways) {
      const { stream, payload } = await way.next('update')
      expect({ stream, id: idOf(payload) }).toEqual({ stream: ['user'], id })
      way.socket.close()
    }
  })

  test.each(['', '?access_token=wrong'])('without a good token (%j) is refused before it opens', async (query) => {
    await expect(new Listener(query).opened()).rejects.toThrow('401')
  })

  test.each(['/api/v1/streaming', '/', '/api/v1/instance', '/nowhere'])(
    'a refused or senseless upgrade of %s is answered and holds no socket',
    async (url) => {
      const socket = connect(port, '127.0.0.1')
      const state = { text: '' }
      socket.setEncoding('utf8').on('data', (data: string) => (state.text += data))
      const ended = new Promise((resolve) => socket.on('end', resolve))
      socket.write(
        `GET ${url} HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n`,
      )
      await expect.poll(() => state.text).toMatch(url === '/api/v1/streaming' ? /^HTTP\/1.1 401 / : /^HTTP\/1.1 (?:200|302|303|404|503) /)
      if (url !== '/api/v1/streaming') socket.write('GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n') // still HTTP
      await ended
      if (url !== '/api/v1/streaming') expect(state.text).toMatch(/ok$/)
      socket.destroy()
    },
  )

  test('carries posts, edits, deletions and notifications of the one who listens, in order', async () => {
    const listener = await listen(alice.token, { stream: 'user' })
    const id = await post(bob, '@alice look')
    expect(idOf((await listener.next('update')).payload)).toBe(id)
    expect(JSON.parse((await listener.next('notification')).payload ?? '')).toMatchObject({ type: 'mention', status: { id } })
    await here.ask('PUT', `/api/v1/statuses/${id}`, { as: bob, body: { status: '@alice look again' } })
    expect(idOf((await listener.next('status.update')).payload)).toBe(id)
    await here.ask('DELETE', `/api/v1/statuses/${id}`, { as: bob })
    expect((await listener.next('delete')).payload).toBe(id)
    const ids: string[] = []
    for (let n = 0; n < 10; n += 1) ids.push(await post(bob, `${n}`))
    const got: (string | undefined)[] = []
    for (const _ of ids) got.push(idOf((await listener.next('update')).payload))
    expect(got).toEqual(ids)
    listener.socket.close()
  })

  test('carries several streams, each under its name, until they are unsubscribed', async () => {
    const listener = await listen(
      alice.token,
      { stream: 'public' },
      { stream: 'public:local' },
      { stream: 'public:remote' },
      { stream: 'public:media' },
      { stream: 'hashtag', tag: 'Cats' },
    )
    const id = await post(bob, 'a #cats post')
    await expect.poll(() => listener.frames.length).toBe(3)
    expect(listener.frames.map(({ stream }) => stream)).toEqual([['public'], ['public:local'], ['hashtag', 'Cats']])
    expect(listener.frames.map(({ payload }) => idOf(payload))).toEqual([id, id, id])
    listener.say({ type: 'unsubscribe', stream: 'public' })
    listener.say({ type: 'unsubscribe', stream: 'hashtag', tag: 'cats' })
    await settled(listener)
    await post(bob, 'another #cats post')
    await listener.next('update')
    expect(listener.frames).toEqual([])
    listener.socket.close()
  })

  test('does not carry what the listener may not or would not see', async () => {
    const carol = await here.createAccount('carol')
    await here.ask('POST', `/api/v1/accounts/${carol.id}/mute`, { as: alice })
    const listener = await listen(alice.token, { stream: 'user' }, { stream: 'public' })
    await post(carol, 'muted')
    await post(bob, 'secret', { visibility: 'direct' })
    await post(bob, '@carol a reply', { in_reply_to_id: await post(carol, 'muted again') })
    const id = await post(bob, 'seen')
    const frames = [await listener.next('update'), await listener.next('update')]
    expect(frames.map(({ payload }) => idOf(payload))).toEqual([id, id])
    listener.socket.close()
  })

  test.each(['unlisted', 'private', 'direct'])(
    'no %s post reaches a public stream: not when made, boosted, edited, answered or deleted',
    async (visibility) => {
      const watcher = await here.createAccount(`watches_${visibility}`)
      const streams = ['public', 'public:local', 'public:media', 'public:local:media'].map((stream) => ({ stream }))
      const listener = await listen(watcher.token, ...streams, { stream: 'hashtag', tag: 'hush' }, { stream: 'hashtag:local', tag: 'hush' })
      const id = await post(bob, 'psst #hush', { visibility })
      await here.ask('POST', `/api/v1/statuses/${id}/reblog`, { as: bob })
      await here.ask('PUT', `/api/v1/statuses/${id}`, { as: bob, body: { status: 'psst #hush!' } })
      await post(bob, 'and more #hush', { visibility, in_reply_to_id: id })
      await here.ask('DELETE', `/api/v1/statuses/${id}`, { as: bob })
      const heard = await post(bob, 'for all to hear #hush')
      await expect.poll(() => listener.frames.length).toBe(4)
      expect(listener.frames.map(({ event, payload }) => [event, idOf(payload)])).toEqual(Array.from({ length: 4 }, () => ['update', heard]))
      listener.socket.close()
    },
  )

  test('of a post for followers tells those who have it at home that it was edited or deleted, and nobody else', async () => {
    const stranger = await here.createAccount('outsider')
    const [friend, other] = [await listen(alice.token, { stream: 'user' }), await listen(stranger.token, { stream: 'user' }, { stream: 'public' })]
    const id = await post(bob, 'among friends', { visibility: 'private' })
    await here.ask('PUT', `/api/v1/statuses/${id}`, { as: bob, body: { status: 'among friends!' } })
    await here.ask('DELETE', `/api/v1/statuses/${id}`, { as: bob })
    expect((await friend.next('delete')).payload).toBe(id)
    const sentinel = await post(bob, 'for all')
    expect(idOf((await other.next('update')).payload)).toBe(sentinel)
    for (const { socket } of [friend, other]) socket.close()
  })

  test('tells whom a post mentions that it is gone, follower or not', async () => {
    const erin = await here.createAccount('erin')
    const listener = await listen(erin.token, { stream: 'user' })
    const id = await post(bob, '@erin between us', { visibility: 'direct' })
    await listener.next('notification')
    await here.ask('DELETE', `/api/v1/statuses/${id}`, { as: bob })
    expect((await listener.next('delete')).payload).toBe(id)
    listener.socket.close()
  })

  test('opened again carries what happens from then on', async () => {
    const first = await listen(alice.token, { stream: 'user' })
    await post(bob, 'before')
    await first.next('update')
    first.socket.close()
    await first.closed
    await post(bob, 'between')
    const second = await listen(alice.token, { stream: 'user' })
    const id = await post(bob, 'after')
    expect(idOf((await second.next('update')).payload)).toBe(id)
    second.socket.close()
  })

  test('does not open for a request that was under way when its token was revoked', async () => {
    const hub = new StreamHub(here.deps)
    const { token, grantId } = await here.createToken(alice.id, ['read'])
    const grant = await grantByTokenHash(here.deps.pool, secretHash(token))
    const account = await accountById(here.deps.pool, alice.id)
    await here.deps.execute({ by: 'instance', lane: 'private', commands: [{ do: 'RevokeGrant', id: grantId, at: new Date().toISOString() }] })
    await here.deps.projections.waitFor(here.deps.ledger.head().size - 1)
    await expect.poll(() => grantByTokenHash(here.deps.pool, secretHash(token))).toBeNull()
    const wire = { send() {}, beat() {}, waiting: () => 0, end() {} }
    await expect.poll(() => attempt(() => hub.open({ account: account!, grant: grant!, app: null }, wire))).toMatch('The access token is invalid')
    hub.close()
  })

  test('answers nonsense with an error and goes on', async () => {
    const listener = await new Listener(`?access_token=${alice.token}`).opened()
    for (const nonsense of ['', '{', '[]', 'null', '1', '{"type":"x"}', '{"type":"subscribe","stream":{}}', '{"type":"subscribe","stream":"list"}'])
      listener.socket.send(nonsense)
    await expect.poll(() => listener.frames.length).toBe(8)
    expect(listener.frames.every(({ error, status }) => error !== undefined && status === 400)).toBe(true)
    listener.socket.close()
  })

  test('ends when a message is too long, or there are too many', async () => {
    const long = await new Listener(`?access_token=${alice.token}`).opened()
    long.socket.send('x'.repeat(5_000))
    expect(await long.closed).toBe(1009)
    const chatty = await new Listener(`?access_token=${alice.token}`).opened()
    for (let n = 0; n < 300; n += 1) chatty.socket.send('{}')
    expect([1006, 1008]).toContain(await chatty.closed)
  })

  test('needs the scope of each stream', async () => {
    const narrow = await here.createToken(alice.id, ['read:notifications'])
    const listener = await new Listener(`?access_token=${narrow.token}&stream=user`).opened()
    await expect.poll(() => listener.frames).toEqual([{ error: 'Access token does not have the required scopes', status: 401 }])
    listener.frames.length = 0
    listener.say({ type: 'subscribe', stream: 'user:notification' })
    await settled(listener)
    await post(bob, '@alice hello')
    expect((await listener.next('notification')).stream).toEqual(['user:notification'])
    listener.socket.close()
  })

  test('ends at once when its token is revoked, and no other does', async () => {
    const { token, grantId } = await here.createToken(alice.id, ['read'])
    const [doomed, other] = [await listen(token, { stream: 'user' }), await listen(alice.token, { stream: 'user' })]
    await here.deps.execute({ by: 'instance', lane: 'private', commands: [{ do: 'RevokeGrant', id: grantId, at: new Date().toISOString() }] })
    expect(await doomed.closed).toBe(1008)
    expect(other.socket.readyState).toBe(WebSocket.OPEN)
    other.socket.close()
  })

  test('there are not too many of one account, nor too many streams in one', async () => {
    const dora = await here.createAccount('dora')
    const sockets = await Promise.all(Array.from({ length: 25 }, () => new Listener(`?access_token=${dora.token}`).opened()))
    await expect(new Listener(`?access_token=${dora.token}`).opened()).rejects.toThrow('429')
    for (const { socket } of sockets.slice(1)) socket.close()
    const [first] = sockets
    for (let n = 0; n < 33; n += 1) first?.say({ type: 'subscribe', stream: 'hashtag', tag: `tag${n}` })
    await expect.poll(() => first?.frames).toEqual([{ error: 'Too many streams', status: 400 }])
    first?.socket.close()
  })
})

describe('server-sent events', () => {
  const open = (path: string, token: string): Promise<IncomingMessage> =>
    new Promise((resolve, reject) =>
      httpGet({ port, path: `/api/v1/streaming/${path}`, headers: { authorization: `Bearer ${token}` } }, resolve).on('error', reject),
    )

  async function events(path: string, token: string) {
    const response = await open(path, token)
    const state = { text: '', response, ended: false }
    response
      .setEncoding('utf8')
      .on('data', (data: string) => (state.text += data))
      .on('close', () => (state.ended = true))
    await expect.poll(() => state.text).toContain(':)')
    return state
  }

  test('carry events and their data, to any web page', async () => {
    const stream = await events('user', alice.token)
    expect(stream.response.headers).toMatchObject({
      'content-type': 'text/event-stream',
      'access-control-allow-origin': '*',
      'cache-control': 'private, no-store',
    })
    const id = await post(bob, 'over SSE\nwith a line')
    await expect.poll(() => stream.text).toContain('event: update\n')
    expect(stream.text, 'comments end no event').toMatch(/^(?::.*\n)*event: /)
    const [, data = ''] = /event: update\ndata: (.*)\n\n/.exec(stream.text) ?? []
    expect(idOf(data)).toBe(id)
    stream.response.destroy()
  })

  test('of hashtags need the tag; only media when asked', async () => {
    expect((await open('hashtag', alice.token)).statusCode).toBe(404)
    const [tagged, media] = [await events('hashtag?tag=dogs', alice.token), await events('public?only_media=true', alice.token)]
    await post(bob, 'a #dogs post')
    await expect.poll(() => tagged.text).toContain('event: update')
    expect(media.text).not.toContain('event:')
    for (const { response } of [tagged, media]) response.destroy()
  })

  test('end when the token is revoked', async () => {
    const { token, grantId } = await here.createToken(alice.id, ['read'])
    const stream = await events('user', token)
    await here.deps.execute({ by: 'instance', lane: 'private', commands: [{ do: 'RevokeGrant', id: grantId, at: new Date().toISOString() }] })
    await expect.poll(() => stream.ended).toBe(true)
  })

  test('health is OK', async () => {
    expect((await here.app.inject({ url: '/api/v1/streaming/health' })).body).toBe('OK')
    expect((await here.app.inject({ url: '/api/v1/streaming', headers: { authorization: `Bearer ${alice.token}` } })).statusCode).toBe(404)
  })
})
