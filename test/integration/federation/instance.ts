/** A federating instance on a loopback port, without the client API: real ledger, read tables, sockets, jobs and deliveries. */
import { createServer } from 'node:net'
import Fastify, { type FastifyInstance } from 'fastify'
import type { ActorLinks, Profile, StatusBody, StatusIdentity } from '../../../src/events/catalogue.ts'
import { EMPTY_PROFILE } from '../../../src/events/profile.ts'
import { snowflakes } from '../../../src/events/snowflake.ts'
import { createDelivery, type Delivery } from '../../../src/federation/delivery/delivery.ts'
import type { Limits } from '../../../src/federation/limiter.ts'
import { registerFederation } from '../../../src/federation/register.ts'
import { createResolver, type Resolver } from '../../../src/federation/resolver.ts'
import { urisOf } from '../../../src/federation/uris.ts'
import type { Execute, Outcome, Request } from '../../../src/handlers/commands.ts'
import { createExecute } from '../../../src/handlers/execute.ts'
import { createAccountKeys } from '../../../src/host/actor-keys.ts'
import { createFetch, type Fetch } from '../../../src/host/fetch.ts'
import { createJobs } from '../../../src/host/jobs.ts'
import { Ledger } from '../../../src/ledger/ledger.ts'
import { Projections } from '../../../src/projections/projections.ts'
import { freshDatabase, type TestDatabase } from '../../support/postgres.ts'

export type Person = { readonly id: string; readonly username: string; readonly uri: string }

export type FederatingInstance = {
  readonly origin: string
  readonly host: string
  /** Of the socket, on 127.0.0.1. */
  readonly port: number
  readonly database: TestDatabase
  readonly app: FastifyInstance
  readonly ledger: Ledger
  readonly resolver: Resolver
  readonly delivery: Delivery | null
  readonly execute: Execute
  readonly newId: (at?: number) => string
  readonly logged: readonly string[]
  /** Executes and waits until it can be read. @throws when refused */
  perform(request: Request): Promise<Extract<Outcome, { ok: true }>>
  person(username: string, profile?: Partial<Profile>): Promise<Person>
  post(author: Person, post: Partial<StatusBody & StatusIdentity> & { readonly content: string }): Promise<StatusIdentity & StatusBody>
  follow(follower: Person, targetId: string): Promise<string>
  /** Everything recorded is readable. */
  settled(): Promise<void>
  /** Stops; the database stays when `keep`. */
  close(keep?: boolean): Promise<void>
}

export type InstanceOptions = {
  readonly port?: number
  readonly database?: TestDatabase
  /** Public name when it is not the socket's. */
  readonly origin?: string
  readonly now?: () => number
  readonly fetch?: Fetch
  /** False: nothing is ever sent. */
  readonly deliver?: boolean
  /** Default: none. */
  readonly limits?: Limits
}

export const PROFILE: Profile = { ...EMPTY_PROFILE, discoverable: true, indexable: true }

export const BODY: StatusBody = {
  text: null,
  content: '',
  spoilerText: '',
  sensitive: false,
  language: null,
  media: [],
  mentions: [],
  tags: [],
  emojis: [],
}

