/**
 * The inbox: verify, dedupe, append, then answer.
 *
 *   bytes → document → activity → signature → origin rules → what it changes → ledger → 202
 *
 * 400 malformed · 401 not shown to come from whom it names · 413 too large · 202 durable, or nothing to do · 429, 503 come again. Whatever is not
 * 202 has stored nothing; neither has a 202 for something that changes nothing here.
 */
import { LRUCache } from 'lru-cache'
import type { Execute } from '../handlers/commands.ts'
import { FetchFault } from '../host/fetch.ts'
import { LedgerFault } from '../ledger/types.ts'
import { authenticateByProof, createAuthenticate, type Sender } from './authenticate.ts'
import type { Log, ResolverDeps } from './deps.ts'
import { type Context, createEffects } from './effects.ts'
import { costOf, type Limiter } from './limiter.ts'
import type { Resolver } from './resolver.ts'
import { NOT_WANTED, refuse, type SignedRequest, type Verdict, type Wanted } from './signature/claim.ts'
import { iri, type JsonObject, originOf, sameOrigin } from './wire/json.ts'
import { MAX_BODY } from './wire/limits.ts'
import { type Activity, readActivity } from './wire/read-activity.ts'
import { readDocument } from './wire/read-document.ts'

export type InboxRequest = SignedRequest & {
  readonly body: Uint8Array
  /** The request as received, kept as evidence of what it changed. */
  readonly received: Uint8Array
  /** Username whose inbox it is; null for the shared one. */
  readonly recipient: string | null
}

export type InboxAnswer = {
  readonly status: 202 | 400 | 401 | 413 | 429 | 503
  readonly reason: string
  /** Milliseconds after which to come again. */
  readonly waitMs?: number
}

export type InboxDeps = Pick<ResolverDeps, 'pool' | 'newId' | 'now'> & {
  readonly execute: Execute
  readonly resolver: Resolver
  readonly log: Log
  /** Tokens of servers that have shown who they are; null: as many as they like. */
  readonly limiter: Limiter | null
  /** Told when a server has spoken to us: it is up. */
  readonly heardFrom: (origin: string) => void
}

export type Inbox = (request: InboxRequest) => Promise<InboxAnswer>

/** What a server is told to wait when we are overloaded. */
const OVERLOADED_MS = 30_000

const answer = (status: InboxAnswer['status'], reason: string): InboxAnswer => ({ status, reason })

