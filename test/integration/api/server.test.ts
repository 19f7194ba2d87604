import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { Ajv2020 } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import type { LightMyRequestResponse } from 'fastify'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openCheckpoint } from '../../../src/ledger/tlog/checkpoint.ts'
import { leafHash, verifyInclusion } from '../../../src/ledger/tlog/merkle.ts'
import { parseVerifierKey } from '../../../src/ledger/tlog/note.ts'
import { type TestAccount, type TestInstance, testInstance } from '../../support/instance.ts'
import { answerProblems } from '../../support/openapi.ts'

let here: TestInstance
let alice: TestAccount
beforeAll(async () => {
  here = await testInstance({
    rateLimits: true,
    trustedProxies: ['10.0.0.0/8'],
    register(app) {
      app.addContentTypeParser('application/activity+json', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
      app.post('/inbox', async (request) => ({ bytes: (request.body as Buffer).length }))
      app.get('/broken', async () => {
        throw new Error('secret detail')
      })
    },
  })
  alice = await here.createAccount('alice')
})
afterAll(() => here.close())

const base64 = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'base64'))

describe('every answer', () => {
  test.each([
    ['GET', '/api/v1/instance', 200],
    ['GET', '/api/v1/no/such/route', 404],
    ['GET', '/api/v1/timelines/home', 401],
    ['POST', '/oauth/token', 401],
    ['GET', '/broken', 500],
    ['GET', '/%zz', 400],
    ['OPTIONS', '/api/v1/statuses', 204],
    ['OPTIONS', '/nowhere', 204],
  ] as const)('%s %s may be read from any web page', async (method, url, status) => {
    const { statusCode, headers } = await here.app.inject({ method, url, headers: { origin: 'https://phanpy.social' } })
    expect([statusCode, headers['access-control-allow-origin'], headers['access-control-allow-credentials']]).toEqual([status, '*', undefined])
  })

  test('to a preflight names what clients send and read', async () => {
    const preflight = await here.app.inject({
      method: 'OPTIONS',
      url: '/api/v1/statuses',
      headers: { origin: 'https://elk.zone', 'access-control-request-method': 'PATCH' },
    })
    for (const name of ['Authorization', 'Content-Type', 'Idempotency-Key']) expect(preflight.headers['access-control-allow-headers']).toContain(name)
    for (const name of ['PATCH', 'DELETE', 'PUT']) expect(preflight.headers['access-control-allow-methods']).toContain(name)
    const { headers } = await here.app.inject({ url: '/api/v1/instance', headers: { origin: 'https://elk.zone' } })
    for (const name of ['Link', 'X-RateLimit-Reset', 'X-Request-Id']) expect(headers['access-control-expose-headers']).toContain(name)
  })

  test('has an id, and says no more than it should when we are at fault', async () => {
    const broken = await here.app.inject('/broken')
    expect(broken.json()).toEqual({ error: 'An unexpected error occurred' })
    expect(broken.headers['x-request-id']).toMatch(/^[\da-f-]{36}$/)
    expect(broken.body).not.toContain('secret')
  })

  test('is kept by nobody when a token may have shaped it, and sniffed by nobody', async () => {
    for (const url of ['/api/v1/instance', '/api/v1/accounts/verify_credentials', '/api/vivim/v1/instance', '/oauth/userinfo'])
      expect([url, (await here.ask('GET', url, { as: alice })).headers['cache-control']]).toEqual([url, 'private, no-store'])
    for (const url of ['/', '/api/v1/instance', '/log/checkpoint', '/no/such', '/%zz', '/tags/%ff'])
      expect([url, (await here.app.inject(url)).headers['x-content-type-options']]).toEqual([url, 'nosniff'])
  })

  test('is HTTPS-only for ever on an https origin', async () => {
    expect((await here.app.inject('/healthz')).headers['strict-transport-security']).toBe('max-age=63072000')
  })
})

