/** Streams as server-sent events: `/api/v1/streaming/<stream>`. @see https://html.spec.whatwg.org/multipage/server-sent-events.html */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { requireScope, signedIn } from '../../auth.ts'
import { notFound } from '../../errors.ts'
import { type Params, text } from '../../forms.ts'
import { flag } from '../input.ts'
import { channelOf } from './channels.ts'
import type { StreamHub } from './hub.ts'

const STREAMS = [
  ['user', 'user', 'read:statuses'],
  ['user/notification', 'user:notification', 'read:notifications'],
  ['public', 'public', 'read:statuses'],
  ['public/local', 'public:local', 'read:statuses'],
  ['public/remote', 'public:remote', 'read:statuses'],
  ['hashtag', 'hashtag', 'read:statuses'],
  ['hashtag/local', 'hashtag:local', 'read:statuses'],
] as const

export function registerEventStreams(app: FastifyInstance, hub: StreamHub): void {
  for (const [path, name, scope] of STREAMS) {
    app.get(
      `/api/v1/streaming/${path}`,
      { preHandler: requireScope(scope), config: { limit: 'none' }, exposeHeadRoute: false },
      async (request, reply) => listen(hub, name, request, reply),
    )
  }
}

/** Answers for as long as the client listens. */
function listen(hub: StreamHub, name: string, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const params = request.query as Params
  const channel = channelOf(name.startsWith('public') && flag(params, 'only_media') ? `${name}:media` : name, text(params, 'tag'))
  if (channel === null) throw notFound('Unknown stream, or the tag is missing')
  const { raw } = reply
  const connection = hub.open(signedIn(request), {
    send: ({ event, payload }) => void raw.write(`event: ${event}\ndata: ${payload}\n\n`),
    beat: () => void raw.write(':thump\n'),
    waiting: () => raw.writableLength,
    end: () => (raw.writableLength > 0 ? raw.destroy() : raw.end()),
  })
  connection.subscribe(channel)
  reply.hijack()
  raw.shouldKeepAlive = false // when the stream ends so does its connection, or stopping the instance would wait for it
  raw.on('close', () => hub.leave(connection)).on('error', () => hub.leave(connection))
  const headers = { 'content-type': 'text/event-stream', 'cache-control': 'private, no-store', 'x-accel-buffering': 'no' }
  raw.writeHead(200, { ...(reply.getHeaders() as Record<string, string>), ...headers })
  raw.write(':)\n') // a comment; an empty line after it would be an empty event to some clients
  return reply
}
