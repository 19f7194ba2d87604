/**
 * From the ledger to other servers, by a cursor of its own: every event is looked at once, in order, after it is durable; what follows from it is
 * stored in the same transaction that moves the cursor. So nothing is lost between an append and a send, whenever the process dies.
 */
import type pg from 'pg'
import type { RecordedEvent } from '../../events/catalogue.ts'
import type { Fetch } from '../../host/fetch.ts'
import type { Jobs } from '../../host/jobs.ts'
import type { LedgerCommit } from '../../ledger/types.ts'
import type { FederationConfig, FederationLedger, FederationProjections, Log } from '../deps.ts'
import { withProof } from '../proof/eddsa-jcs.ts'
import { createSigners, INSTANCE } from '../signature/signers.ts'
import { urisOf } from '../uris.ts'
import { follow } from './follower.ts'
import { createQueue } from './queue.ts'
import { createSend } from './send.ts'
import { forgetSigner, loadCursor, type Outgoing, type Parked, saveCursor, storeOutgoing, waitingOf } from './store.ts'
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
  /** True once other servers are being told of the commit at `position`, or need not be: what follows from it is stored. */
  passed(position: number): boolean
  /** True while something that this signer signs still waits to be sent. */
  owes(signer: string): Promise<boolean>
  /** Removes every trace of what this signer sent. */
  forget(signer: string): Promise<void>
  /** Stops after what is being sent. */
  close(): Promise<void>
}

/** Commits passed over before the cursor is saved although nothing was to be sent. */
const SAVE_EVERY = 1_024
/** Times an event may fail to become activities before it is parked, so that it does not hold up all that come after it. */
const ATTEMPTS = 5

export async function createDelivery({ config, pool, ledger, projections, jobs, fetch, now, log }: DeliveryDeps): Promise<Delivery> {
  const uris = urisOf(config.origin)
  const signers = createSigners(ledger.keyring, uris)
  const translate = createTranslate({ pool, ledger, uris })
  const queue = await createQueue({ pool, jobs, send: createSend({ fetch, signers, now }), now, log })
  const failures = new Map<string, number>()
  const from = await loadCursor(pool)
  let saved = from
  let seen = from

  async function handle(commits: readonly LedgerCommit[]): Promise<void> {
    const events = commits.flatMap((commit) => outboundEvents(commit).map((event) => ({ event, at: commit.time })))
    const last = events.at(-1)?.event.position
    if (last !== undefined && !(await projections.waitFor(last))) throw new Error('the read tables are behind')
    const outgoing: Outgoing[] = []
    const parked: Parked[] = []
    for (const { event, at } of events) {
      const result = await outgoingFor(event, at)
      if (result !== null && 'body' in result) outgoing.push(result)
      else if (result !== null) parked.push(result)
    }
    seen = (commits.at(-1)?.position ?? seen - 1) + 1
    if (outgoing.length > 0 || parked.length > 0) queue.wake(await storeOutgoing(pool, { outgoing, parked, next: seen, now: now() }))
    else if (seen - saved >= SAVE_EVERY) await saveCursor(pool, seen)
    else return
    saved = seen
    failures.clear()
  }

  /** What is to be sent for an event, nothing, or, when it failed too often, why it is put aside. @throws what it failed with, before that */
  async function outgoingFor(event: RecordedEvent, at: number): Promise<Outgoing | Parked | null> {
    const place = `${event.position}-${event.index}`
    try {
      const translation = await translate(event)
      const result = translation === null ? null : await render(translation, at)
      return result
    } catch (error) {
      const times = (failures.get(place) ?? 0) + 1
      failures.set(place, times)
      if (times < ATTEMPTS) throw error
      log('error', 'an event could not be turned into deliveries and was put aside', {
        type: event.type,
        position: event.position,
        error: String(error),
      })
      return { position: event.position, index: event.index, error: String(error) }
    }
  }

  /** Proved once, so that it is the same text for everybody, however often it is sent. Null when nobody elsewhere is told. */
  async function render(translation: Translation, at: number): Promise<Outgoing | null> {
    const { activity, signer, actor, subject, priority, last = false, withdrawn = [] } = translation
    const inboxes = translation.inboxes.filter((inbox) => !uris.isLocal(inbox))
    if (inboxes.length === 0 && !last && withdrawn.length === 0) return null
    if (signer === INSTANCE) await signers.instanceKeys()
    const { id, key } = await signers.ed25519(signer, actor)
    return { uri: activity.id, body: JSON.stringify(withProof(activity, key, id, at)), signer, actor, subject, priority, inboxes, last, withdrawn }
  }

  const follower = follow({ ledger, from, handle, log })
  return {
    heardFrom: (origin) => queue.heardFrom(origin),
    passed: (position) => seen > position,
    forget: (signer) => forgetSigner(pool, signer),
    owes: async (signer) => (await waitingOf(pool, signer)).length > 0,
    async close() {
      await follower.close()
      if (saved < seen) await saveCursor(pool, seen)
      await queue.close()
    },
  }
}