describe('bad requests', () => {
  const write = (type: string, payload: string | Buffer) =>
    here.app.inject({ method: 'POST', url: '/api/v1/statuses', headers: { 'content-type': type, authorization: `Bearer ${alice.token}` }, payload })

  test.each([
    ['JSON that is none', 'application/json', '{"a":', 400],
    ['JSON that is not UTF-8', 'application/json', Buffer.from([0x22, 0xff, 0x22]), 400],
    ['a prototype in JSON', 'application/json', '{"__proto__":{"a":1}}', 400],
    ['a null character in JSON', 'application/json', '{"status":"a\\u0000b"}', 400],
    ['a null character in a form', 'application/x-www-form-urlencoded', 'status=a%00b', 400],
    ['a form that is not UTF-8', 'application/x-www-form-urlencoded', 'status=%ff', 400],
    ['a form with two shapes', 'application/x-www-form-urlencoded', 'a=1&a[b]=2', 400],
    ['too much', 'application/json', `"${'x'.repeat(1 << 20)}"`, 413],
    ['another type', 'application/xml', '<a/>', 415],
    ['multipart without its end', 'multipart/form-data; boundary=b', '--b\r\ncontent-disposition: form-data; name="a"\r\n\r\nx', 400],
    ['JSON that is no object', 'application/json', '[1,2]', 422],
    ['nothing', 'application/json', '', 422],
  ])('%s is refused in JSON', async (_what, type, payload, status) => {
    const answer = await write(type, payload)
    expect([answer.statusCode, typeof answer.json().error]).toEqual([status, 'string'])
  })

  test('strangers cannot fill the memory with files', async () => {
    const payload = `--b\r\ncontent-disposition: form-data; name="file"; filename="a.png"\r\n\r\n${'x'.repeat(1000)}\r\n--b--\r\n`
    const answer = await here.app.inject({
      method: 'POST',
      url: '/api/v2/media',
      headers: { 'content-type': 'multipart/form-data; boundary=b' },
      payload,
    })
    expect([answer.statusCode, answer.json()]).toEqual([401, { error: 'The access token is invalid' }])
  })

  describe('multipart forms', () => {
    const part = (name: string, value: string, filename?: string): string =>
      `--b\r\ncontent-disposition: form-data; name="${name}"${filename === undefined ? '' : `; filename="${filename}"`}\r\n\r\n${value}\r\n`
    const send = (url: string, parts: readonly string[], token?: string) =>
      here.app.inject({
        method: 'POST',
        url,
        headers: { 'content-type': 'multipart/form-data; boundary=b', ...(token !== undefined && { authorization: `Bearer ${token}` }) },
        payload: `${parts.join('')}--b--\r\n`,
      })

    test('hold no more text than other forms do', async () => {
      const many = Array.from({ length: 40 }, (_, n) => part(`f${n}`, 'x'.repeat(30_000)))
      expect((await send('/api/v1/apps', many)).statusCode).toBe(413)
      expect((await send('/auth/sign_in', many)).statusCode).toBe(413)
      expect((await send('/api/v1/apps', [part('client_name', 'x'.repeat(70_000))])).statusCode).toBe(413)
      expect(
        (
          await send(
            '/api/v1/apps',
            Array.from({ length: 300 }, (_, n) => part(`f${n}`, 'x')),
          )
        ).statusCode,
      ).toBe(413)
    })

    test('hold no files of applications on their own: anybody may register one', async () => {
      const { token } = await here.createToken(null, ['read', 'write'])
      expect((await send('/api/v2/media', [part('file', 'x', 'a.png')], token)).statusCode).toBe(403)
    })

    test('hold at most two files, and only a few of one person are read at a time', async () => {
      const file = part('file', 'x'.repeat(1_000), 'a.png')
      expect((await send('/api/v2/media', [file, file, file], alice.token)).statusCode).toBe(413)
      const { promise: patience, resolve: finish } = Promise.withResolvers<void>()
      async function* slowly(): AsyncGenerator<string> {
        yield file
        await patience
        yield '--b--\r\n'
      }
      const headers = { 'content-type': 'multipart/form-data; boundary=b', authorization: `Bearer ${alice.token}` }
      const slow = () => here.app.inject({ method: 'POST', url: '/api/v2/media', headers, payload: Readable.from(slowly()) })
      const begun = Array.from({ length: 4 }, slow)
      await expect.poll(async () => (await send('/api/v2/media', [file], alice.token)).statusCode).toBe(429)
      finish()
      for (const answer of begun) expect((await answer).statusCode).toBe(422)
      for (let n = 0; n < 6; n += 1) expect((await send('/api/v2/media', [file], alice.token)).statusCode).toBe(422)
    })
  })

  test('parameters that mean a prototype mean nothing', async () => {
    for (const body of ['a[__proto__][polluted]=1', '__proto__[polluted]=1', 'constructor[prototype][polluted]=1', 'a[][__proto__][polluted]=1']) {
      await write('application/x-www-form-urlencoded', `status=${encodeURIComponent(body)}&${body}`)
      await here.app.inject(`/api/v1/timelines/public?${body}`)
    }
    await write('application/json', '{"status":"x","media_attributes":{"\\u005f_proto__":{"polluted":1}}}')
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  })

  test.each([
    ['deep JSON', 'application/json', `${'['.repeat(200_000)}${']'.repeat(200_000)}`, 422],
    ['deep JSON that must be read carefully', 'application/json', `["\\u0041",${'['.repeat(200_000)}${']'.repeat(200_000)}]`, 400],
    ['a form of many names', 'application/x-www-form-urlencoded', Array.from({ length: 1_001 }, (_, n) => `a${n}=1`).join('&'), 400],
    ['a form of many nothings', 'application/x-www-form-urlencoded', '&'.repeat(500_000), 400],
    ['a deep form', 'application/x-www-form-urlencoded', `a${'[b]'.repeat(100_000)}=1`, 400],
    ['brackets without end', 'application/x-www-form-urlencoded', `a${'[b'.repeat(300_000)}=1`, 422],
  ])('%s is refused at once', async (_what, type, payload, status) => {
    const start = performance.now()
    expect((await write(type, payload)).statusCode).toBe(status)
    expect(performance.now() - start).toBeLessThan(2_000) // milliseconds
  })

  test('a query we would refuse is still no fault of ours', async () => {
    for (const query of ['?a=%ff', '?a=1&a[b]=2', '?%']) expect((await here.app.inject(`/api/v1/instance${query}`)).statusCode).toBe(200)
  })

  test('for a page comes a page, for a program JSON', async () => {
    expect((await here.app.inject({ url: '/nothing', headers: { accept: 'text/html' } })).headers['content-type']).toContain('text/html')
    expect((await here.app.inject({ url: '/nothing' })).json()).toEqual({ error: 'Record not found' })
    expect((await here.app.inject({ url: '/api/v1/nothing', headers: { accept: 'text/html' } })).json()).toEqual({ error: 'Record not found' })
  })
})

