import { once } from 'node:events'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import Fastify, { type FastifyInstance } from 'fastify'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { registerBodyTime } from '../../../src/api/body-time.ts'

let app: FastifyInstance
beforeAll(async () => {
  app = Fastify()
  registerBodyTime(app, { wholeMs: 150, pulseMs: 150, pulseBytes: 10 })
  app.addContentTypeParser('application/octet-stream', async (_request: unknown, payload: AsyncIterable<Buffer>) => lengthOf(payload))
  app.post('/usual', async (request) => ({ bytes: request.body }))
  app.post('/upload', { config: { streams: true } }, async (request) => ({ bytes: request.body }))
  await app.listen({ host: '127.0.0.1', port: 0 })
})
afterAll(() => app.close())

async function lengthOf(payload: AsyncIterable<Buffer>): Promise<number> {
  let bytes = 0
  for await (const chunk of payload) bytes += chunk.length
  return bytes
}

/** Sends a body of `pieces`, one every 60 ms, and what comes back. */
async function send(path: string, pieces: readonly string[], announced: number): Promise<string> {
  const socket: Socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1')
  let answer = ''
  socket.on('data', (chunk) => (answer += String(chunk))).on('error', () => {})
  const closed = once(socket, 'close')
  socket.write(
    `POST ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/octet-stream\r\nContent-Length: ${announced}\r\n\r\n`,
  )
  for (const piece of pieces) {
    await sleep(60)
    if (socket.writable) socket.write(piece)
  }
  await closed
  return answer
}

const ten = Array.from({ length: 10 }, () => 'x'.repeat(20))

test('a body that takes too long ends the connection', async () => {
  expect(await send('/usual', ten, 200)).toMatch(/^HTTP\/1\.1 408 /)
})

test('an upload takes as long as it keeps coming', async () => {
  expect(await send('/upload', ten, 200)).toMatch(/^HTTP\/1\.1 200 [\s\S]*{"bytes":200}$/)
})

test('an upload that stops, or hardly comes, ends the connection', async () => {
  expect(await send('/upload', ten.slice(0, 2), 200)).toMatch(/^HTTP\/1\.1 408 /)
  expect(
    await send(
      '/upload',
      Array.from({ length: 12 }, () => 'x'),
      200,
    ),
  ).toMatch(/^HTTP\/1\.1 408 /)
})

test('a body that is there in time is let alone', async () => {
  expect(await send('/usual', ['x'.repeat(20)], 20)).toMatch(/^HTTP\/1\.1 200 /)
})

test('a request that is refused before its body is read ends like any other, without a socket too', async () => {
  const refused = await app.inject({ method: 'POST', url: '/nowhere', payload: 'x'.repeat(100) })
  expect(refused.statusCode).toBe(404)
  await sleep(400) // whatever it left behind would throw by now
})
