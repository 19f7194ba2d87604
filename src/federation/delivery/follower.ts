/** Following the ledger by a cursor: every commit once, in order, from where the cursor stands; live ones from memory, missed ones read. */
import type { LedgerCommit } from '../../ledger/types.ts'
import type { FederationLedger, Log } from '../deps.ts'

export type FollowerOptions = {
  readonly ledger: Pick<FederationLedger, 'head' | 'read' | 'follow'>
  /** Position of the first commit to handle. */
  readonly from: number
  /** Handles consecutive commits; when it throws, the same ones come again after a pause. */
  readonly handle: (commits: readonly LedgerCommit[]) => Promise<void>
  readonly log: Log
}

export type Follower = { close(): Promise<void> }

/** Commits handled together. */
const BATCH = 256
/** Commits kept in memory as they come; more are read again from the ledger. */
const MAX_WAITING = 512
const RETRY_MS = 1_000

export function follow({ ledger, from, handle, log }: FollowerOptions): Follower {
  const closing = new AbortController()
  let next = from
  let fresh: LedgerCommit[] = []
  let wake = () => {}

  const unfollow = ledger.follow(({ commits }) => {
    fresh = fresh.length + commits.length > MAX_WAITING ? [] : [...fresh, ...commits]
    wake()
  })

  /** Those just handed over when they follow on, else read from the ledger. */
  async function take(): Promise<readonly LedgerCommit[]> {
    fresh = fresh.filter(({ position }) => position >= next)
    const batch = fresh[0]?.position === next ? fresh.slice(0, BATCH) : next < ledger.head().size ? await ledger.read(next, BATCH) : []
    const [first] = batch
    if (first !== undefined && first.position !== next) throw new Error(`expected commit ${next}, got ${first.position}`)
    return batch
  }

  async function run(): Promise<void> {
    while (!closing.signal.aborted) {
      const woken = new Promise<void>((resolve) => {
        wake = resolve
      })
      try {
        const commits = await take()
        if (commits.length === 0) await woken
        else await handle(commits)
        next += commits.length
      } catch (error) {
        log('error', 'could not follow the ledger; trying again', { position: next, error: String(error) })
        await pause(RETRY_MS, closing.signal)
      }
    }
  }

  const running = run()
  return {
    async close() {
      unfollow()
      closing.abort()
      wake()
      await running
    },
  }
}

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    signal.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true })
  })
