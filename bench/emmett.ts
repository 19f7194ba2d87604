/**
 * The peer: the event store that people use from TypeScript on PostgreSQL. It checks no signatures and proves nothing.
 *
 * It is loaded when it is its turn, because it changes for the whole process how `pg` reads int8; afterwards that is as it was.
 */
import pg from 'pg'
import type { Said } from './device.ts'

export type Emmett = {
  /** Appends the events to a stream of their own, which must not exist. */
  readonly append: (said: readonly Said[]) => Promise<void>
}

const INT8 = pg.types.builtins.INT8

/** Runs the work on emmett's store in this database. */
export async function withEmmett<T>(databaseUrl: string, work: (emmett: Emmett) => Promise<T>): Promise<T> {
  const parser = pg.types.getTypeParser(INT8)
  const { getPostgreSQLEventStore } = await import('@event-driven-io/emmett-postgresql')
  const store = getPostgreSQLEventStore(databaseUrl)
  try {
    await store.schema.migrate()
    return await work({
      async append(said) {
        const events = said.map(({ type, bytes }) => ({ type, data: JSON.parse(Buffer.from(bytes).toString()) as Record<string, unknown> }))
        await store.appendToStream(said[0]?.stream ?? '', events, { expectedStreamVersion: 'STREAM_DOES_NOT_EXIST' })
      },
    })
  } finally {
    await store.close()
    pg.types.setTypeParser(INT8, parser)
  }
}