describe('rate limits', () => {
  test('are told with every API answer, the reset as a time', async () => {
    const { headers } = await here.ask('GET', '/api/v1/accounts/verify_credentials', { as: alice })
    expect([headers['x-ratelimit-limit'], Number(headers['x-ratelimit-remaining'])]).toEqual(['300', expect.any(Number)])
    expect(new Date(String(headers['x-ratelimit-reset'])).toISOString()).toBe(headers['x-ratelimit-reset'])
  })

  test('end in 429, for this network only; bad tokens count too', async () => {
    const ask = (ip: string) =>
      here.app.inject({ url: '/api/v1/accounts/verify_credentials', remoteAddress: ip, headers: { authorization: 'Bearer wrong' } })
    const answers = await Promise.all(Array.from({ length: 301 }, () => ask('203.0.113.50')))
    expect(new Set(answers.map(({ statusCode }) => statusCode))).toEqual(new Set([401, 429]))
    const last = await ask('203.0.113.50')
    expect([last.statusCode, last.json(), last.headers['access-control-allow-origin']]).toEqual([429, { error: 'Too many requests' }, '*'])
    expect(Number(last.headers['retry-after'])).toBeGreaterThan(0)
    expect((await ask('203.0.113.51')).statusCode).toBe(401)
  })

  test.each([
    ['pages', '/auth/sign_in', 300],
    ['the log', '/log/key', 1_200],
  ])('bound what strangers read of %s too, and tell caches nothing of it', { timeout: 60_000 }, async (_what, url, limit) => {
    const ask = (ip: string) => here.app.inject({ url, remoteAddress: ip, headers: { accept: 'text/html' } })
    const left = 60_000 - (Date.now() % 60_000)
    if (left < 15_000) await sleep(left) // counts begin anew with every minute
    const { headers } = await ask('203.0.113.60')
    expect(headers['x-ratelimit-limit']).toBeUndefined()
    for (let n = 1; n < limit; n += 100) await Promise.all(Array.from({ length: Math.min(100, limit - n) }, () => ask('203.0.113.60')))
    const last = await ask('203.0.113.60')
    expect([last.statusCode, Number(last.headers['retry-after']) > 0]).toEqual([429, true])
    expect((await ask('203.0.113.61')).statusCode).toBe(200)
  })

  test('believe X-Forwarded-For from the configured proxy, and from nobody else', async () => {
    const remaining = async (remoteAddress: string, forwarded: string) =>
      Number(
        (await here.app.inject({ url: '/api/v1/instance', remoteAddress, headers: { 'x-forwarded-for': forwarded } })).headers[
          'x-ratelimit-remaining'
        ],
      )
    expect([await remaining('10.0.0.1', '192.0.2.1'), await remaining('10.0.0.2', '192.0.2.2')]).toEqual([299, 299])
    expect([await remaining('192.0.2.9', '192.0.2.3'), await remaining('192.0.2.9', '192.0.2.4')]).toEqual([299, 298])
  })
})

