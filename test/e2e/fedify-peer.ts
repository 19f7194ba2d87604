/** An independent ActivityPub server on Fedify: one actor that can follow, be followed, reply and like. It shares no code with ours. */

import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { Readable } from 'node:stream'
import { createFederation, generateCryptoKeyPair, InProcessMessageQueue, MemoryKvStore } from '@fedify/fedify'
import { Accept, type Activity, Create, Endpoints, Follow, Like, Note, Person, PUBLIC_COLLECTION, Undo } from '@fedify/vocab'

export type Received = { readonly type: string; readonly id: string | undefined; readonly activity: Activity }

export type FedifyPeer = {
  readonly origin: string
  readonly actorUri: string
  /** Activities whose signature Fedify verified. */
  readonly received: readonly Received[]
  follow(actorUri: string): Promise<void>
  unfollow(actorUri: string): Promise<void>
  like(objectUri: string, authorUri: string): Promise<void>
  reply(to: { readonly objectUri: string; readonly authorUri: string; readonly acct: string }, html: string): Promise<string>
  close(): Promise<void>
}

export async function startFedifyPeer(name: string): Promise<FedifyPeer> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no address')
  const origin = `http://127.0.0.1:${address.port}`
  const received: Received[] = []
  const notes = new Map<string, Note>()
  const keys = [await generateCryptoKeyPair('RSASSA-PKCS1-v1_5'), await generateCryptoKeyPair('Ed25519')]

  const federation = createFederation<undefined>({
    kv: new MemoryKvStore(),
    queue: new InProcessMessageQueue({ pollInterval: { milliseconds: 20 } }),
    allowPrivateAddress: true,
    origin,
  })
  federation
    .setActorDispatcher('/users/{identifier}', async (ctx, identifier) => {
      if (identifier !== name) return null
      const pairs = await ctx.getActorKeyPairs(identifier)
      return new Person({
        id: ctx.getActorUri(identifier),
        preferredUsername: identifier,
        name: `${identifier} of Fedify`,
        inbox: ctx.getInboxUri(identifier),
        followers: ctx.getFollowersUri(identifier),
        endpoints: new Endpoints({ sharedInbox: ctx.getInboxUri() }),
        ...(pairs[0] === undefined ? {} : { publicKey: pairs[0].cryptographicKey }),
        assertionMethods: pairs.map((pair) => pair.multikey),
      })
    })
    .setKeyPairsDispatcher(async (_ctx, identifier) => (identifier === name ? keys : []))
  federation.setFollowersDispatcher('/users/{identifier}/followers', async () => ({ items: [] }))
  federation.setObjectDispatcher(Note, '/notes/{id}', async (_ctx, { id }) => notes.get(id) ?? null)

  const note = (activity: Activity) => received.push({ type: activity.constructor.name, id: activity.id?.href, activity })
  federation
    .setInboxListeners('/users/{identifier}/inbox', '/inbox')
    .on(Follow, async (ctx, follow) => {
      note(follow)
      const follower = await follow.getActor(ctx)
      if (follower !== null)
        await ctx.sendActivity(
          { identifier: name },
          follower,
          new Accept({ id: new URL(`#accepts/${crypto.randomUUID()}`, ctx.getActorUri(name)), actor: ctx.getActorUri(name), object: follow }),
        )
    })
    .on(Accept, async (_ctx, activity) => void note(activity))
    .on(Create, async (_ctx, activity) => void note(activity))
    .on(Undo, async (_ctx, activity) => void note(activity))
    .on(Like, async (_ctx, activity) => void note(activity))

  server.on('request', (request, response) => {
    const body = request.method === 'POST' ? { body: Readable.toWeb(request) as ReadableStream, duplex: 'half' as const } : {}
    const incoming = new Request(new URL(request.url ?? '/', origin), {
      method: request.method ?? 'GET',
      headers: request.headers as Record<string, string>,
      ...body,
    })
    federation
      .fetch(incoming, { contextData: undefined })
      .then(async (answer) => {
        response.writeHead(answer.status, Object.fromEntries(answer.headers))
        response.end(Buffer.from(await answer.arrayBuffer()))
      })
      .catch(() => response.writeHead(500).end())
  })

  const ctx = federation.createContext(new URL(origin), undefined)
  const self = ctx.getActorUri(name)
  const activityId = (kind: string) => new URL(`#${kind}/${crypto.randomUUID()}`, self)
  const follows = new Map<string, Follow>()

  async function send(to: string, activity: Activity): Promise<void> {
    const recipient = await ctx.lookupObject(to)
    if (!(recipient instanceof Person)) throw new Error(`Fedify does not read ${to} as a Person`)
    await ctx.sendActivity({ identifier: name }, recipient, activity)
  }

  return {
    origin,
    actorUri: self.href,
    received,
    async follow(actorUri) {
      const follow = new Follow({ id: activityId('follows'), actor: self, object: new URL(actorUri) })
      follows.set(actorUri, follow)
      await send(actorUri, follow)
    },
    async unfollow(actorUri) {
      const object = follows.get(actorUri)
      await send(actorUri, new Undo({ id: activityId('undo'), actor: self, ...(object === undefined ? {} : { object }) }))
    },
    like: (objectUri, authorUri) => send(authorUri, new Like({ id: activityId('likes'), actor: self, object: new URL(objectUri) })),
    async reply({ objectUri, authorUri }, html) {
      const id = crypto.randomUUID()
      const reply = new Note({
        id: ctx.getObjectUri(Note, { id }),
        attribution: self,
        content: html,
        replyTarget: new URL(objectUri),
        tos: [PUBLIC_COLLECTION],
        ccs: [new URL(authorUri)],
      })
      notes.set(id, reply)
      await send(
        authorUri,
        new Create({ id: activityId('creates'), actor: self, object: reply, tos: [PUBLIC_COLLECTION], ccs: [new URL(authorUri)] }),
      )
      return reply.id?.href ?? ''
    },
    close: () => closeServer(server),
  }
}

async function closeServer(server: Server): Promise<void> {
  server.closeAllConnections()
  server.close()
  await once(server, 'close')
}
