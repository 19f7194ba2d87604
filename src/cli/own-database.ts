/** The database of this data directory for a command that needs no instance: the operator's, or the embedded one, running or not. */
import pg from 'pg'
import type { Config } from '../config.ts'
import { assertDatabase } from '../host/database.ts'

/** A session of its own. The embedded server is started when it does not run, and left as it was found. */
export async function withDatabase<T>({ databaseUrl, dataDir }: Config, use: (client: pg.Client) => Promise<T>): Promise<T> {
  if (databaseUrl !== null) {
    await assertDatabase(databaseUrl)
    return withClient(databaseUrl, use)
  }
  const { startPostgres } = await import('../host/postgres.ts')
  const server = await startPostgres(dataDir)
  try {
    return await withClient(server.url, use)
  } finally {
    await server.stop()
  }
}

async function withClient<T>(url: string, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, application_name: `vivim (pid ${process.pid})`, keepAlive: true })
  client.on('error', () => {}) // the query under way rejects with the reason
  try {
    await client.connect()
    return await use(client)
  } finally {
    await client.end().catch(() => {})
  }
}
