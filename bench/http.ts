/** Posts that people signed on their own devices, sent to an instance over HTTP in batches: judged by its rules, checked, durable when answered. */
import path from 'node:path'
import { Pool } from 'undici'
import { freePort, scratch, startInstance, vivim } from '../demo/instance-process.ts'
import { readConfig } from '../src/config.ts'
import type { EventData } from '../src/events/catalogue.ts'
import { snowflake } from '../src/events/snowflake.ts'
import { openInstance } from '../src/instance.ts'
import { type Cbor, encode } from '../src/ledger/cbor.ts'
import type { SignedCommit } from '../src/ledger/types.ts'
import { Device, type Said } from './device.ts'
import type { Bench } from './rows.ts'
import { OWNER, populate } from './world.ts'

const CLIENTS = 8
const BATCH = 100
const WARM_UP = 1_600

export const httpBench: Bench = {
  metrics: ['http.append'],
  async run({ quick, say }) {
    const place = await scratch('bench')
    const port = await freePort()
    const dataDir = path.join(place.dir, 'data')
    try {
      await populate(dataDir, port, 100, say)
      const count = (quick ? 8_000 : 40_000) + WARM_UP
      say(`http.append: signing ${count.toLocaleString('en')} posts`)
      const bodies = await signedBodies(dataDir, port, count)
      const instance = await startInstance({ dataDir, port, env: { VIVIM_RATE_LIMITS: 'false' } })
      try {
        const headers = { authorization: `Bearer ${await tokenOf(dataDir, port)}`, 'content-type': 'application/cbor' }
        const client = new Pool(instance.origin, { connections: CLIENTS })
        const send = async (body: Uint8Array) => {
          const answer = await client.request({ method: 'POST', path: '/api/vivim/v1/events', headers, body })
          const text = await answer.body.text()
          const { results = [] } = JSON.parse(text) as { results?: { ok: boolean }[] }
          if (answer.statusCode !== 200 || results.length !== BATCH || results.some(({ ok }) => !ok))
            throw new Error(`${answer.statusCode}: ${text.slice(0, 500)}`)
        }
        const all = (from: number, to: number) =>
          Promise.all(
            bodies.map(async (chain) => {
              for (const body of chain.slice(from, to)) await send(body)
            }),
          )
        const warm = WARM_UP / CLIENTS / BATCH
        await all(0, warm)
        const began = performance.now()
        await all(warm, Infinity)
        const seconds = (performance.now() - began) / 1000
        await client.close()
        return [{ metric: 'http.append', value: (count - WARM_UP) / seconds, unit: 'events/s', target: { atLeast: 6_000 } }]
      } finally {
        await instance.stop()
      }
    } finally {
      await place.remove()
    }
  },
}

/** For each client, a device of the owner's and its batches, in order. */
async function signedBodies(dataDir: string, port: number, count: number): Promise<readonly (readonly Uint8Array[])[]> {
  const instance = await openInstance(readConfig({ VIVIM_DATA: dataDir, PORT: String(port) }), { listen: false, log: () => {} })
  try {
    const { rows } = await instance.pool.query<Author>(`select id::text, uri, url from social.account where role = 'owner'`)
    const [author] = rows
    if (author === undefined) throw new Error('there is no owner')
    const chains: Uint8Array[][] = []
    for (let client = 0; client < CLIENTS; client++) {
      const device = await Device.add(instance.ledger, `account/${author.id}`)
      const said = (n: number) => postOf(author, client * count + n, (uri) => instance.ledger.streamName('status', uri))
      const batch = (from: number) => Array.from({ length: BATCH }, (_, n) => device.sign([said(from + n)]))
      chains.push(Array.from({ length: count / CLIENTS / BATCH }, (_, n) => bodyOf(batch(n * BATCH))))
    }
    return chains
  } finally {
    await instance.close()
  }
}

type Author = { readonly id: string; readonly uri: string; readonly url: string }

/** What the instance would make of these words. */
function postOf({ id: accountId, uri, url }: Author, n: number, streamOf: (uri: string) => string): Said {
  const time = Date.now()
  const id = snowflake(time - 3_600_000 + Math.floor(n / 65_536), n)
  const text = `Post ${n}: ${'the tide comes in, the tide goes out, and somebody writes it down. '.repeat(4)}`.trim()
  const data: EventData['status:create'] = {
    id,
    accountId,
    uri: `${uri}/statuses/${id}`,
    url: `${url}/${id}`,
    createdAt: new Date(time - 3_600_000 + Math.floor(n / 65_536)).toISOString(),
    visibility: 'public',
    inReplyToId: null,
    inReplyToAccountId: null,
    inReplyToUri: null,
    local: true,
    application: null,
    text,
    content: `<p>${text}</p>`,
    spoilerText: '',
    sensitive: false,
    language: 'en',
    media: [],
    mentions: [],
    tags: [],
    emojis: [],
  }
  return { type: 'status:create', stream: streamOf(data.uri), bytes: Buffer.from(JSON.stringify(data)) }
}

/** The compact form. @see docs/formats.md */
const bodyOf = (commits: readonly SignedCommit[]): Uint8Array =>
  encode(
    commits.map(({ commit, signature, parts }): Cbor => [commit, signature, parts.map(({ event, index, r, bytes }) => [event, index, r, bytes])]),
  )

async function tokenOf(dataDir: string, port: number): Promise<string> {
  const made = await vivim(dataDir, { PORT: String(port) }, 'token', 'create', '--account', OWNER.username, '--scopes', 'read write', '--json')
  if (made.code !== 0) throw new Error(made.stdout + made.stderr)
  return (JSON.parse(made.stdout) as { token: string }).token
}
