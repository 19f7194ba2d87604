import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type EmbeddedPostgres, startPostgres } from '../../../src/host/postgres.ts'

const USER = fileURLToPath(new URL('postgres-user.ts', import.meta.url))
const FAST = { fsync: 'off', shared_buffers: '1MB' }

let dir: string
let servers: EmbeddedPostgres[]

beforeEach(async () => {
  dir = await mkdtemp(path.join(os.tmpdir(), 'vivim-host-'))
  await chmod(dir, 0o711)
  servers = []
})

afterEach(async () => {
  for (const server of servers) await server.stop()
  await rm(dir, { recursive: true, force: true })
})

async function start(): Promise<EmbeddedPostgres> {
  const server = await startPostgres(dir, FAST)
  servers.push(server)
  return server
}

/** Another process that uses the server until it is killed. */
async function startElsewhere(): Promise<{ readonly child: ChildProcess; readonly said: string }> {
  const child = spawn(process.execPath, [USER, dir, JSON.stringify(FAST)], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [said] = await once(createInterface({ input: child.stdout }), 'line')
  return { child, said: String(said) }
}

async function kill(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit')
  child.kill('SIGKILL')
  await exited
}

async function query(url: string, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => {})
  await client.connect()
  const { rows } = await client.query<unknown[]>({ text, rowMode: 'array' }).finally(() => client.end())
  return rows.flat()
}

const answers = (url: string): Promise<boolean> =>
  query(url, 'select 1').then(
    () => true,
    () => false,
  )

const pidOfServer = async (): Promise<number> => Number((await readFile(path.join(dir, 'postgres/postmaster.pid'), 'utf8')).split('\n')[0])

test('the last of several users to leave stops the server', async () => {
  const [first, second] = [await start(), await start()]
  expect([first.adopted, second.adopted]).toEqual([false, true])
  expect(second.url).toBe(first.url)
  await first.stop()
  expect(await answers(second.url)).toBe(true)
  await second.stop()
  expect(await answers(second.url)).toBe(false)
})

test('two first starts at once make one database', async () => {
  const [first, second] = await Promise.all([start(), start()])
  expect(first.url).toBe(second.url)
  await Promise.all([first.stop(), second.stop()])
  expect(await answers(first.url)).toBe(false)
  expect((await readdir(dir)).filter((name) => name.includes('making'))).toEqual([])
})

test('the server of a killed process is taken over, and stopped in the end', async () => {
  const { child, said } = await startElsewhere()
  await kill(child)
  const server = await start()
  expect(server).toMatchObject({ adopted: true, url: said })
  await server.stop()
  expect(await answers(said)).toBe(false)
})

test('kill -9 of everything while the database is being created leaves nothing that is taken for one', async () => {
  const child = spawn(process.execPath, [USER, dir, JSON.stringify(FAST)], { stdio: 'ignore', detached: true })
  await expect.poll(async () => (await readdir(dir)).some((name) => name.startsWith('postgres.making-')), { interval: 5 }).toBe(true)
  await sleep(150)
  const exited = once(child, 'exit')
  process.kill(-Number(child.pid), 'SIGKILL')
  await exited
  expect(await answers((await start()).url)).toBe(true)
})

test('a pid file that names a stranger concerns no stranger', async () => {
  await (await start()).stop()
  const stranger = spawn('sleep', ['60'], { stdio: 'ignore' })
  const lines = [stranger.pid, path.join(dir, 'postgres'), '1700000000', '1', '', '127.0.0.1', '', 'ready', '']
  await writeFile(path.join(dir, 'postgres/postmaster.pid'), lines.join('\n'))
  expect(await answers((await start()).url)).toBe(true)
  expect([stranger.exitCode, stranger.signalCode]).toEqual([null, null])
  await kill(stranger)
})

test('a server that dies is started again on its port with all its data', async () => {
  const { url } = await start()
  await query(url, 'create table kept as select 42 as answer')
  await query(url, 'checkpoint') // without fsync a killed server may lose what is newer
  process.kill(await pidOfServer(), 'SIGKILL')
  await expect.poll(() => query(url, 'select answer from kept').catch(() => null), { timeout: 20_000 }).toEqual([42])
})

test('a server that was stopped stays stopped', async () => {
  const server = await start()
  const pid = await pidOfServer()
  await Promise.all([server.stop(), server.stop()])
  await sleep(300)
  expect(() => process.kill(pid, 0)).toThrow('ESRCH')
})

test('secrets are for the owner only, and a lost password is a clear sentence', async () => {
  const { child } = await startElsewhere()
  await kill(child)
  for (const name of ['postgres-password', 'postgres.log']) expect((await stat(path.join(dir, name))).mode & 0o777).toBe(0o600)
  const password = await readFile(path.join(dir, 'postgres-password'))
  await writeFile(path.join(dir, 'postgres-password'), 'another')
  await expect(start()).rejects.toThrow(/refuses the password in its file postgres-password/)
  await writeFile(path.join(dir, 'postgres-password'), password)
  await start()
})