export async function federatingInstance(options: InstanceOptions = {}): Promise<FederatingInstance> {
  const port = options.port ?? (await freePort())
  const origin = options.origin ?? `http://127.0.0.1:${port}`
  const now = options.now ?? Date.now
  const database = options.database ?? (await freshDatabase())
  const { pool, url: databaseUrl } = database
  const logged: string[] = []
  const log = (level: string, message: string, fields: object = {}) =>
    void (level !== 'debug' && logged.push(`${level} ${message} ${JSON.stringify(fields)}`))
  const ledger = await Ledger.open({ pool, databaseUrl, origin, secret: new Uint8Array(32).fill(7), now })
  const projections = await Projections.open({ pool, ledger })
  const execute = createExecute({ ledger })
  const newId = snowflakes(now, Math.random)
  const config = { origin }
  const fetch = options.fetch ?? createFetch({ allow: ['127.0.0.0/8'], userAgent: 'vivim test' })
  const resolver = createResolver({ config, pool, ledger, projections, execute, newId, now, fetch, log })
  const jobs = createJobs({ databaseUrl, redisUrl: null, log })
  const delivery = options.deliver === false ? null : await createDelivery({ config, pool, ledger, projections, jobs, fetch, now, log })
  const app = Fastify({ logger: false, forceCloseConnections: true })
  await registerFederation(app, {
    pool,
    newId,
    now,
    execute,
    log,
    resolver,
    limits: options.limits ?? null,
    delivery: delivery ?? { heardFrom: () => {} },
  })
  await app.listen({ host: '127.0.0.1', port })

  const settled = async () => void (ledger.head().size > 0 && (await projections.waitFor(ledger.head().size - 1)))
  const perform = async (request: Request) => {
    const outcome = await execute(request)
    if (!outcome.ok) throw new Error(`${outcome.refusal.code}: ${outcome.refusal.message}`)
    await settled()
    return outcome
  }
  if (options.database === undefined)
    await perform({ by: 'instance', lane: 'public', commands: [{ do: 'SetUpInstance', data: { title: 'Test', origin, software: 'vivim test' } }] })
  const uris = urisOf(origin)
  const iso = () => new Date(now()).toISOString()
  let people = 0

  return {
    origin,
    host: uris.host,
    port,
    database,
    app,
    ledger,
    resolver,
    delivery,
    execute,
    newId,
    logged,
    perform,
    settled,

    async person(username, profile = {}) {
      const id = newId()
      const uri = uris.actor(username)
      const links: ActorLinks = {
        uri,
        url: uris.profile(username),
        inbox: uris.inbox(username),
        sharedInbox: uris.sharedInbox,
        outbox: uris.outbox(username),
        followers: uris.followers(username),
        following: uris.following(username),
        featured: uris.featured(username),
      }
      const keys = await createAccountKeys(ledger.keyring, id, uri)
      const role = people++ === 0 ? 'owner' : 'user'
      const data = { id, username, role, createdAt: iso(), profile: { ...PROFILE, ...profile }, links, keys } as const
      await perform({
        by: { account: id },
        lane: 'public',
        commands: [{ do: 'CreateAccount', data, credential: { id, email: null, passwordHash: '$argon2id$never' } }],
      })
      return { id, username, uri }
    },

    async post(author, given) {
      const id = newId()
      const status: StatusIdentity & StatusBody = {
        ...BODY,
        id,
        accountId: author.id,
        uri: uris.status(author.username, id),
        url: uris.page(author.username, id),
        createdAt: iso(),
        visibility: 'public',
        inReplyToId: null,
        inReplyToAccountId: null,
        inReplyToUri: null,
        local: true,
        application: null,
        text: given.content,
        ...given,
      }
      await perform({ by: { account: author.id }, lane: 'private', commands: [{ do: 'PostStatus', status }] })
      return status
    },

    async follow(follower, targetId) {
      const uri = `${follower.uri}#follows/${newId()}`
      const data = { accountId: follower.id, targetId, uri, at: iso(), state: 'requested', reblogs: true, notify: false, languages: null } as const
      await perform({ by: { account: follower.id }, lane: 'private', commands: [{ do: 'Follow', data }] })
      return uri
    },

    async close(keep = false) {
      await app.close()
      await delivery?.close()
      await jobs.close()
      if (options.fetch === undefined) await fetch.close()
      await projections.close()
      await ledger.close()
      if (!keep) await database.drop()
    },
  }
}

export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}

/** The first value that is there, looked for every 20 ms. @throws after `timeoutMs` */
export async function eventually<T>(what: string, look: () => Promise<T | null | undefined | false>, timeoutMs = 10_000): Promise<T> {
  const end = Date.now() + timeoutMs
  for (;;) {
    const found = await look()
    if (found !== null && found !== undefined && found !== false) return found
    if (Date.now() > end) throw new Error(`timed out waiting for ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
