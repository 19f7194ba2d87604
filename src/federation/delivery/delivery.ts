/**
 * From the ledger to other servers, by a cursor of its own: every event is looked at once, in order, after it is durable; what follows from it is
 * stored in the same transaction that moves the cursor. So nothing is lost between an append and a send, whenever the process dies.
 */
import type pg from 'pg'
import type { Fetch } from '../../host/fetch.ts'
import type { Jobs } from '../../host/jobs.ts'
import type { LedgerCommit } from '../../ledger/types.ts'
import type { FederationConfig, FederationLedger, FederationProjections, Log } from '../deps.ts'
import { withProof } from '../proof/eddsa-jcs.ts'
import { createSigners } from '../signature/signers.ts'
import { urisOf } from '../uris.ts'
import { createQueue } from './queue.ts'
import { createSend } from './send.ts'
import { loadCursor, type Outgoing, saveCursor, storeOutgoing } from './store.ts'
import { createTranslate, outboundEvents, type Translation } from './translate.ts'

export type DeliveryDeps = {
  readonly config: FederationConfig
  readonly pool: pg.Pool
  readonly ledger: FederationLedger
  readonly projections: FederationProjections
  readonly jobs: Jobs
  readonly fetch: Fetch
  readonly now: () => number
  readonly log: Log
}

export type Delivery = {
  /** A server has spoken to us, so it is up: what waits for it goes out now. @param origin scheme, host and port */
  heardFrom(origin: string): void
  /** Stops after what is being sent. */
  close(): Promise<void>
}

/** Commits looked at together. */
const BATCH = 256
/** Commits kept in memory as they come; more are read again from the ledger. */
const MAX_WAITING = 2_048
/** Commits passed over before the cursor is saved although nothing was to be sent. */
const SAVE_EVERY = 1_024
const RETRY_MS = 1_000

export async function createDelivery(deps: DeliveryDeps): Promise<Delivery> {
  const { config, pool, ledger, projections, jobs, fetch, now, log } = deps
  const uris = urisOf(config.origin)
  const signers = createSigners(ledger.keyring, uris)
  const translate = createTranslate({ pool, ledger, uris })
  const queue = await createQueue({ pool, jobs, send: createSend({ fetch, signers, now }), now, log })
  const closing = new AbortController()

  let next = await loadCursor(pool)
  let saved = next
  let fresh: LedgerCommit[] = []
  let wake = () => {}

  const unfollow = ledger.follow(({ commits }) => {
    fresh = fresh.length + commits.length > MAX_WAITING ? [] : [...fresh, ...commits]
    wake()
  })

  /** The next commits: those just handed over when they follow on, else read from the ledger. */
  async function take(): Promise<readonly LedgerCommit[]> {
    fresh = fresh.filter(({ position }) => position >= next)
    const batch = fresh[0]?.position === next ? fresh.slice(0, BATCH) : next < ledger.head().size ? await ledger.read(next, BATCH) : []
    const [first] = batch
    if (first !== undefined && first.position !== next) throw new Error(`expected commit ${next}, got ${first.position}`)
    return batch
  }

  async function handle(commits: readonly LedgerCommit[]): Promise<void> {
    const end = next + commits.length
    const events = commits.flatMap((commit) => outboundEvents(commit).map((event) => ({ event, at: commit.time })))
    const last = events.at(-1)?.event.position
    if (last !== undefined) {
      while (!(await projections.waitFor(last))) if (closing.signal.aborted) return
      const outgoing: Outgoing[] = []
      for (const { event, at } of events) {
        const translation = await translate(event)
        if (translation !== null) outgoing.push(await render(translation, at))
      }
      queue.wake(await storeOutgoing(pool, outgoing, end, now()))
      saved = end
    } else if (end - saved >= SAVE_EVERY) {
      await saveCursor(pool, end)
      saved = end
    }
    next = end
  }

  /** Proved once, so that it is the same text for everybody, however often it is sent. */
  async function render({ activity, signer, actor, subject, priority, inboxes }: Translation, at: number): Promise<Outgoing> {
    const { id, key } = await signers.ed25519(signer, actor)
    if (signer === 'instance') await signers.instanceKeys()
    const elsewhere = inboxes.filter((inbox) => !uris.isLocal(inbox))
    return {
      uri: activity.id,
      body: JSON.stringify(withProof(activity, key, id, at)),
      signer,
      actor,
      subject,
      priority,
      inboxes: elsewhere,
    }
  }

  async function run(): Promise<void> {
    while (!closing.signal.aborted) {
      const signal = new Promise<void>((resolve) => {
        wake = resolve
      })
      try {
        const commits = await take()
        if (commits.length > 0) await handle(commits)
        else await signal
      } catch (error) {
        log('error', 'could not turn events into deliveries; trying again', {
          position: next,
          error: error instanceof Error ? (error.stack ?? error.message) : String(error),
        })
        await pause(RETRY_MS, closing.signal)
      }
    }
  }

  const running = run()
  return {
    heardFrom: (origin) => queue.heardFrom(origin),
    async close() {
      unfollow()
      closing.abort()
      wake()
      await running
      if (saved < next) await saveCursor(pool, next)
      await queue.close()
    },
  }
}

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    signal.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true })
  })
