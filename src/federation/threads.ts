/** Climbing threads in the background: from a missing parent upwards, a few threads at a time, none of them for ever. */
import type { StatusRow } from '../projections/rows.ts'
import type { Log } from './deps.ts'
import { MAX_PARENTS } from './wire/limits.ts'

export type ThreadsDeps = {
  readonly known: (uri: string) => Promise<StatusRow | null>
  /** Fetches and records a post. */
  readonly fetch: (uri: string) => Promise<StatusRow | null>
  readonly log: Log
}

/** Threads climbed at once; more wait, up to the second number, then they are not climbed. */
const THREADS = { running: 2, waiting: 200 } as const

/** Returns at once; what can be fetched above the post arrives later. @param uri of a post that is not known */
export function createThreads({ known, fetch, log }: ThreadsDeps): (uri: string) => void {
  const waiting: string[] = []
  let running = 0

  async function work(): Promise<void> {
    if (running >= THREADS.running) return
    running++
    for (let uri = waiting.shift(); uri !== undefined; uri = waiting.shift()) {
      await climb(uri).catch((error: unknown) => log('warn', 'could not fetch a thread', { error: String(error) }))
    }
    running--
  }

  /** Until something known, the top, or the limit. */
  async function climb(uri: string): Promise<void> {
    let next: string | null = uri
    for (let height = 0; next !== null && height < MAX_PARENTS; height++) {
      if ((await known(next)) !== null) return
      const row: StatusRow | null = await fetch(next)
      next = row?.in_reply_to_id === null ? row.in_reply_to_uri : null
    }
  }

  return (uri) => {
    if (waiting.length >= THREADS.waiting) return
    waiting.push(uri)
    void work()
  }
}
