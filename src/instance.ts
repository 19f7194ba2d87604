/**
 * The instance: every part started in order and stopped in reverse. `main.ts` adds the console, the CLI opens it without a listener.
 *
 *   database → ledger (takes the writer's lease) → projections (catch up) → handlers → jobs, delivery, eraser, resolver → HTTP
 */
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import type { FastifyInstance } from 'fastify'
import pg from 'pg'
import type { ApiDeps } from './api/deps.ts'
import { buildServer } from './api/server.ts'
import { Closers } from './closers.ts'
import type { Config } from './config.ts'
import { startErasing } from './erasing.ts'
import { snowflakes } from './events/snowflake.ts'
import { createDelivery } from './federation/delivery/delivery.ts'
import type { InstanceIdentity } from './federation/identity.ts'
import { USUAL_LIMITS } from './federation/limiter.ts'
import { registerFederation } from './federation/register.ts'
import { createResolver } from './federation/resolver.ts'
import { Witnessing } from './federation/witness/witnessing.ts'
import type { Eraser } from './handlers/erasure/eraser.ts'
import { createExecute } from './handlers/execute.ts'
import { closeWithin, watchConnections } from './host/connections.ts'
import { assertDatabase } from './host/database.ts'
import { createFetch } from './host/fetch.ts'
import { createJobs } from './host/jobs.ts'
import { VERSION } from './host/version.ts'
import { UNFINISHED_MARK } from './ledger/lease.ts'
import { Ledger } from './ledger/ledger.ts'
import { loadSecret } from './ledger/secret.ts'
import { LedgerFault } from './ledger/types.ts'
import { Projections } from './projections/projections.ts'
import { isSetUp } from './projections/read/access.ts'
import { openVault } from './vault.ts'

export type Log = ApiDeps['log']

export type Instance = ApiDeps & {
  readonly config: Config
  readonly projections: Projections
  readonly databaseUrl: string
  /** The instance secret, 32 bytes. */
  readonly secret: Uint8Array
  readonly witnessing: Witnessing
  /** Null when opened without a listener. */
  readonly server: FastifyInstance | null
  /** Null when opened without a listener: what is deleted then is erased when the instance runs, and other servers can be told. */
  readonly eraser: Eraser | null
  /** Stops taking requests, drains the ledger, then leaves the embedded database. Never rejects; safe to call twice. */
  close(): Promise<void>
}

export type OpenOptions = {
  /** False: no HTTP and no deliveries, for commands run while no instance is up. */
  readonly listen?: boolean
  readonly log: Log
  /** Aborted, it opens no further and closes what is open. */
  readonly signal?: AbortSignal
}

/** How long requests under way may take to finish when the instance stops, in ms. */
const GRACE_MS = 5_000

/**
 * @throws {LedgerFault} when another process writes to this database; {PostgresError} when the embedded server cannot start;
 *   {DatabaseError} when that of DATABASE_URL cannot be used; the reason of `signal`
 */
export async function openInstance(config: Config, { listen = true, log, signal }: OpenOptions): Promise<Instance> {
  const closers = new Closers(log)
  try {
    signal?.throwIfAborted()
    return await Promise.race([assemble(config, listen, log, closers), ...(signal === undefined ? [] : [aborted(signal)])])
  } catch (error) {
    await closers.close()
    throw error
  }
}

