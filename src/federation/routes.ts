/** ActivityPub documents of the people here: actors, posts, activities, collections. Browsers are sent to the page for people. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type pg from 'pg'
import { accountByUri, localAccount } from '../projections/read/accounts.ts'
import { context, statusById, statusViews, visibleTo } from '../projections/read/statuses.ts'
import type { AccountRow, StatusView } from '../projections/rows.ts'
import { createAuthenticate } from './authenticate.ts'
import {
  activityOf,
  type CollectionQuery,
  featuredCollection,
  followersCollection,
  followingCollection,
  outboxCollection,
  parentUri,
} from './collections.ts'
import type { Resolver } from './resolver.ts'
import { notFound, readerOf, sendDocument, wantsPage } from './serve.ts'
import { mayBeUsername } from './uris.ts'
import { OBJECT_CONTEXT } from './wire/context.ts'
import type { JsonObject } from './wire/json.ts'
import { actorDocument, instanceActorDocument } from './wire/write-actor.ts'
import { noteObject, noteOfRow } from './wire/write-note.ts'

export type RoutesDeps = { readonly pool: pg.Pool; readonly resolver: Resolver; readonly now: () => number }

type Named = { Params: { username: string }; Querystring: { page?: unknown; before?: unknown } }
type Numbered = { Params: { username: string; id: string } }

const isId = (text: string): boolean => /^\d{1,20}$/.test(text)

/** Posts a thread of replies lists. */
const REPLIES = 80

export function registerDocuments(app: FastifyInstance, { pool, resolver, now }: RoutesDeps): void {
  const { uris, signers, keys, notes } = resolver
  const authenticate = createAuthenticate(keys)
  const named = async ({ params }: FastifyRequest<Named>) => (mayBeUsername(params.username) ? await localAccount(pool, params.username) : null)

  app.get('/actor', async (_request, reply) => sendDocument(reply, instanceActorDocument(await signers.instanceKeys(), uris)))
  app.get('/actor/outbox', async (_request, reply) =>
    sendDocument(reply, {
      '@context': OBJECT_CONTEXT,
      id: `${uris.instanceActor}/outbox`,
      type: 'OrderedCollection',
      totalItems: 0,
      orderedItems: [],
    }),
  )

  app.get<Named>('/users/:username', async (request, reply) => {
    const account = await named(request)
    if (account === null) return notFound(reply)
    if (wantsPage(request)) return await reply.header('vary', 'Accept').redirect(account.url, 302)
    return sendDocument(reply, actorDocument(account, uris))
  })

  const collection = (path: string, load: (account: AccountRow, query: CollectionQuery) => Promise<JsonObject>) =>
    app.get<Named>(`/users/:username/${path}`, async (request, reply) => {
      const account = await named(request)
      return account === null ? notFound(reply) : sendDocument(reply, await load(account, queryOf(request)))
    })
  collection('followers', (account, query) => followersCollection(pool, account, query, uris))
  collection('following', (account, query) => followingCollection(pool, account, query, uris))
  collection('outbox', (account, query) => outboxCollection(pool, account, query, uris))
  collection('collections/featured', (account) => featuredCollection(pool, account, uris))

  app.get<Numbered>('/users/:username/statuses/:id', async (request, reply) => {
    const found = await readable(request, reply)
    if (found === null) return (await tombstone(request, reply)) ?? notFound(reply)
    const { status, account } = found.view
    if (wantsPage(request)) return await reply.header('vary', 'Accept').redirect(status.url, 302)
    if (status.reblog_of_id !== null) return notFound(reply)
    const object = noteObject(noteOfRow(status, await parentUri(pool, status)), account.username, uris)
    return sendDocument(reply, { '@context': OBJECT_CONTEXT, ...object }, found.forEverybody)
  })

  app.get<Numbered>('/users/:username/statuses/:id/activity', async (request, reply) => {
    const found = await readable(request, reply)
    if (found === null) return notFound(reply)
    return sendDocument(reply, { '@context': OBJECT_CONTEXT, ...(await activityOf(pool, found.view, uris)) }, found.forEverybody)
  })

  app.get<Numbered>('/users/:username/statuses/:id/replies', async (request, reply) => {
    const found = await readable(request, reply)
    if (found === null) return notFound(reply)
    const id = `${found.view.status.uri}/replies`
    return sendDocument(
      reply,
      { '@context': OBJECT_CONTEXT, id, type: 'Collection', first: { type: 'CollectionPage', partOf: id, items: await replies(found.view) } },
      found.forEverybody,
    )
  })

  /** 410 for a post that was there for everybody. */
  async function tombstone({ params }: FastifyRequest<Numbered>, reply: FastifyReply): Promise<FastifyReply | null> {
    const account = mayBeUsername(params.username) && isId(params.id) ? await localAccount(pool, params.username) : null
    const id = account === null ? null : uris.status(account.username, params.id)
    const deleted = id === null ? null : await notes.deletedAt(id)
    return deleted === null ? null : sendDocument(reply.code(410), { '@context': OBJECT_CONTEXT, id, type: 'Tombstone', deleted })
  }

  /** Ids of the direct replies that anybody may see. */
  async function replies({ status }: StatusView): Promise<string[]> {
    const { descendants } = await context(pool, status.id, null)
    const views = await statusViews(pool, descendants.slice(0, REPLIES), null)
    return views.filter((view) => view.status.in_reply_to_id === status.id).map((view) => view.status.uri)
  }

  /** A post of that account that the reader may see: anybody what is public, its audience the rest when it signs its request. */
  async function readable(
    request: FastifyRequest<Numbered>,
    reply: FastifyReply,
  ): Promise<{ readonly view: StatusView; readonly forEverybody: boolean } | null> {
    const { username, id } = request.params
    const status = isId(id) ? await statusById(pool, id) : null
    if (status === null || !status.local) return null
    const forEverybody = status.visibility === 'public' || status.visibility === 'unlisted'
    const viewer = forEverybody ? null : await viewerOf(request)
    if (!forEverybody && (viewer === null || !(await visibleTo(pool, status, viewer)))) return null
    const [view] = await statusViews(pool, [status.id], viewer)
    if (!forEverybody) reply.header('cache-control', 'private, no-store')
    return view !== undefined && view.account.username.toLowerCase() === username.toLowerCase() ? { view, forEverybody } : null
  }

  async function viewerOf(request: FastifyRequest): Promise<string | null> {
    const actor = await readerOf(request, uris.origin, authenticate, now())
    return actor === null ? null : ((await accountByUri(pool, actor))?.id ?? null)
  }
}

function queryOf({ query }: FastifyRequest<Named>): CollectionQuery {
  const text = (value: unknown) => (typeof value === 'string' ? value : null)
  return { page: text(query.page), before: text(query.before) }
}
