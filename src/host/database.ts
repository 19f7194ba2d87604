/** The operator's own PostgreSQL, looked at before anything relies on it: what is wrong with it is said in a sentence. */
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'

const OLDEST_VERSION = 15
const CONNECT_MS = 10_000
/** A server that is starting is waited for. */
const PATIENCE_MS = 30_000
const STARTING = '57P03'

/** The database of DATABASE_URL cannot be used. The message names it without its password. */
export class DatabaseError extends Error {
  override readonly name = 'DatabaseError'
}

/** @throws {DatabaseError} when it cannot be reached, does not let us in, is too old or does not hold Unicode */
export async function assertDatabase(url: string): Promise<void> {
  for (const until = Date.now() + PATIENCE_MS; ; await sleep(200)) {
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: CONNECT_MS })
    client.on('error', () => {}) // the query under way reports it
    try {
      await client.connect()
      return await assertFit(client, url)
    } catch (error) {
      if (error instanceof DatabaseError) throw error
      if (codeOf(error) !== STARTING || Date.now() > until)
        throw new DatabaseError(`The database ${nameOf(url)} (DATABASE_URL) cannot be used: ${reasonOf(error)}.`, { cause: error })
    } finally {
      await client.end().catch(() => {})
    }
  }
}

async function assertFit(client: pg.Client, url: string): Promise<void> {
  const { rows } = await client.query<{ version: number; encoding: string }>(
    `select current_setting('server_version_num')::int / 10000 as version, current_setting('server_encoding') as encoding`,
  )
  const [{ version, encoding } = { version: 0, encoding: '' }] = rows
  if (version < OLDEST_VERSION)
    throw new DatabaseError(`The database ${nameOf(url)} is PostgreSQL ${version}: VIVIM needs ${OLDEST_VERSION} or newer.`)
  if (encoding !== 'UTF8') throw new DatabaseError(`The database ${nameOf(url)} has the encoding ${encoding}: VIVIM needs one created with UTF8.`)
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'there is no such host',
  EAI_AGAIN: 'its host name cannot be looked up now',
  EHOSTUNREACH: 'its host cannot be reached',
  ENETUNREACH: 'its network cannot be reached',
  ENOENT: 'there is no such socket',
  '28P01': 'it refuses the user or the password',
  '28000': 'it does not let this user in from here (pg_hba.conf)',
  '3D000': 'there is no database of that name',
  '53300': 'it has no connection left (max_connections)',
  [STARTING]: 'it is still starting, or stopping',
}

function reasonOf(error: unknown): string {
  const code = codeOf(error)
  if (code !== null && REASONS[code] !== undefined) return REASONS[code]
  const message = error instanceof Error ? error.message : String(error)
  return /timeout|terminated/i.test(message) ? `no answer within ${CONNECT_MS / 1000} s` : message.replace(/\.$/, '')
}

/** A host with several addresses fails with an error for each. */
function codeOf(error: unknown): string | null {
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error
  return first instanceof Error && 'code' in first && typeof first.code === 'string' ? first.code : null
}

function nameOf(url: string): string {
  const { host, pathname } = new URL(url)
  return `${host}${pathname}`
}
