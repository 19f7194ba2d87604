/** Answers read as they come, against real servers on loopback: the guard holds for them as for any other, and so do their limits. */
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createFetch, type Fetch } from '../../../src/host/fetch.ts'

const hello: RequestListener = (_request, response) => response.end('hello')
let server: Server
let handler: RequestListener = hello
let origin: string
let guarded: Fetch
let strict: Fetch

beforeAll(async () => {
  server = createServer((request, response) => handler(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  guarded = createFetch({ allow: ['127.0.0.1/32'], userAgent: 'test' })
  strict = createFetch({ allow: [], userAgent: 'test' })
})
afterEach(() => {
  handler = hello
})
afterAll(async () => {
  await guarded.close()
  await strict.close()
  server.closeAllConnections()
  server.close()
})

const faultOf = async (pending: Promise<unknown>) => {
  const error: unknown = await pending.then(
    () => null,
    (reason: unknown) => reason,
  )
  return error instanceof Error && 'code' in error ? [error.code, error.message] : error
}

async function text(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = []
  for await (const chunk of body) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

describe('the guard', () => {
  it('private addresses are not reached, however they are written', async () => {
    const { port } = new URL(origin)
    for (const host of ['127.0.0.1', '2130706433', '0x7f.1', '127.1', 'localhost', '[::1]', '[::ffff:127.0.0.1]', '10.0.0.1', '169.254.169.254'])
      for (const scheme of ['http', 'https'])
        expect([host, await faultOf(strict.stream(`${scheme}://${host}:${port}/`, { method: 'POST', body: Buffer.from('x') }))]).toEqual([
          host,
          ['GIVE_UP', expect.stringContaining('not a public address')],
        ])
  })

  it('a name is asked for once, and only addresses that may be reached are tried', async () => {
    const { port } = new URL(origin)
    const answers = [['10.0.0.1', '127.0.0.1'], ['169.254.169.254']]
    const resolve = async () => (answers.shift() ?? []).map((address) => ({ address, family: 4 as const }))
    const named = createFetch({ allow: ['127.0.0.1/32'], userAgent: 'test', resolve })
    expect(await text((await named.stream(`http://mixed.example:${port}/`)).body)).toBe('hello')
    expect(answers.length).toBe(1)
    expect(await faultOf(named.stream(`http://inside.example:${port}/`))).toEqual(['GIVE_UP', expect.stringContaining('not a public address')])
    await named.close()
  })

  it('other schemes and URLs with credentials are not asked', async () => {
    for (const url of ['file:///etc/passwd', 'data:text/plain,x', 'not a url', `http://user:pass@${new URL(origin).host}/`])
      expect([url, ((await faultOf(guarded.stream(url))) as string[])[0]]).toEqual([url, 'GIVE_UP'])
  })

  it('no redirect is followed: a key goes where it was meant to, and nowhere else', async () => {
    const asked: string[] = []
    for (const status of [301, 302, 303, 307, 308])
      for (const location of ['/elsewhere', 'http://169.254.169.254/', 'https://example.com/']) {
        handler = (request, response) => {
          asked.push(request.url ?? '')
          response.writeHead(status, { location }).end()
        }
        const answer = await guarded.stream(`${origin}/v1`, { method: 'POST', headers: { authorization: 'Bearer key' }, body: Buffer.from('{}') })
        expect([status, answer.status, answer.headers['location']]).toEqual([status, status, location])
        answer.cancel()
      }
    expect(new Set(asked)).toEqual(new Set(['/v1']))
  })
})

describe('an answer', () => {
  it('is given as it comes: the second piece is only sent once the first was read', async () => {
    let arrived = (): void => {}
    const first = new Promise<void>((resolve) => (arrived = resolve))
    handler = (_request, response) => {
      response.write('one')
      void first.then(() => response.end('two'))
    }
    const { status, body } = await guarded.stream(origin)
    const seen: string[] = []
    for await (const chunk of body) {
      seen.push(Buffer.from(chunk).toString())
      arrived()
    }
    expect([status, seen]).toEqual([200, ['one', 'two']])
  })

  it('carries what was sent, and cannot pretend to be somebody else', async () => {
    handler = (request, response) => void request.pipe(response.writeHead(201, { 'x-agent': request.headers['user-agent'] ?? '' }))
    const sent = { method: 'POST' as const, headers: { 'user-agent': 'other' }, body: Buffer.from('{"a":1}') }
    const answer = await guarded.stream(origin, sent)
    expect([answer.status, answer.headers['x-agent'], await text(answer.body)]).toEqual([201, 'test', '{"a":1}'])
  })

  it('ends beyond its bytes, whatever it declares', async () => {
    let written = 0
    handler = (_request, response) => {
      const more = () => {
        while (written < 50_000_000 && response.write(Buffer.alloc(16_384))) written += 16_384
      }
      response.on('drain', more).on('error', () => {})
      more()
    }
    const { body } = await guarded.stream(origin, { maxBytes: 100_000 })
    expect(await faultOf(text(body))).toEqual(['GIVE_UP', expect.stringContaining('larger than 100000')])
    expect(written).toBeLessThan(20_000_000)
  })

  it('must begin in time, go on in time, and end in time', async () => {
    handler = () => {}
    expect(await faultOf(guarded.stream(origin, { timeoutMs: 100 }))).toEqual(['RETRY_LATER', 'no answer within 100 ms'])
    handler = (_request, response) => void response.write('x')
    const silent = await guarded.stream(origin, { idleMs: 100 })
    expect(await faultOf(text(silent.body))).toEqual(['RETRY_LATER', 'nothing more came for 100 ms'])
    handler = (_request, response) => {
      const drip = setInterval(() => response.write('x'), 20)
      response.on('close', () => clearInterval(drip))
    }
    const dripping = await guarded.stream(origin, { idleMs: 1_000, wholeMs: 200 })
    expect(await faultOf(text(dripping.body))).toEqual(['RETRY_LATER', 'the answer took longer than 200 ms'])
  })

  it('that is read slowly is not silent', async () => {
    handler = (_request, response) => response.end('x'.repeat(3_000_000))
    const { body } = await guarded.stream(origin, { idleMs: 500 })
    let size = 0
    for await (const chunk of body) {
      if (size === 0) await sleep(700)
      size += chunk.length
    }
    expect(size).toBe(3_000_000)
  })

  it('can be ended from outside at any time, and its connection is closed', async () => {
    let closed = 0
    handler = (_request, response) => {
      response.write('x')
      response.on('close', () => (closed += 1))
    }
    const stop = new AbortController()
    const stopped = await guarded.stream(origin, { signal: stop.signal })
    setTimeout(() => stop.abort(), 50)
    expect(((await faultOf(text(stopped.body))) as string[])[0]).toBe('RETRY_LATER')
    const left = await guarded.stream(origin)
    left.cancel()
    await expect.poll(() => closed).toBe(2)
    expect(((await faultOf(guarded.stream(origin, { signal: AbortSignal.abort() }))) as string[])[0]).toBe('RETRY_LATER')
  })

  it('that breaks off says so', async () => {
    handler = (request, response) => {
      response.write('half')
      setTimeout(() => request.socket.destroy(), 50)
    }
    const { body } = await guarded.stream(origin)
    expect(((await faultOf(text(body))) as string[])[0]).toBe('RETRY_LATER')
  })

  it('long ones keep no others waiting', async () => {
    handler = (request, response) => (request.url === '/long' ? response.write('x') : response.end('quick'))
    const long = await Promise.all(Array.from({ length: 20 }, () => guarded.stream(`${origin}/long`)))
    expect(Buffer.from((await guarded.request(`${origin}/quick`)).body).toString()).toBe('quick')
    for (const one of long) one.cancel()
  })
})
