/**
 * Streams over one WebSocket: `/api/v1/streaming`. The client says `{"type": "subscribe", "stream": "user"}`; frames say which stream they belong to.
 *
 * @see https://docs.joinmastodon.org/methods/streaming/#websocket
 */
import type { WebSocket } from '@fastify/websocket'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { authenticated, signedIn } from '../../auth.ts'
import { notFound } from '../../errors.ts'
import { type Params, text } from '../../forms.ts'
import { type Channel, channelOf, mayListen } from './channels.ts'
import type { Connection, Wire } from './connection.ts'
import type { StreamHub } from './hub.ts'

/** Bytes of a client's message; and how many it may send between two heartbeats. */
export const LONGEST_MESSAGE = 4_096
const MOST_MESSAGES = 200

export function registerWebSocketStreams(app: FastifyInstance, hub: StreamHub): void {
  app.route({
    method: 'GET',
    url: '/api/v1/streaming',
    exposeHeadRoute: false,
    config: { limit: 'none' },
    preHandler: [authenticated, async (request) => hub.checkRoom(signedIn(request))],
    handler: () => {
      throw notFound('This address is for WebSocket connections')
    },
    wsHandler: (socket, request) => listen(hub, socket, request),
  })
}

function listen(hub: StreamHub, socket: WebSocket, request: FastifyRequest): void {
  const budget = { alive: true, messages: 0 }
  const connection = hub.open(signedIn(request), wireOf(socket, budget))
  socket.on('pong', () => (budget.alive = true))
  socket.on('close', () => hub.leave(connection)).on('error', () => hub.leave(connection))
  socket.on('message', (data: Buffer) => {
    if (++budget.messages > MOST_MESSAGES) return connection.end('Too many messages')
    const problem = obey(connection, parse(data.toString('utf8')))
    if (problem !== null) socket.send(JSON.stringify(problem))
  })
  const params = request.query as Params
  const first = text(params, 'stream')
  if (first === undefined || first === '') return
  const problem = obey(connection, { type: 'subscribe', stream: first, tag: text(params, 'tag') })
  if (problem !== null) socket.send(JSON.stringify(problem))
}

function wireOf(socket: WebSocket, budget: { alive: boolean; messages: number }): Wire {
  return {
    send: (event) => socket.send(JSON.stringify(event)),
    beat() {
      if (!budget.alive) return socket.terminate()
      budget.alive = false
      budget.messages = 0
      socket.ping()
    },
    waiting: () => socket.bufferedAmount,
    end(reason) {
      if (socket.bufferedAmount > 0) socket.terminate()
      else socket.close(1008, reason)
    },
  }
}

type Message = { readonly type: 'subscribe' | 'unsubscribe'; readonly stream: string; readonly tag: string | undefined }
type Problem = { readonly error: string; readonly status: number }

/** Null when it is not a message of the protocol. Attacker-controlled. */
function parse(data: string): Message | null {
  try {
    const { type, stream, tag } = JSON.parse(data) as Readonly<Record<string, unknown>>
    if ((type !== 'subscribe' && type !== 'unsubscribe') || typeof stream !== 'string') return null
    return { type, stream, tag: typeof tag === 'string' ? tag : undefined }
  } catch {
    return null
  }
}

function obey(connection: Connection, message: Message | null): Problem | null {
  if (message === null) return { error: 'Unknown message', status: 400 }
  const channel = channelOf(message.stream, message.tag)
  if (channel === null) return { error: 'Unknown stream type', status: 400 }
  if (message.type === 'subscribe') return subscribe(connection, channel)
  connection.unsubscribe(channel)
  return null
}

function subscribe(connection: Connection, channel: Channel): Problem | null {
  if (!mayListen(channel, connection.viewer.grant.scopes)) return { error: 'Access token does not have the required scopes', status: 401 }
  return connection.subscribe(channel) ? null : { error: 'Too many streams', status: 400 }
}
