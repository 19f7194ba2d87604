/**
 * A whole instance without sockets for a test: real ledger, handlers, projections and HTTP routes on a database of its own.
 * Speak to it with `app.inject()`. Other servers do not exist, unless the test gives `resolve`.
 */
import { generateKeyPairSync } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify'
import type { ApiDeps } from '../../src/api/deps.ts'
import { perform } from '../../src/api/deps.ts'
import { secretHash } from '../../src/api/oauth/secrets.ts'
import { buildServer, type ServerOptions } from '../../src/api/server.ts'
import type { ActorLinks, Profile } from '../../src/events/catalogue.ts'
import { EMPTY_PROFILE } from '../../src/events/profile.ts'
import { snowflakes } from '../../src/events/snowflake.ts'
import { createExecute } from '../../src/handlers/execute.ts'
import { createFetch } from '../../src/host/fetch.ts'
import { Ledger } from '../../src/ledger/ledger.ts'
import { Projections } from '../../src/projections/projections.ts'
import { openVault } from '../../src/vault.ts'
import { freshDatabase } from './postgres.ts'

export type TestAccount = { readonly id: string; readonly name: string; readonly token: string }

export type TestInstance = {
  readonly app: FastifyInstance
  readonly deps: ApiDeps
  /** A person with a token for everything. */
  createAccount(name: string, profile?: Partial<Profile>): Promise<TestAccount>
  /** A person of another server, as if they had been met before. */
  discover(username: string, domain: string, profile?: Partial<Profile>): Promise<{ readonly id: string; readonly uri: string }>
  /** Another token of the account (null: of an application itself). */
  createToken(accountId: string | null, scopes: readonly string[], expiresAt?: Date): Promise<{ readonly token: string; readonly grantId: string }>
  /** `inject` with a token and, for a body that is an object, as JSON. */
  ask(method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', url: string, options?: AskOptions): Promise<LightMyRequestResponse>
  close(): Promise<void>
}

export type AskOptions = { readonly as?: { readonly token: string }; readonly body?: object; readonly headers?: Readonly<Record<string, string>> }

export type TestOptions = {
  readonly origin?: string
  readonly resolve?: Partial<ApiDeps['resolve']>
  readonly now?: () => number
  readonly rateLimits?: boolean
  /** A new instance that nobody has set up, with this one-time token. */
  readonly setupToken?: string
  readonly trustedProxies?: readonly string[]
  /** Private networks that may be reached, e.g. `['127.0.0.1/32']` for a model of the test's own. */
  readonly outboundAllow?: readonly string[]
  /** False: what is said is not learnt from, for tests that record what is known themselves. */
  readonly learns?: boolean
  /** More routes, as the composition root adds them. */
  readonly register?: ServerOptions['register']
}

/** Argon2id as cheap as it gets: what a password costs is tested where it is decided. */
const CHEAP = { memory: 8, passes: 1, parallelism: 1 } as const

export const TEST_ORIGIN = 'https://here.example'

export async function testInstance(options: TestOptions = {}): Promise<TestInstance> {
  const {
    origin = TEST_ORIGIN,
    resolve,
    now = Date.now,
    rateLimits = false,
    setupToken,
    trustedProxies = [],
    outboundAllow = [],
    learns = true,
    register,
  } = options
  const database = await freshDatabase()
  const dataDir = await mkdtemp(path.join(tmpdir(), 'vivim-test-'))
  const { pool, url: databaseUrl } = database
  const ledger = await Ledger.open({ pool, databaseUrl, origin, secret: new Uint8Array(32).fill(7), now })
  const projections = await Projections.open({ pool, ledger })
  const config = { origin, dataDir, trustedProxies, rateLimits, logLevel: 'silent' }
  const fetch = createFetch({ allow: outboundAllow, userAgent: 'VIVIM test' })
  const parts = { config, pool, ledger, projections, execute: createExecute({ ledger }), newId: snowflakes(now, Math.random), now, log: () => {} }
  const vault = await openVault({ ...parts, databaseUrl, fetch }, { learns })
  const deps: ApiDeps = {
    ...parts,
    resolve: { account: async () => null, status: async () => null, ...resolve },
    setupToken: () => setupToken ?? null,
    vault,
    passwordCost: CHEAP,
  }
  const founding = { do: 'SetUpInstance', data: { title: 'Test', origin, software: 'vivim test' } } as const
  if (setupToken === undefined) await perform(deps, { by: 'instance', lane: 'public', commands: [founding] })
  const app = await buildServer(deps, register === undefined ? {} : { register })
  let people = 0

  const createToken: TestInstance['createToken'] = async (accountId, scopes, expiresAt) => {
    const [grantId, token] = [deps.newId(), `token-${deps.newId()}`]
    const expiry = expiresAt?.toISOString() ?? null
    const data = { id: grantId, tokenHash: secretHash(token), appId: null, accountId, scopes, at: isoOf(now), expiresAt: expiry }
    await perform(deps, { by: 'instance', lane: 'private', commands: [{ do: 'Grant', data }] })
    return { token, grantId }
  }

  return {
    app,
    deps,
    createToken,
    async createAccount(name, profile = {}) {
      const id = deps.newId()
      const role = people++ === 0 ? 'owner' : 'user'
      const links = linksOf(origin, name)
      const keys = [{ id: `${links.uri}#main-key`, kind: 'rsa', material: rsaKey() }] as const
      const data = { id, username: name, role, createdAt: isoOf(now), profile: { ...PROFILE, ...profile }, links, keys } as const
      const credential = { id, email: null, passwordHash: '$argon2id$never' }
      await perform(deps, { by: { account: id }, lane: 'public', commands: [{ do: 'CreateAccount', data, credential }] })
      return { id, name, token: (await createToken(id, ['read', 'write', 'follow', 'push', 'profile', 'memory'])).token }
    },
    async discover(username, domain, profile = {}) {
      const id = deps.newId()
      const links = linksOf(`https://${domain}`, username)
      const data = { id, username, domain, createdAt: isoOf(now), type: 'Person', profile: { ...PROFILE, ...profile }, links, keys: [] } as const
      await perform(deps, { by: 'instance', lane: 'private', commands: [{ do: 'DiscoverActor', data }] })
      return { id, uri: links.uri }
    },
    ask(method, url, { as, body, headers = {} } = {}) {
      const authorization = as === undefined ? {} : { authorization: `Bearer ${as.token}` }
      const request: InjectOptions = { method, url, headers: { ...authorization, ...headers } }
      return app.inject(body === undefined ? request : { ...request, payload: body })
    },
    async close() {
      await app.close()
      await vault.close()
      await fetch.close()
      await projections.close()
      await ledger.close()
      await database.drop()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

const isoOf = (now: () => number): string => new Date(now()).toISOString()

let rsa: string | undefined

/** One key for everybody: making them is slow, and nobody signs HTTP messages here. */
function rsaKey(): string {
  rsa ??= generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  }).publicKey
  return rsa
}

function linksOf(origin: string, name: string): ActorLinks {
  const uri = `${origin}/users/${name}`
  return {
    uri,
    url: `${origin}/@${name}`,
    inbox: `${uri}/inbox`,
    sharedInbox: `${origin}/inbox`,
    outbox: `${uri}/outbox`,
    followers: `${uri}/followers`,
    following: `${uri}/following`,
    featured: `${uri}/collections/featured`,
  }
}

const PROFILE: Profile = { ...EMPTY_PROFILE, discoverable: true, defaultLanguage: 'en' }
