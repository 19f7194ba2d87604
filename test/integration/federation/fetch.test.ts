/** The guarded fetch against real servers on loopback: what it refuses, and what it does not let itself be talked into. */
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createFetch, type Fetch, isPublic } from '../../../src/host/fetch.ts'

const servers: Server[] = []
let handler: RequestListener = (_request, response) => response.end('hello')
let origin: string
let guarded: Fetch
let strict: Fetch

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

beforeAll(async () => {
  origin = await serve((request, response) => handler(request, response))
  guarded = createFetch({ allow: ['127.0.0.1/32'], userAgent: 'test' })
  strict = createFetch({ allow: [], userAgent: 'test' })
})
afterEach(() => {
  handler = (_request, response) => response.end('hello')
})
afterAll(async () => {
  await guarded.close()
  await strict.close()
  for (const server of servers) {
    server.closeAllConnections()
    server.close()
  }
})

const fault = async (request: Promise<unknown>) => {
  const error: unknown = await request.then(
    () => null,
    (reason: unknown) => reason,
  )
  return error instanceof Error && 'code' in error ? [error.code, error.message] : error
}

describe('addresses', () => {
  it('only the public Internet is public', () => {
    for (const address of ['93.184.216.34', '1.1.1.1', '2606:4700::1111', '::ffff:8.8.8.8', '172.32.0.1', '11.0.0.1'])
      expect([address, isPublic(address)]).toEqual([address, true])
    const local = [
      '127.0.0.1',
      '127.8.8.8',
      '10.1.2.3',
      '172.16.0.1',
      '172.31.255.255',
      '192.168.1.1',
      '169.254.169.254',
      '100.64.0.1',
      '0.0.0.0',
      '224.0.0.1',
      '255.255.255.255',
      '198.18.0.1',
      '192.0.2.1',
      '168.63.129.16',
      '192.88.99.1',
    ]
    const local6 = [
      '::1',
      '::',
      'fe80::1',
      'fc00::1',
      'fd12::1',
      'ff02::1',
      '::ffff:127.0.0.1',
      '::ffff:10.0.0.1',
      '::ffff:169.254.169.254',
      '64:ff9b::7f00:1',
      '2002:7f00:1::',
      '2001:db8::1',
      '::127.0.0.1',
      '::ffff:0:127.0.0.1',
      '::ffff:a9fe:a9fe',
      '64:ff9b:1::a00:1',
      '2001:0:7f00:1::',
      'fe80::1%eth0',
      'not an address',
      '',
    ]
    for (const address of [...local, ...local6]) expect([address, isPublic(address)]).toEqual([address, false])
  })

  it('loopback is refused unless allowed, however it is written', async () => {
    const { port } = new URL(origin)
    for (const host of ['127.0.0.1', '2130706433', '0x7f.1', '0177.0.0.1', '127.1', 'localhost', '[::1]', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]']) {
      for (const scheme of ['http', 'https'])
        expect([host, await fault(strict.request(`${scheme}://${host}:${port}/`))]).toEqual([
          host,
          ['GIVE_UP', expect.stringContaining('not a public address')],
        ])
    }
    expect(new TextDecoder().decode((await guarded.request(`${origin}/`)).body)).toBe('hello')
    expect((await guarded.request(`http://localhost:${port}/`)).status).toBe(200)
  })

  it('of the addresses of a name only those that may be reached are tried; a second question is never asked', async () => {
    const { port } = new URL(origin)
    const asked: string[] = []
    let answers: { address: string; family: 4 | 6 }[][] = []
    const resolve = async (hostname: string) => {
      asked.push(hostname)
      return answers.shift() ?? [{ address: '169.254.169.254', family: 4 as const }]
    }
    const named = createFetch({ allow: ['127.0.0.1/32'], userAgent: 'test', resolve })
    const v4 = (...list: string[]) => list.map((address) => ({ address, family: 4 as const }))
    answers = [v4('10.0.0.1', '169.254.169.254', '127.0.0.1', '127.0.0.2')]
    expect((await named.request(`http://mixed.example:${port}/`)).status).toBe(200)
    expect(asked).toEqual(['mixed.example'])
    const inside = [
      v4('10.0.0.1'),
      v4('127.0.0.2'),
      v4('0.0.0.0'),
      [{ address: '::1', family: 6 as const }],
      [{ address: '::ffff:10.0.0.1', family: 6 as const }],
      [],
    ]
    for (const [i, answer] of inside.entries()) {
      answers = [answer]
      for (const scheme of ['http', 'https']) {
        answers = [answer]
        expect([i, scheme, await fault(named.request(`${scheme}://inside${i}.example:${port}/`))]).toEqual([
          i,
          scheme,
          ['GIVE_UP', expect.stringContaining('not a public address')],
        ])
      }
    }
    for (const host of ['localhost.', '127.0.0.2.', '0x7f000002', '017700000002', '①②⑦.0.0.2', '127。0。0。2'])
      expect([host, ((await fault(named.request(`http://${host}:${port}/`))) as string[])[0]]).toEqual([host, 'GIVE_UP'])
    await named.close()
  })

  it('a name that nobody answers for holds up no other', async () => {
    const { port } = new URL(origin)
    const silent = createFetch({
      allow: ['127.0.0.1/32'],
      userAgent: 'test',
      resolve: (hostname) => (hostname.startsWith('silent') ? new Promise(() => {}) : Promise.resolve([{ address: '127.0.0.1', family: 4 }])),
    })
    const stuck = Array.from({ length: 100 }, (_, i) => fault(silent.request(`http://silent${i}.example:${port}/`, { timeoutMs: 500 })))
    const start = Date.now()
    expect((await silent.request(`http://quick.example:${port}/`)).status).toBe(200)
    expect(Date.now() - start).toBeLessThan(400)
    for (const one of await Promise.all(stuck)) expect(one).toEqual(['RETRY_LATER', expect.any(String)])
    await silent.close()
  })

  it('plain http is for allowed networks only', async () => {
    expect(await fault(strict.request('http://1.1.1.1/'))).toEqual(['GIVE_UP', expect.stringContaining('1.1.1.1')])
    expect([
      guarded.schemeFor('127.0.0.1:3000'),
      guarded.schemeFor('localhost:3000'),
      guarded.schemeFor('example.com'),
      guarded.schemeFor('127.0.0.2'),
      strict.schemeFor('127.0.0.1'),
    ]).toEqual(['http', 'http', 'https', 'https', 'https'])
  })

  it('other schemes and URLs with credentials are not asked', async () => {
    for (const url of [
      'file:///etc/passwd',
      'ftp://example.com/',
      'data:text/plain,x',
      'javascript:1',
      'not a url',
      '',
      `http://user:pass@${new URL(origin).host}/`,
    ])
      expect([url, ((await fault(guarded.request(url))) as string[])[0]]).toEqual([url, 'GIVE_UP'])
  })
})