async function assemble(config: Config, listen: boolean, log: Log, closers: Closers): Promise<Instance> {
  await mkdir(config.dataDir, { recursive: true, mode: 0o711 })
  if (existsSync(path.join(config.dataDir, UNFINISHED_MARK)))
    throw new LedgerFault('GIVE_UP', `A restore into ${config.dataDir} did not end: run vivim restore again.`)
  const secret = await loadSecret(config.secretFile)
  const databaseUrl = await database(config, log, closers)
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 16 })
  pool.on('error', (error) => log('warn', 'an idle database connection failed', { error: error.message }))
  pool.on('connect', (client) => client.on('error', () => {})) // one in use: its query reports it
  closers.add('database connections', () => pool.end())

  const now = Date.now
  const fetch = createFetch({
    allow: config.outboundAllow,
    userAgent: `VIVIM/${VERSION} (+${config.origin}/)`,
    alwaysTls: config.origin.startsWith('https:'),
  })
  closers.add('outbound requests', () => fetch.close())
  const cacheDir = path.join(config.dataDir, 'cache')
  const ledger = await closers.opening('ledger', Ledger.open({ pool, databaseUrl, origin: config.origin, secret, log, cacheDir }), (opened) =>
    opened.close(),
  )
  const witnessing = await Witnessing.open({ config, pool, ledger, fetch, now, log })
  closers.add('witnessing', () => witnessing.close())
  const projections = await Projections.open({ pool, ledger, log })
  closers.add('projections', () => projections.close())
  const execute = createExecute({ ledger })
  const newId = snowflakes(now, Math.random)
  const vaultDeps = { config, pool, databaseUrl, ledger, projections, execute, fetch, newId, now, log }
  const vault = await closers.opening('vault', openVault(vaultDeps, { learns: listen }), (opened) => opened.close())

  const resolve = createResolver({ config, pool, ledger, projections, execute, newId, now, fetch, log })

  const token = randomBytes(16).toString('base64url')
  const state = { setUp: await isSetUp(pool) }
  const setupToken = () => (state.setUp ? null : token)
  const stopWatching = projections.onChanges(() => {
    if (!state.setUp)
      void isSetUp(pool).then(
        (done) => (state.setUp = done),
        () => {},
      )
  })
  closers.add('watch', async () => stopWatching())

  const deps: ApiDeps & { readonly config: Config; readonly projections: Projections } = {
    config,
    pool,
    ledger,
    projections,
    execute,
    newId,
    now,
    resolve,
    setupToken,
    vault,
    witnessing,
    log,
  }
  const close = () => closers.close()
  if (!listen) return { ...deps, secret, witnessing, databaseUrl, server: null, eraser: null, close }

  const jobs = createJobs({ databaseUrl, redisUrl: config.redisUrl, prefix: `vivim:${new URL(config.origin).host}`, log })
  closers.add('background jobs', () => jobs.close())
  const delivery = await createDelivery({ config, pool, ledger, projections, jobs, fetch, now, log })
  closers.add('delivery', () => delivery.close())
  const eraser = await startErasing({ config, pool, ledger, projections, delivery, now, log })
  closers.add('eraser', () => eraser.close())
  const server = await buildServer(deps, {
    async register(app) {
      const limits = config.rateLimits ? USUAL_LIMITS : null
      const identity = () => identityOf(config.origin, ledger, witnessing)
      await registerFederation(app, { pool, newId, now, execute, log, delivery, resolver: resolve, limits, identity })
      await witnessing.register(app)
    },
  })
  const cut = watchConnections(server.server)
  closers.add('server', () => closeWithin(GRACE_MS, () => server.close(), cut))
  await server.listen({ host: config.host, port: config.port })
  witnessing.start()
  return { ...deps, secret, witnessing, databaseUrl, server, eraser, close }
}

/** Who this instance is, for whoever wants to check it. */
async function identityOf(origin: string, ledger: Ledger, { keys, policy }: Witnessing): Promise<InstanceIdentity> {
  const own = await ledger.custody.kept('instance')
  return { origin, logOrigin: ledger.logOrigin, logKeys: ledger.verifierKeys, witnessKeys: keys.verifierKeys, policy, keys: own?.state ?? null }
}

/** Connection string of the operator's database, or of the embedded one. */
async function database(config: Config, log: Log, closers: Closers): Promise<string> {
  if (config.databaseUrl !== null) {
    await assertDatabase(config.databaseUrl)
    return config.databaseUrl
  }
  const { startPostgres } = await import('./host/postgres.ts')
  const server = await closers.opening('database server', startPostgres(config.dataDir, {}, log), (started) => started.stop())
  if (server.adopted) log('info', 'the database server was running already: its process was killed, or another uses it too')
  return server.url
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true }))
}
