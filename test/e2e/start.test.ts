import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freshDatabase, type TestDatabase } from '../support/postgres.ts'

const ROOT = path.resolve(import.meta.dirname, '../..')

let database: TestDatabase
let dir: string
let port: number
const children: ChildProcess[] = []

beforeAll(async () => {
  database = await freshDatabase()
  dir = await mkdtemp(path.join(os.tmpdir(), 'vivim-main-'))
  port = await freePort()
  await main({}).readyThenStop()
})

afterAll(async () => {
  for (const child of children) child.kill('SIGKILL')
  await rm(dir, { recursive: true, force: true })
  await database.drop()
})

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as net.AddressInfo
  server.close()
  return port
}

/** `npm start` as a process of its own. */
function main(env: Readonly<Record<string, string>>) {
  const given = { VIVIM_DATA: dir, PORT: String(port), DATABASE_URL: database.url, REDIS_URL: '', LOG_LEVEL: 'warn', ...env }
  const child = spawn(process.execPath, ['src/main.ts'], { cwd: ROOT, env: { ...process.env, ...given }, stdio: ['ignore', 'pipe', 'pipe'] })
  children.push(child)
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (output += text))
  const ended = once(child, 'close').then(([code]) => ({ code: code as number, output }))
  const ready = async () => {
    while (!output.includes('VIVIM is ready')) {
      if (child.exitCode !== null || child.signalCode !== null) throw new Error(output)
      await sleep(10)
    }
  }
  const stop = () => {
    child.kill('SIGTERM')
    return ended
  }
  return {
    child,
    ended,
    ready,
    stop,
    async readyThenStop() {
      await ready()
      expect(await stop()).toMatchObject({ code: 0 })
    },
  }
}

const withUrl = (change: (url: URL) => void): string => {
  const url = new URL(database.url)
  change(url)
  return url.href
}

test.each<[string, () => Record<string, string>, number, RegExp]>([
  ['a value that makes no sense', () => ({ PORT: 'http' }), 2, /^Configuration: PORT /],
  [
    'no database there',
    () => ({ DATABASE_URL: 'postgres://u:hunter2@127.0.0.1:1/x' }),
    1,
    /127\.0\.0\.1:1\/x \(DATABASE_URL\) cannot be used: nothing/,
  ],
  ['a host of several addresses', () => ({ DATABASE_URL: 'postgres://u:hunter2@localhost:1/x' }), 1, /localhost:1\/x .* nothing listens there/],
  ['a wrong password', () => ({ DATABASE_URL: withUrl((url) => (url.password = 'hunter2')) }), 1, /refuses the user or the password/],
  ['no such database', () => ({ DATABASE_URL: withUrl((url) => (url.pathname = '/hunter2')) }), 1, /no database of that name/],
  ['another origin', () => ({ VIVIM_ORIGIN: 'http://127.0.0.1:9' }), 1, /keeps the origin \(VIVIM_ORIGIN\) of its first run/],
  [
    'a secret where none can be',
    () => ({ VIVIM_SECRET_FILE: path.join(dir, 'secret', 'x') }),
    1,
    /secret cannot be written: something of that name is in its place/,
  ],
])('with %s it ends with one sentence', async (_, env, code, sentence) => {
  const { code: ended, output } = await main(env()).ended
  expect(output).toMatch(sentence)
  expect(output.trim().split('\n')).toHaveLength(1)
  expect(ended).toBe(code)
  if (!output.includes('/hunter2 ')) expect(output).not.toContain('hunter2')
})

test('with another secret it ends with one sentence, and the right one still works', async () => {
  const file = path.join(dir, 'secret')
  const secret = await readFile(file)
  await writeFile(file, Buffer.alloc(32, 1))
  const { code, output } = await main({}).ended
  expect([code, output]).toEqual([1, expect.stringMatching(/^VIVIM could not start: The instance secret is not the one .*\n$/)])
  await writeFile(file, secret)
  await main({}).readyThenStop()
})

test('with its port in use it ends with one sentence, and has let go of the database', async () => {
  const other = net.createServer().listen(port, '127.0.0.1')
  await once(other, 'listening')
  const { code, output } = await main({}).ended
  expect([code, output]).toEqual([
    1,
    `VIVIM could not start: Another program listens on 127.0.0.1 port ${port}: stop it, or choose another port with PORT.\n`,
  ])
  other.close()
  await main({}).readyThenStop()
})

test('a second instance on the same database ends with one sentence, and the first goes on', async () => {
  const first = main({})
  await first.ready()
  const { code, output } = await main({ PORT: String(await freePort()), VIVIM_ORIGIN: `http://127.0.0.1:${port}` }).ended
  expect([code, output]).toEqual([1, expect.stringMatching(/^VIVIM could not start: Another process is writing to this database: .*\n$/)])
  expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(200)
  await first.stop()
})

test('asked to stop at any moment of its start, it does, without complaint', async () => {
  for (const ms of [350, 450, 550, 650, 800]) {
    const starting = main({})
    await sleep(ms)
    const began = performance.now()
    const { code, output } = await starting.stop()
    expect(output).not.toMatch(/bug|could not/)
    expect(code === 0 || code === null).toBe(true) // null: before it listened to signals
    expect(performance.now() - began).toBeLessThan(10_000)
  }
  await main({}).readyThenStop()
})

test('clients that never finish do not keep it from stopping', async () => {
  const instance = main({})
  await instance.ready()
  const sockets = [
    'POST /api/v1/apps HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{',
    'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n',
    'GET /hea',
  ].map((text) => {
    const socket = net.connect(port, '127.0.0.1')
    socket.on('error', () => {})
    socket.write(text)
    return socket
  })
  await sleep(200)
  const began = performance.now()
  expect(await instance.stop()).toMatchObject({ code: 0 })
  expect(performance.now() - began).toBeLessThan(12_000)
  for (const socket of sockets) socket.destroy()
})

test('asked twice it does not wait', async () => {
  const instance = main({})
  await instance.ready()
  const socket = net.connect(port, '127.0.0.1').on('error', () => {})
  socket.write('POST /api/v1/apps HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{')
  await sleep(100)
  instance.child.kill('SIGTERM')
  await sleep(300)
  const began = performance.now()
  instance.child.kill('SIGINT')
  expect(await instance.ended).toMatchObject({ code: 1 })
  expect(performance.now() - began).toBeLessThan(2_000)
  socket.destroy()
  await main({}).readyThenStop()
})
