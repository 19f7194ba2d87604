/** Climbing threads in the background: from a missing parent upwards, a few threads at a time, none of them for ever. */
import type { StatusRow } from '../projections/rows.ts'
import type { Log } from './deps.ts'
import { originOf } from './wire/json.ts'
import { MAX_PARENTS } from './wire/limits.ts'

export type ThreadsDeps = {
  readonly known: (uri: string) => Promise<StatusRow | null>
  /** Fetches and records a post. */
  readonly fetch: (uri: string) => Promise<StatusRow | null>
  readonly log: Log
}

/** Threads climbed at once; more wait, up to the second number and the third for one server, then they are not climbed. */
const THREADS = { running: 4, waiting: 200, perServer: 10 } as const
/** Milliseconds a climb may take before it ends where it is. */
const CLIMB_MS = 20_000

/** Returns at once; what can be fetched above the post arrives later. @param uri of a post that is not known */
export function createThreads({ known, fetch, log }: ThreadsDeps): (uri: string) => void {
  const waiting: string[] = []
  const perServer = new Map<string, number>()
  let running = 0

  /** Counts the climbs that wait or run for a server; false when there are too many. */
  function enter(server: string): boolean {
    const count = perServer.get(server) ?? 0
    if (count >= THREADS.perServer || waiting.length >= THREADS.waiting) return false
    perServer.set(server, count + 1)
    return true
  }

  function leave(server: string): void {
    const count = (perServer.get(server) ?? 1) - 1
    if (count === 0) perServer.delete(server)
    else perServer.set(server, count)
  }

  async function work(): Promise<void> {
    if (running >= THREADS.running) return
    running++
    for (let uri = waiting.shift(); uri !== undefined; uri = waiting.shift()) {
      await climb(uri).catch((error: unknown) => log('warn', 'could not fetch a thread', { error: String(error) }))
      leave(originOf(uri))
    }
    running--
  }

  /** Until something known, the top, or the limit. */
  async function climb(uri: string): Promise<void> {
    const end = performance.now() + CLIMB_MS
    let next: string | null = uri
    for (let height = 0; next !== null && height < MAX_PARENTS && performance.now() < end; height++) {
      if ((await known(next)) !== null) return
      const row: StatusRow | null = await fetch(next)
      next = row?.in_reply_to_id === null ? row.in_reply_to_uri : null
    }
  }

  return (uri) => {
    if (!enter(originOf(uri))) return
    waiting.push(uri)
    void work()
  }
}
