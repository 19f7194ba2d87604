/**
 * The instance: every part started in order and stopped in reverse. `main.ts` adds the console, the CLI opens it without a listener.
 *
 *   database → ledger (takes the writer's lease) → projections (catch up) → handlers → jobs, delivery, resolver → HTTP
 */
import { randomBytes } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import type { FastifyInstance } from 'fastify'
import pg from 'pg'
import type { ApiDeps } from './api/deps.ts'
import { buildServer } from './api/server.ts'
import { VERSION } from './api/version.ts'
import type { Config } from './config.ts'
import { snowflakes } from './events/snowflake.ts'
import { createDelivery } from './federation/delivery/delivery.ts'
import { registerFederation } from './federation/register.ts'
import { createResolver } from './federation/resolver.ts'
import { createExecute } from './handlers/execute.ts'
import { createFetch } from './host/fetch.ts'
import { createJobs } from './host/jobs.ts'
import { startPostgres } from './host/postgres.ts'
import { Ledger } from './ledger/ledger.ts'
import { loadSecret } from './ledger/secret.ts'
import { Projections } from './projections/projections.ts'
import { isSetUp } from './projections/read/access.ts'

export type Log = ApiDeps['log']

export type Instance = ApiDeps & {
  readonly config: Config
  readonly projections: Projections
  readonly databaseUrl: string
  /** Null when opened without a listener. */
  readonly server: FastifyInstance | null
  /** Stops taking requests, drains the ledger, then stops the embedded database. Safe to call twice. */
  close(): Promise<void>
}

export type OpenOptions = {
  /** False: no HTTP and no deliveries, for commands run while no instance is up. */
  readonly listen?: boolean
  readonly log: Log
}

/** @throws {LedgerFault} when another process writes to this database; {PostgresError} when the embedded server cannot start */
export async function openInstance(config: Config, { listen = true, log }: OpenOptions): Promise<Instance> {
  const closers: (() => Promise<unknown>)[] = []
  const close = once(async () => {
    for (const closer of closers.toReversed())
      await closer().catch((error: unknown) => log('error', 'could not close cleanly', { error: String(error) }))
  })
  try {
    return await assemble(config, listen, log, closers, close)
  } catch (error) {
    await close()
    throw error
  }
}

async function assemble(
  config: Config,
  listen: boolean,
  log: Log,
  closers: (() => Promise<unknown>)[],
  close: () => Promise<void>,
): Promise<Instance> {
  await mkdir(config.dataDir, { recursive: true, mode: 0o711 })
  const secret = await loadSecret(config.secretFile)
  const databaseUrl = config.databaseUrl ?? (await embedded(config, log, closers))
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 16 })
  pool.on('error', (error) => log('warn', 'an idle database connection failed', { error: error.message }))
  closers.push(() => pool.end())

  const now = Date.now
  const ledger = await Ledger.open({ pool, databaseUrl, origin: config.origin, secret, log })
  closers.push(() => ledger.close())
  const projections = await Projections.open({ pool, ledger, log })
  closers.push(() => projections.close())
  const execute = createExecute({ ledger })
  const newId = snowflakes(now, Math.random)

  const fetch = createFetch({
    allow: config.outboundAllow,
    userAgent: `VIVIM/${VERSION} (+${config.origin}/)`,
    alwaysTls: config.origin.startsWith('https:'),
  })
  closers.push(() => fetch.close())
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
  closers.push(async () => stopWatching())

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
    log,
  }
  if (!listen) return { ...deps, databaseUrl, server: null, close }

  const jobs = createJobs({ databaseUrl, redisUrl: config.redisUrl, prefix: `vivim:${new URL(config.origin).host}`, log })
  closers.push(() => jobs.close())
  const delivery = await createDelivery({ config, pool, ledger, projections, jobs, fetch, now, log })
  closers.push(() => delivery.close())
  const server = await buildServer(deps, {
    register: (app) => registerFederation(app, { pool, newId, now, execute, log, delivery, resolver: resolve }),
  })
  closers.push(() => server.close())
  await server.listen({ host: config.host, port: config.port })
  return { ...deps, databaseUrl, server, close }
}

async function embedded(config: Config, log: Log, closers: (() => Promise<unknown>)[]): Promise<string> {
  const server = await startPostgres(config.dataDir, {}, log)
  closers.push(() => server.stop())
  if (server.adopted) log('info', 'the database server was running already: its process was killed, or another uses it too')
  return server.url
}

function once(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | null = null
  return () => (done ??= work())
}