describe('the scope of federation', () => {
  test('reads its own content types as bytes, untouched by ours', async () => {
    const answer = await here.app.inject({
      method: 'POST',
      url: '/inbox',
      headers: { 'content-type': 'application/activity+json' },
      payload: '{"a":1}',
    })
    expect(answer.json()).toEqual({ bytes: 7 })
  })
})

describe('the instance', () => {
  test.each([
    '/api/v1/instance',
    '/api/v2/instance',
    '/api/v1/instance/rules',
    '/api/v1/instance/peers',
    '/api/v1/instance/activity',
    '/api/v1/instance/extended_description',
  ])('%s answers in the shape Mastodon publishes', async (path) => {
    const answer = await here.app.inject(path)
    expect([answer.statusCode, answerProblems('GET', path, 200, answer.json())]).toEqual([200, []])
  })

  test('says what clients decide by', async () => {
    const v2 = (await here.app.inject('/api/v2/instance')).json()
    expect(v2).toMatchObject({
      domain: 'here.example',
      title: 'Test',
      version: expect.stringMatching(/^4\.6\.0 \(compatible; Vivim /),
      configuration: { urls: { streaming: 'wss://here.example' } },
      contact: { account: { username: 'alice' } },
    })
    expect(Buffer.from(v2.configuration.vapid.public_key, 'base64url')).toHaveLength(65)
    expect((await here.app.inject('/api/v2/instance')).json().configuration.vapid).toEqual(v2.configuration.vapid)
    const v1 = await here.app.inject('/api/v1/instance')
    expect(v1.headers['deprecation']).toBe('@1668384000')
    expect(v1.json()).toMatchObject({ uri: 'here.example', stats: { user_count: 1 } })
  })

  test('counts posts by week', async () => {
    await here.ask('POST', '/api/v1/statuses', { as: alice, body: { status: 'counted' } })
    const weeks = (await here.app.inject('/api/v1/instance/activity')).json<{ week: string; statuses: string; registrations: string }[]>()
    expect(weeks).toHaveLength(12)
    expect(Number(weeks[0]?.statuses)).toBeGreaterThan(0)
    expect(weeks.slice(1).every(({ statuses }) => statuses === '0')).toBe(true)
  })

  test('knows whom it met', async () => {
    await here.discover('bob', 'there.example')
    expect((await here.app.inject('/api/v1/instance/peers')).json()).toEqual(['there.example'])
  })
})

describe('receipts', () => {
  type Entry = {
    kind: string
    position: number
    leaf: string
    leafHash: string
    commit: { events: { type: string }[]; chain: { lane: string } } | null
    proof: { size: number; root: string; hashes: string[] }
    checkpoint: string
  }

  async function holds(entry: Entry): Promise<boolean> {
    const { log } = (await here.app.inject('/api/vivim/v1/instance')).json()
    const { size, root } = openCheckpoint(entry.checkpoint, parseVerifierKey(log.verifierKey))
    const leaf = leafHash(base64(entry.leaf))
    expect([size, Buffer.from(root).toString('base64'), Buffer.from(leaf).toString('base64')]).toEqual([
      entry.proof.size,
      entry.proof.root,
      entry.leafHash,
    ])
    return verifyInclusion({ index: entry.position, size, leaf, proof: entry.proof.hashes.map(base64), root })
  }

  test('prove a public post to a stranger', async () => {
    const { id, uri } = (await here.ask('POST', '/api/v1/statuses', { as: alice, body: { status: 'provable' } })).json()
    const receipt = (await here.app.inject(`/api/vivim/v1/receipts/${id}`)).json()
    expect(receipt.status).toMatchObject({ id, uri })
    expect(receipt.entry).toMatchObject({ kind: 'public', commit: { chain: { lane: 'public' }, events: [{ type: 'status:create' }] } })
    expect(await holds(receipt.entry)).toBe(true)
  })

  test('of a private post are for whom may see it, and even then show a blinded leaf', async () => {
    const { id } = (await here.ask('POST', '/api/v1/statuses', { as: alice, body: { status: 'secret', visibility: 'private' } })).json()
    const refused = await here.app.inject(`/api/vivim/v1/receipts/${id}`)
    expect([refused.statusCode, refused.headers['content-type'], refused.json()]).toEqual([
      404,
      'application/problem+json; charset=utf-8',
      { type: 'about:blank', title: 'Record not found', status: 404 },
    ])
    const { entry } = (await here.ask('GET', `/api/vivim/v1/receipts/${id}`, { as: alice })).json<{ entry: Entry }>()
    expect([entry.kind, entry.commit, base64(entry.leaf).length]).toEqual(['blinded', null, 33])
    expect(await holds(entry)).toBe(true)
  })

  test('exist for every position, and for none beyond', async () => {
    const { size } = here.deps.ledger.head()
    for (let position = 0; position < size; position += 1)
      expect(await holds((await here.app.inject(`/api/vivim/v1/events/${position}`)).json<Entry>())).toBe(true)
    for (const position of [String(size), '-1', 'x', '1e3', '99999999999999999999'])
      expect((await here.app.inject(`/api/vivim/v1/events/${position}`)).statusCode).toBe(404)
  })
})

describe('documentation', () => {
  type Described = {
    readonly openapi: string
    readonly paths: Readonly<Record<string, Readonly<Partial<Record<'get' | 'post', Operation>>>>>
    readonly components: { readonly schemas: Readonly<Record<string, object>> }
  }
  type Operation = { readonly operationId: string; readonly responses: Readonly<Record<string, Answer>> }
  type Answer = { readonly content: Readonly<Record<string, { readonly schema?: object }>> }

  /** Paths that answer this method, from the router's own tree. */
  function routesOf(method: 'GET' | 'POST'): string[] {
    const above: string[] = []
    return here.app
      .printRoutes()
      .replace('(empty root node)', '')
      .split('\n')
      .flatMap((line) => {
        const [, indent = '', segment = '', methods = ''] = /^((?:[│ ] {3})*)[├└]── (\S*)(?: \(([^)]*)\))?/.exec(line) ?? []
        const path = `${above[indent.length / 4 - 1] ?? ''}${segment}`
        above[indent.length / 4] = path
        return methods.includes(method) ? [path] : []
      })
  }

  /** Whether an answer is one that the document allows for this path. */
  function fits(document: Described, route: string, answer: LightMyRequestResponse): string[] {
    const described = document.paths[route]?.get?.responses[answer.statusCode]
    const [type = ''] = String(answer.headers['content-type']).split(';')
    const content = described?.content[type]
    if (content === undefined) return [`${route} never answers ${answer.statusCode} as ${type}`]
    if (!type.endsWith('json') || type.endsWith('ndjson')) return []
    const ajv = new Ajv2020({ strict: false, allErrors: true, schemas: [{ $id: 'here', components: document.components }] })
    formats.default(ajv)
    const schema = JSON.parse(JSON.stringify(content.schema).replaceAll('"#/', '"here#/')) as object
    const closed = ajv.compile({ ...schema, unevaluatedProperties: false }) // no member that is not described
    return closed(answer.json()) ? [] : (closed.errors ?? []).map(({ instancePath, message }) => `${route}${instancePath} ${message ?? ''}`)
  }

  test('describes every route of our own and no other, and each answers as described', async () => {
    const document = (await here.app.inject('/api/docs/openapi.json')).json<Described>()
    expect(document.openapi).toBe('3.1.0')
    for (const [, ref = ''] of JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g))
      expect(Object.keys(document.components.schemas)).toContain(ref.replace('#/components/schemas/', ''))
    for (const method of ['GET', 'POST'] as const) {
      const routes = routesOf(method).filter((route) => /^\/(?:log|api\/vivim)\//.test(route))
      const served = routes.flatMap((route) =>
        route === '/log/tile/*' ? ['/log/tile/{L}/{N}', '/log/tile/entries/{N}'] : route.replace(/:(\w+)/g, '{$1}'),
      )
      const described = Object.keys(document.paths).filter((route) => Object.hasOwn(document.paths[route] ?? {}, method.toLowerCase()))
      expect(served.toSorted()).toEqual(described.toSorted())
    }
    const ids = Object.values(document.paths).flatMap((operations) => Object.values(operations).map(({ operationId }) => operationId))
    expect(new Set(ids).size).toBe(ids.length)

    const { id } = (await here.ask('POST', '/api/v1/statuses', { as: alice, body: { status: 'described' } })).json()
    const { size } = here.deps.ledger.head()
    const asked: Readonly<Record<string, readonly (readonly [url: string, status: number, token?: string])[]>> = {
      '/api/vivim/v1/instance': [
        ['/api/vivim/v1/instance', 200],
        ['/api/vivim/v1/instance', 401, 'wrong'],
      ],
      '/api/vivim/v1/receipts/{id}': [
        [`/api/vivim/v1/receipts/${id}`, 200],
        [`/api/vivim/v1/receipts/${id}`, 401, 'wrong'],
        [`/api/vivim/v1/receipts/${id}`, 403, (await here.createToken(alice.id, ['profile'])).token],
        ['/api/vivim/v1/receipts/1', 404],
      ],
      '/api/vivim/v1/events/{position}': [
        ...Array.from({ length: size }, (_, position) => [`/api/vivim/v1/events/${position}`, 200] as const),
        ['/api/vivim/v1/events/x', 404],
        ['/api/vivim/v1/events/0', 401, 'wrong'],
      ],
      '/api/vivim/v1/keys': [
        ['/api/vivim/v1/keys', 200, alice.token],
        ['/api/vivim/v1/keys', 401],
      ],
      '/api/vivim/v1/keys/{key}/head': [
        [`/api/vivim/v1/keys/${'0'.repeat(32)}/head`, 200, alice.token],
        ['/api/vivim/v1/keys/x/head', 404, alice.token],
        [`/api/vivim/v1/keys/${'0'.repeat(32)}/head`, 401],
      ],
      '/api/vivim/v1/accounts/{name}/chains': [
        ['/api/vivim/v1/accounts/alice/chains', 200],
        ['/api/vivim/v1/accounts/nobody/chains', 404],
        ['/api/vivim/v1/accounts/alice/chains?size=x', 400],
        ['/api/vivim/v1/accounts/alice/chains', 401, 'wrong'],
      ],
      '/api/vivim/v1/accounts/{name}/chains/{key}': [
        [`/api/vivim/v1/accounts/alice/chains/${'0'.repeat(32)}`, 200],
        ['/api/vivim/v1/accounts/alice/chains/x', 404],
        [`/api/vivim/v1/accounts/alice/chains/${'0'.repeat(32)}?limit=1000`, 400],
      ],
      '/api/vivim/v1/export': [
        ['/api/vivim/v1/export', 200, alice.token],
        ['/api/vivim/v1/export', 401],
      ],
      '/api/vivim/v1/log': [['/api/vivim/v1/log', 200]],
      '/api/vivim/v1/evidence': [['/api/vivim/v1/evidence', 200]],
      '/log/receipt/{name}': [
        ...Array.from({ length: size }, (_, position) => [`/log/receipt/${position}.tlog-proof`, 200] as const),
        ['/log/receipt/x', 404],
        ['/log/receipt/0.tlog-proof', 401, 'wrong'],
      ],
      '/log/checkpoint': [['/log/checkpoint', 200]],
      '/log/key': [['/log/key', 200]],
      '/log/tile/{L}/{N}': [
        [`/log/tile/0/000.p/${size}`, 200],
        ['/log/tile/0/x', 404],
        ['/log/tile/9/999', 404],
      ],
      '/log/tile/entries/{N}': [
        [`/log/tile/entries/000.p/${size}`, 200],
        ['/log/tile/entries/999', 404],
      ],
      '/log/proof': [
        ['/log/proof?position=0', 200],
        ['/log/proof', 400],
        ['/log/proof?position=9999999', 404],
      ],
      '/log/proof/consistency': [
        ['/log/proof/consistency?from=1', 200],
        ['/log/proof/consistency?from=x', 400],
        ['/log/proof/consistency?from=9999999', 404],
      ],
    }
    for (const [route, { get }] of Object.entries(document.paths)) {
      if (get === undefined || get.operationId.startsWith('vault_')) continue // those are asked in vault/
      for (const [url, status, token] of asked[route] ?? []) {
        const answer = await here.app.inject({
          url,
          remoteAddress: '203.0.113.80',
          headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
        })
        expect([url, answer.statusCode, fits(document, route, answer)]).toEqual([url, status, []])
      }
      expect(asked[route]?.length).toBeGreaterThan(0)
    }
  })

  test('the page loads its script from here', async () => {
    const page = await here.app.inject('/api/docs')
    const script = /<script src="([^"]+)"/.exec(page.body)?.[1] ?? ''
    const { statusCode, headers, body } = await here.app.inject(script)
    expect([statusCode, headers['content-type'], body.length > 1_000_000]).toEqual([200, 'text/javascript; charset=utf-8', true])
    expect(page.headers['content-security-policy']).toContain("script-src 'self';")
  })
})

test('who sends slowly is not waited for: seconds for a head, and hours for nothing but an upload that keeps coming', () => {
  expect([here.app.server.headersTimeout, here.app.server.requestTimeout]).toEqual([20_000, 6 * 3_600_000])
})

test('health is plain', async () => {
  for (const url of ['/healthz', '/readyz']) expect((await here.app.inject(url)).body).toBe('ok')
})