describe('answers', () => {
  it('a redirect to a forbidden address is not followed; nor are more than three', async () => {
    handler = (_request, response) => response.writeHead(302, { location: 'http://169.254.169.254/latest/meta-data/' }).end()
    expect(await fault(guarded.request(origin))).toEqual(['GIVE_UP', expect.stringContaining('169.254.169.254')])
    handler = (_request, response) => response.writeHead(302, { location: 'http://127.0.0.2:1/' }).end()
    expect(await fault(guarded.request(origin))).toEqual(['GIVE_UP', expect.stringContaining('127.0.0.2')])
    handler = (_request, response) => response.writeHead(302, { location: '/again' }).end()
    expect(await fault(guarded.request(origin))).toEqual(['GIVE_UP', 'more than 3 redirects'])
  })

  it('each hop is signed for itself, and the answer says where it came from', async () => {
    const seen: string[] = []
    handler = (request, response) => {
      seen.push(`${request.url} ${String(request.headers['x-for'])}`)
      if (request.url === '/a') response.writeHead(301, { location: '/b' }).end()
      else response.end('there')
    }
    const answer = await guarded.request(`${origin}/a#fragment`, { headers: (url) => ({ 'x-for': url.pathname }) })
    expect(seen).toEqual(['/a /a', '/b /b'])
    expect(answer.url).toBe(`${origin}/b`)
  })

  it('a POST is not redirected', async () => {
    handler = (_request, response) => response.writeHead(307, { location: '/elsewhere' }).end()
    expect((await guarded.request(origin, { method: 'POST', body: Buffer.from('x') })).status).toBe(307)
  })

  it('too many bytes are not read, declared or not', async () => {
    handler = (_request, response) => response.writeHead(200, { 'content-length': '5000000' }).end('x')
    expect(await fault(guarded.request(origin, { maxBytes: 1_000 }))).toEqual(['GIVE_UP', expect.stringContaining('larger')])
    let written = 0
    handler = (_request, response) => {
      const more = () => {
        while (written < 50_000_000 && response.write(Buffer.alloc(16_384))) written += 16_384
      }
      response.on('drain', more)
      response.on('error', () => {})
      more()
    }
    expect(await fault(guarded.request(origin, { maxBytes: 100_000 }))).toEqual(['GIVE_UP', expect.stringContaining('larger')])
    expect(written).toBeLessThan(20_000_000)
  })

  it('what is cut ends as an answer; what is packed stays packed; what has too long a head is none', async () => {
    handler = (_request, response) => response.writeHead(500).end('x'.repeat(100_000))
    expect(await guarded.request(origin, { maxBytes: 1_000, beyond: 'cut' })).toMatchObject({ status: 500 })
    handler = (_request, response) => response.writeHead(200, { 'content-length': '5000000' }).end('x')
    expect(await guarded.request(origin, { maxBytes: 1_000, beyond: 'cut' })).toMatchObject({ status: 200 })
    const bomb = gzipSync(Buffer.alloc(20_000_000))
    handler = (_request, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb)
    expect((await guarded.request(origin)).body.length).toBe(bomb.length)
    handler = (_request, response) => response.writeHead(200, { 'x-long': 'x'.repeat(100_000) }).end()
    expect(await fault(guarded.request(origin))).toEqual(['RETRY_LATER', expect.any(String)])
  })

  it('a key is asked for at its own origin only', async () => {
    const other = await serve((_request, response) => response.end('other'))
    handler = (_request, response) => response.writeHead(302, { location: other }).end()
    expect(await fault(guarded.request(origin, { within: 'origin' }))).toEqual(['GIVE_UP', 'redirected to another origin'])
    handler = (request, response) => (request.url === '/' ? response.writeHead(302, { location: '/b' }).end() : response.end('same'))
    expect((await guarded.request(origin, { within: 'origin' })).status).toBe(200)
  })

  it('slow answers end in time, whether silent or dripping', async () => {
    handler = () => {}
    expect(await fault(guarded.request(origin, { timeoutMs: 200 }))).toEqual(['RETRY_LATER', expect.any(String)])
    handler = (_request, response) => {
      const drip = setInterval(() => response.write('x'), 20)
      response.on('close', () => clearInterval(drip))
    }
    const start = Date.now()
    expect(await fault(guarded.request(origin, { timeoutMs: 300 }))).toEqual(['RETRY_LATER', expect.any(String)])
    expect(Date.now() - start).toBeLessThan(3_000)
  })

  it('no answer is no answer', async () => {
    expect(await fault(guarded.request('http://127.0.0.1:1/'))).toEqual(['RETRY_LATER', expect.any(String)])
    handler = (request) => request.socket.destroy()
    expect(await fault(guarded.request(origin))).toEqual(['RETRY_LATER', expect.any(String)])
  })
})
