/** The parts of an instance that talking to models needs, opened on a database that another process may have had before. */
import { generateKeyPairSync } from 'node:crypto'
import pg from 'pg'
import { type Chat, createChat } from '../../../src/assistants/chat/chat.ts'
import { EMPTY_PROFILE } from '../../../src/events/profile.ts'
import { snowflakes } from '../../../src/events/snowflake.ts'
import type { Request } from '../../../src/handlers/commands.ts'
import { createExecute } from '../../../src/handlers/execute.ts'
import { createFetch } from '../../../src/host/fetch.ts'
import { Ledger } from '../../../src/ledger/ledger.ts'
import { Projections } from '../../../src/projections/projections.ts'
import { openVault, type Vault } from '../../../src/vault.ts'

const ORIGIN = 'https://here.example'

export type Parts = {
  readonly pool: pg.Pool
  readonly vault: Vault
  /** Records what comes every 50 ms at first. */
  readonly chat: Chat
  /** Sets the instance up, with one person: their id. */
  readonly found: () => Promise<string>
  readonly close: () => Promise<void>
}

export async function openParts(databaseUrl: string, dataDir: string): Promise<Parts> {
  const pool = new pg.Pool({ connectionString: databaseUrl })
  pool.on('error', () => {})
  const ledger = await Ledger.open({ pool, databaseUrl, origin: ORIGIN, secret: new Uint8Array(32).fill(7), leaseWaitMs: 10_000 })
  const projections = await Projections.open({ pool, ledger })
  const fetch = createFetch({ allow: ['127.0.0.1/32'], userAgent: 'test' })
  const newId = snowflakes(Date.now, Math.random)
  const deps = {
    config: { dataDir },
    pool,
    databaseUrl,
    ledger,
    projections,
    execute: createExecute({ ledger }),
    fetch,
    newId,
    now: Date.now,
    log: () => {},
  }
  const vault = await openVault(deps)
  const chat = createChat({ ...deps, ...vault, checkpointMs: 50 })

  async function record(request: Request): Promise<void> {
    const outcome = await deps.execute(request)
    if (!outcome.ok) throw new Error(outcome.refusal.message)
    if (outcome.position !== null) await projections.waitFor(outcome.position)
  }

  return {
    pool,
    vault,
    chat,
    async found() {
      await record({ by: 'instance', lane: 'public', commands: [{ do: 'SetUpInstance', data: { title: 'Test', origin: ORIGIN, software: 'test' } }] })
      const id = newId()
      const uri = `${ORIGIN}/users/ada`
      const links = { uri, url: uri, inbox: uri, sharedInbox: uri, outbox: uri, followers: uri, following: uri, featured: uri }
      const keys = [{ id: `${uri}#main-key`, kind: 'rsa', material: rsaKey() }] as const
      const data = { id, username: 'ada', role: 'owner', createdAt: new Date().toISOString(), profile: EMPTY_PROFILE, links, keys } as const
      const credential = { id, email: null, passwordHash: '$argon2id$never' }
      await record({ by: { account: id }, lane: 'public', commands: [{ do: 'CreateAccount', data, credential }] })
      return id
    },
    async close() {
      await chat.close()
      await vault.close()
      await fetch.close()
      await projections.close()
      await ledger.close()
      await pool.end()
    },
  }
}

const rsaKey = (): string =>
  generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  }).publicKey
