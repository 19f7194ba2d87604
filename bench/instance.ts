/** An instance as its own process under load: memory at rest, home timeline, posting, signed inbox. */
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Pool } from 'undici'
import { freePort, type InstanceProcess, scratch, startInstance, vivim } from '../demo/instance-process.ts'
import { personWith } from '../demo/person.ts'
import { asFastAsPossible, atRate } from './load.ts'
import { startRemoteActor } from './remote-actor.ts'
import { type Bench, percentile, type Row } from './rows.ts'
import { OWNER, populate } from './world.ts'

export const instanceBench: Bench = {
  metrics: ['rss.idle', 'timeline.home.p95', 'status.post.p95', 'inbox.signed'],
  async run({ quick, say }) {
    const place = await scratch('bench')
    const port = await freePort()
    const dataDir = path.join(place.dir, 'data')
    await populate(dataDir, port, quick ? 10_000 : 100_000, say)
    const start = { dataDir, port, env: { VIVIM_RATE_LIMITS: 'false' } }
    await catchUp(await startInstance(start))
    const instance = await startInstance(start)
    try {
      const idle = await rssIdle(instance)
      const token = await tokenFor(instance, port)
      return [idle, await homeTimeline(instance, token, quick), await posting(instance, token, quick), await inbox(instance, token, quick, say)]
    } finally {
      await instance.stop()
      await place.remove()
    }
  },
}

/** A log written while nobody delivered is looked through for deliveries first: waits until the process has nothing to do, then stops it. */
async function catchUp(instance: InstanceProcess): Promise<void> {
  let before = -1_000
  for (let used = await cpuMs(instance); used - before > 20; used = await cpuMs(instance)) {
    before = used
    await sleep(1_000)
  }
  await instance.stop()
}

/** Processor time the process has used, user and system, milliseconds. */
async function cpuMs({ pid }: InstanceProcess): Promise<number> {
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(' ')
  return (Number(fields[13]) + Number(fields[14])) * 10
}

/** Resident memory of the Node process, megabytes of 10⁶ bytes, five seconds after it was ready. */
async function rssIdle(instance: InstanceProcess): Promise<Row> {
  await sleep(5_000)
  const kib = Number(/VmRSS:\s+(\d+) kB/.exec(await readFile(`/proc/${instance.pid}/status`, 'utf8'))?.[1])
  return { metric: 'rss.idle', value: (kib * 1024) / 1e6, unit: 'MB', target: { atMost: 200 } }
}

async function tokenFor(instance: InstanceProcess, port: number): Promise<string> {
  const made = await vivim(
    instance.dataDir,
    { PORT: String(port) },
    'token',
    'create',
    '--account',
    OWNER.username,
    '--scopes',
    'read write follow',
    '--json',
  )
  if (made.code !== 0) throw new Error(made.stdout + made.stderr)
  return (JSON.parse(made.stdout) as { token: string }).token
}

async function homeTimeline(instance: InstanceProcess, token: string, quick: boolean): Promise<Row> {
  const client = new Pool(instance.origin, { connections: 16 })
  const read = async () => {
    const { statusCode, body } = await client.request({
      method: 'GET',
      path: '/api/v1/timelines/home?limit=40',
      headers: { authorization: `Bearer ${token}` },
    })
    const page = (await body.json()) as unknown[]
    if (statusCode !== 200 || page.length !== 40) throw new Error(`home timeline answered ${statusCode} with ${page.length} statuses`)
  }
  await atRate(50, 100, read)
  const samples = await atRate(50, quick ? 250 : 1_000, read)
  await client.close()
  return { metric: 'timeline.home.p95', value: percentile(samples, 0.95), unit: 'ms', target: { atMost: 15 } }
}

async function posting(instance: InstanceProcess, token: string, quick: boolean): Promise<Row> {
  const client = new Pool(instance.origin, { connections: 8 })
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const post = async (n: number) => {
    const { statusCode, body } = await client.request({
      method: 'POST',
      path: '/api/v1/statuses',
      headers,
      body: JSON.stringify({ status: `Measured post ${n} #bench` }),
    })
    await body.dump()
    if (statusCode !== 200) throw new Error(`posting answered ${statusCode}`)
  }
  await atRate(10, 20, post)
  const samples = await atRate(10, quick ? 60 : 200, post)
  await client.close()
  return { metric: 'status.post.p95', value: percentile(samples, 0.95), unit: 'ms', target: { atMost: 60 } }
}

/** Accepted, durable and dispatched activities per second: Create(Note), each with its own HTTP signature, from an actor the owner follows. */
async function inbox(instance: InstanceProcess, token: string, quick: boolean, say: (text: string) => void): Promise<Row> {
  const actor = await startRemoteActor('tide')
  const { client } = personWith(instance.origin, OWNER.username, token)
  const { accounts } = await client.v2.search.list({ q: actor.uri, resolve: true, type: 'accounts' })
  const account = accounts[0]
  if (account === undefined) throw new Error('the remote actor was not found')
  await client.v1.accounts.$select(account.id).follow()

  const count = quick ? 1_500 : 6_000
  const warm = 300
  say(`signing ${count + warm} activities`)
  const posts = Array.from({ length: count + warm }, (_, n) => actor.create(instance.origin, n))
  const pool = new Pool(instance.origin, { connections: 16 })
  const send = (offset: number) => async (n: number) => {
    const post = posts[n + offset]
    if (post === undefined) throw new Error('not enough activities')
    const { statusCode, body } = await pool.request({ method: 'POST', path: post.path, headers: post.headers, body: post.body })
    const answer = await body.text()
    if (statusCode !== 202) throw new Error(`the inbox answered ${statusCode}: ${answer}`)
  }
  await asFastAsPossible(16, warm, send(0))
  const rate = await asFastAsPossible(16, count, send(warm))
  await pool.close()
  await actor.close()
  return { metric: 'inbox.signed', value: rate, unit: 'activities/s', target: { atLeast: 500 } }
}
