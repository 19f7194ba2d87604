/** Background jobs keep the same promises on PostgreSQL and, where a server is installed, on Redis. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createJobs, type Jobs } from '../../../src/host/jobs.ts'
import { freshDatabase, type TestDatabase } from '../../support/postgres.ts'
import { eventually, freePort } from './instance.ts'

const hasRedis = spawnSync('redis-server', ['--version']).status === 0

let database: TestDatabase
let redis: ChildProcess | null = null
let redisDirectory = ''
let redisUrl = ''

beforeAll(async () => {
  database = await freshDatabase()
  if (!hasRedis) return
  const port = await freePort()
  redisDirectory = await mkdtemp(path.join(tmpdir(), 'vivim-redis-'))
  redis = spawn('redis-server', ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', redisDirectory], { stdio: 'ignore' })
  redisUrl = `redis://127.0.0.1:${port}`
})

afterAll(async () => {
  if (redis !== null) {
    const ended = new Promise((resolve) => redis?.once('exit', resolve))
    redis.kill()
    await ended
    await rm(redisDirectory, { recursive: true, force: true })
  }
  await database.drop()
})

describe.each(hasRedis ? ['PostgreSQL', 'Redis'] : ['PostgreSQL'])('jobs on %s', (backend) => {
  const open: Jobs[] = []
  const start = (): Jobs => {
    const jobs = createJobs({ databaseUrl: database.url, redisUrl: backend === 'Redis' ? redisUrl : null })
    open.push(jobs)
    return jobs
  }
  afterEach(async () => {
    for (const jobs of open.splice(0)) await jobs.close()
  })

  it('every job runs, with its data', async () => {
    const seen: number[] = []
    const queue = await start().define<{ n: number }>({ name: `every-${backend}`, concurrency: 4, run: async ({ n }) => void seen.push(n) })
    for (let n = 0; n < 20; n++) await queue.add({ n })
    await eventually('all jobs', async () => seen.length === 20)
    expect(seen.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, n) => n))
  })

  it('a job that fails is tried again, as often as it may', async () => {
    let tries = 0
    const queue = await start().define({
      name: `again-${backend}`,
      concurrency: 1,
      attempts: 3,
      run: async () => (++tries < 2 ? Promise.reject(new Error('not yet')) : undefined),
    })
    await queue.add({})
    await eventually('the second try', async () => tries === 2)
  })

  it('a job under the id of one that waits is not added twice; one under a delay waits', async () => {
    const seen: string[] = []
    const at = Date.now()
    const queue = await start().define<{ name: string }>({
      name: `once-${backend}`,
      concurrency: 1,
      run: async ({ name }) => void seen.push(`${name} ${Date.now() - at >= 400}`),
    })
    await queue.add({ name: 'a' }, { id: 'https://host:1234/x', delayMs: 400 })
    await queue.add({ name: 'b' }, { id: 'https://host:1234/x', delayMs: 400 })
    await eventually('the one job', async () => seen.length > 0)
    expect(seen).toEqual(['a true'])
  })

  it('closing waits for what runs; what waits is there for the next process', async () => {
    const seen: number[] = []
    const slow = async ({ n }: { n: number }) => {
      await new Promise((resolve) => setTimeout(resolve, 100))
      seen.push(n)
    }
    const first = start()
    const queue = await first.define({ name: `later-${backend}`, concurrency: 1, run: slow })
    for (let n = 0; n < 5; n++) await queue.add({ n })
    await eventually('the first job', async () => seen.length > 0)
    await first.close()
    open.splice(open.indexOf(first), 1)
    const done = seen.length
    expect(done).toBeLessThan(5)
    await start().define({ name: `later-${backend}`, concurrency: 1, run: slow })
    await eventually('the rest', async () => seen.length === 5)
    expect(new Set(seen).size).toBe(5)
  })

  it('two instances never run each other’s jobs', async () => {
    const other = await freshDatabase()
    const seen: string[] = []
    const redis = backend === 'Redis' ? redisUrl : null
    const theirs = createJobs({ databaseUrl: other.url, redisUrl: redis, prefix: 'vivim:other.example' })
    const definition = (who: string) => ({ name: `shared-${backend}`, concurrency: 1, run: async () => void seen.push(who) })
    await theirs.define(definition('theirs'))
    const mine = await start().define(definition('mine'))
    for (let n = 0; n < 10; n++) await mine.add({})
    await eventually('all jobs', async () => seen.length === 10)
    expect(new Set(seen)).toEqual(new Set(['mine']))
    await theirs.close()
    await other.drop()
  })
})
