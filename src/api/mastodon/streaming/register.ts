/** Streaming: what happens, as it happens. */
import websocket from '@fastify/websocket'
import type { FastifyInstance } from 'fastify'
import type { ApiDeps } from '../../deps.ts'
import { StreamHub } from './hub.ts'
import { registerEventStreams } from './sse.ts'
import { LONGEST_MESSAGE, registerWebSocketStreams } from './websocket.ts'

export async function registerStreaming(app: FastifyInstance, deps: ApiDeps): Promise<void> {
  const hub = new StreamHub(deps)
  app.addHook('preClose', async () => hub.close())
  await app.register(websocket, { options: { maxPayload: LONGEST_MESSAGE } })
  app.get('/api/v1/streaming/health', { config: { limit: 'none' } }, async (_request, reply) => reply.type('text/plain').send('OK'))
  registerEventStreams(app, hub)
  registerWebSocketStreams(app, hub)
}
