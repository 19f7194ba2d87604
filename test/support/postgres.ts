/** A database of its own for a test: created in the server that the global setup started (or in TEST_DATABASE_URL's). */
import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { inject } from 'vitest'

export type TestDatabase = { readonly url: string; readonly pool: pg.Pool; drop(): Promise<void> }

export async function freshDatabase(): Promise<TestDatabase> {
  const server = inject('postgresUrl')
  const name = `t_${randomBytes(6).toString('hex')}`
  await onServer(server, `create database ${name}`)
  const url = new URL(server)
  url.pathname = `/${name}`
  const pool = new pg.Pool({ connectionString: url.href, max: 10 })
  pool.on('error', () => {}) // connections are cut when the database is dropped
  return {
    url: url.href,
    pool,
    async drop() {
      await pool.end()
      if (inject('throwaway')) return // the whole server goes, and dropping costs a checkpoint
      await onServer(server, `drop database if exists ${name} with (force)`)
    },
  }
}

async function onServer(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query(statement).finally(() => client.end())
}

declare module 'vitest' {
  interface ProvidedContext {
    postgresUrl: string
    /** The server was made for this run. */
    throwaway: boolean
  }
}