export function createInbox({ pool, newId, now, execute, resolver, log, limiter, heardFrom }: InboxDeps): Inbox {
  const authenticate = createAuthenticate(resolver.keys)
  const effectOf = createEffects({ pool, newId, now, resolver })
  const { actors, uris } = resolver
  /** Ids of activities that are durable: the same one usually comes to several inboxes at once. The ledger knows them all; this only saves asking. */
  const seen = new LRUCache<string, true>({ max: 20_000, maxSize: 4_000_000, sizeCalculation: (_, id) => id.length })

  /** By the sender's own HTTP signature; else, for what somebody forwarded, by the proof inside. Nobody but the actor's own server is asked for a key. */
  async function identify(request: InboxRequest, activity: Activity, original: JsonObject): Promise<Verdict<{ readonly sender: Sender }>> {
    const wanted: Wanted = (keyId) => iri(keyId) !== null && sameOrigin(keyId, activity.actor)
    const direct = await authenticate(request, request.body, now(), wanted)
    if (direct.ok && direct.sender.actor === activity.actor) return direct
    const proven = await authenticateByProof(resolver.keys, original, now(), wanted)
    if (proven.ok && proven.sender.actor === activity.actor) return proven
    if (!proven.ok && original['proof'] !== undefined && request.headers['signature'] === undefined) return proven
    return direct.ok ? refuse(NOT_WANTED) : direct
  }

  async function receive(request: InboxRequest): Promise<InboxAnswer> {
    if (request.body.length > MAX_BODY) return answer(413, 'the body is too large')
    const understood = await readDocument(request.body, {
      needed: ['actor'],
      trusted: async () => (await authenticate(request, request.body, now())).ok,
    })
    if (!understood.ok) return answer(understood.tooLarge ? 413 : 400, understood.reason)
    const reading = readActivity(understood.document)
    if (!reading.ok) return answer(400, reading.reason)
    const { activity } = reading
    if (request.headers['signature'] === undefined && understood.original['proof'] === undefined) return answer(401, 'no signature')
    if (await isStrangersDelete(activity)) return answer(202, 'what is deleted was never known')

    const identified = await identify(request, activity, understood.original)
    if (!identified.ok) return answer(401, identified.reason)
    const { sender } = identified
    if (uris.isLocal(activity.actor)) return answer(202, 'somebody forwarded what was done here')
    if (!sameOrigin(activity.id, activity.actor)) return answer(401, 'the activity is of another server than its actor')
    if (sender.scheme !== 'proof') {
      const origin = originOf(activity.actor)
      const waitMs = limiter?.take(origin, costOf(request.body.length)) ?? 0
      if (waitMs > 0) return { status: 429, reason: 'your server sends too much', waitMs }
      heardFrom(origin)
    }
    return seen.has(activity.id) ? answer(202, 'seen before') : await take(request, activity, sender)
  }

  /** Most traffic of a small server is deletions of people and posts it never heard of; their keys are often gone, so nobody is asked for them. */
  async function isStrangersDelete(activity: Activity): Promise<boolean> {
    return activity.type === 'Delete' && (await actors.known(activity.actor)) === null
  }

  async function take(request: InboxRequest, activity: Activity, sender: Sender): Promise<InboxAnswer> {
    const known = await actors.known(activity.actor)
    if (known !== null && known.deleted_at !== null) return answer(202, 'the sender was deleted')
    if (sender.rotated && sender.key.fetched !== null && known !== null) await actors.record(sender.key.fetched)
    const context: Context = {
      recipient: request.recipient,
      known,
      sender: async () => known ?? (sender.key.fetched === null ? await actors.find(activity.actor) : await actors.record(sender.key.fetched)),
      isForwarded: sender.scheme === 'proof',
      bytes: request.received,
    }
    const effect = await effectOf(activity, context)
    if (effect.is === 'malformed') return answer(400, effect.reason)
    if (effect.is === 'unauthorized') return answer(401, effect.reason)
    if (effect.is === 'ignored') return answer(202, effect.reason)

    const outcome = await execute({ by: 'instance', lane: 'private', commands: effect.commands, evidence: evidence(request, activity, sender) })
    if (!outcome.ok) return answer(202, outcome.refusal.message)
    if (effect.changes !== undefined) await resolver.changed(effect.changes)
    if (effect.afterwards !== undefined)
      await execute({ by: { account: effect.afterwards.account }, lane: 'private', commands: [effect.afterwards.command] })
    seen.set(activity.id, true)
    if (effect.missingParent !== undefined) resolver.fetchParents(effect.missingParent)
    return answer(202, 'done')
  }

  const evidence = ({ received }: InboxRequest, { id, type, actor }: Activity, { key, scheme }: Sender) => ({
    data: { activityId: id, activityType: type, actorUri: actor, keyId: key.id, scheme, receivedAt: new Date(now()).toISOString() },
    bytes: received,
  })

  return async (request) => {
    try {
      return await receive(request)
    } catch (error) {
      if (!(error instanceof LedgerFault || error instanceof FetchFault) || !['RETRY_LATER', 'READ_ONLY'].includes(error.code)) throw error
      log(error instanceof LedgerFault ? 'warn' : 'debug', 'an inbox request could not be taken now', { error: error.message })
      return { status: 503, reason: 'try again later', waitMs: OVERLOADED_MS }
    }
  }
}
