/** Streaming: what happens, as it happens. */
import type { IncomingMessage } from 'node:http'
import websocket from '@fastify/websocket'
import type { FastifyInstance } from 'fastify'
import type { ApiDeps } from '../../deps.ts'
import { StreamHub } from './hub.ts'
import { registerEventStreams } from './sse.ts'
import { LONGEST_MESSAGE, registerWebSocketStreams } from './websocket.ts'

export async function registerStreaming(app: FastifyInstance, deps: ApiDeps): Promise<void> {
  const hub = new StreamHub(deps)
  app.addHook('preClose', async () => hub.close())
  boundUpgrades(app)
  await app.register(websocket, { options: { maxPayload: LONGEST_MESSAGE } })
  app.get('/api/v1/streaming/health', { config: { limit: 'none' } }, async (_request, reply) => reply.type('text/plain').send('OK'))
  registerEventStreams(app, hub)
  registerWebSocketStreams(app, hub)
}

/**
 * Only a WebSocket to the streaming address leaves HTTP: any other `Upgrade` (h2c, or somebody who wants idle sockets) is an ordinary request, which
 * keeps its time limits. And a refused upgrade gives its socket back: Node no longer looks after it.
 */
function boundUpgrades(app: FastifyInstance): void {
  Object.assign(app.server, { shouldUpgradeCallback: isStreamUpgrade })
  app.addHook('onResponse', async (request) => {
    if (isStreamUpgrade(request.raw)) request.raw.socket.destroySoon()
  })
}

const isStreamUpgrade = ({ url, headers }: IncomingMessage): boolean =>
  headers.upgrade?.toLowerCase() === 'websocket' && /^\/api\/v1\/streaming\/?(?:\?|$)/.test(url ?? '')
