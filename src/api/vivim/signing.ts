/** What a device needs before it can sign: where the chains of its key stand, where events belong, and what this instance makes of typed words. */
import { hash } from 'node:crypto'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { DomainEvent, StatusIdentity } from '../../events/catalogue.ts'
import { problemWith } from '../../events/schema.ts'
import { snowflakeTime } from '../../events/snowflake.ts'
import { schemaOf } from '../../events/upcast.ts'
import { isSignable } from '../../handlers/signed-events.ts'
import { streamOf } from '../../handlers/stream-of.ts'
import { decodeCommit } from '../../ledger/commit.ts'
import { type Chain, chainHeads, commitsAt, NO_CHAINS, positionOf } from '../../ledger/store.ts'
import type { Hash, Lane } from '../../ledger/types.ts'
import { authenticated, requireScope, type SignedIn, signedIn } from '../auth.ts'
import type { ApiDeps } from '../deps.ts'
import { ApiError, notFound, refused } from '../errors.ts'
import { paramsOf } from '../forms.ts'
import { laneOf, originalOf, visibleStatus } from '../mastodon/facts.ts'
import { id as idParam, visibility } from '../mastodon/input.ts'
import { attachments, bodyOf, draftOf } from '../mastodon/status-draft.ts'
import type { ActorOf } from './identities.ts'
import type { Drafted, KeyHead, Streams } from './schema.ts'

type Deps = Pick<ApiDeps, 'config' | 'pool' | 'ledger' | 'resolve' | 'newId' | 'now' | 'log'> & { readonly actorOf: ActorOf }

const MOST_NAMED = 1_000

export function registerSigning(app: FastifyInstance, root: string, deps: Deps): void {
  app.get(`${root}/keys/:key/head`, { preHandler: authenticated }, async (request) => {
    const { key } = request.params as { key: string }
    if (!/^[0-9a-f]{32}$/.test(key)) throw notFound('A key is named by 32 hexadecimal digits')
    return headOf(deps, key, await deps.actorOf(signedIn(request).account.id))
  })

  app.post(`${root}/streams`, { preHandler: authenticated }, async (request): Promise<z.infer<typeof Streams>> => {
    const { id, uri } = signedIn(request).account
    const author = { id, uri, actor: await deps.actorOf(id) }
    return { streams: eventsIn(request).map((event) => nameOf(deps, event, author)) }
  })

  app.post(`${root}/drafts`, { preHandler: requireScope('write:statuses') }, async (request): Promise<z.infer<typeof Drafted>> => {
    const event = await draftPost(deps, request, signedIn(request))
    const lane: Lane = laneOf(event.data.visibility)
    return { type: event.type, schema: schemaOf(event.type), stream: deps.ledger.streamName('status', event.data.uri), lane, data: event.data }
  })
}

/** Chain heads of a key. A private chain tells how often somebody acts in private: only its owner learns of it. @throws {ApiError} 404 */
async function headOf({ pool, ledger, now }: Deps, key: string, actor: Hash): Promise<z.infer<typeof KeyHead>> {
  const [open, hidden] = [...(await chainHeads(pool, [Buffer.from(key, 'hex')])).values()][0] ?? NO_CHAINS
  for (const head of [open, hidden]) if (head !== null && !(await isBy(pool, head, actor))) throw notFound('This is not a key of yours')
  const { size } = ledger.checkpoint()
  return {
    key,
    actor: hex(actor),
    log: { origin: ledger.logOrigin, hash: hash('sha256', ledger.logOrigin) },
    public: chainHead(open),
    private: chainHead(hidden),
    seen: size === 0 ? null : { size, root: Buffer.from(await ledger.rootAt(size)).toString('base64') },
    time: now(),
  }
}

async function isBy(pool: Deps['pool'], { id }: Chain, actor: Hash): Promise<boolean> {
  const position = await positionOf(pool, id)
  const [commit] = position === null ? [] : await commitsAt(pool, [position])
  return commit !== undefined && Buffer.compare(decodeCommit(commit.bytes).actor, actor) === 0
}

const chainHead = (head: Chain | null) => (head === null ? null : { seq: head.seq, id: hex(head.id), time: head.time, counter: head.counter })

const asked = z.strictObject({ events: z.array(z.strictObject({ type: z.string(), data: z.unknown() })).max(MOST_NAMED) })

/** @throws {ApiError} 400 or 422 */
function eventsIn(request: FastifyRequest): DomainEvent[] {
  const parsed = asked.safeParse(request.body)
  if (!parsed.success) throw new ApiError(400, 'The body must be {"events": [{"type", "data"}, …]}')
  return parsed.data.events.map(({ type, data }) => {
    const event = { type, data } as DomainEvent
    const problem = isSignable(type) ? problemWith(event) : `${type} is not for devices to sign`
    if (problem !== null) throw refused({ code: 'INVALID', message: problem })
    return event
  })
}

function nameOf({ ledger }: Deps, event: DomainEvent, author: Parameters<typeof streamOf>[1]): string {
  const found = streamOf(event, author)
  if (!found.ok) throw refused(found.refusal)
  return ledger.streamName(...found.stream)
}

/** The post that `POST /api/v1/statuses` would have made of the same parameters. */
async function draftPost(deps: Deps, request: FastifyRequest, { account, app }: SignedIn): Promise<Extract<DomainEvent, { type: 'status:create' }>> {
  const draft = draftOf(request)
  const parentId = idParam(paramsOf(request), 'in_reply_to_id')
  const parent = parentId === undefined ? null : await originalOf(deps, await visibleStatus(deps, parentId, account.id), account.id)
  const body = await bodyOf(deps, draft, account, await attachments(deps, account, draft.mediaIds))
  const id = deps.newId()
  const identity: StatusIdentity = {
    id,
    accountId: account.id,
    uri: `${account.uri}/statuses/${id}`,
    url: `${account.url}/${id}`,
    createdAt: new Date(snowflakeTime(id)).toISOString(),
    visibility: visibility(paramsOf(request)) ?? account.default_visibility,
    inReplyToId: parent?.id ?? null,
    inReplyToAccountId: parent?.account_id ?? null,
    inReplyToUri: null,
    local: true,
    application: app === null ? null : { name: app.name, website: app.website },
  }
  return { type: 'status:create', data: { ...identity, ...body } }
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
