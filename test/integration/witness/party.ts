/** An instance as far as witnessing goes: ledger, witnessing and the public log on a database and a socket of its own. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import Fastify, { type FastifyInstance } from 'fastify'
import pg from 'pg'
import { inject } from 'vitest'
import { registerLog } from '../../../src/api/log/register.ts'
import { Witnessing } from '../../../src/federation/witness/witnessing.ts'
import { createFetch, type Fetch } from '../../../src/host/fetch.ts'
import { Ledger } from '../../../src/ledger/ledger.ts'
import { freshDatabase } from '../../support/postgres.ts'

export const SECRET = new Uint8Array(32).fill(9)

export type Logged = { readonly level: string; readonly message: string; readonly fields: unknown }

export type Party = {
  readonly origin: string
  /** Where its server listens, e.g. `http://127.0.0.1:40123`. */
  readonly url: string
  readonly dataDir: string
  readonly policyFile: string
  databaseUrl: string
  pool: pg.Pool
  ledger: Ledger
  witnessing: Witnessing
  readonly logged: Logged[]
  /** Lets go of everything but the data directory, and starts again: from another database when one is given. */
  restart(databaseUrl?: string): Promise<void>
  /** As a killed process: nothing is written any more. */
  stop(): Promise<void>
  /** A copy of its database as it is now. Stops it. @returns connection string of the copy */
  copy(): Promise<string>
  /** Its trust policy from the next start on. */
  trust(policy: string): Promise<void>
  close(): Promise<void>
}

/** @param host  names its log: `<host>/log/1` */
export async function openParty(host: string, policy?: string): Promise<Party> {
  const database = await freshDatabase()
  await database.pool.end()
  const dataDir = await mkdtemp(path.join(tmpdir(), 'vivim-party-'))
  const policyFile = path.join(dataDir, 'policy')
  if (policy !== undefined) await writeFile(policyFile, policy)
  const fetch = createFetch({ allow: ['127.0.0.0/8'], userAgent: 'test' })
  const logged: Logged[] = []
  let server: FastifyInstance | null = null
  let port = 0

  const party: Party = {
    origin: `https://${host}`,
    get url() {
      return `http://127.0.0.1:${port}`
    },
    dataDir,
    policyFile,
    databaseUrl: database.url,
    logged,
    ...(await start(database.url)),
    async restart(databaseUrl = party.databaseUrl) {
      await party.stop()
      party.databaseUrl = databaseUrl
      Object.assign(party, await start(databaseUrl))
    },
    async stop() {
      await server?.close()
      await party.witnessing.close()
      await party.ledger.close()
      if (!party.pool.ended) await party.pool.end()
    },
    async copy() {
      await party.stop()
      return copyDatabase(party.databaseUrl)
    },
    trust: (text) => writeFile(policyFile, text),
    async close() {
      await party.stop()
      await fetch.close()
      await rm(dataDir, { recursive: true })
    },
  }

  async function start(databaseUrl: string) {
    const pool = new pg.Pool({ connectionString: databaseUrl, max: 10 })
    pool.on('error', () => {})
    const log = (level: string, message: string, fields?: unknown) => void logged.push({ level, message, fields })
    const ledger = await Ledger.open({ pool, databaseUrl, origin: `https://${host}`, secret: SECRET, log, leaseWaitMs: 2_000 })
    const witnessing = await openWitnessing(pool, ledger, fetch, log)
    server = Fastify({ forceCloseConnections: true })
    registerLog(server, ledger)
    await witnessing.register(server)
    await server.listen({ host: '127.0.0.1', port })
    port = Number(new URL(server.listeningOrigin).port)
    witnessing.start()
    return { pool, ledger, witnessing }
  }

  function openWitnessing(pool: pg.Pool, ledger: Ledger, fetch: Fetch, log: (level: string, message: string, fields?: unknown) => void) {
    const config = { dataDir, policyFile, rateLimits: false }
    return Witnessing.open({ config, pool, ledger, fetch, now: Date.now, log, patienceMs: 2_000, pauseMs: 20, retryMs: 200 })
  }

  return party
}

/** The instance signs its genesis, and `count` entries more. */
export async function begin(party: Party, count: number): Promise<void> {
  const { genesis } = await party.ledger.createIdentity('instance')
  await party.ledger.append({ signer: 'instance', lane: 'public', events: [genesis] })
  await grow(party, count)
}

/** Public and private entries in turn, each with a payload; with `inline` public ones whose payload is part of what is signed. */
export async function grow({ ledger }: Party, count: number, inline = false): Promise<void> {
  const { size } = ledger.head()
  for (let i = size; i < size + count; i++) {
    const part = { codec: 'json' as const, bytes: Buffer.from(JSON.stringify({ entry: i })), ...(inline ? { inline: true } : {}) }
    const events = [{ type: 'status:create', schema: 1, stream: `entry/${i % 7}`, parts: [part] }]
    await ledger.append({ signer: 'instance', lane: inline || i % 2 === 0 ? 'public' : 'private', events })
  }
}

/** A policy line for each of these parties as witnesses, and a quorum of `k`. */
export function policyOf(k: number, ...witnesses: readonly Party[]): string {
  const lines = witnesses.map(({ witnessing, url }, i) => `witness w${i} ${witnessing.keys.verifierKeys[0]} ${url}/witness`)
  return `${lines.join('\n')}\ngroup all-of-them ${k} ${witnesses.map((_, i) => `w${i}`).join(' ')}\nquorum all-of-them\n`
}

export const logLine = ({ ledger, url }: Party): string => `log ${ledger.verifierKey} ${url}/log`

async function copyDatabase(url: string): Promise<string> {
  const source = new URL(url).pathname.slice(1)
  const name = `${source}_${Math.random().toString(36).slice(2, 8)}`
  const client = new pg.Client({ connectionString: inject('postgresUrl') })
  await client.connect()
  await client.query(`create database ${name} template ${source}`).finally(() => client.end())
  const copy = new URL(url)
  copy.pathname = `/${name}`
  return copy.href
}
