/** The peer: the event store that people use from TypeScript on PostgreSQL. It checks no signatures and proves nothing. */
import { getPostgreSQLEventStore } from '@event-driven-io/emmett-postgresql'
import type { Said } from './device.ts'

export type Emmett = {
  /** Appends the events to a stream of their own, which must not exist. */
  append(said: readonly Said[]): Promise<void>
  close(): Promise<void>
}

export async function openEmmett(databaseUrl: string): Promise<Emmett> {
  const store = getPostgreSQLEventStore(databaseUrl)
  await store.schema.migrate()
  return {
    async append(said) {
      const events = said.map(({ type, bytes }) => ({ type, data: JSON.parse(Buffer.from(bytes).toString()) as Record<string, unknown> }))
      await store.appendToStream(said[0]?.stream ?? '', events, { expectedStreamVersion: 'STREAM_DOES_NOT_EXIST' })
    },
    close: () => store.close(),
  }
}
